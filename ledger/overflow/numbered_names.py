"""A whole number for each of many names: those used last in memory, the others in a file."""

import sqlite3
from itertools import islice
from typing import Final

from ledger.overflow.private_file import on_disk, private_file

NAMES_HELD: Final = 50_000  # in memory, at most; the older half of them goes into the file
CACHE_KIB: Final = 4_096  # of the file: names come in order, so what is looked for lies together

_SCHEMA = "CREATE TABLE numbers (name TEXT PRIMARY KEY, number INTEGER) WITHOUT ROWID;"


class NumberedNames:
    """Names and their numbers, from 1 on. Raises JournalUnavailable if the disk is full."""

    def __init__(self, held: int = NAMES_HELD) -> None:
        self.count = 0  # of all names
        self._most = held
        self._held: dict[str, int] = {}  # those used last stand last
        self._file: sqlite3.Connection | None = None

    @property
    def held(self) -> int:
        """How many names are in memory."""
        return len(self._held)

    def replaced(self, name: str, number: int) -> int:
        """Give a name another number; returns the one that it had, 0 if it had none."""
        before = self._held.pop(name, 0) or self._stored(name)
        self._held[name] = number
        if not before:
            self.count += 1
        if len(self._held) > self._most:
            self._write_down()
        return before

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _stored(self, name: str) -> int:
        if self._file is None:
            return 0
        with on_disk():
            found = self._file.execute("SELECT number FROM numbers WHERE name = ?", [name])
            row = found.fetchone()
        return int(row[0]) if row else 0

    def _write_down(self) -> None:
        older = list(islice(self._held.items(), self._most // 2))
        with on_disk():
            if self._file is None:
                self._file = private_file(_SCHEMA, CACHE_KIB)
            self._file.execute("BEGIN")
            self._file.executemany("INSERT OR REPLACE INTO numbers VALUES (?, ?)", older)
            self._file.execute("COMMIT")
        for name, _ in older:
            del self._held[name]
