"""How an order ends unfilled: by its party, its time, or a bar on what it offers (EXCHANGE 3.3)."""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple, TypeVar

from exchange.books.order import Order
from exchange.books.state import Market, Venue
from exchange.books.terms import AT_CLOSE, TIME_IN_FORCE
from exchange.commands import CancelAll, CancelOrder, EndLines
from exchange.events import OrderAccepted, OrderCancelled, OrderExpired
from exchange.words import SIDES, CancelCause, ExpiryCause
from ledger.caller import Caller
from ledger.events import Event, NothingToDo
from ledger.ids import OrderId, PartyId, ThingId
from ledger.moment import Moment
from ledger.refusals import Reason, Refused, sentence_of

Ended = TypeVar("Ended", OrderCancelled, OrderExpired)
Cause = CancelCause | ExpiryCause


def cancel(venue: Venue, command: CancelOrder, caller: Caller, moment: Moment) -> list[Event]:
    """End one own order. Refuses `unknown_order` and `order_closed`."""
    return [cancelled(venue, own_order(venue, command.order, caller), "user")]


def cancel_all(venue: Venue, command: CancelAll, caller: Caller, moment: Moment) -> list[Event]:
    """End every own order that fits each filter given; nothing that fits is no error.

    Refuses a filter that no order could fit: `bad_field`, `unknown_market`.
    """
    if command.side and command.side not in SIDES:
        raise Refused(
            Reason.bad_field,
            sentence_of("side is one of {sides}.", sides=", ".join(SIDES)),
            field="/side",
        )
    if command.market and command.market not in venue.markets:
        raise Refused(
            Reason.unknown_market,
            sentence_of("There is no market {market}.", market=command.market),
            field="/market",
        )
    names: Iterable[OrderId] = venue.party_orders.get(caller.party, ())
    if command.orders:
        named = dict.fromkeys(command.orders)
        names = [name for name in names if name in named]
    events: list[Event] = [
        cancelled(venue, order, "user")
        for order in (venue.orders[name] for name in names)
        if (not command.market or order.market == command.market)
        and (not command.side or order.side == command.side)
        and (not command.label or order.terms.label == command.label)
    ]
    return events or [NothingToDo(party=caller.party, op="order.cancel_all")]


def end_lines(venue: Venue, command: EndLines, caller: Caller, moment: Moment) -> list[Event]:
    """End what was to end with lines that are cut (the engine's own act)."""
    tied = tied_to(venue, command.party, command.lines)
    events: list[Event] = [cancelled(venue, order, "disconnect") for order in tied]
    return events or [NothingToDo(party=command.party, op="line.end")]


def tied_to(venue: Venue, party: PartyId, lines: Collection[str]) -> list[Order]:
    """The open orders of a party that end with one of these lines."""
    mine = [venue.orders[name] for name in venue.party_orders.get(party, ())]
    return [order for order in mine if order.terms.line and order.terms.line in lines]


def tied_to_any(venue: Venue) -> list[Order]:
    """The open orders that end with a line, whichever: no line outlives the venue's process."""
    return [order for order in venue.orders.values() if order.terms.line]


def own_order(venue: Venue, name: OrderId, caller: Caller) -> Order:
    """The caller's open order; another party's is as unknown as none."""
    order = venue.orders.get(name)
    if order is not None and order.party == caller.party:
        return order
    ended = venue.ended_order(name)
    if ended is not None and ended[0] == caller.party:
        raise Refused(
            Reason.order_closed,
            sentence_of("{name} is {state} already.", name=name, state=ended[1]),
        )
    raise Refused(
        Reason.unknown_order,
        sentence_of(
            "{party} has no open order {name}: check its id.", party=caller.party, name=name
        ),
    )


def cancelled(venue: Venue, order: Order, reason: CancelCause) -> OrderCancelled:
    """What is open of an order ends: its cash and things are free."""
    return _ended(OrderCancelled, venue, order, reason)


def expired(venue: Venue, order: Order, reason: ExpiryCause) -> OrderExpired:
    """As `cancelled`, by the order's own time in force or its market's."""
    return _ended(OrderExpired, venue, order, reason)


def _ended(how: type[Ended], venue: Venue, order: Order, reason: Cause) -> Ended:
    left = Left(order.open_lots, venue.held_minor(order), order.nodes)
    return rest_ended(how, order.terms, order.lots, order.price_ticks, reason, left)


class Left(NamedTuple):
    """What is left of an order as it ends: lots that no trade took, its cash and its things."""

    lots: int
    held_minor: int
    nodes: list[ThingId]


def rest_ended(
    how: type[Ended],
    terms: OrderAccepted,
    total_lots: int,
    price_ticks: int,
    reason: Any,  # a cause of this kind of end: the callers say which
    left: Left,
) -> Ended:
    """The end of what is left of an order, standing or only just accepted.

    A cancel bears the terms that its reply tells: the batch alone answers (decisions/0094).
    """
    now: dict[str, Any] = {"total_lots": total_lots, "price_ticks": price_ticks}
    return how(
        market=terms.market,
        order=terms.order,
        lots=left.lots,
        reason=reason,
        party=terms.party,
        hold=terms.hold,
        freed_minor=left.held_minor,
        freed_nodes=left.nodes,
        **(now if how is OrderCancelled else {}),
    )


def expire_dated(venue: Venue, name: OrderId, due_ns: int) -> list[Event]:
    """An order's own instant has come, unless it has ended or was given another one since."""
    order = venue.orders.get(name)
    if order is None or order.expires_ns != due_ns:
        return []
    return [expired(venue, order, order.terms.time_in_force)]


def expire_at_close(venue: Venue, market: Market) -> list[Event]:
    """Orders that are good for their day end with it."""
    return [
        expired(venue, order, order.terms.time_in_force)
        for order in market.book.by_priority()
        if TIME_IN_FORCE[order.terms.time_in_force].ends == AT_CLOSE
    ]


def expire_with_window(venue: Venue, market: Market) -> list[Event]:
    """Everything ends when a market has traded for the last time."""
    return [expired(venue, order, "window") for order in market.book.by_priority()]
