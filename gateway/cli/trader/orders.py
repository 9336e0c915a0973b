"""Buying, ordering, amending, cancelling: figures as people write them, the whole cost first."""

from collections.abc import Sequence
from typing import Any, Final, get_args

import click

from gateway.cli.confirmed_act import act, when
from gateway.cli.exit_codes import NOT_FOUND, SOME_REFUSED, USAGE, VerbFailed
from gateway.cli.figures import amount_minor, counted, is_are, moment
from gateway.cli.market_search import (
    FoundMarket,
    find_market,
    limit_order,
    lots_of,
    market_of,
    read_wish,
)
from gateway.cli.options import VerbContext, with_context
from gateway.cli.seller.offers import order_in_words
from gateway.cli.venue_caller import VenueCaller, path_of
from gpubourse.verbs import TimeInForce

ENDING_SHOWN: Final = 8  # orders that a cancel of many names whole before it asks
TIMES = click.Choice(get_args(TimeInForce))
UNTIL = click.option("--until", default="", metavar="TIME", help="With gtd: when it ends.")


@click.command()
@click.argument("gpus", type=click.IntRange(1))
@click.argument("words", nargs=-1, required=True, metavar="MODEL [MONTH] POINT")
@click.option("--limit", required=True, metavar="YUAN", help="At most: a GPU, or a server-month.")
@click.option("--tif", type=TIMES, default="gtc", show_default=True)
@UNTIL
@click.option("--label", default="")
@with_context("venue", "me", "data", "acts")
def buy(
    context: VerbContext,
    gpus: int,
    words: tuple[str, ...],
    limit: str,
    tif: str,
    until: str,
    label: str,
) -> None:
    """Bid for GPUS of a MODEL at a delivery POINT: title, or with a MONTH their use.

    A rent is said per server-month: the bid is the last tick that does not pass it.

    \b
    Example:
      gpubourse buy 8 H100 {month} CN-BJ --limit 75000 --me trader
      gpubourse buy 16 H100SXM8 A1 CN-BJ --limit 103500 --me trader
    """
    caller = VenueCaller(context)
    caller.must_have_key_file()
    _must_go_together(until, tif)
    market = market_of(caller, read_wish(words))
    lots = lots_of(market, gpus)
    ticks = market.limit(amount_minor(limit, caller.venue["minor_digits"]), "bid")
    args = limit_order(market.symbol, "bid", ticks, lots, tif)
    _place(caller, market, args, until, {"label": label})


@click.command()
@click.argument("market")
@click.argument("side", type=click.Choice(["bid", "ask"]))
@click.argument("lots", type=click.IntRange(1))
@click.option("--price", default="", metavar="YUAN", help="A GPU; on a lease a server-month.")
@click.option("--price-ticks", type=click.IntRange(1), hidden=True)  # a program's
@click.option("--tif", type=TIMES, default="gtc", show_default=True)
@UNTIL
@click.option("--post-only", is_flag=True, help="Refused if it would take.")
@click.option("--node", "nodes", multiple=True, metavar="NODE", help="Of an ask: offer this one.")
@click.option("--label", default="")
@with_context("venue", "me", "data", "acts")
def order(
    context: VerbContext,
    market: str,
    side: str,
    lots: int,
    price: str,
    price_ticks: int | None,
    tif: str,
    until: str,
    post_only: bool,
    nodes: tuple[str, ...],
    label: str,
) -> None:
    """Place one order with every member said: MARKET, SIDE and LOTS.

    \b
    Example:
      gpubourse order T.H100SXM8.A1.CN-BJ bid 3 --price 103500 --tif ioc --me trader
    """
    caller = VenueCaller(context)
    caller.must_have_key_file()
    if bool(price) == (price_ticks is not None):
        raise VerbFailed(USAGE, "An order has one price.", "Say --price YUAN.")
    _must_go_together(until, tif)
    found = find_market(caller, market)
    ticks = price_ticks or found.limit(amount_minor(price, caller.venue["minor_digits"]), side)
    more = {"post_only": "reject" if post_only else "", "nodes": list(nodes), "label": label}
    _place(caller, found, limit_order(market, side, ticks, lots, tif), until, more)


def _must_go_together(until: str, tif: str) -> None:
    if bool(until) != (tif == "gtd"):
        raise VerbFailed(USAGE, "--until and --tif gtd go together.", "Say both, or neither.")


def _place(
    caller: VenueCaller,
    market: FoundMarket,
    args: dict[str, Any],
    until: str,
    more: dict[str, Any],
) -> None:
    """Place an order with those of *more* that are given; announced with what it costs, by the
    venue's preview of it, and with when it ends."""
    ends = ""
    if until:
        more["expires_ns"] = str(moment(until, caller.venue["zone"]))
        ends = f" It ends at {when(caller, more['expires_ns'])}."
    act(
        caller,
        "order.new",
        "/v1/orders",
        args | {name: value for name, value in more.items() if value},
        lambda order: order_in_words(caller, market, order),
        before=lambda preview: market.cost(preview) + ends,
        then=lambda result: _where_fills_lead(caller.context, market, result),
    )


@click.command()
@click.argument("order")
@click.option("--price", default="", metavar="YUAN", help="A GPU; on a lease a server-month.")
@click.option("--lots", type=click.IntRange(1), help="In all, with those that are filled.")
@click.option("--until", default="", metavar="TIME", help="Of a gtd order: when it ends.")
@with_context("venue", "me", "data", "acts")
def amend(context: VerbContext, order: str, price: str, lots: int | None, until: str) -> None:
    """Give an ORDER of yours another price, another number of lots, or another end.

    Fewer lots alone keep its place in the queue; any other change arrives anew.

    \b
    Example:
      gpubourse amend o-000912 --price 104000 --me trader
      gpubourse amend o-000912 --lots 2 --me trader
    """
    caller = VenueCaller(context)
    caller.must_have_key_file()
    if not (price or lots or until):
        raise VerbFailed(USAGE, "Nothing would change.", "Say --price, --lots or --until.")
    stands = caller.get(path_of("orders", order))["result"]
    found = find_market(caller, stands["market"])
    args: dict[str, Any] = {}
    if price:
        price_minor = amount_minor(price, caller.venue["minor_digits"])
        args["price_ticks"] = found.limit(price_minor, stands["side"])
    if lots:
        args["lots"] = lots
    if until:
        args["expires_ns"] = str(moment(until, caller.venue["zone"]))

    def cost(preview: dict[str, Any]) -> str:
        if "at_worst" in preview:
            ends = f" It ends at {when(caller, args['expires_ns'])}." if until else ""
            return f"{order}, as it would stand: {found.cost(preview)}{ends}"
        if lots and lots <= stands["filled_lots"]:
            filled = stands["filled_lots"]
            return f"{order} ends: {counted(filled, 'lot')} of it {is_are(filled)} filled."
        return f"{order} stands so already: nothing changes."

    act(
        caller,
        "order.amend",
        path_of("orders", order),
        args,
        lambda result: order_in_words(caller, found, result),
        method="PATCH",
        before=cost,
        order=order,
    )


@click.command()
@click.argument("orders", nargs=-1, metavar="[ORDER…]")
@click.option("--market", default="", metavar="MARKET", help="All of your orders there.")
@click.option("--side", type=click.Choice(["bid", "ask"]))
@click.option("--label", default="", help="All that bear it.")
@click.option("--all", "is_all", is_flag=True, help="All of your orders.")
@with_context("venue", "me", "data", "acts")
def cancel(
    context: VerbContext,
    orders: tuple[str, ...],
    market: str,
    side: str | None,
    label: str,
    is_all: bool,
) -> None:
    """Cancel one ORDER at once; or those of a market or all of yours, which are named first.

    \b
    Example:
      gpubourse cancel o-000912 --me trader
      gpubourse cancel --all --me trader
    """
    caller = VenueCaller(context)
    filters = {"market": market, "side": side or "", "label": label, "orders": list(orders)}
    named = {name: value for name, value in filters.items() if value}
    if not named and not is_all:
        raise VerbFailed(USAGE, "Which orders?", "Name them, or say --market or --all.")
    if named and is_all:
        raise VerbFailed(USAGE, "--all is all of your orders.", "Say it alone, or name which.")
    if len(orders) == 1 and len(named) == 1:
        act(
            caller,
            "order.cancel",
            path_of("orders", orders[0]),
            {},
            lambda done: f"{done['order']} is {done['state']}.",
            method="DELETE",
            order=orders[0],
        )
        return
    reply = act(
        caller,
        "order.cancel_all",
        "/v1/orders/cancel_all",
        named,
        lambda done: _cancelled_in_words(done["orders"]),
        before="" if orders else lambda preview: _ending_in_words(caller, preview["orders"]),
    )
    if reply and orders:
        _must_all_be_cancelled(context, orders, reply["result"]["orders"], fits=len(named) > 1)


def _ending_in_words(caller: VenueCaller, ending: Sequence[dict[str, Any]]) -> str:
    """Which orders a cancel would end, the first of them whole; "" where there is none."""
    if not ending:
        return ""
    named = []
    for each in ending[:ENDING_SHOWN]:
        market = find_market(caller, each["market"])
        price = market.price(each["price_ticks"])
        lots = counted(each["lots_ended"], "lot")
        named.append(f"{each['order']}, {each['side']} {lots} on {market.symbol} at {price}")
    more = len(ending) - len(named)
    named += [f"and {counted(more, 'more order')}"] if more else []
    return f"{counted(len(ending), 'order')} would end: {'; '.join(named)}."


def _cancelled_in_words(cancelled: Sequence[dict[str, Any]]) -> str:
    names = ", ".join(each["order"] for each in cancelled)
    return f"Cancelled: {names}." if names else "Nothing was cancelled: no such order was open."


def _must_all_be_cancelled(
    context: VerbContext,
    orders: Sequence[str],
    cancelled: Sequence[dict[str, Any]],
    *,
    fits: bool,
) -> None:
    """Say which of those that were named were no open orders that fit what else was said.

    Raises SystemExit if there are such.
    """
    ended = {each["order"] for each in cancelled}
    left = [order for order in dict.fromkeys(orders) if order not in ended]
    if left:
        open_order = "open order of yours that fits" if fits else "open order of yours"
        context.output.log(f"No {open_order}: {', '.join(left)}.")
        raise SystemExit(SOME_REFUSED if cancelled else NOT_FOUND)


def _where_fills_lead(
    context: VerbContext, market: FoundMarket, result: dict[str, Any]
) -> tuple[str, ...]:
    """Of fills to be settled the line that says what is due, of rents the one that lists them."""
    if not result["fills"]:
        return ()
    return (context.line("leases" if market.is_lease else "status"),)
