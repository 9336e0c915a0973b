"""Matching: whom an arriving order meets, and the trades that follow (EXCHANGE 3.1, 3.2).

A plan reads the book and changes nothing. Each trade is at the resting order's price.
"""

from collections.abc import Iterable
from heapq import heappop, heappush
from typing import NamedTuple

from msgspec import Struct

from exchange.books.book import Book, Half
from exchange.books.order import Order
from exchange.books.state import Market, Venue
from exchange.events import OrderAccepted, Traded
from exchange.instruments.kinds import KINDS
from exchange.words import ASK, BID
from ledger.ids import NO_ID, GroupId, Numbers, SettlementId, ThingId, TradeId
from ledger.money import deposit_minor, fee_minor


class Arrival(Struct, kw_only=True, gc=False):
    """An order on its way through a plan: what is left of its lots, things and cash."""

    terms: OrderAccepted
    group: GroupId  # as of now
    total_lots: int  # in all: the new total of one that is amended
    price_ticks: int
    lots: int
    nodes: list[ThingId]
    held_minor: int
    used: int = 0  # of its nodes


class Match(NamedTuple):
    """What one resting order gives to the arriving one."""

    resting: Order
    lots: int


class MatchPlan(NamedTuple):
    """Whom an arrival meets, in book order; `meets_own` if its own group ended the walk."""

    matches: list[Match]
    left_lots: int
    meets_own: bool


def plan(half: Half, price_ticks: int, lots: int, group: GroupId) -> MatchPlan:
    """Walk the other side while its prices are within the limit and lots are left."""
    limit = price_ticks * half.sign
    matches: list[Match] = []
    for rank in reversed(half.ranks):
        if rank < limit or not lots:
            break
        for resting in half.levels[rank].values():
            if resting.group == group:
                return MatchPlan(matches, lots, True)
            taken = min(lots, resting.open_lots)
            matches.append(Match(resting, taken))
            lots -= taken
            if not lots:
                break
    return MatchPlan(matches, lots, False)


def would_take(half: Half, price_ticks: int) -> bool:
    """Whether an order at this price would meet anything that rests on *half*."""
    return bool(half.ranks) and half.ranks[-1] >= price_ticks * half.sign


def crosses_own(half: Half, price_ticks: int, group: GroupId) -> bool:
    """Whether an order that only stands would cross one of its own group."""
    limit = price_ticks * half.sign
    for rank in reversed(half.ranks):
        if rank < limit:
            break
        if any(resting.group == group for resting in half.levels[rank].values()):
            return True
    return False


def arrive(venue: Venue, market: Market, taker: Arrival, matches: Iterable[Match]) -> list[Traded]:
    """The trades of a plan, in the order met."""
    numbers = venue.register.numbers()
    return [
        trade(market, taker, as_standing(venue, match.resting), match.lots, numbers)
        for match in matches
    ]


def as_standing(venue: Venue, order: Order) -> Arrival:
    """A resting order, as a plan sees it."""
    return Arrival(
        terms=order.terms,
        group=order.group,
        total_lots=order.lots,
        price_ticks=order.price_ticks,
        lots=order.open_lots,
        nodes=order.nodes,
        held_minor=venue.held_minor(order),
    )


def trade(market: Market, taker: Arrival, resting: Arrival, lots: int, numbers: Numbers) -> Traded:
    """One match at the resting order's price; both sides lose what it takes."""
    rule = market.rule
    assert rule is not None, "a market trades under a rule"
    ask, bid = (resting, taker) if taker.terms.side == BID else (taker, resting)
    notional = market.notional_minor(resting.price_ticks, lots)
    is_ask_taker = taker is ask
    ask_fee = fee_minor(notional, rule.fee_bp.ask.taker if is_ask_taker else rule.fee_bp.ask.maker)
    bid_fee = fee_minor(notional, rule.fee_bp.bid.maker if is_ask_taker else rule.fee_bp.bid.taker)
    nodes = ask.nodes[ask.used : ask.used + lots]
    assert len(nodes) == lots, "an ask holds a thing for each open lot"
    ask.used += lots
    ask.lots -= lots
    bid.lots -= lots
    kind = KINDS[market.spec.kind]
    deposit = deposit_minor(notional, rule.deposit_bp) if kind.has_deposit else 0
    held_after = market.held_minor(bid.price_ticks, bid.lots)
    freed = bid.held_minor - held_after - notional - bid_fee - deposit
    assert freed >= 0, "a bid's hold covers any split of it"
    bid.held_minor = held_after
    of_ask, of_bid = ask.terms, bid.terms
    return Traded(
        market=market.spec.market,
        ask=of_ask.order,
        bid=of_bid.order,
        price_ticks=resting.price_ticks,
        lots=lots,
        trade=numbers.next(TradeId),
        mode="continuous",
        taker=taker.terms.side,
        notional_minor=notional,
        ask_fee_minor=ask_fee,
        bid_fee_minor=bid_fee,
        nodes=nodes,
        seller=of_ask.party,
        buyer=of_bid.party,
        seller_group=ask.group,
        buyer_group=bid.group,
        hold=of_bid.hold,
        settlement=numbers.next(SettlementId) if kind.has_escrow else NO_ID,
        escrow_minor=notional + bid_fee if kind.has_escrow else 0,
        freed_minor=freed,
        is_related=ask.group == bid.group,
    )


def open_book(venue: Venue, market: Market) -> list[Traded]:
    """What stands arrives in order of priority, keeping it (EXCHANGE 5.2): the opening's trades."""
    if not _is_crossed(market.book):
        return []
    numbers = venue.register.numbers()
    waiting: dict[str, list[tuple[int, int, Arrival]]] = {BID: [], ASK: []}
    trades: list[Traded] = []
    for order in market.book.by_priority():
        arriving = as_standing(venue, order)
        facing = waiting[ASK if order.side == BID else BID]
        sign = -1 if order.side == BID else 1
        while arriving.lots and facing:
            best = facing[0][2]
            if (best.price_ticks - arriving.price_ticks) * sign < 0:
                break
            lots = min(arriving.lots, best.lots)
            trades.append(trade(market, arriving, best, lots, numbers))
            if not best.lots:
                heappop(facing)
        if arriving.lots:
            # best first: a bid's highest price, an ask's lowest, then the smaller priority
            heappush(waiting[order.side], (order.price_ticks * sign, order.priority, arriving))
    return trades


def _is_crossed(book: Book) -> bool:
    bid, ask = book.bids.best_ticks, book.asks.best_ticks
    return bid is not None and ask is not None and bid >= ask
