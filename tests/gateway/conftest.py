"""A gateway of its own (`town.py`) for each test that asks."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gateway.town import Town, town_of


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with town_of(tmp_path) as opened:
        yield opened
