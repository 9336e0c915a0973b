"""A gateway of its own (`town.py`) for each test that asks."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.gateway.library_log import nothing_logged
from tests.gateway.town import Town, town_of


@pytest.fixture(autouse=True)
def _nothing_logged() -> Iterator[None]:
    with nothing_logged():
        yield


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with town_of(tmp_path) as opened:
        yield opened
