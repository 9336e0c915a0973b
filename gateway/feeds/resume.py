"""Feed messages made again from the journal, for a reader that was away longer than the ring."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from gateway.feeds.channel import ItemChannel
from gateway.feeds.feed import message_frame
from ledger.events import Event
from ledger.journal.batches import StoredBatch, batches
from ledger.journal.codec import Codec
from ledger.journal.protocol import Journal

POSITIONS_PER_PAGE: Final = 1_000


class ResumedPage(NamedTuple):
    """What one page of the journal held for the feeds that are resumed."""

    frames: list[tuple[str, bytes]]  # feed and frame, in the order of the journal
    reached: int  # the position that it leads to
    seqs: dict[str, int]  # by feed: the last message up to there


class JournalResume:
    """Several feeds, from one position on: the journal is read once for all of them.

    It is read page by page, so that no reader needs it all in memory.
    """

    def __init__(
        self,
        journal: Journal,
        codec: Codec,
        channels: Sequence[tuple[Callable[[], ItemChannel], Sequence[str]]],
    ) -> None:
        """*channels*: for each channel how a fresh one is made, and its feeds."""
        self._journal = journal
        self._codec = codec
        self._channels = channels

    def step(self, after: int, upto: int, seqs: Mapping[str, int]) -> ResumedPage:
        """The page behind a position, for those feeds that *seqs* names: the last each holds.

        *after* ends a batch, and *upto* does, too. Blocks on the journal: call it in a thread.
        """
        channels = []
        for make, feeds in self._channels:
            channel = make()
            channel.feeds = {feed for feed in feeds if feed in seqs}
            if channel.feeds:
                channels.append(channel)
        held, frames, reached = dict(seqs), [], after
        for batch in self._page(after, upto):
            reached, at_ns = batch.last, batch.events[0].at_ns
            for row, event in zip(batch.rows, batch.events, strict=True):
                for channel in channels:
                    if isinstance(event, channel.event_types):
                        channel.apply(event, row, at_ns)
            for channel in channels:
                for feed, body, _ in channel.take_messages():
                    frame = message_frame(feed, "delta", reached, at_ns, body, prev=held[feed])
                    frames.append((feed, frame))
                    held[feed] = reached
        return ResumedPage(frames, reached, held)

    def _page(self, after: int, upto: int) -> list[StoredBatch[Event]]:
        """Whole batches of one page; of more, where a batch is longer than a page."""
        length = POSITIONS_PER_PAGE
        while True:
            last = min(upto, after + length)
            found = list(batches(self._journal.read(after, last), self._codec.decode))
            if last < upto:
                found = found[:-1]  # it may go on behind the page
            if found or last == upto:
                return found
            length *= 2
