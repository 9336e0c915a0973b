"""Everybody's lists: the markets, and the tape of one."""

from typing import Any, Final

import click

from exchange.words import InstrumentKindName
from gateway.cli.confirmed_act import when
from gateway.cli.exit_codes import NOT_FOUND, VerbFailed
from gateway.cli.figures import age
from gateway.cli.market_search import lot_codes, model_and_grade
from gateway.cli.nearest import did_you_mean
from gateway.cli.options import VerbContext, with_context
from gateway.cli.trader.empty_lists import EmptyList
from gateway.cli.trader.list_frame import (
    FROM,
    NONE,
    ROWS_MOST,
    TO,
    choice,
    price_text,
    spans,
    specs_by_market,
    write_list,
)
from gateway.cli.venue_caller import VenueCaller, path_of

ALL: Final = 1_000_000  # what is chosen here among a list's rows is chosen among all of them

NO_MARKETS: Final = EmptyList(
    "markets", "one is listed once a titled thing stands at its place", ("markets",)
)
NO_TRADES: Final = EmptyList("trades", "nothing was traded there yet", ("trades",))


@click.command()
@click.option("--kind", type=choice(InstrumentKindName), help="Titles, or leases, alone.")
@click.option("--model", default="", help="Of that model or class alone: H100, H100SXM8.A0.")
@click.option("--point", default="", metavar="CN-BJ", help="At that delivery point alone.")
@ROWS_MOST
@with_context("venue", "data")
def markets(context: VerbContext, kind: str | None, model: str, point: str, most: int) -> None:
    """List the markets: phase, best bid and ask, what stands there, the last price with its age.

    \b
    Example:
      gpubourse markets
      gpubourse markets --kind title --model H100 --point CN-BJ
    """
    caller = VenueCaller(context)
    typed = model
    model, grade = model_and_grade(typed.strip().upper())
    codes = lot_codes(model) if model else []
    specs = specs_by_market(caller)
    _must_be_traded(model, codes, point.upper(), specs)
    found = caller.rows_upto("/v1/markets", ALL, kind=kind)
    fitting = [
        row
        for row in found.rows
        if row["market"] in specs
        and (not model or specs[row["market"]]["model"] in codes)
        and (not grade or str(specs[row["market"]]["asset_class"]).endswith(f".{grade}"))
        and (not point or specs[row["market"]]["delivery_point"] == point.upper())
    ]
    is_cut = len(fitting) > most
    found = found._replace(
        rows=fitting[:most], next=fitting[most - 1]["market"] if is_cut else found.next
    )
    now_ns = caller.venue["at_ns"]

    def cells(row: dict[str, Any]) -> tuple[Any, ...]:
        shown = price_text(caller, specs[row["market"]])
        last = NONE if row["last_ticks"] is None else shown(row["last_ticks"])
        return (
            row["market"],
            row["phase"],
            NONE if row["best_bid_ticks"] is None else shown(row["best_bid_ticks"]),
            f"{row['bid_lots']:,}",
            NONE if row["best_ask_ticks"] is None else shown(row["best_ask_ticks"]),
            f"{row['ask_lots']:,}",
            last,
            "never traded" if last == NONE else age(row["last_trade_ns"], now_ns),
        )

    headings = ("market", "phase", "bid>", "lots>", "ask>", "lots>", "last>", "traded")
    write_list(
        caller, found, headings, cells, NO_MARKETS, {"kind": kind, "model": typed, "point": point}
    )


def _must_be_traded(
    model: str, codes: list[str], point: str, specs: dict[str, dict[str, Any]]
) -> None:
    """Refuse a model or a delivery point that nothing is listed for, with the nearest."""
    models = {str(spec["model"]) for spec in specs.values()}
    points = {str(spec["delivery_point"]) for spec in specs.values()}
    if model and not models & set(codes):
        raise VerbFailed(
            NOT_FOUND,
            f"Nothing of {model} is listed here.",
            did_you_mean(model, sorted(models)) or f"There are: {_listed(models)}.",
        )
    if point and point not in points:
        raise VerbFailed(
            NOT_FOUND, f"Nothing is traded at {point}.", f"There are: {_listed(points)}."
        )


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none yet"


@click.command()
@click.argument("market")
@FROM
@TO
@ROWS_MOST
@with_context("venue", "data")
def trades(context: VerbContext, market: str, most: int, **terms: Any) -> None:
    """List the tape of MARKET, newest first: everybody's trades, without their parties.

    \b
    Example:
      gpubourse trades T.H100SXM8.A1.CN-BJ --from {day}
    """
    caller = VenueCaller(context)
    path = path_of("markets", market, "trades")
    found = caller.rows_upto(path, most, **spans(caller, terms))
    specs = specs_by_market(caller) if found.rows else {}

    def cells(row: dict[str, Any]) -> tuple[Any, ...]:
        price = price_text(caller, specs[market])(row["price_ticks"]) if market in specs else NONE
        return row["trade"], when(caller, row["at_ns"]), f"{row['lots']:,}", price, row["taker"]

    headings = ("trade", "at", "lots>", "price>", "taken by the")
    write_list(caller, found, headings, cells, NO_TRADES._replace(verb=("trades", market)), terms)
