"""Orders that end with their socket end whatever happens on the way, each once."""

import asyncio
from typing import Any

import aiohttp
import pytest

from exchange.engine.batch_writer import Request
from exchange.engine.group_decider import Answer, Unavailable
from gateway.access.session import Session
from gateway.socket.cancel_on_disconnect import ORDERS_PER_CANCEL, CancelOnDisconnect
from tests.exchange.ground import LEASE
from tests.gateway.town import Town
from tests.waiting import until

ASK = {
    "market": LEASE,
    "side": "ask",
    "type": "limit",
    "price_ticks": 2_000,
    "lots": 1,
    "time_in_force": "gtc",
}


async def log_on(town: Town, ws: aiohttp.ClientWebSocketResponse, **terms: Any) -> dict[str, Any]:
    token = await town.log_on("maker")
    await ws.receive()
    await ws.send_json({"op": "logon", "id": 1, "token": token, **terms})
    told: dict[str, Any] = await ws.receive_json()
    return told


async def test_an_order_whose_socket_is_cut_before_its_answer_ends_too(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit, gate = town.engine.submit, asyncio.Event()
    seen: list[str] = []

    def slowly(request: Request) -> "asyncio.Future[Answer]":
        seen.append(request.op)
        return asyncio.ensure_future(later(request))

    async def later(request: Request) -> Answer:
        await gate.wait()
        return await submit(request)

    monkeypatch.setattr(town.parts.intake, "_submit", slowly)
    async with town.http.ws_connect(f"{town.url}/v1/ws") as ws:
        assert (await log_on(town, ws, cancel_on_disconnect=True))["ok"]
        await ws.send_json({"op": "order.new", "id": 2, "key": "cut", "args": ASK})
        await until(lambda: bool(seen))
    await until(lambda: town.parts.heartbeat.count == 0)
    gate.set()

    await until(lambda: seen == ["order.new", "order.cancel_all"])
    await until(lambda: town.engine.venue.ended_party("o-000001") == town.keys["maker"].party)
    assert not town.engine.venue.orders


async def test_a_cancel_that_the_venue_did_not_hear_is_said_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit, keys = town.engine.submit, []

    def deaf_twice(request: Request) -> "asyncio.Future[Answer]":
        if request.op == "order.cancel_all":
            keys.append(request.caller.key)
            if len(keys) < 3:
                future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
                future.set_exception(Unavailable("unavailable", "The journal is away."))
                return future
        return submit(request)

    monkeypatch.setattr(town.parts.intake, "_submit", deaf_twice)
    async with town.http.ws_connect(f"{town.url}/v1/ws") as ws:
        await log_on(town, ws, cancel_on_disconnect=True)
        await ws.send_json({"op": "order.new", "id": 2, "key": "deaf", "args": ASK})
        assert (await ws.receive_json())["ok"]
        assert town.engine.venue.orders

    await until(lambda: not town.engine.venue.orders)
    assert len(keys) == 3
    assert len(set(keys)) == 1


async def test_whether_orders_end_with_a_socket_is_said_plainly(town: Town) -> None:
    async with town.http.ws_connect(f"{town.url}/v1/ws") as ws:
        told = await log_on(town, ws, cancel_on_disconnect="yes")

    assert (told["ok"], told["error"]["code"]) == (False, "bad_field")
    assert told["error"]["field"] == "/cancel_on_disconnect"


async def test_a_socket_says_of_a_repeated_key_that_it_is_the_first_answer(town: Town) -> None:
    async with town.http.ws_connect(f"{town.url}/v1/ws") as ws:
        await log_on(town, ws)
        for number, is_replayed in ((2, False), (3, True)):
            await ws.send_json({"op": "order.new", "id": number, "key": "once", "args": ASK})
            told = await ws.receive_json()
            assert (told["id"], told["ok"], "replayed" in told) == (number, True, is_replayed)
            assert told["result"]["order"] == "o-000001"


async def test_many_orders_are_named_in_several_commands() -> None:
    cancelled: list[list[str]] = []
    disconnects = CancelOnDisconnect(lambda _, orders: cancelled.append(orders))
    session = Session("s", "p-0001", "k-0001", (), 0, "session", "", (), b"", b"")
    orders = [f"o-{number:06d}" for number in range(ORDERS_PER_CANCEL + 1)]

    disconnects.disconnected(session, orders, 0)

    assert cancelled == [orders[:ORDERS_PER_CANCEL], orders[ORDERS_PER_CANCEL:]]
