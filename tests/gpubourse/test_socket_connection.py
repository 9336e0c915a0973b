"""The client's socket against a venue that plays a script: what passes is outlasted."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from gpubourse import socket_connection
from gpubourse.errors import Unauthorised, VenueRefused
from gpubourse.socket_connection import SocketConnection
from tests.waiting import patience

Scene = Callable[[web.WebSocketResponse], Awaitable[None]]
NOT_YET = {"code": "not_yet", "status": 503, "retry_after_ms": 1}
REFUSED = {"code": "unknown_market", "status": 404}
SNAPSHOT = {"feed": "trades/T", "kind": "snapshot", "seq": 7, "at_ns": "1", "body": []}


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses are short: what is tested is that they end."""
    monkeypatch.setattr(socket_connection, "BACKOFF_S", 0.001)


@asynccontextmanager
async def played(*scenes: Scene) -> AsyncIterator[SocketConnection]:
    """A socket to a venue that plays one scene for each connection, the last again and again."""
    begun = 0

    async def door(request: web.Request) -> web.WebSocketResponse:
        nonlocal begun
        ws = web.WebSocketResponse(protocols=(socket_connection.PROTOCOL,))
        await ws.prepare(request)
        await ws.send_json({"control": "hello", "challenge": "c"})
        scene = scenes[min(begun, len(scenes) - 1)]
        begun += 1
        await scene(ws)
        return ws

    app = web.Application()
    app.router.add_get("/v1/ws", door)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession() as http:
        socket = SocketConnection(http, url, lambda hello: {"token": hello["challenge"]})
        try:
            yield socket
        finally:
            await socket.close()
            await runner.cleanup()


async def answer(ws: web.WebSocketResponse, **members: Any) -> dict[str, Any]:
    """Take one message of the client's and answer it; the message."""
    message: dict[str, Any] = await ws.receive_json()
    await ws.send_json({"re": message["op"], "id": message["id"], **members})
    return message


async def until_gone(ws: web.WebSocketResponse) -> None:
    """Beat once, and stay until the client hangs up."""
    await ws.send_json({"control": "heartbeat", "position": 7, "seqs": {}})
    async for _ in ws:
        pass


async def logged_on(ws: web.WebSocketResponse) -> None:
    await answer(ws, ok=True, result={})


async def test_a_log_on_that_is_not_to_be_had_yet_is_tried_again() -> None:
    async def too_early(ws: web.WebSocketResponse) -> None:
        await answer(ws, ok=False, error=NOT_YET)

    async def open_now(ws: web.WebSocketResponse) -> None:
        await logged_on(ws)
        await until_gone(ws)

    async with patience(), played(too_early, too_early, open_now) as socket:
        await socket.open()
        assert socket.cuts == 2


async def test_a_log_on_that_is_refused_ends_it_for_all() -> None:
    async def refuses(ws: web.WebSocketResponse) -> None:
        await answer(ws, ok=False, error={"code": "bad_signature", "status": 401})

    async with patience(), played(refuses) as socket:
        with pytest.raises(Unauthorised):
            await socket.open()
        with pytest.raises(Unauthorised):
            await socket.watch("trades/T")
        with pytest.raises(Unauthorised):
            await socket.request(lambda: {"op": "order.cancel_all"}, 1.0)


async def test_a_feed_that_is_not_to_be_had_yet_is_asked_for_again() -> None:
    async def scene(ws: web.WebSocketResponse) -> None:
        await logged_on(ws)
        await answer(ws, ok=False, error=NOT_YET)
        asked = await answer(ws, ok=True, result={"feeds": [denied("trades/T", NOT_YET)]})
        assert asked["feeds"] == ["trades/T"]
        await answer(ws, ok=True, result={"feeds": [granted("trades/T", "snapshot")]})
        await ws.send_json(SNAPSHOT)
        await until_gone(ws)

    async with patience(), played(scene) as socket:
        await socket.open()
        watch = await socket.watch("trades/T")
        assert await watch.next() == SNAPSHOT


async def test_a_feed_that_is_refused_tells_its_reader() -> None:
    async def scene(ws: web.WebSocketResponse) -> None:
        await logged_on(ws)
        await answer(ws, ok=True, result={"feeds": [denied("trades/X", REFUSED)]})
        await until_gone(ws)

    async with patience(), played(scene) as socket:
        await socket.open()
        watch = await socket.watch("trades/X")
        with pytest.raises(VenueRefused, match="unknown_market"):
            await watch.next()


async def test_a_command_is_sent_again_after_a_cut_and_answered_once() -> None:
    heard: list[dict[str, Any]] = []

    async def cuts(ws: web.WebSocketResponse) -> None:
        await logged_on(ws)
        heard.append(await ws.receive_json())
        await ws.close()

    async def answers(ws: web.WebSocketResponse) -> None:
        await logged_on(ws)
        heard.append(await answer(ws, ok=True, position=9, result={"order": "o-1"}))
        await until_gone(ws)

    async with patience(), played(cuts, answers) as socket:
        await socket.open()
        told = await socket.request(lambda: {"op": "order.new", "key": "once"}, 5.0)

    assert told["result"] == {"order": "o-1"}
    assert [message["key"] for message in heard] == ["once", "once"]


async def test_a_gap_is_mended_for_its_feed_alone() -> None:
    def delta(seq: int, prev: int) -> dict[str, Any]:
        return {**SNAPSHOT, "kind": "delta", "seq": seq, "prev": prev, "body": [seq]}

    async def scene(ws: web.WebSocketResponse) -> None:
        await logged_on(ws)
        await answer(ws, ok=True, result={"feeds": [granted("trades/T", "snapshot")]})
        for message in (SNAPSHOT, delta(8, 7), delta(8, 7), delta(12, 10)):
            await ws.send_json(message)
        asked = await answer(ws, ok=True, result={"feeds": [granted("trades/T", "resumed")]})
        assert asked["since"] == 8
        for message in (delta(10, 8), delta(12, 10)):
            await ws.send_json(message)
        await until_gone(ws)

    async with patience(), played(scene) as socket:
        await socket.open()
        watch = await socket.watch("trades/T")
        seqs = [(await watch.next())["seq"] for _ in range(4)]

    assert (seqs, socket.gaps) == ([7, 8, 10, 12], 1)


async def test_a_heartbeat_before_the_feeds_are_taken_up_again_counts_for_nothing() -> None:
    """At each place before the reply: such a socket holds no feed, and so was sent everything."""
    beat = {"control": "heartbeat", "position": 90, "seqs": {}}
    asked: list[dict[str, Any]] = []

    async def begins(ws: web.WebSocketResponse) -> None:
        await logged_on(ws)
        await answer(ws, ok=True, result={"feeds": [granted("trades/T", "snapshot")]})
        await ws.send_json(SNAPSHOT)
        await ws.send_json({"control": "heartbeat", "position": 7, "seqs": {}})
        await ws.close()

    async def beats_at(ws: web.WebSocketResponse, *, is_early: bool) -> None:
        if is_early:
            await ws.send_json(beat)  # before the log-on is answered
        await logged_on(ws)
        asked.append(await ws.receive_json())
        if not is_early:
            await ws.send_json(beat)  # before the subscription is
        await ws.close()

    async def early(ws: web.WebSocketResponse) -> None:
        await beats_at(ws, is_early=True)

    async def late(ws: web.WebSocketResponse) -> None:
        await beats_at(ws, is_early=False)

    async def goes_on(ws: web.WebSocketResponse) -> None:
        await logged_on(ws)
        asked.append(await answer(ws, ok=True, result={"feeds": [granted("trades/T", "resumed")]}))
        await ws.send_json({**SNAPSHOT, "kind": "delta", "seq": 8, "prev": 7, "body": [8]})
        await until_gone(ws)

    async with patience(), played(begins, early, late, goes_on) as socket:
        await socket.open()
        watch = await socket.watch("trades/T")
        seqs = [(await watch.next())["seq"] for _ in range(2)]

    assert [message["since"] for message in asked] == [7, 7, 7]
    assert (seqs, socket.gaps) == ([7, 8], 0)


def denied(feed: str, problem: dict[str, Any]) -> dict[str, Any]:
    return {"feed": feed, "ok": False, "error": problem}


def granted(feed: str, mode: str) -> dict[str, Any]:
    return {"feed": feed, "ok": True, "mode": mode, "seq": 7}


async def test_a_feed_that_ends_tells_its_reader_behind_what_it_heard() -> None:
    """Its right is over: all before is still read, and no other feed feels it."""
    yours = {"code": "not_your_party", "status": 403}
    delta = {**SNAPSHOT, "kind": "delta", "seq": 9, "prev": 7}
    asked: list[list[str]] = []

    async def ending(ws: web.WebSocketResponse) -> None:
        await logged_on(ws)
        for feed in ("trades/T", "trades/U"):
            message = await answer(
                ws, ok=True, result={"feeds": [{"feed": feed, "ok": True, "mode": "snapshot"}]}
            )
            asked.append(message["feeds"])
            await ws.send_json({**SNAPSHOT, "feed": feed})
        await ws.send_json(delta)
        await ws.send_json({**SNAPSHOT, "kind": "end", "seq": 9, "error": yours})
        await ws.send_json({**delta, "feed": "trades/U"})
        await until_gone(ws)

    async with played(ending) as socket, patience():
        await socket.open()
        ended, other = await socket.watch("trades/T"), await socket.watch("trades/U")
        assert [(await ended.next())["seq"] for _ in range(2)] == [7, 9]
        with pytest.raises(VenueRefused, match="not_your_party"):
            await ended.next()
        assert [(await other.next())["seq"] for _ in range(2)] == [7, 9]
        assert socket.gaps == 0
    assert asked == [["trades/T"], ["trades/U"]]
