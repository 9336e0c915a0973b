"""A database server and a house on it, for whoever asks."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gateway.server.server import VenueServer, open_server
from ledger.embedded.embedded_server import EmbeddedPostgres
from tests.simulation.houses import settings


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """A database server of this test's own, which no house keeps."""
    embedded = EmbeddedPostgres(tmp_path / "database")
    embedded.start()
    yield embedded
    embedded.erase()


@pytest.fixture
async def house(tmp_path: Path, server: EmbeddedPostgres) -> AsyncIterator[VenueServer]:
    """A house on that server."""
    opened = await open_server(settings(tmp_path, server.dsn))
    yield opened
    await opened.close()
