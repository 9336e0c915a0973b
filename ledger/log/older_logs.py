"""The older logs that a log continues: where they lie in it, and how far two trees are one.

Each stands whole under `old/N`, as it stood in the log's place while it grew, and beside its files
the receipt of the event that accepted its loss, under a head of the log that continues it.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from ledger.log.log_check import LogSource, NotPublished, read_tile
from ledger.log.merkle import HASH_BYTES
from ledger.log.note import NOTE_BYTES_MOST
from ledger.log.tiles import HEAD, LEVELS_MOST, TILE_WIDTH, tile_at

OLD: Final = "old"
ACCEPTANCE: Final = "acceptance"  # the receipt, beside an older log's files
OLDER_MOST: Final = 999  # logs that one journal lost; one more is not looked for


class OlderLog(NamedTuple):
    """An older log as it is given out; nothing of it is believed yet."""

    number: int  # 1: the journal's first log
    source: LogSource
    note: bytes  # its last head


class _Part:
    """A log that lies in a folder of another one's."""

    def __init__(self, whole: LogSource, prefix: str) -> None:
        self._whole = whole
        self._prefix = prefix

    def read(self, path: str, most: int) -> bytes:
        return self._whole.read(f"{self._prefix}/{path}", most)


def older_path(number: int) -> str:
    """Where the log lies that was the how manieth of its journal."""
    return f"{OLD}/{number}"


def older_logs(source: LogSource) -> Iterator[OlderLog]:
    """The logs that a log's place holds besides, the first one first. Raises LogFault."""
    for number in range(1, OLDER_MOST + 1):
        part = _Part(source, older_path(number))
        try:
            note = part.read(HEAD, NOTE_BYTES_MOST)
        except NotPublished:
            return
        yield OlderLog(number, part, note)


def common_size(one: LogSource, one_size: int, other: LogSource, other_size: int) -> int:
    """How many entries, from the first one, two logs have in common, by their tiles.

    Raises LogFault.
    """
    first = 0  # the first hash of the level above that is not the same, or not whole, in both
    for level in reversed(range(LEVELS_MOST)):
        begin = first * TILE_WIDTH
        end = min(begin + TILE_WIDTH, min(one_size, other_size) >> (8 * level))
        if begin >= end:
            first = begin
            continue
        mine = read_tile(one, tile_at(level, first, one_size))
        theirs = read_tile(other, tile_at(level, first, other_size))
        first = begin + _equal_hashes(mine, theirs, end - begin)
    return first


def _equal_hashes(mine: bytes, theirs: bytes, most: int) -> int:
    for at in range(most):
        if mine[at * HASH_BYTES :][:HASH_BYTES] != theirs[at * HASH_BYTES :][:HASH_BYTES]:
            return at
    return most
