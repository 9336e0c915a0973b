"""Where connections come in: taken while there is room, each handed to the HTTP server.

Who is one too many is closed before a byte of his is read, and before any TLS. What a connection
costs is bounded so by address, and in all.
"""

import asyncio
import errno
import socket
import ssl
from asyncio.sslproto import SSLProtocol
from collections.abc import Coroutine, Iterable
from contextlib import ExitStack
from functools import partial
from typing import Any, Final

from aiohttp import web

from gateway.access.connection_room import ConnectionRoom
from gateway.routes.parts import Parts
from gateway.server.app import build, refuse_unreadable
from gateway.server.http_connection import TLS_READ_BYTES, HttpConnection

BACKLOG: Final = 1_024
TAKEN_AT_ONCE: Final = 64  # then others have their turn
RETRY_S: Final = 0.1  # when the system has no descriptor or memory for one more
CLOSE_S: Final = 2.0
TAKEN: Final = (errno.EADDRINUSE, errno.EACCES)  # of a port: the next one may be free


class Listener:
    """The open port of one gateway; `close` ends every connection."""

    def __init__(self, parts: Parts, secure: ssl.SSLContext | None = None) -> None:
        self._limits = parts.limits
        self._secure = secure
        if secure is not None:  # of each from its opening on: its buffer is made before any byte
            SSLProtocol.max_size = TLS_READ_BYTES
        self._refuse = partial(refuse_unreadable, parts)
        self._runner = web.AppRunner(build(parts), shutdown_timeout=CLOSE_S)
        self._room: ConnectionRoom[HttpConnection] = ConnectionRoom(
            parts.limits, parts.settings.proxies
        )
        self._sockets: list[socket.socket] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._room)

    async def open(self, host: str, ports: Iterable[int]) -> int:
        """Listen on the first of *ports* that is free (0: one that the system chooses); which.

        Raises OSError: with one of TAKEN if none is free, else the address cannot be listened on.
        """
        await self._runner.setup()
        for port in ports:
            try:
                self._sockets = await _bound(host, port)
                break
            except OSError as error:
                if error.errno not in TAKEN:
                    raise
        if not self._sockets:
            raise OSError(errno.EADDRINUSE, f"no port is free on {host}")
        for listening in self._sockets:
            self._keep(self._listen(listening))
        return int(self._sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Take no more, let what is under way end within CLOSE_S, close."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        for listening in self._sockets:
            listening.close()
        self._sockets.clear()
        await self._runner.cleanup()

    async def _listen(self, listening: socket.socket) -> None:
        taken = 0
        while True:
            try:
                connected, peer = listening.accept()
            except BlockingIOError:
                await _until_somebody_comes(listening)
                continue
            except OSError:
                await asyncio.sleep(RETRY_S)
                continue
            connected.setblocking(False)
            self._take(connected, str(peer[0]))
            taken += 1
            if taken % TAKEN_AT_ONCE == 0:
                await asyncio.sleep(0)

    def _take(self, connected: socket.socket, peer: str) -> None:
        server = self._runner.server
        assert server is not None, "the listener is open"
        connection = HttpConnection(server, self._limits, self._room.leave, self._refuse)
        admitted = self._room.admit(connection, peer)
        if not admitted.is_in:
            connected.close()
            connection.let_go()
            return
        if admitted.pushed_out is not None:
            admitted.pushed_out.abort()
        connection.opening = self._keep(self._begin(connected, connection))
        connection.opening.add_done_callback(partial(self._begun, connected, connection))

    async def _begin(self, connected: socket.socket, connection: HttpConnection) -> None:
        handshake_s = self._limits.head_ms / 1_000 if self._secure else None
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: connection,
                connected,
                ssl=self._secure,
                ssl_handshake_timeout=handshake_s,
                ssl_shutdown_timeout=CLOSE_S if self._secure else None,
            )
        except OSError as error:  # TLS that fails, and a peer that left, too
            error.__traceback__ = None  # its frames hold who waited for it, and that holds it

    def _begun(
        self, connected: socket.socket, connection: HttpConnection, _: "asyncio.Task[None]"
    ) -> None:
        """What did not come to be a connection leaves nothing behind."""
        connection.opening = None
        if connection.transport is None:
            connected.close()
            connection.let_go()
            self._room.leave(connection)

    def _keep(self, step: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.get_running_loop().create_task(step)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def _until_somebody_comes(listening: socket.socket) -> None:
    """Not `sock_accept`: one that is cancelled as somebody comes logs an error of the loop's."""
    loop = asyncio.get_running_loop()
    waiting: asyncio.Future[None] = loop.create_future()

    def comes() -> None:
        if not waiting.done():
            waiting.set_result(None)

    loop.add_reader(listening, comes)
    try:
        await waiting
    finally:
        loop.remove_reader(listening)


async def _bound(host: str, port: int) -> list[socket.socket]:
    """A listening socket for each address of a host, all on one port."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    with ExitStack() as opened:
        sockets = []
        for family, _, _, _, address in dict.fromkeys(found):
            listening = opened.enter_context(
                socket.create_server((str(address[0]), port), family=family, backlog=BACKLOG)
            )
            listening.setblocking(False)
            sockets.append(listening)
            port = port or int(listening.getsockname()[1])
        opened.pop_all()
    return sockets
