"""Candles: trades summed up by span of time. Pure; an empty span has no candle."""

from collections import deque
from itertools import takewhile
from operator import add
from typing import Any, Final

from exchange.market.calendar import day_end_ns
from ledger.durations import DAY_NS, HOUR_NS, MINUTE_NS

INTERVALS: Final = {
    "1m": MINUTE_NS,
    "5m": 5 * MINUTE_NS,
    "1h": HOUR_NS,
    "1d": 0,  # a day of the venue's zone
}
CANDLES_KEPT: Final = 500

# open_ns, open, high, low, close, lots, trades, turnover: each trade's price in ticks x its lots
Candle = list[int]
FIRST_SUM: Final = 5  # lots, trades and turnover are sums: two parts of a candle are added up


class Candles:
    """The last candles of one market, for each interval."""

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self._day_ends_ns = 0
        self._rows: dict[str, deque[Candle]] = {
            interval: deque(maxlen=CANDLES_KEPT) for interval in INTERVALS
        }

    def add(self, at_ns: int, price_ticks: int, lots: int) -> None:
        """Sum up one trade, not older than the one before."""
        for interval, length_ns in INTERVALS.items():
            rows = self._rows[interval]
            open_ns = at_ns - at_ns % length_ns if length_ns else self._day_of(at_ns)
            if not rows or rows[-1][0] != open_ns:
                rows.append([open_ns, *[price_ticks] * 4, 0, 0, 0])
            candle = rows[-1]
            candle[2] = max(candle[2], price_ticks)
            candle[3] = min(candle[3], price_ticks)
            candle[4] = price_ticks
            candle[5] += lots
            candle[6] += 1
            candle[7] += price_ticks * lots

    def _day_of(self, at_ns: int) -> int:
        if not self._day_ends_ns - DAY_NS <= at_ns < self._day_ends_ns:
            self._day_ends_ns = day_end_ns(self._zone, at_ns)
        return self._day_ends_ns - DAY_NS

    def rows(self, interval: str) -> list[list[Any]]:
        """Every kept candle in its wire form: the instant is decimal text."""
        return [on_the_wire(candle) for candle in self._rows[interval]]

    def closes(self, interval: str) -> list[tuple[int, int]]:
        """Instant and last price of every kept span, oldest first: (open_ns, ticks)."""
        return [(candle[0], candle[4]) for candle in self._rows[interval]]

    def last_open_ns(self, interval: str) -> int:
        """When the span of the newest candle began; there is one."""
        return self._rows[interval][-1][0]

    def rows_from(self, interval: str, open_ns: int) -> list[list[Any]]:
        """The kept candles of the spans since an instant, oldest first, in their wire form."""
        newest = takewhile(lambda candle: candle[0] >= open_ns, reversed(self._rows[interval]))
        return [on_the_wire(candle) for candle in newest][::-1]

    def put_before(self, interval: str, older: list[Candle]) -> None:
        """Fill in the history of all trades before those summed up here."""
        rows = list(self._rows[interval])
        if older and rows and older[-1][0] == rows[0][0]:
            begun, went_on = older[-1], rows.pop(0)
            joined = [*begun[:2], max(begun[2], went_on[2]), min(begun[3], went_on[3]), went_on[4]]
            sums = map(add, begun[FIRST_SUM:], went_on[FIRST_SUM:])
            older = [*older[:-1], [*joined, *sums]]
        self._rows[interval] = deque([*older, *rows], maxlen=CANDLES_KEPT)


def on_the_wire(candle: Candle) -> list[Any]:
    """open_ns as text, then open, high, low, close, lots, trades, turnover."""
    return [str(candle[0]), *candle[1:]]
