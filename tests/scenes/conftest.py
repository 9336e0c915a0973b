"""A stage for each scene: a house with a journal of its own, at 2024-11-15 00:00 in Beijing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.cli.lines import own_home
from tests.scenes.stage import Stage, staged

__all__ = ["own_home"]


@pytest.fixture
def stage(tmp_path: Path, postgres_dsn: str) -> Iterator[Stage]:
    with staged(tmp_path, postgres_dsn) as opened:
        yield opened
