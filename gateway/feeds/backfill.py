"""What was before the gateway opened: trades and candles from the views, rows from the journal."""

import asyncio
from collections import deque
from collections.abc import Hashable, Mapping, Sequence
from copy import copy
from functools import partial
from typing import Any, Final

from exchange.views.market_listings import TRADES
from exchange.views.reader import Reader
from gateway.feeds.channel import ItemChannel
from gateway.feeds.resume import JournalResume, ResumedPage
from gateway.market_picture.candle_builder import INTERVALS
from gateway.market_picture.market_view import TRADES_KEPT, MarketView
from gateway.market_picture.market_views import MarketViews
from gateway.problems import ProblemRaised
from gateway.turns.work_pools import WorkPools
from ledger.journal.codec import Codec
from ledger.journal.protocol import Commit, Journal, JournalUnavailable
from ledger.views.lists.pages import Paging

RETRY_S: Final = 1.0


class Backfill:
    """Reads, once, what the feeds begin with. Without views there is none."""

    def __init__(
        self, journal: Journal, codec: Codec, reader: Reader | None, pools: WorkPools
    ) -> None:
        self._pools = pools
        self._journal = journal
        self._codec = codec
        self._reader = reader
        self._position = 0
        self._until_ns = 0
        self._filled: dict[str, asyncio.Task[None]] = {}  # by market
        self._turn = asyncio.Lock()  # one market after the other: callers may ask for all at once

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
            task = asyncio.ensure_future(self._fill(market_view, self._reader))
            self._filled[market] = task
            task.add_done_callback(lambda task: self._is_over(market, task))
        await asyncio.shield(self._filled[market])

    def _is_over(self, market: str, task: asyncio.Task[None]) -> None:
        """What failed is tried again by the next reader; whoever waited may have left meanwhile."""
        if task.cancelled() or task.exception() is not None:
            self._filled.pop(market, None)

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
        async with self._turn:
            await self._read(market_view, reader)

    async def _read(self, market_view: MarketView, reader: Reader) -> None:
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

    async def commit_upto(self, position: int, caller: Hashable) -> Commit | None:
        """The last commit of the journal that ends at or before a position."""
        before, _ = await self._pools.run("history", caller, self._journal.commits_around, position)
        return before

    def resume(self, channels: Mapping[ItemChannel, Sequence[str]]) -> JournalResume:
        """Messages of these channels' feeds, made again from the journal by fresh channels."""

        def fresh(channel: ItemChannel) -> ItemChannel:
            again = copy(channel)
            again.forget()
            return again

        made = [(partial(fresh, channel), feeds) for channel, feeds in channels.items()]
        return JournalResume(self._journal, self._codec, made)

    async def read_page(
        self, resume: JournalResume, caller: Hashable, after: int, upto: int, seqs: dict[str, int]
    ) -> ResumedPage:
        """One page of a resume, read when the caller's turn has come."""
        return await self._pools.run("resume", caller, resume.step, after, upto, dict(seqs))


def _trade(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("trade", "price_ticks", "lots", "taker", "at_ns", "mode")}
