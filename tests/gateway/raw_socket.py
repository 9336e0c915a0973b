"""A client of the socket that writes its frames bit by bit, also those that no library would."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple, Self

from tests.waiting import soon

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
KEY = b"\x37\xfa\x21\x3d"  # of the mask


def frame(
    opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, is_masked: bool = True
) -> bytes:
    """One frame; *rsv* are the three reserved bits as a number."""
    first = (fin << 7) | (rsv << 4) | opcode
    mask = 0x80 if is_masked else 0
    size = len(payload)
    if size <= 125:
        head = bytes((first, mask | size))
    elif size <= 0xFFFF:
        head = struct.pack("!BBH", first, mask | 126, size)
    else:
        head = struct.pack("!BBQ", first, mask | 127, size)
    if not is_masked:
        return head + payload
    spread = (KEY * (size // 4 + 1))[:size]
    return head + KEY + (int.from_bytes(payload) ^ int.from_bytes(spread)).to_bytes(size)


def text(payload: str) -> bytes:
    """One text message in one frame."""
    return frame(TEXT, payload.encode())


def ending(code: int | None = None, reason: bytes = b"") -> bytes:
    """A close frame."""
    return frame(CLOSE, b"" if code is None else struct.pack("!H", code) + reason)


class Told(NamedTuple):
    """A frame of the venue's."""

    opcode: int
    payload: bytes

    @property
    def code(self) -> int:
        """Of a close."""
        return int.from_bytes(self.payload[:2])


class RawSocket:
    """A socket after its handshake."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    @classmethod
    async def to(cls, url: str, first: bytes = b"") -> Self:
        """Connect, and get through the handshake; *first* is sent along with it."""
        host, port = url.removeprefix("http://").split(":")
        reader, writer = await soon(asyncio.open_connection(host, int(port)))
        writer.write(
            f"GET /v1/ws HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: Upgrade\r\n"
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n".encode()
            + first
        )
        head = await soon(reader.readuntil(b"\r\n\r\n"))
        assert head.startswith(b"HTTP/1.1 101 "), head
        return cls(reader, writer)

    def send(self, *frames: bytes) -> None:
        """Write these bytes; who does not read them is not waited for."""
        self.writer.write(b"".join(frames))

    async def told(self) -> Told:
        """The next frame of the venue's."""
        first, size = await soon(self._reader.readexactly(2))
        if size >= 126:
            size = int.from_bytes(await soon(self._reader.readexactly(2 if size == 126 else 8)))
        return Told(first & 0x0F, await soon(self._reader.readexactly(size)))

    async def told_of(self, *opcodes: int) -> Told:
        """The next frame of one of these kinds; others are passed over."""
        while (told := await self.told()).opcode not in opcodes:
            pass
        return told

    async def reply(self, wanted: bytes = b'"re":') -> bytes:
        """The next message that has these bytes: no heartbeat is taken for an answer."""
        while wanted not in (told := await self.told_of(TEXT)).payload:
            pass
        return told.payload

    async def close_code(self) -> int:
        """With which code the venue ends it."""
        return (await self.told_of(CLOSE)).code

    async def until_cut(self) -> None:
        """Read on until the venue has cut the line."""
        with suppress(ConnectionError):
            while await soon(self._reader.read(65_536)):
                pass


@asynccontextmanager
async def raw_socket(url: str, first: bytes = b"") -> AsyncIterator[RawSocket]:
    """A raw socket, cut behind its block."""
    line = await RawSocket.to(url, first)
    try:
        yield line
    finally:
        line.writer.transport.abort()
        with suppress(ConnectionError):
            await line.writer.wait_closed()
