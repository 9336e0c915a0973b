"""A program of ours that runs beside the gateway, and is started again when it ends by itself."""

import asyncio
import contextlib
import os
import select
import sys
from collections.abc import Callable
from typing import Final

STOP_SECONDS: Final = 5.0
RESTART_SECONDS: Final = 1.0


class ChildProcess:
    """The parent's end. The child reads one line, its terms, and ends when its input does.

    `rests` is told the code of each end, and says whether no other is started: people must look.
    `receive` is called with each line that the child writes, of at most `line_most` bytes.
    """

    def __init__(
        self,
        module: str,
        terms: str,
        ended: str,
        log: Callable[[str], None],
        rests: Callable[[int], bool] = lambda code: False,
        receive: Callable[[bytes], None] | None = None,
        line_most: int = 1 << 16,
    ) -> None:
        self._module = module
        self._terms = terms  # may hold a secret, which no argument may show
        self._ended = ended  # "views: their process ended": what is said of an end
        self._log = log
        self._rests = rests
        self._receive = receive
        self._line_most = line_most
        self._listener: asyncio.Task[None] | None = None
        self._child: asyncio.subprocess.Process | None = None
        self._supervisor: asyncio.Task[None] | None = None

    @property
    def is_alive(self) -> bool:
        return self._child is not None and self._child.returncode is None

    async def start(self) -> None:
        """Start the child; should it end by itself, another follows after a second."""
        await self._begin()
        self._supervisor = asyncio.create_task(self._keep())

    def send(self, line: bytes) -> None:
        """One more line for a child that reads on behind its terms; lost if it has just ended."""
        assert self._child is not None
        assert self._child.stdin is not None
        self._child.stdin.write(line + b"\n")

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
        child = self._child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", self._module),
            stdin=asyncio.subprocess.PIPE,
            stdout=None if self._receive is None else asyncio.subprocess.PIPE,
            limit=self._line_most,
        )
        assert child.stdin is not None
        child.stdin.write(self._terms.encode() + b"\n")
        await child.stdin.drain()
        if self._receive is not None and child.stdout is not None:
            self._listener = asyncio.create_task(_read_lines(child.stdout, self._receive))


async def _read_lines(lines: asyncio.StreamReader, receive: Callable[[bytes], None]) -> None:
    """Tell what a child writes, until it ends."""
    async for line in lines:
        receive(line)


def has_parent_ended(wait_s: float) -> bool:
    """Whether standard input ends within so many seconds: the parent let go of it.

    The child asks between two steps. A thread that reads it would hold its lock while Python ends,
    and a process that SIGTERM ends would then die with "Fatal Python error".
    """
    is_readable = bool(select.select([sys.stdin.fileno()], [], [], wait_s)[0])
    return is_readable and not os.read(sys.stdin.fileno(), 1)
