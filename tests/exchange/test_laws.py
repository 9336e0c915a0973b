"""Laws for any flow (EXCHANGE 11): a machine trades at random beside the naive book.

E1-E5, E7-E10 and E13 are checked after each step, E14 and E15 at the end of each run; `REACH` says
what the runs must have met.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any
from unittest import TestCase

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from exchange.engine.checkpoint_codec import pack, unpack
from exchange.engine.replay import moment_at, replayed
from exchange.events import OrderAccepted, OrderAmended, OrderCancelled, PhaseChanged, Traded
from exchange.events import OrderExpired as Expired
from exchange.state_form import state_sha256
from exchange.trading_day.phases import TRANSITIONS
from ledger.durations import DAY_NS, HOUR_NS
from ledger.events import (
    Event,
    GroupChanged,
    HoldPlaced,
    HoldReleased,
    KycTierSet,
    ProposalMade,
    RuleSet,
    TradeSettled,
    TradeUnwound,
)
from ledger.invariants import sweep
from ledger.refusals import Reason, Refused
from tests.exchange.ground import CASH_MINOR, LEASE, TITLE, Floor, of_kind
from tests.exchange.laws import (
    FEES_BP,
    LawfulMarket,
    Wealth,
    levels_are_the_orders,
    said,
    trade_is_lawful,
)
from tests.oracles.naive_book import NaiveBook, Said
from tests.reach import Reach

PARTIES = st.integers(0, 7)
SIDES = st.sampled_from(["bid", "ask"])
PRICES = st.integers(1298, 1302)  # few, so that orders meet and stand behind one another
LOTS = st.integers(1, 4)
TIMES = st.sampled_from(["gtc", "gtc", "gtc", "gtd", "day", "ioc", "fok"])
RESTING = st.sampled_from(["gtc", "gtc", "gtd", "day"])
MARKETS = st.sampled_from([LEASE, TITLE])
MINUTES = st.integers(1, 240)
Row = tuple[int, str, int, int, str, int]  # who, side, lots, price, time in force, minutes
MINUTE_NS = 60 * 10**9
DAYS_MOST = 8
CROWD = 8  # orders that stand before some are taken away
MAX_AGE_H = 2  # of a last price that the entry band lies around
LIMIT_LOTS = 16  # that a group may have bought and bid for in a market
# What the machine may run into without anything being wrong: it has only so many servers.
LAWFUL = {
    Reason.not_the_owner,
    Reason.insufficient_free_lots,
    Reason.on_hold,
    Reason.lease_overlap,
    Reason.leased_beyond,
    Reason.holding_period,
    Reason.window_started,
    Reason.phase_forbids,
    Reason.would_take,
    Reason.position_limit,
}
REACH = Reach(
    trades=200,
    partial_fills=100,
    ties_in_continuous=20,
    openings_with_trades=15,
    ties_at_openings=5,
    asks_that_took=80,
    better_prices=30,
    self_trade=15,
    self_trade_before_an_opening=80,
    post_only_refused=4,
    prices_beyond_the_band=10,
    prices_beyond_what_stands=5,
    amendments_that_keep_priority=4,
    amendments_that_lose_it=40,
    expiries_amended=1,
    # orders that ended, by the journal's word
    user=80,
    hold=10,
    eligibility=12,
    day=20,
    gtd=30,
    ioc=40,
    fok=40,
    window=2,
    sales_settled=6,
    sales_unwound=2,
    groups_joined=100,
    groups_parted=40,
    parties_moved_with_orders=100,
    parties_moved_with_bought_lots=60,
    ended_by_another_group=4,
    over_the_limit_by_another_group=10,
    position_limit_refused=80,
)


class Trading(LawfulMarket):
    """Eight parties that join and part; a title and a lease market; days that open and close."""

    @initialize()
    def begin(self) -> None:
        self.floor = Floor(owners=8, buyers=0, nodes=6)
        self.wealth = Wealth(self.floor.owners)
        self.naive = {LEASE: NaiveBook(), TITLE: NaiveBook()}
        self.last_ns = {LEASE: 0, TITLE: 0}
        self.accepted = {}
        self.traded = {}
        self.bought = Counter()
        self.ended = {}
        self.days = self.ties_at_openings = 0
        self.links, self.merged = {}, set()
        self.heard = len(self.floor.batches)
        self._charge()
        self._declare(0, 1, 2_500)

    def _charge(self) -> None:
        """The rates of the laws are in force from the next opening."""
        for pattern, symbol in (("T.*", TITLE), ("L.*", LEASE)):
            plain = msgspec.json.decode(msgspec.json.encode(self.floor.market(symbol).rule))
            value = plain | {"fee_bp": FEES_BP, "position_limit_lots": LIMIT_LOTS}
            value |= {"reference_max_age_h": MAX_AGE_H}
            self.floor.happen(RuleSet(f"market:{pattern}", value, self.floor.writer.at_ns, ""))
        self.floor.pass_time(self.floor.venue.day_ends_ns)
        self._open()

    @rule(
        market=MARKETS,
        who=PARTIES,
        side=SIDES,
        lots=LOTS,
        price=PRICES,
        tif=TIMES,
        post_only=st.booleans(),
        minutes=MINUTES,
    )
    def place(
        self,
        market: str,
        who: int,
        side: str,
        lots: int,
        price: int,
        tif: str,
        post_only: bool,
        minutes: int,
    ) -> None:
        self._place(market, who, side, lots, price, tif, post_only, minutes)

    @rule(
        market=MARKETS,
        rows=st.lists(
            st.tuples(PARTIES, SIDES, LOTS, PRICES, TIMES, MINUTES), min_size=6, max_size=14
        ),
    )
    def crowd(self, market: str, rows: list[Row]) -> None:
        """Many come, one behind the other."""
        self._queue(market, rows)

    def _queue(self, market: str, rows: list[Row]) -> None:
        for who, side, lots, price, tif, minutes in rows:
            self._place(market, who, side, lots, price, tif, False, minutes)

    def _place(
        self,
        market: str,
        who: int,
        side: str,
        lots: int,
        price: int,
        tif: str,
        post_only: bool,
        minutes: int,
    ) -> None:
        more: dict[str, Any] = {"market": market, "time_in_force": tif}
        expires_ns = self._in(minutes) if tif == "gtd" else 0
        if expires_ns:
            more["expires_ns"] = expires_ns
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
        group = accepted.group
        expected = naive.place(accepted.order, group, side, price, lots, tif, expires_ns)
        self._agree(events[1:], expected)

    @precondition(lambda self: self.floor.venue.orders)
    @rule(
        which=st.integers(0, 10**6),
        price=st.none() | PRICES,
        lots=st.none() | st.integers(1, 6),
        minutes=st.none() | MINUTES,
    )
    def amend(self, which: int, price: int | None, lots: int | None, minutes: int | None) -> None:
        order = self._pick(which)
        priority = order.priority
        terms = {"order": order.order, "price_ticks": order.price_ticks, "lots": order.lots}
        terms |= {"price_ticks": price} if price else {}
        terms |= {"lots": lots} if lots else {}
        if minutes and order.expires_ns:
            terms["expires_ns"] = self._in(minutes)
        expires_ns = terms.get("expires_ns", order.expires_ns)
        events = _told(self.floor.tell, order.party, "order.amend", **terms)
        if events is None:
            return
        naive = self.naive[order.market]
        expected = naive.amend(order.order, terms["price_ticks"], terms["lots"], expires_ns)
        self._agree(events, expected)
        REACH.met("expiries_amended", "expires_ns" in terms)
        if isinstance(events[0], OrderAmended):
            is_kept = events[0].priority == priority
            REACH.met("amendments_that_keep_priority" if is_kept else "amendments_that_lose_it")

    @precondition(lambda self: len(self.floor.venue.orders) >= CROWD)
    @rule(which=st.integers(0, 10**6))
    def cancel(self, which: int) -> None:
        order = self._pick(which)
        events = self.floor.tell(order.party, "order.cancel", order=order.order)
        self._agree(events, self.naive[order.market].cancel(order.order))

    @precondition(lambda self: len(self.floor.venue.orders) >= CROWD)
    @rule(who=PARTIES, by_tier=st.booleans())
    def cancel_all(self, who: int, by_tier: bool) -> None:
        """A party's own word, or compliance's: a lower tier ends its orders."""
        party = self.floor.owners[who]
        mine = [
            self.floor.venue.orders[name] for name in self.floor.venue.party_orders.get(party, ())
        ]
        if by_tier:
            events = self.floor.happen(KycTierSet(party, 0, "", 0))
            self.floor.happen(KycTierSet(party, 3, "", 0))
        else:
            events = self.floor.tell(party, "order.cancel_all")
        ends = [self.naive[order.market].cancel(order.order) for order in mine]
        self._agree(events, [end for ending in ends for end in ending])

    @precondition(lambda self: len(self.floor.venue.orders) >= CROWD)
    @rule(which=st.integers(0, 10**6))
    def bar(self, which: int) -> None:
        """A court holds a thing on offer, and lets it go again."""
        asks = [order for order in self.floor.venue.orders.values() if order.nodes]
        if not asks:
            return
        order = asks[which % len(asks)]
        node = order.nodes[which % len(order.nodes)]
        held: dict[str, Any] = {"kind": "court", "from_ns": 0, "to_ns": 0, "reference": ""}
        events = self.floor.happen(HoldPlaced(node=node, hold="h-900000", basis_sha256="", **held))
        self.floor.happen(HoldReleased(node=node, hold="h-900000", reason="lifted"))
        self._agree(events, self.naive[order.market].cancel(order.order))

    @precondition(lambda self: len(self.floor.venue.orders) >= CROWD)
    @rule(owner=PARTIES, owned=PARTIES, parts=st.booleans())
    def declare(self, owner: int, owned: int, parts: bool) -> None:
        self._link(owner, owned, parts)

    def _link(self, owner: int, owned: int, parts: bool) -> None:
        """A link is made; or one ends, whose two may still hang together by another."""
        binding = [link for link, is_binding in self.links.items() if is_binding]
        parties = self.floor.owners
        if parts and binding:
            one, other = binding[owner % len(binding)]
            self._declare(parties.index(one), parties.index(other), 100)
        elif owner != owned and (parties[owner], parties[owned]) not in binding:
            self._declare(owner, owned, 2_500)

    def _declare(self, owner: int, owned: int, share_bp: int) -> None:
        pair = one, other = self.floor.owners[owner], self.floor.owners[owned]
        before = self.groups()
        over = {symbol: self._over_the_limit(symbol) for symbol in (LEASE, TITLE)}
        args = {"owner": one, "owned": other, "share_bp": share_bp}
        (made,) = of_kind(self.floor.tell(one, "party.declare_ownership", **args), ProposalMade)
        standing = {order.party for order in self.floor.venue.orders.values()}
        events = self.floor.tell(other, "proposal.approve", proposal=made.proposal)
        self.links[pair] = share_bp >= 2_500
        groups = self.groups()
        names = {name: groups[order.party] for name, order in self.accepted.items()}
        ends = [end for naive in self.naive.values() for end in naive.regroup(names)]
        self._agree(events, ends)
        moved = [party for party, group in groups.items() if group != before[party]]
        assert [event.party for event in of_kind(events, GroupChanged)] == moved
        for symbol, groups_over in over.items():
            now_over = self._over_the_limit(symbol)
            self.merged |= {(symbol, group) for group in now_over}
            REACH.met("over_the_limit_by_another_group", len(now_over - groups_over))
        REACH.met("groups_joined" if self.links[pair] else "groups_parted", bool(moved))
        REACH.met("parties_moved_with_orders", len(standing & set(moved)))
        buyers = {party for _, party in self.bought}
        REACH.met("parties_moved_with_bought_lots", len(buyers & set(moved)))
        REACH.met("ended_by_another_group", len(ends))

    def _over_the_limit(self, symbol: str) -> set[str]:
        lots = self.position_lots(symbol).items()
        return {group for group, have in lots if have > LIMIT_LOTS}

    @rule(market=MARKETS, who=PARTIES, side=SIDES)
    def slip(self, market: str, who: int, side: str) -> None:
        """A price beyond the entry band, where there is one."""
        is_old = self.floor.writer.at_ns + 1 >= self.last_ns[market] + MAX_AGE_H * HOUR_NS
        worst = self.naive[market].worst_price(side, 3_000, is_old)
        if not worst:
            return
        place = self.floor.bid if side == "bid" else self.floor.ask
        price = worst + 1 if side == "bid" else worst - 1
        with pytest.raises(Refused) as refused:
            place(self.floor.owners[who], 1, price, market=market)
        reason = refused.value.reason
        assert reason in (Reason.outside_band, Reason.phase_forbids, Reason.window_started)
        REACH.met("prices_beyond_the_band", reason is Reason.outside_band and not is_old)
        REACH.met("prices_beyond_what_stands", reason is Reason.outside_band and is_old)

    @precondition(lambda self: self.floor.venue.register.settlements)
    @rule(which=st.integers(0, 10**6))
    def deliver(self, which: int) -> None:
        """The next step of a sale: the operator says it is there, then the buyer takes it."""
        sales = list(self.floor.venue.register.settlements.values())
        sale = sales[which % len(sales)]
        more = {"settlement": sale.settlement}
        if sale.state == "delivering":
            self._agree(self.floor.tell(self.floor.owners[0], "settlement.confirm", **more), [])
        elif sale.state == "inspecting":
            self._agree(self.floor.tell(sale.buyer, "settlement.accept", **more), [])

    @precondition(lambda self: self.floor.market(TITLE).phase == "continuous")
    @rule(minutes=MINUTES)
    def wait(self, minutes: int) -> None:
        """Some time of the day passes."""
        self._pass_time(min(self._in(minutes), self.floor.venue.day_ends_ns - MINUTE_NS))

    @precondition(
        lambda self: self.floor.market(TITLE).phase == "continuous" and self.days < DAYS_MOST
    )
    @rule(
        market=MARKETS,
        rows=st.lists(st.tuples(PARTIES, SIDES, LOTS, PRICES, RESTING, MINUTES), max_size=20),
        links=st.lists(st.tuples(PARTIES, PARTIES, st.booleans()), max_size=2),
    )
    def close(self, market: str, rows: list[Row], links: list[tuple[int, int, bool]]) -> None:
        """The day ends; some place orders before the next opening, and some become one group."""
        self.days += 1
        self._close()
        midnight_ns = self.floor.venue.day_ends_ns - DAY_NS
        self._pass_time(midnight_ns + MINUTE_NS)
        for symbol, naive in self.naive.items():
            naive.phase = self.floor.market(symbol).phase
        self._queue(market, rows)
        for owner, owned, parts in links:
            self._link(owner, owned, parts)

    @precondition(lambda self: self.floor.market(TITLE).phase == "pre_open")
    @rule()
    def open(self) -> None:
        self._open()

    @precondition(
        lambda self: self.floor.market(TITLE).phase == "continuous" and 3 <= self.days < DAYS_MOST
    )
    @rule()
    def the_window_ends(self) -> None:
        """Days without an order, until the lease market has traded for the last time."""
        last_ns = self.floor.market(LEASE).spec.last_trade_ns
        assert last_ns is not None
        while self.floor.venue.day_ends_ns < last_ns:
            self._close()
            self._open()
        self.days = DAYS_MOST
        due_ns = last_ns - 1
        expected = [*self._expected_by(due_ns), *self.naive[LEASE].end()]
        expected += self.naive[TITLE].close()
        self._agree(self.floor.pass_time(last_ns), expected)

    def teardown(self) -> None:
        """E14: replay = live state, from the first event and from a saved state."""
        if not hasattr(self, "floor"):
            return
        REACH.met("ties_at_openings", self.ties_at_openings)
        ties = sum(naive.ties for naive in self.naive.values())
        REACH.met("ties_in_continuous", ties - self.ties_at_openings)
        venue, writer = self.floor.venue, self.floor.writer
        journal = self.floor.journal()
        assert replayed(journal) == venue
        assert journal.versions() == writer.versions
        saved, versions = unpack(pack(venue, writer.versions), state_sha256(venue))
        assert (saved, versions) == (venue, writer.versions)
        assert moment_at(journal, writer.position) == writer.moment
        assert sweep(venue.register, writer.at_ns) == []
        levels_are_the_orders(self.floor)
        assert venue.register.accounts["cn-1/external"] == -CASH_MINOR * len(self.floor.owners)

    # --- time

    def _in(self, minutes: int) -> int:
        """Between two steps of the timetable, lest two things fall on one instant."""
        return (
            self.floor.writer.at_ns // MINUTE_NS * MINUTE_NS + minutes * MINUTE_NS + MINUTE_NS // 2
        )

    def _pass_time(self, to_ns: int) -> None:
        expected = self._expected_by(to_ns)
        self._agree(self.floor.pass_time(to_ns), expected)

    def _expected_by(self, to_ns: int) -> list[Said]:
        return [end for naive in self.naive.values() for end in naive.pass_time(to_ns)]

    def _close(self) -> None:
        midnight_ns = self.floor.venue.day_ends_ns
        expected = self._expected_by(midnight_ns)
        expected += [end for naive in self.naive.values() for end in naive.close()]
        self._agree(self.floor.pass_time(midnight_ns), expected)

    def _open(self) -> None:
        opening_ns = self.floor.venue.day_ends_ns - DAY_NS + 5 * MINUTE_NS
        expected = self._expected_by(opening_ns)
        for symbol, naive in self.naive.items():
            if self.floor.market(symbol).next_phase_ns:  # else it has traded for the last time
                ties = naive.ties
                opened = naive.open()
                expected += opened
                REACH.met("openings_with_trades", bool(opened))
                self.ties_at_openings += naive.ties - ties
        self._agree(self.floor.pass_time(opening_ns), expected)

    # --- what was said

    def _agree(self, events: list[Event], expected: list[Said]) -> None:
        assert sorted(map(str, said(events))) == sorted(map(str, expected))
        for market in (LEASE, TITLE):
            assert self._of(market, said(events)) == self._of(market, expected)

    def _of(self, market: str, told: list[Said]) -> list[Said]:
        return [each for each in told if self.accepted[str(each[1])].market == market]

    def hear(self) -> None:
        """Whatever was written since: a step's own batches, and those of timers before them."""
        for batch in self.floor.batches[self.heard :]:
            self._count(batch.events)
            self.last_ns |= {each.market: batch.at_ns for each in of_kind(batch.events, Traded)}
        self.heard = len(self.floor.batches)

    def _count(self, events: list[Event]) -> None:
        for event in events:
            self.wealth.hear(event)
            if isinstance(event, Traded):
                self._trade(event, events)
            elif isinstance(event, OrderCancelled | Expired):
                self.ended[event.order] = event.lots
                is_early = self.floor.market(event.market).phase == "pre_open"
                is_early = is_early and event.reason == "self_trade"
                REACH.met(f"{event.reason}{'_before_an_opening' if is_early else ''}")
            elif isinstance(event, PhaseChanged) and event.reason != "window":
                assert TRANSITIONS[event.from_phase, event.reason] == event.to_phase  # E13
            elif isinstance(event, TradeSettled | TradeUnwound):
                REACH.met("sales_settled" if isinstance(event, TradeSettled) else "sales_unwound")

    def _trade(self, event: Traded, events: list[Event]) -> None:
        trade_is_lawful(event, events)
        groups = self.groups()
        assert (event.seller_group, event.buyer_group) == (
            groups[event.seller],
            groups[event.buyer],
        )
        assert not event.is_related
        for order in (event.ask, event.bid):
            self.traded[order] = self.traded.get(order, 0) + event.lots
            is_part = self.traded[order] < self.accepted[order].lots
            REACH.met("partial_fills", is_part)
        self.bought[event.market, event.buyer] += event.lots
        REACH.met("trades")
        REACH.met("asks_that_took", event.taker == "ask")
        REACH.met("better_prices", event.price_ticks != self.accepted[event.bid].price_ticks)

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
        REACH.met("post_only_refused", refused.reason is Reason.would_take)
        REACH.met("position_limit_refused", refused.reason is Reason.position_limit)
        return None


class TestTrading(TestCase):
    """The machine, all its runs."""

    @REACH.demanded
    def runTest(self) -> None:
        run_state_machine_as_test(
            Trading,
            settings=settings(
                max_examples=150,
                stateful_step_count=50,
                derandomize=True,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
            ),
        )
