"""A journal of the memory in a real database, in a few commits."""

from collections.abc import Iterator
from contextlib import contextmanager

from ledger.journal.memory import MemoryJournal
from ledger.journal.postgres import PostgresJournal
from tests.conftest import database_of

COMMITS = 8


@contextmanager
def stored(server: str, journal: MemoryJournal) -> Iterator[str]:
    """The address of a database of its own that holds these rows, commands and reports."""
    store = journal.store
    step = len(store.commits) // COMMITS + 1
    with database_of(server) as dsn:
        written = PostgresJournal(dsn)
        written.take_fence()
        for raw in store.reports.values():
            written.keep(raw)
        first = 1
        for number in range(0, len(store.commits), step):
            last = store.commits[min(number + step, len(store.commits)) - 1].last_position
            commands = [each for each in store.commands if first <= each.first_position <= last]
            written.append(store.rows[first - 1 : last], commands)
            first = last + 1
        written.close()
        yield dsn
