"""Connections as they come in: so many, for so long, and nobody past the proxy."""

import asyncio
import errno
import ssl
from asyncio import selector_events
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.server.http_connection import READ_BYTES, TLS_READ_BYTES, HttpConnection
from gateway.server.listener import Listener
from gateway.server.server import _tls
from gateway.settings import Limits
from tests.gateway.callers import log_on
from tests.gateway.raw_line import RawLine, head, raw_line
from tests.gateway.town import town_of
from tests.waiting import patience, until

A, B, C = "127.0.0.1", "127.0.0.2", "127.0.0.3"


async def served(line: RawLine) -> int:
    line.send(head("GET /livez HTTP/1.1"))
    return (await line.reply()).status


async def test_an_address_that_holds_all_it_may_locks_nobody_else_out(tmp_path: Path) -> None:
    async with town_of(tmp_path) as town, AsyncExitStack() as stack:
        own = [await stack.enter_async_context(raw_line(town, A)) for _ in range(1_100)]
        for line in own:
            line.send(b"G")
        await until(lambda: len(town.listener) == Limits().connections_per_address)
        async with raw_line(town, B) as other:
            assert await served(other) == 200


async def test_one_too_many_is_closed_and_the_others_go_on(tmp_path: Path) -> None:
    limits = Limits(connections_per_address=2)
    async with town_of(tmp_path, limits) as town:
        async with raw_line(town) as first, raw_line(town) as second:
            assert (await served(first), await served(second)) == (200, 200)
            async with raw_line(town) as third:
                assert await third.ended() == b""
            assert await served(first) == 200
        await until(lambda: len(town.listener) == 0)
        async with raw_line(town) as fourth:
            assert await served(fourth) == 200


async def test_a_full_house_makes_room_at_the_fullest_address(tmp_path: Path) -> None:
    limits = Limits(connections=3, connections_per_address=2)
    async with (
        town_of(tmp_path, limits) as town,
        raw_line(town, B) as modest,
        raw_line(town, A) as oldest,
        raw_line(town, A) as newest,
    ):
        for line in (modest, oldest, newest):
            assert await served(line) == 200
        async with raw_line(town, C) as newcomer:
            assert await served(newcomer) == 200
            assert await oldest.ended() == b""
            assert (await served(modest), await served(newest)) == (200, 200)


async def test_half_sent_heads_are_let_go(tmp_path: Path) -> None:
    async with town_of(tmp_path, Limits(head_ms=500)) as town, AsyncExitStack() as stack:
        lines = [await stack.enter_async_context(raw_line(town)) for _ in range(50)]
        for line in lines[1:]:
            line.send(head()[:-2])
        assert await served(lines[0]) == 200
        lines[0].send(head()[:-2])
        for line in lines:
            assert await line.ended() == b""
        await until(lambda: len(town.listener) == 0)


async def test_a_socket_is_no_plain_connection(tmp_path: Path) -> None:
    limits = Limits(connections_per_address=1, sockets_per_address=2)
    async with town_of(tmp_path, limits) as town:
        url = f"{town.url}/v1/ws"
        async with town.http.ws_connect(url) as one, town.http.ws_connect(url) as two:
            assert len(town.listener) == 0
            async with raw_line(town) as plain:
                assert await served(plain) == 200
            assert not one.closed
            assert not two.closed


async def test_requests_in_flight_are_counted_by_the_caller_that_the_proxy_names(
    tmp_path: Path,
) -> None:
    limits = Limits(connections_per_address=2)
    async with town_of(tmp_path, limits, proxies=(A,)) as town, AsyncExitStack() as stack:
        ahead = town.engine.head + 1
        waiting = head(
            f"GET /v1/instruments?min_position={ahead}&wait_ms=10000 HTTP/1.1",
            "X-Forwarded-For: 203.0.113.9",
            "X-Forwarded-For: 198.51.100.1",
        )
        lines = [await stack.enter_async_context(raw_line(town, A)) for _ in range(5)]
        for line in lines[:2]:
            line.send(waiting)
        await until(lambda: town.parts.in_flight.count("198.51.100.1") == 2)
        lines[2].send(waiting)
        reply = await lines[2].reply()
        assert (reply.status, b"in flight" in reply.body) == (429, True)
        lines[3].send(head("GET /v1/venue HTTP/1.1", "X-Forwarded-For: 203.0.113.9"))
        assert (await lines[3].reply()).status == 200
        lines[4].send(head("GET /v1/venue HTTP/1.1"))
        reply = await lines[4].reply()
        assert (reply.status, b"names no caller" in reply.body) == (400, True)
        assert await served(lines[4]) == 200, "its own question for our health"


@pytest.mark.parametrize(
    ("source", "lines", "is_in"),
    [
        (A, ["10.0.0.7"], True),
        (A, ["10.0.0.7", "203.0.113.9"], False),  # the first line is the caller's own
        (A, ["10.0.0.7, 203.0.113.9"], False),
        (A, ["203.0.113.9", "10.0.0.7"], True),
        (B, ["10.0.0.7"], False),  # not the proxy
    ],
)
async def test_a_key_is_used_from_where_the_proxy_says(
    tmp_path: Path, source: str, lines: list[str], is_in: bool
) -> None:
    """The key "far" may be used from 10.0.0.0/8 alone."""
    async with town_of(tmp_path, proxies=(A,)) as town, raw_line(town, source) as line:
        token = log_on(town, "far", address="10.0.0.7").token
        who = [f"Authorization: Bearer {token}", *(f"X-Forwarded-For: {each}" for each in lines)]
        line.send(head("GET /v1/auth/session HTTP/1.1", *who))
        assert (await line.reply()).status == (200 if is_in else 403)


# --- TLS


def certificate(folder: Path) -> str:
    """A file with a key and its own certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "venue")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = folder / "venue.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return str(path)


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def test_a_connection_is_read_a_little_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[int] = []
    takes = HttpConnection.data_received

    def counted(connection: HttpConnection, data: bytes) -> None:
        reads.append(len(data))
        takes(connection, data)

    monkeypatch.setattr(HttpConnection, "data_received", counted)
    body = b" " * (1 << 20)
    lines = "Content-Type: application/json", f"Content-Length: {len(body)}"
    async with town_of(tmp_path) as town, raw_line(town) as line:
        line.send(head("POST /v1/auth/challenge HTTP/1.1", *lines) + body)
        assert (await line.reply()).status == 413
        await until(lambda: sum(reads) > len(body))
    assert max(reads) <= READ_BYTES


async def test_who_left_before_he_was_refused_leaves_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """To end our side of a line that the other side has reset fails: nobody need hear of it."""
    ended: list[asyncio.Transport] = []

    def reset(transport: asyncio.Transport) -> None:
        ended.append(transport)
        raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")

    async with town_of(tmp_path) as town, raw_line(town) as line:
        monkeypatch.setattr(selector_events._SelectorSocketTransport, "write_eof", reset)
        lines = "Content-Type: application/json", f"Content-Length: {1 << 20}"
        line.send(head("POST /v1/auth/challenge HTTP/1.1", *lines) + b" " * 1_000)
        assert (await line.reply()).status == 413
        await until(lambda: ended)
    assert not [record for record in caplog.records if record.exc_info]


async def test_over_tls_too_it_is_read_a_little_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[int] = []
    opens = HttpConnection.connection_made

    def kept(connection: HttpConnection, transport: asyncio.BaseTransport) -> None:
        opens(connection, transport)
        reads.append(transport._ssl_protocol.max_size)  # type: ignore[attr-defined]

    monkeypatch.setattr(HttpConnection, "connection_made", kept)
    async with town_of(tmp_path) as town:
        listener = Listener(town.parts, _tls(certificate(tmp_path)))
        port = await listener.open("127.0.0.1", [0])
        try:
            line = RawLine(*await asyncio.open_connection(A, port, ssl=trusting()))
            assert await served(line) == 200
            line.writer.close()
        finally:
            await listener.close()
    assert reads == [TLS_READ_BYTES]


async def test_a_handshake_counts_as_a_connection_and_has_its_time(tmp_path: Path) -> None:
    limits = Limits(connections_per_address=2, head_ms=500)
    async with town_of(tmp_path, limits) as town:
        listener = Listener(town.parts, _tls(certificate(tmp_path)))
        port = await listener.open("127.0.0.1", [0])
        try:
            silent = [await asyncio.open_connection(A, port) for _ in range(3)]
            async with patience():
                for reader, writer in silent:
                    assert await reader.read() == b""
                    writer.close()
            await until(lambda: len(listener) == 0)
            reader, writer = await asyncio.open_connection(A, port, ssl=trusting())
            line = RawLine(reader, writer)
            assert await served(line) == 200
            assert len(listener) == 1
            writer.close()
        finally:
            await listener.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_the_first_free_port_is_taken(tmp_path: Path, host: str) -> None:
    async with town_of(tmp_path) as town:
        first, second = Listener(town.parts), Listener(town.parts)
        try:
            port = await first.open(host, [0])
            assert await second.open(host, [port, 0]) != port
            third = Listener(town.parts)
            with pytest.raises(OSError, match="no port is free"):
                await third.open(host, [port])
            await third.close()
        finally:
            await first.close()
            await second.close()
