"""A cursor is its own list's, of its own venue, and pins what the first page stood at (WIRE 1)."""

from typing import Any

import pytest

from gateway.routes.query import cursor_of
from gateway.routes.request import Route
from gateway.routes.system import ROUTES
from gateway.server.server import VenueServer
from gpubourse import Client, connect
from gpubourse.key_files import KeyFile
from ledger.views.lists.pages import Cursor, pack
from tests.exchange.ground import LEASE
from tests.gateway.routes.test_query import PARTS, Walk, address
from tests.gateway.town import Town

PAGED = [route for route in ROUTES if route.is_page]
OF_ANOTHER_PART = {"unit": "u-000002", "node": "n-0002", "stream": "party:p-0003"}
AS_THEY_STAND = {"/v1/instruments", "/v1/markets", "/v1/cash"}  # WIRE 1 says so
Opened = tuple[VenueServer, dict[str, KeyFile]]


def test_every_list_that_takes_a_cursor_is_walked() -> None:
    taking = {route.path for route in ROUTES if "cursor" in {each.name for each in route.query}}
    assert {route.path for route in PAGED} == taking
    assert len(taking) > 25


@pytest.mark.postgres
async def test_a_cursor_of_each_list_is_refused_by_each_other(viewed_twice: Town) -> None:
    walk = Walk(viewed_twice, await viewed_twice.log_on("auditor", ttl_s=3_600))
    cursors: dict[str, str] = {}
    for route in PAGED:
        status, told = await walk.told(route, limit=1)
        assert status == 200, route.path
        cursors[route.path] = told["next"]
        for name, other in OF_ANOTHER_PART.items():
            if f"{{{name}}}" in route.path:
                place = told["next"][8:]
                path = address(route).replace(PARTS[name], other)
                cursors[path] = cursor_of(f"cn-1 {path}", place)
        cursors[f"{route.path} of cn-2"] = cursor_of(f"cn-2 {address(route)}", told["next"][8:])
    assert all(cursors.values())
    for route in PAGED:
        assert (await walk.told(route, limit=1, cursor=cursors[route.path]))[0] == 200, route.path
        for other, cursor in cursors.items():
            if other != route.path:
                status, told = await walk.told(route, cursor=cursor)
                assert (status, told["code"]) == (400, "bad_cursor"), (route.path, other)


@pytest.mark.parametrize("path", ["events", "search", "streams/party:p-0001"])
async def test_no_cursor_leads_ahead_or_nowhere(town: Town, path: str) -> None:
    whole = f"/v1/audit/{path}"
    token, head = await town.log_on("auditor"), town.parts.hub.position
    places = [
        pack(Cursor(head + 1, 1, 1)),
        pack(Cursor(0, 1, 1)),
        pack(Cursor(head, 1, 0)),
        pack(Cursor(head, 1, -1)),
        pack(Cursor(head, 1, "1")),
        pack(Cursor(head, 1, 2**53)),
        "nonsense",
        "",
    ]
    for cursor in (*(cursor_of(f"cn-1 {whole}", place) for place in places), str(head), "1"):
        status, told, _ = await town.ask("GET", f"{whole}?cursor={cursor}", token=token)
        assert (status, told["code"]) == (400, "bad_cursor"), cursor


async def page(client: Client, route: Route, **query: Any) -> dict[str, Any]:
    return await client._rest.read(address(route), query)


async def news(keys: dict[str, KeyFile], url: str) -> None:
    """An order, a trade, and all that follows from them."""
    async with (
        connect(url, key=keys["seller"]) as seller,
        connect(url, key=keys["trader"]) as buyer,
    ):
        await seller.place(market=LEASE, side="ask", lots=1, price_ticks=1_302)
        await buyer.place(market=LEASE, side="bid", lots=1, price_ticks=1_302)


@pytest.mark.postgres
async def test_a_page_behind_a_cursor_shows_nothing_newer_than_the_first(opened: Opened) -> None:
    server, keys = opened
    begun = []
    async with connect(server.url, key=keys["auditor"]) as auditor:
        for route in PAGED:
            whole = await page(auditor, route, limit=1_000)
            if len(whole["rows"]) > 1:
                begun.append((route, whole, await page(auditor, route, limit=1)))
        head = server.engine.head
        await news(keys, server.url)
        for route, whole, first in begun:
            if route.path in AS_THEY_STAND:
                continue
            wait = {"min_position": server.engine.head, "wait_ms": 10_000}
            rest = await page(auditor, route, limit=1_000, cursor=first["next"], **wait)
            assert len(rest["rows"]) == len(whole["rows"]) - 1, route.path
            assert rest["position"] == first["position"] <= head, route.path
            assert all(int(row.get("position", 0)) <= head for row in rest["rows"]), route.path
    walked = {route.path for route, _, _ in begun}
    of_the_journal = {route.path for route in PAGED if route.path.startswith("/v1/audit/")}
    assert of_the_journal - {"/v1/audit/holdings"} <= walked
    assert len(walked) > 12, walked
