"""Walks of the limits of database reads, and views whose queries stand until they are let go."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
import pytest

from gateway.problems import ProblemRaised
from gateway.routes.query import cursor_of
from gateway.settings import Limits
from gateway.turns.read_turns import ReadTurns
from ledger.journal.protocol import JournalUnavailable
from ledger.views.lists.declaration import Listing
from ledger.views.lists.pages import Cursor, Page, Paging, pack
from ledger.views.view_pool import ViewPool
from ledger.views.view_reader import ViewProgress
from tests.gateway.limit_walks import walk
from tests.gateway.town import town_of
from tests.waiting import until

SELLER, TRADER = "p-0002", "p-0004"
PLACES = 6  # as many connections as the views have: Limits().database_reads, and the venue's own


class StandingViews:
    """Views whose queries for one party stand until they are let go; all share a few places."""

    def __init__(self, standing: str) -> None:
        self.standing = standing
        self.let_go = asyncio.Event()
        self.under_way: Counter[str] = Counter()  # by party
        self.most: Counter[str] = Counter()
        self._places = asyncio.Semaphore(PLACES)

    async def page(self, listing: Listing, paging: Paging, **values: str | int) -> Page:
        party = str(values.get("party", ""))
        async with self._places:
            self.under_way[party] += 1
            self.most[party] = max(self.most[party], self.under_way[party])
            if party == self.standing:
                await self.let_go.wait()
            self.under_way[party] -= 1
        return Page(0, 0, b"[]", None)

    async def progress_within(self, seconds: float) -> ViewProgress:
        return ViewProgress(0, 0)


@walk("database_reads", "database_reads_per_caller")
async def reads_at_once(tmp_path: Path) -> None:
    views = StandingViews(TRADER)
    limits = Limits(database_reads=3, database_reads_per_caller=2)
    async with town_of(tmp_path, limits, reader=views) as town:  # type: ignore[arg-type]
        turns, token = town.parts.read_turns, await town.log_on("trader")
        asked = [asyncio.create_task(town.ask("GET", "/v1/orders", token=token)) for _ in range(5)]
        await until(lambda: town.parts.in_flight.count("127.0.0.1") == 5)
        await until(lambda: views.under_way[TRADER] == 2)
        async with turns.one("another"):  # the third of three
            fourth = asyncio.create_task(turns.one("a third").__aenter__())
            await asyncio.sleep(0)
            assert not turns.under_way("a third")
        await fourth
        assert turns.under_way("a third") == 1
        views.let_go.set()
        assert [status for status, *_ in await asyncio.gather(*asked)] == [200] * 5
    assert views.most[TRADER] == 2


@walk("database_read_wait_ms")
async def a_wait_for_a_turn(_: Path) -> None:
    turns = ReadTurns(1, 1, wait_ms=1)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(turns.one("one"))
        for caller, words in (("one", "one has 1 reads under way"), ("other", "No place")):
            with pytest.raises(ProblemRaised) as raised:
                await stack.enter_async_context(turns.one(caller))
            assert (raised.value.trouble.code, words in raised.value.detail) == ("overloaded", True)
    async with turns.one("other"):
        assert (turns.under_way("one"), turns.under_way("other")) == (0, 1)


class WatchedViews(StandingViews):
    """Empty views that note between which positions they were asked."""

    def __init__(self) -> None:
        super().__init__("nobody")
        self.looked_at: list[tuple[int, int]] = []

    async def page(self, listing: Listing, paging: Paging, **values: str | int) -> Page:
        self.looked_at.append((int(values["from_position"]), int(values["to_position"])))
        return await super().page(listing, paging)


@walk("search_positions")
async def positions_of_a_search(tmp_path: Path) -> None:
    views = WatchedViews()
    limits = Limits(search_positions=10)
    async with town_of(tmp_path, limits, reader=views) as town:  # type: ignore[arg-type]
        token, hub = await town.log_on("auditor"), town.parts.hub
        head = hub.position

        def behind(position: int) -> str:
            place = pack(Cursor(head, hub.at_ns, position))
            return cursor_of("cn-1 /v1/audit/search", place)

        for query, looked_at, following in (
            ("", (head - 9, head), behind(head - 10)),
            (f"?cursor={behind(head - 10)}", (head - 19, head - 10), behind(head - 20)),
            ("?from=5&to=15", (6, 15), behind(5)),
            ("?from=6&to=15", (6, 15), None),
            ("?from=1&to=11", (2, 11), behind(1)),
            ("?from=1&to=10", (1, 10), None),
            (f"?cursor={behind(3)}", (1, 3), None),
        ):
            status, told, _ = await town.ask("GET", f"/v1/audit/search{query}", token=token)
            assert (status, told["rows"], told["next"]) == (200, [], following), query
            assert views.looked_at[-1] == looked_at, query
            assert told["looked_from"] == looked_at[0]


class CancellingConnection:
    """A database that ends each query that is no setting, as PostgreSQL ends one in time."""

    def __init__(self) -> None:
        self.settings: list[str] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    def cursor(self, *, binary: bool) -> "CancellingConnection":
        return self

    async def execute(self, query: str | bytes, terms: Any = None) -> None:
        if isinstance(query, bytes) and not query.startswith(b"SET "):
            raise psycopg.errors.QueryCanceled("canceling statement due to statement timeout")
        self.settings.append(query)


@walk("views_query_ms")
async def a_query_to_the_views(_: Path) -> None:
    """That PostgreSQL keeps it: tests/ledger/views/test_view_pool.py."""
    assert Limits().views_query_ms == 10_000
    pool, connection = ViewPool("", statement_ms=1_500), CancellingConnection()
    await pool._step_down(connection)  # type: ignore[arg-type]
    assert connection.settings[-1] == "SET statement_timeout = 1500"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool._pool, "connection", lambda: connection)
        with pytest.raises(JournalUnavailable, match=r"took longer than 1\.5 s.*fewer rows"):
            await pool.fetch("SELECT 1", {})
