"""Who pays for the feeds that a socket takes up: its principal, else its address (WIRE 2).

All sockets of a principal pay out of one bucket, and so do those of an address that nobody has
logged on to: many sockets buy no more than one.
"""

from typing import Final

from gateway.access.limits import TokenBuckets
from gateway.addresses import share_of
from ledger.refusals import Reason, Refused

TOKEN_BYTES: Final = 4 << 10  # a message takes one token more for each whole one of these


class FeedAccount:
    """One socket's account. It is charged behind the work: what is owed is paid before more."""

    def __init__(self, buckets: TokenBuckets, address: str) -> None:
        self._buckets = buckets
        self._address = share_of(address)
        self.principal = ""  # "": nobody has logged on

    @property
    def caller(self) -> tuple[str, str]:
        """The bucket, and whose it is: what waits for a turn waits behind the same."""
        if self.principal:
            return "feeds", self.principal
        return "feeds_anonymous", self._address

    def charge(self, size: int, now_ns: int) -> int:
        """Charge work of a size in bytes; for how many ms nothing more may be had."""
        bucket, caller = self.caller
        cost = size // TOKEN_BYTES
        return self._buckets.charge(bucket, caller, now_ns, cost).retry_after_ms

    def must_be_paid(self, now_ns: int) -> None:
        """Refuse `rate_limited` while more is owed than came back."""
        retry_after_ms = self.charge(0, now_ns)
        if retry_after_ms:
            raise Refused(
                Reason.rate_limited,
                "Your sockets together have taken up more feeds than their rate: wait.",
                retry_after_ms=retry_after_ms,
                bucket=self.caller[0],
            )
