"""The answer to a command, as a pure function of its batch's events: the same at every asking.

The ledger's own answers stand in `ledger/replies.py`. An event's `reason` is told as `cause`
(docs/decisions/0010-cause-and-reason.md).
"""

from collections.abc import Callable, Sequence
from typing import Any

from exchange.books.open_orders import ENDED, OPEN, folded
from exchange.books.order import Order
from exchange.events import (
    InstrumentListed,
    OrderAccepted,
    OrderAmended,
    OrderCancelled,
    OrderExpired,
    Traded,
)
from exchange.words import ASK, BID, Side
from ledger.events import Event, LeaseGranted, NothingToDo, ProposalApproved
from ledger.ids import NO_ID
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


def fill(event: Traded, side: Side) -> Result:
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
    order = Order.of(accepted)
    told: Result = {"order": accepted.order, "key": accepted.key}
    told |= _stood(order, accepted.held_minor)
    if accepted.nodes:
        told["nodes"] = accepted.nodes
    _follow(told, order, events)
    return CREATED, told


def _amended(op: str, events: Sequence[Event]) -> tuple[int, Result]:
    amended = events[0]
    assert isinstance(amended, OrderAmended)
    order = _as_amended(amended)
    told: Result = {"order": amended.order} | _stood(order, amended.held_minor)
    _follow(told, order, events)
    return OK, told


def _as_amended(amended: OrderAmended) -> Order:
    """An order as its amendment alone tells it: what that does not tell is left empty."""
    terms = OrderAccepted(
        market=amended.market,
        order=amended.order,
        key="",
        party=amended.party,
        principal=NO_ID,
        group=NO_ID,
        side=BID if amended.hold else ASK,
        time_in_force="gtc",  # perhaps: the reply does not show it
        lots=amended.lots,
        price_ticks=amended.price_ticks,
        priority=amended.priority,
        hold=amended.hold,
    )
    order = Order.of(terms)
    order.amend(amended)
    return order


def _stood(order: Order, held_minor: int) -> Result:
    """The order before anything followed."""
    return {
        "state": OPEN,
        "market": order.market,
        "side": order.side,
        "price_ticks": order.price_ticks,
        "lots": order.lots,
        "filled_lots": order.filled_lots,
        "open_lots": order.open_lots,
        "held_minor": held_minor,
        "fills": [],
    }


def _follow(told: Result, order: Order, events: Sequence[Event]) -> None:
    """What the batch's later facts did to the order."""
    hold = order.terms.hold
    for event in events[1:]:
        change = folded(order, event)
        if change is not None:
            told |= {"state": change.state, "open_lots": change.open_lots}
            if change.cause:
                told |= {"cause": change.cause, "held_minor": 0}
        if isinstance(event, Traded) and change is not None:
            told["fills"].append(fill(event, order.side))
            told["filled_lots"] = order.filled_lots
            if hold:
                told["held_minor"] -= event.escrow_minor + event.freed_minor
        elif isinstance(event, LeaseGranted) and hold and event.hold == hold:
            told["held_minor"] -= event.prepaid_minor + event.deposit_minor


def _ended(event: OrderCancelled | OrderExpired) -> Result:
    return {"order": event.order, "state": ENDED[type(event)], "cause": event.reason}


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
