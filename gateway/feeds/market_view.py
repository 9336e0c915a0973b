"""The public picture of one market, folded from published events: levels, last prices, phase.

Pure. It holds no party and no thing: what is not here cannot leak from here.
"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable
from typing import Any, Final

from exchange.books.open_orders import LevelChange
from exchange.events import InstrumentListed, PhaseChanged, Traded
from exchange.words import BID
from gateway.feeds.candle_builder import Candles

TRADES_KEPT: Final = 50
BP: Final = 10_000

Level = list[int]  # price_ticks, lots, orders, conditional_lots


class Side:
    """The levels of one side: how many lots and orders stand at each price."""

    def __init__(self, sign: int) -> None:
        self._sign = sign  # 1: lowest price first (asks), -1: highest first (bids)
        self._ranks: list[int] = []  # price times sign, ascending: best first
        self._levels: dict[int, Level] = {}
        self.lots = 0
        self.orders = 0

    def change(self, price_ticks: int, lots: int, orders: int) -> None:
        """Add to a level (or take away); a level without orders is gone."""
        self.lots += lots
        self.orders += orders
        level = self._levels.get(price_ticks)
        if level is None:
            level = self._levels[price_ticks] = [price_ticks, 0, 0, 0]
            insort(self._ranks, price_ticks * self._sign)
        level[1] += lots
        level[2] += orders
        if level[2] == 0:
            assert level[1] == 0, "lots without an order"
            del self._levels[price_ticks]
            del self._ranks[bisect_left(self._ranks, price_ticks * self._sign)]

    def best(self, depth: int | None = None) -> list[Level]:
        """The best levels, best first; None: all of them."""
        return [list(self._levels[rank * self._sign]) for rank in self._ranks[:depth]]


class MarketView:
    """One market as it stands at the last published batch."""

    def __init__(self, spec: InstrumentListed, zone: str) -> None:
        self.spec = spec
        self.phase = "closed"
        self.phase_since_ns = 0
        self.rule_position = 0  # 0: it has not opened yet
        self.reference_ticks = spec.first_reference_ticks
        self.low_ticks: int | None = None
        self.high_ticks: int | None = None
        self.seq = 0  # last position of the batch that last changed the levels
        self.asks = Side(1)
        self.bids = Side(-1)
        self.last_ticks: int | None = None
        self.last_trade_ns: int | None = None
        self.trades: deque[dict[str, Any]] = deque(maxlen=TRADES_KEPT)
        self.candles = Candles(zone)

    def change(self, changes: Iterable[LevelChange]) -> None:
        """What an order brings to its levels, or takes away."""
        for change in changes:
            half = self.bids if change.side == BID else self.asks
            half.change(change.price_ticks, change.lots, change.orders)

    def add_trade(self, trade: dict[str, Any]) -> None:
        """A trade has printed: last price, tape and candles follow."""
        self.last_ticks = trade["price_ticks"]
        self.last_trade_ns = trade["at_ns"]
        self.trades.append(trade)
        self.candles.add(trade["at_ns"], trade["price_ticks"], trade["lots"])

    def phase_changed(self, event: PhaseChanged, at_ns: int) -> None:
        self.phase = event.to_phase
        self.phase_since_ns = at_ns
        self.rule_position = event.rule_position
        self.reference_ticks = event.reference_ticks or self.reference_ticks
        self.low_ticks, self.high_ticks = event.low_ticks, event.high_ticks

    def levels(self, depth: int | None) -> dict[str, list[Level]]:
        """Both sides, best first."""
        return {"bids": self.bids.best(depth), "asks": self.asks.best(depth)}

    def ticker(self, day_starts_ns: int) -> dict[str, Any]:
        """The market in a line: null where a side is empty, never 0, never made from one side."""
        bid = next(iter(self.bids.best(1)), None)
        ask = next(iter(self.asks.best(1)), None)
        depth = self.bids.lots + self.asks.lots
        day = self.candles.day_from(day_starts_ns)
        return {
            "market": self.spec.market,
            "phase": self.phase,
            "best_bid_ticks": bid[0] if bid else None,
            "best_bid_lots": bid[1] if bid else None,
            "best_ask_ticks": ask[0] if ask else None,
            "best_ask_lots": ask[1] if ask else None,
            "bid_lots": self.bids.lots,
            "ask_lots": self.asks.lots,
            "bid_orders": self.bids.orders,
            "ask_orders": self.asks.orders,
            "imbalance_bp": (self.bids.lots - self.asks.lots) * BP // depth if depth else 0,
            "last_ticks": self.last_ticks,
            "last_trade_ns": self.last_trade_ns,
            "reference_ticks": self.reference_ticks,
            **day,
        }


def trade_row(event: Traded, at_ns: int) -> dict[str, Any]:
    """A trade as everyone may read it."""
    return {
        "trade": event.trade,
        "price_ticks": event.price_ticks,
        "lots": event.lots,
        "taker": event.taker,
        "at_ns": at_ns,
        "mode": event.mode,
    }


def changed(
    before: dict[str, list[Level]], after: dict[str, list[Level]]
) -> dict[str, list[Level]]:
    """The levels that differ, absolute; one that is gone has 0 lots, 0 orders, 0 conditional."""
    return {side: _changed(before[side], after[side]) for side in ("bids", "asks")}


def _changed(before: list[Level], after: list[Level]) -> list[Level]:
    held = {level[0]: level for level in before}
    differing = [level for level in after if held.pop(level[0], None) != level]
    return differing + [[price_ticks, 0, 0, 0] for price_ticks in held]
