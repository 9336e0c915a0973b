"""The public picture of one market, folded from published events: levels, last prices, phase.

Pure. It holds no party and no thing: what is not here cannot leak from here.
"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable
from typing import Any, Final

from exchange.books.day_figures import DayFigures
from exchange.books.open_orders import LevelChange
from exchange.books.reference import dated_reference
from exchange.events import InstrumentListed, PhaseChanged, Traded
from exchange.market.market_rule import MarketRule
from exchange.words import BID
from gateway.market_picture.candle_builder import Candles

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

    def __init__(self, spec: InstrumentListed, zone: str, listed_ns: int) -> None:
        self.spec = spec
        self.listed_ns = listed_ns
        self.phase = "closed"
        self.phase_since_ns = 0  # when it began
        self.rule_position = 0  # 0: it has not opened yet
        self.ruled_at = 0  # position of the event that put this rule in force; 0: before the start
        self.seq = 0  # last position of the batch that last moved an order, or the phase
        self.asks = Side(1)
        self.bids = Side(-1)
        self.last_ticks: int | None = None
        self.last_trade_ns: int | None = None
        self.day = DayFigures()
        self.trades: deque[dict[str, Any]] = deque(maxlen=TRADES_KEPT)
        self.candles = Candles(zone)
        self._zone = zone

    def reference(self, rule: MarketRule | None) -> dict[str, int | None]:
        """What bands lie around, since when, and until when it serves (EXCHANGE 4)."""
        first_ticks, listed_ns = self.spec.first_reference_ticks, self.listed_ns
        found = dated_reference(self.last_ticks, self.last_trade_ns, first_ticks, listed_ns, rule)
        return {
            "reference_ticks": found.price_ticks if found else None,
            "reference_at_ns": found.at_ns if found else None,
            "reference_until_ns": found.until_ns if found else None,
        }

    @property
    def is_empty(self) -> bool:
        """Whether no order stands here."""
        return not self.asks.orders and not self.bids.orders

    def change(self, changes: Iterable[LevelChange]) -> None:
        """What an order brings to its levels, or takes away."""
        for change in changes:
            half = self.bids if change.side == BID else self.asks
            half.change(change.price_ticks, change.lots, change.orders)

    def add_trade(self, event: Traded, at_ns: int) -> None:
        """A trade has printed: last price, the day's figures, tape and candles follow."""
        price_ticks, lots = event.price_ticks, event.lots
        self.last_ticks, self.last_trade_ns = price_ticks, at_ns
        self.day.add(self._zone, at_ns, price_ticks, lots)
        self.trades.append(trade_row(event, at_ns))
        self.candles.add(at_ns, price_ticks, lots)

    def phase_changed(self, event: PhaseChanged, position: int, at_ns: int) -> None:
        """The phase, since when, and the rule in force; the same phase again begins none."""
        if event.to_phase != self.phase:
            self.phase, self.phase_since_ns = event.to_phase, at_ns
        if event.rule_position != self.rule_position:
            self.rule_position, self.ruled_at = event.rule_position, position

    def levels(self, depth: int | None) -> dict[str, list[Level]]:
        """Both sides, best first."""
        return {"bids": self.bids.best(depth), "asks": self.asks.best(depth)}

    def ticker(self, at_ns: int, rule: MarketRule | None) -> dict[str, Any]:
        """The market in a line: null where a side is empty, never 0, never made from one side."""
        bid = next(iter(self.bids.best(1)), None)
        ask = next(iter(self.asks.best(1)), None)
        depth = self.bids.lots + self.asks.lots
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
            **self.reference(rule),
            **self.day.at(at_ns),
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
