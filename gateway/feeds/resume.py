"""Feed messages made again from the journal, for a reader that was away longer than the ring."""

from collections.abc import Callable, Iterator
from typing import Final

from gateway.feeds.channel import FeedName, ItemChannel
from gateway.feeds.feed import message_frame
from ledger.events import Event
from ledger.journal.batches import StoredBatch, batches
from ledger.journal.codec import Codec
from ledger.journal.protocol import Journal

POSITIONS_PER_STEP: Final = 1_000


class FeedResume:
    """One feed, from a position on. Read it in steps, so that no reader needs it all in memory."""

    def __init__(
        self, journal: Journal, codec: Codec, name: FeedName, channel: Callable[[], ItemChannel]
    ) -> None:
        self._journal = journal
        self._codec = codec
        self._name = name
        self._channel = channel

    def step(self, after: int, upto: int, prev: int) -> tuple[list[bytes], int, int]:
        """The frames of the batches after a position, and the position and `seq` they lead to.

        *after* ends a batch, and *upto* does, too. Blocks on the journal: call it in a thread.
        """
        channel = self._channel()
        channel.feeds = {self._name.text}
        frames: list[bytes] = []
        reached = after
        for batch in self._batches(after, min(upto, after + POSITIONS_PER_STEP), upto):
            reached = batch.last
            at_ns = batch.events[0].at_ns
            for row, event in zip(batch.rows, batch.events, strict=True):
                if isinstance(event, channel.event_types):
                    channel.apply(event, row, at_ns)
            for message in channel.take_messages():
                frames.append(
                    message_frame(self._name.text, "delta", reached, at_ns, message.body, prev=prev)
                )
                prev = reached
        return frames, reached, prev

    def _batches(self, after: int, wanted: int, last: int) -> Iterator[StoredBatch[Event]]:
        """Whole batches: the last one begins at or before *wanted* and may end beyond it."""
        for batch in batches(self._journal.read(after, last), self._codec.decode):
            if batch.first > wanted:
                return
            yield batch
