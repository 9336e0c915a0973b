"""Reads the views of a venue: every list and record that is declared, and candles."""

from typing import NamedTuple

from exchange.views.candles import candles_of
from ledger.views.view_reader import ViewReader


class StoredCandle(NamedTuple):
    """The trades of one span."""

    open_ns: int
    open_ticks: int
    high_ticks: int
    low_ticks: int
    close_ticks: int
    lots: int
    trades: int
    turnover_ticks: int  # of each trade its price in ticks x its lots


class Reader(ViewReader):
    """Reads the views of one database; opened and closed by the loop that uses it."""

    async def candles(
        self, market: str, interval: str, *, from_ns: int = 0, to_ns: int = 0, most: int = 500
    ) -> list[StoredCandle]:
        """The newest spans of 1m, 5m, 1h or 1d in which a trade was made, oldest first.

        A day is one of the venue's zone. Raises ValueError for another interval.
        """
        query, terms = candles_of(market, interval, from_ns, to_ns, most)
        return [StoredCandle._make(row) for row in await self._pool.fetch(query, terms)]
