"""An event loop whose time jumps to what is due next, and a journal's thread that lives on it.

Hours of a venue pass in a moment, always in the same order: one seed, one story.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

_T = TypeVar("_T")


class _Jumping(selectors.SelectSelector):
    """Never waits: where nothing is ready, time jumps."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(0)
        if not found:
            assert timeout is not None, "everybody waits, and nothing will ever be due"
            self.now_s += timeout
        return found


class VirtualLoop(asyncio.SelectorEventLoop):
    """asyncio's own loop on a clock that nobody waits for."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now_s


def run(story: Callable[[VirtualLoop], Coroutine[Any, Any, _T]]) -> _T:
    """Run one story on a loop of its own, from second 0."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(story(loop))
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


class SlowThread(Executor):
    """Stands for the engine's one journal thread: what it is given happens a little later.

    `kill` ends it as a process ends: what was in the air has happened or has not.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, delay_s: Callable[[], float]) -> None:
        self._loop = loop
        self._delay_s = delay_s
        self._free_s = 0.0
        self._in_the_air: dict[int, Callable[[], None]] = {}
        self._count = 0
        self._is_dead = False

    def submit(self, call: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if self._is_dead:
            return future
        self._count += 1
        number = self._count

        def happen() -> None:
            if self._in_the_air.pop(number, None) is None:
                return
            try:
                future.set_result(call(*args, **named))
            except BaseException as error:  # as a thread pool hands it on
                future.set_exception(error)

        self._in_the_air[number] = happen
        self._free_s = max(self._free_s, self._loop.time()) + self._delay_s()
        self._loop.call_at(self._free_s, happen)
        return future

    def kill(self, *, lands: bool) -> None:
        """Nothing more happens; what was in the air still `lands`, unheard, or is lost."""
        self._is_dead = True
        first = next(iter(self._in_the_air.values()), None)
        if lands and first is not None:
            first()
        self._in_the_air.clear()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._is_dead = True
