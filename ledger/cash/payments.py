"""Money that goes out: asked for, set aside, then confirmed or refused (DOMAIN 3, rows 19, 20)."""

from ledger.caller import Caller
from ledger.cash.accounts import available, external, must_afford, withdrawing
from ledger.cash.postings import Posting
from ledger.commands import ConfirmPayment, RefusePayment, RequestWithdrawal
from ledger.events import (
    CashPosted,
    Event,
    PaymentConfirmed,
    PaymentInstructed,
    PaymentRefused,
)
from ledger.ids import AccountName, EntryId, PaymentId, advance_counter
from ledger.moment import Moment
from ledger.offices import must_hold
from ledger.records import Payment
from ledger.refusals import Reason, Refused, sentence_of
from ledger.register import Register
from ledger.words import PaymentState


def withdrawal_needs(
    register: Register, command: RequestWithdrawal, caller: Caller, moment: Moment
) -> list[str]:
    """Above rule `withdrawal_alone` it takes the word of the party's second holder, too."""
    if command.amount_minor <= register.rules.value("withdrawal_alone", moment.at_ns):
        return []
    return [f"party:{caller.party}"]


def request_withdrawal(
    register: Register, command: RequestWithdrawal, caller: Caller, moment: Moment
) -> list[Event]:
    """Set a sum aside for the bank; it is no longer free to bid."""
    must_afford(register, caller.party, command.amount_minor, "to withdraw that much")
    payment = register.numbers().next(PaymentId)
    amount_minor = command.amount_minor
    return [
        PaymentInstructed(
            payment=payment,
            party=caller.party,
            amount_minor=amount_minor,
            legs=[(command.to_account, amount_minor)],
            payer="",  # the venue's own bank account (custody mode `venue_account`)
        ),
        _entry(
            register,
            payment,
            [
                (available(caller.party), -amount_minor),
                (withdrawing(caller.party, payment), amount_minor),
            ],
        ),
    ]


def confirm_payment(
    register: Register, command: ConfirmPayment, caller: Caller, moment: Moment
) -> list[Event]:
    """The bank has paid: the money has left the venue."""
    must_hold(register, caller, "cashier")
    payment = _waiting(register, command.payment)
    return [
        _moved_on(register, payment, external(register.venue)),
        PaymentConfirmed(payment=payment.payment, payer_reference=command.payer_reference),
    ]


def refuse_payment(
    register: Register, command: RefusePayment, caller: Caller, moment: Moment
) -> list[Event]:
    """The bank will not pay: the entry that set the money aside is reversed."""
    must_hold(register, caller, "cashier")
    payment = _waiting(register, command.payment)
    return [
        _moved_on(register, payment, available(payment.party), payment.position),
        PaymentRefused(payment=payment.payment, reason=command.reason),
    ]


def apply_payment_instructed(register: Register, event: PaymentInstructed, moment: Moment) -> None:
    advance_counter(register.counters, event.payment)
    register.payments[event.payment] = Payment(event.payment, event.party, event.amount_minor)


def apply_payment_ended(
    register: Register, event: PaymentConfirmed | PaymentRefused, moment: Moment
) -> None:
    """Confirmed or refused: it waits no longer."""
    del register.payments[event.payment]
    state: PaymentState = "paid" if isinstance(event, PaymentConfirmed) else "refused"
    register.ended.add(event.payment, state)


def _waiting(register: Register, payment: PaymentId) -> Payment:
    found = register.payments.get(payment)
    if found is None:
        register.must_not_have_ended(payment)
        raise Refused(
            Reason.unknown_payment,
            sentence_of("There is no payment {payment}: check its id.", payment=payment),
        )
    return found


def _moved_on(
    register: Register, payment: Payment, account: AccountName, reverses_position: int = 0
) -> CashPosted:
    """The cash of a payment goes from where it was set aside to its end."""
    postings = [
        (withdrawing(payment.party, payment.payment), -payment.amount_minor),
        (account, payment.amount_minor),
    ]
    return _entry(register, payment.payment, postings, reverses_position=reverses_position)


def _entry(
    register: Register, payment: PaymentId, postings: list[Posting], *, reverses_position: int = 0
) -> CashPosted:
    return CashPosted(
        book=register.venue,
        entry=register.numbers().next(EntryId),
        kind="reversal" if reverses_position else "withdraw",
        reference=payment,
        postings=postings,
        reverses_position=reverses_position,
    )
