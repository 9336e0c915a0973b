"""A file of our own for what an audit must know and memory should not hold; it goes when closed."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ledger.journal.protocol import JournalUnavailable

_SETTINGS: Final = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
"""


def private_file(schema: str, cache_kib: int) -> sqlite3.Connection:
    """A new one, with these tables, and so much of it in memory. Nobody else can open it."""
    file = sqlite3.connect("", isolation_level=None)
    file.execute(f"PRAGMA cache_size = -{cache_kib}")
    file.executescript(_SETTINGS + schema)
    return file


@contextmanager
def on_disk() -> Iterator[None]:
    """Whatever such a file cannot take. Raises JournalUnavailable, which says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise JournalUnavailable(
            f"what an audit must note does not fit into a file of this machine ({error}): free"
            " some space, or name a folder that has some in SQLITE_TMPDIR"
        ) from error
