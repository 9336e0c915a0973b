"""The hub: every published batch becomes feed messages, each built once and written to all readers.

It keeps no state of its own but feeds: what a message holds is its channel's. Nothing here waits
for a reader.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from exchange.engine.batch_writer import Batch
from exchange.engine.recent_commits import RecentCommits
from exchange.events import InstrumentListed
from gateway.feeds.channel import Channel, FeedMessage, FeedName, no_such_feed, read_name
from gateway.feeds.feed import EncodedSnapshot, Feed, encoded_snapshot, end_frame
from gateway.feeds.outbox import Outbox, Subscription
from gateway.market_picture.market_views import EVENT_TYPES, MarketViews
from gateway.problems import problem
from gateway.settings import Limits
from ledger.events import Event
from ledger.journal.protocol import Commit
from ledger.refusals import Refused
from ledger.views.position_waits import PositionWaits

IDLE_FEEDS_MOST: Final = 10_000  # without readers; past that those go first that had none longest
IDLE_FEED_S: Final = 600.0  # a feed without readers keeps its ring so long, for who was cut off


class Hub:
    """Feeds by name, their readers, and the position up to which all is published."""

    def __init__(
        self,
        market_views: MarketViews,
        channels: Sequence[Channel],
        limits: Limits,
        commits: RecentCommits | None = None,
    ) -> None:
        """`commits` are the engine's own, which it goes on adding to; none: there is no journal."""
        self.commits = commits or RecentCommits()
        self.market_views = market_views
        self.limits = limits
        self.channels = {channel.name: channel for channel in channels}
        self.feeds: dict[str, Feed] = {}
        self.outboxes: dict[Outbox, None] = {}
        self.position = 0
        self.at_ns = 0
        self.on_gap: Callable[[int, int], None] = _no_gap
        self.on_event: Callable[[Event, int], None] = lambda event, at_ns: None
        self.waits = PositionWaits()  # who reads no earlier than a position that is to come
        self.delivered = 0  # messages handed to a transport, since the start
        self._names: dict[str, FeedName] = {}
        self._wildcards: dict[str, dict[Outbox, FeedName]] = {}  # `book.10.100` -> its readers
        self._waiting: deque[Batch] = deque()
        self._is_due = False
        self._unpublished_head = 0  # a head that was read, and that no batch has reached yet
        self._channels_by_type: dict[type[Event], tuple[Channel, ...]] = {}
        for channel in channels:
            channel.feeds = self.feeds

    def begin(self, position: int, at_ns: int) -> None:
        """Publish what comes after this position: the channels know all before it."""
        self.position = position
        self.at_ns = at_ns

    @property
    def commit(self) -> Commit:
        """The last commit that is published whole: its position and chain name this history."""
        return self.commits.upto(self.position) or Commit.none()

    def publish(self, batches: Sequence[Batch]) -> None:
        """Take batches that the engine has put on record. Quick: the work is done in a moment.

        It is put off by two turns of the loop, so that a command's reply goes out before the feed
        messages that its batch causes.
        """
        self._waiting.extend(batches)
        if not self._is_due:
            self._is_due = True
            loop = asyncio.get_running_loop()
            loop.call_soon(loop.call_soon, self.catch_up)

    def catch_up(self) -> None:
        """Publish all that is on record; after this the channels stand at `position`."""
        self._is_due = False
        touched: list[Outbox] = []
        while self._waiting:
            batch = self._waiting[0]
            if batch.first_position > self.position + 1:
                self.on_gap(self.position, batch.first_position - 1)
                break
            self._waiting.popleft()
            if batch.last_position > self.position:
                self._publish_batch(batch, touched)
        self._flush(touched)
        self.waits.reached(self.position)

    def check_for_gap(self, head: int) -> None:
        """What is on record up to *head* and never came (the engine was rebuilt) is a gap.

        It must be found twice: an append that has just returned is still to come.
        """
        if self._waiting or head <= self.position:
            self._unpublished_head = 0
        elif self._unpublished_head:
            self._unpublished_head = 0
            self.on_gap(self.position, head)
        else:
            self._unpublished_head = head

    def fill_gap(self, batches: Iterable[Batch]) -> None:
        """What never came from the engine, read from the journal: published before what waits."""
        self._waiting.extendleft(reversed(list(batches)))
        self.catch_up()

    def position_published(self, feeds: Iterable[str]) -> int:
        """Up to where every change of these feeds is published: some are held back by a rate."""
        published = self.position
        for name in feeds:
            feed = self.feeds[name]
            if not feed.is_lossless and self.channels[self._names[name].channel].waits(name):
                published = min(published, feed.seq)
        return published

    def publish_due(self, now_s: float) -> None:
        """Publish what was held back by its rate, and send snapshots to readers that came round."""
        touched: list[Outbox] = []
        for channel in self.channels.values():
            for message in channel.due(now_s):
                self._publish_message(message, self.position, touched)
        self._flush(touched)
        for outbox in [outbox for outbox in self.outboxes if outbox.behind]:
            outbox.weigh()
            if not outbox.is_slow:
                self._catch_up_reader(outbox)

    def drop_idle(self, now_s: float) -> None:
        """Forget feeds that had no reader for long; who is still being resumed is a reader, too."""
        awaited = {name for outbox in self.outboxes for name in outbox.resuming}
        for name, feed in list(self.feeds.items()):
            if feed.readers or name in awaited:
                feed.idle_since_s = None
            elif feed.idle_since_s is None:
                feed.idle_since_s = now_s
            elif now_s - feed.idle_since_s > IDLE_FEED_S:
                self._forget(name)
        since = ((feed.idle_since_s, name) for name, feed in self.feeds.items())
        idle = [(at_s, name) for at_s, name in since if at_s is not None]
        for _, name in sorted(idle)[:-IDLE_FEEDS_MOST]:
            self._forget(name)

    def _forget(self, name: str) -> None:
        del self.feeds[name]
        read = self._names.pop(name)
        self.channels[read.channel].closed(read)

    def channel(self, name: FeedName) -> Channel:
        """The channel of a name; refuses `bad_field`."""
        channel = self.channels.get(name.channel)
        if channel is None:
            raise no_such_feed(name.text)
        return channel

    def names(self, text: Any) -> list[FeedName]:
        """The feeds that a text names: one, or with `*` one for each key there is."""
        name = read_name(text)
        channel = self.channel(name)
        if name.key != "*" or not (keys := channel.keys()):
            channel.check(name)
            return [name]
        names = [name._replace(key=key) for key in keys]
        channel.check(names[0])
        return names

    def feed(self, name: FeedName) -> Feed:
        """The feed of a checked name, opened if it had no reader yet."""
        feed = self.feeds.get(name.text)
        if feed is None:
            channel = self.channels[name.channel]
            channel.opened(name)
            self._names[name.text] = name
            feed = self.feeds[name.text] = Feed(
                name.text,
                is_lossless=channel.is_lossless,
                position=self.position,
                limits=self.limits,
            )
        return feed

    def attach(self, outbox: Outbox, feed: Feed) -> None:
        """From now on an outbox gets a feed's messages."""
        feed.readers[outbox] = outbox.held[feed.name] = Subscription(feed.is_lossless, feed.seq)
        outbox.behind.pop(feed.name, None)

    def detach(self, outbox: Outbox, feed_name: str) -> None:
        """An outbox gets no more of a feed."""
        outbox.held.pop(feed_name, None)
        outbox.behind.pop(feed_name, None)
        feed = self.feeds.get(feed_name)
        if feed is not None:
            feed.readers.pop(outbox, None)

    def follow_all(self, outbox: Outbox, name: FeedName) -> None:
        """An outbox follows `channel.options/*`: it gets markets that are still to come, too."""
        self._wildcards.setdefault(name.family, {})[outbox] = name

    def unfollow(self, outbox: Outbox, family: str) -> None:
        """An outbox no longer follows the markets still to come, of a channel with its options."""
        self._wildcards.get(family, {}).pop(outbox, None)

    def leave(self, outbox: Outbox) -> None:
        """A socket is gone."""
        self.outboxes.pop(outbox, None)
        for name in list(outbox.held):
            self.detach(outbox, name)
        for readers in self._wildcards.values():
            readers.pop(outbox, None)

    def snapshot(self, name: FeedName) -> EncodedSnapshot | None:
        """A feed's snapshot; None where it has none.

        It is made once for each change of the feed: all who begin between two changes share it.
        """
        if kept := self.kept_snapshot(name):
            return kept
        snapshot = self.channels[name.channel].snapshot(name)
        if snapshot is None:
            return None
        feed = self.feeds[name.text]
        feed.kept = encoded_snapshot(
            name.text,
            feed.seq,
            self.at_ns,
            snapshot.body,
            crc=snapshot.crc,
            valid_to_ns=snapshot.valid_to_ns,
        )
        return feed.kept

    def kept_snapshot(self, name: FeedName) -> EncodedSnapshot | None:
        """A feed's snapshot if it is made already, and still true."""
        kept = self.feeds[name.text].kept
        is_true = kept is not None and not 0 < kept.valid_to_ns <= self.at_ns
        return kept if is_true else None

    def _publish_batch(self, batch: Batch, touched: list[Outbox]) -> None:
        changed: dict[Channel, None] = {}
        self.market_views.begin_batch(batch.last_position, batch.at_ns)
        for event, row in zip(batch.events, batch.rows, strict=True):
            if isinstance(event, EVENT_TYPES):
                self.market_views.apply(event, row.position)
            self.on_event(event, batch.at_ns)
            for channel in self._channels_by_type.get(type(event)) or self._channels_for(
                type(event)
            ):
                channel.apply(event, row, batch.at_ns)
                changed[channel] = None
        self.position, self.at_ns = batch.last_position, batch.at_ns
        for event in batch.events:
            if isinstance(event, InstrumentListed):
                self._open_to_all(event.market, touched)
        for channel in changed:
            for message in channel.take_messages():
                self._publish_message(message, batch.last_position, touched)
            for feed in channel.take_reopened():
                self._judge_anew(channel, feed, touched)

    def _judge_anew(self, channel: Channel, feed_name: str, touched: list[Outbox]) -> None:
        """Ask each reader's right to a feed anew: who has lost it is told why, and hears no more.

        The batch that took it away is the last thing that it heard.
        """
        feed = self.feeds.get(feed_name)
        if feed is None:
            return
        name = self._names[feed_name]
        for outbox in list(feed.readers):
            try:
                channel.must_be_open_to(name, outbox.session)
            except Refused as no:
                self.detach(outbox, feed_name)
                frame = end_frame(feed_name, feed.seq, self.at_ns, problem(no, words=outbox.words))
                if outbox.add(frame, is_lossless=True):
                    touched.append(outbox)

    def _open_to_all(self, market: str, touched: list[Outbox]) -> None:
        """A new market joins every `channel/*` of markets, each reader with its snapshot."""
        for readers in self._wildcards.values():
            for outbox, name in readers.items():
                joined = name._replace(key=market)
                feed = self.feed(joined)
                self.attach(outbox, feed)
                made = self.snapshot(joined)
                for frame in made.frames() if made else ():
                    if outbox.add(frame, feed.is_lossless):
                        touched.append(outbox)

    def _channels_for(self, kind: type[Event]) -> tuple[Channel, ...]:
        found = tuple(
            channel
            for channel in self.channels.values()
            if kind in channel.event_types or Event in channel.event_types
        )
        self._channels_by_type[kind] = found
        return found

    def _publish_message(self, message: FeedMessage, position: int, touched: list[Outbox]) -> None:
        feed = self.feeds.get(message.feed)
        if feed is None:
            return
        before = feed.seq
        frame = feed.delta(position, self.at_ns, message.body, message.crc)
        is_lossless = feed.is_lossless
        for outbox, held in feed.readers.items():
            if not is_lossless and (outbox.is_slow or held.missed):
                outbox.skip(feed.name, held, before)
            elif outbox.add(frame, is_lossless):
                touched.append(outbox)
        self.delivered += len(feed.readers)

    def _flush(self, touched: list[Outbox]) -> None:
        for outbox in touched:
            outbox.position_held = self.position
            outbox.flush()

    def _catch_up_reader(self, outbox: Outbox) -> None:
        for name, held in list(outbox.behind.items()):
            del outbox.behind[name]
            missed, held.missed = held.missed, 0
            made = self.snapshot(self._names[name])
            for frame in made.frames(missed=missed) if made else ():
                outbox.add(frame, is_lossless=False)
        outbox.flush()


def _no_gap(after: int, upto: int) -> None:
    raise AssertionError(f"positions {after + 1} to {upto} were never published")
