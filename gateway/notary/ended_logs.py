"""Logs that ended: each keeps its files, under `old/N`, and its last head beside the keys.

Every step can be done again: a notary that died between any two goes on where it was. While the
files of a log are on their way, and not all there, they stand in a folder that no reader asks for.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from gateway.notary.log_folder import (
    HEADS,
    UNFINISHED,
    VERIFIERS,
    LogFolder,
    be_on_disk,
    move_into,
    write_safely,
)
from gateway.notary.signers import LAST_HEAD
from ledger.log.log_check import LogFault, read_tile
from ledger.log.older_logs import ACCEPTANCE, OLD, OLDER_MOST, older_path
from ledger.log.tile_tree import TileTree
from ledger.log.tiles import HEAD, head_path
from ledger.log.tree_head import TreeHead, VerifiedHead
from ledger.log.verifier import LogVerifiers

# The first goes first: a place without its newest head has no log to judge, and says so.
PARTS: Final = (HEAD, HEADS, "tile", VERIFIERS)


class EndedLogs:
    """The ended logs of one notary, in the place where it publishes now."""

    def __init__(self, own: Path, out: LogFolder, read: Callable[[Path], VerifiedHead]) -> None:
        """*read*: a head's file, believed by the log's keys."""
        self._own = own
        self._out = out
        self._read = read

    def number_of(self, origin: str) -> int | None:
        """Its number among the logs that ended, from 1; None: no log of that name has."""
        for number in range(1, OLDER_MOST + 1):
            path = self._last_head(number)
            if not path.exists():
                return None
            if self._read(path).head.origin == origin:
                return number
        return None

    def end(self, last: VerifiedHead, verifiers: LogVerifiers) -> int:
        """Let a log end at its last head; which number it has. Raises OSError.

        *verifiers*: that log's own.
        """
        number = self.number_of(last.head.origin) or self._next_number()
        path = self._last_head(number)
        if not path.exists() or path.read_bytes() != last.note:
            write_safely(path, last.note)
        self.put_aside(number, last, verifiers)
        return number

    def put_aside(self, number: int, last: VerifiedHead, verifiers: LogVerifiers) -> None:
        """Have the log's files under its number, whatever of them is in the place of a log."""
        place = self._out.folder / older_path(number)
        on_the_way = place.with_name(f"{number}{UNFINISHED}")
        shown = self._out.folder / HEAD
        is_in_place = shown.exists() and self._read(shown).head.origin == last.head.origin
        if not on_the_way.exists() and not is_in_place and (place / HEAD).exists():
            return
        on_the_way.mkdir(parents=True, exist_ok=True)
        for part in PARTS:
            move_into(self._out.folder / part, on_the_way / part)
        log = LogFolder(on_the_way)
        if not (on_the_way / HEAD).exists() or _has(log, last.head):
            log.write(head_path(last.head.size), last.note)
            log.write(HEAD, last.note)
        log.write(VERIFIERS, verifiers.text.encode())
        log.settle()
        move_into(on_the_way, place)
        for folder in (place, place.parent, self._out.folder):
            be_on_disk(folder)

    def lacks_acceptance(self, number: int) -> bool:
        """Whether an ended log is here, and the receipt of what ended it is not."""
        place = self._out.folder / older_path(number)
        return place.is_dir() and not (place / ACCEPTANCE).exists()

    def write_acceptance(self, number: int, receipt: bytes) -> None:
        """Raises OSError."""
        self._out.write(f"{older_path(number)}/{ACCEPTANCE}", receipt)
        self._out.settle()

    def newest(self) -> int:
        """The number of the log that ended last; 0: none has."""
        return self._next_number() - 1

    def _next_number(self) -> int:
        number = 1
        while self._last_head(number).exists() or (self._out.folder / OLD / str(number)).exists():
            number += 1
        return number

    def _last_head(self, number: int) -> Path:
        return self._own / f"{LAST_HEAD}.{number}"


def _has(source: LogFolder, head: TreeHead) -> bool:
    """Whether the tiles there come to that head, as far as they must be read for it."""
    try:
        return TileTree(head.size, lambda tile: read_tile(source, tile)).root() == head.root
    except LogFault:
        return False
