"""DOMAIN 3's table of postings, each row to the fen, and the one way in which balances move."""

import pytest
from msgspec.structs import replace

from ledger.cash.postings import post
from ledger.events import LeaseEnded, LeaseGranted, TradeSettled, TradeUnwound, UsageMetered
from ledger.register import Register
from tests.ledger.ground import rows

LEASE = LeaseGranted(
    lease="l-0009",
    lessor="p-0007",
    lessee="p-0042",
    node="n-0003",
    units=[],
    from_ns=1_796_054_400_000_000_000,
    to_ns=1_798_732_800_000_000_000,
    price_minor_per_gpu_hour=1_302,
    rent_minor=7_749_504,
    prepaid_minor=7_757_253,
    deposit_minor=1_937_376,
    payee="p-0007",
    lessor_fee_bp=0,
    lessee_fee_bp=10,
    reference="t-000044",
    hold="h-000102",
    gpus=8,
)


def test_row_5a_settle() -> None:
    event = TradeSettled("x-000031", "p-0042", "p-0007", 82_800_000, 82_800, 0, "", "cn-1")

    assert rows(event) == [
        ("p-0042/escrow/x-000031", -82_882_800),
        ("p-0007/available", 82_800_000),
        ("cn-1/fees", 82_800),
    ]


def test_a_sellers_fee_comes_out_of_the_proceeds() -> None:
    event = TradeSettled("x-000031", "p-0042", "p-0007", 82_800_000, 0, 82_800, "", "cn-1")

    assert rows(event) == [
        ("p-0042/escrow/x-000031", -82_800_000),
        ("p-0007/available", 82_717_200),
        ("cn-1/fees", 82_800),
    ]


def test_a_waterfall_that_has_paid_is_not_paid_again() -> None:
    event = TradeSettled("x-000031", "p-0042", "p-0007", 82_800_000, 0, 0, "j-000009", "cn-1")

    assert rows(event) == []


def test_row_5b_unwind_takes_no_fee() -> None:
    assert rows(TradeUnwound("x-000031", "not cured", "p-0042", 82_882_800)) == [
        ("p-0042/escrow/x-000031", -82_882_800),
        ("p-0042/available", 82_882_800),
    ]


def test_row_7_lease_prepay_and_deposit() -> None:
    assert rows(LEASE) == [
        ("p-0042/on_hold/h-000102", -9_694_629),
        ("p-0042/rent_escrow/l-0009", 7_757_253),
        ("p-0042/deposit/l-0009", 1_937_376),
    ]


def test_a_lease_without_a_bid_is_paid_from_what_is_available() -> None:
    assert rows(replace(LEASE, hold="", deposit_minor=0)) == [
        ("p-0042/available", -7_757_253),
        ("p-0042/rent_escrow/l-0009", 7_757_253),
    ]


def test_rows_8_and_9_usage() -> None:
    day_2 = UsageMetered(
        lease="l-0009",
        from_ns=0,
        to_ns=1,
        available_gpu_ns=0,
        down_gpu_ns=0,
        energy_wh=0,
        source_sha256="",
        lessee="p-0042",
        payee="p-0007/available",
        earned_minor=242_172,
        fee_minor=243,
        returned_minor=7_819,
        venue="cn-1",
    )

    assert rows(day_2) == [
        ("p-0042/rent_escrow/l-0009", -250_234),
        ("p-0007/available", 242_172),
        ("cn-1/fees", 243),
        ("p-0042/available", 7_819),
    ]


def test_what_a_lease_leaves_goes_back() -> None:
    assert rows(LeaseEnded("l-0009", "p-0042", 3, 1_937_376)) == [
        ("p-0042/rent_escrow/l-0009", -3),
        ("p-0042/deposit/l-0009", -1_937_376),
        ("p-0042/available", 1_937_379),
    ]


def test_an_account_that_comes_to_0_leaves_the_state() -> None:
    register = Register()
    post(register, [("cn-1/external", -5), ("p-0042/available", 5)])
    post(register, [("p-0042/available", -5), ("cn-1/fees", 5)])

    assert register.accounts == {"cn-1/external": -5, "cn-1/fees": 5}


def test_the_order_of_rows_does_not_matter() -> None:
    register = Register()

    post(register, [("p-0042/available", -5), ("cn-1/external", -5), ("p-0042/available", 10)])

    assert register.accounts == {"cn-1/external": -5, "p-0042/available": 5}


def test_only_external_may_be_below_0() -> None:
    with pytest.raises(AssertionError, match="p-0042/available is overdrawn"):
        post(Register(), [("p-0042/available", -5), ("cn-1/fees", 5)])


def test_rows_that_do_not_sum_to_0_are_a_bug() -> None:
    with pytest.raises(AssertionError, match="sum to 0"):
        post(Register(), [("p-0042/available", 5)])
