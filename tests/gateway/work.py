"""Work, counted: what our own code touches while it runs, in lines and characters, never in time.

A line that runs is one unit. A text or bytes that a call is given or has made counts its length
once in that call, and a method of a text, bytes or list that must walk through it counts the length
of what it walks through (so `names.count(name)` for each name is seen to be quadratic). What C does
inside one call, such as Python's own JSON scanner, is taken to be linear.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
OURS: Final = tuple(str(ROOT / name) for name in ("gateway", "ledger", "exchange", "gpubourse"))
EVERYBODYS: Final = ""
SIZED: Final = (str, bytes, bytearray)
AT_ONCE: Final = frozenset((  # methods that do not walk through the whole
    "append", "pop", "startswith", "endswith", "isascii", "fileno", "clear",
))  # fmt: skip
GOES_ON: Final = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR  # after what looks like a return


class Work:
    """A count that goes on while `counted` is open."""

    def __init__(self, whose: str | tuple[str, ...]) -> None:
        self.units = 0
        self._whose = whose
        self._ours: dict[CodeType, bool] = {}
        self._seen: dict[FrameType, dict[str, int]] = {}

    def trace(self, frame: FrameType, event: str, arg: Any) -> Any:
        """For `sys.settrace`: the lines of our own code, and what its calls are given and make."""
        if event == "line":
            self.units += 1
            return self.trace
        code = frame.f_code
        if event == "call" and not self._is_ours(code):
            return None
        seen = self._seen.setdefault(frame, {})
        for name, value in frame.f_locals.items():
            if isinstance(value, SIZED) and seen.get(name) != id(value):
                seen[name] = id(value)
                self.units += len(value)
        if event == "return" and not code.co_flags & GOES_ON:
            del self._seen[frame]
        return self.trace

    def profile(self, frame: FrameType, event: str, arg: Any) -> None:
        """For `sys.setprofile`: the methods that walk."""
        if event != "c_call" or not self._is_ours(frame.f_code):
            return
        self.units += 1
        walked = getattr(arg, "__self__", None)
        if isinstance(walked, (*SIZED, list, tuple)) and arg.__name__ not in AT_ONCE:
            self.units += len(walked)

    def _is_ours(self, code: CodeType) -> bool:
        found = self._ours.get(code)
        if found is None:
            found = self._ours[code] = code.co_filename.startswith(self._whose)
        return found


@contextmanager
def counted(whose: str | tuple[str, ...] = OURS) -> Iterator[Work]:
    """Count the work of our own code in this thread, in calls that begin inside the block.

    *whose*: how the files begin whose code is counted; EVERYBODYS are the libraries', too.
    """
    work = Work(whose)
    before = sys.gettrace(), sys.getprofile()
    sys.settrace(work.trace)
    sys.setprofile(work.profile)
    try:
        yield work
    finally:
        sys.settrace(before[0])
        sys.setprofile(before[1])
