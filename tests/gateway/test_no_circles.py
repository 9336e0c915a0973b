"""A refusal leaves nothing behind: no circle that holds what was refused until a collection.

The collector counts objects, not bytes: a circle of an error and the frames that hold it, or of a
connection and the requests that wait in it, would keep a hostile text for long. Counted over every
way in, by the objects that a collection finds, never by memory.
"""

import asyncio
import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from itertools import islice, repeat
from pathlib import Path

import pytest
from websockets.protocol import Protocol

from gateway.routes.system import ROUTES
from gateway.server.http_connection import HttpConnection
from gateway.settings import Limits
from tests.gateway.bare_client import bare_client
from tests.gateway.hostile_clients import SORTS
from tests.gateway.hostile_texts import SHAPES
from tests.gateway.raw_line import head, raw_line
from tests.gateway.raw_socket import RawSocket
from tests.gateway.routes.test_query import address
from tests.gateway.town import LEASE, Town, town_of
from tests.waiting import until

TIMES = 5  # each refusal
CHUNKS = 60  # that a hostile client writes before it is cut
KEPT = ("traceback", "frame", "Refused", "ProblemRaised", "JSONDecodeError", "Decoded")
OF_A_LINE = ("HttpConnection", "RawRequestMessage", "Protocol", "Connection", "Request")
TEXTS = {
    "no JSON": "{",
    "deep": "[" * 3_000,
    "a fraction": '{"op":"ping","id":1.5}',
    "an unknown member": '{"op":"ping","id":1,"zzz":1}',
    "an unknown op": '{"op":"zzz","id":1}',
    "a stranger's order": '{"op":"order.new","id":1,"key":"k","args":{}}',
    "a wrong log-on": '{"op":"logon","id":1,"token":"no"}',
    **{name: make(4_000) for name, make in SHAPES.items() if name != "blanks"},
}


@contextmanager
def nothing_kept(names: Sequence[str] = KEPT) -> Iterator[None]:
    """No error of ours, and no frame, is in a circle that the block made."""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield
        gc.collect()
        found = Counter(type(each).__name__ for each in gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert {name: found[name] for name in names if found[name]} == {}


def test_a_circle_would_be_seen() -> None:
    def refused() -> None:
        try:
            raise ValueError("x")
        except ValueError as error:
            kept = error
        assert kept is not None

    with pytest.raises(AssertionError, match="traceback"), nothing_kept():
        refused()


@pytest.mark.parametrize("name", TEXTS)
async def test_a_refused_text_is_let_go(town: Town, name: str) -> None:
    town.lift_rates()
    body = TEXTS[name].encode()
    statuses = set()
    with nothing_kept():
        for _ in range(TIMES):
            status, *_ = await town.ask("POST", "/v1/auth/challenge", body=body)
            statuses.add(status)
    assert all(400 <= status < 500 for status in statuses), statuses

    async with bare_client(town) as line:
        await line.hello()
        with nothing_kept():
            for _ in range(TIMES):
                await line.ws.send_str(TEXTS[name])
                assert "error" in await line.reply()


async def test_no_route_keeps_what_it_refuses(town: Town) -> None:
    """Every route, without a session or by a false token, with what none of them takes."""
    town.lift_rates()
    requests = [
        (route.method, town.url + address(route) + query, body, headers)
        for route in ROUTES
        for body in (None, b"{", b'{"zzz":1}')
        for query in ("", "?zzz=1")
        for headers in ({}, {"Authorization": "Bearer no"})
    ]
    with nothing_kept():  # once for all: a collection looks through everything that is loaded
        for method, url, body, headers in requests:
            async with town.http.request(method, url, data=body, headers=headers) as response:
                await response.read()


@pytest.mark.parametrize(
    "args",
    [{}, {"market": "T.NO.CN-BJ.A1", "side": "bid", "price_ticks": 1, "lots": 1}, {"zzz": 1},
     {"market": LEASE, "side": "bid", "price_ticks": 1, "lots": 10**9}],
)  # fmt: skip
async def test_a_refused_command_is_let_go(town: Town, args: dict[str, object]) -> None:
    town.lift_rates()
    token = await town.log_on("trader")
    with nothing_kept():
        for _ in range(TIMES):
            headers = town.signed("trader", "order.new", args)
            status, told, _ = await town.ask(
                "POST", "/v1/orders", token=token, body=args, **headers
            )
            assert 400 <= status < 500, told


def lines_open() -> int:
    """Connections and parsers of frames that stand in memory, used or not."""
    return sum(type(each) in (HttpConnection, Protocol) for each in gc.get_objects())


async def write_to_the_end(writer: asyncio.StreamWriter, chunks: Iterable[bytes]) -> None:
    """Write so much, or until the venue has had enough, and cut the line."""
    with suppress(ConnectionError):
        for data in islice(chunks, CHUNKS):
            writer.write(data)
            await asyncio.sleep(0)
        await asyncio.sleep(0)
    writer.transport.abort()


@pytest.mark.parametrize("sort", SORTS)
async def test_a_hostile_socket_that_is_cut_leaves_nothing(town: Town, sort: str) -> None:
    before = lines_open()
    with nothing_kept((*KEPT, *OF_A_LINE)):
        for _ in range(TIMES):
            line = await RawSocket.to(town.url)
            await write_to_the_end(line.writer, SORTS[sort].sends())
        del line
        await until(lambda: lines_open() <= before, "each connection goes without a collection")


@pytest.mark.parametrize("size", [2, 16_000])
async def test_requests_that_wait_in_a_line_that_is_cut_leave_nothing(
    town: Town, size: int
) -> None:
    before = lines_open()
    request = head(
        "POST /v1/auth/challenge HTTP/1.1",
        "Content-Type: application/json" + ";" * size,
        "Content-Length: 2",
    )
    with nothing_kept((*KEPT, *OF_A_LINE)):
        for _ in range(TIMES):
            async with raw_line(town) as line:
                await write_to_the_end(line.writer, repeat((request + b"{}") * 4))
        del line
        await until(lambda: lines_open() <= before, "each connection goes without a collection")


@pytest.mark.parametrize("has_session", [False, True])
async def test_a_body_that_is_cut_leaves_nothing(
    town: Town, has_session: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither in a circle, nor a traceback in the log."""
    town.lift_rates()
    path, lines = "/v1/auth/challenge", ["Content-Type: application/json", "Content-Length: 4000"]
    if has_session:
        path = "/v1/orders"
        lines += [f"Authorization: Bearer {await town.log_on('trader')}"]
    before = lines_open()
    with nothing_kept((*KEPT, *OF_A_LINE)):
        for _ in range(TIMES):
            async with raw_line(town) as line:
                request = head(f"POST {path} HTTP/1.1", *lines) + b"x" * 2_000
                await write_to_the_end(line.writer, [request, b"", b"", b""])
        del line
        await until(lambda: lines_open() <= before, "each connection goes without a collection")
    assert not [record for record in caplog.records if record.exc_info]


async def test_requests_whose_line_is_cut_wait_for_no_turn(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address has one request in a turn; those behind it go when their lines do."""
    turns = town.parts.request_turns
    monkeypatch.setattr(turns, "_next", lambda: None)  # no turn comes
    async with AsyncExitStack() as stack:
        for _ in range(5):
            line = await stack.enter_async_context(raw_line(town))
            line.send(head())
        await until(lambda: sum(map(len, turns._waiting.values())) == 4)
        waiting = [each for queue in turns._waiting.values() for each in queue]
        assert not any(each.done() for each in waiting)
    await until(lambda: all(each.done() for each in waiting), "who has left waits for nothing")


async def test_who_is_turned_away_at_the_door_leaves_nothing(tmp_path: Path) -> None:
    async with town_of(tmp_path, Limits(connections_per_address=1)) as town, raw_line(town):
        await until(lambda: len(town.listener) == 1)
        before = lines_open()
        with nothing_kept((*KEPT, *OF_A_LINE)):
            for _ in range(TIMES):
                async with raw_line(town) as line:
                    assert await line.ended() == b""
            del line
            await until(lambda: lines_open() <= before, "each connection goes without a collection")
