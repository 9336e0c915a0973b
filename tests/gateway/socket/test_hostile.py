"""A hostile client of each sort beside a healthy one: who pays, who waits, how it ends (WIRE 5).

What is asserted is the rule, never a latency: `bench/hostile.py` measures that.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from itertools import pairwise
from typing import Any, NamedTuple

import pytest

from gateway.access.limits import RATES
from gateway.socket.connection import TURN
from gateway.socket.inputs import (
    BinaryReceived,
    Input,
    PartReceived,
    PingReceived,
    PongReceived,
    TextReceived,
)
from gateway.socket.outputs import Output, Pause
from gateway.socket.protocol import SocketProtocol
from ledger.durations import SECOND_NS
from tests.gateway.bare_client import bare_client
from tests.gateway.hostile_clients import BIG, SORTS
from tests.gateway.raw_line import head, raw_line
from tests.gateway.raw_socket import (
    BINARY,
    CONT,
    PING,
    PONG,
    TEXT,
    RawSocket,
    ending,
    frame,
    raw_socket,
    text,
)
from tests.gateway.town import Town
from tests.waiting import until

HEALTHY_MESSAGES = 30


class Step(NamedTuple):
    """One input of one socket: in which turn of the loop, and what was wanted because of it."""

    turn: int
    received: Any  # an Input of FROM_CLIENT
    outputs: list[Output]


Steps = dict[SocketProtocol, list[Step]]


FROM_CLIENT = (TextReceived, BinaryReceived, PingReceived, PongReceived, PartReceived)


@asynccontextmanager
async def watched(patch: pytest.MonkeyPatch) -> AsyncIterator[Steps]:
    """What each client sends, by the turns of the loop in which it is read."""
    steps: Steps = {}
    turn = 0
    is_over = False
    loop = asyncio.get_running_loop()
    receive = SocketProtocol.receive

    def tick() -> None:
        nonlocal turn
        turn += 1
        if not is_over:
            loop.call_soon(tick)

    def kept(protocol: SocketProtocol, received: Input) -> list[Output]:
        outputs = receive(protocol, received)
        if isinstance(received, FROM_CLIENT):
            steps.setdefault(protocol, []).append(Step(turn, received, list(outputs)))
        return outputs

    patch.setattr(SocketProtocol, "receive", kept)
    tick()
    try:
        yield steps
    finally:
        is_over = True


async def flood(line: RawSocket, frames: Iterator[bytes]) -> None:
    """Write on and on, as fast as the venue reads."""
    with suppress(ConnectionError):
        for data in frames:
            line.send(data)
            await line.writer.drain()
            await asyncio.sleep(0)


async def healthy(town: Town) -> list[int]:
    """Ask one thing after the other; the ids of the replies, as they come."""
    ids = []
    async with bare_client(town) as line:
        for number in range(HEALTHY_MESSAGES):
            told = await line.ask(op="ping", id=number)
            assert told["ok"]
            ids.append(told["id"])
    return ids


@pytest.mark.parametrize("sort", SORTS)
async def test_a_hostile_client_pays_and_waits_and_a_healthy_one_is_answered(
    town: Town, sort: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = SORTS[sort]
    async with watched(monkeypatch) as steps, raw_socket(town.url) as line:
        flooding = asyncio.create_task(flood(line, hostile.sends()))
        ids = await healthy(town)
        if hostile.code is not None:
            assert await line.close_code() == hostile.code
        elif sort != "half a frame":
            await until(lambda: any(_pauses(each) for each in steps.values()), "it has to wait")
        flooding.cancel()
        await asyncio.wait([flooding])
    assert ids == list(range(HEALTHY_MESSAGES))
    for each in steps.values():
        _must_be_fair(each)


async def test_big_messages_of_one_address_come_one_in_a_turn(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many sockets it has open: a small one, from there too, is never behind them."""
    async with AsyncExitStack() as stack:
        lines = [await stack.enter_async_context(raw_socket(town.url)) for _ in range(8)]
        async with watched(monkeypatch) as steps:
            for line in lines:
                line.send(text(BIG.ljust(60_000)), text('{"op":"ping","id":1}'))
            for line in lines:
                await line.reply(b'"re":"ping"')
    big = [
        step.turn
        for each in steps.values()
        for step in each
        if isinstance(step.received, TextReceived) and len(step.received.text) > 4_096
    ]
    assert len(big) == len(lines)
    assert len(set(big)) == len(big), "two in one turn"


def _pauses(steps: list[Step]) -> list[Step]:
    return [step for step in steps if any(isinstance(output, Pause) for output in step.outputs)]


def _must_be_fair(steps: list[Step]) -> None:
    """A few inputs a turn, a pause for whoever has no token left, and no more than there are."""
    assert max(Counter(step.turn for step in steps).values()) <= TURN
    for step, following in pairwise(steps):
        if _pauses([step]):
            assert following.turn > step.turn
    rate = RATES["control"]
    paid = len(steps) - len(_pauses(steps))
    for last in steps[-1:]:
        lasted_s = (last.received.now_ns - steps[0].received.now_ns) / SECOND_NS
        assert paid <= rate.burst + rate.refill * lasted_s + 1


async def test_a_venue_that_is_flooded_still_holds_little_of_it(town: Town) -> None:
    """What one client sends waits at its own end: the venue keeps a chunk or two."""
    async with raw_socket(town.url) as line:
        flooding = asyncio.create_task(flood(line, SORTS["pings"].sends()))
        await until(
            lambda: line.writer.transport.get_write_buffer_size() > 0, "its own buffer is full"
        )
        ids = await healthy(town)
        flooding.cancel()
        await asyncio.wait([flooding])
    assert ids == list(range(HEALTHY_MESSAGES))


# --- the Autobahn suite's cases that take an answer


async def test_2_each_ping_is_answered_with_its_payload_in_order(town: Town) -> None:
    payloads = [b"", b"Hello", bytes(125), *(b"%d" % n for n in range(10))]
    async with raw_socket(town.url) as line:
        line.send(*(frame(PING, payload) for payload in payloads))
        told = [await line.told_of(PONG) for _ in payloads]
    assert [each.payload for each in told] == payloads


async def test_5_a_ping_between_fragments_is_answered_before_the_message(town: Town) -> None:
    async with raw_socket(town.url) as line:
        message = b'{"op":"ping","id":7}'
        line.send(frame(TEXT, message[:9], fin=False), frame(PING, b"p"), frame(CONT, message[9:]))
        assert (await line.told_of(PONG)).payload == b"p"
        assert json.loads(await line.reply())["id"] == 7


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (ending(), 1000), (ending(1000), 1000), (ending(3999, b"bye"), 3999),
        (ending(1006), 1002), (frame(0x8, b"x"), 1002), (frame(0x3), 1002),
        (frame(CONT, b"x"), 1002), (frame(TEXT, b"\xff"), 1007),
        (frame(PING, is_masked=False), 1002), (frame(PING, b"x" * 126), 1002),
    ],
)  # fmt: skip
async def test_a_close_is_answered_with_its_code_and_a_breach_with_the_standards(
    town: Town, sent: bytes, code: int
) -> None:
    async with raw_socket(town.url) as line:
        line.send(sent)
        assert await line.close_code() == code
        await line.until_cut()


async def test_the_venue_ends_the_line_when_its_close_was_answered(town: Town) -> None:
    async with raw_socket(town.url) as line:
        line.send(frame(BINARY, b"x"))
        assert await line.close_code() == 1003
        line.send(ending(1003))
        await line.until_cut()


async def test_what_comes_with_the_handshake_is_read(town: Town) -> None:
    async with raw_socket(town.url, first=text('{"op":"ping","id":9}')) as line:
        hello, told = await line.told(), await line.told()
        assert json.loads(hello.payload)["control"] == "hello"
        assert json.loads(told.payload)["id"] == 9


@pytest.mark.parametrize("key", ["", "short", "\xe9" * 24])
async def test_a_handshake_with_a_wrong_key_is_refused(town: Town, key: str) -> None:
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    headers |= {"Sec-WebSocket-Key": key} if key else {}
    async with town.http.get(f"{town.url}/v1/ws", headers=headers) as response:
        assert response.status == 400
        assert (await response.json(content_type=None))["code"] == "bad_shape"


@pytest.mark.parametrize(
    ("offer", "is_ours"),
    [
        ("chat, superchat", False), ("a," * 4_000, False), ("", False), (",", False),
        ("chat, gpubourse.v1.json", True), ("gpubourse.v1.jsonx", False),
    ],
)  # fmt: skip
async def test_an_offer_of_others_protocols_is_passed_over(
    town: Town, offer: str, is_ours: bool
) -> None:
    """And leaves no line in the log: see `nothing_logged`, behind each test."""
    async with raw_line(town) as line:
        line.send(
            head(
                "GET /v1/ws HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket",
                "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==",
                f"Sec-WebSocket-Protocol: {offer}",
            )
        )  # fmt: skip
        told = await line.reply()
    assert told.status == 101
    assert ("sec-websocket-protocol" in told.headers) == is_ours


HALVES = ("\\ud800", "\\udfff", "a\\udc00\\ud800", "\\ud83d")
WHERE = (
    '{{"op":"ping","id":"{}"}}',
    '{{"op":"{}","id":1}}',
    '{{"op":"ping","id":1,"{}":1}}',
    '{{"op":"ping","id":1,"{}":1,"{}":1}}',
    '{{"op":"subscribe","id":"{}","feeds":["{}"]}}',
    '{{"op":"logon","id":1,"language":"{}","token":"{}"}}',
    '{{"op":"{}","op":"{}","id":"{}"}}',
)


async def test_half_a_pair_anywhere_is_refused_in_words(town: Town) -> None:
    for half in HALVES:
        async with raw_socket(town.url) as line:
            for message in WHERE:
                line.send(text(message.replace("{}", half).replace("{{", "{").replace("}}", "}")))
                told = json.loads(await line.reply())
                assert told["error"]["status"] in {400, 404}, told
            line.send(text('{"op":"ping","id":"\\ud83d\\ude00"}'))  # a whole pair is a text
            assert json.loads(await line.reply())["ok"]
