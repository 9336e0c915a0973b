"""What traded in one market today: first, highest and lowest price, and lots (WIRE 5)."""

from typing import Any

from msgspec import Struct

from exchange.market.calendar import day_end_ns


class DayFigures(Struct, gc=False):
    """The figures of the last day of the venue's zone on which something traded."""

    ends_ns: int = 0  # the midnight that ends that day; 0: nothing has traded yet
    open_ticks: int = 0
    high_ticks: int = 0
    low_ticks: int = 0
    lots: int = 0

    def add(self, zone: str, at_ns: int, price_ticks: int, lots: int) -> None:
        """Count a trade, not older than the one before; the first of a day begins it anew."""
        if at_ns >= self.ends_ns:
            self.ends_ns = day_end_ns(zone, at_ns)
            self.open_ticks = self.high_ticks = self.low_ticks = price_ticks
            self.lots = lots
            return
        if price_ticks > self.high_ticks:
            self.high_ticks = price_ticks
        elif price_ticks < self.low_ticks:
            self.low_ticks = price_ticks
        self.lots += lots

    def at(self, at_ns: int) -> dict[str, Any]:
        """The figures of the day of an instant; without a trade its prices are null."""
        is_of_today = at_ns < self.ends_ns
        return {
            "open_ticks": self.open_ticks if is_of_today else None,
            "high_ticks": self.high_ticks if is_of_today else None,
            "low_ticks": self.low_ticks if is_of_today else None,
            "lots": self.lots if is_of_today else 0,
        }
