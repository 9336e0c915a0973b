"""Laws of a market for any flow of events, checked on the events alone (EXCHANGE 11)."""

from collections import Counter
from collections.abc import Callable
from functools import wraps
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, invariant

from exchange.events import OrderAccepted, OrderCancelled, OrderExpired, Traded
from exchange.invariants import sweep
from gateway.market_picture.market_views import EVENT_TYPES, MarketViews
from ledger.events import Event, LeaseGranted, TradeSettled
from ledger.money import held_minor
from tests.exchange.ground import CASH_MINOR, LEASE, TITLE, Floor, of_kind
from tests.oracles.naive_book import NaiveBook, Said

# Each side and role has a rate of its own: whoever is charged another's is found out.
FEES_BP = {"ask": {"maker": 1, "taker": 7, "flat": 5}, "bid": {"maker": 3, "taker": 11, "flat": 5}}


def said(events: list[Event]) -> list[Said]:
    """The facts in the naive book's words."""
    told: list[Said] = []
    for event in events:
        if isinstance(event, Traded):
            told.append(("trade", event.ask, event.bid, event.price_ticks, event.lots))
        elif isinstance(event, OrderCancelled):
            told.append(("cancelled", event.order, event.lots))
        elif isinstance(event, OrderExpired):
            told.append(("expired", event.order, event.lots))
    return told


def trade_is_lawful(event: Traded, events: list[Event]) -> None:
    """E5, E9 and E10 of one trade, in the batch that holds it."""
    assert event.seller_group != event.buyer_group
    assert event.freed_minor >= 0
    for side, fee_minor in (("ask", event.ask_fee_minor), ("bid", event.bid_fee_minor)):
        assert fee_minor == event.notional_minor * _rate_bp(side, event) // 10_000
    if event.market == TITLE:
        assert event.escrow_minor == event.notional_minor + event.bid_fee_minor
        return
    leases = [lease for lease in of_kind(events, LeaseGranted) if lease.reference == event.trade]
    assert sum(lease.rent_minor for lease in leases) == event.notional_minor
    prepaid = sum(lease.prepaid_minor for lease in leases)
    assert prepaid == event.notional_minor + event.bid_fee_minor
    assert len(leases) == event.lots == len(event.nodes)
    lessee_bp, lessor_bp = (_rate_bp(side, event) for side in ("bid", "ask"))
    assert {(lease.lessee_fee_bp, lease.lessor_fee_bp) for lease in leases} == {
        (lessee_bp, lessor_bp)
    }


def _rate_bp(side: str, event: Traded) -> int:
    return FEES_BP[side]["taker" if event.taker == side else "maker"]


class Wealth:
    """E10: what each party has in all its accounts, from the sales that were settled."""

    def __init__(self, parties: list[str]) -> None:
        self._minor = dict.fromkeys(parties, CASH_MINOR)
        self._sales: dict[str, Traded] = {}

    def hear(self, event: Event) -> None:
        if isinstance(event, Traded) and event.settlement:
            self._sales[event.settlement] = event
        elif isinstance(event, TradeSettled):
            sale = self._sales[event.settlement]
            self._minor[sale.buyer] -= sale.notional_minor + sale.bid_fee_minor
            self._minor[sale.seller] += sale.notional_minor - sale.ask_fee_minor

    def must_be_that_of(self, floor: Floor) -> None:
        """Holds, escrow and deposits are still their party's: no lease has begun."""
        found = dict.fromkeys(self._minor, 0)
        for account, balance in floor.venue.register.accounts.items():
            party = account.partition("/")[0]
            if party in found:
                found[party] += balance
        assert found == self._minor


def levels_are_the_orders(floor: Floor) -> None:
    """E15: the public levels, folded from events alone, are the sums of the orders."""
    views = MarketViews()
    for batch in floor.batches:
        views.begin_batch(batch.last_position, batch.at_ns)
        for event, row in zip(batch.events, batch.rows, strict=True):
            if isinstance(event, EVENT_TYPES):
                views.apply(event, row.position)
    for symbol, market in floor.venue.markets.items():
        for half, told in (
            (market.book.bids, views.by_market[symbol].bids.best()),
            (market.book.asks, views.by_market[symbol].asks.best()),
        ):
            sums: dict[int, list[int]] = {}
            for order in half.orders():
                level = sums.setdefault(order.price_ticks, [order.price_ticks, 0, 0, 0])
                level[1] += order.open_lots
                level[2] += 1
            assert told == list(sums.values())


def begun(law: Callable[[Any], None]) -> Callable[[Any], None]:
    """Ask a law after each step, of all that was written, once there is a floor."""

    @wraps(law)
    def caller(machine: Any) -> None:
        if hasattr(machine, "floor"):
            machine.hear()
            law(machine)

    return invariant()(caller)


class LawfulMarket(RuleBasedStateMachine):
    """The state of a machine that trades, and what must hold of it after each step."""

    floor: Floor
    wealth: Wealth
    naive: dict[str, NaiveBook]
    accepted: dict[str, OrderAccepted]
    traded: dict[str, int]  # order -> lots
    links: dict[tuple[str, str], bool]  # owner, owned -> whether it makes one group of the two
    bought: Counter[tuple[str, str]]  # market, party -> lots
    merged: set[tuple[str, str]]  # market, group: it came over its limit by a change of groups
    ended: dict[str, int]  # order -> lots

    @begun
    def e1_lots_are_kept(self) -> None:
        for name, order in self.floor.venue.orders.items():
            assert order.open_lots == order.lots - self.traded.get(name, 0)
            assert 0 < order.open_lots <= order.lots  # E7
            assert name not in self.ended

    @begun
    def e4_the_book_is_not_crossed_and_stands_in_order(self) -> None:
        for symbol, naive in self.naive.items():
            market = self.floor.market(symbol)
            bid, ask = market.book.bids.best_ticks, market.book.asks.best_ticks
            if market.phase == "continuous" and bid is not None and ask is not None:
                assert bid < ask
            for half in (market.book.bids, market.book.asks):
                stood = half.orders()
                sign = -half.sign
                keys = [(order.price_ticks * sign, order.priority) for order in stood]
                assert keys == sorted(keys)
            fast = sorted((order.order, order.open_lots) for order in market.book.by_priority())
            slow = sorted((order.order, order.open) for order in naive.orders)
            assert fast == slow

    @begun
    def e5_no_group_crosses_itself(self) -> None:
        groups = self.groups()
        for symbol in (LEASE, TITLE):
            book = self.floor.market(symbol).book
            for bid in book.bids.orders():
                for ask in book.asks.orders():
                    is_one = groups[bid.party] == groups[ask.party]
                    assert not is_one or bid.price_ticks < ask.price_ticks

    @begun
    def e8_holds_are_those_of_open_orders(self) -> None:
        venue = self.floor.venue
        on_hold = {
            name: lots for name, lots in venue.register.accounts.items() if "/on_hold/" in name
        }
        bids = [order for order in venue.orders.values() if order.side == "bid"]
        assert set(on_hold) == {order.hold_account for order in bids}
        for order in bids:
            market = venue.markets[order.market]
            rule, notional = market.rule, market.notional_minor(order.price_ticks, order.open_lots)
            assert rule is not None
            needed = held_minor(notional, max(FEES_BP["bid"].values()), rule.deposit_bp)
            assert on_hold[order.hold_account] == needed
        self._things_are_held()

    def _things_are_held(self) -> None:
        venue = self.floor.venue
        held = {
            (thing.thing, order)
            for thing in venue.register.things.values()
            for order in [thing.order, *(window.order for window in thing.windows)]
            if order
        }
        asks = [order for order in venue.orders.values() if order.side == "ask"]
        assert held == {(node, order.order) for order in asks for node in order.nodes}
        assert all(len(order.nodes) == order.open_lots for order in asks)

    @begun
    def e10_cash_moves_with_what_was_settled(self) -> None:
        self.wealth.must_be_that_of(self.floor)

    @begun
    def a_position_is_what_a_groups_parties_bought_and_bid_for(self) -> None:
        groups = self.groups()
        assert {name: each.group for name, each in self.floor.venue.register.parties.items()} == (
            groups | {"p-0001": "p-0001"}
        )
        for order in self.floor.venue.orders.values():
            assert order.group == groups[order.party]
        for symbol in (LEASE, TITLE):
            market = self.floor.market(symbol)
            assert market.position_lots == self.position_lots(symbol)
            assert market.rule is not None
            most = market.rule.position_limit_lots
            for group, lots in market.position_lots.items():
                if most is None or lots <= most:
                    self.merged.discard((symbol, group))
                else:
                    assert (symbol, group) in self.merged, "it grew so by orders"

    @begun
    def the_audits_own_lines_hold(self) -> None:
        assert sweep(self.floor.venue) == []

    def groups(self) -> dict[str, str]:
        """Who is of which group, by the links: the lowest name is handed on until none moves."""
        lowest = {party: party for party in self.floor.owners}
        for _ in lowest:
            for (owner, owned), is_binding in self.links.items():
                if is_binding:
                    lowest[owner] = lowest[owned] = min(lowest[owner], lowest[owned])
        return lowest

    def position_lots(self, symbol: str) -> Counter[str]:
        """By group: what its parties bought in a market, and bid for there."""
        groups = self.groups()
        lots: Counter[str] = Counter()
        for (market, party), bought in self.bought.items():
            if market == symbol:
                lots[groups[party]] += bought
        for bid in self.floor.market(symbol).book.bids.orders():
            lots[groups[bid.party]] += bid.open_lots
        return lots
