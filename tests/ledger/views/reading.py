"""A reader of views that hold what a journal was given."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from exchange.views.reader import Reader
from gateway.server.views_process import view_rules
from ledger.journal.postgres import PostgresJournal
from ledger.journal.protocol import CommandRow, JournalRow
from ledger.views.runner import Runner

Append = tuple[Sequence[JournalRow], Sequence[CommandRow]]


@asynccontextmanager
async def reader_of(dsn: str, appends: Iterable[Append]) -> AsyncIterator[Reader]:
    """Append all of it, fold the views to its end, read them."""
    journal = PostgresJournal(dsn)
    journal.take_fence()
    for rows, commands in appends:
        journal.append(rows, commands)
    journal.close()
    runner = Runner(dsn, view_rules())
    runner.open()
    runner.catch_up()
    runner.close()
    found = Reader(dsn)
    await found.open()
    yield found
    await found.close()
