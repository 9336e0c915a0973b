"""A store divided by caller: whoever fills it, pushes out his own. Pure.

A caller's share is bounded, and so is the whole. What is one too many in a share pushes out that
share's oldest; what is one too many in the whole, the oldest of the fullest share. So a caller that
keeps less than another loses nothing to it.
"""

from collections.abc import Hashable, Iterator
from typing import Generic, NamedTuple, TypeVar

Key = TypeVar("Key", bound=Hashable)
Kept = TypeVar("Kept")


class _Entry(NamedTuple, Generic[Kept]):
    caller: Hashable
    kept: Kept


class Shares(Generic[Key, Kept]):
    """What is kept for callers, by key. Every step costs the same, however much is kept."""

    def __init__(self, per_caller: int, most: int) -> None:
        self.per_caller = per_caller
        self._most = most
        self._entries: dict[Key, _Entry[Kept]] = {}
        self._keys: dict[Hashable, dict[Key, None]] = {}  # of each caller, oldest first
        self._by_size: list[dict[Hashable, None]] = [{} for _ in range(per_caller + 2)]
        self._fullest = 0  # no share is larger

    def add(self, caller: Hashable, key: Key, kept: Kept) -> Kept | None:
        """Keep something; what was pushed out for it, if anything."""
        self.pop(key)
        self._entries[key] = _Entry(caller, kept)
        self._resize(caller, key, is_more=True)
        if self.count(caller) > self.per_caller:
            return self._push_out(caller)
        if len(self._entries) > self._most:
            return self._push_out(self._fullest_caller())
        return None

    def get(self, key: Key) -> Kept | None:
        """What is kept under a key."""
        entry = self._entries.get(key)
        return None if entry is None else entry.kept

    def pop(self, key: Key) -> Kept | None:
        """What was kept under a key, which is free now."""
        entry = self._entries.pop(key, None)
        if entry is None:
            return None
        self._resize(entry.caller, key, is_more=False)
        return entry.kept

    def count(self, caller: Hashable) -> int:
        """How much a caller keeps."""
        return len(self._keys.get(caller, ()))

    def of(self, caller: Hashable) -> list[tuple[Key, Kept]]:
        """A caller's own, oldest first."""
        return [(key, self._entries[key].kept) for key in self._keys.get(caller, ())]

    def items(self) -> Iterator[tuple[Key, Kept]]:
        """Everybody's."""
        for key, entry in self._entries.items():
            yield key, entry.kept

    def __len__(self) -> int:
        return len(self._entries)

    def _push_out(self, caller: Hashable) -> Kept | None:
        return self.pop(next(iter(self._keys[caller])))

    def _fullest_caller(self) -> Hashable:
        while not self._by_size[self._fullest]:
            self._fullest -= 1  # paid for by the additions that raised it
        return next(iter(self._by_size[self._fullest]))

    def _resize(self, caller: Hashable, key: Key, *, is_more: bool) -> None:
        keys = self._keys.setdefault(caller, {})
        self._by_size[len(keys)].pop(caller, None)
        if is_more:
            keys[key] = None
        else:
            del keys[key]
        if keys:
            self._by_size[len(keys)][caller] = None
            self._fullest = max(self._fullest, len(keys))
        else:
            del self._keys[caller]
