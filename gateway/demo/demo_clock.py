"""The demo's clock: venue time runs ahead of the wall by an offset that only grows."""

import time

from exchange.engine.clock import Clock

SPEED_MOST = 3_600  # venue seconds a wall second: an hour a second


class DemoClock(Clock):
    """Venue time from `venue_ns` on, at `speed` venue seconds a wall second; 0: it stands still."""

    def __init__(self, venue_ns: int, speed: int) -> None:
        self._venue_ns = max(venue_ns, time.time_ns())
        self._since_ns = time.time_ns()
        self._speed = speed
        self._before_stop = speed or 1

    @property
    def speed(self) -> int:
        return self._speed

    def now_ns(self) -> int:
        return self._venue_ns + (time.time_ns() - self._since_ns) * self._speed

    def wall_ns(self) -> int:
        return time.time_ns()

    def go(self, speed: int) -> None:
        """Run on at another speed; a clock that stood, or was slow, may fall behind the wall."""
        self._venue_ns, self._since_ns = self.now_ns(), time.time_ns()
        self._speed = min(max(speed, 0), SPEED_MOST)
        if self._speed:
            self._before_stop = self._speed

    def faster(self) -> None:
        self.go(max(1, self._speed * 2))

    def slower(self) -> None:
        self.go(self._speed // 2 if self._speed > 1 else self._speed)

    def stop_or_go(self) -> None:
        """Stand still, or go on as fast as before."""
        self.go(0 if self._speed else self._before_stop)

    def jump(self, to_ns: int) -> None:
        """Go ahead to an instant; never back."""
        self._venue_ns, self._since_ns = max(self.now_ns(), to_ns), time.time_ns()
