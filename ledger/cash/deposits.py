"""Money that comes in: the cashier records what the bank has confirmed (DOMAIN 3, row 1)."""

from ledger.caller import Caller
from ledger.cash.accounts import available, external, money
from ledger.commands import RecordDeposit
from ledger.events import CashPosted, Event
from ledger.ids import EntryId, PaymentId, advance_counter
from ledger.moment import Moment
from ledger.offices import must_hold
from ledger.refusals import Reason, Refused, sentence_of
from ledger.register import Register

# All the money of a venue: no balance outgrows what a JSON number says exactly (WIRE 1).
HELD_MOST_MINOR = 2**53 - 1


def record_deposit(
    register: Register, command: RecordDeposit, caller: Caller, moment: Moment
) -> list[Event]:
    """Credit a party with a sum at the bank; the bank's reference counts once, for ever."""
    must_hold(register, caller, "cashier")
    party = register.party(command.party).party
    reference = command.reference.strip()
    if not reference:
        raise Refused(
            Reason.bad_field, "Give the bank's reference of the deposit.", field="/args/reference"
        )
    known = register.bank_references.get(reference)
    if known is not None:
        raise Refused(
            Reason.bank_reference_used,
            sentence_of(
                "The bank's reference {reference} was recorded already, at position "
                "{known}: nothing is credited twice. Check the statement.",
                reference=reference,
                known=known,
            ),
            position=known,
        )
    _must_be_countable(register, command.amount_minor)
    return [
        CashPosted(
            book=register.venue,
            entry=register.numbers().next(EntryId),
            kind="deposit",
            reference=reference,
            postings=[
                (external(register.venue), -command.amount_minor),
                (available(party), command.amount_minor),
            ],
            reverses_position=0,
        )
    ]


def _must_be_countable(register: Register, amount_minor: int) -> None:
    held_minor = amount_minor - register.accounts.get(external(register.venue), 0)
    if held_minor > HELD_MOST_MINOR:
        raise Refused(
            Reason.bad_field,
            sentence_of(
                "With {amount_minor} more the venue would hold {held_minor}, and it "
                "counts to {held_most_minor}: check the amount.",
                amount_minor=money(register, amount_minor),
                held_minor=money(register, held_minor),
                held_most_minor=money(register, HELD_MOST_MINOR),
            ),
            field="/args/amount_minor",
        )


def apply_cash_posted(register: Register, event: CashPosted, moment: Moment) -> None:
    """Remember what an entry stands for; its balances move with its postings."""
    advance_counter(register.counters, event.entry)
    if event.kind == "deposit":
        register.bank_references[event.reference] = moment.position
    payment = register.payments.get(PaymentId(event.reference))
    if payment is not None and not payment.position:
        payment.position = moment.position
