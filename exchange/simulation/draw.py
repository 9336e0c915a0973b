"""Chance without a generator: SHA-256 of what is being drawn, as whole numbers."""

from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar

Thing = TypeVar("Thing")


class Draw:
    """One seed's fate. The same (day, name, n) always draws the same number."""

    __slots__ = ("_seed",)

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def number(self, day: int, name: str, n: int = 0) -> int:
        """A whole number in [0, 2^64)."""
        text = f"{self._seed}|{day}|{name}|{n}"
        return int.from_bytes(sha256(text.encode()).digest()[:8], "big")

    def below(self, limit: int, day: int, name: str, n: int = 0) -> int:
        """A whole number in [0, limit)."""
        return self.number(day, name, n) % limit

    def between(self, least: int, most: int, day: int, name: str, n: int = 0) -> int:
        """A whole number in [least, most]."""
        return least + self.number(day, name, n) % (most - least + 1)

    def happens(self, bp: int, day: int, name: str, n: int = 0) -> bool:
        """True in *bp* of 10,000 cases."""
        return self.number(day, name, n) % 10_000 < bp

    def one_of(self, choices: Sequence[Thing], day: int, name: str, n: int = 0) -> Thing:
        return choices[self.number(day, name, n) % len(choices)]
