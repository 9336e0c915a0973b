"""Whose read of the database is next: places are few, and each caller has a share of them.

A read waits in turn: a place that is free goes to the caller whose turn it is, not to the read that
came first. So whoever asks for much waits behind his own reads, and nobody else does.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.access.session import Session
from gateway.addresses import share_of
from gateway.problems import ProblemRaised


class ReadTurns:
    """The places for reads. Every step costs the same, however many wait."""

    def __init__(self, at_once: int, per_caller: int, wait_ms: int) -> None:
        self._at_once = at_once
        self._per_caller = per_caller
        self._wait_s = wait_ms / 1_000
        self._under_way: Counter[str] = Counter()  # by caller
        self._taken = 0
        self._waiting: dict[str, dict[asyncio.Future[None], None]] = {}  # by caller, oldest first
        self._next: dict[str, None] = {}  # who waits with room in his share, in the order of turns

    def under_way(self, caller: str) -> int:
        """How many reads of a caller have a place."""
        return self._under_way[caller]

    @asynccontextmanager
    async def one(self, caller: str, *, is_patient: bool = False) -> AsyncIterator[None]:
        """A place while the block lasts.

        Raises ProblemRaised `overloaded` if none came in time; a *patient* caller waits on.
        """
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(caller, {})[turn] = None
        self._line_up(caller)
        self._let_in()
        try:
            await asyncio.wait({turn}, timeout=None if is_patient else self._wait_s)
            if not turn.done():
                raise ProblemRaised("overloaded", self._words(caller))
            yield
        finally:
            self._leave(caller, turn)

    def _words(self, caller: str) -> str:
        if self._under_way[caller] < self._per_caller:
            return f"No place for a read came free within {self._wait_s:g} s. Ask again."
        own = f"{caller} has {self._per_caller} reads under way, and more in front of this one"
        return f"{own}: wait for their answers."

    def _leave(self, caller: str, turn: "asyncio.Future[None]") -> None:
        if turn.done():
            self._taken -= 1
            self._under_way[caller] -= 1
            if not self._under_way[caller]:
                del self._under_way[caller]
            self._line_up(caller)
            self._let_in()
            return
        waiting = self._waiting[caller]
        del waiting[turn]
        if not waiting:
            del self._waiting[caller]
            self._next.pop(caller, None)

    def _line_up(self, caller: str) -> None:
        """Put a caller behind those whose turn comes before; who stands there keeps his place."""
        if caller in self._waiting and self._under_way[caller] < self._per_caller:
            self._next.setdefault(caller)

    def _let_in(self) -> None:
        while self._next and self._taken < self._at_once:
            caller = next(iter(self._next))
            del self._next[caller]
            waiting = self._waiting[caller]
            turn = next(iter(waiting))
            del waiting[turn]
            if not waiting:
                del self._waiting[caller]
            self._taken += 1
            self._under_way[caller] += 1
            turn.set_result(None)
            self._line_up(caller)


def reads_as(session: Session | None, address: str) -> str:
    """Whose share a read draws on: the party's with a session, else the address's."""
    return share_of(address) if session is None else session.party
