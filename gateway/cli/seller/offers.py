"""`gpubourse sell`: an owner's things on offer, or a month of their use; one ask for each class."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click

from gateway.cli.confirmed_act import CLERKS, QUESTION, by_preview, repeated_words, yuan
from gateway.cli.exit_codes import NOT_FOUND, SOME_REFUSED, USAGE, VerbFailed
from gateway.cli.figures import MONTH, amount_minor, counted
from gateway.cli.help_pages import dated
from gateway.cli.market_search import FoundMarket, find_market, limit_order
from gateway.cli.options import VerbContext, with_context
from gateway.cli.seller.fleet_choice import FleetTerms
from gateway.cli.seller.fleet_offers import must_be_one_way, sell_fleet
from gateway.cli.seller.fleet_stock import write_template
from gateway.cli.seller.inventory import class_of_unit
from gateway.cli.venue_caller import Problem, VenueCaller, path_of


class Offer(NamedTuple):
    """One ask: things of one class in one market."""

    market: FoundMarket
    things: list[str]
    ticks: int


@click.command()
@click.argument("subjects", nargs=-1, metavar="[NODE…]")
@click.option("--price", default="", metavar="YUAN", help="A GPU; with --month a server-month.")
@click.option("--site", default="", metavar="SITE", help="All that is free there.")
@click.option(
    "--class", "asset_class", default="", metavar="CLASS", help="Of it, H100SXM8.A0 or H100SXM8."
)
@click.option(
    "--prices",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A price list: servers, classes or models, each with its price.",
)
@click.option("--template", is_flag=True, help="Print a price list to fill in, and end.")
@click.option("--month", default="", metavar="YYYY-MM", help="Let it for that month instead.")
@click.option("--tif", type=click.Choice(["gtc", "day"]), default="gtc", show_default=True)
@click.option("--label", default="", help="A word of your own on the order.")
@with_context("venue", "me", "data", "acts")
def sell(
    context: VerbContext,
    subjects: tuple[str, ...],
    price: str,
    site: str,
    asset_class: str,
    prices: Path | None,
    template: bool,
    month: str,
    tif: str,
    label: str,
) -> None:
    """Offer NODE (or single units) at a price: one ask for each class among them.

    A fleet is offered by --site and --class, or by a price list: one ask for each thing that is
    free. What it comes to in yuan, by the venue's preview, is said first. Said again, nothing is
    offered twice. A price list has at most 20,000 lines.

    \b
    Example:
      gpubourse sell n-0003 --price 103500 --me seller
      gpubourse sell n-0003 --month {month} --price 75000 --me seller
      gpubourse sell --site s-0001 --class H100SXM8.A0 --price 103500 --me seller
      gpubourse sell --template --me seller > prices.csv
      gpubourse sell --prices prices.csv --me seller
    """
    if month and not MONTH.fullmatch(month):
        raise VerbFailed(USAGE, f"{month!r} is no month.", dated("Say it like {month}."))
    terms = FleetTerms(site, asset_class, price, prices, month, tif, label)
    is_fleet = must_be_one_way(subjects, terms, is_template=template)
    caller = VenueCaller(context)
    caller.must_have_key_file()
    if template:
        write_template(caller, site)
        return
    if is_fleet:
        sell_fleet(caller, terms)
        return
    price_minor = amount_minor(price, caller.venue["minor_digits"])
    offers = [
        Offer(market := _market(caller, symbol, things), things, market.limit(price_minor, "ask"))
        for symbol, things in _by_market(caller, subjects, month).items()
    ]
    orders = [_args(offer, tif, label) for offer in offers]
    refused: dict[int, Problem] = {}
    if context.key and not context.is_dry:
        context.output.log(repeated_words(context))
    else:
        refused = _preview(caller, offers, orders)
    if context.is_dry:
        context.output.log("The venue would take this; nothing was done.")
        context.output.document({"dry_run": True, "items": orders})
        return
    if len(refused) < len(offers):
        context.output.confirm(QUESTION, is_yes=context.is_yes)
    _place(caller, offers, orders, refused)


def _market(caller: VenueCaller, symbol: str, things: list[str]) -> FoundMarket:
    """The market of *things* of one's own; VerbFailed where nobody has listed it yet."""
    try:
        return find_market(caller, symbol)
    except Problem as no:
        if no.reason != "unknown_market" or not symbol.startswith("T."):
            raise
    _must_have_title(caller, things[0])
    raise VerbFailed(
        NOT_FOUND,
        f"unknown_market: {symbol} is not listed yet. The venue lists a class at its next opening, "
        f"once somebody has title to something of it (`{caller.context.line('inventory')}`).",
        "Its clerks may list it now: "
        + caller.context.line("operator", "instrument", symbol, me=CLERKS[0]),
    )


def _must_have_title(caller: VenueCaller, thing: str) -> None:
    """Refuse a thing without title: by the venue's own reason, where it can have none."""
    kind = "units" if thing.startswith("u-") else "nodes"
    if caller.get(path_of(kind, thing))["result"]["owner"]:
        return
    caller.command("title.issue", "POST", "/v1/titles/issue", {"things": [thing], "dry_run": True})
    raise VerbFailed(
        NOT_FOUND,
        f"{thing} has no title yet, and nobody asked for it.",
        f"Ask for it: {caller.context.line('operator', 'title', thing)}",
    )


def _by_market(caller: VenueCaller, subjects: tuple[str, ...], month: str) -> dict[str, list[str]]:
    """The symbol of each thing's market, with its things in the order they were named."""
    found: dict[str, list[str]] = {}
    for subject in dict.fromkeys(subjects):
        asset_class, point = _class_of(caller, subject)
        if not point:
            raise VerbFailed(
                NOT_FOUND,
                f"{subject} stands at no site yet: the site's operator has to agree first.",
                f"`{caller.context.line('inventory')}` says what it waits for.",
            )
        model = asset_class.partition(".")[0]
        symbol = f"L.{model}.{point}.{month}" if month else f"T.{asset_class}.{point}"
        found.setdefault(symbol, []).append(subject)
    return found


def _class_of(caller: VenueCaller, subject: str) -> tuple[str, str]:
    if subject.startswith("u-"):
        unit = caller.get(path_of("units", subject))["result"]
        # Whoever bought a single card does not see the server of another in which it stays.
        node = caller.find(path_of("nodes", unit["node"])) if unit["node"] else None
        if node and node["asset_class"]:
            raise VerbFailed(
                NOT_FOUND,
                f"{subject} is a card of {unit['node']}, whose board is sold whole.",
                f"Name the node: {caller.context.line_with(unit['node'], subject)}",
            )
        return class_of_unit(unit), unit["delivery_point"]
    node = caller.get(path_of("nodes", subject))["result"]
    if not node["asset_class"]:
        # Why it is no lot, and what to do, the venue says to whoever asks for its title.
        caller.command(
            "title.issue", "POST", "/v1/titles/issue", {"things": [subject], "dry_run": True}
        )
    return node["asset_class"], node["delivery_point"]


def _args(offer: Offer, tif: str, label: str) -> dict[str, Any]:
    args = limit_order(offer.market.symbol, "ask", offer.ticks, len(offer.things), tif)
    args["nodes"] = offer.things
    return args | ({"label": label} if label else {})


def _preview(
    caller: VenueCaller, offers: list[Offer], orders: list[dict[str, Any]]
) -> dict[int, Problem]:
    """Say what each ask would bring, by the venue's dry run of it; those that it refuses, by place.

    A single one that it refuses is the end, and with --dry-run the first of several.
    """
    context = caller.context
    announced: list[str] = []
    refused: dict[int, Problem] = {}
    for place, (offer, args) in enumerate(zip(offers, orders, strict=True)):
        try:
            reply = caller.command("order.new", "POST", "/v1/orders", {**args, "dry_run": True})
        except Problem as no:
            if context.is_dry or len(offers) == 1:
                raise
            refused[place] = no
        else:
            announced.append(by_preview(offer.market.cost(reply["result"], offer.things)))
    for words in announced:
        context.output.log(words)
    for place, refusal in refused.items():
        _log_refusal(caller, offers[place], refusal)
    return refused


def _log_refusal(caller: VenueCaller, offer: Offer, no: Problem) -> None:
    caller.context.output.log(f"{', '.join(offer.things)}: {no}")


def _place(
    caller: VenueCaller,
    offers: list[Offer],
    orders: list[dict[str, Any]],
    refused: dict[int, Problem],
) -> None:
    """Send each ask that is not *refused* already; of several, one that is stops no other."""
    items: list[dict[str, Any]] = []
    for place, (offer, args) in enumerate(zip(offers, orders, strict=True)):
        if place not in refused:
            try:
                of = offer.things[0] if len(offers) > 1 else ""  # a key for each ask
                reply = caller.command("order.new", "POST", "/v1/orders", args, of)
            except Problem as no:
                if len(offers) == 1:
                    raise
                _log_refusal(caller, offer, no)
                refused[place] = no
            else:
                items.append({"ok": True, **reply})
                caller.context.output.write(order_in_words(caller, offer.market, reply["result"]))
        if place in refused:
            items.append({"ok": False, "error": refused[place].members})
    if placed := [item["result"] for item in items if item["ok"]]:
        caller.context.output.log(f"Next: {next_line(caller, placed)}")
    if len(offers) == 1:
        caller.context.output.document({name: items[0][name] for name in items[0] if name != "ok"})
    else:
        caller.context.output.document({"items": items})
    if refused:
        first = next(iter(refused.values()))
        raise SystemExit(SOME_REFUSED if len(refused) < len(offers) else first.code)


def next_line(caller: VenueCaller, placed: Sequence[dict[str, Any]]) -> str:
    """What a seller says next: what is due of a sale, of a rent that is let, or what stands."""
    fills = [fill for order in placed for fill in order["fills"]]
    if any(fill.get("settlement") for fill in fills):
        return caller.context.line("status")
    return caller.context.line("leases" if fills else "inventory")


def order_in_words(caller: VenueCaller, market: FoundMarket, order: dict[str, Any]) -> str:
    """What an order did on arrival, what of it stands, and what of it ended."""
    sentence = f"{order['order']} is {order['state']}"
    filled = sum(fill["lots"] for fill in order["fills"])
    if before := order["filled_lots"] - filled:
        sentence += f"; {counted(before, 'lot')} filled before"
    if filled:
        fills = ", ".join(
            f"{fill['lots']} at {market.each(fill['price_ticks'])} {market.unit}"
            + (f" ({fill['settlement']})" if fill.get("settlement") else "")
            for fill in order["fills"]
        )
        sentence += f"; {counted(filled, 'lot')} filled: {fills}"
    left = order["lots"] - order["filled_lots"]
    if left and order["state"] == "open":
        sentence += f"; {counted(left, 'lot')} open"
    elif left > 0:
        sentence += f"; {counted(left, 'lot')} not filled"
    if order.get("held_minor"):
        sentence += f"; {yuan(caller, order['held_minor'])} on hold"
    return sentence + "."
