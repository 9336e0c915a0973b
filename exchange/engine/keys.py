"""Exactly once, in bounded memory: which command keys were used, and which must be looked up.

Memory holds the keys accepted since W. A key of the form UUIDv7 that says it is younger than W is
new if memory does not hold it; every other key is looked up in `commands` before its group is
decided (ARCHITECTURE 2). The unique index is the backstop.
"""

from collections.abc import Iterable
from typing import NamedTuple

from ledger.durations import SECOND_NS
from ledger.ids import PartyId
from ledger.journal.protocol import Journal

KEYS_MOST = 200_000
SLACK_NS = SECOND_NS  # how far a client's clock may be off

_UUID7_LENGTH = 36
_DASHES = slice(8, 24, 5)


class KnownCommand(NamedTuple):
    """An accepted command: what was asked, and where its batch lies."""

    op: str
    body_sha256: bytes
    first_position: int
    last_position: int


class UsedKeys:
    """The keys accepted by this engine since W (wall time)."""

    def __init__(self, since_ns: int) -> None:
        self._since_ns = since_ns
        self._known: dict[tuple[str, str], tuple[KnownCommand, int]] = {}  # with its wall time

    def get(self, party: PartyId, key: str) -> KnownCommand | None:
        found = self._known.get((party, key))
        return found[0] if found else None

    def must_query(self, party: PartyId, key: str, wall_ns: int) -> bool:
        """Whether only the journal can tell if this key was used."""
        if (party, key) in self._known:
            return False
        dated_ns = uuid7_ns(key)
        is_young = self._since_ns + SLACK_NS < dated_ns <= wall_ns + SLACK_NS
        return not is_young

    def add(self, party: PartyId, key: str, known: KnownCommand, wall_ns: int) -> None:
        """Remember an accepted command; the older half goes when there are too many."""
        self._known[party, key] = known, wall_ns
        if len(self._known) > KEYS_MOST:
            self._forget_half()

    def _forget_half(self) -> None:
        kept = list(self._known.items())
        dropped = kept[: len(kept) // 2]
        self._since_ns = max(self._since_ns, *(wall_ns for _, (_, wall_ns) in dropped))
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


def uuid7_ns(key: str) -> int:
    """The instant that a UUIDv7 bears, to the millisecond; 0 if the key is none."""
    if len(key) != _UUID7_LENGTH or key[14] != "7" or key[_DASHES] != "----":
        return 0
    try:
        return int(key[:8] + key[9:13], 16) * 1_000_000
    except ValueError:
        return 0
