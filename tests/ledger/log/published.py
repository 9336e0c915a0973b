"""A published log to look at and to spoil: a journal in memory, a notary, and a folder."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.notary.log_folder import VERIFIERS, LogFolder
from gateway.notary.notary import Notary, Published
from gateway.notary.opened_notary import opened_notary
from ledger.journal.protocol import JournalRow
from ledger.log.log_check import LogReport, check_log, read_entries, read_tile
from ledger.log.note import NOTE_BYTES_MOST
from ledger.log.receipt import Receipt
from ledger.log.tile_tree import TileTree
from ledger.log.tiles import HEAD
from ledger.log.tree_head import VerifiedHead, verified_head
from ledger.log.verifier import LogVerifiers, read_verifiers

NOW_S = 1_796_090_400
VENUE = "cn-1-0badcafe"


class Rows:
    """A journal of so many events, each of its own bytes; `changed` ones are of others."""

    def __init__(self, size: int, changed: int = 0) -> None:
        self.size = size
        self.changed = changed

    def head(self) -> int:
        return self.size

    def read(self, after: int = 0, upto: int | None = None) -> Iterator[JournalRow]:
        last = self.size if upto is None else min(upto, self.size)
        return (self.row(position) for position in range(after + 1, last + 1))

    def row(self, position: int) -> JournalRow:
        if position == 1:
            return JournalRow(1, f"venue:{VENUE}", 1, "venue_opened", b'{"venue":"%b"}' % (
                VENUE.encode(),
            ))  # fmt: skip
        number = position + (10**9 if position == self.changed else 0)
        state = b'{"order":"o-%06d","lots":%d,"at_ns":1796090400000000001}' % (position, number)
        return JournalRow(position, f"order:o-{position:06}", 1, "order_accepted", state)


class Log:
    """One log: its own folder of keys, and the folder that it is published in."""

    def __init__(self, folder: Path) -> None:
        self.own = folder / "notary"
        self.out = folder / "log"
        self.words: list[str] = []

    @contextmanager
    def notary(self, journal: Rows) -> Iterator[Notary]:
        with opened_notary(journal, self.own, self.out, self.words.append) as notary:
            yield notary

    def publish(self, journal: Rows, now_s: int = NOW_S) -> Published:
        with self.notary(journal) as notary:
            return notary.publish(now_s)

    def elsewhere(self) -> "Log":
        """The same log's keys, and a folder in which nothing is yet."""
        other = Log(self.out.parent / "elsewhere")
        other.own = self.own
        return other

    @property
    def source(self) -> LogFolder:
        return LogFolder(self.out)

    @property
    def verifiers(self) -> LogVerifiers:
        return read_verifiers((self.out / VERIFIERS).read_bytes())

    def head(self) -> VerifiedHead:
        return verified_head(self.source.read(HEAD, NOTE_BYTES_MOST), self.verifiers)

    def check(self, kept: dict[int, bytes] | None = None) -> LogReport:
        return check_log(self.source, self.head().head, kept or {})

    def receipt(self, position: int) -> Receipt:
        head = self.head()
        size = head.head.size
        tree = TileTree(size, lambda tile: read_tile(self.source, tile))
        number, offset = divmod(position - 1, 256)
        entry = read_entries(self.source, number, size)[offset]
        return Receipt(entry, position - 1, tuple(tree.inclusion_proof(position - 1)), head.note)

    def files(self) -> dict[str, bytes]:
        """Every file of the log, but the heads: those bear the time of their signature."""
        return {
            path.relative_to(self.out).as_posix(): path.read_bytes()
            for path in sorted(self.out.rglob("*"))
            if path.is_file() and path.name != HEAD and "heads" not in path.parts
        }

    def remove(self) -> None:
        shutil.rmtree(self.out)


def flipped(raw: bytes, at: int) -> bytes:
    """The same bytes with one bit turned."""
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
