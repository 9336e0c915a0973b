"""Token buckets: how much each caller may ask in a second (WIRE 2). Pure: time is handed in."""

from collections.abc import Hashable
from typing import Final, NamedTuple

from ledger.durations import SECOND_NS

CALLERS_MOST: Final = 50_000  # remembered of each bucket; the longest unseen starts afresh
SMALL_REPLY_BYTES: Final = 4 << 10  # of a command: most are
REPLY_BYTES_PER_S: Final = 400 << 10  # of a caller's larger ones
OWED_MOST: Final = 10  # bursts; no caller waits longer than that


class TokenRate(NamedTuple):
    """A burst, and what comes back in a second."""

    burst: int
    refill: int

    @property
    def window_s(self) -> int:
        """Seconds from empty to full."""
        return self.full_s(0)

    def full_s(self, level: int) -> int:
        """Whole seconds from a level, in billionths of a token, to full."""
        return -((level - self.burst * SECOND_NS) // (self.refill * SECOND_NS))


class TokensLeft(NamedTuple):
    """What a bucket holds after a request."""

    bucket: str
    tokens: int
    full_s: int  # until all of them are there again; 0: they are
    retry_after_ms: int  # 0: granted
    caller: Hashable = ""  # whose bucket it is


RATES: Final = {
    "reads": TokenRate(100, 50),
    "orders": TokenRate(400, 200),
    "cancels": TokenRate(1_000, 500),
    "commands": TokenRate(40, 10),
    "anonymous": TokenRate(40, 10),
    "control": TokenRate(100, 50),  # messages of one socket that are no commands
    "visits": TokenRate(1_000, 200),  # of an address: what is made once, and sockets opened
    "refusals": TokenRate(100, 50),  # replies that say that another bucket is empty
    "feeds": TokenRate(1_000, 100),  # what all sockets of a principal take up
    "feeds_anonymous": TokenRate(1_000, 100),  # and those of an address that are not logged on
}


class TokenBuckets:
    """Every caller's buckets. Tokens are counted in billionths, so that no refill is lost.

    Each bucket remembers its own callers: addresses, which anybody has many of, push out no
    principal. To be forgotten takes nothing from a caller: it starts afresh.
    """

    def __init__(self, rates: dict[str, TokenRate] | None = None) -> None:
        self.rates = rates or RATES
        self._levels: dict[str, dict[Hashable, tuple[int, int]]] = {  # level, as of when
            bucket: {} for bucket in self.rates
        }

    def take(self, bucket: str, caller: Hashable, now_ns: int, cost: int = 1) -> TokensLeft:
        """Take *cost* tokens if they are there; `retry_after_ms` > 0 means they were not."""
        rate = self.rates[bucket]
        full = rate.burst * SECOND_NS
        level, as_of_ns = self._levels[bucket].get(caller, (full, now_ns))
        level = min(full, level + max(0, now_ns - as_of_ns) * rate.refill)
        short = min(cost, rate.burst) * SECOND_NS - level
        if short <= 0:
            level -= min(cost, rate.burst) * SECOND_NS
        self._keep(bucket, caller, level, max(now_ns, as_of_ns))
        retry_after_ms = -(-short // (rate.refill * 1_000_000)) if short > 0 else 0
        tokens = level // SECOND_NS
        return TokensLeft(bucket, tokens, rate.full_s(level), retry_after_ms, caller)

    def owe(self, bucket: str, caller: Hashable, now_ns: int, most: int) -> int | None:
        """Take a token, also one that is still to come: in how many ns it is there.

        None, and nothing is taken, where *most* are owed already.
        """
        rate = self.rates[bucket]
        levels = self._levels[bucket]
        full = rate.burst * SECOND_NS
        level, as_of_ns = levels.get(caller, (full, now_ns))
        level = min(full, level + max(0, now_ns - as_of_ns) * rate.refill) - SECOND_NS
        if level < -most * SECOND_NS:
            return None
        self._keep(bucket, caller, level, max(now_ns, as_of_ns))
        return -(-max(0, -level) // rate.refill)

    def _keep(self, bucket: str, caller: Hashable, level: int, as_of_ns: int) -> None:
        levels = self._levels[bucket]
        levels.pop(caller, None)
        levels[caller] = (level, as_of_ns)
        if len(levels) > CALLERS_MOST:
            del levels[next(iter(levels))]

    def charge(self, bucket: str, caller: Hashable, now_ns: int, cost: int) -> TokensLeft:
        """Take the *cost* of what was done already: what is not there is owed, and paid first."""
        rate = self.rates[bucket]
        self.take(bucket, caller, now_ns, 0)  # what came back since
        level, as_of_ns = self._levels[bucket][caller]
        level = max(level - cost * SECOND_NS, -OWED_MOST * rate.burst * SECOND_NS)
        self._levels[bucket][caller] = (level, as_of_ns)
        retry_after_ms = -(level // (rate.refill * 1_000_000)) if level < 0 else 0
        tokens = max(0, level // SECOND_NS)
        return TokensLeft(bucket, tokens, rate.full_s(level), retry_after_ms, caller)

    def charge_reply(self, paid: TokensLeft, size: int, now_ns: int) -> TokensLeft:
        """Charge the bytes of a reply that is not small to the bucket that its request drew on.

        They cost what comes back in the time that they take at `REPLY_BYTES_PER_S`.
        """
        if size <= SMALL_REPLY_BYTES:
            return paid
        cost = size * self.rates[paid.bucket].refill // REPLY_BYTES_PER_S
        return self.charge(paid.bucket, paid.caller, now_ns, cost)

    def policy(self, bucket: str) -> str:
        """`RateLimit-Policy`: the bucket's burst, and its window in seconds."""
        rate = self.rates[bucket]
        return f'"{bucket}";q={rate.burst};w={rate.window_s}'
