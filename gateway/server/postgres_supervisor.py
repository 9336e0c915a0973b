"""Keeps the embedded PostgreSQL running while a venue stands on it, and stops it afterwards."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from ledger.embedded.embedded_server import EmbeddedPostgres
from ledger.embedded.server_user import EmbeddedUnavailable

CHECK_S: Final = 0.5  # the engine waits 0.05, 2 and 10 s for a database before it gives up
RETRY_S: Final = 5.0  # after a start that failed


class PostgresSupervisor:
    """One data folder's server, for as long as a venue stands on it."""

    def __init__(self, server: EmbeddedPostgres, log: Callable[[str], None]) -> None:
        self._server = server
        self._log = log
        self._is_over = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> str:
        """The owner's DSN of a running server. Raises EmbeddedUnavailable."""
        dsn = await asyncio.to_thread(self._server.start)
        self._task = asyncio.create_task(self._watch(), name="supervisor")
        return dsn

    async def stop(self) -> None:
        """Watch no longer; stop the server, unless another process uses it.

        Our own must have let go of the journal.
        """
        self._is_over.set()
        if self._task is not None:
            await self._task
        await asyncio.to_thread(self._server.leave)

    async def _watch(self) -> None:
        """A server that died (or was stopped) under us is started again: it recovers by its log."""
        wait_s = CHECK_S
        while not await self._over_within(wait_s):
            wait_s = CHECK_S
            if await asyncio.to_thread(self._server.is_alive):
                continue
            self._log("PostgreSQL: it ended while the venue was open")
            try:
                await asyncio.to_thread(self._server.start)
            except EmbeddedUnavailable as error:
                self._log(str(error))
                wait_s = RETRY_S

    async def _over_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._is_over.wait(), seconds)
        return self._is_over.is_set()
