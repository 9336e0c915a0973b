"""What an owner does with their things: list them, offer them, let them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

import click

from gateway.cli.confirmed_act import CLERKS, ENDED_BY, QUESTION, yuan
from gateway.cli.exit_codes import NOT_FOUND, SOME_REFUSED, USAGE, VerbFailed
from gateway.cli.figures import MONTH, age, amount_minor, counted
from gateway.cli.help_pages import dated
from gateway.cli.market_search import FoundMarket, find_market, limit_order
from gateway.cli.options import VerbContext, with_context
from gateway.cli.seller.fleet_choice import FleetTerms
from gateway.cli.seller.fleet_offers import must_be_one_way, sell_fleet
from gateway.cli.seller.fleet_stock import write_template
from gateway.cli.seller.title_steps import Waiting, waiting_things, write_untitled
from gateway.cli.venue_caller import Problem, VenueCaller, path_of
from ledger.durations import DAY_NS

ENDED_READ: Final = 200  # the newest cancelled asks
ENDED_SHOWN_NS: Final = 7 * DAY_NS


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
    units = single_cards(nodes, caller.rows("/v1/units", site=site))
    context.output.document(
        {"position": caller.position, "rows": nodes, "units": units, "next": None}
    )
    things = [*map(_whole, whole_nodes(nodes)), *map(_card, units)]
    if not things:
        context.output.write(
            "Nothing is registered yet: " + context.line("import", "dump.txt", "--site", "SITE")
        )
        return
    held = {row["thing"]: row for row in caller.rows("/v1/holdings", site=site)}
    marks = {row["market"]: row for row in caller.rows("/v1/markets", kind="title")}
    waiting = waiting_things(caller, units)
    barred = {row["node"]: row["holds"] for row in nodes} | {
        row["unit"]: row["holds"] for row in units
    }
    context.output.table(
        ("thing", "class", "gpus>", "site", "owner", "now", "last price>"),
        [
            (
                thing.id,
                thing.asset_class,
                thing.gpus,
                f"{thing.site} {thing.delivery_point}" if thing.site else "-",
                thing.owner or "no title yet",
                _now(held.get(thing.id), waiting.get(thing.id), barred[thing.id]),
                _mark(caller, thing, marks),
            )
            for thing in things
        ],
    )
    write_untitled(caller, nodes, units, waiting)
    if not site:
        _write_ended(caller)


def _write_ended(caller: VenueCaller) -> None:
    """The asks of the last days that nobody cancelled and that ended all the same, with why."""
    page = caller.get("/v1/orders", side="ask", state="cancelled", limit=ENDED_READ)
    now_ns = int(caller.venue["at_ns"])
    for order in page["rows"]:
        since_ns = now_ns - int(order["changed_ns"])
        if order["cause"] in ENDED_BY and since_ns < ENDED_SHOWN_NS:
            caller.context.output.write(
                f"{order['order']} on {order['market']} ended {age(order['changed_ns'], now_ns)}: "
                f"{ENDED_BY[order['cause']]}."
            )


class InventoryLine(NamedTuple):
    """What has one title and is sold as one: a board's whole node, or a single card."""

    id: str
    asset_class: str
    gpus: int
    site: str
    delivery_point: str
    owner: str  # "": no title was issued


def whole_nodes(nodes: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The nodes that are one thing: a node of single cards is none, its cards are."""
    return [node for node in nodes if node["asset_class"]]


def single_cards(
    nodes: Iterable[dict[str, Any]], units: Iterable[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The units that are things of their own: those of no board, and not retired."""
    whole = {node["node"] for node in whole_nodes(nodes)}
    return [unit for unit in units if unit["node"] not in whole and unit["state"] != "retired"]


def _whole(node: dict[str, Any]) -> InventoryLine:
    own = (node[name] for name in ("site", "delivery_point", "owner"))
    return InventoryLine(node["node"], node["asset_class"], node["gpus"], *own)


def _card(unit: dict[str, Any]) -> InventoryLine:
    own = (unit[name] for name in ("site", "delivery_point", "owner"))
    return InventoryLine(unit["unit"], _class_of_unit(unit), 1, *own)


def _class_of_unit(unit: dict[str, Any]) -> str:
    return f"{unit['model'] or 'unlisted'}.{unit['grade']}{unit['provenance'][-1]}"


def _now(holding: dict[str, Any] | None, waiting: Waiting | None, bars: list[str]) -> str:
    words = [
        f"{word} {holding[name]}"
        for name, word in (("order", "offered"), ("settlement", "sold"), ("lease", "let"))
        if holding and holding.get(name)
    ]
    words += [waiting.short] if waiting is not None else []
    words += [f"barred by {bar}" for bar in bars]
    return ", ".join(words) or ("-" if holding is None else "idle")


def _mark(caller: VenueCaller, thing: InventoryLine, marks: dict[str, dict[str, Any]]) -> str:
    row = marks.get(f"T.{thing.asset_class}.{thing.delivery_point}")
    if row is None or row["last_ticks"] is None:
        return "none"
    return find_market(caller, row["market"]).price(row["last_ticks"])


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
    free. What it comes to in yuan is said first. Said again, nothing is offered twice.

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
        Offer(market := _market(caller, symbol, things), things, market.ticks(price_minor))
        for symbol, things in _by_market(caller, subjects, month).items()
    ]
    if len(offers) == 1 and not (context.is_dry or context.is_yes or context.key):
        _must_be_taken(caller, offers, tif, label)  # before anybody is asked
    for offer in offers:
        context.output.log(f"To be done: {_in_words(caller, offer)}")
    if context.is_dry:
        _judge(caller, offers, tif, label)
        return
    context.output.confirm(QUESTION, is_yes=context.is_yes)
    _place(caller, offers, tif, label)


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
        "once somebody has title to something of it (`gpubourse inventory`).",
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
                "`gpubourse inventory` says what it waits for.",
            )
        model = asset_class.partition(".")[0]
        symbol = f"L.{model}.{point}.{month}" if month else f"T.{asset_class}.{point}"
        found.setdefault(symbol, []).append(subject)
    return found


def _class_of(caller: VenueCaller, subject: str) -> tuple[str, str]:
    if subject.startswith("u-"):
        unit = caller.get(path_of("units", subject))["result"]
        node = unit["node"] and caller.get(path_of("nodes", unit["node"]))["result"]
        if node and node["asset_class"]:
            raise VerbFailed(
                NOT_FOUND,
                f"{subject} is a card of {unit['node']}, whose board is sold whole.",
                f"Name the node: {caller.context.line('sell', unit['node'])}",
            )
        return _class_of_unit(unit), unit["delivery_point"]
    node = caller.get(path_of("nodes", subject))["result"]
    if not node["asset_class"]:
        # Why it is no lot, and what to do, the venue says to whoever asks for its title.
        caller.command(
            "title.issue", "POST", "/v1/titles/issue", {"things": [subject], "dry_run": True}
        )
    return node["asset_class"], node["delivery_point"]


def _in_words(caller: VenueCaller, offer: Offer) -> str:
    notional = offer.market.notional(offer.ticks, len(offer.things))
    fee = offer.market.fee("ask", notional)
    verb = "lets" if offer.market.is_lease else "offers"
    return (
        f"{verb} {', '.join(offer.things)} on {offer.market.symbol} at "
        f"{offer.market.price(offer.ticks)}: {yuan(caller, notional)} in all, "
        f"at least {yuan(caller, notional - fee)} after a fee of at most {yuan(caller, fee)}."
    )


def _args(offer: Offer, tif: str, label: str) -> dict[str, Any]:
    args = limit_order(offer.market.symbol, "ask", offer.ticks, len(offer.things), tif)
    args["nodes"] = offer.things
    return args | ({"label": label} if label else {})


def _judge(caller: VenueCaller, offers: list[Offer], tif: str, label: str) -> None:
    """Have the venue judge each ask, and place none; the first that it refuses is the end."""
    items = _must_be_taken(caller, offers, tif, label)
    caller.context.output.log("The venue would take this; nothing was done.")
    caller.context.output.document({"dry_run": True, "items": items})


def _must_be_taken(
    caller: VenueCaller, offers: list[Offer], tif: str, label: str
) -> list[dict[str, Any]]:
    """The args of each ask that the venue would take now; raises its refusal of the first other."""
    items = [_args(each, tif, label) for each in offers]
    for args in items:
        of = args["nodes"][0] if len(items) > 1 else ""
        caller.command("order.new", "POST", "/v1/orders", {**args, "dry_run": True}, of)
    return items


def _place(caller: VenueCaller, offers: list[Offer], tif: str, label: str) -> None:
    """Send each ask; with several, one that is refused does not stop the others."""
    items: list[dict[str, Any]] = []
    refused: list[Problem] = []
    for offer in offers:
        try:
            of = offer.things[0] if len(offers) > 1 else ""  # a key for each ask
            reply = caller.command("order.new", "POST", "/v1/orders", _args(offer, tif, label), of)
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
