"""Which walk meets both sides of which limit: each file of walks puts its own here."""

from collections.abc import Awaitable, Callable
from pathlib import Path

Walk = Callable[[Path], Awaitable[None]]
WALKS: dict[str, Walk] = {}


def walk(*names: str) -> Callable[[Walk], Walk]:
    """This walk meets both sides of these limits."""

    def keep(step: Walk) -> Walk:
        assert not WALKS.keys() & names, "a limit has one walk"
        WALKS.update(dict.fromkeys(names, step))
        return step

    return keep
