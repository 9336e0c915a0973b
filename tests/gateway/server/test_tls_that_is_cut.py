"""A line of TLS that ends, at whatever stage, leaves nothing that a collection must find.

What it leaves would stay until objects enough are made, and each holds the buffer that asyncio
reads into. Counted by the objects that a collection finds, never by memory.
"""

import asyncio
import gc
import ssl
from asyncio.sslproto import SSLProtocol
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gateway.server.http_connection import TLS_READ_BYTES
from gateway.server.listener import Listener
from gateway.server.server import _tls
from gateway.settings import Limits
from tests.gateway.raw_line import head
from tests.gateway.server.test_listener import certificate, trusting
from tests.gateway.test_no_circles import KEPT, OF_A_LINE, TIMES, lines_open, nothing_kept
from tests.gateway.town import town_of
from tests.waiting import patience, until

OF_TLS = ("SSLProtocol", "SSLObject", "_SSLProtocolTransport", "SSLError")


class Client:
    """One client's end of TLS, which writes what it is made to, and no more."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = trusting().wrap_bio(self._incoming, self._outgoing)

    def step(self) -> bytes:
        """What the client would send next of its handshake."""
        with suppress(ssl.SSLWantReadError):
            self.tls.do_handshake()
        return self._outgoing.read()

    async def hear(self) -> None:
        async with patience():
            self._incoming.write(await self.reader.read(65_536))

    async def finished(self) -> bytes:
        """Its last flight, once the venue's has come."""
        self.writer.write(self.step())
        await self.hear()
        while not (flight := self.step()):
            await self.hear()
        return flight

    async def agree(self) -> None:
        self.writer.write(await self.finished())

    def sealed(self, data: bytes) -> bytes:
        self.tls.write(data)
        return self._outgoing.read()


Stage = Callable[[Client], Awaitable[None]]


async def nothing(_: Client) -> None:
    """No byte of a hello."""


async def half_a_hello(client: Client) -> None:
    hello = client.step()
    client.writer.write(hello[: len(hello) // 2])


async def a_hello(client: Client) -> None:
    client.writer.write(client.step())


async def a_hello_that_was_answered(client: Client) -> None:
    client.writer.write(client.step())
    await client.hear()


async def no_tls(client: Client) -> None:
    client.writer.write(head())


async def half_a_last_flight(client: Client) -> None:
    flight = await client.finished()
    client.writer.write(flight[: len(flight) // 2])


async def a_spoilt_last_flight(client: Client) -> None:
    flight = await client.finished()
    client.writer.write(flight[:-8] + bytes(8))


async def no_request(client: Client) -> None:
    await client.agree()


async def half_a_request(client: Client) -> None:
    await client.agree()
    client.writer.write(client.sealed(head()[:-4]))


async def half_a_record(client: Client) -> None:
    await client.agree()
    client.writer.write(client.sealed(head())[:-4])


async def a_spoilt_record(client: Client) -> None:
    await client.agree()
    client.writer.write(client.sealed(head())[:-8] + bytes(8))


async def a_request(client: Client) -> None:
    await client.agree()
    client.writer.write(client.sealed(head("GET /livez HTTP/1.1")))
    await client.hear()


STAGES = [
    nothing, half_a_hello, a_hello, a_hello_that_was_answered, no_tls, half_a_last_flight,
    a_spoilt_last_flight, no_request, half_a_request, half_a_record, a_spoilt_record, a_request,
]  # fmt: skip


@asynccontextmanager
async def secure_port(tmp_path: Path, limits: Limits | None = None) -> AsyncIterator[int]:
    async with town_of(tmp_path, limits) as town:
        listener = Listener(town.parts, _tls(certificate(tmp_path)))
        try:
            yield await listener.open("127.0.0.1", [0])
        finally:
            await listener.close()


def tls_open() -> int:
    return sum(type(each) is SSLProtocol for each in gc.get_objects())


def was_taken(client: Client, before: int) -> bool:
    return tls_open() + lines_open() > before or client.reader.at_eof()


@pytest.mark.parametrize("is_reset", [False, True])
@pytest.mark.parametrize("stage", STAGES)
async def test_a_line_of_tls_that_is_cut_leaves_nothing(
    tmp_path: Path, stage: Stage, is_reset: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async with secure_port(tmp_path) as port:
        before = tls_open() + lines_open()
        with nothing_kept((*KEPT, *OF_A_LINE, *OF_TLS)):
            for _ in range(TIMES):
                client = Client(*await asyncio.open_connection("127.0.0.1", port))
                await stage(client)
                await until(partial(was_taken, client, before))
                if is_reset:
                    client.writer.transport.abort()
                else:
                    client.writer.close()
            del client
            await until(lambda: tls_open() + lines_open() <= before, "each goes uncollected")
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("stage", [nothing, half_a_hello, a_hello_that_was_answered])
async def test_a_handshake_that_we_end_leaves_nothing(tmp_path: Path, stage: Stage) -> None:
    """By its time, and for another line's room."""
    async with secure_port(tmp_path, Limits(head_ms=500, connections=2)) as port:
        before = tls_open() + lines_open()
        with nothing_kept((*KEPT, *OF_A_LINE, *OF_TLS)):
            clients = []
            for _ in range(TIMES):
                clients.append(Client(*await asyncio.open_connection("127.0.0.1", port)))
                await stage(clients[-1])
            for client in clients:
                async with patience():
                    await client.reader.read()
                client.writer.close()
            del client, clients
            await until(lambda: tls_open() + lines_open() <= before, "each goes uncollected")


@pytest.mark.parametrize("stage", [nothing, a_hello_that_was_answered, a_request])
async def test_tls_reads_into_little_from_its_first_byte(tmp_path: Path, stage: Stage) -> None:
    async with secure_port(tmp_path) as port:
        client = Client(*await asyncio.open_connection("127.0.0.1", port))
        await stage(client)
        await until(tls_open)
        lines: list[Any] = [each for each in gc.get_objects() if type(each) is SSLProtocol]
        assert {len(line._ssl_buffer) for line in lines} == {TLS_READ_BYTES}
        client.writer.close()
