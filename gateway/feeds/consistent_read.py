"""Reading the live venue only when all that it holds is on record.

While an append is in the air the venue's state is ahead of the journal, and nothing of that may
leave. A read is made at once when nothing is in the air, else when the next append has returned.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Protocol, TypeVar

from exchange.books.state import Venue
from exchange.engine.batch_writer import Batch
from exchange.engine.group_decider import Unavailable
from gateway.problems import ProblemRaised

RETRY_S: Final = 0.05
WAIT_S_MOST: Final = 5.0

Result = TypeVar("Result")


class EngineReading(Protocol):
    """What a read needs of the engine."""

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

    async def run(self, read: Callable[[Venue], Result]) -> tuple[int, Result]:
        """The position a read is true at, and its result: *read* changes nothing.

        Raises ProblemRaised while the engine is being rebuilt for longer than a read may wait.
        """
        result: asyncio.Future[tuple[int, Result]] = asyncio.get_running_loop().create_future()

        def attempt() -> None:
            if not result.done():
                result.set_result((self._engine.head, read(self._engine.venue)))

        self._waiting.append(attempt)
        deadline = asyncio.get_running_loop().time() + WAIT_S_MOST
        try:
            while True:
                self._run_if_settled()
                if result.done():
                    return result.result()
                if asyncio.get_running_loop().time() > deadline:
                    raise ProblemRaised("recovering")
                await asyncio.wait({result}, timeout=RETRY_S)
        finally:
            if attempt in self._waiting:
                self._waiting.remove(attempt)

    def on_published(self, batches: Sequence[Batch]) -> None:
        """An append has returned and the next group is not decided yet: read now."""
        self._run_if_settled()

    def _run_if_settled(self) -> None:
        if self._waiting and self._is_settled():
            waiting, self._waiting = self._waiting, []
            for attempt in waiting:
                attempt()

    def _is_settled(self) -> bool:
        try:
            return self._engine.position == self._engine.head
        except Unavailable:
            return False  # it is being rebuilt
