"""A long reading of the journal, and how far it has come."""

from collections.abc import Callable, Iterator

from ledger.journal.protocol import Journal, JournalRow

PROGRESS_EVERY = 10_000  # positions

Progress = Callable[[int, int], None]  # position reached, last position


def no_progress(position: int, last: int) -> None:
    """Nobody watches."""


def rows_upto(
    journal: Journal, last: int, progress: Progress = no_progress
) -> Iterator[JournalRow]:
    """Every row up to *last*; *progress* is called now and then, and at the end."""
    for row in journal.read(upto=last):
        yield row
        if row.position % PROGRESS_EVERY == 0:
            progress(row.position, last)
    progress(last, last)
