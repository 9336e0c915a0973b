"""The market's events folded into its books: apply never judges (STYLE 4)."""

from heapq import heapify

from msgspec.structs import replace

from exchange.books.order import Order
from exchange.books.state import Market, Venue
from exchange.events import (
    InstrumentListed,
    OrderAccepted,
    OrderAmended,
    OrderCancelled,
    OrderExpired,
    PartyRegrouped,
    PhaseChanged,
    Traded,
)
from exchange.instruments.kinds import KINDS
from exchange.instruments.series import is_over_with
from exchange.market.calendar import next_time_of_day
from exchange.market.rules import at_position, in_force
from exchange.orders.deliverables import hold_things, let_go
from exchange.words import ASK, BID, OrderState
from ledger.ids import GroupId, OrderId, PartyId, advance_counter
from ledger.moment import Moment
from ledger.records import ENDED_REMEMBERED
from ledger.timers import Due, push

STALE_MOST = 1_024  # stale expiries that the heap may hold before it is looked through


def apply_instrument_listed(venue: Venue, event: InstrumentListed, moment: Moment) -> None:
    """A market begins, closed; those of its series that are over leave the state."""
    register = venue.register
    spec = replace(event, at_ns=0, cause=0, command_sha256="")  # the terms, not the moment
    market = venue.markets[event.market] = Market(
        spec=spec, phase_since_ns=moment.at_ns, listed_ns=moment.at_ns, touched=moment.cause
    )
    _await_next_phase(venue, market, moment.at_ns)
    if KINDS[event.kind].is_series:
        venue.lease_series[event.model, event.delivery_point] = None
    if event.last_trade_ns is not None:
        push(register, event.last_trade_ns, Due.PHASE, event.market)
    _forget_over(venue, event, moment)


def _forget_over(venue: Venue, listed: InstrumentListed, moment: Moment) -> None:
    """What a market still holds ends with its own close: behind a silence that comes later."""
    over = [
        market.spec.market
        for market in venue.markets.values()
        if is_over_with(market.spec, listed, moment.at_ns) and not market.open_orders
    ]
    for symbol in over:
        del venue.markets[symbol]


def apply_phase_changed(venue: Venue, event: PhaseChanged, moment: Moment) -> None:
    register = venue.register
    market = venue.markets[event.market]
    market.touched = moment.cause
    if event.to_phase != market.phase:
        market.phase = event.to_phase
        market.phase_since_ns = moment.at_ns
    if event.rule_position != market.rule_position:
        market.rule = at_position(register.rules, event.rule_position)
        market.rule_position = event.rule_position
    if event.reason == "window":
        market.next_phase_ns = 0  # closed for ever
    elif market.next_phase_ns <= venue.advanced_ns:
        _await_next_phase(venue, market, market.next_phase_ns)


def _await_next_phase(venue: Venue, market: Market, after_ns: int) -> None:
    register = venue.register
    rule = market.rule
    if rule is None:
        found = in_force(register.rules, market.spec.market, after_ns)
        assert found is not None, "a market is listed under a rule"
        rule = found.rule
    market.next_phase_ns, _ = next_time_of_day(register.zone, after_ns, rule.timetable)
    push(register, market.next_phase_ns, Due.PHASE, market.spec.market)


def apply_order_accepted(venue: Venue, event: OrderAccepted, moment: Moment) -> None:
    register = venue.register
    market = venue.markets[event.market]
    order = Order.of(event)
    advance_counter(register.counters, event.order)
    venue.orders[event.order] = order
    mine = venue.party_orders.get(event.party)
    if mine is None:
        venue.party_orders[event.party] = {event.order: None}
    else:
        mine[event.order] = None
    market.open_orders[event.party] = market.open_orders.get(event.party, 0) + 1
    market.last_priority = event.priority
    market.touched = moment.cause
    if event.side == BID:
        advance_counter(register.counters, event.hold)
        _move_position_lots(market, event.group, event.lots)
        market.book.bids.add(order)
    else:
        hold_things(register, market, event.order, event.nodes)
        market.book.asks.add(order)
    if event.expires_ns:
        push(register, event.expires_ns, Due.EXPIRY, event.order)


def apply_order_amended(venue: Venue, event: OrderAmended, moment: Moment) -> None:
    """New terms; with a new priority it stands behind its level."""
    register = venue.register
    order = venue.orders[event.order]
    market = venue.markets[order.market]
    market.touched = moment.cause
    if order.side == ASK:
        let_go(register, event.order, order.nodes[len(event.nodes) :])
        hold_things(register, market, event.order, event.nodes[len(order.nodes) :])
    else:
        _move_position_lots(market, order.group, event.open_lots - order.open_lots)
    half = market.book.half(order.side)
    moves = event.priority != order.priority
    is_dated_anew = event.expires_ns != order.expires_ns
    if moves:
        half.remove(order)
    order.amend(event)
    if moves:
        market.last_priority = event.priority
        half.add(order)
    if is_dated_anew:
        push(register, event.expires_ns, Due.EXPIRY, event.order)
        _one_more_is_stale(venue)


def apply_traded(venue: Venue, event: Traded, moment: Moment) -> None:
    """Both orders shrink; a sold thing leaves its ask (a window goes with `LeaseGranted`)."""
    register = venue.register
    market = venue.markets[event.market]
    market.last_ticks = event.price_ticks
    market.last_trade_ns = moment.at_ns
    market.day.add(register.zone, moment.at_ns, event.price_ticks, event.lots)
    market.touched = moment.cause
    advance_counter(register.counters, event.trade)
    _add_bought_lots(market, event.buyer, event.buyer_group, event.lots)
    ask = venue.orders[event.ask]
    bid = venue.orders[event.bid]
    if event.settlement:
        let_go(register, event.ask, event.nodes)
        traded = venue.title_day_minor
        traded[event.seller] = traded.get(event.seller, 0) + event.notional_minor
        traded[event.buyer] = traded.get(event.buyer, 0) + event.notional_minor
    for order in (ask, bid):
        order.fill(event.lots)
        if not order.open_lots:
            _leave(venue, market, order, "filled")


def apply_party_regrouped(venue: Venue, event: PartyRegrouped, moment: Moment) -> None:
    """Orders and bought lots go over; the public book shows no group and is not touched."""
    market = venue.markets[event.market]
    for name in event.orders:
        venue.orders[name].group = event.group
    lots = event.bid_lots + event.bought_lots
    _move_position_lots(market, event.from_group, -lots)
    _move_position_lots(market, event.group, lots)
    if event.bought_lots:
        _add_bought_lots(market, event.party, event.from_group, -event.bought_lots)
        _add_bought_lots(market, event.party, event.group, event.bought_lots)


def apply_order_ended(venue: Venue, event: OrderCancelled | OrderExpired, moment: Moment) -> None:
    order = venue.orders[event.order]
    market = venue.markets[event.market]
    market.touched = moment.cause
    if order.terms.side == ASK:
        let_go(venue.register, event.order, event.freed_nodes)
    else:
        _move_position_lots(market, order.group, -event.lots)
    _leave(venue, market, order, "cancelled" if isinstance(event, OrderCancelled) else "expired")


def _leave(venue: Venue, market: Market, order: Order, state: OrderState) -> None:
    """An order that has ended leaves the live state, but for its party's name and how it ended."""
    name, party = order.terms.order, order.terms.party
    market.book.half(order.terms.side).remove(order)
    del venue.orders[name]
    mine = venue.party_orders[party]
    del mine[name]
    if not mine:
        del venue.party_orders[party]
    count = market.open_orders[party] - 1
    if count:
        market.open_orders[party] = count
    else:
        del market.open_orders[party]
    if order.expires_ns:
        _one_more_is_stale(venue)
    venue.ended_now[name] = party, state
    if len(venue.ended_now) >= ENDED_REMEMBERED:
        venue.ended_before = venue.ended_now
        venue.ended_now = {}


def _one_more_is_stale(venue: Venue) -> None:
    """Expiries that will find nothing leave the heap once they are half of it: state is bounded."""
    venue.stale_timers += 1
    timers = venue.register.timers
    if venue.stale_timers < STALE_MOST or 2 * venue.stale_timers < len(timers):
        return
    venue.stale_timers = 0
    timers[:] = [timer for timer in timers if not _is_stale(venue, timer)]
    heapify(timers)


def _is_stale(venue: Venue, timer: tuple[int, int, str]) -> bool:
    due_ns, kind, subject = timer
    if kind != Due.EXPIRY:
        return False
    order = venue.orders.get(OrderId(subject))
    return order is None or order.expires_ns != due_ns


def _add_bought_lots(market: Market, party: PartyId, group: GroupId, lots: int) -> None:
    mine = market.bought_lots.setdefault(party, {})
    bought = mine.get(group, 0) + lots
    if bought:
        mine[group] = bought
    else:
        del mine[group]


def _move_position_lots(market: Market, group: GroupId, lots: int) -> None:
    position = market.position_lots.get(group, 0) + lots
    if position:
        market.position_lots[group] = position
    else:
        market.position_lots.pop(group, None)
