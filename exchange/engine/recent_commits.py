"""The newest commits of one engine, in memory: which (position, chain) is this history's (pure)."""

from bisect import bisect_right
from typing import Final

from ledger.journal.protocol import Commit

COMMITS_KEPT: Final = 20_000  # older ones are asked of the journal


class HistoryLost(Exception):
    """The journal no longer holds what it confirmed: this engine must end, not go on from it."""


class RecentCommits:
    """The last commits on record, in order. `last` is where the journal ends."""

    def __init__(self) -> None:
        self.last = Commit.none()
        self._kept: list[Commit] = []

    def begin(self, last: Commit) -> None:
        """The journal was opened, or opened again, and ends with this one."""
        if last.last_position > self.last.last_position:
            self.add(last)

    def add(self, commit: Commit) -> None:
        """One more is on record."""
        self.last = commit
        self._kept.append(commit)
        if len(self._kept) >= 2 * COMMITS_KEPT:
            del self._kept[:COMMITS_KEPT]

    def upto(self, position: int) -> Commit | None:
        """The last commit that ends at or before a position; None if it is not kept here."""
        found = bisect_right(self._kept, position, key=lambda commit: commit.last_position)
        return self._kept[found - 1] if found else None

    def must_stand(self, found: Commit | None) -> None:
        """Raises HistoryLost unless the journal holds, at the place of `last`, that commit."""
        last = self.last
        if not last.last_position or (found is not None and found == last):
            return
        raise HistoryLost(
            f"The journal no longer holds what it confirmed at position {last.last_position:,}: a"
            " backup was restored, or its end was cut. Start the venue anew if that was meant."
        )
