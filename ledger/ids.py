"""Stable ids: a letter, a dash, a number that is never reused (WIRE 1)."""

from collections.abc import MutableMapping

# letter -> how many digits at least
WIDTH = {
    "u": 6,
    "n": 4,
    "s": 4,
    "p": 4,
    "k": 4,
    "i": 6,
    "h": 6,
    "l": 4,
    "o": 6,
    "t": 6,
    "x": 6,
    "y": 6,
    "j": 6,
    "z": 6,
}


class Numbers:
    """The numbers one decision takes: it reads the counters and moves none of them.

    The counters move when the events that bear the ids are applied (`seen`).
    """

    __slots__ = ("_counters", "_taken")

    def __init__(self, counters: MutableMapping[str, int]) -> None:
        self._counters = counters
        self._taken: dict[str, int] = {}

    def next(self, letter: str) -> str:
        """The next free id of a kind: `next("u")` -> "u-000018"."""
        taken = self._taken.get(letter, 0) + 1
        self._taken[letter] = taken
        return f"{letter}-{self._counters.get(letter, 0) + taken:0{WIDTH[letter]}d}"


def seen(counters: MutableMapping[str, int], identifier: str) -> None:
    """Move the counter of this id's kind up to it."""
    number = int(identifier[2:])
    letter = identifier[0]
    if number > counters.get(letter, 0):
        counters[letter] = number
