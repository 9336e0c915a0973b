"""What the market's ops tell of what they did: pure functions of a batch's events (WIRE 3).

The rows of ops name them. An event's `reason` is told as `cause`
(docs/decisions/0010-cause-and-reason.md).
"""

from collections.abc import Sequence

from exchange.books.terms import ASK, BID
from exchange.events import (
    InstrumentListed,
    OrderAccepted,
    OrderAmended,
    OrderCancelled,
    OrderExpired,
    Traded,
)
from ledger.events import Event, LeaseGranted
from ledger.op import Result


def fill(event: Traded, side: str) -> Result:
    """A trade as one order sees it."""
    return {
        "fill": f"{event.trade}.{side}",
        "price_ticks": event.price_ticks,
        "lots": event.lots,
        "role": "taker" if event.taker == side else "maker",
        "notional_minor": event.notional_minor,
        "fee_minor": event.bid_fee_minor if side == BID else event.ask_fee_minor,
        "settlement": event.settlement,
    }


def placed(accepted: OrderAccepted, events: Sequence[Event]) -> Result:
    """The order as its batch leaves it, with its fills."""
    told: Result = {
        "order": accepted.order,
        "key": accepted.key,
        "state": "open",
        "market": accepted.market,
        "side": accepted.side,
        "price_ticks": accepted.price_ticks,
        "lots": accepted.lots,
        "filled_lots": 0,
        "open_lots": accepted.lots,
        "held_minor": accepted.held_minor,
        "fills": [],
    }
    if accepted.nodes:
        told["nodes"] = accepted.nodes
    _follow(told, accepted.order, accepted.side, accepted.hold, events)
    return told


def amended(amended: OrderAmended, events: Sequence[Event]) -> Result:
    """As `placed`, under the new terms."""
    side = BID if amended.hold else ASK
    told: Result = {
        "order": amended.order,
        "state": "open",
        "market": amended.market,
        "side": side,
        "price_ticks": amended.price_ticks,
        "lots": amended.lots,
        "filled_lots": amended.lots - amended.open_lots,
        "open_lots": amended.open_lots,
        "held_minor": amended.held_minor,
        "fills": [],
    }
    _follow(told, amended.order, side, amended.hold, events)
    return told


def _follow(told: Result, order: str, side: str, hold: str, events: Sequence[Event]) -> None:
    """What the batch's later facts did to the order."""
    for event in events[1:]:
        if isinstance(event, Traded) and order in (event.ask, event.bid):
            told["fills"].append(fill(event, side))
            told["filled_lots"] += event.lots
            told["open_lots"] -= event.lots
            if hold:
                told["held_minor"] -= event.escrow_minor + event.freed_minor
        elif isinstance(event, LeaseGranted):
            if hold and event.hold == hold:
                told["held_minor"] -= event.prepaid_minor + event.deposit_minor
        elif isinstance(event, OrderCancelled | OrderExpired) and event.order == order:
            told |= _ended(event) | {"open_lots": 0, "held_minor": 0}
    if not told["open_lots"] and told["state"] == "open":
        told["state"] = "filled"


def _ended(event: OrderCancelled | OrderExpired) -> Result:
    state = "cancelled" if isinstance(event, OrderCancelled) else "expired"
    return {"order": event.order, "state": state, "cause": event.reason}


def cancelled(event: OrderCancelled, events: Sequence[Event]) -> Result:
    """How one order ended."""
    return _ended(event) | {"market": event.market, "open_lots": 0, "lots_ended": event.lots}


def all_cancelled(event: OrderCancelled, events: Sequence[Event]) -> Result:
    """Every order that the batch ended."""
    return {"orders": [_ended(each) for each in events if isinstance(each, OrderCancelled)]}


def none_cancelled() -> Result:
    """Nothing stood that fitted the filters."""
    return {"orders": []}


def listed(event: InstrumentListed, events: Sequence[Event]) -> Result:
    """The instrument that can be traded from now on."""
    return {"market": event.market, "kind": event.kind, "lot_size": event.lot_size}
