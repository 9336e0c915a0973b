"""No work grows faster than its input, for whoever has no session: on each route, by each op.

The routes are those of the routing table and the messages those that a socket takes, so that one
that is added is tried as well. Work is counted (`work.py`) at four sizes up to the limit: at the
largest it is at most half as much again a byte as at the second.
"""

from collections.abc import Awaitable, Callable, Iterator
from typing import NamedTuple

import pytest

from exchange.ops import OPS
from gateway import wire
from gateway.routes.request import Route
from gateway.routes.system import ROUTES
from gateway.settings import Limits
from gateway.socket import messages
from gateway.socket.frame_reader import FrameReader
from ledger.durations import SECOND_NS
from tests.exchange.ground import LEASE
from tests.gateway.bare_client import bare_client
from tests.gateway.hostile_texts import SHAPES, sizes_up_to
from tests.gateway.raw_line import head, raw_line
from tests.gateway.raw_socket import BINARY, CLOSE, CONT, PING, TEXT, frame, raw_socket
from tests.gateway.town import Town
from tests.gateway.work import EVERYBODYS, counted

HALF_AS_MUCH_AGAIN = 1.5
HEAD_BYTES = 7_000  # of the 8,190 that a request line or header may have
PUBLIC = [route for route in ROUTES if not route.needs_session]
BODIED = [route for route in PUBLIC if route.method != "GET"]
READ = [route for route in PUBLIC if route.method == "GET"]


async def must_be_linear(most: int, try_one: Callable[[int], Awaitable[None]], what: str) -> None:
    """Count the work at four sizes."""
    a_byte = []
    for size in sizes_up_to(most):
        with counted() as work:
            await try_one(size)
        a_byte.append(work.units / size)
    assert a_byte[3] <= HALF_AS_MUCH_AGAIN * a_byte[1], (what, a_byte)


def test_what_is_walked_is_all_there_is() -> None:
    """A route that reads a body without a session is a POST: the walk below sends it bodies."""
    assert {route.path for route in BODIED} == {route.path for route in PUBLIC if route.body}
    assert {route.method for route in PUBLIC} == {"GET", "POST"}
    assert set(messages.COMMANDS) <= set(OPS)


@pytest.mark.parametrize("route", BODIED, ids=lambda route: route.path)
async def test_a_body_without_a_session(town: Town, route: Route) -> None:
    for name, shape in SHAPES.items():

        async def send(size: int, shape: Callable[[int], str] = shape) -> None:
            town.clock.skip(100 * SECOND_NS)
            status, told, _ = await town.ask(route.method, route.path, body=shape(size).encode())
            assert 200 <= status < 500, told

        await must_be_linear(Limits().body_bytes_anonymous, send, name)


class Head(NamedTuple):
    """Something long in a request's head."""

    what: str
    path: str
    headers: dict[str, str]


def heads_of(route: Route, size: int) -> Iterator[Head]:
    """Each part of a head, as long as that."""
    path = route.path.replace("{market}", LEASE).replace("{code}", "bad_shape")
    path = path.replace("{name:.+}", "index.html")
    known = (*(member.name for member in route.query), "unknown")
    for name in known:
        for sign in ("9", "%2f"):
            value = sign * (size // len(sign))
            yield Head(f"{name}={sign}", f"{path}?{name}={value}", {})
        yield Head(f"{name} often", f"{path}?{'&'.join([f'{name}=1'] * (size // 6))}", {})
    yield Head("members", f"{path}?{'&'.join(f'a{n}=1' for n in range(size // 8))}", {})
    if "{" in route.path:
        yield Head("path", route.path[: route.path.index("{")] + "x" * size, {})
    yield Head("Accept", path, {"Accept": "a/b," * (size // 4)})
    yield Head("Authorization", path, {"Authorization": "Bearer " + "x" * size})
    yield Head("Cookie", path, {"Cookie": "a=b;" * (size // 4)})
    yield Head("Origin", path, {"Origin": "http://" + "[" * size})


@pytest.mark.parametrize("route", READ, ids=lambda route: route.path)
async def test_a_head_without_a_session(town: Town, route: Route) -> None:
    for number, one in enumerate(heads_of(route, 64)):

        async def send(size: int, number: int = number) -> None:
            town.clock.skip(100 * SECOND_NS)
            what, path, headers = list(heads_of(route, size))[number]
            async with town.http.get(town.url + path, headers=headers) as response:
                assert response.status != 500, what
                await response.read()

        await must_be_linear(HEAD_BYTES, send, one.what)


# What the libraries do with a header counts as well: the bytes come by a line of the test's own.
HEADERS: dict[str, Callable[[int], str]] = {
    "Accept: of forms": lambda size: "a/b;q=0.1," * (size // 10),
    "Accept-Encoding: of codings": lambda size: "gzip;q=0.1," * (size // 11),
    "Accept-Language: of languages": lambda size: "en;q=0.1," * (size // 9),
    "Authorization: of blanks": lambda size: " " * size,
    "Connection: of options": lambda size: "keep-alive," * (size // 11),
    "Content-Type: of semicolons": lambda size: "a/b" + ";" * (size - 3),
    "Content-Type: of parameters": lambda size: "a/b" + ";a=b" * (size // 4 - 1),
    "Content-Type: of numbered parameters": lambda size: "a/b" + ";a*1*=b" * (size // 7 - 1),
    "Content-Type: quoted": lambda size: 'a/b;a="' + ";" * (size - 8),
    "Content-Type: of escapes": lambda size: 'a/b;a="' + '\\"' * (size // 2 - 4),
    "Cookie: of pairs": lambda size: "a=b;" * (size // 4),
    "Cookie: of names": lambda size: "a;" * (size // 2),
    "Cookie: of attributes": lambda size: "Path;" * (size // 5),
    "Cookie: quoted": lambda size: 'gpubourse="' + '\\"' * (size // 2 - 6),
    "Cookie: of octals": lambda size: 'gpubourse="' + "\\012" * (size // 4 - 3),
    "Forwarded: of hops": lambda size: "for=1;" * (size // 6),
    "Host: long": lambda size: "a." * (size // 2),
    "If-Modified-Since: long": lambda size: "1 " * (size // 2),
    "If-None-Match: of tags": lambda size: '"a",' * (size // 4),
    "Origin: of schemes": lambda size: "http://" * (size // 7),
    "Range: of ranges": lambda size: "bytes=" + "0-," * (size // 3 - 2),
    "Sec-WebSocket-Extensions: of offers": lambda size: "permessage-deflate," * (size // 19),
    "Sec-WebSocket-Protocol: of names": lambda size: "a," * (size // 2),
    "X-Forwarded-For: of hops": lambda size: "10.1.1.1," * (size // 9),
}
LINE_BYTES = 16_000  # of the 16,384 that a header may have
ASKED = {
    "a page": "GET /",
    "a read": "GET /v1/venue",
    "a body": "POST /v1/auth/challenge",
    "a socket": "GET /v1/ws",
}


@pytest.mark.parametrize("first", ASKED.values(), ids=ASKED)
async def test_a_header_that_a_library_might_read(town: Town, first: str) -> None:
    body = b"{}" if first.startswith("POST") else b""

    async def send(size: int, name: str, shape: Callable[[int], str]) -> None:
        town.clock.skip(100 * SECOND_NS)
        named = f"{name.partition(':')[0]}: {shape(size)}"
        more = [] if named.startswith("Host") else ["Host: 127.0.0.1"]
        more += ["Content-Type: application/json"] * (bool(body) and "Content-Type" not in named)
        more += ["Connection: upgrade", "Upgrade: websocket"] * ("/ws" in first)
        lines = [f"{first} HTTP/1.1", named, f"Content-Length: {len(body)}", *more, "", ""]
        async with raw_line(town) as line:
            line.send("\r\n".join(lines).encode() + body)
            assert 200 <= (await line.reply()).status < 500, name

    for name, shape in HEADERS.items():
        a_byte = []
        for size in sizes_up_to(LINE_BYTES)[1::2]:
            with counted(EVERYBODYS) as work:
                await send(size, name, shape)
            a_byte.append(work.units / size)
        assert a_byte[1] <= HALF_AS_MUCH_AGAIN * a_byte[0], (name, a_byte)


TARGETS: dict[str, Callable[[int], str]] = {
    "a long part": lambda size: "/v1/markets/" + "x" * size,
    "slashes": lambda size: "/" * size,
    "parts": lambda size: "/v1/markets" + "/x" * (size // 2),
    "parts of a tile": lambda size: "/log/tile/0" + "/x001" * (size // 5),
    "dots": lambda size: "/." * (size // 2),
    "ways up": lambda size: "/v1" + "/.." * (size // 3),
    "escapes": lambda size: "/v1/markets/" + "%2f" * (size // 3),
    "letters of several bytes": lambda size: "/v1/markets/" + "%E9%99%88" * (size // 9),
    "broken escapes": lambda size: "/v1/markets/" + "%" * size,
    "empty members": lambda size: "/v1/markets?" + "&" * size,
    "members": lambda size: "/v1/markets?" + "a=1&" * (size // 4),
    "semicolons": lambda size: "/v1/markets?" + "a=1;" * (size // 4),
    "equal signs": lambda size: "/v1/markets?" + "=" * size,
    "blanks": lambda size: "/v1/markets?limit=" + "+" * size,
    "digits": lambda size: "/v1/markets?limit=" + "9" * size,
    "a fragment": lambda size: "/v1/venue#" + "#" * size,
}


@pytest.mark.parametrize("shape", TARGETS.values(), ids=TARGETS)
async def test_an_address_that_a_library_takes_apart(
    town: Town, shape: Callable[[int], str]
) -> None:
    a_byte = []
    for size in sizes_up_to(HEAD_BYTES)[1::2]:
        town.clock.skip(100 * SECOND_NS)
        async with raw_line(town) as line:
            with counted(EVERYBODYS) as work:
                line.send(head(f"GET {shape(size)} HTTP/1.1"))
                assert 200 <= (await line.reply()).status < 500
        a_byte.append(work.units / size)
    assert a_byte[1] <= HALF_AS_MUCH_AGAIN * a_byte[0], a_byte


# --- a socket before its log-on

HOLDERS = {
    "alone": "{}",
    **{
        f"{op}.{member}": f'{{"op":"{op}","id":1,"{member}":{{}}}}'
        for op, members in messages.MEMBERS.items()
        for member in sorted(members) or ["unknown"]
    },
}
THOROUGH = ("alone", "logon.document", "subscribe.feeds", "order.new.args")
BRIEF = ("many members", "a long text", "many texts")


@pytest.mark.parametrize("holder", HOLDERS)
async def test_a_message_before_a_log_on(town: Town, holder: str) -> None:
    around = HOLDERS[holder].partition("{}") if holder == "alone" else _around(HOLDERS[holder])
    for name in SHAPES if holder in THOROUGH else BRIEF:
        async with raw_socket(town.url) as line:

            async def send(size: int, name: str = name) -> None:
                body = SHAPES[name](max(2, size - len(around[0]) - len(around[1])))
                line.send(frame(TEXT, (around[0] + body + around[1]).encode()))
                told = await line.told_of(TEXT, CLOSE)
                while b'"control"' in told.payload[:10]:
                    told = await line.told_of(TEXT, CLOSE)
                assert told.opcode == TEXT, told

            await must_be_linear(Limits().socket_message_bytes, send, name)


def _around(holder: str) -> tuple[str, str]:
    before, _, after = holder.rpartition("{}")
    return before, after


FRAMES: dict[str, Callable[[int], bytes]] = {
    "empty fragments": lambda size: frame(TEXT, fin=False) + frame(CONT, fin=False) * (size // 6),
    "short fragments": lambda size: (
        frame(TEXT, fin=False) + frame(CONT, b"x", fin=False) * (size // 7)
    ),
    "a letter in pieces": lambda size: (
        frame(TEXT, fin=False)
        + (frame(CONT, b"\xc3", fin=False) + frame(CONT, b"\xa9", fin=False)) * (size // 14)
    ),
    "pings": lambda size: frame(PING) * (size // 6),
    "long pings": lambda size: frame(PING, b"p" * 125) * (size // 131),
    "short messages": lambda size: frame(TEXT, b"{}") * (size // 8),
    "a long message": lambda size: frame(TEXT, b"x" * (size - 14)),
    "a long binary": lambda size: frame(BINARY, b"x" * (size - 14)),
    "half a message": lambda size: frame(TEXT, b"x" * size)[:-1],
    "unmasked": lambda size: frame(TEXT, b"x" * size, is_masked=False),
    "behind a close": lambda size: frame(CLOSE) + b"x" * size,
    "zeros": bytes,
}


@pytest.mark.parametrize("step", [1, 1 << 18])
@pytest.mark.parametrize("name", FRAMES)
async def test_frames_in_chunks_of_any_size(name: str, step: int) -> None:
    async def read(size: int) -> None:
        reader = FrameReader(Limits().socket_message_bytes, lambda: 0)
        sent = FRAMES[name](size)
        for start in range(0, len(sent), step):
            for _ in reader.read(sent[start : start + step]):
                pass

    await must_be_linear(Limits().socket_message_bytes // 4, read, name)


# --- the cases that were found


async def test_a_member_given_twice_among_30_000_is_named(town: Town) -> None:
    body = b"{" + b",".join(b'"m%d":0' % n for n in [*range(30_000), 29_999]) + b"}"
    status, told, _ = await town.ask("POST", "/v1/auth/challenge", body=body)
    assert (status, told["code"]) == (413, "too_large")
    with counted() as work, pytest.raises(wire.Refused, match="more than 20000 values"):
        wire.decode(body)
    assert work.units < 10 * len(body)
    few = b"{" + b",".join(b'"m%d":0' % n for n in [*range(200), 199]) + b"}"
    with pytest.raises(wire.Refused, match="'m199' is given twice"):
        wire.decode(few)


async def test_60_000_brackets_are_refused_and_the_line_lives(town: Town) -> None:
    async with bare_client(town) as line:
        for opening in ("[" * 60_000, '{"a":' * 12_000):
            await line.ws.send_str(opening)
            told = await line.reply()
            assert told["error"]["code"] == "bad_shape"
            assert "deeper than 16" in told["error"]["detail"]
        assert (await line.ask(op="ping"))["ok"]
