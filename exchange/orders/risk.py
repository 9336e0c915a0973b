"""What must hold before an order stands, in the fixed order of EXCHANGE 4: who, market, money."""

from collections.abc import Sequence

from exchange.books.state import Market, Venue
from exchange.instruments.kinds import kind_of
from exchange.instruments.symbols import read_symbol
from exchange.market.market_rule import MarketRule
from exchange.market.rules import in_force
from exchange.orders.matching import would_take
from exchange.words import ASK, BID, Side
from ledger.durations import MS_NS, SECOND_NS
from ledger.ids import GroupId, MarketSymbol, PartyId, ThingId
from ledger.moment import Moment
from ledger.money import INT64_MOST, lower_limit, upper_limit
from ledger.records import Party
from ledger.refusals import Reason, Refused
from ledger.register import Register


def rule_for(
    register: Register, market: Market | None, symbol: MarketSymbol, moment: Moment
) -> MarketRule | None:
    """The rule under which a market trades, or would trade."""
    if market is not None and market.rule is not None:
        return market.rule
    found = in_force(register.rules, symbol, moment.at_ns)
    return found.rule if found else None


def must_qualify(rule: MarketRule, party: Party, side: Side) -> None:
    """Refuse `role_missing`, then `tier_too_low`."""
    roles = rule.eligible.ask_roles if side == ASK else rule.eligible.bid_roles
    if roles and not any(role in party.roles for role in roles):
        raise Refused(
            Reason.role_missing,
            f"An {side} here takes the role {' or '.join(roles)}, which {party.party} does not"
            " have: ask the venue's clerks for it.",
        )
    if party.kyc_tier < rule.eligible.kyc_tier:
        raise Refused(
            Reason.tier_too_low,
            f"This market takes tier {rule.eligible.kyc_tier}; {party.party} has tier"
            f" {party.kyc_tier}: give compliance the papers of the next tier.",
            kyc_tier=party.kyc_tier,
        )


def must_be_within_tier(
    venue: Venue, market: Market, party: Party, price_ticks: int, lots: int, moment: Moment
) -> None:
    """Refuse `tier_too_low` a lease, or a day's title, above the limits of the party's tier."""
    kind = kind_of(market)
    limit = venue.register.rules.value("kyc_limits", moment.at_ns)[kind.tier_limit][party.kyc_tier]
    if limit is None:
        return
    amount = kind.tier_amount_minor(venue, market, party.party, price_ticks, lots)
    if amount > limit:
        raise Refused(
            Reason.tier_too_low,
            f"Tier {party.kyc_tier} allows {limit} minor units of {kind.tier_limit_of}; this would"
            f" make {amount}: offer less, or ask compliance for a higher tier.",
            limit_minor=limit,
            amount_minor=amount,
        )


def must_know_market(venue: Venue, symbol: MarketSymbol) -> Market:
    """Refuse `unknown_market`."""
    market = venue.markets.get(symbol)
    if market is None:
        named = read_symbol(symbol)
        text = f"There is no market {symbol}: see the instruments."
        if named is None:
            text = f"{symbol!r} names no market: symbols read like T.H100SXM8.A1.CN-BJ."
        raise Refused(Reason.unknown_market, text, field="/market")
    return market


def must_be_placeable(market: Market, at_ns: int, rests: bool) -> None:
    """Refuse `window_started`, `phase_forbids`: before the opening only what rests is taken."""
    last_ns = market.spec.last_trade_ns
    if last_ns is not None and at_ns >= last_ns:
        raise Refused(
            Reason.window_started,
            f"Trading in {market.spec.market} has ended, its window begins: take a later one.",
        )
    if market.phase == "continuous":
        return
    if market.phase != "pre_open" or not rests:
        raise Refused(
            Reason.phase_forbids,
            f"{market.spec.market} is in phase {market.phase}, which takes no such order: wait for"
            " the next opening.",
        )


def must_fit_market(market: Market, side: Side, price_ticks: int, lots: int) -> None:
    """Refuse `outside_band`, `too_many_lots`, `notional_limit`."""
    rule = market.rule
    assert rule is not None, "a market that takes orders has a rule"
    must_be_in_band(market, side, price_ticks)
    if lots > rule.max_lots:
        text = f"At most {rule.max_lots} lots an order here: split it."
        raise Refused(Reason.too_many_lots, text, max_lots=rule.max_lots)
    must_fit_notional(market, price_ticks, lots)


def must_be_in_band(market: Market, side: Side, price_ticks: int) -> None:
    """The entry band stops slips of the hand, on the aggressive side only."""
    reference = market.reference_ticks
    if not reference:
        return
    assert market.rule is not None
    band_bp = market.rule.entry_band_bp
    if side == BID:
        edge = upper_limit(reference, band_bp)
        is_outside = price_ticks > edge
    else:
        edge = lower_limit(reference, band_bp)
        is_outside = price_ticks < edge
    if is_outside:
        raise Refused(
            Reason.outside_band,
            f"{price_ticks} ticks is beyond {edge}, the edge of the entry band around the reference"
            f" {reference}: look at the price again.",
            reference_ticks=reference,
            edge_ticks=edge,
        )


def must_fit_notional(market: Market, price_ticks: int, lots: int) -> None:
    assert market.rule is not None
    notional = market.notional_minor(price_ticks, lots)
    limit = min(market.rule.max_notional_minor, INT64_MOST)
    if notional > limit:
        text = f"The order is worth {notional} minor units; at most {limit} here: split it."
        raise Refused(Reason.notional_limit, text, limit_minor=limit)


def must_have_room(market: Market, party: PartyId) -> None:
    """Refuse `order_limit`."""
    assert market.rule is not None
    most = market.rule.max_open_orders
    if market.open_orders.get(party, 0) >= most:
        text = f"{party} has {most} open orders in {market.spec.market}, the most: cancel some."
        raise Refused(Reason.order_limit, text, max_open_orders=most)


def must_be_within_position_limit(market: Market, group: GroupId, more_lots: int) -> None:
    """Refuse `position_limit`: open bid lots and lots bought, per beneficial-owner group."""
    assert market.rule is not None
    limit = market.rule.position_limit_lots
    position_lots = market.position_lots.get(group, 0)
    if limit is not None and position_lots + more_lots > limit:
        raise Refused(
            Reason.position_limit,
            f"Group {group} has {position_lots} lots of {market.spec.market}, bought and bid for, "
            f"of at most {limit}: bid for fewer, or cancel a bid.",
            position_lots=position_lots,
            limit_lots=limit,
        )


def must_not_take(market: Market, side: Side, price_ticks: int) -> None:
    """Refuse `would_take`: what may only rest would meet an order on arrival."""
    facing = market.book.opposite(side)
    if market.phase == "continuous" and would_take(facing, price_ticks):
        best = facing.best_ticks
        assert best is not None
        raise Refused(
            Reason.would_take,
            f"A post-only {side} at {price_ticks} would meet the {best} that rests there: name a"
            " price that does not reach it, or leave post_only out.",
            best_ticks=best,
        )


def must_have_cash(register: Register, party: PartyId, needed_minor: int) -> None:
    """Refuse `insufficient_cash`."""
    available = register.available_minor(party)
    if needed_minor > available:
        raise Refused(
            Reason.insufficient_cash,
            f"This needs {needed_minor} minor units; {available} is available: pay in, or cancel"
            " another bid.",
            needed_minor=needed_minor,
            available_minor=available,
        )


class RateGate:
    """Orders per party in a span of wall time, as the gateway stamped them; not journaled."""

    PARTIES_MOST = 10_000  # remembered at once; a swept party starts afresh

    def __init__(self) -> None:
        self._recent: dict[str, list[int]] = {}  # party -> instants accepted, oldest first

    def must_pass(self, party: PartyId, received_ns: int, orders: int, seconds: int) -> None:
        """Refuse `rate_limited` when *orders* were accepted within the last *seconds*."""
        recent = self._recent.get(party)
        if recent is None or len(recent) < orders:
            return
        oldest_ns = recent[-orders]
        if oldest_ns > received_ns - seconds * SECOND_NS:
            wait_ms = (oldest_ns + seconds * SECOND_NS - received_ns) // MS_NS + 1
            raise Refused(
                Reason.rate_limited,
                f"At most {orders} orders in {seconds} s: wait {wait_ms} ms.",
                retry_after_ms=wait_ms,
            )

    def count(self, party: PartyId, received_ns: int, orders: int) -> None:
        """One more was accepted."""
        recent = self._recent.get(party)
        if recent is None:
            if len(self._recent) >= self.PARTIES_MOST:
                self._recent.clear()
            recent = self._recent[party] = []
        recent.append(received_ns)
        if len(recent) > 2 * orders:
            del recent[:-orders]


def must_know_things(register: Register, things: Sequence[ThingId]) -> None:
    """Refuse `unknown_node` or `unknown_unit`."""
    for thing in things:
        register.thing(thing)
