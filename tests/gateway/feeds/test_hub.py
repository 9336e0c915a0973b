"""The hub alone: gaps are filled from the journal, wholes add up, prices and sums of the board."""

from itertools import pairwise
from typing import Any

import pytest

from exchange.engine.batch_writer import Batch
from exchange.engine.replay import read_batches
from exchange.postings import ALL as POSTINGS
from gateway.feeds.channel import FeedName, read_name
from gateway.feeds.hub import Hub
from gateway.feeds.market_channels import BookChannel, CandleChannel, TickerChannel, TradeChannel
from gateway.feeds.outbox import Outbox
from gateway.feeds.party_channels import CashChannel, OrderChannel
from gateway.market_picture.market_views import MarketViews
from gateway.settings import Limits
from gpubourse.book_copy import checksum
from ledger.cash.months import month_ns
from ledger.durations import DAY_NS
from ledger.refusals import Refused
from tests.exchange.ground import LEASE, Floor
from tests.gateway.pipe import Pipe


def test_the_checksum_is_that_of_the_published_example() -> None:
    asks = [[1035, 2, 1, 0], [1040, 6, 2, 0], [1060, 16, 4, 0]]

    assert checksum([], asks) == 2047252526
    assert checksum([[1035, 1, 1, 0]], asks[1:]) == 652971785
    assert checksum([], [[1040, 6, 2, 0], [1050, 4, 1, 0], [1060, 16, 4, 0]]) == 1516166203


@pytest.mark.parametrize(
    "text", ["", "book", "book/", "/x", "a/b/c", "x" * 300 + "/y", 5, None, "book.10/T/"]
)
def test_what_is_no_feed_is_refused(text: object) -> None:
    with pytest.raises(Refused):
        read_name(text)


class Listened:
    """A hub that has followed a floor from its beginning, batch by batch."""

    def __init__(self, floor: Floor) -> None:
        self.market_views = MarketViews()
        self.orders = OrderChannel()
        self.cash = CashChannel(POSTINGS)
        channels = [
            BookChannel(self.market_views),
            TickerChannel(self.market_views),
            TradeChannel(self.market_views),
            CandleChannel(self.market_views),
            self.orders,
            self.cash,
        ]
        self.hub = Hub(self.market_views, channels, Limits())
        self.gaps: list[tuple[int, int]] = []
        self.hub.on_gap = lambda after, upto: self.gaps.append((after, upto))

    def tell(self, batches: list[Batch]) -> None:
        self.hub._waiting.extend(batches)
        self.hub.catch_up()


def traded_floor() -> Floor:
    floor = Floor()
    seller, buyer = floor.owners[0], floor.buyers[0]
    floor.ask(seller, 3, 1302)
    floor.bid(buyer, 1, 1302)
    floor.bid(buyer, 2, 1290)
    order = floor.bid(buyer, 2, 1280)[0].order  # type: ignore[attr-defined]
    floor.tell(buyer, "order.amend", order=order, lots=1)
    floor.tell(buyer, "order.cancel", order=order)
    floor.bid(buyer, 1, 1310, time_in_force="ioc")
    return floor


@pytest.fixture
def followed() -> tuple[Floor, Listened]:
    floor = traded_floor()
    listened = Listened(floor)
    listened.tell(floor.batches)
    return floor, listened


def test_a_followed_board_is_the_venues_own_book(followed: tuple[Floor, Listened]) -> None:
    floor, listened = followed
    fresh = MarketViews()
    fresh.fill(floor.venue, floor.writer.at_ns, floor.batch_ends())

    assert listened.hub.position == floor.writer.position
    for market, market_view in fresh.by_market.items():
        other = listened.market_views.by_market[market]
        assert other.levels(None) == market_view.levels(None)
        assert (other.phase, other.last_ticks) == (market_view.phase, market_view.last_ticks)
        assert listened.market_views.instrument(market) == fresh.instrument(market)
    assert listened.market_views.market_view(LEASE).levels(None) == {
        "bids": [[1290, 2, 1, 0]],
        "asks": [[1302, 1, 1, 0]],
    }
    ticker = listened.market_views.ticker(LEASE)
    assert (ticker["last_ticks"], ticker["lots"], ticker["best_ask_lots"]) == (1302, 2, 1)


def test_followed_orders_and_cash_are_the_venues_own(followed: tuple[Floor, Listened]) -> None:
    floor, listened = followed
    orders, cash = OrderChannel(), CashChannel(POSTINGS)
    orders.fill(floor.venue)
    cash.fill(floor.venue)

    assert listened.orders.open == orders.open
    assert listened.cash._balances == cash._balances
    assert sum(cash._balances.values()) == 0


def test_what_was_never_told_is_asked_for_and_then_said_in_order() -> None:
    floor = traded_floor()
    listened = Listened(floor)
    half = len(floor.batches) // 2
    listened.tell(floor.batches[:half])
    held = listened.hub.position

    listened.tell(floor.batches[half + 2 :])
    missing = floor.batches[half + 1].last_position
    assert listened.gaps == [(held, missing)]
    assert listened.hub.position == held
    batches = read_batches(floor.journal(), held, missing)
    listened.hub.fill_gap(batches)

    assert listened.hub.position == floor.writer.position
    assert listened.market_views.market_view(LEASE).levels(None)["asks"] == [[1302, 1, 1, 0]]


def test_a_head_that_stays_untold_is_a_gap() -> None:
    floor = traded_floor()
    listened = Listened(floor)
    listened.tell(floor.batches[:-1])
    head = floor.writer.position

    listened.hub.check_for_gap(head)
    assert listened.gaps == []
    listened.hub.check_for_gap(head)
    assert listened.gaps == [(listened.hub.position, head)]


def test_every_change_of_a_feed_ties_to_the_one_before() -> None:
    floor = traded_floor()
    listened = Listened(floor)
    opening = [batch for batch in floor.batches if LEASE not in listened.market_views.by_market]
    listened.tell(opening[:2])
    feed = listened.hub.feed(FeedName("trades", (), LEASE))
    book = listened.hub.feed(FeedName("book", ("10", "0"), LEASE))
    begun = book.seq
    listened.tell(floor.batches[2:])

    frames = book.missed_since(begun)
    assert frames is not None
    assert len(frames) > 3
    assert b'"prev":%d,' % begun in frames[0]
    for earlier, later in pairwise(frames):
        seq = earlier.split(b'"seq":')[1].split(b",")[0]
        assert b'"prev":' + seq + b"," in later
    trades = feed.missed_since(begun)
    assert trades is not None
    assert len(trades) == 2


def test_a_change_of_a_book_tells_the_phase_only_where_it_is_another() -> None:
    floor = traded_floor()
    listened = Listened(floor)
    listened.tell(floor.batches)
    book = listened.hub.feed(FeedName("book", ("10", "0"), LEASE))
    begun, told = book.seq, len(floor.batches)
    floor.bid(floor.buyers[0], 1, 1_285)
    listened.tell(floor.batches[told:])

    (moved,) = book.missed_since(begun) or ()
    assert b'"bids":[[1285,' in moved
    assert b'"phase"' not in moved

    begun, told = book.seq, len(floor.batches)
    floor.pass_time(floor.writer.at_ns + DAY_NS)
    listened.tell(floor.batches[told:])
    frames = book.missed_since(begun) or ()
    assert any(b'"phase"' in frame for frame in frames)


def test_the_ring_forgets_the_oldest_and_says_so() -> None:
    floor = traded_floor()
    listened = Listened(floor)
    listened.hub.limits = Limits(ring_messages=2)
    listened.tell(floor.batches[:2])
    book = listened.hub.feed(FeedName("book", ("10", "0"), LEASE))
    begun = book.seq
    listened.tell(floor.batches[2:])

    assert book.missed_since(begun) is None
    kept = book.missed_since(book._floor)
    assert kept is not None
    assert len(kept) == 2
    assert book._floor > begun
    assert book.missed_since(book._floor - 1) is None, "the change at the floor is forgotten"


async def test_who_falls_behind_again_at_once_is_told_once_each_time_and_truly() -> None:
    """Even where the snapshot alone is more than may wait: one each time, and it counts right."""
    floor = Floor()
    listened = Listened(floor)
    listened.tell(floor.batches)
    hub, reader = listened.hub, Pipe()
    outbox = Outbox(reader, Limits(conflate_above_bytes=1))
    name = FeedName("book", ("10", "0"), LEASE)
    hub.outboxes[outbox] = None
    hub.attach(outbox, hub.feed(name))
    begun = hub.feed(name).seq

    told: list[dict[str, Any]] = []
    for lots in (3, 1, 2):  # the first change is sent, and waits; those behind it are skipped
        for _ in range(lots):
            floor.bid(floor.buyers[0], 1, 1290)
            listened.tell(floor.batches[-1:])
            hub.publish_due(0)
        assert outbox.held[name.text].missed
        told += reader.read()
        hub.publish_due(0)  # it has read: here is its snapshot, and again more waits than may
        hub.publish_due(0)
        assert not outbox.held[name.text].missed
        assert hub.position == outbox.position_sent(hub.position)
    told += reader.read()

    assert [(message["kind"], message.get("missed")) for message in told] == [
        ("delta", None),
        ("snapshot", 2),
        ("snapshot", 1),
        ("snapshot", 2),
    ]
    said = hub.feed(name).missed_since(begun)
    assert said is not None
    assert len(said) == 1 + 2 + 1 + 2
    assert told[-1]["body"]["bids"] == [[1290, 6, 6, 0]]
    assert told[-1]["seq"] == hub.feed(name).seq


async def test_who_follows_several_books_of_all_markets_gets_each_of_a_new_one_with_its_phase() -> (
    None
):
    floor = Floor()
    listened, reader = Listened(floor), Pipe()
    hub, outbox = listened.hub, Outbox(reader, Limits())
    listened.tell(floor.batches)
    hub.outboxes[outbox] = None
    for family in ("book.1.0", "book.10.100", "ticker"):
        hub.follow_all(outbox, read_name(f"{family}/*"))
    hub.unfollow(outbox, "book.1.0")
    floor.pass_time(month_ns("Asia/Shanghai", 2024, 12))
    heard = len(listened.market_views.by_market)
    listened.tell([batch for batch in floor.batches if batch.first_position > hub.position])

    assert len(listened.market_views.by_market) == heard + 1
    told = [(message["feed"], message["kind"]) for message in reader.read()]
    listed = "L.H100SXM8.CN-BJ.2025-06"
    assert told[:2] == [(f"book.10.100/{listed}", "snapshot"), (f"ticker/{listed}", "snapshot")]
    assert {market_of for feed, _ in told for market_of in [feed.partition("/")[2]]} == {listed}


async def test_a_line_that_is_gone_is_written_nothing_more() -> None:
    """Whatever way out is taken: asyncio would log each write, as fast as a caller makes them."""
    pipe = Pipe()
    outbox = Outbox(pipe, Limits())
    pipe.abort()

    outbox.send(b"{}")
    outbox.send_first(b"{}")
    outbox.add(b"frame", is_lossless=True)
    outbox.flush()
    outbox.close(1000, "")

    assert pipe.sent == []
