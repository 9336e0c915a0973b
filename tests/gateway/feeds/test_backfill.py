"""The past of a market view is filled once; what failed is tried again, also if nobody waits."""

import asyncio
from collections import deque
from types import SimpleNamespace
from typing import Any

import pytest

from exchange.engine.batch_writer import codec_for
from gateway.feeds.backfill import Backfill
from gateway.turns.work_pools import WorkPools
from ledger.journal.protocol import JournalUnavailable
from ledger.views.lists.pages import Paging
from tests.waiting import until


class AwayReader:
    """A database that is away."""

    def __init__(self) -> None:
        self.asked = 0
        self.goes = asyncio.Event()

    async def wait_for(self, _: int) -> bool:
        self.asked += 1
        await self.goes.wait()
        raise JournalUnavailable("the database is away")


async def test_a_fill_that_fails_when_its_reader_has_left_is_tried_again() -> None:
    """And leaves no error behind that nobody asked after: the loop would log it."""
    reader, pools = AwayReader(), WorkPools()
    backfill = Backfill(None, codec_for("cn-1"), reader, pools)  # type: ignore[arg-type]
    market: Any = SimpleNamespace(spec=SimpleNamespace(market="L.H100SXM8.CN-BJ.2025-01"))
    leaver = asyncio.ensure_future(backfill.fill(market))
    await until(lambda: reader.asked == 1)
    leaver.cancel()
    reader.goes.set()
    await until(lambda: not backfill._filled)

    with pytest.raises(JournalUnavailable):
        await backfill.fill(market)
    assert reader.asked == 2
    pools.close()


class PastReader:
    """Nothing there, and what was asked for."""

    def __init__(self) -> None:
        self.bounds: list[int] = []

    async def wait_for(self, _: int) -> bool:
        return True

    async def page(self, _: Any, paging: Paging, market: str) -> dict[str, Any]:
        self.bounds.append(paging.to_ns)
        return {}

    async def candles(self, market: str, interval: str, to_ns: int) -> list[Any]:
        self.bounds.append(to_ns)
        return []


async def test_the_past_ends_with_the_instant_at_which_the_present_begins() -> None:
    """A trade of that very instant is told once: up to it, and not a nanosecond beyond."""
    reader, pools = PastReader(), WorkPools()
    backfill = Backfill(None, codec_for("cn-1"), reader, pools)  # type: ignore[arg-type]
    backfill.begin(7, 1_000)
    candles = SimpleNamespace(put_before=lambda interval, rows: None)
    spec = SimpleNamespace(market="L.H100SXM8.CN-BJ.2025-01")
    market: Any = SimpleNamespace(spec=spec, trades=deque(), candles=candles)

    await backfill.fill(market)

    assert len(reader.bounds) > 1
    assert set(reader.bounds) == {1_001}
    pools.close()
