"""What must hold before an order stands, in the fixed order of EXCHANGE 4: who, market, money."""

from collections.abc import Sequence

from exchange.books.state import Market, Venue
from exchange.instruments.symbols import read_symbol
from exchange.market.market_rule import MarketRule
from exchange.market.rules import in_force
from exchange.orders.entry_band import must_be_in_band, price_figure
from exchange.orders.matching import would_take
from exchange.words import ASK, Side
from ledger.cash.accounts import money, must_afford
from ledger.ids import GroupId, MarketSymbol, PartyId, ThingId, is_node
from ledger.moment import Moment
from ledger.money import INT64_MOST
from ledger.records import Party
from ledger.refusals import Reason, Refused, Sentence, either, sentence_of
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
                "{best_ticks}: name a price that does not reach it, or let it trade "
                "at once.",
                side=side,
                price_ticks=price_figure(register, market, price_ticks),
                best_ticks=price_figure(register, market, best),
            ),
        )


def must_have_cash(register: Register, party: PartyId, needed_minor: int) -> None:
    """Refuse `insufficient_cash`."""
    must_afford(register, party, needed_minor, "to hold this bid")


def must_know_things(register: Register, things: Sequence[ThingId]) -> None:
    """Refuse `unknown_node` or `unknown_unit`, and say of one that stands here why it is none."""
    for thing in things:
        if thing not in register.things and (reason := market_lack(register, thing)):
            raise Refused(Reason.unknown_node if is_node(thing) else Reason.unknown_unit, reason)
        register.thing(thing)
