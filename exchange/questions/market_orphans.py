"""What of the market stands without its order, its holder or its party, for `audit orphans`."""

from collections.abc import Iterator
from typing import Final

from exchange.books.state import Venue

HELD_FOR_AN_ORDER: Final = "held for an order"
ORDERS: Final = "order: party and things"
MARKET_RULES: Final = (HELD_FOR_AN_ORDER, ORDERS)


def market_orphans(venue: Venue) -> Iterator[tuple[str, str, str]]:
    """Rule, subject, what it lacks: each names something that is not there."""
    register = venue.register
    for thing in register.things.values():
        held = [thing.order, *(window.order for window in thing.windows)]
        for name in held:
            if name and name not in venue.orders:
                yield (
                    HELD_FOR_AN_ORDER,
                    thing.thing,
                    f"it is held for {name}, which does not stand",
                )
    standing = {order.terms.hold for order in venue.orders.values() if order.terms.hold}
    for account in register.accounts:
        _, _, rest = account.partition("/")
        kind, _, reference = rest.partition("/")
        if kind == "on_hold" and reference not in standing:
            lacks = f"no bid stands for its hold {reference}"
            yield HELD_FOR_AN_ORDER, f"account/{account}", lacks
    for order in venue.orders.values():
        if order.party not in register.parties:
            yield ORDERS, order.order, f"its party {order.party} is not registered"
        for offered in order.nodes:
            if offered not in register.things:
                yield ORDERS, order.order, f"what it offers, {offered}, is not registered"
