"""Money in and money out: DOMAIN 3, rows 1 and 19, and who may say so."""

import pytest

from ledger.cash.accounts import amount_text
from ledger.cash.payments import withdrawal_needs
from ledger.commands import (
    ConfirmPayment,
    RecordDeposit,
    RefusePayment,
    RequestWithdrawal,
)
from ledger.refusals import Reason, Refused
from tests.ledger.ground import (
    AS_BUYER,
    AS_SELLER,
    AS_VENUE,
    DatedRegister,
    command,
    decide,
    ground,
    kinds,
    rows,
)


def funded(amount_minor: int = 100_000_000) -> DatedRegister:
    register = ground()
    command(register, RecordDeposit("p-0042", amount_minor, "ICBC-1"), AS_VENUE)
    return register


def test_row_1_a_deposit_is_credited_in_full() -> None:
    register = ground()

    (event,) = command(register, RecordDeposit("p-0042", 100_000_000, "ICBC-1"), AS_VENUE)

    assert rows(event) == [("cn-1/external", -100_000_000), ("p-0042/available", 100_000_000)]
    assert register.available_minor("p-0042") == 100_000_000
    assert event.entry == "j-000001"


def test_a_bank_reference_counts_once() -> None:
    register = funded()

    with pytest.raises(Refused, match="at position 1:") as no:
        decide(register, RecordDeposit("p-0007", 5, " ICBC-1 "), AS_VENUE)

    assert no.value.reason is Reason.bank_reference_used
    assert no.value.context == {"position": 1, "reference": "ICBC-1", "known": 1}


@pytest.mark.parametrize(
    ("caller", "deposit", "reason"),
    [
        (AS_BUYER, RecordDeposit("p-0042", 1, "A"), Reason.role_missing),
        (AS_VENUE, RecordDeposit("p-0099", 1, "A"), Reason.unknown_party),
        (AS_VENUE, RecordDeposit("p-0042", 1, "  "), Reason.bad_field),
    ],
)
def test_a_deposit_is_refused(caller, deposit, reason) -> None:
    with pytest.raises(Refused) as no:
        decide(ground(), deposit, caller)

    assert no.value.reason is reason


def test_row_19_a_withdrawal_is_set_aside_then_confirmed() -> None:
    register = ground()
    command(register, RecordDeposit("p-0007", 80_000_000, "ICBC-1"), AS_VENUE)

    asked_for = command(register, RequestWithdrawal(50_000_000, "CN12 3456"), AS_SELLER)
    assert kinds(asked_for) == ["PaymentInstructed", "CashPosted"]
    assert rows(asked_for[1]) == [
        ("p-0007/available", -50_000_000),
        ("p-0007/withdrawing/y-000001", 50_000_000),
    ]
    assert asked_for[0].legs == [("CN12 3456", 50_000_000)]

    confirmed = command(register, ConfirmPayment("y-000001", "ICBC-9"), AS_VENUE)
    assert rows(confirmed[0]) == [
        ("p-0007/withdrawing/y-000001", -50_000_000),
        ("cn-1/external", 50_000_000),
    ]
    assert register.accounts == {"cn-1/external": -30_000_000, "p-0007/available": 30_000_000}
    assert not register.payments


def test_a_refused_payment_reverses_the_entry_that_set_it_aside() -> None:
    register = funded()
    command(register, RequestWithdrawal(40_000_000), AS_BUYER)

    entry, refused = command(register, RefusePayment("y-000001", "account closed"), AS_VENUE)

    assert entry.kind == "reversal"
    assert entry.reverses_position == 3  # deposit 1, instruction 2, entry 3
    assert refused.reason == "account closed"
    assert register.available_minor("p-0042") == 100_000_000


@pytest.mark.parametrize(
    "answer", [ConfirmPayment("y-000001", "B"), RefusePayment("y-000001", "x")]
)
def test_a_payment_is_answered_once(answer) -> None:
    register = funded()
    command(register, RequestWithdrawal(1), AS_BUYER)
    command(register, answer, AS_VENUE)

    for again in (ConfirmPayment("y-000001", "B"), RefusePayment("y-000001", "x")):
        with pytest.raises(Refused) as no:
            decide(register, again, AS_VENUE)
        assert no.value.reason is Reason.wrong_state
        with pytest.raises(Refused) as unknown:
            decide(register, ConfirmPayment("y-000009", "B"), AS_VENUE)
        assert unknown.value.reason is Reason.unknown_payment
        assert no.value.context["state"] == (
            "paid" if isinstance(answer, ConfirmPayment) else "refused"
        )


@pytest.mark.parametrize(
    "answer", [ConfirmPayment("y-000001", "B"), RefusePayment("y-000001", "x")]
)
def test_only_the_cashier_answers_a_payment(answer) -> None:
    register = funded()
    command(register, RequestWithdrawal(1), AS_BUYER)

    with pytest.raises(Refused) as no:
        decide(register, answer, AS_BUYER)

    assert no.value.reason is Reason.role_missing


def test_too_little_cash_is_said_in_money() -> None:
    register = funded(150_050)

    with pytest.raises(Refused) as no:
        decide(register, RequestWithdrawal(1_000_000_00), AS_BUYER)

    assert no.value.reason is Reason.insufficient_cash
    assert no.value.context == {
        "needed_minor": 100_000_000,
        "purpose": "to withdraw that much",
        "party": "p-0042",
        "available_minor": 150_050,
        "more_available_minor": 99_849_950,
    }
    assert no.value.detail == (
        "1,000,000.00 yuan is needed to withdraw that much, and p-0042 has 1,500.50 yuan "
        "available: deposit 998,499.50 yuan more, or ask for less."
    )


def test_a_large_withdrawal_needs_a_second_holder_of_the_party() -> None:
    register = ground()

    assert (
        withdrawal_needs(register, RequestWithdrawal(100_000_000), AS_BUYER, register.moment) == []
    )
    assert withdrawal_needs(
        register, RequestWithdrawal(100_000_001), AS_BUYER, register.moment
    ) == ["party:p-0042"]


def test_amounts_are_spoken_in_the_venues_currency() -> None:
    register = ground()
    assert amount_text(register, -5) == "-0.05 yuan"

    register.currency, register.minor_digits = "JPY", 0
    assert amount_text(register, 1_234_567) == "1,234,567 JPY"


def test_a_venue_holds_no_more_than_a_number_can_say() -> None:
    register = funded(2**53 - 1)

    with pytest.raises(Refused, match="check the amount") as no:
        decide(register, RecordDeposit("p-0007", 1, "ICBC-2"), AS_VENUE)

    assert no.value.reason is Reason.bad_field
    decide(funded(2**53 - 2), RecordDeposit("p-0007", 1, "ICBC-2"), AS_VENUE)
