"""A market's phases: what moves them, and what each move brings with it (EXCHANGE 5.1, 5.2)."""

from exchange.books.state import Market, Venue
from exchange.events import PhaseChanged
from exchange.market.calendar import time_of_day_before
from exchange.market.market_rule import MarketRule
from exchange.market.rules import RuleInForce, in_force
from exchange.orders.cancelling import cancelled, expire_at_close, expire_with_window
from exchange.orders.matching import open_book
from exchange.words import BID, PHASES, Phase, PhaseReason, PhaseVerb
from ledger.events import Event
from ledger.ids import MarketSymbol
from ledger.moment import Moment
from ledger.money import held_minor

# (phase, verb) -> phase. What is not here is refused; `window` comes from any phase.
TRANSITIONS: dict[tuple[Phase, PhaseVerb], Phase] = {
    ("closed", "open"): "pre_open",
    ("pre_open", "open_book"): "continuous",
    ("pre_open", "close"): "closed",
    ("continuous", "close"): "closed",
}

# The verbs that lead from one phase to the phase that the timetable asks for.
_WAYS: dict[tuple[Phase, Phase], tuple[PhaseVerb, ...]] = {
    ("closed", "pre_open"): ("open",),
    ("closed", "continuous"): ("open", "open_book"),
    ("pre_open", "continuous"): ("open_book",),
    ("pre_open", "closed"): ("close",),
    ("continuous", "closed"): ("close",),
    ("continuous", "pre_open"): ("close", "open"),
}


def phase_due(venue: Venue, symbol: MarketSymbol, due_ns: int) -> list[Event]:
    """The step of its timetable that a market takes now, or its last close."""
    market = venue.markets.get(symbol)
    if market is None or not market.next_phase_ns:
        return []  # it is over
    if due_ns == market.spec.last_trade_ns:
        return [_changed(market, "closed", "window", due_ns), *expire_with_window(venue, market)]
    if due_ns != market.next_phase_ns:
        return []
    target = _target_phase(venue, market, due_ns)
    if target == market.phase:
        return [_changed(market, target, "timetable", due_ns)]
    events: list[Event] = []
    phase = market.phase
    for verb in _WAYS[phase, target]:
        phase = TRANSITIONS[phase, verb]
        events += _step(venue, market, phase, verb, due_ns)
    return events


def open_listed(venue: Venue, market: Market, moment: Moment) -> list[Event]:
    """A market that is listed while its timetable says open opens in the listing's batch."""
    now_ns = moment.at_ns
    events: list[Event] = []
    phase = market.phase
    target = _target_phase(venue, market, now_ns)
    found = _found(venue, market, now_ns)
    for verb in _WAYS.get((phase, target), ()):
        to_phase = TRANSITIONS[phase, verb]
        events.append(_changed(market, to_phase, "listed", now_ns, phase, found))
        phase = to_phase
    return events


def _step(
    venue: Venue, market: Market, to_phase: Phase, verb: PhaseVerb, due_ns: int
) -> list[Event]:
    if verb == "open":
        found = _found(venue, market, due_ns)
        ended = _ended_by_rule(venue, market, found)
        return [*ended, _changed(market, to_phase, verb, due_ns, "closed", found)]
    if verb == "close":
        return [_changed(market, to_phase, verb, due_ns), *expire_at_close(venue, market)]
    return [_changed(market, to_phase, verb, due_ns, "pre_open"), *open_book(venue, market)]


def _target_phase(venue: Venue, market: Market, at_ns: int) -> Phase:
    rule = market.rule or _found(venue, market, at_ns).rule
    return PHASES[time_of_day_before(venue.register.zone, at_ns, rule.timetable)]


def _found(venue: Venue, market: Market, at_ns: int) -> RuleInForce:
    found = in_force(venue.register.rules, market.spec.market, at_ns)
    assert found is not None, "a market is listed under a rule, and rules do not end"
    return found


def _ended_by_rule(venue: Venue, market: Market, found: RuleInForce) -> list[Event]:
    """Orders that a new rule ends: all if the tick changes, bids that it would no longer cover."""
    old, new = market.rule, found.rule
    if old is None or found.position == market.rule_position:
        return []
    return [
        cancelled(venue, order, "rules")
        for order in market.book.by_priority()
        if new.tick_minor != old.tick_minor
        or (
            order.side == BID
            and venue.held_minor(order)
            < _needed_minor(market, new, order.price_ticks, order.open_lots)
        )
    ]


def _needed_minor(market: Market, rule: MarketRule, price_ticks: int, lots: int) -> int:
    notional = price_ticks * rule.tick_minor * market.spec.lot_size * lots
    bid = rule.fee_bp.bid
    return held_minor(notional, max(bid.maker, bid.taker, bid.flat), rule.deposit_bp)


def _changed(
    market: Market,
    to_phase: Phase,
    reason: PhaseReason,
    at_ns: int,
    from_phase: Phase | None = None,
    found: RuleInForce | None = None,
) -> PhaseChanged:
    """The step at an instant; *found*: the rule that it brings into force."""
    remembered = market.remembered_by(found.rule if found else market.rule)
    serves = remembered is not None and remembered.serves(at_ns)
    return PhaseChanged(
        market=market.spec.market,
        from_phase=from_phase or market.phase,
        to_phase=to_phase,
        reason=reason,
        rule_position=found.position if found else market.rule_position,
        reference_ticks=remembered.price_ticks if remembered and serves else None,
    )
