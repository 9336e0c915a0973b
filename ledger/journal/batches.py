"""The journal's rows cut into batches, in one place: an event that names no cause begins one.

A batch is what one command did, or one act of the engine; it is stored whole or not at all.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

from ledger.events import Event
from ledger.journal.codec import Codec
from ledger.journal.protocol import Journal, JournalRow

Decoded = TypeVar("Decoded", bound=Event | None)


class StoredBatch(NamedTuple, Generic[Decoded]):
    """The rows of one batch, and beside each its event (None: it could not be read)."""

    rows: list[JournalRow]
    events: list[Decoded]

    @property
    def first(self) -> int:
        """The position of its first event: the others name it as their cause."""
        return self.rows[0].position

    @property
    def last(self) -> int:
        return self.rows[-1].position


def batches(
    rows: Iterable[JournalRow], decode: Callable[[JournalRow], Decoded]
) -> Iterator[StoredBatch[Decoded]]:
    """Rows by batch, each as soon as the next one begins; a row without an event begins none."""
    batch: StoredBatch[Decoded] = StoredBatch([], [])
    for row in rows:
        event = decode(row)
        if event is not None and not event.cause and batch.rows:
            yield batch
            batch = StoredBatch([], [])
        batch.rows.append(row)
        batch.events.append(event)
    if batch.rows:
        yield batch


def first_position(event: Event, position: int) -> int:
    """Where the batch of an event at *position* begins."""
    return event.cause or position


def last_position_by(journal: Journal, codec: Codec, at_ns: int, head: int) -> int:
    """The last position up to *head* of an instant or before it; 0: the venue opened later.

    All of a batch has one instant, and none goes back: it is the end of a batch.
    """
    low, high = 0, head  # the answer lies in [low, high]
    while low < high:
        middle = (low + high + 1) // 2
        row = next(iter(journal.read(middle - 1, middle)))
        if codec.decode(row).at_ns <= at_ns:
            low = middle
        else:
            high = middle - 1
    return low
