"""What an order would bring, told before it is sent: a pure function of its events (WIRE 3)."""

from collections.abc import Sequence
from typing import Any, Final

from exchange.books.open_orders import ENDED, FILLED, OPEN
from exchange.books.state import Market, Venue
from exchange.events import OrderAccepted, OrderAmended, OrderCancelled, OrderExpired, Traded
from exchange.instruments.kinds import kind_of
from exchange.orders.entry_band import entry_band
from exchange.orders.far_price import far_price
from exchange.words import BID, Side
from ledger.durations import DAY_NS
from ledger.events import Event
from ledger.money import deposit_minor, fee_minor

ENDS_SOON_NS: Final = DAY_NS


def order_preview(venue: Venue, decided: Sequence[Event], at_ns: int) -> dict[str, Any]:
    """The order's part of a dry run; {} where no order is placed or amended.

    Amounts are minor units: a bid's `total_minor` is what it pays, an ask's what it brings.
    """
    first = decided[0]
    if not isinstance(first, OrderAccepted | OrderAmended):
        return {}
    market = venue.markets[first.market]
    side = _side(venue, first)
    lots = first.lots if isinstance(first, OrderAccepted) else first.open_lots
    trades = [event for event in decided[1:] if isinstance(event, Traded)]
    fills = [_fill(market, side, event) for event in trades]
    open_lots = lots - sum(event.lots for event in trades)
    preview: dict[str, Any] = {"state": OPEN if open_lots else FILLED}
    last = decided[-1]
    if isinstance(last, OrderCancelled | OrderExpired) and last.order == first.order:
        preview = {"state": ENDED[type(last)], "cause": last.reason}
        open_lots = 0
    is_held = side == BID and open_lots
    notice = far_price(venue, market, side, first.price_ticks, first.order, at_ns)
    far = [] if notice is None else [notice]
    return preview | {
        "market": first.market,
        "side": side,
        "phase": market.phase,
        "price_ticks": first.price_ticks,
        "lots": lots,
        "filled_lots": sum(event.lots for event in trades),
        "open_lots": open_lots,
        "fills": fills,
        "now": _sum(fills),
        "at_worst": _at_worst(market, side, first.price_ticks, lots),
        "held_minor": market.held_minor(first.price_ticks, open_lots) if is_held else 0,
        "band": _band(market, side, at_ns),
        "notices": _notices(market, at_ns) + far,
    }


def _side(venue: Venue, first: OrderAccepted | OrderAmended) -> Side:
    return first.side if isinstance(first, OrderAccepted) else venue.orders[first.order].terms.side


def _fill(market: Market, side: Side, event: Traded) -> dict[str, int]:
    assert market.rule is not None, "what traded has a rule"
    bp = market.rule.deposit_bp if side == BID and kind_of(market).has_deposit else 0
    return {
        "price_ticks": event.price_ticks,
        "lots": event.lots,
        **_amounts(
            side,
            event.notional_minor,
            event.bid_fee_minor if side == BID else event.ask_fee_minor,
            deposit_minor(event.notional_minor, bp),
        ),
    }


def _amounts(side: Side, notional: int, fee: int, deposit: int) -> dict[str, int]:
    return {
        "notional_minor": notional,
        "fee_minor": fee,
        "deposit_minor": deposit,
        "total_minor": notional + fee + deposit if side == BID else notional - fee,
    }


def _sum(fills: Sequence[dict[str, int]]) -> dict[str, int]:
    names = ("notional_minor", "fee_minor", "deposit_minor", "total_minor")
    return {name: sum(each[name] for each in fills) for name in names}


def _at_worst(market: Market, side: Side, price_ticks: int, lots: int) -> dict[str, int]:
    """All of it at the order's own price and the dearest fee: a bid's hold (EXCHANGE 4)."""
    assert market.rule is not None, "what takes orders has a rule"
    rates = market.rule.fee_bp.bid if side == BID else market.rule.fee_bp.ask
    notional = market.notional_minor(price_ticks, lots)
    fee = fee_minor(notional, max(0, rates.maker, rates.taker, rates.flat))
    deposit = deposit_minor(notional, market.rule.deposit_bp) if side == BID else 0
    return _amounts(side, notional, fee, deposit)


def _band(market: Market, side: Side, at_ns: int) -> dict[str, int | str | None] | None:
    """The worst price that this side may name now; None: any price is taken (EXCHANGE 4)."""
    band = entry_band(market, side, at_ns)
    return None if band is None else band.context(at_ns)


def _notices(market: Market, at_ns: int) -> list[dict[str, Any]]:
    """What its sender should know, each a `code` with its figures."""
    notices: list[dict[str, Any]] = []
    if market.phase != "continuous":
        notices.append({"code": "waits_for_opening"})
    last_ns = market.spec.last_trade_ns
    if last_ns is not None and last_ns - at_ns <= ENDS_SOON_NS:
        notices.append({"code": "trading_ends", "last_trade_ns": last_ns})
    return notices
