"""The losses that people accepted, by the journal: it is read once, and then on from there."""

from collections.abc import Iterator
from typing import Protocol

from ledger.journal.protocol import JournalRow
from ledger.log.origin import AcceptedLoss, accepted_loss
from ledger.log.tree_head import TreeHead


class StoredRows(Protocol):
    """What a notary reads of a journal."""

    def head(self) -> int: ...

    def read(self, after: int = 0, upto: int | None = None) -> Iterator[JournalRow]: ...


class AcceptedLosses:
    """Those of one journal, the newest first. A journal that was put back is read anew."""

    def __init__(self, journal: StoredRows) -> None:
        self._journal = journal
        self._read = 0  # positions
        self._found: list[AcceptedLoss] = []

    def all(self) -> list[AcceptedLoss]:
        """Raises JournalUnavailable."""
        head = self._journal.head()
        if head < self._read:
            self._read, self._found = 0, []
        for row in self._journal.read(self._read, head):
            if (loss := accepted_loss(row)) is not None:
                self._found.insert(0, loss)
        self._read = head
        return self._found

    def of(self, head: TreeHead) -> AcceptedLoss | None:
        """The newest that names this very head: origin, size and root."""
        return next((each for each in self.all() if each.head == head), None)

    def of_another_head(self, head: TreeHead) -> AcceptedLoss | None:
        """The newest that names another head of the same log."""
        same = (each for each in self.all() if each.head.origin == head.origin)
        return next((each for each in same if each.head != head), None)

    def behind(self, origin: str) -> AcceptedLoss | None:
        """The one by which the log of that name began."""
        return next((each for each in self.all() if each.origin == origin), None)
