"""What the views keep of the market: instruments, orders and trades (fills are read from trades).

The journal's `reason` of an order's end is the `cause` of the wire (decisions/0010).
"""

from typing import Any

from exchange.books.open_orders import ENDED
from exchange.books.order import AMENDABLE
from exchange.events import (
    InstrumentListed,
    OrderAccepted,
    OrderAmended,
    OrderCancelled,
    OrderExpired,
    PartyRegrouped,
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
    row = columns(
        event,
        open_lots=event.lots,
        filled_lots=0,
        ended="",
        cause="",
        position=position,
        changed_ns=event.at_ns,
    )
    return [RowInsert("orders", (event.order,), row)]


def order_amended(event: OrderAmended, position: int) -> list[Change]:
    put: dict[str, Any] = {name: getattr(event, name) for name in AMENDABLE}
    return [RowUpdate("orders", (event.order,), put | {"changed_ns": event.at_ns})]


def traded(event: Traded, position: int) -> list[Change]:
    moved = {"open_lots": -event.lots, "filled_lots": event.lots}
    put = {"changed_ns": event.at_ns}
    return [
        RowInsert("trades", (event.trade,), columns(event, position=position)),
        RowUpdate("orders", (event.ask,), put, moved, less={"nodes": event.nodes}),
        RowUpdate("orders", (event.bid,), put, moved),
    ]


def party_regrouped(event: PartyRegrouped, position: int) -> list[Change]:
    put = {"group": event.group, "changed_ns": event.at_ns}
    return [RowUpdate("orders", (order,), put) for order in event.orders]


def order_ended(event: OrderCancelled | OrderExpired, position: int) -> list[Change]:
    put = {
        "open_lots": 0,
        "nodes": [],
        "ended": ENDED[type(event)],
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
    PartyRegrouped: party_regrouped,
    OrderCancelled: order_ended,
    OrderExpired: order_ended,
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
