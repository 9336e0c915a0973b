"""What an owner does with their things: list them, offer them, let them."""

from typing import Any, NamedTuple

import click

from gateway.cli.confirmed_act import QUESTION, yuan
from gateway.cli.exit_codes import NOT_FOUND, SOME_REFUSED, USAGE, VerbFailed
from gateway.cli.figures import MONTH, amount_minor, counted
from gateway.cli.market_search import FoundMarket, find_market, limit_order
from gateway.cli.options import VerbContext, with_context
from gateway.cli.venue_caller import Problem, VenueCaller, path_of


@click.command()
@click.option("--site", default="", metavar="SITE", help="Only what stands there.")
@with_context("venue", "me", "data")
def inventory(context: VerbContext, site: str) -> None:
    """List what you own or run: class, state, what bars it, and its market's last price.

    \b
    Example:
      gpubourse inventory --me seller
    """
    caller = VenueCaller(context)
    caller.must_have_key_file()
    nodes = list(caller.rows("/v1/nodes", site=site))
    context.output.document({"position": caller.position, "rows": nodes, "next": None})
    if not nodes:
        context.output.write("Nothing is registered yet: gpubourse import dump.txt --site SITE.")
        return
    held = {row["thing"]: row for row in caller.rows("/v1/holdings", site=site)}
    marks = {row["market"]: row for row in caller.rows("/v1/markets", kind="title")}
    context.output.table(
        ("node", "class", "gpus>", "site", "owner", "now", "last price>"),
        [
            (
                node["node"],
                node["asset_class"] or "single cards",
                node["gpus"],
                f"{node['site']} {node['delivery_point']}",
                node["owner"] or "no title yet",
                _now(held.get(node["node"])),
                _mark(caller, node, marks),
            )
            for node in nodes
        ],
    )


def _now(holding: dict[str, Any] | None) -> str:
    if holding is None:
        return "-"
    words = [
        f"{word} {holding[name]}"
        for name, word in (("order", "offered"), ("settlement", "sold"), ("lease", "let"))
        if holding.get(name)
    ]
    return ", ".join(words) or "idle"


def _mark(caller: VenueCaller, node: dict[str, Any], marks: dict[str, dict[str, Any]]) -> str:
    row = marks.get(f"T.{node['asset_class']}.{node['delivery_point']}")
    if row is None or row["last_ticks"] is None:
        return "none"
    return find_market(caller, row["market"]).price(row["last_ticks"])


class Offer(NamedTuple):
    """One ask: things of one class in one market."""

    market: FoundMarket
    things: list[str]
    ticks: int


@click.command()
@click.argument("subjects", nargs=-1, required=True, metavar="NODE…")
@click.option("--price", required=True, metavar="YUAN", help="A GPU; with --month a server-month.")
@click.option("--month", default="", metavar="YYYY-MM", help="Let it for that month instead.")
@click.option("--tif", type=click.Choice(["gtc", "day"]), default="gtc", show_default=True)
@click.option("--label", default="", help="A word of your own on the order.")
@with_context("venue", "me", "data", "acts")
def sell(
    context: VerbContext, subjects: tuple[str, ...], price: str, month: str, tif: str, label: str
) -> None:
    """Offer NODE (or single units) at a price: one ask for each class among them.

    \b
    Example:
      gpubourse sell n-0003 --price 103500 --me seller
      gpubourse sell n-0003 --month 2026-12 --price 75000 --me seller
    """
    if month and not MONTH.fullmatch(month):
        raise VerbFailed(USAGE, f"{month!r} is no month.", "Say it like 2026-12.")
    caller = VenueCaller(context)
    caller.must_have_key_file()
    price_minor = amount_minor(price, caller.venue["minor_digits"])
    offers = [
        Offer(market := find_market(caller, symbol), things, market.ticks(price_minor))
        for symbol, things in _by_market(caller, subjects, month).items()
    ]
    for offer in offers:
        context.output.log(_in_words(caller, offer))
    if context.is_dry:
        context.output.document(
            {"dry_run": True, "items": [_args(each, tif, label) for each in offers]}
        )
        return
    context.output.confirm(QUESTION, is_yes=context.is_yes)
    _place(caller, offers, tif, label)


def _by_market(caller: VenueCaller, subjects: tuple[str, ...], month: str) -> dict[str, list[str]]:
    """The symbol of each thing's market, with its things in the order they were named."""
    found: dict[str, list[str]] = {}
    for subject in dict.fromkeys(subjects):
        asset_class, point = _class_of(caller, subject)
        model = asset_class.partition(".")[0]
        symbol = f"L.{model}.{point}.{month}" if month else f"T.{asset_class}.{point}"
        found.setdefault(symbol, []).append(subject)
    return found


def _class_of(caller: VenueCaller, subject: str) -> tuple[str, str]:
    if subject.startswith("u-"):
        unit = caller.get(path_of("units", subject))["result"]
        return f"{unit['model']}.{unit['grade']}{unit['provenance'][-1]}", unit["delivery_point"]
    node = caller.get(path_of("nodes", subject))["result"]
    if not node["asset_class"]:
        raise VerbFailed(
            NOT_FOUND,
            f"{subject} is not sold whole: its cards are single units.",
            f"Name them: {', '.join(node['units'])}.",
        )
    return node["asset_class"], node["delivery_point"]


def _in_words(caller: VenueCaller, offer: Offer) -> str:
    notional = offer.market.notional(offer.ticks, len(offer.things))
    fee = offer.market.fee("ask", notional)
    verb = "Lets" if offer.market.is_lease else "Offers"
    return (
        f"{verb} {', '.join(offer.things)} on {offer.market.symbol} at "
        f"{offer.market.price(offer.ticks)}: {yuan(caller, notional)} in all, "
        f"at least {yuan(caller, notional - fee)} after a fee of at most {yuan(caller, fee)}."
    )


def _args(offer: Offer, tif: str, label: str) -> dict[str, Any]:
    args = limit_order(offer.market.symbol, "ask", offer.ticks, len(offer.things), tif)
    args["nodes"] = offer.things
    return args | ({"label": label} if label else {})


def _place(caller: VenueCaller, offers: list[Offer], tif: str, label: str) -> None:
    """Send each ask; with several, one that is refused does not stop the others."""
    items: list[dict[str, Any]] = []
    refused: list[Problem] = []
    for offer in offers:
        try:
            reply = caller.command("order.new", "POST", "/v1/orders", _args(offer, tif, label))
        except Problem as no:
            if len(offers) == 1:
                raise
            caller.context.output.log(f"{', '.join(offer.things)}: {no}")
            items.append({"ok": False, "error": no.members})
            refused.append(no)
        else:
            items.append({"ok": True, **reply})
            caller.context.output.write(order_in_words(caller, offer.market, reply["result"]))
    if len(offers) == 1:
        caller.context.output.document({name: items[0][name] for name in items[0] if name != "ok"})
    else:
        caller.context.output.document({"items": items})
    if refused:
        raise SystemExit(SOME_REFUSED if len(refused) < len(offers) else refused[0].code)


def order_in_words(caller: VenueCaller, market: FoundMarket, order: dict[str, Any]) -> str:
    """What an order did on arrival, and what of it stands."""
    sentence = f"{order['order']} is {order['state']}"
    if order.get("filled_lots"):
        fills = ", ".join(
            f"{fill['lots']} at {market.each(fill['price_ticks'])}"
            + (f" ({fill['settlement']})" if fill.get("settlement") else "")
            for fill in order["fills"]
        )
        sentence += f"; {counted(order['filled_lots'], 'lot')} filled: {fills} {market.unit}"
    if order.get("open_lots") and order["state"] == "open":
        sentence += f"; {counted(order['open_lots'], 'lot')} open"
    if order.get("held_minor"):
        sentence += f"; {yuan(caller, order['held_minor'])} on hold"
    return sentence + "."
