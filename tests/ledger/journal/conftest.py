"""Journals to open: the one in memory and the store of record, for what both must keep."""

from collections.abc import Callable, Iterator

import pytest

from ledger.journal.memory import MemoryJournal, MemoryStore
from ledger.journal.postgres import PostgresJournal
from ledger.journal.protocol import Journal

Open = Callable[[], Journal]


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
def open_journal(request: pytest.FixtureRequest) -> Iterator[Open]:
    """Each call opens one more journal on the same store."""
    opened: list[Journal] = []
    store = MemoryStore()

    def open_one() -> Journal:
        if request.param == "memory":
            opened.append(MemoryJournal(store))
        else:
            dsn = request.getfixturevalue("postgres_dsn")
            opened.append(PostgresJournal(dsn, courtesy=False))
        return opened[-1]

    yield open_one
    for journal in opened:
        journal.close()
