"""The auditor's search: newest first, whole values alone, and so much looked at for each page."""

from typing import Any

import pytest

from gateway.server.server import VenueServer
from gateway.settings import Limits
from gpubourse import Client, connect
from gpubourse.key_files import KeyFile

pytestmark = pytest.mark.postgres
Opened = tuple[VenueServer, dict[str, KeyFile]]


async def positions(client: Client, **query: Any) -> list[int]:
    return [row["position"] async for row in client.rows("/v1/audit/search", **query)]


async def whole(client: Client) -> list[dict[str, Any]]:
    """The journal as its own route tells it, newest first."""
    rows = [row async for row in client.rows("/v1/audit/events", limit=1_000)]
    assert len(rows) > 100
    return rows[::-1]


async def test_every_event_is_told_newest_first_whatever_the_page(opened: Opened) -> None:
    server, keys = opened
    every = list(range(server.engine.head, 0, -1))
    async with connect(server.url, key=keys["auditor"]) as auditor:
        assert await positions(auditor) == every
        assert await positions(auditor, limit=7) == every
        assert await positions(auditor, **{"from": 20, "to": 30}) == list(range(30, 19, -1))
        assert await positions(auditor, **{"from": 30, "to": 30}) == [30]


async def test_a_filter_leaves_what_bears_it_and_nothing_else(opened: Opened) -> None:
    server, keys = opened
    async with connect(server.url, key=keys["auditor"]) as auditor:
        rows = await whole(auditor)
        orders = [row["position"] for row in rows if row["topic"] == "order_accepted"]
        named = [row["position"] for row in rows if '"o-000001"' in row["entry"]]
        assert len(orders) == 3
        assert len(named) >= 2  # its acceptance, and its trade
        assert await positions(auditor, topic="order_accepted") == orders
        assert await positions(auditor, names="o-000001") == named
        both = await positions(auditor, names="o-000001", topic="traded")
        assert both == [n for n in named if n not in orders]
        serial = next(row["event"]["serial"] for row in rows if "serial" in row["event"])
        assert len(await positions(auditor, names=serial)) == 1
        assert await positions(auditor, names="o-00000") == []  # a part of a value
        assert await positions(auditor, names='o"\\%_') == []


async def test_a_party_finds_what_it_asked_for(opened: Opened) -> None:
    server, keys = opened
    async with connect(server.url, key=keys["auditor"]) as auditor:
        rows = [row async for row in auditor.rows("/v1/audit/search", limit=1_000)]
        asked = [row["position"] for row in rows if row["party"] == keys["trader"].party]
        assert await positions(auditor, party=keys["trader"].party) == asked
        assert await positions(auditor, party="p-9999") == []


async def test_an_instant_is_the_same_edge_as_in_every_list(opened: Opened) -> None:
    """`since` is included and `until` is not, also where several events share it."""
    server, keys = opened
    async with connect(server.url, key=keys["auditor"]) as auditor:
        rows = await whole(auditor)
        instants = sorted({int(row["at_ns"]) for row in rows})
        assert len(instants) > 3
        for at_ns in (instants[0], instants[2], instants[-1]):
            from_then_on = [row["position"] for row in rows if int(row["at_ns"]) >= at_ns]
            before = [row["position"] for row in rows if int(row["at_ns"]) < at_ns]
            assert await positions(auditor, since=str(at_ns)) == from_then_on
            assert await positions(auditor, until=str(at_ns)) == before
        assert await positions(auditor, until=str(instants[0])) == []
        assert await positions(auditor, since=str(instants[-1] + 1)) == []


async def test_pages_that_look_at_few_positions_tell_the_same_rows(opened: Opened) -> None:
    """Pages without a row among them: the search goes on behind each."""
    server, keys = opened
    every = list(range(server.engine.head, 0, -1))
    object.__setattr__(server.parts, "limits", Limits(search_positions=10))
    async with connect(server.url, key=keys["auditor"]) as auditor:
        assert await positions(auditor, topic="venue_opened") == [1]
        assert await positions(auditor, limit=3) == every
