"""Gateways whose lists are read from views: a town's, and a whole house's on PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.server.server import VenueServer, open_server
from gateway.settings import Settings
from gpubourse.key_files import KeyFile
from ledger.journal.postgres import PostgresJournal
from ledger.journal.protocol import JournalRow
from tests.exchange.ground import Floor
from tests.gateway.town import Town, TownClock, enrol, town_of
from tests.ledger.views.flow import two_of_each, whole_flow_and_more
from tests.ledger.views.reading import reader_of
from tests.waiting import PATIENCE_S


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


@pytest.fixture
async def opened(
    tmp_path: Path, postgres_dsn: str
) -> AsyncIterator[tuple[VenueServer, dict[str, KeyFile]]]:
    """A house whose journal already tells of two owners, two buyers and a traded lease."""
    floor = Floor(enrols=False)
    keys = enrol(floor)
    seller, trader = floor.owners[0], floor.buyers[0]
    floor.ask(seller, 2, 1302)
    floor.bid(trader, 1, 1302)
    floor.bid(trader, 3, 1000)
    journal = PostgresJournal(postgres_dsn)
    journal.take_fence()
    for batch in floor.batches:
        journal.append(batch.rows, [batch.command] if batch.command else [])
    journal.close()
    settings = Settings(
        data_folder=tmp_path, database_url=postgres_dsn, kind="demo", port=0, metrics_port=0
    )
    server = await open_server(settings, clock=TownClock(floor.writer.at_ns))
    reader = server.parts.reader
    assert reader is not None
    try:
        # Who asks sooner hears "not yet".
        assert await reader.wait_for(floor.writer.position, timeout_s=PATIENCE_S)
        yield server, keys
    finally:
        await server.close()
