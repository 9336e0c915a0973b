"""A town whose lists are read from views that hold a row at least of every list."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from exchange.views.reader import Reader
from gateway.server.views_process import view_rules
from ledger.journal.postgres import PostgresJournal
from ledger.views.runner import Runner
from tests.gateway.town import Town, town_of
from tests.ledger.views.flow import whole_flow_and_more


@pytest.fixture
async def viewed(tmp_path: Path, postgres_dsn: str) -> AsyncIterator[Town]:
    """A gateway whose reader's views hold the whole flow, and more."""
    journal = PostgresJournal(postgres_dsn)
    journal.take_fence()
    journal.append(whole_flow_and_more())
    journal.close()
    runner = Runner(postgres_dsn, view_rules())
    runner.open()
    runner.catch_up()
    runner.close()
    reader = Reader(postgres_dsn)
    await reader.open()
    async with town_of(tmp_path, reader=reader) as opened:
        yield opened
    await reader.close()
