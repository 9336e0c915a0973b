"""From a request to a socket's line: the handshake, and the bytes that come behind it (RFC 6455).

The handshake is aiohttp's; the bytes go past its reader of frames to `frame_reader.py`.
"""

import asyncio
from collections import deque
from typing import Any, Final

from aiohttp import hdrs, web
from websockets.utils import accept_key

from ledger.refusals import Reason, Refused

PROTOCOL: Final = "gpubourse.v1.json"


class Incoming:
    """What a client sends, as it comes. No more is read of it than is asked for, and one chunk."""

    def __init__(self, http: web.Request) -> None:
        self._http: Any = http.protocol
        self._chunks: deque[bytes] = deque()
        self._is_over = False
        self._waiter: asyncio.Future[None] | None = None

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """Keep what came, for aiohttp: it is not the end, and all of it is ours."""
        if data and not self._is_over:
            self._chunks.append(bytes(data))
            if len(self._chunks) > 1:
                self._http.pause_reading()
            self._wake()
        return False, b""

    def feed_eof(self) -> None:
        """The line is cut, or is ours no longer; what came before is still read."""
        self._is_over = True
        self._wake()

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def __aiter__(self) -> "Incoming":
        return self

    async def __anext__(self) -> bytes:
        while not self._chunks:
            if self._is_over:
                raise StopAsyncIteration
            self._http.resume_reading()
            await self._next()
        return self._chunks.popleft()

    async def discard(self, most: int) -> None:
        """Read on until the line ends; who sends more than that is left to be cut by the outbox."""
        async for data in self:
            most -= len(data)
            if most < 0:
                break
        while not self._is_over:  # nothing more is read: what still comes waits at the sender
            self._http.pause_reading()
            await self._next()

    async def _next(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        await self._waiter


async def upgrade(http: web.Request) -> tuple[web.StreamResponse, Incoming]:
    """Answer the handshake with 101; refuses `bad_shape` what asks for no socket, or wrongly."""
    lines = http.headers.getall(hdrs.SEC_WEBSOCKET_PROTOCOL, [])
    offered = {name.strip() for line in lines for name in line.split(",")}
    try:  # aiohttp logs an offer without a name of ours, whole: it is told that all are
        ready = web.WebSocketResponse(protocols=offered).can_prepare(http)
    except ValueError:  # a key that is not even ASCII
        ready = web.WebSocketReady(False, None)
    if not ready.ok:
        raise Refused(
            Reason.bad_shape, "This address is a WebSocket: ask for the upgrade (RFC 6455)."
        )
    response = web.StreamResponse(status=101)
    response.headers[hdrs.UPGRADE] = "websocket"
    response.headers[hdrs.CONNECTION] = "upgrade"
    response.headers[hdrs.SEC_WEBSOCKET_ACCEPT] = accept_key(http.headers[hdrs.SEC_WEBSOCKET_KEY])
    if PROTOCOL in offered:
        response.headers[hdrs.SEC_WEBSOCKET_PROTOCOL] = PROTOCOL
    await response.prepare(http)
    incoming = Incoming(http)
    http.protocol.set_parser(incoming)  # type: ignore[arg-type]  # by its two methods
    http.protocol.keep_alive(False)
    return response, incoming
