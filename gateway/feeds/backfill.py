"""What was before the gateway opened: trades and candles from the views, rows from the journal."""

import asyncio
from collections import deque
from copy import copy
from typing import Any, Final

from exchange.views.market_listings import TRADES
from exchange.views.reader import Reader
from gateway.feeds.candle_builder import INTERVALS
from gateway.feeds.channel import FeedName, ItemChannel
from gateway.feeds.market_view import TRADES_KEPT, MarketView
from gateway.feeds.market_views import MarketViews
from gateway.feeds.resume import FeedResume
from gateway.problems import ProblemRaised
from ledger.journal.codec import Codec
from ledger.journal.protocol import Commit, Journal, JournalUnavailable
from ledger.views.lists.pages import Paging

RETRY_S: Final = 1.0


class Backfill:
    """Reads, once, what the feeds begin with. Without views there is none."""

    def __init__(self, journal: Journal, codec: Codec, reader: Reader | None) -> None:
        self._journal = journal
        self._codec = codec
        self._reader = reader
        self._position = 0
        self._until_ns = 0
        self._filled: dict[str, asyncio.Task[None]] = {}  # by market

    def begin(self, position: int, at_ns: int) -> None:
        """The market views know every trade after this position and instant, and none up to it."""
        self._position = position
        self._until_ns = at_ns

    async def fill(self, market_view: MarketView) -> None:
        """Put the trades and candles of before in front of a market view's own, once."""
        market = market_view.spec.market
        if self._reader is None:
            return
        if market not in self._filled:
            self._filled[market] = asyncio.ensure_future(self._fill(market_view, self._reader))
        try:
            await asyncio.shield(self._filled[market])
        except (JournalUnavailable, ProblemRaised):
            self._filled.pop(market, None)  # the next reader tries again
            raise

    async def fill_all(self, market_views: MarketViews) -> None:
        """Fill every market view, one after the other, so that no first reader waits for it."""
        for market_view in list(market_views.by_market.values()):
            while True:
                try:
                    await self.fill(market_view)
                    break
                except (JournalUnavailable, ProblemRaised):
                    await asyncio.sleep(RETRY_S)

    async def _fill(self, market_view: MarketView, reader: Reader) -> None:
        market = market_view.spec.market
        if not await reader.wait_for(self._position):
            raise ProblemRaised("not_yet")
        before = Paging(limit=TRADES_KEPT, to_ns=self._until_ns + 1)
        trades = (await reader.page(TRADES, before, market=market)).values()
        older: dict[str, list[list[int]]] = {}
        for interval in INTERVALS:
            candles = await reader.candles(market, interval, to_ns=self._until_ns + 1)
            older[interval] = [list(candle) for candle in candles]
        market_view.trades = deque(
            [*(_trade(row) for row in reversed(trades)), *market_view.trades], maxlen=TRADES_KEPT
        )
        for interval, rows in older.items():
            market_view.candles.put_before(interval, rows)

    async def commit_upto(self, position: int) -> Commit | None:
        """The last commit of the journal that ends at or before a position."""
        before, _ = await asyncio.to_thread(self._journal.commits_around, position)
        return before

    def resume(self, channel: ItemChannel, name: FeedName) -> FeedResume:
        """A feed's messages, made again from the journal by a fresh channel of its kind."""

        def fresh() -> ItemChannel:
            again = copy(channel)
            again.forget()
            return again

        return FeedResume(self._journal, self._codec, name, fresh)


def _trade(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("trade", "price_ticks", "lots", "taker", "at_ns", "mode")}
