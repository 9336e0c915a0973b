"""When a socket is pinged, and when it is closed as dead or unused. Pure: time is handed in."""

from collections.abc import Iterator

from gateway.settings import Limits
from gateway.socket.outputs import Close, SendPing
from ledger.durations import MS_NS


class Liveness:
    """When a client was last heard of, and whether a ping waits for its answer."""

    def __init__(self, limits: Limits, now_ns: int) -> None:
        self._limits = limits
        self._opened_ns = now_ns
        self._received_ns = now_ns
        self._pinged_ns: int | None = None  # None: no ping waits for its answer
        self.is_in_use = False  # for a logon or a feed: who wants nothing is closed

    def received(self, now_ns: int) -> None:
        """Any inbound byte counts as life."""
        self._received_ns = now_ns
        self._pinged_ns = None

    def due(self, now_ns: int) -> Iterator[SendPing | Close]:
        """What silence brings about: a ping, then the end; and the end of who asked for nothing."""
        limits = self._limits
        if self._pinged_ns is not None:
            if now_ns - self._pinged_ns > limits.pong_ms * MS_NS:
                yield Close(4009, "no pong")
        elif now_ns - self._received_ns > limits.ping_ms * MS_NS:
            self._pinged_ns = now_ns
            yield SendPing()
        if not self.is_in_use and now_ns - self._opened_ns > limits.nothing_asked_ms * MS_NS:
            yield Close(4000, "nothing asked")
