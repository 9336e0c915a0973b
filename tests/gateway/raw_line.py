"""A bare TCP client of the gateway: bytes out, replies in, and whether the other side ended it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import NamedTuple

from tests.gateway.town import Town
from tests.waiting import patience


class RawReply(NamedTuple):
    """One reply, its header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class RawLine:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, raw: bytes) -> None:
        self.writer.write(raw)

    async def reply(self) -> RawReply:
        """The next reply, whole."""
        async with patience():
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.strip().split("\r\n")
            pairs = (line.partition(":") for line in lines)
            headers = {name.lower(): value.strip() for name, _, value in pairs}
            body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return RawReply(int(first.split(" ")[1]), headers, body)

    async def ended(self) -> bytes:
        """All that still comes until the other side ends it."""
        rest = b""
        async with patience():
            with suppress(ConnectionError):
                while more := await self.reader.read(65_536):
                    rest += more
        return rest


@asynccontextmanager
async def raw_line(
    town: Town, source: str = "127.0.0.1", secure: ssl.SSLContext | None = None
) -> AsyncIterator[RawLine]:
    """A connection from an address of this machine; closed behind the block."""
    host, _, port = town.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(
        host, int(port), local_addr=(source, 0), ssl=secure
    )
    try:
        yield RawLine(reader, writer)
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


def head(first: str = "GET /v1/venue HTTP/1.1", *lines: str, host: str = "127.0.0.1") -> bytes:
    """A request's head, whole."""
    return "\r\n".join((first, f"Host: {host}", *lines, "", "")).encode()
