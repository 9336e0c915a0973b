"""A database server and a house on it, for whoever asks."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gateway.server.server import VenueServer, open_server
from ledger.embedded.server import EmbeddedPostgres
from tests.simulation.houses import settings


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """A database server of this test's own, which no house keeps."""
    embedded = EmbeddedPostgres(tmp_path / "database")
    embedded.start()
    yield embedded
    embedded.erase()


@pytest.fixture
async def house(
    tmp_path: Path, server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[VenueServer]:
    """A house on that server; a client asks but once, so that a test hears what was said."""
    monkeypatch.setattr("gpubourse.client.TRIES", 1)
    opened = await open_server(settings(tmp_path, server.dsn))
    yield opened
    await opened.close()
