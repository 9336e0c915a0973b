"""`audit market-day`: what each market did in one day of the venue's zone, by the journal."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, TypedDict

from exchange import events as e
from ledger.events import Event


class MarketFigures(TypedDict):
    """One market's day. Prices are in ticks, and for one lot; null: nothing traded."""

    market: str
    phases: list[str]  # that began in it, in order
    orders: int  # accepted
    bid_lots: int
    ask_lots: int
    amended: int
    cancelled: int
    expired: int
    trades: int
    lots: int
    open_ticks: int | None
    high_ticks: int | None
    low_ticks: int | None
    close_ticks: int | None
    open_minor: int | None
    high_minor: int | None
    low_minor: int | None
    close_minor: int | None
    notional_minor: int
    ask_fee_minor: int  # agreed; a title's are posted when it settles, a lease's as it is metered
    bid_fee_minor: int


@dataclass(slots=True)
class _Day:
    """One market's day, as it is counted."""

    counts: dict[str, int] = field(default_factory=dict)
    phases: list[str] = field(default_factory=list)
    prices: list[tuple[int, int]] = field(default_factory=list)  # ticks, minor units a lot

    def add(self, name: str, number: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + number


def _accepted(day: _Day, event: e.OrderAccepted) -> None:
    day.add("orders")
    day.add(f"{event.side}_lots", event.lots)


def _traded(day: _Day, event: e.Traded) -> None:
    day.add("trades")
    for name in ("lots", "notional_minor", "ask_fee_minor", "bid_fee_minor"):
        day.add(name, getattr(event, name))
    day.prices.append((event.price_ticks, event.notional_minor // event.lots))


_COUNTED: Final[dict[type[Event], Callable[[_Day, Any], None]]] = {
    e.InstrumentListed: lambda day, event: None,  # it is named, though nothing else happened
    e.PhaseChanged: lambda day, event: day.phases.append(event.to_phase),
    e.OrderAccepted: _accepted,
    e.OrderAmended: lambda day, event: day.add("amended"),
    e.OrderCancelled: lambda day, event: day.add("cancelled"),
    e.OrderExpired: lambda day, event: day.add("expired"),
    e.Traded: _traded,
    e.PartyRegrouped: lambda day, event: None,
}
_SUMS: Final = (
    *("orders", "bid_lots", "ask_lots", "amended", "cancelled", "expired"),
    *("trades", "lots", "notional_minor", "ask_fee_minor", "bid_fee_minor"),
)


def market_day(events: Iterable[Event], market: str = "") -> list[MarketFigures]:
    """The figures of each market that an event of the day names, or of one; by symbol."""
    days: dict[str, _Day] = {}
    for event in events:
        count = _COUNTED.get(type(event))
        symbol = getattr(event, "market", "")
        if count is not None and market in ("", symbol):
            count(days.setdefault(symbol, _Day()), event)
    return [_figures(symbol, day) for symbol, day in sorted(days.items())]


def _figures(symbol: str, day: _Day) -> MarketFigures:
    prices = day.prices
    ends = {
        "open": prices[0] if prices else None,
        "high": max(prices, default=None),
        "low": min(prices, default=None),
        "close": prices[-1] if prices else None,
    }
    figures: Any = {"market": symbol, "phases": day.phases}
    figures |= {name: day.counts.get(name, 0) for name in _SUMS}
    for name, price in ends.items():
        figures[f"{name}_ticks"], figures[f"{name}_minor"] = price or (None, None)
    found: MarketFigures = figures
    return found
