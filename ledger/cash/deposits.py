"""Money that comes in: the cashier records what the bank has confirmed (DOMAIN 3, row 1).

What was recorded by mistake is taken back whole, by two people, while the party still has it (row
1b): what it has spent or set aside is a debt between it and the venue, and no entry makes it good.
"""

from ledger.caller import Caller
from ledger.cash.accounts import available, external, is_external, money
from ledger.commands import RecordDeposit, ReverseDeposit
from ledger.events import CashPosted, Event
from ledger.ids import EntryId, PartyId, PaymentId, advance_counter
from ledger.moment import Moment
from ledger.offices import must_hold
from ledger.records import Deposit
from ledger.refusals import Reason, Refused, sentence_of
from ledger.register import Register

# All the money of a venue: no balance outgrows what a JSON number says exactly (WIRE 1).
HELD_MOST_MINOR = 2**53 - 1
REVERSAL = "deposit.reverse"  # the op, as a proposal names it


def record_deposit(
    register: Register, command: RecordDeposit, caller: Caller, moment: Moment
) -> list[Event]:
    """Credit a party with a sum at the bank; the bank's reference counts once."""
    must_hold(register, caller, "cashier")
    party = register.party(command.party).party
    reference = command.reference.strip()
    if not reference:
        raise Refused(
            Reason.bad_field, "Give the bank's reference of the deposit.", field="/reference"
        )
    known = register.deposits.get(reference)
    if known is not None:
        raise Refused(
            Reason.bank_reference_used,
            sentence_of(
                "The bank's reference {reference} was recorded already, at position "
                "{known}: nothing is credited twice. Check the statement.",
                reference=reference,
                known=known.position,
            ),
            position=known.position,
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


def reverse_deposit(
    register: Register, command: ReverseDeposit, caller: Caller, moment: Moment
) -> list[Event]:
    """Take a deposit back whole.

    Refuses `unknown_deposit`, `bad_combination` for another party or sum than it credited, and
    `insufficient_cash` for what is no longer there.
    """
    must_hold(register, caller, "cashier")
    reference = command.reference.strip()
    deposit = register.deposits.get(reference)
    if deposit is None and register.ended.state_of(_ended_as(reference)):
        raise Refused(
            Reason.wrong_state,
            sentence_of(
                "The deposit under the bank's reference {reference} was reversed already.",
                reference=reference,
            ),
            state="reversed",
        )
    if deposit is None:
        raise Refused(
            Reason.unknown_deposit,
            sentence_of(
                "No deposit stands under the bank's reference {reference}: check it.",
                reference=reference,
            ),
        )
    if (deposit.party, deposit.amount_minor) != (command.party, command.amount_minor):
        raise Refused(
            Reason.bad_combination,
            sentence_of(
                "The bank's reference {reference} credited {party} with {amount_minor}: a deposit "
                "is taken back whole, from whom it was credited to.",
                reference=reference,
                party=deposit.party,
                amount_minor=money(register, deposit.amount_minor),
            ),
        )
    _must_still_be_there(register, deposit)
    return [
        CashPosted(
            book=register.venue,
            entry=register.numbers().next(EntryId),
            kind="reversal",
            reference=reference,
            postings=[
                (available(deposit.party), -deposit.amount_minor),
                (external(register.venue), deposit.amount_minor),
            ],
            reverses_position=deposit.position,
            reason=command.reason.strip(),
        )
    ]


def must_not_wait_twice(
    register: Register, command: ReverseDeposit, caller: Caller, moment: Moment
) -> None:
    """Refuse `wrong_state` a second reversal of a deposit while the first one waits.

    Else the second could take back what was recorded anew, and rightly, under the reference.
    """
    reference = command.reference.strip()
    for waiting in register.proposals.values():
        if waiting.op == REVERSAL and waiting.args["reference"].strip() == reference:
            raise Refused(
                Reason.wrong_state,
                sentence_of(
                    "The reversal of {reference} waits for an answer already, in {proposal}: "
                    "another clerk has to answer that one, or withdraw it first.",
                    reference=reference,
                    proposal=waiting.proposal,
                ),
            )


def _must_still_be_there(register: Register, deposit: Deposit) -> None:
    available_minor = register.available_minor(deposit.party)
    if available_minor >= deposit.amount_minor:
        return
    raise Refused(
        Reason.insufficient_cash,
        sentence_of(
            "{party} has {available_minor} available, and {amount_minor} was deposited: "
            "{lacking_minor} is held by its orders or leases, or was spent. Have it cancel its "
            "orders; what was spent is a debt between the two of you.",
            party=deposit.party,
            available_minor=money(register, available_minor),
            amount_minor=money(register, deposit.amount_minor),
            lacking_minor=money(register, deposit.amount_minor - available_minor),
        ),
    )


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
            field="/amount_minor",
        )


def apply_cash_posted(register: Register, event: CashPosted, moment: Moment) -> None:
    """Remember what an entry stands for; its balances move with its postings."""
    advance_counter(register.counters, event.entry)
    if event.kind == "deposit":
        register.deposits[event.reference] = _deposit(event, moment)
    elif is_deposit_reversed(register, event):
        del register.deposits[event.reference]
        register.ended.add(_ended_as(event.reference), "reversed")
    payment = register.payments.get(PaymentId(event.reference))
    if payment is not None and not payment.position:
        payment.position = moment.position


def is_deposit_reversed(register: Register, event: CashPosted) -> bool:
    """Whether an entry takes back a deposit that stands, and not a payment of the same name."""
    known = register.deposits.get(event.reference)
    return known is not None and event.reverses_position == known.position


def _ended_as(reference: str) -> str:
    """What a reversed deposit is remembered by: a bank may write what looks like another's id."""
    return f"deposit {reference}"


def _deposit(event: CashPosted, moment: Moment) -> Deposit:
    """What a written deposit credits: the one leg that is not the bank's."""
    legs = [leg for leg in event.postings if not is_external(leg[0])]
    account, amount_minor = legs[0] if legs else ("", 0)
    return Deposit(moment.position, PartyId(account.partition("/")[0]), amount_minor)
