"""A town whose lists are read from views that hold a row at least of every list."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ledger.journal.protocol import JournalRow
from tests.gateway.town import Town, town_of
from tests.ledger.views.flow import two_of_each, whole_flow_and_more
from tests.ledger.views.reading import reader_of


@asynccontextmanager
async def _viewed(folder: Path, dsn: str, rows: list[JournalRow]) -> AsyncIterator[Town]:
    async with reader_of(dsn, [(rows, ())]) as reader, town_of(folder, reader=reader) as opened:
        yield opened


@pytest.fixture
async def viewed(tmp_path: Path, postgres_dsn: str) -> AsyncIterator[Town]:
    """A gateway whose reader's views hold the whole flow, and more."""
    async with _viewed(tmp_path, postgres_dsn, whole_flow_and_more()) as town:
        yield town


@pytest.fixture
async def viewed_twice(tmp_path: Path, postgres_dsn: str) -> AsyncIterator[Town]:
    """The same with two rows at least of each list."""
    async with _viewed(tmp_path, postgres_dsn, two_of_each()) as town:
        yield town
