"""Lists on a terminal: markets, orders, fills, the tape, cash, leases, holdings, sites."""

from collections.abc import Callable
from typing import Any, Final, get_args

import click

from exchange.words import InstrumentKindName, OrderState, Side
from gateway.cli.confirmed_act import when, yuan
from gateway.cli.exit_codes import NOT_FOUND, VerbFailed
from gateway.cli.figures import age, counted, moment
from gateway.cli.market_search import FoundMarket, lot_codes
from gateway.cli.nearest import did_you_mean
from gateway.cli.options import VerbContext, with_context
from gateway.cli.venue_caller import Rows, VenueCaller, path_of
from ledger.words import AccountKind, LeaseState, PaymentState, PostingKind, SiteStatus

MOST: Final = 10_000  # rows, unless --most says otherwise
ALL: Final = 1_000_000  # what is chosen here among a list's rows is chosen among all of them
NONE: Final = "-"
Cells = Callable[[dict[str, Any]], tuple[Any, ...]]

_MOST = click.option(
    "--most",
    type=click.IntRange(1, 1_000_000),
    default=MOST,
    show_default=True,
    help="Rows at most; that there are more is said.",
)
_FROM = click.option("--from", "from_", default="", metavar="TIME", help="Rows from then on.")
_TO = click.option("--to", "to", default="", metavar="TIME", help="Rows before then.")
_MARKET = click.option("--market", default="", metavar="MARKET", help="Of that market alone.")
_SITE = click.option("--site", default="", metavar="SITE", help="At that site alone.")
_PARTY = click.option("--party", default="", metavar="PARTY", help="For oversight: whose.")


def _choice(words: Any) -> click.Choice[str]:
    return click.Choice(get_args(words))


@click.command()
@click.option("--kind", type=_choice(InstrumentKindName), help="Titles, or leases, alone.")
@click.option("--model", default="", help="Of that model alone: H100.")
@click.option("--point", default="", metavar="CN-BJ", help="At that delivery point alone.")
@_MOST
@with_context("venue", "data")
def markets(context: VerbContext, kind: str | None, model: str, point: str, most: int) -> None:
    """List the markets: phase, best bid and ask, what stands there, the last price with its age.

    \b
    Example:
      gpubourse markets
      gpubourse markets --kind title --model H100 --point CN-BJ
    """
    caller = VenueCaller(context)
    codes = lot_codes(model.strip().upper()) if model else []
    specs = _specs(caller)
    _must_be_traded(model, codes, point.upper(), specs)
    found = caller.rows_upto("/v1/markets", ALL, kind=kind)
    fitting = [
        row
        for row in found.rows
        if row["market"] in specs
        and (not model or specs[row["market"]]["model"] in codes)
        and (not point or specs[row["market"]]["delivery_point"] == point.upper())
    ]
    is_cut = len(fitting) > most
    found = found._replace(
        rows=fitting[:most], next=fitting[most - 1]["market"] if is_cut else found.next
    )
    now_ns = caller.venue["at_ns"]

    def cells(row: dict[str, Any]) -> tuple[Any, ...]:
        shown = _shown(caller, specs[row["market"]])
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
    _write(caller, found, headings, cells, "No market is like that.")


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
@_MARKET
@click.option("--state", type=_choice(OrderState), help="In that state alone.")
@click.option("--side", type=_choice(Side), help="Of that side alone.")
@click.option("--label", default="", help="With that label alone.")
@_FROM
@_TO
@_PARTY
@_MOST
@with_context("venue", "me", "data")
def orders(context: VerbContext, most: int, **terms: Any) -> None:
    """List your orders, newest first: what of each stands, at which price, since when.

    \b
    Example:
      gpubourse orders --me trader
      gpubourse orders --state open --from {day} --me trader
    """
    caller, found = _own(context, "/v1/orders", most, terms)
    specs = _specs(caller) if found.rows else {}

    def cells(row: dict[str, Any]) -> tuple[Any, ...]:
        state = row["state"] if not row["cause"] else f"{row['state']} ({row['cause']})"
        return (
            row["order"],
            row["market"],
            row["side"],
            _price(caller, specs, row),
            f"{row['lots']:,}",
            f"{row['open_lots']:,}",
            f"{row['filled_lots']:,}",
            state,
            yuan(caller, row["held_minor"]) if row["held_minor"] else NONE,
            when(caller, row["at_ns"]),
            row["label"],
        )

    headings = (
        *("order", "market", "side", "price>", "lots>", "open>", "filled>", "state"),
        *("on hold>", "since", "label"),
    )
    _write(caller, found, headings, cells, "You have no such order.")


@click.command()
@click.option("--order", default="", metavar="ORDER", help="Of that order alone.")
@_MARKET
@_FROM
@_TO
@_PARTY
@_MOST
@with_context("venue", "me", "data")
def fills(context: VerbContext, most: int, **terms: Any) -> None:
    """List what your orders traded, newest first, with the fee and what each led to.

    \b
    Example:
      gpubourse fills --me trader
      gpubourse fills --market T.H100SXM8.A1.CN-BJ --from {day} --me trader
    """
    caller, found = _own(context, "/v1/fills", most, terms)
    specs = _specs(caller) if found.rows else {}

    def cells(row: dict[str, Any]) -> tuple[Any, ...]:
        return (
            row["trade"],
            row["order"],
            row["market"],
            row["side"],
            f"{row['lots']:,}",
            _price(caller, specs, row),
            yuan(caller, row["notional_minor"]),
            yuan(caller, row["fee_minor"]),
            row["role"],
            row["settlement"] or NONE,
            when(caller, row["at_ns"]),
        )

    headings = (
        *("trade", "order", "market", "side", "lots>", "price>", "amount>", "fee>"),
        *("role", "settlement", "at"),
    )
    _write(caller, found, headings, cells, "None of your orders has traded like that.")


@click.command()
@click.argument("market")
@_FROM
@_TO
@_MOST
@with_context("venue", "data")
def trades(context: VerbContext, market: str, most: int, **terms: Any) -> None:
    """List the tape of MARKET, newest first: everybody's trades, without their parties.

    \b
    Example:
      gpubourse trades T.H100SXM8.A1.CN-BJ --from {day}
    """
    caller = VenueCaller(context)
    path = path_of("markets", market, "trades")
    found = caller.rows_upto(path, most, **_spans(caller, terms))
    specs = _specs(caller) if found.rows else {}

    def cells(row: dict[str, Any]) -> tuple[Any, ...]:
        price = _shown(caller, specs[market])(row["price_ticks"]) if market in specs else NONE
        return row["trade"], when(caller, row["at_ns"]), f"{row['lots']:,}", price, row["taker"]

    headings = ("trade", "at", "lots>", "price>", "taken by the")
    _write(caller, found, headings, cells, f"Nothing was traded on {market} then.")


@click.command()
@click.option("--kind", type=_choice(AccountKind), help="Of that kind alone.")
@_PARTY
@_MOST
@with_context("venue", "me", "data")
def cash(context: VerbContext, most: int, **terms: Any) -> None:
    """List your accounts: what is available, on hold, in escrow, and for what.

    \b
    Example:
      gpubourse cash --me trader
    """
    caller, found = _own(context, "/v1/cash", most, terms)
    _write(
        caller,
        found,
        ("account", "kind", "for", "balance>"),
        lambda row: (
            row["account"],
            row["kind"],
            row["reference"] or NONE,
            yuan(caller, row["balance_minor"]),
        ),
        "You have no cash here.",
    )


@click.command()
@click.option("--account", default="", help="Of that account alone: p-0002/available.")
@click.option("--kind", type=_choice(PostingKind), help="Of that kind alone.")
@_FROM
@_TO
@_PARTY
@_MOST
@with_context("venue", "me", "data")
def postings(context: VerbContext, most: int, **terms: Any) -> None:
    """List what moved your cash, newest first.

    \b
    Example:
      gpubourse postings --from {day} --me trader
    """
    caller, found = _own(context, "/v1/cash/postings", most, terms)
    _write(
        caller,
        found,
        ("position>", "at", "account", "why", "amount>"),
        lambda row: (
            f"{row['position']:,}",
            when(caller, row["at_ns"]),
            row["account"],
            row["kind"],
            yuan(caller, row["amount_minor"]),
        ),
        "Nothing moved your cash then.",
    )


@click.command()
@click.option("--state", type=_choice(PaymentState), help="In that state alone.")
@_FROM
@_TO
@_PARTY
@_MOST
@with_context("venue", "me", "data")
def withdrawals(context: VerbContext, most: int, **terms: Any) -> None:
    """List the cash that you asked to be paid out, newest first, and what became of it.

    \b
    Example:
      gpubourse withdrawals --me seller
    """
    caller, found = _own(context, "/v1/withdrawals", most, terms)
    _write(
        caller,
        found,
        ("payment", "asked for", "amount>", "state", "the bank's reference", "reason"),
        lambda row: (
            row["payment"],
            when(caller, row["at_ns"]),
            yuan(caller, row["amount_minor"]),
            row["state"],
            row["payer_reference"] or NONE,
            row["reason"] or NONE,
        ),
        "You have asked for none.",
    )


@click.command()
@click.option("--state", type=_choice(LeaseState), help="In that state alone.")
@_SITE
@_FROM
@_TO
@_PARTY
@_MOST
@with_context("venue", "me", "data")
def leases(context: VerbContext, most: int, **terms: Any) -> None:
    """List what you let or hire: of what, from when to when, for how much.

    \b
    Example:
      gpubourse leases --me trader
    """
    caller, found = _own(context, "/v1/leases", most, terms)
    me = str(terms.get("party") or caller.party)
    _write(
        caller,
        found,
        ("lease", "state", "thing", "gpus>", "site", "you", "with", "from", "to", "rent>"),
        lambda row: (
            row["lease"],
            row["state"],
            ", ".join(row["units"]) or row["node"],
            row["gpus"],
            row["site"],
            "let" if row["lessor"] == me else "hire",
            row["lessee"] if row["lessor"] == me else row["lessor"],
            when(caller, row["from_ns"]),
            when(caller, row["to_ns"]),
            yuan(caller, row["rent_minor"]),
        ),
        "You let and hire nothing like that.",
    )


@click.command()
@_SITE
@_PARTY
@_MOST
@with_context("venue", "me", "data")
def holdings(context: VerbContext, most: int, **terms: Any) -> None:
    """List what you have title to, and whether it is offered, sold or let.

    \b
    Example:
      gpubourse holdings --me seller
    """
    caller, found = _own(context, "/v1/holdings", most, terms)
    _write(
        caller,
        found,
        ("thing", "class", "gpus>", "site", "since", "offered", "sold", "let"),
        lambda row: (
            row["thing"],
            row["asset_class"],
            row["gpus"],
            f"{row['site']} {row['delivery_point'] or ''}".strip(),
            when(caller, row["at_ns"]),
            row["order"] or NONE,
            row["settlement"] or NONE,
            row["lease"] or NONE,
        ),
        "You have title to nothing there.",
    )


@click.command()
@click.option("--state", type=_choice(SiteStatus), help="In that state alone.")
@click.option("--all", "is_all", is_flag=True, help="Everybody's: where your servers may stand.")
@_PARTY
@_MOST
@with_context("venue", "me", "data")
def sites(context: VerbContext, most: int, *, is_all: bool, **terms: Any) -> None:
    """List the data centres that you run; with --all everybody's, whom an import there asks.

    \b
    Example:
      gpubourse sites --me seller
      gpubourse sites --all --me seller
    """
    if is_all:
        terms.pop("party")
    caller, found = _own(context, "/v1/site_directory" if is_all else "/v1/sites", most, terms)
    _write(
        caller,
        found,
        ("site", "name", "delivery point", "state", "run by"),
        lambda row: (
            row["site"],
            row["name"],
            row["delivery_point"],
            row["status"],
            row["operator"],
        ),
        "No site is like that."
        if is_all
        else "You run no site: `gpubourse operator site NAME --point CN-BJ` registers one, and "
        "`gpubourse sites --all` lists those of others.",
    )


def _own(
    context: VerbContext, path: str, most: int, terms: dict[str, Any]
) -> tuple[VenueCaller, Rows]:
    """The rows of a list that needs a signer."""
    caller = VenueCaller(context)
    caller.must_have_key_file()
    return caller, caller.rows_upto(path, most, **_spans(caller, terms))


def _spans(caller: VenueCaller, terms: dict[str, Any]) -> dict[str, Any]:
    """The terms of a list as the route takes them: times in nanoseconds."""
    found = dict(terms)
    zone = caller.venue["zone"] if found.get("from_") or found.get("to") else ""
    for name in ("from_", "to"):
        text = found.pop(name, "")
        if text:
            found[name.rstrip("_")] = str(moment(text, zone))
    return found


def _write(
    caller: VenueCaller, found: Rows, headings: tuple[str, ...], cells: Cells, none: str
) -> None:
    """The document, or the table; where the bound cut the list, that is said."""
    output = caller.context.output
    output.document({"position": found.position, "rows": found.rows, "next": found.next})
    if not output.is_json:
        if found.rows:
            output.table(headings, [cells(row) for row in found.rows])
        else:
            output.write(none)
    if found.next is not None:
        shown = counted(len(found.rows), "row")
        output.log(f"Shown: {shown}; there are more: narrow the list, or say --most.")


def _specs(caller: VenueCaller) -> dict[str, dict[str, Any]]:
    """What is traded in each market, by its symbol."""
    return {row["market"]: row for row in caller.rows("/v1/instruments")}


def _shown(caller: VenueCaller, spec: dict[str, Any]) -> Callable[[int], str]:
    """How a price of a market is said; one without a rule yet has no tick."""
    if spec["tick_minor"] is None:
        return lambda _: NONE
    market = FoundMarket(caller, spec)
    return lambda ticks: f"{market.each(ticks)} {market.unit}"


def _price(caller: VenueCaller, specs: dict[str, dict[str, Any]], row: dict[str, Any]) -> str:
    spec = specs.get(row["market"])
    return NONE if spec is None else _shown(caller, spec)(row["price_ticks"])
