"""Each line of DOMAIN 6 that this release can touch is noticed when it breaks."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from ledger.durations import DAY_NS
from ledger.events import (
    CashPosted,
    LeaseEnded,
    LeaseGranted,
    SettlementOpened,
    TitleTransferred,
    TradeSettled,
    UnitRegistered,
    UsageMetered,
)
from ledger.invariants import check, check_batch, sweep
from ledger.records import Window
from ledger.right_parties import check_before
from tests.ledger.ground import BUYER, DAWN_NS, SELLER, DatedRegister, advance, give_cash, ground
from tests.ledger.rights.test_lease import FROM_NS, granted
from tests.ledger.settlement.test_delivery_versus_payment import X, opened


def world() -> DatedRegister:
    """A running lease, an open settlement of single cards: all lines hold."""
    register, _ = granted()
    advance(register, FROM_NS)
    assert sweep(register, register.moment.at_ns) == []
    return register


def sold() -> DatedRegister:
    register, _ = opened()
    assert sweep(register, register.moment.at_ns) == []
    return register


def two_things_one_unit(register: DatedRegister) -> None:
    register.things["u-000009"].units.append("u-000010")


def a_class_that_is_not_its_units(register: DatedRegister) -> None:
    register.units["u-000003"].grade = "C"


def papers_that_are_not_its_units(register: DatedRegister) -> None:
    register.things["u-000009"].provenance = "P0"


def a_board_that_lost_a_card(register: DatedRegister) -> None:
    register.things["n-0003"].units.pop()


def an_owner_not_indexed(register: DatedRegister) -> None:
    register.things["n-0003"].owner = BUYER


def an_index_of_nothing(register: DatedRegister) -> None:
    register.owned[BUYER, "L40S", "CN-BJ"] = ["u-000010"]


def an_hour_leased_twice(register: DatedRegister) -> None:
    thing = register.things["n-0003"]
    thing.windows.append(Window(FROM_NS, FROM_NS + 1, "", "l-0001"))


def a_window_of_nobody(register: DatedRegister) -> None:
    register.things["u-000009"].windows.append(Window(0, 1, "", ""))


def a_lease_not_in_its_schedule(register: DatedRegister) -> None:
    register.things["n-0003"].windows.clear()


def a_lease_that_has_ended(register: DatedRegister) -> None:
    register.things["u-000009"].windows.append(Window(0, 1, "", "l-0099"))


def cash_from_nowhere(register: DatedRegister) -> None:
    register.accounts["p-0042/available"] = 5


def a_debt(register: DatedRegister) -> None:
    give_cash(register, "cn-1/fees", 5)
    register.accounts["p-0042/available"] = -5
    register.accounts["cn-1/fees"] += 5


def rent_of_nobody(register: DatedRegister) -> None:
    give_cash(register, "p-0042/rent_escrow/l-0099", 5)


def too_much_deposit(register: DatedRegister) -> None:
    give_cash(register, "p-0042/deposit/l-0001", 5)


def more_metered_than_there_was(register: DatedRegister) -> None:
    register.leases["l-0001"].available_gpu_ns = 1


def more_released_than_escrowed(register: DatedRegister) -> None:
    lease = register.leases["l-0001"]
    lease.earned_minor = lease.prepaid_minor + 1


def a_payment_without_its_cash(register: DatedRegister) -> None:
    give_cash(register, "p-0042/withdrawing/y-000001", 5)


def a_key_borne_twice(register: DatedRegister) -> None:
    first = register.units["u-000001"]
    register.units["u-000009"].serial = first.serial
    register.units["u-000009"].board_part_number = first.board_part_number


def a_uuid_borne_twice(register: DatedRegister) -> None:
    for unit in ("u-000009", "u-000010"):
        register.units[unit].uuid = "GPU-1"


@pytest.mark.parametrize(
    ("line", "spoil"),
    [
        ("I1", two_things_one_unit),
        ("I1", an_owner_not_indexed),
        ("I1", an_index_of_nothing),
        ("I5", a_class_that_is_not_its_units),
        ("I5", papers_that_are_not_its_units),
        ("I5", a_board_that_lost_a_card),
        ("I2", an_hour_leased_twice),
        ("I2", a_window_of_nobody),
        ("I2", a_lease_not_in_its_schedule),
        ("I2", a_lease_that_has_ended),
        ("I4", cash_from_nowhere),
        ("I4", a_debt),
        ("I4", a_payment_without_its_cash),
        ("I10", rent_of_nobody),
        ("I10", too_much_deposit),
        ("I10", more_metered_than_there_was),
        ("I10", more_released_than_escrowed),
        ("I17", a_key_borne_twice),
        ("I17", a_uuid_borne_twice),
    ],
)
def test_the_sweep_finds_it(line: str, spoil: Callable[[DatedRegister], None]) -> None:
    register = world()

    spoil(register)

    assert line in {breach.line for breach in sweep(register, register.moment.at_ns)}


def test_two_units_of_one_uuid_on_hold_are_lawful() -> None:
    register = world()
    a_uuid_borne_twice(register)
    for unit in ("u-000009", "u-000010"):
        register.things[unit].holds["h-000001"] = "identity"

    assert sweep(register, register.moment.at_ns) == []


def test_a_settlement_past_its_time_is_found() -> None:
    register = sold()
    register.moment.at_ns = register.settlements[X].due_ns + 1

    assert [breach.line for breach in sweep(register, register.moment.at_ns)] == ["I6"]


def test_a_thing_sold_that_is_not_its_sellers_is_found() -> None:
    register = sold()
    register.settlements[X].seller = BUYER

    assert "I3" in {breach.line for breach in sweep(register, register.moment.at_ns)}


def test_a_thing_that_forgot_its_settlement_is_found() -> None:
    register = sold()
    register.things["n-0003"].settlement = ""

    assert [breach.line for breach in sweep(register, register.moment.at_ns)] == ["I3"]


def test_escrow_that_is_not_the_settlements_is_found() -> None:
    register = sold()
    give_cash(register, f"{BUYER}/escrow/{X}", -1)

    assert [breach.line for breach in sweep(register, register.moment.at_ns)] == ["I7"]


TITLE = TitleTransferred(
    node="n-0003",
    from_party=SELLER,
    to_party=BUYER,
    settlement=X,
    basis="sale",
    price_minor=82_800_000,
    subject_to=[],
    effective_ns=DAWN_NS,
)
SETTLED = TradeSettled(X, BUYER, SELLER, 82_800_000, 82_800, 0, "", "cn-1")


def test_title_and_cash_move_together() -> None:
    assert check_batch([TITLE, SETTLED]) == []
    assert [breach.detail for breach in check_batch([TITLE])] == [f"{X}: title moved alone"]
    assert [breach.detail for breach in check_batch([SETTLED])] == [f"{X}: cash moved alone"]


def test_all_that_was_paid_for_moves() -> None:
    half = replace(TITLE, price_minor=41_400_000)

    assert [breach.line for breach in check_batch([half, SETTLED])] == ["I7"]
    assert check_batch([half, replace(half, node="n-0004"), SETTLED]) == []


def test_a_sale_has_a_settlement() -> None:
    assert [breach.line for breach in check_batch([replace(TITLE, settlement="")])] == ["I7"]
    given = replace(TITLE, settlement="", basis="transfer", price_minor=0)
    assert check_batch([given]) == []


def test_each_event_checks_what_it_touched() -> None:
    register = sold()
    register.things["n-0003"].windows.append(Window(DAWN_NS, DAWN_NS + 9, "", "l-0001"))

    lines = [breach.line for breach in check(register, TITLE)]
    assert lines == ["I1", "I3"]  # title did not go over; the lease was not named
    assert [breach.line for breach in check(register, SETTLED)] == ["I7"]  # cash is still there


def test_a_thing_that_is_barred_does_not_enter_a_sale() -> None:
    register, events = opened()
    register.things["n-0003"].holds["h-000001"] = "court"
    assert isinstance(events[0], SettlementOpened)

    assert [breach.line for breach in check(register, events[0])] == ["I3"]


def test_postings_that_do_not_balance_are_found() -> None:
    event = CashPosted("cn-1", "j-000001", "deposit", "A", [("p-0042/available", 5)], 0)

    assert [breach.line for breach in check(ground(), event)] == ["I4"]


@pytest.mark.parametrize(
    ("kind", "amount_minor"), [("deposit", 5), ("withdraw", -5), ("reversal", -5), ("grant", -5)]
)
def test_money_at_the_bank_moves_by_deposits_and_withdrawals_alone(
    kind: str, amount_minor: int
) -> None:
    rows = [("cn-1/external", amount_minor), ("cn-1/fees", -amount_minor)]
    register = ground()

    found = check(register, CashPosted("cn-1", "j-000001", kind, "A", rows, 0))

    assert [breach.detail for breach in found] == ["CashPosted moves money at the bank"]


def test_what_leaves_by_a_reversal_is_held_against_the_deposit_that_it_names() -> None:
    rows = [("cn-1/external", 5), ("cn-1/fees", -5)]
    event = CashPosted("cn-1", "j-000001", "reversal", "A", rows, 1)

    found = check_before(ground(), event)

    assert [breach.detail for breach in found] == [
        "j-000001 takes back a deposit that does not stand"
    ]


def test_an_overdrawn_account_is_found() -> None:
    register = ground()
    register.accounts["p-0042/available"] = -5
    rows = [("p-0042/available", -5), ("cn-1/external", 5)]

    found = check(register, CashPosted("cn-1", "j-000001", "withdraw", "A", rows, 0))

    assert [breach.line for breach in found] == ["I4"]


def test_a_lease_that_left_cash_behind_is_found() -> None:
    register = world()

    found = check(register, LeaseEnded("l-0001", BUYER, 0, 0))

    assert [breach.line for breach in found] == ["I10", "I10"]


def test_a_meter_whose_cash_did_not_move_is_found() -> None:
    register = world()
    (event,) = advance(register, FROM_NS + 3 * DAY_NS)
    assert isinstance(event, UsageMetered)
    register.leases["l-0001"].earned_minor += 1

    assert [breach.line for breach in check(register, event)] == ["I10"]


def test_a_lease_over_another_is_found() -> None:
    register, (event,) = granted()
    assert isinstance(event, LeaseGranted)
    an_hour_leased_twice(register)

    assert "I2" in {breach.line for breach in check(register, event)}


def test_a_unit_that_shares_its_key_is_found() -> None:
    register = ground()
    a_key_borne_twice(register)
    unit = register.units["u-000009"]
    event = UnitRegistered(
        unit.unit,
        "nvidia",
        "L40S",
        unit.serial,
        unit.board_part_number,
        "",
        "strong",
        "n-0004",
        0,
        SELLER,
    )

    assert [breach.line for breach in check(register, event)] == ["I17"]
