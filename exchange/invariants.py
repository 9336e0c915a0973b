"""I5 of DOMAIN 6 over a whole venue: whatever is offered is held, whatever is bid is paid for.

Pure; a breach means that we were wrong, never the caller. The ledger's own lines stand in
`ledger/invariants.py`.
"""

from collections.abc import Iterator

from exchange.books.order import Order
from exchange.books.state import Venue
from exchange.instruments.kinds import kind_of
from exchange.words import ASK
from ledger.invariants import Breach
from ledger.records import Thing

LINES = ("I5",)


def sweep(venue: Venue) -> list[Breach]:
    """Every open order against the things and the cash that stand behind it, and the reverse."""
    return [Breach("I5", detail) for detail in _unheld(venue)]


def _unheld(venue: Venue) -> Iterator[str]:
    for order in venue.orders.values():
        if order.side == ASK:
            yield from _ask(venue, order)
        else:
            yield from _bid(venue, order)
    for thing in venue.register.things.values():
        yield from _held_for_an_ask(venue, thing)
    yield from _held_for_a_bid(venue)


def _ask(venue: Venue, order: Order) -> Iterator[str]:
    if len(order.nodes) != order.open_lots:
        yield f"{order.order} offers {order.open_lots} lots and holds {len(order.nodes)} things"
    is_held = kind_of(venue.markets[order.market]).is_held
    for name in order.nodes:
        thing = venue.register.things[name]
        if thing.owner != order.party:
            yield f"{order.order} offers {name}, which is not its party's"
        if not is_held(thing, order.order):
            yield f"{order.order} offers {name} and does not hold it"


def _bid(venue: Venue, order: Order) -> Iterator[str]:
    notional_minor = venue.markets[order.market].notional_minor(order.price_ticks, order.open_lots)
    held_minor = venue.held_minor(order)
    if held_minor < notional_minor:
        yield f"{order.order} may cost {notional_minor} and {held_minor} lies on hold for it"


def _held_for_an_ask(venue: Venue, thing: Thing) -> Iterator[str]:
    orders = {thing.order, *(window.order for window in thing.windows)} - {""}
    for order in sorted(orders):
        found = venue.orders.get(order)
        if found is None or thing.thing not in found.nodes:
            yield f"{thing.thing} is held for {order}, which does not offer it"


def _held_for_a_bid(venue: Venue) -> Iterator[str]:
    accounts = {order.hold_account for order in venue.orders.values() if order.terms.hold}
    for account, balance in venue.register.accounts.items():
        if account.split("/")[1] == "on_hold" and account not in accounts:
            yield f"{account} has {balance}, and no open bid is behind it"
