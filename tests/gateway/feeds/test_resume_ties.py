"""The law of a resume by a gateway that was started anew: no message twice, none missing, no gap.

Every feed that is told again from the journal, wherever in its story the gateway began, and
whatever is published or tidied up while the journal is read.
"""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from exchange.engine.batch_writer import Batch, codec_for
from gateway.access.feed_account import FeedAccount
from gateway.access.limits import TokenBuckets
from gateway.contract.message_words import FEED_EXAMPLES
from gateway.feeds.backfill import Backfill
from gateway.feeds.channel import FeedName, read_name
from gateway.feeds.hub import IDLE_FEED_S, IDLE_FEEDS_MOST, Hub
from gateway.feeds.outbox import Outbox
from gateway.feeds.resume import ResumedPage
from gateway.feeds.subscriptions import Subscriptions
from gateway.market_picture.market_views import MarketViews
from gateway.server.assembly import _channels
from gateway.settings import Limits
from gateway.turns.work_pools import WorkPools
from ledger.cash.months import month_ns
from tests.exchange.ground import LEASE, Floor
from tests.gateway.pipe import Pipe
from tests.reach import Reach

REACH = Reach(resumes=60, messages=200, published_meanwhile=20, born_behind_a_message=30)
FEEDS = {
    "trades": f"trades/{LEASE}",
    "fills": "fills/p-0003",
    "instruments": "instruments/venue",
    "ledger": "ledger/*",
}


def story() -> Floor:
    """Trades with other things between them, and markets that are listed at the end."""
    floor = Floor()
    seller, buyer = floor.owners[0], floor.buyers[0]
    for price_ticks in (1300, 1301, 1302):
        floor.ask(seller, 1, price_ticks)
        floor.bid(buyer, 1, 1290)
        floor.bid(buyer, 1, price_ticks)
    floor.pass_time(month_ns("Asia/Shanghai", 2025, 1))
    return floor


class Gateway:
    """A hub that knows the batches up to a position, as one that was started there."""

    def __init__(self, floor: Floor, begun: int) -> None:
        self.floor = floor
        self.views = MarketViews()
        self.hub = Hub(self.views, _channels(self.views), Limits())
        self.later = list(floor.batches)
        self.publish(begun)
        self.journal = floor.journal()

    def publish(self, count: int) -> None:
        """So many more batches."""
        batches, self.later = self.later[:count], self.later[count:]
        self.hub._waiting.extend(batches)
        self.hub.catch_up()


def told(floor: Floor, name: FeedName) -> list[tuple[int, Any]]:
    """What a reader who was there from the first batch on was told."""
    gateway, reader = Gateway(floor, 0), Pipe(lag=0)
    outbox = Outbox(reader, Limits())
    gateway.hub.attach(outbox, gateway.hub.feed(name))
    gateway.publish(len(floor.batches))
    return [(message["seq"], message["body"]) for message in reader.read()]


def test_every_feed_that_is_told_again_is_among_them() -> None:
    channels = Gateway(Floor(), 0).hub.channels.values()
    assert FEEDS.keys() == {channel.name for channel in channels if channel.is_replayable}


async def _resumed(
    floor: Floor,
    name: FeedName,
    whole: list[tuple[int, Any]],
    since: Batch,
    begun: int,
    meanwhile: int,
) -> None:
    gateway, reader = Gateway(floor, begun), Pipe(lag=0)
    hub, outbox = gateway.hub, Outbox(reader, Limits())
    hub.outboxes[outbox] = None
    held = since.last_position
    before = [seq for seq, _ in whole if seq <= hub.position]
    REACH.met("born_behind_a_message", bool(before) and before[-1] < hub.position)
    hub.feed(name)

    class Meanwhile(Backfill):
        """While the thread reads, the loop goes on: a batch is published, a heartbeat tidies up."""

        left = meanwhile

        async def read_page(self, *asked: Any) -> ResumedPage:
            found = await super().read_page(*asked)
            if self.left and gateway.later:
                self.left -= 1
                gateway.publish(1)
                REACH.met("published_meanwhile")
            for now_s in (0.0, 10 * IDLE_FEED_S):
                hub.drop_idle(now_s)
            return found

    outbox.resuming[name.text] = held
    pools = WorkPools()
    backfill = Meanwhile(gateway.journal, codec_for("cn-1"), None, pools)
    subscriptions = Subscriptions(hub, None, backfill)  # type: ignore[arg-type]
    account = FeedAccount(TokenBuckets(), "203.0.113.7")
    await subscriptions.resume(outbox, account, [name], held)
    pools.close()
    gateway.publish(len(gateway.later))
    heard = []
    for message in reader.read():
        assert message["prev"] <= held < message["seq"], (name.text, message)
        held = message["seq"]
        heard.append((held, message["body"]))
        REACH.met("messages")
    assert heard == [each for each in whole if each[0] > since.last_position]
    REACH.met("resumes")


def _places(floor: Floor) -> Iterator[tuple[Batch, int]]:
    """Where a reader stood and where the gateway began: the reader had seen no more."""
    count = len(floor.batches)
    for begun in range(3, count, max(1, count // 5)):
        for stood in range(2, begun, max(1, begun // 2)):
            yield floor.batches[stood], begun


@REACH.demanded
def test_who_is_resumed_by_a_new_gateway_is_told_each_message_once_without_a_gap() -> None:
    floor = story()

    async def all_of_them() -> None:
        for text in FEEDS.values():
            name = read_name(text)
            whole = told(floor, name)
            for since, begun in _places(floor):
                for meanwhile in (0, 2):
                    await _resumed(floor, name, whole, since, begun, meanwhile)

    asyncio.run(all_of_them())


@pytest.mark.parametrize("uptime_s", [0.0, 1.0, 10 * IDLE_FEED_S])
def test_a_feed_is_idle_from_when_it_was_first_seen_so(uptime_s: float) -> None:
    """However long the machine has run: its clock does not begin with the venue."""
    hub = Gateway(story(), 3).hub
    name = read_name(FEEDS["trades"])
    feed = hub.feed(name)
    hub.drop_idle(uptime_s)
    hub.drop_idle(uptime_s + IDLE_FEED_S)
    assert hub.feeds[name.text] is feed
    hub.drop_idle(uptime_s + IDLE_FEED_S + 1)
    assert name.text not in hub.feeds


def test_a_feed_of_any_channel_that_is_dropped_begins_anew() -> None:
    hub = Gateway(story(), 3).hub
    names = [read_name(FEED_EXAMPLES[channel]) for channel in hub.channels]
    for _ in range(2):
        for name in names:
            hub.feed(name)
        assert len(hub.feeds) == len(hub.channels) > 8
        hub.drop_idle(0.0)
        hub.drop_idle(IDLE_FEED_S + 1)
        assert hub.feeds == {}


def test_a_feed_with_a_reader_or_one_who_is_resumed_is_not_idle() -> None:
    hub = Gateway(story(), 3).hub
    name = read_name(FEEDS["trades"])
    outbox = Outbox(Pipe(), Limits())
    hub.outboxes[outbox] = None
    hub.feed(name)
    outbox.resuming[name.text] = 1
    for turn in range(4):
        hub.drop_idle(turn * 2 * IDLE_FEED_S)
    outbox.resuming.clear()
    hub.attach(outbox, hub.feeds[name.text])
    for turn in range(4, 8):
        hub.drop_idle(turn * 2 * IDLE_FEED_S)
    hub.leave(outbox)
    hub.drop_idle(16 * IDLE_FEED_S)
    assert name.text in hub.feeds, "it has been without a reader since now"


def test_so_many_feeds_without_readers_are_kept_and_the_longest_idle_go_first() -> None:
    """Names that nobody has are feeds, too: one caller may ask for any number of them."""
    hub = Gateway(story(), 3).hub
    for first in (0, 1):
        for number in range(first, IDLE_FEEDS_MOST, 2):
            hub.feed(read_name(f"fills/p-{number:06}"))
        hub.drop_idle(float(first))
    kept = hub.feed(read_name("fills/p-999999"))
    hub.drop_idle(2.0)
    assert len(hub.feeds) == IDLE_FEEDS_MOST
    assert hub.feeds["fills/p-999999"] is kept
    assert "fills/p-000000" not in hub.feeds
    assert "fills/p-000001" in hub.feeds
