"""Looking at the live venue only when all that it holds is on record.

While an append is in the air the venue's state is ahead of the journal, and nothing of that may
leave. A look is taken at once when nothing is in the air, else when the next append has returned.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Protocol, TypeVar

from exchange.books.state import Venue
from exchange.engine.batch_writer import Batch
from exchange.engine.engine import Unavailable
from gateway.problems import ProblemRaised

LOOK_AGAIN_S: Final = 0.05
LOOK_S_MOST: Final = 5.0

Seen = TypeVar("Seen")


class EngineReading(Protocol):
    """What a look needs of the engine."""

    @property
    def venue(self) -> Venue: ...

    @property
    def head(self) -> int: ...

    @property
    def position(self) -> int: ...


class ConsistentReads:
    """Reads of the venue's state, each true at the engine's published head."""

    def __init__(self, engine: EngineReading) -> None:
        self._engine = engine
        self._waiting: list[Callable[[], None]] = []

    async def see(self, read: Callable[[Venue], Seen]) -> tuple[int, Seen]:
        """The position a look is true at, and what it finds: *read* changes nothing.

        Raises ProblemRaised while the engine is being rebuilt for longer than a look may take.
        """
        seen: asyncio.Future[tuple[int, Seen]] = asyncio.get_running_loop().create_future()

        def look() -> None:
            if not seen.done():
                seen.set_result((self._engine.head, read(self._engine.venue)))

        self._waiting.append(look)
        deadline = asyncio.get_running_loop().time() + LOOK_S_MOST
        try:
            while True:
                self._look_if_still()
                if seen.done():
                    return seen.result()
                if asyncio.get_running_loop().time() > deadline:
                    raise ProblemRaised("recovering")
                await asyncio.wait({seen}, timeout=LOOK_AGAIN_S)
        finally:
            if look in self._waiting:
                self._waiting.remove(look)

    def hear(self, batches: Sequence[Batch]) -> None:
        """An append has returned and the next group is not decided yet: look now."""
        self._look_if_still()

    def _look_if_still(self) -> None:
        if self._waiting and self._is_still():
            waiting, self._waiting = self._waiting, []
            for look in waiting:
                look()

    def _is_still(self) -> bool:
        try:
            return self._engine.position == self._engine.head
        except Unavailable:
            return False  # it is being rebuilt
