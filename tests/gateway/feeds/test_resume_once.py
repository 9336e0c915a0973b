"""A resume of many feeds reads the journal once for all of them, page by page, each page paid."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from exchange.engine.batch_writer import codec_for
from gateway.access.feed_account import FeedAccount
from gateway.access.limits import TokenBuckets
from gateway.feeds import resume
from gateway.feeds.backfill import Backfill
from gateway.feeds.channel import FeedName, ItemChannel
from gateway.feeds.hub import Hub
from gateway.feeds.outbox import Outbox
from gateway.feeds.resume import ResumedPage
from gateway.feeds.subscriptions import Subscriptions
from gateway.market_picture.prices import PAGE_BYTES
from gateway.settings import Limits
from gateway.socket.connection import _now_ns
from gateway.turns.work_pools import WorkPools
from ledger.cash.months import month_ns
from ledger.journal.memory import MemoryJournal
from ledger.journal.protocol import Journal, JournalRow
from tests.exchange.ground import Floor
from tests.gateway.feeds.test_resume_ties import Gateway, story, told
from tests.gateway.pipe import Pipe
from tests.reach import Reach

SINCE = Floor().batches[-1].last_position  # all that was founded: what comes after is a story
REACH = Reach(feeds=60, messages=300, pages=30, left_midway=2)


class CountedJournal(MemoryJournal):
    """It notes what is read of it: after which position, up to which, and how many rows."""

    def __init__(self, journal: MemoryJournal) -> None:
        super().__init__(journal.store)
        self.spans: list[tuple[int, int]] = []
        self.rows = 0

    def read(self, after: int = 0, upto: int | None = None) -> Iterator[JournalRow]:
        assert upto is not None
        self.spans.append((after, upto))
        for row in super().read(after, upto):
            self.rows += 1
            yield row


def resumable(hub: Hub) -> list[FeedName]:
    """Every feed that is told again from the journal, of everybody."""
    parties = [f"p-{number:04d}" for number in range(1, 6)]
    texts = [
        *("trades/*", "instruments/venue", "ledger/*"),
        *(f"{kind}{party}" for kind in ("fills/", "ledger/party:") for party in parties),
    ]
    names = [name for text in texts for name in hub.names(text)]
    assert {name.channel for name in names} == {
        channel.name for channel in hub.channels.values() if channel.is_replayable
    }
    return names


class Resumed:
    """One socket whose feeds are all resumed from the venue's first positions."""

    def __init__(self, floor: Floor) -> None:
        self.gateway = Gateway(floor, len(floor.batches))
        self.hub = self.gateway.hub
        self.journal = CountedJournal(floor.journal())
        self.pipe = Pipe(lag=0)
        self.outbox = Outbox(self.pipe, Limits())
        self.hub.outboxes[self.outbox] = None
        self.paid: list[int] = []
        self.on_page = lambda page: None

    async def run(self, names: list[FeedName], since: int = SINCE) -> dict[str, list[Any]]:
        """What each feed was told until all were live; each ties to what was held."""
        run, pools = self, WorkPools()

        class Reading(Backfill):
            async def read_page(self, *asked: Any) -> ResumedPage:
                page = await super().read_page(*asked)
                run.on_page(page)
                return page

        class Account(FeedAccount):
            def charge(self, size: int, now_ns: int) -> int:
                run.paid.append(size)
                return 0

        journal: Journal = self.journal
        backfill = Reading(journal, codec_for("cn-1"), None, pools)
        subscriptions = Subscriptions(self.hub, None, backfill)  # type: ignore[arg-type]
        for name in names:
            self.hub.feed(name)
            self.outbox.resuming[name.text] = since
        await subscriptions.resume(
            self.outbox, Account(TokenBuckets(), "203.0.113.7"), names, since
        )
        pools.close()
        heard: dict[str, list[Any]] = {name.text: [] for name in names}
        held = dict.fromkeys(heard, since)
        for message in self.pipe.read():
            feed = message["feed"]
            assert message["prev"] <= held[feed] < message["seq"], message
            held[feed] = message["seq"]
            heard[feed].append((message["seq"], message["body"]))
        return heard


@REACH.demanded
def test_all_feeds_are_told_what_each_would_be_alone_whatever_a_page_holds() -> None:
    """Pages shorter than a batch, of a few, and of the whole journal; one feed is left midway."""
    floor = story()
    names = resumable(Gateway(floor, len(floor.batches)).hub)
    whole = {name.text: told(floor, name) for name in names}

    async def paged(length: int) -> None:
        run, pages, reached, gone = Resumed(floor), [0], [SINCE], [""]

        def on_page(page: ResumedPage) -> None:
            pages[0] += 1
            REACH.met("pages")
            others = [feed for feed, _ in page.frames if feed != "ledger/*"]
            if pages[0] > 1 and others and not gone[0]:
                gone[0] = others[0]
                run.outbox.is_resumed(gone[0])
                REACH.met("left_midway")
            elif not gone[0]:
                reached[0] = page.reached

        run.on_page = on_page
        heard = await run.run(names)
        for feed, messages in heard.items():
            missed = [each for each in whole[feed] if each[0] > SINCE]
            if feed == gone[0]:
                assert messages == [each for each in missed if each[0] <= reached[0]]
                assert feed not in run.outbox.held
                continue
            assert messages == missed, feed
            assert feed in run.outbox.held
            REACH.met("feeds")
            REACH.met("messages", len(messages))
        assert not run.outbox.resuming
        assert not run.outbox.resumed_by
        assert run.paid == [PAGE_BYTES] * pages[0]

    for length in (1, 7, 40, 1_000):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(resume, "POSITIONS_PER_PAGE", length)
            asyncio.run(paged(length))


async def test_a_resume_of_many_feeds_reads_no_more_than_that_of_one() -> None:
    floor = story()
    floor.pass_time(month_ns("Asia/Shanghai", 2025, 2))
    names = resumable(Gateway(floor, len(floor.batches)).hub)
    read = []
    for count in (1, 4, 8, len(names)):
        run = Resumed(floor)
        await run.run(names[:count])
        read.append((run.journal.rows, run.journal.spans))
    assert len(names) > 16
    assert read[0][0] > 0
    assert all(each == read[0] for each in read)


async def test_no_page_reaches_further_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    """But for a batch that is longer, whose page grows until it holds it."""
    monkeypatch.setattr(resume, "POSITIONS_PER_PAGE", 5)
    floor = story()
    longest = max(batch.last_position - batch.first_position + 1 for batch in floor.batches)
    run = Resumed(floor)
    await run.run(resumable(run.hub))
    lengths = [upto - after for after, upto in run.journal.spans]
    assert len(lengths) > 10
    assert max(lengths) <= max(5, 2 * longest)
    assert run.journal.spans[-1][1] == run.hub.position


async def test_who_owes_waits_before_the_next_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resume, "POSITIONS_PER_PAGE", 20)
    floor, slept = story(), list[float]()
    gateway = Gateway(floor, len(floor.batches))
    sleep = asyncio.sleep

    async def noted(seconds: float) -> None:
        slept.append(seconds)
        await sleep(0)

    monkeypatch.setattr("gateway.feeds.subscriptions.asyncio.sleep", noted)
    pools, buckets = WorkPools(), TokenBuckets()
    account = FeedAccount(buckets, "203.0.113.7")
    account.charge(10**9, _now_ns())
    outbox, names = Outbox(Pipe(lag=0), Limits()), gateway.hub.names("trades/*")
    for name in names:
        gateway.hub.feed(name)
        outbox.resuming[name.text] = SINCE
    backfill = Backfill(gateway.journal, codec_for("cn-1"), None, pools)
    subscriptions = Subscriptions(gateway.hub, None, backfill)  # type: ignore[arg-type]
    await subscriptions.resume(outbox, account, names, SINCE)
    pools.close()
    assert slept
    assert all(seconds > 0 for seconds in slept)


def test_what_is_told_again_needs_no_more_than_its_channel() -> None:
    """Over the channels: those that say so are copies, whose state is of the batch alone."""
    hub = Gateway(Floor(), 1).hub
    for channel in hub.channels.values():
        if channel.is_replayable:
            assert isinstance(channel, ItemChannel)
