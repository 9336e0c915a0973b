"""An order as a reply tells it: the same members whatever was done with it (WIRE 3)."""

from typing import Any

from exchange.books.order import Order
from exchange.words import ASK, OrderState


def order_reply(order: Order, state: OrderState, held_minor: int) -> dict[str, Any]:
    """An order as it stands, without fills: what it met is told by the batch that it met it in."""
    reply: dict[str, Any] = {
        "order": order.terms.order,
        "state": state,
        "market": order.terms.market,
        "side": order.terms.side,
        "price_ticks": order.price_ticks,
        "lots": order.lots,
        "filled_lots": order.lots - order.open_lots,
        "open_lots": order.open_lots,
        "held_minor": held_minor,
        "fills": [],
    }
    if order.terms.side == ASK:
        reply["nodes"] = order.nodes
    return reply
