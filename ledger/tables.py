"""The ledger's contents page: command -> how it is decided, event -> how it is folded.

DECIDE: (register, command, asked) -> events, may raise Refused and has changed nothing.
APPLY: (register, event) -> None, live and in replay. Postings are moved after it (`cash/postings`).
"""

from collections.abc import Callable
from typing import Any

from ledger import commands as c
from ledger import events as e
from ledger.asked import Asked
from ledger.cash.deposits import apply_cash_posted, record_deposit
from ledger.cash.payments import (
    apply_payment_ended,
    apply_payment_instructed,
    confirm_payment,
    refuse_payment,
    request_withdrawal,
)
from ledger.deadlines import apply_venue_resumed
from ledger.delivery import accept_delivery, confirm_delivery, fail_settlement, instruct_delivery
from ledger.register import Register
from ledger.rights.lease import (
    apply_lease_commenced,
    apply_lease_ended,
    apply_lease_granted,
    apply_usage_metered,
    meter_usage,
)
from ledger.settlement import (
    apply_delivered,
    apply_delivery_accepted,
    apply_delivery_instructed,
    apply_settlement_ended,
    apply_settlement_failed,
    apply_settlement_opened,
)

DECIDE: dict[type[c.Command], Callable[[Register, Any, Asked], list[e.Event]]] = {
    c.MeterUsage: meter_usage,
    c.RecordDeposit: record_deposit,
    c.RequestWithdrawal: request_withdrawal,
    c.ConfirmPayment: confirm_payment,
    c.RefusePayment: refuse_payment,
    c.InstructDelivery: instruct_delivery,
    c.ConfirmDelivery: confirm_delivery,
    c.AcceptDelivery: accept_delivery,
    c.FailSettlement: fail_settlement,
}

APPLY: dict[type[e.Event], Callable[[Register, Any], None]] = {
    e.LeaseGranted: apply_lease_granted,
    e.LeaseCommenced: apply_lease_commenced,
    e.UsageMetered: apply_usage_metered,
    e.LeaseEnded: apply_lease_ended,
    e.CashPosted: apply_cash_posted,
    e.PaymentInstructed: apply_payment_instructed,
    e.PaymentConfirmed: apply_payment_ended,
    e.PaymentRefused: apply_payment_ended,
    e.SettlementOpened: apply_settlement_opened,
    e.DeliveryInstructed: apply_delivery_instructed,
    e.Delivered: apply_delivered,
    e.DeliveryAccepted: apply_delivery_accepted,
    e.TradeSettled: apply_settlement_ended,
    e.SettlementFailed: apply_settlement_failed,
    e.TradeUnwound: apply_settlement_ended,
    e.VenueResumed: apply_venue_resumed,
}
