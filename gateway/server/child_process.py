"""A program of ours that runs beside the gateway, and is started again when it ends by itself."""

import asyncio
import contextlib
import sys
from collections.abc import Callable
from typing import Final

STOP_SECONDS: Final = 5.0
RESTART_SECONDS: Final = 1.0


class ChildProcess:
    """The parent's end. The child reads one line, its terms, and ends when its input does.

    `rests` is told the code of each end, and says whether no other is started: people must look.
    """

    def __init__(
        self,
        module: str,
        terms: str,
        ended: str,
        log: Callable[[str], None],
        rests: Callable[[int], bool] = lambda code: False,
    ) -> None:
        self._module = module
        self._terms = terms  # may hold a secret, which no argument may show
        self._ended = ended  # "views: their process ended": what is said of an end
        self._log = log
        self._rests = rests
        self._child: asyncio.subprocess.Process | None = None
        self._supervisor: asyncio.Task[None] | None = None

    @property
    def is_alive(self) -> bool:
        return self._child is not None and self._child.returncode is None

    async def start(self) -> None:
        """Start the child; should it end by itself, another follows after a second."""
        await self._begin()
        self._supervisor = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Let the child end; after STOP_SECONDS it is made to."""
        if self._supervisor is not None:
            self._supervisor.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._supervisor
        child = self._child
        if child is None or child.returncode is not None:
            return
        assert child.stdin is not None
        child.stdin.close()
        try:
            await asyncio.wait_for(child.wait(), STOP_SECONDS)
        except TimeoutError:
            child.kill()
            await child.wait()

    async def _keep(self) -> None:
        while True:
            assert self._child is not None
            code = await self._child.wait()
            if self._rests(code):
                return
            self._log(f"{self._ended} with {code}; starting another")
            await asyncio.sleep(RESTART_SECONDS)
            await self._begin()

    async def _begin(self) -> None:
        self._child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", self._module, stdin=asyncio.subprocess.PIPE
        )
        assert self._child.stdin is not None
        self._child.stdin.write(self._terms.encode() + b"\n")
        await self._child.stdin.drain()
