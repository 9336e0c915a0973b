"""What a seller has title to, what of it is free, and a price list to fill in for it."""

from collections import Counter
from typing import Any, NamedTuple

from gateway.cli.figures import some
from gateway.cli.market_search import find_market
from gateway.cli.seller.price_list import TEMPLATE_HEADER
from gateway.cli.venue_caller import VenueCaller


class FreeThing(NamedTuple):
    """What its owner could offer now: a board's whole node, or a single card."""

    id: str
    asset_class: str  # H100SXM8.A0
    gpus: int
    delivery_point: str

    @property
    def model(self) -> str:
        return self.asset_class.partition(".")[0]

    @property
    def classes(self) -> tuple[str, str]:
        """The words by which it is meant: its class, and its model."""
        return self.asset_class, self.model

    def symbol(self, month: str) -> str:
        """Its market: of its title, or of its use in a month."""
        if month:
            return f"L.{self.model}.{self.delivery_point}.{month}"
        return f"T.{self.asset_class}.{self.delivery_point}"


class TakenThing(NamedTuple):
    """What its owner could offer, were it not in something already."""

    thing: FreeThing
    reason: str  # is offered in o-000004


class Stock(NamedTuple):
    """All that has a title here, and what of it is free."""

    free: list[FreeThing]
    taken: dict[str, TakenThing]  # by its id
    classes: set[str]  # of all of it


def stock_of(caller: VenueCaller, site: str, month: str) -> Stock:
    """All things with a title at a site (everywhere if "")."""
    offered = _offered(caller) if month else {}
    free: list[FreeThing] = []
    taken: dict[str, TakenThing] = {}
    classes: set[str] = set()
    for row in caller.rows("/v1/holdings", site=site):
        thing = FreeThing(row["thing"], row["asset_class"], row["gpus"], row["delivery_point"])
        classes.add(thing.asset_class)
        order = offered.get((thing.symbol(month), thing.id)) if month else some(row["orders"])
        if row["settlement"]:
            taken[thing.id] = TakenThing(thing, f"is sold in {row['settlement']}")
        elif order:
            taken[thing.id] = TakenThing(thing, f"is offered in {order}")
        else:
            free.append(thing)
    return Stock(free, taken, classes)


def _offered(caller: VenueCaller) -> dict[tuple[str, str], str]:
    """Market and thing of each open ask -> the order."""
    return {
        (row["market"], thing): row["order"]
        for row in caller.rows("/v1/orders", side="ask", state="open")
        for thing in row["nodes"]
    }


def write_template(caller: VenueCaller, site: str) -> None:
    """Print a price list with a line for each class that is free, its price still empty."""
    stock = stock_of(caller, site, "")
    marks = {row["market"]: row for row in caller.rows("/v1/markets", kind="title")}
    counts = Counter(thing.asset_class for thing in stock.free)
    lasts = {thing.asset_class: _last(caller, marks, thing) for thing in stock.free}
    output = caller.context.output
    rows = [
        dict(zip(TEMPLATE_HEADER, (name, "", number, lasts[name]), strict=True))
        for name, number in sorted(counts.items())
    ]
    output.document({"rows": rows})
    if not output.is_json:
        output.write(",".join(TEMPLATE_HEADER))
        for row in rows:
            output.write(",".join(str(row[name]) for name in TEMPLATE_HEADER))
    if not rows:
        output.log("Nothing of yours is free: the list has no line yet.")


def _last(caller: VenueCaller, marks: dict[str, dict[str, Any]], thing: FreeThing) -> str:
    """The last price of its market, in plain figures; "" where nothing was sold."""
    row = marks.get(thing.symbol(""))
    if row is None or row["last_ticks"] is None:
        return ""
    market = find_market(caller, row["market"])
    whole, rest = divmod(row["last_ticks"] * market.tick_minor, 10 ** caller.venue["minor_digits"])
    return f"{whole}.{rest:0{caller.venue['minor_digits']}d}"
