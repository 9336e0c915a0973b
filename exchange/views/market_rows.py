"""What the views keep of the market: instruments, orders and trades (fills are read from trades).

The journal's `reason` of an order's end is the `cause` of the wire (decisions/0010).
"""

from exchange.events import (
    InstrumentListed,
    OrderAccepted,
    OrderAmended,
    OrderCancelled,
    OrderExpired,
    PhaseChanged,
    Traded,
)
from ledger.events import Event
from ledger.views.rows.changes import Change, RowInsert, RowUpdate, Rules, ViewTable, columns


def instrument_listed(event: InstrumentListed, position: int) -> list[Change]:
    row = columns(event, phase="closed", position=position)
    return [RowInsert("instruments", (event.market,), row)]


def phase_changed(event: PhaseChanged, position: int) -> list[Change]:
    put = {
        "phase": event.to_phase,
        "rule_position": event.rule_position,
        "reference_ticks": event.reference_ticks,
        "low_ticks": event.low_ticks,
        "high_ticks": event.high_ticks,
    }
    return [RowUpdate("instruments", (event.market,), put)]


def order_accepted(event: OrderAccepted, position: int) -> list[Change]:
    row = {
        "order": event.order,
        "key": event.key,
        "market": event.market,
        "party": event.party,
        "principal": event.principal,
        "group": event.group,
        "side": event.side,
        "type": event.type,
        "time_in_force": event.time_in_force,
        "price_ticks": event.price_ticks,
        "lots": event.lots,
        "open_lots": event.lots,
        "filled_lots": 0,
        "nodes": event.nodes,
        "hold": event.hold,
        "expires_ns": event.expires_ns,
        "post_only": event.post_only,
        "label": event.label,
        "priority": event.priority,
        "ended": "",
        "cause": "",
        "position": position,
        "at_ns": event.at_ns,
        "changed_ns": event.at_ns,
    }
    return [RowInsert("orders", (event.order,), row)]


def order_amended(event: OrderAmended, position: int) -> list[Change]:
    put = {
        "lots": event.lots,
        "open_lots": event.open_lots,
        "price_ticks": event.price_ticks,
        "expires_ns": event.expires_ns,
        "priority": event.priority,
        "nodes": event.nodes,
        "changed_ns": event.at_ns,
    }
    return [RowUpdate("orders", (event.order,), put)]


def traded(event: Traded, position: int) -> list[Change]:
    moved = {"open_lots": -event.lots, "filled_lots": event.lots}
    put = {"changed_ns": event.at_ns}
    return [
        RowInsert("trades", (event.trade,), columns(event, position=position)),
        RowUpdate("orders", (event.ask,), put, moved, less={"nodes": event.nodes}),
        RowUpdate("orders", (event.bid,), put, moved),
    ]


def order_cancelled(event: OrderCancelled, position: int) -> list[Change]:
    return _ended(event, "cancelled")


def order_expired(event: OrderExpired, position: int) -> list[Change]:
    return _ended(event, "expired")


def _ended(event: OrderCancelled | OrderExpired, how: str) -> list[Change]:
    put = {
        "open_lots": 0,
        "nodes": [],
        "ended": how,
        "cause": event.reason,
        "changed_ns": event.at_ns,
    }
    return [RowUpdate("orders", (event.order,), put)]


RULES: Rules = {
    InstrumentListed: instrument_listed,
    PhaseChanged: phase_changed,
    OrderAccepted: order_accepted,
    OrderAmended: order_amended,
    Traded: traded,
    OrderCancelled: order_cancelled,
    OrderExpired: order_expired,
}

TABLES = {
    "instruments": ViewTable(("market",)),
    "orders": ViewTable(("order",)),
    "trades": ViewTable(("trade",), is_settled=True),
}

KINDS: dict[type[Event], str] = {  # of the postings that each brings (DOMAIN 3)
    OrderAccepted: "order_hold",
    OrderAmended: "order_hold",
    Traded: "trade",
    OrderCancelled: "hold_release",
    OrderExpired: "hold_release",
}
