"""Faults of a journal: an append lost, its answer lost, a database away; drawn from one seed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from random import Random

from ledger.journal.memory import MemoryJournal, MemoryStore
from ledger.journal.protocol import CommandRow, Commit, Head, JournalRow, JournalUnavailable


class Dice(Random):
    """Draws of one seed."""

    def happens(self, percent: int) -> bool:
        return self.randrange(100) < percent

    def seconds(self, most: float) -> float:
        return self.randrange(1, 1_000) * most / 1_000


class StormyJournal(MemoryJournal):
    """A journal whose next appends may be torn, and whose database may be away for a while."""

    def __init__(self, store: MemoryStore, now_s: Callable[[], float]) -> None:
        super().__init__(store)
        self._now_s = now_s
        self.lost = 0  # so many next appends fail, and are not stored
        self.unheard = 0  # so many next appends are stored, and fail then
        self.back_s = 0.0  # the database is away until then
        self.consistent_reads = 0  # so often somebody met a database that was away

    def take_fence(self) -> Head:
        self._must_be_there()
        return super().take_fence()

    def append(self, rows: Sequence[JournalRow], commands: Sequence[CommandRow] = ()) -> Commit:
        self._must_be_there()
        if self.lost:
            self.lost -= 1
            self._epoch = None  # as the real one: this writer is done
            raise JournalUnavailable("the append was lost")
        commit = super().append(rows, commands)
        if self.unheard:
            self.unheard -= 1
            self._epoch = None
            raise JournalUnavailable("the append was stored, and the word of it was lost")
        return commit

    def read(self, after: int = 0, upto: int | None = None) -> Iterator[JournalRow]:
        self._must_be_there()
        return super().read(after, upto)

    def commands(self, keys: Iterable[tuple[str, str]]) -> list[CommandRow]:
        self._must_be_there()
        return super().commands(keys)

    def _must_be_there(self) -> None:
        if self._now_s() < self.back_s:
            self.consistent_reads += 1
            raise JournalUnavailable("the database is away")
