"""No default of the HTTP server is left to chance: a case for each row of decision 0086."""

import re
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from gateway.routes.http_rules import ONCE
from gateway.routes.system import ROUTES
from gateway.settings import Limits
from tests.gateway.raw_line import RawLine, head, raw_line
from tests.gateway.town import town_of
from tests.house.sources import ROOT
from tests.waiting import until

Case = Callable[[Path], Awaitable[None]]
CASES: dict[str, Case] = {}
JSON = "Content-Type: application/json"
CHALLENGE = "POST /v1/auth/challenge HTTP/1.1"
PAGE = ROOT / "docs" / "decisions" / "0086-what-of-http-is-spoken.md"


def case(row: str) -> Callable[[Case], Case]:
    """This case shows what the row of the decision says."""

    def keep(step: Case) -> Case:
        CASES[row] = step
        return step

    return keep


def test_every_row_of_the_decision_has_its_case() -> None:
    rows = re.findall(r"^\| (.*?) \|", PAGE.read_text("utf-8"), re.MULTILINE)

    assert set(rows[1:]) == set(CASES)


@pytest.mark.parametrize("step", CASES.values(), ids=lambda step: step.__name__)
async def test_a_default(step: Case, tmp_path: Path) -> None:
    await step(tmp_path)


async def refused(line: RawLine, raw: bytes, status: int, code: str) -> dict[str, str]:
    """Sent, refused as said, and closed; the reply's headers."""
    line.send(raw)
    reply = await line.reply()
    assert (reply.status, code.encode() in reply.body) == (status, True), reply
    assert await line.ended() == b""
    return reply.headers


def floods(line: RawLine) -> bool:
    """One more piece of a body without end; whether the other side cut it."""
    if not line.writer.is_closing():
        line.send(b"x" * 262_144)
    return line.writer.is_closing()


def heads_of_every_route(*lines: str) -> list[bytes]:
    """A request to each route, with these headers and a body that is still to come."""
    return [
        head(
            f"{method} {re.sub('{[^}]*}', 'x', route.path)} HTTP/1.1",
            *lines,
            "Content-Length: 1000000",
        )
        for route in ROUTES
        for method in {route.method, "POST"}
    ]


@case("a coded body is inflated")
async def a_coded_body(tmp_path: Path) -> None:
    for coding in ("gzip", "br", "identity"):
        async with town_of(tmp_path) as town:
            town.lift_rates()
            for raw in heads_of_every_route(f"Content-Encoding: {coding}"):
                async with raw_line(town) as line:
                    headers = await refused(line, raw, 415, "bad_media_type")
                    assert headers["accept-encoding"] == "identity"


@case("what is left of a refused body is read for 10 s")
async def a_refused_body(tmp_path: Path) -> None:
    async with town_of(tmp_path, Limits(body_bytes=100)) as town, raw_line(town) as line:
        headers = await refused(
            line, head(CHALLENGE, JSON, "Content-Length: 1000000") + b"{", 413, "too_large"
        )
        assert headers["connection"] == "close"
    async with town_of(tmp_path, Limits(body_bytes=100)) as town, raw_line(town) as line:
        line.send(head(CHALLENGE, JSON, "Content-Length: 2000000") + b"{" * 2_000_000)
        reply = await line.reply()  # is not lost to a reset, whatever is still on its way
        assert (reply.status, b"too_large" in reply.body) == (413, True)
        await line.ended()
    async with town_of(tmp_path, Limits(body_bytes=100)) as town, raw_line(town) as line:
        line.send(head(CHALLENGE, JSON, "Content-Length: 100000000"))
        await line.reply()
        await until(lambda: floods(line))  # without end: it is cut
    async with town_of(tmp_path) as town, raw_line(town) as line:  # nobody reads a GET's body
        line.send(head("GET /v1/venue HTTP/1.1", "Content-Length: 1000000"))
        assert (await line.reply()).headers["connection"] == "close"
        assert await line.ended() == b""


@case("a body in chunks, with extensions and trailers")
async def a_body_in_chunks(tmp_path: Path) -> None:
    async with town_of(tmp_path) as town:
        town.lift_rates()
        for raw in heads_of_every_route():
            chunked = raw.replace(b"Content-Length: 1000000", b"Transfer-Encoding: chunked")
            async with raw_line(town) as line:
                await refused(line, chunked, 400, "Content-Length")
        async with raw_line(town) as line:
            chunks = b"1;extension=x\r\n{\r\n1\r\n}\r\n0\r\nTrailer: x\r\n\r\n"
            line.send(head(CHALLENGE, JSON, "Transfer-Encoding: chunked") + chunks)
            assert (await line.reply()).status == 400


@case("`Expect: 100-continue` is answered at once")
async def an_expectation(tmp_path: Path) -> None:
    wait, length = "Expect: 100-continue", "Content-Length: 2"
    async with town_of(tmp_path) as town:
        async with raw_line(town) as line:
            line.send(head(CHALLENGE, JSON, wait, length))
            assert (await line.reply()).status == 100
            line.send(b"{}")
            assert (await line.reply()).status == 200
        async with raw_line(town) as line:
            await refused(line, head(CHALLENGE, wait, length, "Content-Type: x/y"), 415, "bad_med")
        async with raw_line(town) as line:
            await refused(line, head(CHALLENGE, JSON, "Expect: tea", length), 400, "Expect is")


@case("HTTP/0.9, HTTP/1.0 and numbers to come")
async def another_version(tmp_path: Path) -> None:
    async with town_of(tmp_path) as town:
        for version in ("1.0", "2.0"):
            async with raw_line(town) as line:
                await refused(line, head(f"GET /livez HTTP/{version}"), 400, "")
        for raw in (b"GET /livez\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"):
            async with raw_line(town) as line:
                line.send(raw)
                assert b" 400 " in await line.ended()


@case("keep-alive for an hour")
async def an_idle_connection(tmp_path: Path) -> None:
    async with town_of(tmp_path, Limits(head_ms=300)) as town, raw_line(town) as line:
        line.send(head())
        assert (await line.reply()).status == 200
        assert await line.ended() == b""


@case("requests on a connection without end")
async def many_requests(tmp_path: Path) -> None:
    async with town_of(tmp_path, Limits(requests_per_connection=3)) as town, raw_line(town) as line:
        for connection in ("", "", "close"):
            line.send(head("GET /nowhere HTTP/1.1" if connection else "GET /livez HTTP/1.1"))
            assert (await line.reply()).headers.get("connection", "") == connection
        assert await line.ended() == b""


@case("pipelining")
async def pipelining(tmp_path: Path) -> None:
    async with town_of(tmp_path) as town, raw_line(town) as line:
        now_ns = town.clock.stand_still()
        first = town.parts.buckets.take("anonymous", "127.0.0.1", now_ns, 0).tokens
        coded = head("GET /livez HTTP/1.1", "Content-Encoding: gzip", "Content-Length: 999")
        line.send(head() + head("GET /v1/rules HTTP/1.1") + coded + head())
        assert [(await line.reply()).status for _ in range(3)][::2] == [200, 415]
        assert await line.ended() == b""
        left = town.parts.buckets.take("anonymous", "127.0.0.1", now_ns, 0).tokens
        assert first - left >= 3


@case("128 headers of any sum")
async def a_large_head(tmp_path: Path) -> None:
    lines = [f"X-{number}: {'x' * 8_000}" for number in range(5)]
    async with town_of(tmp_path) as town:
        async with raw_line(town) as line:  # in one piece, or not: as it comes
            line.send(head("GET /livez HTTP/1.1", *lines))
            assert (await line.reply()).status in {413, 431}
        async with raw_line(town) as line:
            line.send(head("GET /livez HTTP/1.1", *lines)[:-2])
            assert b" 431 " in await line.ended()


@case("a target in full, `*`, or a host alone (CONNECT)")
async def another_target(tmp_path: Path) -> None:
    async with town_of(tmp_path) as town:
        for first in (
            "GET http://venue/livez HTTP/1.1",
            "GET http://elsewhere/livez HTTP/1.1",
            "OPTIONS * HTTP/1.1",
            "CONNECT venue:443 HTTP/1.1",
        ):
            async with raw_line(town) as line:
                line.send(head(first))
                reply = await line.reply()
                assert (reply.status, b"no proxy" in reply.body) == (400, True), first


@case("TRACE, OPTIONS, any method")
async def another_method(tmp_path: Path) -> None:
    async with town_of(tmp_path) as town, raw_line(town) as line:
        for method in ("TRACE", "OPTIONS", "PUT", "PROPFIND"):
            line.send(head(f"{method} /v1/venue HTTP/1.1", "Cookie: secret=1"))
            reply = await line.reply()
            assert (reply.status, b"secret" in reply.body) == (404, False)


@case("an upgrade to something else")
async def another_protocol(tmp_path: Path) -> None:
    async with town_of(tmp_path) as town:
        for protocol in ("h2c", "websocket"):
            async with raw_line(town) as line:
                line.send(
                    head("GET /livez HTTP/1.1", "Connection: Upgrade", f"Upgrade: {protocol}")
                )
                assert (await line.reply()).status == 200


@case("a header given twice counts once")
async def a_header_twice(tmp_path: Path) -> None:
    async with town_of(tmp_path) as town:
        for name in set(ONCE) - {"Expect", "Host"}:
            async with raw_line(town) as line:
                line.send(head("GET /livez HTTP/1.1", f"{name}: a", f"{name.lower()}: a"))
                reply = await line.reply()
                by_parser = name == "Content-Type"
                assert (reply.status, b"given twice" in reply.body) == (400, not by_parser)


@case("`Content-Type` and `Cookie` are parsed whole, parameters, quotes, attributes and all")
async def a_type_and_a_cookie(tmp_path: Path) -> None:
    async with town_of(tmp_path) as town:
        token = await town.log_on("trader")
        for said, status in (
            ("application/json", 200), ("Application/JSON ; charset=utf-8", 200),
            ("application/json;;;a=\"", 200), ("application/jsonp", 415), ("json", 415), (";", 415),
        ):  # fmt: skip
            async with raw_line(town) as line:
                line.send(head(CHALLENGE, f"Content-Type: {said}", "Content-Length: 2") + b"{}")
                assert (await line.reply()).status == status, said
        for said, status in (
            (f"gpubourse={token}", 200), (f"a=b; __Host-gpubourse={token} ;c", 200),
            (f"gpubourse=; __Host-gpubourse={token}", 200), (f"agpubourse={token}", 401),
            (f"a=gpubourse={token}", 401), (f"gpubourse=x{token}", 401), ("gpubourse", 401),
        ):  # fmt: skip
            async with raw_line(town) as line:
                line.send(head("GET /v1/auth/session HTTP/1.1", f"Cookie: {said}"))
                assert (await line.reply()).status == status, said


@case("two lengths, bare line feeds, folded lines")
async def two_readings(tmp_path: Path) -> None:
    async with town_of(tmp_path) as town:
        for raw in (
            head(CHALLENGE, "Content-Length: 2", "Transfer-Encoding: chunked") + b"{}",
            head(CHALLENGE, "Content-Length: 2", "Content-Length: 3") + b"{}",
            head().replace(b"\r\n", b"\n"),
            head("GET /livez HTTP/1.1", "X-Folded: a", " b"),
            head("GET /livez HTTP/1.1", "X-Blank : a"),
            head("GET /livez HTTP/1.1", "Content-Length: +1"),
        ):
            async with raw_line(town) as line:
                line.send(raw)
                assert b" 400 " in await line.ended(), raw


@case("a reply that nobody takes is kept for ever")
async def a_reply_that_nobody_takes(tmp_path: Path) -> None:
    async with town_of(tmp_path, Limits(reply_ms=50)) as town, raw_line(town) as line:
        raw = line.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        line.writer.transport.pause_reading()
        line.send(head("GET /openapi.json HTTP/1.1") * 30)
        await until(lambda: len(town.listener) == 0)


@case("`Server` names library and release")
async def the_servers_name(tmp_path: Path) -> None:
    async with town_of(tmp_path) as town, raw_line(town) as line:
        for path in ("/livez", "/v1/venue", "/nowhere", "/"):
            line.send(head(f"GET {path} HTTP/1.1"))
            assert (await line.reply()).headers["server"] == "gpubourse"
