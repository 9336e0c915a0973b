"""Laws for any flow (EXCHANGE 11): a machine trades at random beside the naive book.

E1-E5, E7-E10 and E13 are checked after each step, E14 and E15 at the end of each run.
"""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from exchange.engine.checkpoint_codec import pack, unpack
from exchange.engine.replay import replayed
from exchange.events import (
    InstrumentListed,
    OrderAccepted,
    OrderAmended,
    OrderCancelled,
    OrderExpired,
    PhaseChanged,
    Traded,
)
from exchange.state_form import state_sha256
from exchange.trading_day.phases import TRANSITIONS
from gateway.feeds.market_view import MarketView
from ledger.events import Event, GroupChanged, LeaseGranted
from ledger.invariants import sweep
from ledger.money import DAY_NS, held_minor
from ledger.refusals import Reason, Refused
from tests.exchange.ground import CASH_MINOR, LEASE, TITLE, Floor, of_kind
from tests.oracles.naive_book import NaiveBook, Said

PARTIES = st.integers(0, 5)
PRICES = st.integers(1295, 1305)
LOTS = st.integers(1, 4)
TIMES = st.sampled_from(["gtc", "gtc", "gtc", "day", "ioc", "fok"])
MARKETS = st.sampled_from([LEASE, TITLE])
MINUTE_NS = 60 * 10**9
# What the machine may run into without anything being wrong: it has only so many servers.
LAWFUL = {
    Reason.not_the_owner,
    Reason.insufficient_free_lots,
    Reason.on_hold,
    Reason.lease_overlap,
    Reason.leased_beyond,
    Reason.holding_period,
    Reason.phase_forbids,
    Reason.would_take,
}


class Trading(RuleBasedStateMachine):
    """Six parties, two of them one group; a title and a lease market; days that open and close."""

    @initialize()
    def begin(self) -> None:
        self.floor = Floor(owners=6, buyers=0, nodes=4)
        parties = self.floor.owners
        self.floor.happen(GroupChanged(parties[1], parties[0]))
        self.naive = {LEASE: NaiveBook(), TITLE: NaiveBook()}
        self.accepted: dict[str, OrderAccepted] = {}
        self.traded: dict[str, int] = {}
        self.ended: dict[str, int] = {}
        self.days = 0

    @rule(
        market=MARKETS,
        who=PARTIES,
        side=st.sampled_from(["bid", "ask"]),
        lots=LOTS,
        price=PRICES,
        tif=TIMES,
        post_only=st.booleans(),
    )
    def place(
        self, market: str, who: int, side: str, lots: int, price: int, tif: str, post_only: bool
    ) -> None:
        more: dict[str, Any] = {"market": market, "time_in_force": tif}
        if post_only and tif not in ("ioc", "fok"):
            more["post_only"] = "reject"
        party = self.floor.owners[who]
        place = self.floor.bid if side == "bid" else self.floor.ask
        commands = self._commands()
        events = _told(place, party, lots, price, **more)
        if events is None:
            assert self._commands() == commands, "a refusal journals nothing"
            return
        accepted = events[0]
        assert isinstance(accepted, OrderAccepted)
        self.accepted[accepted.order] = accepted
        naive = self.naive[market]
        expected = naive.place(accepted.order, accepted.group, side, price, lots, tif)
        self._agree(events[1:], expected)

    @precondition(lambda self: self.floor.venue.orders)
    @rule(which=st.integers(0, 10**6), price=PRICES, lots=st.integers(1, 6), data=st.data())
    def amend(self, which: int, price: int, lots: int, data: st.DataObject) -> None:
        order = self._pick(which)
        if data.draw(st.booleans()):
            price = order.price_ticks
        terms = {"order": order.order, "price_ticks": price, "lots": lots}
        events = _told(self.floor.tell, order.party, "order.amend", **terms)
        if events is None:
            return
        expected = self.naive[order.market].amend(order.order, price, lots)
        self._agree(events, expected)

    @precondition(lambda self: self.floor.venue.orders)
    @rule(which=st.integers(0, 10**6))
    def cancel(self, which: int) -> None:
        order = self._pick(which)
        events = self.floor.tell(order.party, "order.cancel", order=order.order)
        self._agree(events, self.naive[order.market].cancel(order.order))

    @precondition(lambda self: self.floor.market().phase == "continuous" and self.days < 8)
    @rule()
    def close(self) -> None:
        """The day ends; some place orders before the next opening."""
        self.days += 1
        midnight_ns = self.floor.venue.day_ends_ns
        events = self.floor.pass_time(midnight_ns)
        self._agree(events, [said for each in self.naive.values() for said in each.close()])
        self.floor.pass_time(midnight_ns + MINUTE_NS)
        for naive in self.naive.values():
            naive.phase = "pre_open"

    @precondition(lambda self: self.floor.market().phase == "pre_open")
    @rule()
    def open(self) -> None:
        midnight_ns = self.floor.venue.day_ends_ns - DAY_NS
        events = self.floor.pass_time(midnight_ns + 6 * MINUTE_NS)
        for market in (LEASE, TITLE):
            said = [each for each in _said(events) if self._market_of(each) == market]
            assert said == self.naive[market].open()
        self._count(events)

    # --- what must hold after each step

    @invariant()
    def e1_lots_are_kept(self) -> None:
        if not hasattr(self, "floor"):
            return
        for name, order in self.floor.venue.orders.items():
            assert order.open_lots == order.lots - self.traded.get(name, 0)
            assert 0 < order.open_lots <= order.lots  # E7
            assert name not in self.ended

    @invariant()
    def e4_the_book_is_not_crossed_and_stands_in_order(self) -> None:
        if not hasattr(self, "floor"):
            return
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

    @invariant()
    def e5_no_group_crosses_itself(self) -> None:
        if not hasattr(self, "floor"):
            return
        for symbol in (LEASE, TITLE):
            book = self.floor.market(symbol).book
            for bid in book.bids.orders():
                for ask in book.asks.orders():
                    assert bid.group != ask.group or bid.price_ticks < ask.price_ticks

    @invariant()
    def e8_holds_are_those_of_open_orders(self) -> None:
        if not hasattr(self, "floor"):
            return
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
            needed = held_minor(notional, 10, rule.deposit_bp)
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

    def teardown(self) -> None:
        """E14: replay = live state, from the first event and from a saved state."""
        if not hasattr(self, "floor"):
            return
        venue, writer = self.floor.venue, self.floor.writer
        journal = self.floor.journal()
        assert replayed(journal) == venue
        assert journal.versions() == writer.versions
        saved, versions = unpack(pack(venue, writer.versions), state_sha256(venue))
        assert (saved, versions) == (venue, writer.versions)
        assert sweep(venue.register) == []
        self._levels_are_the_orders()
        assert venue.register.accounts["cn-1/external"] == -CASH_MINOR * len(self.floor.owners)

    def _levels_are_the_orders(self) -> None:
        """E15: the public levels, folded from events alone, are the sums of the orders."""
        market_views: dict[str, MarketView] = {}
        for batch in self.floor.batches:
            for event in batch.events:
                if isinstance(event, InstrumentListed):
                    market_views[event.market] = MarketView(event, "Asia/Shanghai")
                elif isinstance(event, OrderAccepted):
                    market_views[event.market].accepted(event)
                elif isinstance(event, OrderAmended):
                    market_views[event.market].amended(event)
                elif isinstance(event, Traded):
                    market_views[event.market].traded(event, batch.at_ns)
                elif isinstance(event, OrderCancelled | OrderExpired):
                    market_views[event.market].ended(event)
        for symbol, market in self.floor.venue.markets.items():
            for half, told in (
                (market.book.bids, market_views[symbol].bids.best()),
                (market.book.asks, market_views[symbol].asks.best()),
            ):
                sums: dict[int, list[int]] = {}
                for order in half.orders():
                    level = sums.setdefault(order.price_ticks, [order.price_ticks, 0, 0, 0])
                    level[1] += order.open_lots
                    level[2] += 1
                assert told == list(sums.values())

    # --- what was said

    def _agree(self, events: list[Event], expected: list[Said]) -> None:
        assert sorted(map(str, _said(events))) == sorted(map(str, expected))
        if len({self._market_of(said) for said in expected}) == 1:
            assert _said(events) == expected
        self._count(events)

    def _market_of(self, said: Said) -> str:
        order = said[1]
        assert isinstance(order, str)
        return self.accepted[order].market

    def _count(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, Traded):
                self._trade_is_lawful(event, events)
            elif isinstance(event, OrderCancelled | OrderExpired):
                self.ended[event.order] = event.lots
            elif isinstance(event, PhaseChanged) and event.reason != "window":
                assert TRANSITIONS[event.from_phase, event.reason] == event.to_phase  # E13

    def _trade_is_lawful(self, event: Traded, events: list[Event]) -> None:
        """E2, E5, E9 and E10 of one trade."""
        for order in (event.ask, event.bid):
            self.traded[order] = self.traded.get(order, 0) + event.lots
        assert event.seller_group != event.buyer_group
        assert event.ask_fee_minor + event.bid_fee_minor >= 0
        assert event.freed_minor >= 0
        if event.market == TITLE:
            assert event.escrow_minor == event.notional_minor + event.bid_fee_minor
        else:
            leases = [e for e in of_kind(events, LeaseGranted) if e.reference == event.trade]
            assert sum(e.rent_minor for e in leases) == event.notional_minor
            prepaid = sum(e.prepaid_minor for e in leases)
            assert prepaid == event.notional_minor + event.bid_fee_minor
            assert len(leases) == event.lots == len(event.nodes)

    def _commands(self) -> int:
        return sum(batch.command is not None for batch in self.floor.batches)

    def _pick(self, which: int) -> Any:
        orders = list(self.floor.venue.orders.values())
        return orders[which % len(orders)]


def _told(tell: Callable[..., list[Event]], *args: Any, **more: Any) -> list[Event] | None:
    """What a command brought; None if it was refused, for a reason that a machine may meet."""
    try:
        return tell(*args, **more)
    except Refused as refused:
        if refused.reason not in LAWFUL:
            raise
        return None


def _said(events: list[Event]) -> list[Said]:
    said: list[Said] = []
    for event in events:
        if isinstance(event, Traded):
            said.append(("trade", event.ask, event.bid, event.price_ticks, event.lots))
        elif isinstance(event, OrderCancelled):
            said.append(("cancelled", event.order, event.lots))
        elif isinstance(event, OrderExpired):
            said.append(("expired", event.order, event.lots))
    return said


TestTrading = Trading.TestCase
TestTrading.settings = settings(
    max_examples=80,
    stateful_step_count=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
