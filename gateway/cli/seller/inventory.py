"""`gpubourse inventory`: what an owner has here, in what state, and what the market last paid."""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import click

from gateway.cli.confirmed_act import ENDED_BY
from gateway.cli.figures import age, some
from gateway.cli.market_search import find_market
from gateway.cli.options import VerbContext, with_context
from gateway.cli.seller.title_steps import Waiting, waiting_things, write_untitled
from gateway.cli.venue_caller import VenueCaller
from ledger.durations import DAY_NS

ENDED_READ: Final = 200  # the newest cancelled asks
ENDED_SHOWN_NS: Final = 7 * DAY_NS


@click.command()
@click.option("--site", default="", metavar="SITE", help="Only what stands there.")
@with_context("venue", "me", "data")
def inventory(context: VerbContext, site: str) -> None:
    """List what you own or run: class, state, what bars it, and its market's last price.

    A server is known again by its own serial number, or where no report told it by that of its
    first card; a single card by the node that it sits in, and by its own.

    \b
    Example:
      gpubourse inventory --me seller
    """
    caller = VenueCaller(context)
    caller.must_have_key_file()
    nodes = list(caller.rows("/v1/nodes", site=site))
    every = list(caller.rows("/v1/units", site=site))
    units = single_cards(nodes, every)
    if site and not nodes and not units:
        caller.must_know({"site": site})
    context.output.document(
        {"position": caller.position, "rows": nodes, "units": units, "next": None}
    )
    serials = first_serials(every)
    things = [
        *(_whole(node, serials.get(node["node"], "")) for node in whole_nodes(nodes)),
        *map(_card, units),
    ]
    if not things:
        register = context.line("import", "dump.txt", "--site", site or "SITE")
        where = f"at {site}. All of them: {context.line('inventory')}" if site else "here yet."
        context.output.write(f"No servers and no cards are registered {where} Next: {register}")
        return
    held = {row["thing"]: row for row in caller.rows("/v1/holdings", site=site)}
    marks = {row["market"]: row for row in caller.rows("/v1/markets", kind="title")}
    waiting = waiting_things(caller, units)
    barred = {row["node"]: row["holds"] for row in nodes} | {
        row["unit"]: row["holds"] for row in units
    }
    context.output.table(
        ("thing", "node", "serial", "class", "gpus>", "site", "owner", "now", "last price>"),
        [
            (
                thing.id,
                thing.node,
                thing.serial or "-",
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
    node: str  # the server itself, or the one that a card sits in
    serial: str  # by which its owner knows it; "": no report told one


def whole_nodes(nodes: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The nodes that are one thing: a node of single cards is none, its cards are."""
    return [node for node in nodes if node["asset_class"]]


def single_cards(
    nodes: Iterable[dict[str, Any]], units: Iterable[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The units that are things of their own: those of no board, and not retired."""
    whole = {node["node"] for node in whole_nodes(nodes)}
    return [unit for unit in units if unit["node"] not in whole and unit["state"] != "retired"]


def first_serials(units: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Of each node the serial of its first card that has one: `card 1654423001593`."""
    found: dict[str, str] = {}
    for unit in sorted(units, key=lambda each: (each["slot"] is None, each["slot"], each["unit"])):
        if unit["serial"] and unit["state"] != "retired":
            found.setdefault(unit["node"], f"card {unit['serial']}")
    return found


def _whole(node: dict[str, Any], card: str) -> InventoryLine:
    return InventoryLine(
        id=node["node"],
        asset_class=node["asset_class"],
        gpus=node["gpus"],
        site=node["site"],
        delivery_point=node["delivery_point"],
        owner=node["owner"],
        node=node["node"],
        serial=node["chassis_serial"] or card,
    )


def _card(unit: dict[str, Any]) -> InventoryLine:
    own = (unit[name] for name in ("site", "delivery_point", "owner", "node", "serial"))
    return InventoryLine(unit["unit"], class_of_unit(unit), 1, *own)


def class_of_unit(unit: dict[str, Any]) -> str:
    """`L40S.A0`: the class of a single card."""
    return f"{unit['model'] or 'unlisted'}.{unit['grade']}{unit['provenance'][-1]}"


def stands_in(holding: dict[str, Any]) -> dict[str, list[str]]:
    """What a titled thing is: `offered` in these orders, `sold` in this settlement, `let`."""
    sold = [holding["settlement"]] if holding["settlement"] else []
    return {"offered": holding["orders"], "sold": sold, "let": holding["leases"]}


def _now(holding: dict[str, Any] | None, waiting: Waiting | None, bars: list[str]) -> str:
    words = [
        f"{word} {some(names)}"
        for word, names in (stands_in(holding).items() if holding else ())
        if names
    ]
    words += [waiting.short] if waiting is not None else []
    words += [f"barred by {bar}" for bar in bars]
    return ", ".join(words) or ("-" if holding is None else "idle")


def _mark(caller: VenueCaller, thing: InventoryLine, marks: dict[str, dict[str, Any]]) -> str:
    row = marks.get(f"T.{thing.asset_class}.{thing.delivery_point}")
    if row is None or row["last_ticks"] is None:
        return "none"
    return find_market(caller, row["market"]).price(row["last_ticks"])
