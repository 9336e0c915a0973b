"""A bad network: everything passes through here, until the line is cut."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from urllib.parse import urlsplit

from tests.waiting import PATIENCE_S

CHUNK_BYTES = 65_536


class Relay:
    """Carries bytes between whoever connects and one venue; `cut` drops every line."""

    def __init__(self, venue: str) -> None:
        place = urlsplit(venue)
        self._host, self._port = str(place.hostname), place.port
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._open: set[asyncio.StreamWriter] = set()
        self._pumps: set[asyncio.Task[None]] = set()
        self.address = ""
        self.lines = 0  # ever opened

    def start(self) -> None:
        self._thread.start()
        self.address = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(
            PATIENCE_S
        )

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(PATIENCE_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()

    def cut(self) -> None:
        """Every line that is open now ends, without a goodbye."""
        asyncio.run_coroutine_threadsafe(self._drop(), self._loop).result(PATIENCE_S)

    async def _listen(self) -> str:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _close(self) -> None:
        self._server.close()
        await self._drop()
        if self._pumps:
            await asyncio.wait(self._pumps)

    async def _drop(self) -> None:
        for writer in self._open:
            writer.transport.abort()
        self._open.clear()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.lines += 1
        inner, outer = await asyncio.open_connection(self._host, self._port)
        self._open |= {writer, outer}
        for source, target in ((reader, outer), (inner, writer)):
            pump = asyncio.create_task(self._pump(source, target))
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while raw := await source.read(CHUNK_BYTES):
                target.write(raw)
                await target.drain()
        target.transport.abort()


@contextmanager
def relayed(venue: str) -> Iterator[Relay]:
    """A relay to the venue at that address, while the block runs."""
    relay = Relay(venue)
    relay.start()
    try:
        yield relay
    finally:
        relay.stop()
