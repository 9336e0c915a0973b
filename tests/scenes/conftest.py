"""A stage for each scene: a house with a journal of its own, at 2024-11-15 00:00 in Beijing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import database_of
from tests.gateway.cli.lines import own_home
from tests.scenes.stage import Stage, staged

__all__ = ["own_home"]


@pytest.fixture
def stage(tmp_path: Path, postgres_dsn: str) -> Iterator[Stage]:
    with staged(tmp_path, postgres_dsn) as opened:
        yield opened


@pytest.fixture(scope="module")
def module_dsn(postgres_server: str) -> Iterator[str]:
    """A fresh database with the journal's schema, for all scenes of one file."""
    with database_of(postgres_server) as dsn:
        yield dsn
