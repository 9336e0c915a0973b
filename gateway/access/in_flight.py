"""How many requests a caller has in flight. Pure."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ledger.refusals import Reason, Refused

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
                f"{caller} has {self._per_caller} requests in flight: wait for their answers.",
                retry_after_ms=RETRY_AFTER_MS,
            )
        self._by_caller[caller] += 1
        try:
            yield
        finally:
            self._by_caller[caller] -= 1
            if not self._by_caller[caller]:
                del self._by_caller[caller]
