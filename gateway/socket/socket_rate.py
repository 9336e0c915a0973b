"""How fast one socket may go: what takes its tokens, and when it is let go. Pure (WIRE 2, 5)."""

from typing import Final

from gateway.access.feed_account import TOKEN_BYTES
from gateway.access.limits import TokenBuckets, TokensLeft
from ledger.durations import SECOND_NS

BEYOND_RATE_NS: Final = 10 * SECOND_NS
PAUSE_NS: Final = SECOND_NS  # who was not limited for so long keeps the rate again


class SocketRate:
    """One socket's bucket `control`, and since when it has asked for more than is in it."""

    def __init__(self, buckets: TokenBuckets) -> None:
        self._buckets = buckets  # of this socket alone
        self._beyond_rate_ns = 0  # since when it is limited, with no pause between
        self._limited_ns: int | None = None  # when it was last limited

    def take(self, now_ns: int, size: int = 0) -> TokensLeft:
        """Draw for a frame, or a message of *size* bytes; what is not there delays what follows."""
        left = self._buckets.take("control", None, now_ns, 1 + size // TOKEN_BYTES)
        if left.retry_after_ms:
            if self._limited_ns is None or now_ns - self._limited_ns > PAUSE_NS:
                self._beyond_rate_ns = now_ns
            self._limited_ns = now_ns
        return left

    def charge(self, now_ns: int, size: int) -> TokensLeft:
        """Draw for what was done already, a *size* of bytes: what is not there is owed."""
        return self._buckets.charge("control", None, now_ns, 1 + size // TOKEN_BYTES)

    def is_too_fast(self, now_ns: int) -> bool:
        """Whether it has been beyond its rate for 10 s."""
        return self._limited_ns == now_ns and now_ns - self._beyond_rate_ns > BEYOND_RATE_NS
