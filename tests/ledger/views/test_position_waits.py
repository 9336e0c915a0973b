"""Who waits for a position is woken once, when it is reached."""

import asyncio

import pytest

from ledger.views.position_waits import PositionWaits
from tests.waiting import PATIENCE_S, until


async def test_those_who_waited_for_that_are_woken_and_no_others() -> None:
    waits = PositionWaits()
    tasks = {n: asyncio.create_task(waits.one(n, PATIENCE_S)) for n in (3, 5, 5_000)}
    await until(lambda: len(waits) == 3)
    for position, left in ((2, 3), (4, 2), (5, 1), (4_999, 1), (5_000, 0)):
        waits.reached(position)
        await until(lambda left=left: len(waits) == left)  # type: ignore[misc]
    assert [await task for task in tasks.values()] == [True] * 3


async def test_who_waits_in_vain_is_forgotten() -> None:
    waits = PositionWaits()
    assert not await waits.one(7, 0.0)
    assert len(waits) == 0
    waits.reached(7)
    later = asyncio.create_task(waits.one(8, PATIENCE_S))
    await until(lambda: len(waits) == 1)
    waits.reached(8)
    assert await later


async def test_a_failure_reaches_everybody_who_waits() -> None:
    waits = PositionWaits()
    tasks = [asyncio.create_task(waits.one(n, PATIENCE_S)) for n in (1, 2)]
    await until(lambda: len(waits) == 2)
    waits.failed(ValueError("away"))
    for task in tasks:
        with pytest.raises(ValueError, match="away"):
            await task
