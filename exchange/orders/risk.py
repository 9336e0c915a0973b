"""What must hold before an order stands, in the fixed order of EXCHANGE 4: who, market, money."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from exchange.books.reference import BandReference
from exchange.books.state import Market, Venue
from exchange.instruments.kinds import kind_of
from exchange.instruments.symbols import read_symbol
from exchange.market.market_rule import MarketRule
from exchange.market.rules import in_force
from exchange.orders.matching import would_take
from exchange.words import ASK, BID, Side
from ledger.cash.accounts import money, must_afford
from ledger.durations import MS_NS, SECOND_NS, span_text
from ledger.ids import GroupId, MarketSymbol, PartyId, ThingId, is_node
from ledger.moment import Moment
from ledger.money import INT64_MOST, lower_limit, upper_limit
from ledger.records import Party
from ledger.refusals import Figure, Reason, Refused, Sentence, either, sentence_of
from ledger.register import Register
from ledger.things.market_obstacles import market_lack


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
            sentence_of(
                "An {side} here takes the role {roles}, which {party} does not have: "
                "ask the venue's clerks for it.",
                side=side,
                roles=either(roles),
                party=party.party,
            ),
        )
    if party.kyc_tier < rule.eligible.kyc_tier:
        raise Refused(
            Reason.tier_too_low,
            sentence_of(
                "This market takes tier {needed_tier}; {party} has tier {kyc_tier}: "
                "give compliance the papers of the next tier.",
                needed_tier=rule.eligible.kyc_tier,
                party=party.party,
                kyc_tier=party.kyc_tier,
            ),
        )


def must_be_within_tier(
    venue: Venue, market: Market, party: Party, price_ticks: int, lots: int, moment: Moment
) -> None:
    """Refuse `tier_too_low` a lease, or a day's title, above the limits of the party's tier."""
    kind, tier = kind_of(market), party.kyc_tier
    limits = venue.register.rules.value("kyc_limits", moment.at_ns)[kind.tier_limit]
    limit = limits[tier]
    if limit is None:
        return
    amount = kind.tier_amount_minor(venue, market, party.party, price_ticks, lots)
    if amount <= limit:
        return
    higher = _higher_tier(venue.register, limits, tier)
    used = kind.tier_amount_minor(venue, market, party.party, price_ticks, 0)
    each = kind.tier_amount_minor(venue, market, party.party, price_ticks, 1) - used
    if not each:
        text = sentence_of(
            "Tier {kyc_tier} allows {limit_minor} of {tier_limit_of}; this would make "
            "{amount_minor}: order less, or ask compliance for {higher}.",
            kyc_tier=tier,
            limit_minor=money(venue.register, limit),
            tier_limit_of=kind.tier_limit_of,
            amount_minor=money(venue.register, amount),
            higher=higher,
        )
    else:  # lots add up, so that fewer may fit
        left_minor = max(0, limit - used)
        fits_lots = left_minor // each
        noun, counted = _LOTS[market.spec.gpus_per_lot > 1]
        text = sentence_of(
            "Tier {kyc_tier} allows {limit_minor} of {tier_limit_of}; {left_minor} of it is left, "
            "and this makes {more_minor}: {fits_lots} of the {lots} fit. Order so many, or ask "
            "compliance for {higher}.",
            kyc_tier=tier,
            limit_minor=money(venue.register, limit),
            tier_limit_of=kind.tier_limit_of,
            left_minor=money(venue.register, left_minor),
            more_minor=money(venue.register, amount - used),
            fits_lots=Figure(f"{fits_lots:,}", fits_lots, f"{fits_lots:,} {counted[0]}"),
            lots=Figure(f"{lots:,} {noun}", lots, f"{lots:,} {counted}"),
            higher=higher,
        )
    raise Refused(Reason.tier_too_low, text, amount_minor=amount)


_LOTS: Final = {True: ("servers", "台服务器"), False: ("cards", "张卡")}  # a lot is a whole board


def _higher_tier(register: Register, limits: Sequence[int | None], tier: int) -> Sentence:
    """The next tier that lifts this limit, in words."""
    for higher in range(tier + 1, len(limits)):
        limit, now = limits[higher], limits[tier]
        if limit is None:
            return sentence_of("tier {tier}, which has no limit", tier=higher)
        if now is not None and limit > now:
            return sentence_of(
                "tier {tier}, which allows {limit_minor}",
                tier=higher,
                limit_minor=money(register, limit),
            )
    return sentence_of("a change of this rule")


def must_know_market(venue: Venue, symbol: MarketSymbol) -> Market:
    """Refuse `unknown_market`."""
    market = venue.markets.get(symbol)
    if market is None:
        named = read_symbol(symbol)
        text = sentence_of("There is no market {symbol}: see the instruments.", symbol=symbol)
        if named is None:
            text = sentence_of(
                "{symbol!r} names no market: symbols read like T.H100SXM8.A1.CN-BJ.", symbol=symbol
            )
        raise Refused(Reason.unknown_market, text, field="/market")
    return market


def must_be_placeable(venue: Venue, market: Market, at_ns: int, rests: bool) -> None:
    """Refuse `window_started`, `phase_forbids`: before the opening only what rests is taken."""
    last_ns = market.spec.last_trade_ns
    if last_ns is not None and at_ns >= last_ns:
        raise Refused(
            Reason.window_started,
            sentence_of(
                "Trading in {market} has ended, its window begins: {later}.",
                market=market.spec.market,
                later=_open_later(venue, market, at_ns),
            ),
        )
    if market.phase == "continuous":
        return
    if market.phase != "pre_open" or not rests:
        raise Refused(
            Reason.phase_forbids,
            sentence_of(
                "{market} is in phase {phase}, which takes no such order: wait for the "
                "next opening.",
                market=market.spec.market,
                phase=market.phase,
            ),
        )


def _open_later(venue: Venue, market: Market, at_ns: int) -> Sentence:
    """Which of the other windows of a market's thing and place still trade, in words."""
    series = market.spec.market.rpartition(".")[0]
    later = sorted(
        symbol
        for symbol, each in venue.markets.items()
        if symbol.rpartition(".")[0] == series
        and each.spec.last_trade_ns is not None
        and at_ns < each.spec.last_trade_ns
    )
    if not later:
        return sentence_of("no later one is listed yet")
    return sentence_of("the first that is open is {market}", market=later[0])


def price_figure(register: Register, market: Market, price_ticks: int) -> Figure:
    """A price as a sentence says it; of a lease also what a lot's whole window costs."""
    assert market.rule is not None, "a market without a rule has no prices"
    each = money(register, price_ticks * market.rule.tick_minor)
    kind = kind_of(market)
    text, chinese = f"{each} {kind.priced_by}", f"{_CHINESE[kind.priced_by]} {each.chinese}"
    if kind.lot_priced_by:
        lot = money(register, market.notional_minor(price_ticks, 1))
        text += f" ({lot} {kind.lot_priced_by})"
        chinese += f"（{_CHINESE[kind.lot_priced_by]} {lot.chinese}）"
    return Figure(text, price_ticks, chinese)


def must_fit_market(
    register: Register, market: Market, side: Side, price_ticks: int, lots: int, at_ns: int
) -> None:
    """Refuse `outside_band`, `too_many_lots`, `notional_limit`."""
    rule = market.rule
    assert rule is not None, "a market that takes orders has a rule"
    must_be_in_band(register, market, side, price_ticks, at_ns)
    if lots > rule.max_lots:
        text = sentence_of(
            "At most {max_lots} lots an order here: split it.", max_lots=rule.max_lots
        )
        raise Refused(Reason.too_many_lots, text, max_lots=rule.max_lots)
    must_fit_notional(register, market, price_ticks, lots)


_CHINESE: Final = {"a GPU": "每 GPU", "a GPU-hour": "每 GPU 小时", "a server-month": "每台服务器月"}
_OUTSIDE: Final = {
    BID: "This bid says {price_ticks}; the most that {market} takes now is {edge_ticks}, for "
    "{around}: say that, or less.",
    ASK: "This ask says {price_ticks}; the least that {market} takes now is {edge_ticks}, for "
    "{around}: say that, or more.",
}


class EntryBand(NamedTuple):
    """The worst price that a side may name at an instant, and what it is reckoned from."""

    edge_ticks: int  # a bid's highest, an ask's lowest
    reference: BandReference

    def context(self, at_ns: int) -> dict[str, int | str | None]:
        """The band as a refusal and a dry run tell it; the age is None of what stands now."""
        made_ns = self.reference.at_ns
        return {
            "reference_ticks": self.reference.price_ticks,
            "reference_source": self.reference.source,
            "reference_age_s": None if made_ns is None else max(0, at_ns - made_ns) // SECOND_NS,
            "edge_ticks": self.edge_ticks,
        }


def entry_band(market: Market, side: Side, at_ns: int) -> EntryBand | None:
    """The entry band of a side (EXCHANGE 4); None: there is none, any price is taken."""
    reference = market.reference(side, at_ns)
    if reference is None:
        return None
    assert market.rule is not None
    limit = upper_limit if side == BID else lower_limit
    return EntryBand(limit(reference.price_ticks, market.rule.entry_band_bp), reference)


def must_be_in_band(
    register: Register, market: Market, side: Side, price_ticks: int, at_ns: int
) -> None:
    """The entry band stops slips of the hand, on the aggressive side only."""
    band = entry_band(market, side, at_ns)
    if band is None:
        return
    edge, reference = band
    is_outside = price_ticks > edge if side == BID else price_ticks < edge
    if is_outside:
        raise Refused(
            Reason.outside_band,
            sentence_of(
                _OUTSIDE[side],
                price_ticks=price_figure(register, market, price_ticks),
                market=market.spec.market,
                edge_ticks=price_figure(register, market, edge),
                around=_reference_text(register, market, side, reference, at_ns),
            ),
            field="/price_ticks",
            **{name: each for name, each in band.context(at_ns).items() if each is not None},
        )


def _reference_text(
    register: Register, market: Market, side: Side, reference: BandReference, at_ns: int
) -> Sentence:
    """What the band lies around, in words: the price, since when, and until when."""
    ticks = reference.price_ticks
    remembered = market.remembered_by(market.rule)
    assert remembered is not None, "a band lies around what was remembered, or in its place"
    age = span_text(at_ns - remembered.at_ns)
    if reference.source == "standing":
        return sentence_of(
            "the best {other} is {price_ticks} (the last price is {age_ns} old and no longer "
            "counts)",
            other=ASK if side == BID else BID,
            price_ticks=price_figure(register, market, ticks),
            age_ns=age,
        )
    what = "last trade" if reference.source == "last_trade" else "first reference"
    left = remembered.until_ns
    if left is None:
        return sentence_of(
            "the {what}, {age_ns} ago, is {price_ticks}",
            what=what,
            age_ns=age,
            price_ticks=price_figure(register, market, ticks),
        )
    return sentence_of(
        "the {what}, {age_ns} ago, is {price_ticks}, and counts for {left_ns} more",
        what=what,
        age_ns=age,
        price_ticks=price_figure(register, market, ticks),
        left_ns=span_text(left - at_ns),
    )


def must_fit_notional(register: Register, market: Market, price_ticks: int, lots: int) -> None:
    """Refuse `notional_limit`."""
    assert market.rule is not None
    notional = market.notional_minor(price_ticks, lots)
    limit = min(market.rule.max_notional_minor, INT64_MOST)
    if notional > limit:
        text = sentence_of(
            "The order is worth {notional_minor}; at most {limit_minor} here: split it.",
            notional_minor=money(register, notional),
            limit_minor=money(register, limit),
        )
        raise Refused(Reason.notional_limit, text)


def must_have_room(market: Market, party: PartyId) -> None:
    """Refuse `order_limit`."""
    assert market.rule is not None
    most = market.rule.max_open_orders
    if market.open_orders.get(party, 0) >= most:
        text = sentence_of(
            "{party} has {most} open orders in {market}, the most: cancel some.",
            party=party,
            most=most,
            market=market.spec.market,
        )
        raise Refused(Reason.order_limit, text, max_open_orders=most)


def must_be_within_position_limit(market: Market, group: GroupId, more_lots: int) -> None:
    """Refuse `position_limit`: open bid lots and lots bought, per beneficial-owner group."""
    assert market.rule is not None
    limit = market.rule.position_limit_lots
    position_lots = market.position_lots.get(group, 0)
    if limit is not None and position_lots + more_lots > limit:
        raise Refused(
            Reason.position_limit,
            sentence_of(
                "Group {group} has {position_lots} lots of {market}, bought and bid "
                "for, of at most {limit_lots}: bid for fewer, or cancel a bid.",
                group=group,
                position_lots=position_lots,
                market=market.spec.market,
                limit_lots=limit,
            ),
        )


def must_not_take(register: Register, market: Market, side: Side, price_ticks: int) -> None:
    """Refuse `would_take`: what may only rest would meet an order on arrival."""
    facing = market.book.opposite(side)
    if market.phase == "continuous" and would_take(facing, price_ticks):
        best = facing.best_ticks
        assert best is not None
        raise Refused(
            Reason.would_take,
            sentence_of(
                "A post-only {side} at {price_ticks} would meet the order that rests at "
                "{best_ticks}: name a price that does not reach it, or leave post_only "
                "out.",
                side=side,
                price_ticks=price_figure(register, market, price_ticks),
                best_ticks=price_figure(register, market, best),
            ),
        )


def must_have_cash(register: Register, party: PartyId, needed_minor: int) -> None:
    """Refuse `insufficient_cash`."""
    must_afford(register, party, needed_minor, "to hold this bid")


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
                sentence_of(
                    "At most {orders} orders in {seconds} s: wait {wait_ms} ms.",
                    orders=orders,
                    seconds=seconds,
                    wait_ms=wait_ms,
                ),
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
    """Refuse `unknown_node` or `unknown_unit`, and say of one that stands here why it is none."""
    for thing in things:
        if thing not in register.things and (reason := market_lack(register, thing)):
            raise Refused(Reason.unknown_node if is_node(thing) else Reason.unknown_unit, reason)
        register.thing(thing)
