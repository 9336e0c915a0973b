"""The one way a test waits: it asks until something is so, and gives up after a minute.

A minute is no claim about speed. It is an end that a busy machine does not meet and a test that
hangs does. How fast the house is, `bench/` measures; `tests/house/test_waiting.py` keeps other
ways of waiting out of the tests.
"""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

_T = TypeVar("_T")

PATIENCE_S: Final = 60.0
PROCESS_S: Final = 600.0  # for a program's whole run: a demo makes its history first
LOOK_S: Final = 0.01  # between two looks


async def until(holds: Callable[[], _T | Awaitable[_T]], what: str | Callable[[], str] = "") -> _T:
    """Ask *holds*, while the loop goes on, until it says something true; what it said.

    *what* completes "waited in vain: …"; a call, if that is to be said as it is at the end.
    """
    end_s = time.monotonic() + PATIENCE_S
    while True:
        said = holds()
        found = await said if inspect.isawaitable(said) else said
        if found:
            return found
        assert time.monotonic() < end_s, _in_vain(what)
        await asyncio.sleep(LOOK_S)


def wait_until(
    holds: Callable[[], _T],
    what: str | Callable[[], str] = "",
    patience_s: float = PATIENCE_S,
    look_s: float = LOOK_S,
) -> _T:
    """The same where no loop runs: with more patience for another program's long work.

    Where a look is a request to a venue, which counts them, *look_s* is longer.
    """
    end_s = time.monotonic() + patience_s
    while not (found := holds()):
        assert time.monotonic() < end_s, _in_vain(what)
        time.sleep(look_s)
    return found


def patience() -> asyncio.Timeout:
    """`async with patience():` ends what is awaited inside after a minute."""
    return asyncio.timeout(PATIENCE_S)


async def soon(awaited: Awaitable[_T]) -> _T:
    """What is awaited, if it comes within a minute."""
    async with patience():
        return await awaited


def _in_vain(what: str | Callable[[], str]) -> str:
    told = what if isinstance(what, str) else what()
    return f"waited in vain: {told or 'see the condition'}"
