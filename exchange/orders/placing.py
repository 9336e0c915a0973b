"""Placing and amending an order: what it must meet, whom it meets, what becomes of its rest."""

from exchange.books.open_orders import OPEN
from exchange.books.order import Order
from exchange.books.order_reply import order_reply
from exchange.books.state import Market, Venue
from exchange.books.terms import KEPT, MAY_ONLY_REST, ORDER_KINDS, TIME_IN_FORCE, may_rest
from exchange.commands import AmendOrder, PlaceOrder
from exchange.events import OrderAccepted, OrderAmended, OrderCancelled, OrderExpired
from exchange.orders import risk
from exchange.orders.cancelling import Cause, Ended, Left, cancelled, own_order, rest_ended
from exchange.orders.deliverables import choose
from exchange.orders.entry_band import must_be_in_band
from exchange.orders.matching import Arrival, MatchPlan, arrive, crosses_own, plan
from exchange.orders.tier_limit import must_be_within_tier
from exchange.words import ASK, BID, SIDES
from ledger.caller import Caller
from ledger.durations import DAY_NS
from ledger.events import Event, NothingToDo
from ledger.ids import NO_ID, HoldId, MarketSymbol, OrderId, ThingId
from ledger.moment import Moment
from ledger.records import Party
from ledger.refusals import Reason, Refused, sentence_of
from ledger.register import Register


def place(venue: Venue, command: PlaceOrder, caller: Caller, moment: Moment) -> list[Event]:
    """Accept an order, with its trades and the end of what may not rest.

    Refuses with the first code of EXCHANGE 4 that applies, from `role_missing` on.
    """
    market = _must_be_welcome(venue, command, caller, moment)
    party = venue.register.parties[caller.party]
    side, price_ticks, lots = SIDES[command.side], command.price_ticks, command.lots
    risk.must_fit_market(venue.register, market, side, price_ticks, lots, moment.at_ns)
    risk.must_have_room(market, party.party)
    if side == BID:
        risk.must_be_within_position_limit(market, party.group, lots)
    if command.post_only == MAY_ONLY_REST:
        risk.must_not_take(venue.register, market, side, price_ticks)
    numbers = venue.register.numbers()
    nodes: list[ThingId] = []
    hold: HoldId = NO_ID
    held_minor = 0
    if side == ASK:
        nodes = choose(venue.register, market, party.party, command.nodes, lots, moment)
    else:
        held_minor = market.held_minor(price_ticks, lots)
        risk.must_have_cash(venue.register, party.party, held_minor)
        hold = numbers.next(HoldId)
    accepted = OrderAccepted(
        market=command.market,
        order=numbers.next(OrderId),
        key=caller.key,
        party=party.party,
        principal=caller.principal,
        group=party.group,
        side=side,
        time_in_force=TIME_IN_FORCE[command.time_in_force].name,
        lots=lots,
        price_ticks=price_ticks,
        priority=market.last_priority + 1,
        nodes=nodes,
        hold=hold,
        held_minor=held_minor,
        post_only=MAY_ONLY_REST if command.post_only == MAY_ONLY_REST else "",
        type=ORDER_KINDS[command.type].name,
        line=caller.line if command.cancel_on_disconnect or caller.ends_with_line else "",
        **{name: getattr(command, name) for name in KEPT},
    )
    arrival = Arrival(
        terms=accepted,
        group=party.group,
        total_lots=lots,
        price_ticks=price_ticks,
        lots=lots,
        nodes=nodes,
        held_minor=held_minor,
    )
    return [accepted, *_arrive(venue, market, arrival)]


def amend(venue: Venue, command: AmendOrder, caller: Caller, moment: Moment) -> list[Event]:
    """New terms. Fewer lots alone keep the priority; any other change arrives anew."""
    order = own_order(venue, command.order, caller)
    market = venue.markets[order.market]
    price_ticks = order.price_ticks if command.price_ticks is None else command.price_ticks
    lots = order.lots if command.lots is None else command.lots
    expires_ns = order.expires_ns if command.expires_ns is None else command.expires_ns
    if expires_ns != order.expires_ns:
        _must_have_expiry(order)
        _must_expire_in_time(venue, market.spec.market, expires_ns, moment)
    if (price_ticks, lots, expires_ns) == (order.price_ticks, order.lots, order.expires_ns):
        stands = order_reply(order, OPEN, venue.held_minor(order))
        return [NothingToDo(party=caller.party, op="order.amend", stands=stands)]
    open_lots = lots - order.filled_lots
    if open_lots <= 0:
        return [cancelled(venue, order, "user")]
    if price_ticks > order.price_ticks or open_lots > order.open_lots:
        party = venue.register.parties[order.party]
        must_be_within_tier(venue, market, party, price_ticks, open_lots, moment)
    risk.must_be_placeable(venue, market, moment.at_ns, rests=True)
    _must_fit_amended(venue.register, market, order, price_ticks, open_lots, moment.at_ns)
    is_fewer = (price_ticks, expires_ns) == (order.price_ticks, order.expires_ns)
    is_fewer = is_fewer and lots < order.lots
    amended = _amended(venue, market, order, price_ticks, lots, expires_ns, is_fewer, moment)
    if is_fewer:
        return [amended]
    arrival = Arrival(
        terms=order.terms,
        group=order.group,
        total_lots=lots,
        price_ticks=price_ticks,
        lots=open_lots,
        nodes=amended.nodes,
        held_minor=amended.held_minor,
    )
    return [amended, *_arrive(venue, market, arrival)]


def trader_of(venue: Venue, command: PlaceOrder, caller: Caller, moment: Moment) -> Party:
    """Who places an order; refuses `role_missing` and `tier_too_low` who may place none here."""
    party = venue.register.party(caller.party)
    market = venue.markets.get(command.market)
    rule = risk.rule_for(venue.register, market, command.market, moment)
    if rule is not None:
        risk.must_qualify(rule, party, SIDES[command.side])
    return party


def _must_be_welcome(venue: Venue, command: PlaceOrder, caller: Caller, moment: Moment) -> Market:
    """Who asks, which market, which things, and whether the market takes it now."""
    register = venue.register
    party = trader_of(venue, command, caller, moment)
    market = venue.markets.get(command.market)
    if market is not None and market.rule is not None:
        must_be_within_tier(venue, market, party, command.price_ticks, command.lots, moment)
    if market is None:
        market = risk.must_know_market(venue, command.market)
    if command.nodes:
        risk.must_know_things(register, command.nodes)
    rests = may_rest(command.type, command.time_in_force)
    risk.must_be_placeable(venue, market, moment.at_ns, rests)
    return market


def must_expire_in_time(venue: Venue, command: PlaceOrder, moment: Moment) -> None:
    """Refuse `bad_field` an expiry that is past, or too far ahead."""
    if TIME_IN_FORCE[command.time_in_force].needs_expiry:
        _must_expire_in_time(venue, command.market, command.expires_ns, moment)


def _must_have_expiry(order: Order) -> None:
    time_in_force = order.terms.time_in_force
    if not TIME_IN_FORCE[time_in_force].needs_expiry:
        dated = " or ".join(name for name, each in TIME_IN_FORCE.items() if each.needs_expiry)
        text = sentence_of(
            "{order} is {time_in_force}: only a {dated} order has an expiry.",
            order=order.order,
            time_in_force=time_in_force,
            dated=dated,
        )
        raise Refused(Reason.bad_combination, text, field="/expires_ns")


def _must_expire_in_time(
    venue: Venue, symbol: MarketSymbol, expires_ns: int, moment: Moment
) -> None:
    register = venue.register
    rule = risk.rule_for(register, venue.markets.get(symbol), symbol, moment)
    days = rule.gtd_max_days if rule else 0
    if not moment.at_ns < expires_ns <= moment.at_ns + days * DAY_NS:
        text = sentence_of("expires_ns lies after now and at most {days} days ahead.", days=days)
        raise Refused(Reason.bad_field, text, field="/expires_ns")


def _must_fit_amended(
    register: Register, market: Market, order: Order, price_ticks: int, open_lots: int, at_ns: int
) -> None:
    if price_ticks != order.price_ticks:
        must_be_in_band(register, market, order.side, price_ticks, at_ns)
    more_lots = open_lots - order.open_lots
    if more_lots > 0:
        risk.must_fit_market(register, market, order.side, price_ticks, open_lots, at_ns)
        if order.side == BID:
            risk.must_be_within_position_limit(market, order.group, more_lots)
    elif price_ticks > order.price_ticks:
        risk.must_fit_notional(register, market, price_ticks, open_lots)
    if order.terms.post_only and price_ticks != order.price_ticks:
        risk.must_not_take(register, market, order.side, price_ticks)


def _amended(
    venue: Venue,
    market: Market,
    order: Order,
    price_ticks: int,
    lots: int,
    expires_ns: int,
    is_fewer: bool,
    moment: Moment,
) -> OrderAmended:
    open_lots = lots - order.filled_lots
    more_lots = open_lots - order.open_lots
    nodes = order.nodes[:open_lots]
    held_before = venue.held_minor(order)
    held_minor = 0
    if order.side == BID:
        held_minor = market.held_minor(price_ticks, open_lots)
        risk.must_have_cash(venue.register, order.party, held_minor - held_before)
    elif more_lots > 0:
        nodes = nodes + choose(venue.register, market, order.party, (), more_lots, moment)
    return OrderAmended(
        market=order.market,
        order=order.order,
        lots=lots,
        open_lots=open_lots,
        price_ticks=price_ticks,
        expires_ns=expires_ns,
        priority=order.priority if is_fewer else market.last_priority + 1,
        nodes=nodes,
        party=order.party,
        hold=order.terms.hold,
        held_minor=held_minor,
        freed_minor=held_before - held_minor,
    )


def _arrive(venue: Venue, market: Market, arrival: Arrival) -> list[Event]:
    """The trades of an arrival, and the end of its rest if it may not stand (EXCHANGE 3.1)."""
    terms = arrival.terms
    facing = market.book.opposite(terms.side)
    if market.phase != "continuous":
        if crosses_own(facing, arrival.price_ticks, arrival.group):
            return [_rest_ended(OrderCancelled, arrival, "self_trade")]
        return []
    planned = plan(facing, arrival.price_ticks, arrival.lots, arrival.group)
    rests = may_rest(terms.type, terms.time_in_force)
    if not planned.matches and not planned.meets_own and rests:
        return []
    if planned.left_lots and TIME_IN_FORCE[terms.time_in_force].is_all_or_none:
        planned = MatchPlan([], arrival.lots, False)  # void, without a trace
    events: list[Event] = list(arrive(venue, market, arrival, planned.matches))
    if arrival.lots:
        if planned.meets_own:
            events.append(_rest_ended(OrderCancelled, arrival, "self_trade"))
        elif not rests:
            events.append(_rest_ended(OrderExpired, arrival, terms.time_in_force))
    return events


def _rest_ended(how: type[Ended], arrival: Arrival, reason: Cause) -> Ended:
    left = Left(arrival.lots, arrival.held_minor, arrival.nodes[arrival.used :])
    return rest_ended(how, arrival.terms, arrival.total_lots, arrival.price_ticks, reason, left)
