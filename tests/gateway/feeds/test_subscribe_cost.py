"""What a `subscribe` costs: snapshots are made once a change, in turns, and are paid for."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from gateway.access.feed_account import TOKEN_BYTES, FeedAccount
from gateway.access.limits import TokenBuckets
from gateway.feeds.backfill import Backfill
from gateway.feeds.channel import Channel, FeedName, FeedSnapshot
from gateway.feeds.consistent_read import ConsistentReads
from gateway.feeds.market_channels import DEPTHS, PACES_S
from gateway.feeds.outbox import Outbox
from gateway.feeds.subscriptions import Subscriptions
from gateway.market_picture.candle_builder import INTERVALS
from gateway.market_picture.prices import FEED_BYTES, ROW_BYTES, SENT_SHARE
from gateway.settings import Limits
from gateway.socket import connection
from gateway.socket.connection import TURN, Connection
from gateway.turns.work_pools import WorkPools
from gpubourse.wire import outward
from ledger.durations import HOUR_NS
from ledger.events import RuleSet
from tests.exchange.ground import LEASE, TITLE, Floor
from tests.gateway.bare_client import bare_client
from tests.gateway.feeds.hub_ground import HubGround
from tests.gateway.pipe import Pipe
from tests.gateway.town import SCOPES, Town
from tests.reach import Reach
from tests.waiting import soon

A, B = "203.0.113.7", "198.51.100.1"
PUBLIC = [
    *("ticker/*", "trades/*", "instruments/venue"),
    *(f"candles.{interval}/*" for interval in INTERVALS),
    *(f"book.{depth}.{pace}/*" for depth in DEPTHS for pace in PACES_S if depth != "full"),
]
PRIVATE = ["orders/p-0002", "settlements/p-0002", "cash/p-0002", "cash/p-0004"]


class Desk(HubGround):
    """A hub with subscriptions, and a count of the snapshots that its channels make."""

    def __init__(self, floor: Floor, monkeypatch: pytest.MonkeyPatch | None = None) -> None:
        super().__init__(floor)
        self.pools = WorkPools()
        backfill = Backfill(floor.journal(), self._codec, None, self.pools)
        reads: Any = ConsistentReads(self)  # type: ignore[arg-type]
        self.subscriptions = Subscriptions(self.hub, reads, backfill)
        self.buckets = TokenBuckets()
        self.made: list[str] = []
        self.on_made: Callable[[str], None] = lambda feed: None
        for channel in self.hub.channels.values():
            if monkeypatch is not None:
                monkeypatch.setattr(channel, "snapshot", self._counting(channel))

    def _counting(self, channel: Channel) -> Callable[[FeedName], FeedSnapshot | None]:
        make = channel.snapshot

        def snapshot(name: FeedName) -> FeedSnapshot | None:
            self.made.append(name.text)
            self.on_made(name.text)
            return make(name)

        return snapshot

    async def subscribe(self, feeds: list[str], address: str = A, **more: Any) -> Any:
        """How a new socket's feeds are joined."""
        outbox = Outbox(Pipe(lag=0), Limits())
        account = FeedAccount(self.buckets, address)
        return await self.subscriptions.join(outbox, account, None, feeds, more.get("since"))


def traded() -> Floor:
    floor = Floor()
    for market, price_ticks in ((LEASE, 1302), (TITLE, 10_350)):
        floor.ask(floor.owners[0], 1, price_ticks, market=market)
        floor.bid(floor.buyers[0], 1, price_ticks, market=market)
    return floor


# --- made once a change

REACH = Reach(kept=2_000, made_anew=200, held_back=50, by_time=1)


@REACH.demanded
def test_a_kept_snapshot_is_what_would_be_made_now() -> None:
    """Over every feed that has one, wherever in a story: except what its next message will tell."""
    draw, floor = random.Random(3), Floor(nodes=40)
    later = floor.venue.register.rules.records["market:T.*"][0].value | {"holding_days": 9}
    floor.happen(RuleSet("market:T.*", later, _soon(floor), ""))
    ground, now_s = HubGround(floor), 0.0
    ground.views.by_market[TITLE].rule_position = 0  # as one that has not opened yet
    hub = ground.hub
    names = [name for text in PUBLIC + PRIVATE for name in hub.names(text)]
    for name in names:
        hub.feed(name)
        hub.snapshot(name)
    for step in range(30):
        market, price_ticks = draw.choice(((LEASE, 1302), (TITLE, 10_350)))
        floor.ask(floor.owners[0], 1, price_ticks + draw.randint(0, 1), market=market)
        if step % 2:
            floor.bid(floor.buyers[0], 1, price_ticks, market=market)
        if step == 20:
            floor.pass_time(_soon(floor))
        ground.hear()
        if step % 3 == 0:
            now_s += 10.0
            hub.publish_due(now_s)
        for name in names:
            _must_be_true(ground, name)


def _soon(floor: Floor) -> int:
    return floor.writer.at_ns + HOUR_NS


def _must_be_true(ground: HubGround, name: FeedName) -> None:
    hub, feed = ground.hub, ground.hub.feeds[name.text]
    before = hub.kept_snapshot(name)
    made = hub.snapshot(name)
    assert made is not None
    assert made.seq == feed.seq, "what comes after it ties to it"
    REACH.met("kept" if before is made else "made_anew")
    REACH.met("by_time", bool(feed.kept and feed.kept.valid_to_ns))
    channel = hub.channels[name.channel]
    if channel.waits(name.text):
        REACH.met("held_back")
        return
    fresh = channel.snapshot(name)
    assert fresh is not None
    [message] = _read(made.frames())
    assert (message["body"], message.get("crc")) == (outward(fresh.body), fresh.crc), name.text
    [late] = _read(made.frames(missed=3, reason="other_history"))
    assert (late.pop("missed"), late.pop("reason")) == (3, "other_history")
    assert late == message


def _read(frames: list[bytes]) -> list[dict[str, Any]]:
    pipe = Pipe()
    pipe.sent = list(frames)
    return pipe.read()


async def test_who_subscribes_between_two_changes_shares_what_was_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Over every public feed: the resubscribing of many sockets makes nothing."""
    desk = Desk(traded(), monkeypatch)
    first = await desk.subscribe(PUBLIC)
    made = Counter(desk.made)
    assert set(made) == {each.row["feed"] for each in first.feeds}
    assert set(made.values()) == {1}
    for _ in range(5):
        again = await desk.subscribe(PUBLIC)
        assert Counter(desk.made) == made
        for one, other in zip(first.feeds, again.feeds, strict=True):
            assert one.row == other.row
            assert all(a is b for a, b in zip(one.frames, other.frames, strict=True))
        assert again.work < first.work

    desk.floor.ask(desk.floor.owners[0], 1, 1305)
    desk.hear()
    await desk.subscribe(PUBLIC)
    anew = Counter(desk.made) - made
    assert set(anew) == {f"book.{depth}.0/{LEASE}" for depth in DEPTHS if depth != "full"}


# --- in turns


async def test_between_two_snapshots_others_are_served_and_callers_take_turns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk(traded(), monkeypatch)
    served, by, order = [0], {}, list[str]()

    async def others() -> None:
        while True:
            served[0] += 1
            await asyncio.sleep(0)

    seen: list[int] = []
    desk.on_made = lambda feed: (seen.append(served[0]), order.append(by[feed]))[0]
    lists = {A: [text for text in PUBLIC if "book" in text], B: ["candles.1m/*", "candles.1h/*"]}
    for caller, texts in lists.items():
        by |= {name.text: caller for text in texts for name in desk.hub.names(text)}
    watch = asyncio.create_task(others())
    parts = [lists[A][start::3] for start in range(3)]
    sockets = [*(desk.subscribe(part) for part in parts), desk.subscribe(lists[B], B)]
    await soon(asyncio.gather(*sockets))
    watch.cancel()

    assert len(seen) == len(by) > 20
    assert all(earlier < later for earlier, later in pairwise(seen))
    for number in range(1, order.count(B) + 1):
        upto = [at for at, caller in enumerate(order) if caller == B][number - 1]
        assert order[:upto].count(A) <= 2 * number + 1, "a caller waits for its own sockets alone"


async def test_what_changes_while_others_are_made_is_told_behind_the_snapshot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each moment of a long subscribe: an order comes, and the book joined is whole."""
    for moment in range(1, 14):
        desk = Desk(traded(), monkeypatch)
        feed, count = f"book.10.0/{LEASE}", [0]

        def happen(_: str, desk: Desk = desk, count: list[int] = count, at: int = moment) -> None:
            count[0] += 1
            if count[0] == at:
                desk.floor.ask(desk.floor.owners[0], 1, 1305)
                asyncio.get_running_loop().call_soon(desk.hear)

        desk.on_made = happen
        joined = await desk.subscribe([feed, *(text for text in PUBLIC if "candles" in text)])
        messages = _read(joined.feeds[0].frames)
        assert messages[0]["kind"] == "snapshot"
        asks = {level[0]: level for message in messages for level in message["body"]["asks"]}
        if count[0] >= moment:
            assert 1305 in asks, moment
            assert messages[-1]["seq"] == desk.hub.feeds[feed].seq


# --- what is paid


async def test_what_is_made_is_paid_by_its_rows_and_what_is_sent_by_its_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk(traded(), monkeypatch)
    for text in (f"candles.1m/{LEASE}", "instruments/venue", f"ticker/{LEASE}"):
        first, again = await desk.subscribe([text]), await desk.subscribe([text])
        sent = sum(map(len, first.feeds[0].frames)) // SENT_SHARE
        [message] = _read(first.feeds[0].frames)
        rows = len(message["body"]) if isinstance(message["body"], list) else 1
        assert again.work == FEED_BYTES + sent
        assert first.work == FEED_BYTES + sent + rows * ROW_BYTES


async def test_all_sockets_of_an_address_pay_together_and_no_principal_for_them(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    buckets, feeds = town.parts.buckets, [text for text in PUBLIC if "book" in text]
    bucket, address, now_ns = "feeds_anonymous", "127.0.0.1", connection._now_ns()
    monkeypatch.setattr(connection, "_now_ns", lambda: now_ns)  # no token comes back meanwhile
    left = buckets.charge(bucket, address, now_ns, 0).tokens
    async with bare_client(town) as line:
        told = await line.ask(op="subscribe", feeds=feeds)
    count = len(told["result"]["feeds"])
    paid = left - buckets.charge(bucket, address, now_ns, 0).tokens
    assert paid >= count * FEED_BYTES // TOKEN_BYTES > 1

    buckets.charge(bucket, address, now_ns, 10**6)
    for _ in range(2):
        async with bare_client(town) as line:
            told = await line.ask(op="subscribe", feeds=feeds)
            assert told["error"]["code"] == "rate_limited"
            assert told["error"]["context"]["bucket"] == bucket
            assert told["error"]["retry_after_ms"] > 0
    for name in ("reader", "trader"):
        token = await town.log_on(name, scopes=SCOPES[name])
        async with bare_client(town) as line:
            await line.ask(op="logon", token=token)
            assert (await line.ask(op="subscribe", feeds=feeds, id=2))["ok"]
    FeedAccount(buckets, B).must_be_paid(now_ns)


async def test_feeds_count_toward_the_turn_of_their_socket(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a `subscribe` of many feeds others have their turn, as behind many messages."""
    turns, join = [], Connection._join

    async def joined(self: Connection, question: Any) -> Any:
        answer = await join(self, question)
        turns.append(self._turn)
        return answer

    monkeypatch.setattr(Connection, "_join", joined)
    async with bare_client(town) as line:
        await line.ask(op="subscribe", feeds=[f"ticker/{LEASE}"])
        await line.ask(op="subscribe", feeds=[f"candles.{each}/{LEASE}" for each in INTERVALS])
    assert turns[0] < TURN <= turns[1]
