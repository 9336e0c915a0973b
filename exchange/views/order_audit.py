"""Which open orders the views show, for an audit to hold against its replay."""

from typing import Any

from exchange.books.state import Venue
from ledger.views.audit_snapshot import compared


def _open_orders(venue: Venue) -> dict[str, Any]:
    return {
        name: [
            *(order.party, order.market, order.side, order.terms.key, order.price_ticks),
            *(order.lots, order.open_lots, order.filled_lots, order.expires_ns, order.priority),
            order.nodes,
        ]
        for name, order in venue.orders.items()
    }


MARKET_VIEWS = (
    compared(
        "orders",
        "order",
        "party market side key price_ticks lots open_lots filled_lots expires_ns priority nodes",
        _open_orders,
        where="ended = '' AND open_lots > 0",
    ),
)
