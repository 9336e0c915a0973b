"""The answer to a command, as a pure function of its batch's events: the same at every asking.

The ledger's own answers stand in `ledger/replies.py`. An event's `reason` is told as `cause`
(docs/decisions/0010-cause-and-reason.md).
"""

from collections.abc import Callable, Sequence
from typing import Any

from exchange.books.terms import ASK, BID
from exchange.events import (
    InstrumentListed,
    OrderAccepted,
    OrderAmended,
    OrderCancelled,
    OrderExpired,
    Traded,
)
from ledger.events import Event, LeaseGranted, NothingToDo, ProposalApproved
from ledger.replies import CREATED, OK
from ledger.replies import answer as ledger_answer

Result = dict[str, Any]


def answer(op: str, events: Sequence[Event]) -> tuple[int, Result]:
    """(HTTP status, result) of an accepted command, told by the facts of its batch (WIRE 3)."""
    first = events[0]
    tell = _TELL.get(type(first))
    if tell is not None:
        return tell(op, events)
    if isinstance(first, NothingToDo) and op == "order.cancel_all":
        return OK, {"orders": []}
    status, result = ledger_answer(op, events)
    proposed = events[1] if isinstance(first, ProposalApproved) and len(events) > 1 else None
    if isinstance(proposed, InstrumentListed):
        result["outcome"] = _instrument(proposed)
    return status, result


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


def _placed(op: str, events: Sequence[Event]) -> tuple[int, Result]:
    accepted = events[0]
    assert isinstance(accepted, OrderAccepted)
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
    return CREATED, told


def _amended(op: str, events: Sequence[Event]) -> tuple[int, Result]:
    amended = events[0]
    assert isinstance(amended, OrderAmended)
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
    return OK, told


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


def _cancelled(op: str, events: Sequence[Event]) -> tuple[int, Result]:
    ended = [event for event in events if isinstance(event, OrderCancelled)]
    if op == "order.cancel_all":
        return OK, {"orders": [_ended(event) for event in ended]}
    told = _ended(ended[0])
    return OK, told | {"market": ended[0].market, "open_lots": 0, "lots_ended": ended[0].lots}


def _listed(op: str, events: Sequence[Event]) -> tuple[int, Result]:
    listed = events[0]
    assert isinstance(listed, InstrumentListed)
    return CREATED, _instrument(listed)


def _instrument(listed: InstrumentListed) -> Result:
    return {"market": listed.market, "kind": listed.kind, "lot_size": listed.lot_size}


_TELL: dict[type[Event], Callable[[str, Sequence[Event]], tuple[int, Result]]] = {
    OrderAccepted: _placed,
    OrderAmended: _amended,
    OrderCancelled: _cancelled,
    InstrumentListed: _listed,
}
