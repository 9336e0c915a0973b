"""One request of each address in a turn of the loop: whoever sends many at once waits for himself.

A hundred connections of one address, each with requests behind one another, are one caller so: in
each turn of the loop everybody else is served, too.
"""

import asyncio
from collections import deque
from typing import Protocol


class Line(Protocol):
    """What a request came by: its end ends the wait in `turn`."""

    turn: asyncio.Future[None] | None


class RequestTurns:
    """Who goes on in which turn of the loop. An address that asks once in a turn never waits."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}  # of who went on in this turn

    async def one(self, caller: str, line: Line | None = None) -> None:
        """Wait until no other request of a caller goes on in this turn of the loop.

        Raises what the end of *line* sets: who has left waits for nothing, and nobody behind him.
        """
        waiting = self._waiting.get(caller)
        if waiting is not None:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            waiting.append(turn)
            if line is None:
                await turn
                return
            line.turn = turn
            try:
                await turn
            finally:
                line.turn = None
            return
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._next)
        self._waiting[caller] = deque()

    def _next(self) -> None:
        for caller, waiting in list(self._waiting.items()):
            while waiting and waiting[0].done():  # its connection has ended
                waiting.popleft()
            if waiting:
                waiting.popleft().set_result(None)
            else:
                del self._waiting[caller]
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._next)
