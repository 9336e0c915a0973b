"""The pool of the views' sessions, on a real database: how many, and for how long."""

import asyncio

import psycopg
import pytest

from ledger.journal.protocol import JournalUnavailable
from ledger.views.view_pool import ViewPool
from tests.waiting import soon

pytestmark = pytest.mark.postgres


async def test_a_query_beyond_its_time_is_ended_and_says_so(postgres_dsn: str) -> None:
    pool = ViewPool(postgres_dsn, statement_ms=50)
    await pool.open()
    try:
        with pytest.raises(JournalUnavailable, match=r"took longer than 0\.05 s"):
            await soon(pool.fetch("SELECT pg_sleep(3600)", {}))
        assert await pool.fetch("SELECT 1", {}) == [(1,)], "the connection serves on"
    finally:
        await pool.close()


async def test_as_many_sessions_as_are_wanted(postgres_dsn: str) -> None:
    pool = ViewPool(postgres_dsn, connections=3, statement_ms=60_000)
    await pool.open()
    mine = "SELECT position FROM views.progress"
    try:
        with psycopg.connect(postgres_dsn) as other:
            other.execute("LOCK TABLE views.progress IN ACCESS EXCLUSIVE MODE")
            waiting = [asyncio.create_task(pool.fetch(mine, {})) for _ in range(2)]
            assert await soon(pool.fetch("SELECT 1", {})) == [(1,)], "the third of three"
            assert pool._pool.max_size == 3
            assert not any(each.done() for each in waiting)
        await soon(asyncio.gather(*waiting))
    finally:
        await pool.close()
