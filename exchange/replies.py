"""The results that the market's ops reply with: pure functions of a batch's events (WIRE 3).

The rows of ops name them. An event's `reason` is told as `cause`
(docs/decisions/0010-cause-and-reason.md).
"""

from collections.abc import Sequence

from exchange.books.open_orders import CANCELLED, OPEN, folded
from exchange.books.order import Order
from exchange.books.order_reply import order_reply
from exchange.events import InstrumentListed, OrderAccepted, OrderAmended, OrderCancelled, Traded
from exchange.words import ASK, BID, Side
from ledger.events import Event, LeaseGranted
from ledger.ids import NO_ID
from ledger.op import Result


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


def placed(accepted: OrderAccepted, events: Sequence[Event]) -> Result:
    """The order as its batch leaves it, with its fills."""
    order = Order.of(accepted)
    result: Result = {"order": accepted.order, "key": accepted.key}
    result |= order_reply(order, OPEN, accepted.held_minor)
    _follow(result, order, events)
    return result


def amended(amended: OrderAmended, events: Sequence[Event]) -> Result:
    """As `placed`, under the new terms."""
    order = _as_amended(amended)
    result = order_reply(order, OPEN, amended.held_minor)
    _follow(result, order, events)
    return result


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


def _follow(result: Result, order: Order, events: Sequence[Event]) -> None:
    """What the batch's later facts did to the order."""
    hold = order.terms.hold
    for event in events[1:]:
        change = folded(order, event)
        if change is not None:
            result |= {"state": change.state, "open_lots": change.open_lots}
            if not hold:
                result["nodes"] = order.nodes if change.is_open else []
            if change.cause:
                result |= {"cause": change.cause, "held_minor": 0}
        if isinstance(event, Traded) and change is not None:
            result["fills"].append(fill(event, order.side))
            result["filled_lots"] = order.filled_lots
            if hold:
                result["held_minor"] -= event.escrow_minor + event.freed_minor
        elif isinstance(event, LeaseGranted) and hold and event.hold == hold:
            result["held_minor"] -= event.prepaid_minor + event.deposit_minor


def cancelled(event: OrderCancelled, events: Sequence[Event]) -> Result:
    """The order as it ended: nothing of it stands, and nothing is held for it."""
    is_bid = bool(event.hold)
    result: Result = {
        "order": event.order,
        "state": CANCELLED,
        "market": event.market,
        "side": BID if is_bid else ASK,
        "price_ticks": event.price_ticks,
        "lots": event.total_lots,
        "filled_lots": event.total_lots - event.lots,
        "open_lots": 0,
        "held_minor": 0,
        "fills": [],
    }
    if not is_bid:
        result["nodes"] = []
    return result | {"cause": event.reason, "lots_ended": event.lots}


def all_cancelled(event: OrderCancelled, events: Sequence[Event]) -> Result:
    """Every order that the batch ended."""
    ended = [each for each in events if isinstance(each, OrderCancelled)]
    return {"orders": [cancelled(each, events) for each in ended]}


def none_cancelled(stands: Result) -> Result:
    """Nothing stood that fitted the filters."""
    return {"orders": []}


def listed(event: InstrumentListed, events: Sequence[Event]) -> Result:
    """The instrument that can be traded from now on."""
    return {"market": event.market, "kind": event.kind, "lot_size": event.lot_size}
