"""How far a law went: named events, each met at least so often in one run, or the law fails.

A law that is checked on drawn flows says nothing about what its draws never came across. So each
one names what it must meet, counts it, and `demanded` asks for the counts when all its draws are
done: within one test, so that tests may be spread over processes. What hypothesis draws depends a
little on which modules are loaded beside, so least counts stay well below what a run meets.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import ParamSpec

Params = ParamSpec("Params")


class Reach:
    """The least counts of one law, and what its present run has met."""

    def __init__(self, **least: int) -> None:
        self._least = least
        self._met = dict.fromkeys(least, 0)

    def met(self, event: str, times: int = 1) -> None:
        """Count an event; only what was named is counted, so a misspelt name fails."""
        self._met[event] += times

    def saw(self, events: Iterable[str]) -> None:
        """Count those of a whole stream that were named, and pass over the others."""
        for event in events:
            if event in self._met:
                self._met[event] += 1

    def missing(self) -> list[str]:
        """What this run met too seldom, one sentence each."""
        return [
            f"{event.replace('_', ' ')}: met {self._met[event]} times of at least {least}"
            for event, least in self._least.items()
            if self._met[event] < least
        ]

    def must_suffice(self) -> None:
        """Fail if this run met too little."""
        missing = self.missing()
        assert not missing, "the law held, and met too little to say so; " + "; ".join(missing)

    def demanded(self, law: Callable[Params, None]) -> Callable[Params, None]:
        """Wrap a test, all its examples: counted from 0, and asked for at the end."""

        @wraps(law)
        def whole(*args: Params.args, **more: Params.kwargs) -> None:
            self._met = dict.fromkeys(self._least, 0)
            law(*args, **more)
            self.must_suffice()

        return whole
