"""Turns at something scarce, caller by caller: who asks for much waits behind himself alone."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager


class FairTurns:
    """So many have it at once. Of who waits, each caller's first comes before another's second."""

    def __init__(self, at_once: int = 1) -> None:
        self._free = at_once
        self._waiting: dict[Hashable, deque[asyncio.Future[None]]] = {}  # next caller first

    @asynccontextmanager
    async def one(self, caller: Hashable) -> AsyncIterator[None]:
        """Have it while the block lasts."""
        await self._take(caller)
        try:
            yield
        finally:
            self._pass_on()

    async def _take(self, caller: Hashable) -> None:
        if self._free:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(caller, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it was given at the very moment of the end
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        while self._waiting:
            caller = next(iter(self._waiting))
            turns = self._waiting.pop(caller)
            turn = turns.popleft()
            if turns:
                self._waiting[caller] = turns  # behind the other callers
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
