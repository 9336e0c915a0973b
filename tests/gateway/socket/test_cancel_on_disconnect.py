"""Orders that end with their socket end whatever happens on the way, each once."""

import asyncio
from typing import Any

import aiohttp
import pytest

from exchange.books.terms import TIME_IN_FORCE
from exchange.engine.batch_writer import Batch, Request
from exchange.engine.group_decider import Answer, Unavailable
from exchange.events import OrderCancelled
from gateway.access.session import Session
from gateway.socket.cancel_on_disconnect import CancelOnDisconnect
from gateway.socket.inputs import Draining
from gateway.socket.protocol import BAD_MESSAGES_MOST
from ledger.durations import HOUR_NS
from tests.exchange.ground import LEASE, of_kind
from tests.gateway.bare_client import BareClient, bare_client
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


async def log_on(town: Town, line: BareClient, **terms: Any) -> dict[str, Any]:
    return await line.ask(op="logon", token=await town.log_on("maker"), **terms)


async def test_an_order_whose_socket_is_cut_before_its_answer_ends_too(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit, gate = town.engine.submit, asyncio.Event()
    seen: list[str] = []

    def answered_late(request: Request) -> "asyncio.Future[Answer]":
        seen.append(request.op)
        return asyncio.ensure_future(later(submit(request)))

    async def later(future: "asyncio.Future[Answer]") -> Answer:
        await gate.wait()
        return await future

    monkeypatch.setattr(town.parts.intake, "_submit", answered_late)
    async with bare_client(town) as line:
        assert (await log_on(town, line, cancel_on_disconnect=True))["ok"]
        await line.ws.send_json({"op": "order.new", "id": 2, "key": "cut", "args": ASK})
        await until(lambda: bool(seen))
    await until(
        lambda: town.engine.venue.ended_order("o-000001") == (town.keys["maker"].party, "cancelled")
    )
    assert seen == ["order.new", "line.end"]
    assert not town.engine.venue.orders
    gate.set()


async def test_a_cancel_that_the_venue_did_not_hear_is_said_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit = town.engine.submit
    keys: list[bytes] = []

    def deaf_twice(request: Request) -> "asyncio.Future[Answer]":
        if request.op == "line.end":
            keys.append(request.body_sha256)
            if len(keys) < 3:
                future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
                future.set_exception(Unavailable("unavailable", "The journal is away."))
                return future
        return submit(request)

    monkeypatch.setattr(town.parts.intake, "_submit", deaf_twice)
    async with bare_client(town) as line:
        await log_on(town, line, cancel_on_disconnect=True)
        assert (await line.ask(op="order.new", key="deaf", args=ASK))["ok"]
        assert town.engine.venue.orders

    await until(lambda: not town.engine.venue.orders)
    assert len(keys) == 3
    assert len(set(keys)) == 1


async def test_whether_orders_end_with_a_socket_is_said_plainly(town: Town) -> None:
    async with bare_client(town) as line:
        told = await log_on(town, line, cancel_on_disconnect="yes")

    assert (told["ok"], told["error"]["code"]) == (False, "bad_field")
    assert told["error"]["field"] == "/cancel_on_disconnect"


async def test_a_socket_says_of_a_repeated_key_that_it_is_the_first_answer(town: Town) -> None:
    async with bare_client(town) as line:
        await log_on(town, line)
        for number, is_replayed in ((2, False), (3, True)):
            told = await line.ask(op="order.new", id=number, key="once", args=ASK)
            assert (told["id"], told["ok"], "replayed" in told) == (number, True, is_replayed)
            assert told["result"]["order"] == "o-000001"


WAYS = ("closed by the client", "cut", "the session ends", "too many bad messages", "drained")
KINDS: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {  # log-on, args, is it tied
    "by the log-on": ({"cancel_on_disconnect": True}, {}, True),
    "by its own arg": ({}, {"cancel_on_disconnect": True}, True),
    "by both": ({"cancel_on_disconnect": True}, {"cancel_on_disconnect": True}, True),
    "against the log-on": ({"cancel_on_disconnect": True}, {"cancel_on_disconnect": False}, True),
    "by neither": ({}, {"cancel_on_disconnect": False}, False),
}


async def end(way: str, town: Town, ws: aiohttp.ClientWebSocketResponse) -> None:
    """Let a line end; whatever it still says is read."""
    if way == "closed by the client":
        await ws.close()
    elif way == "cut":
        connection = ws._response.connection
        assert connection is not None
        assert connection.transport is not None
        connection.transport.abort()  # no close frame: the wire is gone
    elif way == "the session ends":
        maker = town.keys["maker"].principal
        town.parts.auth.sessions.end_unless([maker], lambda session: False)
    elif way == "too many bad messages":
        for _ in range(BAD_MESSAGES_MOST + 1):
            await ws.send_str("{")
    else:
        for socket in list(town.parts.heartbeat._heartbeats):
            socket.receive(Draining(0))
    async for _ in ws:
        pass


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", KINDS)
async def test_whichever_way_a_line_ends_its_orders_do_and_say_why(
    town: Town, way: str, kind: str
) -> None:
    terms, args, is_tied = KINDS[kind]
    batches: list[Batch] = []
    town.engine.listen(batches.extend)
    async with bare_client(town) as line:
        await log_on(town, line, **terms)
        for time in (each for each in TIME_IN_FORCE.values() if each.rests):
            order = ASK | args | {"time_in_force": time.name}
            if time.needs_expiry:
                order["expires_ns"] = str(town.engine.at_ns + HOUR_NS)
            told = await line.ask(op="order.new", key=time.name, args=order)
            assert told["ok"], told
        orders = dict(town.engine.venue.orders)
        assert len(orders) == 3
        for each in orders.values():
            assert each.terms.cancel_on_disconnect == args.get("cancel_on_disconnect", False)
            assert bool(each.terms.line) == is_tied
        await end(way, town, line.ws)

    await until(lambda: town.parts.heartbeat.count == 0)
    if not is_tied:
        assert town.engine.venue.orders == orders
        return
    await until(lambda: of_kind(batches[-1].events, OrderCancelled))  # once it is on record
    assert not town.engine.venue.orders
    assert batches[-1].command is None, "nobody asked for it: it is the engine's own act"
    ended = {event.order: event.reason for event in of_kind(batches[-1].events, OrderCancelled)}
    assert ended == dict.fromkeys(orders, "disconnect")


async def test_an_order_by_rest_cannot_end_with_a_line(town: Town) -> None:
    token = await town.log_on("maker")
    args = ASK | {"cancel_on_disconnect": True}
    headers = town.signed("maker", "order.new", args)
    status, told, _ = await town.ask("POST", "/v1/orders", token=token, body=args, **headers)

    assert (status, told["code"]) == (400, "bad_combination")
    assert told["field"] == "/cancel_on_disconnect"
    assert (await town.order("maker", token, **ASK, cancel_on_disconnect=False))["order"]


async def test_lines_come_back_to_their_owner_once() -> None:
    ended: list[tuple[str, list[str]]] = []
    disconnects = CancelOnDisconnect(lambda party, lines: ended.append((party, lines)))
    session = Session("s", "p-0001", "k-0001", (), 0, "session", "", (), b"", b"")

    disconnects.disconnected(session, ["a"], 0)
    disconnects.disconnected(session, ["b"], 10_000)
    disconnects.disconnected(session, ["c"], 10_000)

    assert ended == [("p-0001", ["a"])]
    assert disconnects.returned("k-0001") == ["b", "c"]
    assert disconnects.returned("k-0001") == []
