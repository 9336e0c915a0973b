"""Open orders as published facts leave them: the one projection beside the engine's own state.

Each event becomes the orders that it touched, as they now are, and what that does to the levels of
their market. The public market picture, the private orders feed, the reply of a command and the
views' rows are built on it. Pure.
"""

from copy import copy
from typing import Final

from msgspec import Struct

from exchange.books.order import Order
from exchange.events import (
    OrderAccepted,
    OrderAmended,
    OrderCancelled,
    OrderExpired,
    PartyRegrouped,
    Traded,
)
from exchange.words import CancelCause, ExpiryCause, OrderState, Side
from ledger.events import Event
from ledger.ids import OrderId

OPEN: Final[OrderState] = "open"
FILLED: Final[OrderState] = "filled"
CANCELLED: Final[OrderState] = "cancelled"
ENDED: Final[dict[type[Event], OrderState]] = {OrderCancelled: CANCELLED, OrderExpired: "expired"}

MOVES_ORDERS: Final = (OrderAccepted, OrderAmended, Traded, OrderCancelled, OrderExpired)
FOLDED: Final = (*MOVES_ORDERS, PartyRegrouped)  # of a group nobody is shown anything


class LevelChange(Struct, frozen=True, gc=False):
    """What comes to a price of one side of a book, or leaves it (below 0)."""

    side: Side
    price_ticks: int
    lots: int
    orders: int


class OrderChange(Struct, frozen=True, gc=False):
    """An order as an event leaves it; one that has ended keeps what it was filled by then."""

    order: Order
    state: OrderState
    cause: CancelCause | ExpiryCause | None  # of its end, unless it was filled
    levels: tuple[LevelChange, ...]

    @property
    def is_open(self) -> bool:
        return self.state == OPEN

    @property
    def open_lots(self) -> int:
        return self.order.open_lots if self.is_open else 0


class OpenOrders:
    """Every open order, by id: begun with those of a venue, or empty before its first event.

    Several readers may share one: each folds every event, and the first of them does the work.
    """

    def __init__(self) -> None:
        self.by_order: dict[OrderId, Order] = {}
        self._event: Event | None = None  # the last one folded, and what it changed
        self._changes: list[OrderChange] = []

    def add(self, order: Order) -> OrderChange:
        """Take an order that stands already; a copy, for the venue goes on with its own."""
        return self._stand(copy(order))

    def fold(self, event: Event) -> list[OrderChange]:
        """What one published event makes of the orders that it names."""
        if event is not self._event:
            self._event, self._changes = event, self._folded(event)
        return self._changes

    def _folded(self, event: Event) -> list[OrderChange]:
        if isinstance(event, Traded):
            return [self._follow(event.ask, event), self._follow(event.bid, event)]
        if isinstance(event, OrderAccepted):
            return [self._stand(Order.of(event))]
        if isinstance(event, PartyRegrouped):
            for name in event.orders:
                self.by_order[name].group = event.group
            return []
        assert isinstance(event, OrderAmended | OrderCancelled | OrderExpired)
        return [self._follow(event.order, event)]

    def _stand(self, order: Order) -> OrderChange:
        self.by_order[order.order] = order
        return OrderChange(order, OPEN, None, (_shown(order, 1),))

    def _follow(self, name: OrderId, event: Event) -> OrderChange:
        change = folded(self.by_order[name], event)
        assert change is not None, "an event touches the orders that it names"
        if not change.is_open:
            del self.by_order[name]
        return change


def folded(order: Order, event: Event) -> OrderChange | None:
    """What an event after its acceptance makes of one order; None: it is not about this order."""
    if isinstance(event, Traded):
        if order.terms.order not in (event.ask, event.bid):
            return None
        before = _shown(order, -1)
        order.fill(event.lots)
        return OrderChange(order, OPEN if order.open_lots else FILLED, None, _moved(before, order))
    if not isinstance(event, OrderAmended | OrderCancelled | OrderExpired):
        return None
    if order.terms.order != event.order:
        return None
    before = _shown(order, -1)
    if isinstance(event, OrderAmended):
        order.amend(event)
        return OrderChange(order, OPEN, None, _moved(before, order))
    return OrderChange(order, ENDED[type(event)], event.reason, (before,))


def _shown(order: Order, sign: int) -> LevelChange:
    """An order as it stands comes to its level (1), or leaves it (-1)."""
    return LevelChange(order.terms.side, order.price_ticks, sign * order.shown_lots, sign)


def _moved(before: LevelChange, order: Order) -> tuple[LevelChange, ...]:
    """From where it stood to where it stands, if any of it is left."""
    if not order.open_lots:
        return (before,)
    if order.price_ticks != before.price_ticks:
        return before, _shown(order, 1)
    more_lots = order.shown_lots + before.lots
    return (LevelChange(before.side, before.price_ticks, more_lots, 0),)
