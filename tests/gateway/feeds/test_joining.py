"""What is kept of a feed between its joining and its end."""

from gateway.access.feed_account import FeedAccount
from gateway.access.limits import TokenBuckets
from gateway.feeds.channel import FeedName
from gateway.feeds.outbox import Outbox
from gateway.settings import Limits
from tests.exchange.ground import LEASE, Floor
from tests.gateway.feeds.hub_ground import HubGround
from tests.gateway.feeds.test_subscribe_cost import Desk
from tests.gateway.pipe import Pipe


def traded_floor() -> Floor:
    floor = Floor()
    floor.ask(floor.owners[0], 2, 1_300)
    floor.bid(floor.buyers[0], 1, 1_300)
    return floor


async def test_who_is_to_be_resumed_has_been_sent_no_more_than_before() -> None:
    """From its joining on, before the first page is read: a heartbeat may come between."""
    floor = traded_floor()
    desk, outbox = Desk(floor), Outbox(Pipe(lag=0), Limits())
    since, head = 3, floor.writer.position
    account = FeedAccount(TokenBuckets(), "203.0.113.7")

    joined = await desk.subscriptions.join(outbox, account, None, [f"trades/{LEASE}"], since)

    assert [each.resumed for each in joined.feeds] == [FeedName("trades", (), LEASE)]
    assert outbox.resuming == {f"trades/{LEASE}": since}
    assert outbox.position_sent(head) == since
    outbox.is_resumed(f"trades/{LEASE}")
    assert outbox.position_sent(head) == head


def test_candles_that_nobody_reads_any_more_are_forgotten() -> None:
    ground = HubGround(traded_floor())
    channel = ground.hub.channels["candles"]
    name = FeedName("candles", ("1h",), LEASE)
    channel.opened(name)
    channel.closed(name)  # with nothing untold
    channel.opened(name)
    ground.floor.bid(ground.floor.buyers[0], 1, 1_300)
    ground.hear()
    assert channel.waits(name.text)
    channel.closed(name)

    assert not channel.waits(name.text)
    assert name.text not in channel._changed_from  # type: ignore[attr-defined]
