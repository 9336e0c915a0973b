"""A deposit that was a mistake is taken back: DOMAIN 3, row 1b."""

import pytest
from msgspec.structs import replace

from ledger.cash.accounts import available, external
from ledger.commands import (
    Command,
    RecordDeposit,
    RefusePayment,
    RequestWithdrawal,
    ReverseDeposit,
)
from ledger.events import CashPosted
from ledger.invariants import Breach
from ledger.refusals import Reason, Refused
from ledger.right_parties import check_before
from tests.ledger.ground import (
    AS_BUYER,
    AS_VENUE,
    DatedRegister,
    command,
    decide,
    ground,
    rows,
)
from tests.ledger.hall import Hall

SUM = 100_000_000
BACK = ReverseDeposit("p-0042", SUM, "ICBC-1", "The bank meant p-0007.")


def funded() -> DatedRegister:
    register = ground()
    command(register, RecordDeposit("p-0042", SUM, "ICBC-1"), AS_VENUE)
    return register


def test_row_1b_a_deposit_is_taken_back_whole_and_names_what_it_reverses() -> None:
    register = funded()

    (event,) = command(register, BACK, AS_VENUE)

    assert rows(event) == [("p-0042/available", -SUM), ("cn-1/external", SUM)]
    assert (event.kind, event.reference, event.reverses_position) == ("reversal", "ICBC-1", 1)
    assert event.reason == "The bank meant p-0007."
    assert event.entry == "j-000002"
    assert register.available_minor("p-0042") == 0
    assert not register.accounts.get("cn-1/external", 0)


def test_then_the_reference_is_recorded_for_the_right_party() -> None:
    register = funded()
    command(register, BACK, AS_VENUE)

    command(register, RecordDeposit("p-0007", SUM, "ICBC-1"), AS_VENUE)

    assert register.available_minor("p-0007") == SUM
    again = ReverseDeposit("p-0007", SUM, "ICBC-1", "It never came.")
    (event,) = command(register, again, AS_VENUE)
    assert event.reverses_position == 3


@pytest.mark.parametrize(
    ("caller", "wanted", "reason", "words"),
    [
        (AS_BUYER, BACK, Reason.role_missing, "cashier"),
        (AS_VENUE, replace(BACK, reference="ICBC-2"), Reason.unknown_deposit, "ICBC-2"),
        (AS_VENUE, replace(BACK, party="p-0007"), Reason.bad_combination, "credited p-0042"),
        (AS_VENUE, replace(BACK, amount_minor=SUM - 1), Reason.bad_combination, "1,000,000.00"),
    ],
)
def test_a_reversal_is_refused(caller, wanted: Command, reason: Reason, words: str) -> None:
    register = funded()

    with pytest.raises(Refused, match=words) as no:
        decide(register, wanted, caller)

    assert no.value.reason is reason


def test_a_deposit_is_taken_back_once() -> None:
    register = funded()
    command(register, BACK, AS_VENUE)
    command(register, RecordDeposit("p-0042", SUM, "ICBC-9"), AS_VENUE)

    with pytest.raises(Refused, match="was reversed already") as no:
        decide(register, BACK, AS_VENUE)

    assert no.value.reason is Reason.wrong_state


def test_what_was_spent_or_set_aside_is_not_taken_back() -> None:
    register = funded()
    command(register, RequestWithdrawal(1), AS_BUYER)

    with pytest.raises(Refused, match="a debt between the two of you") as no:
        decide(register, BACK, AS_VENUE)

    assert no.value.reason is Reason.insufficient_cash
    assert no.value.context["lacking_minor"] == 1


def test_a_reference_that_reads_like_a_payment_is_still_a_deposits() -> None:
    register = ground()
    command(register, RecordDeposit("p-0042", SUM, "ICBC-1"), AS_VENUE)
    command(register, RequestWithdrawal(10), AS_BUYER)
    (payment,) = register.payments
    command(register, RecordDeposit("p-0042", 10, payment), AS_VENUE)
    before = register.payments[payment].position

    back = ReverseDeposit("p-0042", 10, payment, "It was the payment's own name.")
    command(register, back, AS_VENUE)

    assert register.payments[payment].position == before
    assert payment not in register.deposits
    assert register.available_minor("p-0042") == SUM - 10


def test_a_payment_refused_takes_back_no_deposit_of_the_same_name() -> None:
    register = funded()
    command(register, RequestWithdrawal(10), AS_BUYER)
    (payment,) = register.payments
    command(register, RecordDeposit("p-0042", 20, payment), AS_VENUE)

    command(register, RefusePayment(payment, "no account"), AS_VENUE)

    assert register.deposits[payment].amount_minor == 20
    assert register.available_minor("p-0042") == SUM + 20


def lines(register: DatedRegister, event: CashPosted) -> list[str]:
    found: list[Breach] = check_before(register, event)
    return [breach.line for breach in found]


def test_a_reversal_that_is_not_the_deposits_is_a_breach() -> None:
    register = funded()
    (event,) = decide(register, BACK, AS_VENUE)
    assert isinstance(event, CashPosted)
    bank = external("cn-1")

    assert lines(register, event) == []
    assert lines(register, replace(event, reference="ICBC-2")) == ["I4"]
    assert lines(register, replace(event, reverses_position=2)) == ["I4"]
    others = [(available("p-0007"), -SUM), (bank, SUM)]
    assert lines(register, replace(event, postings=others)) == ["I4"]
    part = [(available("p-0042"), 1 - SUM), (bank, SUM - 1)]
    assert lines(register, replace(event, postings=part)) == ["I4"]


def test_one_reversal_of_a_deposit_waits_at_a_time() -> None:
    hall = Hall()
    owner = hall.let_in("91-A", "owner")
    paid = {"party": owner.party, "amount_minor": 7, "reference": "bank-9"}
    hall.do(hall.clerk, "deposit.new", **paid)
    back = {**paid, "reason": "of another party"}
    hall.do(hall.clerk, "deposit.reverse", **back)
    (proposal,) = hall.register.proposals

    said = hall.refused(
        Reason.wrong_state, hall.second, "deposit.reverse", **{**back, "reference": " bank-9 "}
    )
    assert proposal in said

    hall.do(hall.clerk, "proposal.withdraw", proposal=proposal)
    hall.two("deposit.reverse", **back)
    assert hall.register.available_minor(owner.party) == 0
