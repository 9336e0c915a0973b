"""Exactly once, in bounded memory: which command keys this engine accepted last (ARCHITECTURE 2).

A key that memory does not hold is looked up in `commands` before its group is decided, whatever
it says of its own age: a key is its caller's own words. The unique index is the backstop.
"""

from collections.abc import Iterable
from typing import NamedTuple

from ledger.ids import PartyId
from ledger.journal.protocol import Journal

KEYS_MOST = 200_000


class KnownCommand(NamedTuple):
    """An accepted command: what was asked, and where its batch lies."""

    op: str
    body_sha256: bytes
    first_position: int
    last_position: int


class UsedKeys:
    """The keys that this engine accepted last; of any other only the journal can tell."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], KnownCommand] = {}  # the oldest first

    def get(self, party: PartyId, key: str) -> KnownCommand | None:
        return self._known.get((party, key))

    def add(self, party: PartyId, key: str, known: KnownCommand) -> None:
        """Remember an accepted command; the older half goes when there are too many."""
        self._known[party, key] = known
        if len(self._known) > KEYS_MOST:
            kept = list(self._known.items())
            self._known = dict(kept[len(kept) // 2 :])


def used_keys(
    journal: Journal, keys: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], KnownCommand]:
    """Those of the (party, key) pairs under which something was ever accepted: one query."""
    return {
        (row.party, row.key): KnownCommand(
            row.op, row.body_sha256, row.first_position, row.last_position
        )
        for row in journal.commands(keys)
    }
