"""The clocks that the shell reads: venue time, known to the journal; wall time, the gateway's."""

import time
from typing import Protocol


class Clock(Protocol):
    """Two clocks: the same under `run`; under a demo venue time runs ahead by an offset."""

    def now_ns(self) -> int:
        """Venue time: ns since 1970 UTC. It never goes back."""
        ...

    def wall_ns(self) -> int:
        """Wall time: ns since 1970 UTC, as clients stamp theirs."""
        ...


class SystemClock(Clock):
    """The machine's own clock, for both."""

    def now_ns(self) -> int:
        return time.time_ns()

    def wall_ns(self) -> int:
        return time.time_ns()
