"""Token buckets: how much each caller may ask in a second (WIRE 2). Pure: time is handed in."""

from collections.abc import Hashable
from typing import Final, NamedTuple

from ledger.durations import SECOND_NS

BUCKETS_MOST: Final = 50_000  # callers remembered; the longest unseen is forgotten


class TokenRate(NamedTuple):
    """A burst, and what comes back in a second."""

    burst: int
    refill: int

    @property
    def window_s(self) -> int:
        """Seconds from empty to full."""
        return -(-self.burst // self.refill)


class TokensLeft(NamedTuple):
    """What a bucket holds after a request."""

    bucket: str
    tokens: int
    refill_s: int  # until one more is there
    retry_after_ms: int  # 0: granted


RATES: Final = {
    "reads": TokenRate(100, 50),
    "orders": TokenRate(400, 200),
    "cancels": TokenRate(1_000, 500),
    "commands": TokenRate(40, 10),
    "anonymous": TokenRate(40, 10),
    "control": TokenRate(100, 50),  # messages of one socket that are no commands
}


class TokenBuckets:
    """Every caller's buckets. Tokens are counted in billionths, so that no refill is lost."""

    def __init__(self, rates: dict[str, TokenRate] | None = None) -> None:
        self.rates = rates or RATES
        self._levels: dict[tuple[str, Hashable], tuple[int, int]] = {}  # level, as of when

    def take(self, bucket: str, caller: Hashable, now_ns: int, cost: int = 1) -> TokensLeft:
        """Take *cost* tokens if they are there; `retry_after_ms` > 0 means they were not."""
        rate = self.rates[bucket]
        full = rate.burst * SECOND_NS
        level, as_of_ns = self._levels.pop((bucket, caller), (full, now_ns))
        level = min(full, level + max(0, now_ns - as_of_ns) * rate.refill)
        short = min(cost, rate.burst) * SECOND_NS - level
        if short <= 0:
            level -= min(cost, rate.burst) * SECOND_NS
        self._levels[bucket, caller] = (level, max(now_ns, as_of_ns))
        if len(self._levels) > BUCKETS_MOST:
            del self._levels[next(iter(self._levels))]
        retry_after_ms = -(-short // (rate.refill * 1_000_000)) if short > 0 else 0
        return TokensLeft(bucket, level // SECOND_NS, 1, retry_after_ms)

    def policy(self, bucket: str) -> str:
        """`RateLimit-Policy`: the bucket's burst, and its window in seconds."""
        rate = self.rates[bucket]
        return f'"{bucket}";q={rate.burst};w={rate.window_s}'
