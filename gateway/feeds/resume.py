"""Feed messages made again from the journal, for a reader that was away longer than the ring."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from exchange.engine.batch_writer import Batch
from gateway.feeds.channel import FeedName, ItemChannel
from gateway.feeds.feed import message_frame
from ledger.journal.codec import Codec
from ledger.journal.protocol import Journal, JournalRow

POSITIONS_PER_STEP: Final = 1_000

_CAUSE = re.compile(rb',"cause":([0-9]+)\}$')


def cause_of(row: JournalRow) -> int:
    """The position of the batch's first event: the last member of a row's state."""
    found = _CAUSE.search(row.state)
    return int(found[1]) if found else row.position


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
            reached = batch[-1].position
            at_ns = 0
            for row in batch:
                event = self._codec.decode(row)
                at_ns = event.at_ns
                if isinstance(event, channel.event_types):
                    channel.apply(event, row, at_ns)
            for message in channel.take_messages():
                frames.append(
                    message_frame(self._name.text, "delta", reached, at_ns, message.body, prev=prev)
                )
                prev = reached
        return frames, reached, prev

    def _batches(self, after: int, wanted: int, last: int) -> Iterator[list[JournalRow]]:
        """Whole batches: the last one begins at or before *wanted* and may end beyond it."""
        for batch in whole_batches(self._journal.read(after, last)):
            if batch[0].position > wanted:
                return
            yield batch


def whole_batches(rows: Iterable[JournalRow]) -> Iterator[list[JournalRow]]:
    """Rows by batch: a row that names no cause begins one."""
    batch: list[JournalRow] = []
    for row in rows:
        if batch and cause_of(row) == row.position:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def read_batches(journal: Journal, codec: Codec, after: int, upto: int) -> list[Batch]:
    """What the engine published between two positions, from the journal. Blocks."""
    found = []
    for rows in whole_batches(journal.read(after, upto)):
        events = [codec.decode(row) for row in rows]
        first, last = rows[0].position, rows[-1].position
        found.append(Batch(first, last, events[0].at_ns, events, rows, None))
    return found
