"""How many requests a caller has in flight, and how many bytes of their bodies. Pure."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ledger.refusals import Reason, Refused, sentence_of

RETRY_AFTER_MS: Final = 100  # a hint: an answer takes no longer, as a rule


class RequestsInFlight:
    """Requests that are not answered yet, by caller."""

    def __init__(self, per_caller: int) -> None:
        self._per_caller = per_caller
        self._by_caller: Counter[str] = Counter()

    def count(self, caller: str) -> int:
        """How many a caller has."""
        return self._by_caller[caller]

    @contextmanager
    def one(self, caller: str) -> Iterator[None]:
        """One more while the block lasts; refuses `rate_limited` a caller that has too many."""
        if self._by_caller[caller] >= self._per_caller:
            raise Refused(
                Reason.rate_limited,
                sentence_of(
                    "{caller} has {per_caller} requests in flight: wait for their answers.",
                    caller=caller,
                    per_caller=self._per_caller,
                ),
                retry_after_ms=RETRY_AFTER_MS,
            )
        self._by_caller[caller] += 1
        try:
            yield
        finally:
            self._by_caller[caller] -= 1
            if not self._by_caller[caller]:
                del self._by_caller[caller]


class BodiesInFlight:
    """Bytes of bodies that are read or judged, by caller: they lie in memory all that time."""

    def __init__(self, per_caller: int) -> None:
        self._per_caller = per_caller
        self._by_caller: Counter[str] = Counter()

    def count(self, caller: str) -> int:
        """How many bytes a caller has."""
        return self._by_caller[caller]

    @contextmanager
    def one(self, caller: str, size: int) -> Iterator[None]:
        """One body more while the block lasts; refuses `rate_limited` what would be too much."""
        if self._by_caller[caller] + size > self._per_caller:
            raise Refused(
                Reason.rate_limited,
                sentence_of(
                    "{caller} has {by_caller:,} bytes of bodies in flight, and "
                    "{per_caller:,} are the most: wait for their answers.",
                    caller=caller,
                    by_caller=self._by_caller[caller],
                    per_caller=self._per_caller,
                ),
                retry_after_ms=RETRY_AFTER_MS,
            )
        self._by_caller[caller] += size
        try:
            yield
        finally:
            self._by_caller[caller] -= size
            if not self._by_caller[caller]:
                del self._by_caller[caller]
