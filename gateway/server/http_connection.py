"""One connection of the HTTP server, held to the limits of WIRE 7 and to decision 0086."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

from aiohttp import web
from aiohttp.web_protocol import _ErrInfo

from gateway.faults import http_log
from gateway.settings import Limits

READ_BYTES: Final = 64 << 10  # at once, of one connection: see _read_less
TLS_READ_BYTES: Final = 16 << 10  # a record; each connection keeps a buffer of it (0187)
FIELD_BYTES: Final = 16 << 10  # of one header
DROPPED_S_MOST: Final = 1.0
DROPPED_BYTES_MOST: Final = 4 << 20
HEAD_TOO_LARGE: Final = "\r\n".join(
    (
        "HTTP/1.1 431 Request Header Fields Too Large",
        "Server: gpubourse",
        "Content-Length: 0",
        "Connection: close",
        "\r\n",
    )
).encode()


class HttpConnection(web.RequestHandler):
    """aiohttp's connection, with nothing left to its defaults that a caller could use.

    A head that does not come in time is ended by aiohttp itself: its keep-alive runs from the
    opening of the connection, and from each reply.
    """

    __slots__ = (
        "_dropped_bytes",
        "_head_bytes",
        "_left",
        "_limits",
        "_on_left",
        "_refuse",
        "_replies",
        "opening",
        "turn",
    )

    def __init__(
        self,
        server: web.Server,
        limits: Limits,
        on_left: Callable[["HttpConnection"], None],
        refuse: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
    ) -> None:
        """*refuse* answers what is no request; *on_left* hears when the connection is none."""
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=limits.head_ms / 1_000,
            lingering_time=0.0,  # it would go on parsing a refused body: see drop_rest
            auto_decompress=False,
            max_field_size=FIELD_BYTES,
            access_log=None,  # type: ignore[arg-type] # aiohttp takes None for no log
            logger=http_log(),
        )
        self._limits = limits
        self._on_left = on_left
        self._refuse = refuse
        self._head_bytes = 0
        self._replies = 0
        self._dropped_bytes = 0
        self._left: asyncio.Future[None] | None = None  # while what comes is dropped
        self.opening: asyncio.Task[None] | None = None  # TLS, while it is agreed on
        self.turn: asyncio.Future[None] | None = None  # that its request waits for

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        _read_less(transport)
        super().connection_made(transport)

    def count_reply(self) -> bool:
        """Count a reply that is about to be sent; whether it must be the last."""
        self._replies += 1
        return self._replies >= self._limits.requests_per_connection

    async def drop_rest(self) -> None:
        """End our side, and drop what still comes of a body that nobody read.

        It is neither parsed nor kept; but to close over it would reset the connection, and the
        caller might never see the reply.
        """
        transport = self.transport
        if transport is None:
            return
        self._left = asyncio.get_running_loop().create_future()
        with suppress(OSError):  # the caller left
            if transport.can_write_eof():
                transport.write_eof()
            transport.resume_reading()
        with suppress(TimeoutError):
            async with asyncio.timeout(DROPPED_S_MOST):
                await self._left

    def _make_error_handler(
        self, err_info: _ErrInfo
    ) -> Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]:
        """What the parser cannot read is refused as everything else is, and ends the connection."""
        return self._refuse

    def data_received(self, data: bytes) -> None:
        """Take bytes; what has come of a head is counted until it is whole."""
        if self._left is not None:
            self._dropped_bytes += len(data)
            if self._dropped_bytes > DROPPED_BYTES_MOST:
                self._end_of_rest()
            return
        is_of_a_head, heads = self._waits_for_a_head(), self._request_count
        super().data_received(data)
        if not is_of_a_head or self._request_count != heads:
            self._head_bytes = 0
            return
        self._head_bytes += len(data)
        if self._head_bytes > self._limits.head_bytes and self.transport is not None:
            if self._current_request is None:
                self.transport.write(HEAD_TOO_LARGE)
            self.force_close()

    def _waits_for_a_head(self) -> bool:
        """Whether no body is under way: what comes now begins a request, or goes on with one."""
        if self._upgraded or self._messages:
            return False
        if self._current_request is not None:
            return self._current_request.content.is_eof()
        return self._waiter is not None and not self._waiter.done()

    def set_parser(self, *args: Any, **more: Any) -> None:
        """The connection becomes a WebSocket, which has limits of its own."""
        super().set_parser(*args, **more)
        self._on_left(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        """The connection ended; requests that nobody answered hold it, and it holds them."""
        super().connection_lost(exc)
        self._messages.clear()
        if self.turn is not None and not self.turn.done():
            self.turn.set_exception(ConnectionResetError("the caller left"))
        self._end_of_rest()
        self._on_left(self)

    def let_go(self) -> None:
        """It came to no connection, and none is lost: its parser holds it, and it the parser."""
        self._parser = None

    def _end_of_rest(self) -> None:
        if self._left is not None and not self._left.done():
            self._left.set_result(None)

    def abort(self) -> None:
        """End it at once, whatever is under way."""
        transport = self.transport
        self.force_close()
        if transport is not None:
            transport.abort()
        elif self.opening is not None:
            self.opening.cancel()


def _read_less(transport: asyncio.BaseTransport) -> None:
    """Take less of one connection in a turn than asyncio would.

    Its 256 KiB, allocated for each read, push the C library into a heap full of holes: beside a
    hostile client it grew by 50 MB and stayed (0182). What TLS reads into is the listener's.
    """
    if hasattr(transport, "max_size"):
        transport.max_size = READ_BYTES
