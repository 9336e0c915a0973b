"""The older logs that a log continues: where they lie in it, and how far two trees are one.

Each stands whole under `old/N`, as it stood in the log's place while it grew, and beside its files
the receipt of the event that accepted its loss, under a head of the log that continues it.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from ledger.log.head_succession import must_follow
from ledger.log.log_check import LogFault, LogSource, NotPublished, read_tile
from ledger.log.merkle import HASH_BYTES
from ledger.log.note import NOTE_BYTES_MOST, BadNote
from ledger.log.origin import AcceptedLoss, accepted_loss, is_later
from ledger.log.receipt import RECEIPT_BYTES_MOST, BadReceipt, proven, read_receipt
from ledger.log.tiles import HEAD, LEVELS_MOST, TILE_WIDTH, tile_at
from ledger.log.tree_head import TreeHead, VerifiedHead, verified_head
from ledger.log.verifier import LogVerifiers

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


class ContinuedLog(NamedTuple):
    """A log that another one continues, and the event that joins the two."""

    number: int
    source: LogSource
    head: VerifiedHead  # its last
    loss: AcceptedLoss
    common_size: int  # entries, from the first one, that the log behind it has, too


def continued_logs(
    source: LogSource, head: TreeHead, verifiers: LogVerifiers
) -> list[ContinuedLog]:
    """The logs that one of that *head* continues, the newest first, as they lie beside it.

    Each is joined to the next by the receipt of an event that accepts its very head, and of which
    that one's name is made; the receipt's tree is one with that log's. Entries are not read.

    Raises LogFault.
    """
    found: list[ContinuedLog] = []
    if not is_later(head.origin):
        return found
    behind, behind_source = head, source
    for older in sorted(older_logs(source), reverse=True, key=lambda each: each.number):
        try:
            last = verified_head(older.note, verifiers)
            receipt = read_receipt(older.source.read(ACCEPTANCE, RECEIPT_BYTES_MOST))
            joined = proven(receipt, verifiers)
        except (BadNote, BadReceipt) as error:
            raise LogFault(f"{older_path(older.number)} cannot be believed: {error}") from None
        loss = accepted_loss(joined.entry.row)
        if loss is None or (loss.origin, loss.head) != (behind.origin, last.head):
            raise LogFault(
                f"{older_path(older.number)} ends as {last.head.origin} with {last.head.size:,} "
                f"entries, and no event joins that to {behind.origin}"
            )
        if joined.head.head.origin != behind.origin:
            raise LogFault(f"what ended {last.head.origin} is proven to another log than {behind}")
        must_follow(behind_source, joined.head.head, behind)
        common = common_size(older.source, last.head.size, behind_source, behind.size)
        found.append(ContinuedLog(older.number, older.source, last, loss, common))
        behind, behind_source = last.head, older.source
    return found


def logs_between(
    source: LogSource, kept: TreeHead, newest: TreeHead, verifiers: LogVerifiers
) -> list[ContinuedLog]:
    """The logs from a head that was kept of an older log to the newest head, the newest first.

    The kept head is one of the last of them. Raises LogFault where nothing joins the two.
    """
    found: list[ContinuedLog] = []
    for each in continued_logs(source, newest, verifiers):
        found.append(each)
        if each.head.head.origin == kept.origin:
            must_follow(each.source, kept, each.head.head)
            return found
    raise LogFault(
        f"it is {newest.origin} now, and a head of {kept.origin} was kept: no accepted loss joins "
        "the two"
    )


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
