"""A lease month from trade to end, with the figures of DOMAIN 3, rows 7-10; who may meter it."""

import itertools
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.commands import MeterUsage
from ledger.durations import DAY_NS, HOUR_NS
from ledger.events import Event, LeaseCommenced, LeaseEnded, UsageMetered
from ledger.money import fee_minor
from ledger.refusals import Reason, Refused
from ledger.rights.lease import TRANSITIONS, grant_lease
from tests.ledger.ground import (
    AS_BUYER,
    AS_OPERATOR,
    AS_SELLER,
    BUYER,
    DECEMBER_NS,
    SELLER,
    DatedRegister,
    advance,
    command,
    decide,
    give_cash,
    ground,
    happen,
    kinds,
    rows,
)
from tests.reach import Reach

FROM_NS, TO_NS = DECEMBER_NS
GPU_DAY_NS = 8 * DAY_NS


def terms(register: DatedRegister, things: list[str], **changes: int) -> dict:
    """December at 13.02 yuan per GPU-hour; the lessee is the taker."""
    gpus = sum(len(register.things[thing].units) for thing in things)
    hours = (changes.get("to_ns", TO_NS) - FROM_NS) // HOUR_NS
    price = changes.pop("price_minor_per_gpu_hour", 1_302)
    rent = price * gpus * hours
    lessee_fee_bp = changes.get("lessee_fee_bp", 10)
    return {
        "trade": "t-000044",
        "lessor": SELLER,
        "lessee": BUYER,
        "things": things,
        "from_ns": FROM_NS,
        "to_ns": TO_NS,
        "price_minor_per_gpu_hour": price,
        "rent_minor": rent,
        "lessee_fee_bp": lessee_fee_bp,
        "lessor_fee_bp": 0,
        "prepaid_minor": rent + fee_minor(rent, lessee_fee_bp),
        "deposit_minor": rent // 4,
        "hold": "h-000102",
    } | changes


def granted(things: list[str] | None = None, **changes: int) -> tuple[DatedRegister, list[Event]]:
    """A register in which the lease stands agreed."""
    register = ground()
    agreed = terms(register, things or ["n-0003"], **changes)
    give_cash(
        register, "p-0042/on_hold/h-000102", agreed["prepaid_minor"] + agreed["deposit_minor"]
    )
    events = happen(register, grant_lease(register, register.numbers(), **agreed))
    return register, events


def running() -> DatedRegister:
    register, _ = granted()
    advance(register, FROM_NS)
    return register


def meter(register: DatedRegister, hours: int, down_gpu_hours: int = 0) -> list[Event]:
    lease = register.leases["l-0001"]
    to_ns = lease.metered_to_ns + hours * HOUR_NS
    register.moment.at_ns = max(register.moment.at_ns, to_ns)
    gpu_ns = (8 * hours - down_gpu_hours) * HOUR_NS
    return command(register, MeterUsage("l-0001", lease.metered_to_ns, to_ns, gpu_ns), AS_OPERATOR)


def test_row_7_rent_fee_and_deposit_leave_the_hold() -> None:
    register, (event,) = granted()

    assert rows(event) == [
        ("p-0042/on_hold/h-000102", -9_694_629),
        ("p-0042/rent_escrow/l-0001", 7_757_253),
        ("p-0042/deposit/l-0001", 1_937_376),
    ]
    assert register.leases["l-0001"].state == "agreed"
    assert not register.things["n-0003"].windows[0].order


def test_rows_8_to_10_three_days_to_the_fen() -> None:
    register = running()

    (day_1,) = meter(register, 24)
    (day_2,) = meter(register, 24, down_gpu_hours=6)
    (day_3,) = meter(register, 24)

    assert rows(day_1) == [
        ("p-0042/rent_escrow/l-0001", -250_233),
        ("p-0007/available", 249_984),
        ("cn-1/fees", 249),
    ]
    assert rows(day_2) == [
        ("p-0042/rent_escrow/l-0001", -250_234),
        ("p-0007/available", 242_172),
        ("cn-1/fees", 243),
        ("p-0042/available", 7_819),
    ]
    assert rows(day_3) == [  # a full day again: the fee is cumulative, and a fen more
        ("p-0042/rent_escrow/l-0001", -250_234),
        ("p-0007/available", 249_984),
        ("cn-1/fees", 250),
    ]


def test_the_lease_begins_at_its_hour() -> None:
    register, _ = granted()

    assert advance(register, FROM_NS - 1) == []
    assert advance(register, FROM_NS) == [LeaseCommenced("l-0001")]


def test_silence_counts_as_available_48_h_after_the_days_end() -> None:
    register = running()

    assert advance(register, FROM_NS + 3 * DAY_NS - 1) == []
    (event,) = advance(register, FROM_NS + 3 * DAY_NS)

    assert isinstance(event, UsageMetered)
    assert (event.from_ns, event.to_ns) == (FROM_NS, FROM_NS + DAY_NS)
    assert event.available_gpu_ns == GPU_DAY_NS
    assert event.source_sha256 == ""
    assert event.earned_minor == 249_984


def test_silence_fills_what_the_operator_left_of_a_day() -> None:
    register = running()
    meter(register, 6, down_gpu_hours=1)

    (event,) = advance(register, FROM_NS + 3 * DAY_NS)

    assert (event.from_ns, event.to_ns) == (FROM_NS + 6 * HOUR_NS, FROM_NS + DAY_NS)


def test_a_month_of_silence_pays_all_and_ends() -> None:
    register = running()

    events = advance(register, TO_NS + 2 * DAY_NS)

    assert kinds(events) == ["UsageMetered"] * 31 + ["LeaseEnded"]
    assert sum(e.earned_minor for e in events[:-1]) == 7_749_504
    assert sum(e.fee_minor for e in events[:-1]) == 7_749
    assert events[-1] == LeaseEnded("l-0001", "p-0042", 0, 1_937_376)
    assert register.accounts == {
        "cn-1/external": -9_694_629,
        "p-0007/available": 7_749_504,
        "cn-1/fees": 7_749,
        "p-0042/available": 1_937_376,
    }
    assert not register.leases
    assert not register.things["n-0003"].windows


def test_a_lease_ends_when_its_last_hour_is_metered() -> None:
    register = running()
    meter(register, 31 * 24 - 1)

    events = meter(register, 1, down_gpu_hours=8)

    assert kinds(events) == ["UsageMetered", "LeaseEnded"]
    assert advance(register, TO_NS + 9 * DAY_NS) == []


def test_a_lessors_fee_comes_out_of_his_rent() -> None:
    register, _ = granted(lessor_fee_bp=10, lessee_fee_bp=0)
    advance(register, FROM_NS)

    (event,) = meter(register, 24)

    assert rows(event) == [
        ("p-0042/rent_escrow/l-0001", -249_984),
        ("p-0007/available", 249_735),
        ("cn-1/fees", 249),
    ]


def test_several_things_are_several_leases_whose_sums_are_exact() -> None:
    register, events = granted(["u-000009", "u-000010"], rent_minor=101, prepaid_minor=103)

    assert [event.node for event in events] == ["n-0004", "n-0004"]
    assert [event.units for event in events] == [["u-000009"], ["u-000010"]]
    assert [event.lease for event in events] == ["l-0001", "l-0002"]
    assert sum(event.rent_minor for event in events) == 101
    assert sum(event.prepaid_minor for event in events) == 103
    assert register.leases["l-0002"].things == ["u-000010"]


@pytest.mark.parametrize(
    ("caller", "change", "reason"),
    [
        (AS_OPERATOR, {"lease": "l-0099"}, Reason.unknown_lease),
        (AS_OPERATOR, {"to_ns": FROM_NS}, Reason.bad_field),
        (AS_OPERATOR, {"available_gpu_ns": GPU_DAY_NS + 1}, Reason.bad_field),
        (AS_BUYER, {}, Reason.not_your_party),
        (AS_SELLER, {}, Reason.not_your_party),
        (AS_OPERATOR, {"from_ns": FROM_NS + 1, "available_gpu_ns": 0}, Reason.wrong_state),
        (AS_OPERATOR, {"to_ns": FROM_NS + 2 * DAY_NS + 1}, Reason.wrong_state),
    ],
)
def test_a_meter_reading_is_refused(caller, change, reason) -> None:
    register = running()
    register.moment.at_ns = FROM_NS + 2 * DAY_NS
    before = deepcopy(register)
    reading = {
        "lease": "l-0001",
        "from_ns": FROM_NS,
        "to_ns": FROM_NS + DAY_NS,
        "available_gpu_ns": GPU_DAY_NS,
    }

    with pytest.raises(Refused) as no:
        decide(register, MeterUsage(**reading | change), caller)

    assert no.value.reason is reason
    assert register == before


def test_no_hour_is_metered_twice() -> None:
    register = running()
    meter(register, 24)
    register.moment.at_ns += DAY_NS

    with pytest.raises(Refused, match="is metered up to"):
        decide(register, MeterUsage("l-0001", FROM_NS, FROM_NS + DAY_NS, GPU_DAY_NS), AS_OPERATOR)


@pytest.mark.parametrize(
    ("state", "verb"),
    list(itertools.product(["agreed", "running", "ended"], ["commence", "meter", "end"])),
)
def test_every_state_and_verb(state, verb) -> None:
    """What is not in the table cannot be done: commands are refused, the clock does nothing."""
    register, _ = granted()
    lease = register.leases["l-0001"]
    if state != "agreed":
        advance(register, FROM_NS)
    if state == "ended":
        advance(register, TO_NS + 3 * DAY_NS)
    register.moment.at_ns = max(register.moment.at_ns, FROM_NS + DAY_NS)
    lease_is_in = (state, verb) in TRANSITIONS

    if verb == "meter":
        reading = MeterUsage("l-0001", FROM_NS, FROM_NS + DAY_NS, GPU_DAY_NS)
        if lease_is_in:
            command(register, reading, AS_OPERATOR)
            assert lease.state == TRANSITIONS[state, verb]
        else:
            with pytest.raises(Refused):
                decide(register, reading, AS_OPERATOR)
        return
    events = kinds(advance(register, FROM_NS if verb == "commence" else TO_NS + 3 * DAY_NS))
    if state == "agreed" and verb == "end":
        assert events[0] == "LeaseCommenced"  # it runs first
    else:
        fact = {"commence": "LeaseCommenced", "end": "LeaseEnded"}[verb]
        assert (fact in events) == lease_is_in


def test_an_ended_lease_is_not_touched_by_old_timers() -> None:
    register = running()
    meter(register, 31 * 24)

    assert register.timers
    assert advance(register, TO_NS + 5 * DAY_NS) == []


def test_hours_that_no_gpu_could_be_used_earn_nothing() -> None:
    register = running()

    (event,) = meter(register, 24, down_gpu_hours=192)

    assert rows(event) == [("p-0042/rent_escrow/l-0001", -250_233), ("p-0042/available", 250_233)]


RENT = Reach(
    meters=700,
    silent_days=25,
    down_time=30,
    lessees_with_a_rebate=7,
    roundings=10,
    odd_spans=90,
)

lengths = st.sampled_from([1, HOUR_NS, DAY_NS, 3 * DAY_NS, 5 * DAY_NS]) | st.integers(1, 5 * DAY_NS)


@RENT.demanded
@settings(max_examples=60, derandomize=True)
@given(
    price=st.integers(1, 5_000),
    lessee_fee_bp=st.sampled_from([-5, -3, -1, 0, 10, 30]),
    lessor_fee_bp=st.integers(5, 30),
    spans=st.lists(st.tuples(lengths, st.integers(0, 10_000)), max_size=12),
)
def test_released_and_returned_are_what_was_escrowed(
    price: int, lessee_fee_bp: int, lessor_fee_bp: int, spans: list[tuple[int, int]]
) -> None:
    """For any spans and any share of down time; each step is checked against DOMAIN 6."""
    register, (lease_granted,) = granted(
        price_minor_per_gpu_hour=price, lessee_fee_bp=lessee_fee_bp, lessor_fee_bp=lessor_fee_bp
    )
    give_cash(register, "cn-1/fees", 10)  # a rebate may come before its fee
    advance(register, FROM_NS)
    told: list[Event] = []
    for length_ns, share_bp in spans:
        lease = register.leases["l-0001"]
        to_ns = min(lease.metered_to_ns + length_ns, TO_NS)
        by_silence = advance(register, to_ns)
        RENT.met("silent_days", len(by_silence))
        told += by_silence
        if to_ns <= lease.metered_to_ns or "l-0001" not in register.leases:
            break
        gpu_ns = 8 * (to_ns - lease.metered_to_ns) * share_bp // 10_000
        reading = MeterUsage("l-0001", lease.metered_to_ns, to_ns, gpu_ns)
        told += command(register, reading, AS_OPERATOR)
    told += advance(register, TO_NS + 2 * DAY_NS)

    meters = [event for event in told if isinstance(event, UsageMetered)]
    assert all(event.earned_minor >= 0 and event.returned_minor >= 0 for event in meters)
    released = sum(e.earned_minor + e.fee_minor + e.returned_minor for e in meters)
    ended = told[-1]
    assert isinstance(ended, LeaseEnded)
    assert 0 <= ended.returned_minor <= 4  # what rounding left
    RENT.met("meters", len(meters))
    RENT.met("down_time", sum(event.returned_minor > 0 for event in meters))
    RENT.met("odd_spans", sum((event.to_ns - event.from_ns) % DAY_NS > 0 for event in meters))
    RENT.met("lessees_with_a_rebate", lessee_fee_bp < 0)
    RENT.met("roundings", ended.returned_minor > 0)
    assert released + ended.returned_minor == lease_granted.prepaid_minor
    assert [e.from_ns for e in meters[1:]] == [e.to_ns for e in meters[:-1]]


def test_replay_gives_the_same_register() -> None:
    register, events = granted()
    told = list(events)
    told += advance(register, FROM_NS + 9 * DAY_NS)

    replayed = ground()
    give_cash(replayed, "p-0042/on_hold/h-000102", 9_694_629)
    happen(replayed, told)

    assert replayed.leases == register.leases
    assert replayed.accounts == register.accounts
    assert replayed.things == register.things
