"""What the views keep of settlements and of money on its way out of the venue."""

from ledger.events import (
    CashPosted,
    Delivered,
    DeliveryAccepted,
    DeliveryInstructed,
    PaymentConfirmed,
    PaymentInstructed,
    PaymentRefused,
    SettlementFailed,
    SettlementOpened,
    TradeSettled,
    TradeUnwound,
)
from ledger.views.rows.changes import Change, RowInsert, RowUpdate, Rules, ViewTable, columns


def cash_posted(event: CashPosted, position: int) -> list[Change]:
    return [RowInsert("entries", (event.entry,), columns(event, position=position))]


def payment_instructed(event: PaymentInstructed, position: int) -> list[Change]:
    row = columns(event, state="instructed", payer_reference="", reason="", position=position)
    return [RowInsert("payments", (event.payment,), row)]


def payment_confirmed(event: PaymentConfirmed, position: int) -> list[Change]:
    put = {"state": "paid", "payer_reference": event.payer_reference}
    return [RowUpdate("payments", (event.payment,), put)]


def payment_refused(event: PaymentRefused, position: int) -> list[Change]:
    return [RowUpdate("payments", (event.payment,), {"state": "refused", "reason": event.reason})]


def settlement_opened(event: SettlementOpened, position: int) -> list[Change]:
    row = columns(event, state="open", position=position, changed_ns=event.at_ns)
    return [RowInsert("settlements", (event.settlement,), row)]


def delivery_instructed(event: DeliveryInstructed, position: int) -> list[Change]:
    due = {"mode": event.mode, "to_site": event.to_site, "due_ns": event.due_ns}
    return _moved(event, "delivering", **due, cure_until_ns=0)


def delivered(event: Delivered, position: int) -> list[Change]:
    receipt = {"receipt_sha256": event.receipt_sha256, "inspect_until_ns": event.inspect_until_ns}
    return _moved(event, "inspecting", **receipt)


def delivery_accepted(event: DeliveryAccepted, position: int) -> list[Change]:
    """Its state stays; `TradeSettled` follows in the same batch."""
    put = {"by_timeout": event.by_timeout, "report_sha256": event.report_sha256}
    return [RowUpdate("settlements", (event.settlement,), put)]


def trade_settled(event: TradeSettled, position: int) -> list[Change]:
    return _moved(event, "settled")


def settlement_failed(event: SettlementFailed, position: int) -> list[Change]:
    fault = {"at_fault": event.at_fault, "reason": event.reason}
    return _moved(event, "failed", **fault, cure_until_ns=event.cure_until_ns)


def trade_unwound(event: TradeUnwound, position: int) -> list[Change]:
    return _moved(event, "unwound", reason=event.reason)


def _moved(
    event: DeliveryInstructed | Delivered | TradeSettled | SettlementFailed | TradeUnwound,
    state: str,
    **put: object,
) -> list[Change]:
    moved = put | {"state": state, "changed_ns": event.at_ns}
    return [RowUpdate("settlements", (event.settlement,), moved)]


RULES: Rules = {
    CashPosted: cash_posted,
    PaymentInstructed: payment_instructed,
    PaymentConfirmed: payment_confirmed,
    PaymentRefused: payment_refused,
    SettlementOpened: settlement_opened,
    DeliveryInstructed: delivery_instructed,
    Delivered: delivered,
    DeliveryAccepted: delivery_accepted,
    TradeSettled: trade_settled,
    SettlementFailed: settlement_failed,
    TradeUnwound: trade_unwound,
}

TABLES = {
    "entries": ViewTable(("entry",), is_settled=True),
    "payments": ViewTable(("payment",)),
    "settlements": ViewTable(("settlement",)),
}
