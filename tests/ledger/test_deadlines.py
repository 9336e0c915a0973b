"""What falls due, and what becomes of deadlines when the venue was down."""

import pytest

from ledger.commands import ConfirmDelivery
from ledger.deadlines import fire, resume
from ledger.durations import DAY_NS, HOUR_NS
from ledger.events import ProposalLapsed, ProposalMade, UnitGraded, VenueResumed
from ledger.timers import Due, push
from tests.ledger.ground import (
    AS_OPERATOR,
    BUYER,
    DAWN_NS,
    DatedRegister,
    advance,
    command,
    ground,
    happen,
    kinds,
)
from tests.ledger.rights.test_lease import FROM_NS, granted
from tests.ledger.settlement.test_delivery_versus_payment import X, delivered, opened

WEEK_NS = 7 * DAY_NS


def sleep(register: DatedRegister, length_ns: int) -> list:
    """The venue is down for that long; then it starts."""
    silent_from_ns = register.moment.at_ns
    register.moment.at_ns += length_ns
    return happen(register, resume(register, silent_from_ns, register.moment))


def proposed(register: DatedRegister) -> ProposalMade:
    event = ProposalMade(
        proposal="z-000001",
        op="title.issue",
        party=BUYER,
        principal="k-0042",
        reference="n-0003",
        expires_ns=register.moment.at_ns + DAY_NS,
        needs=["scope:operate"],
        args={},
    )
    happen(register, [event])
    return event


def test_a_silence_of_a_quarter_of_an_hour_is_none() -> None:
    register = ground()

    assert resume(register, DAWN_NS - HOUR_NS // 4, register.moment) == []
    assert resume(register, DAWN_NS - HOUR_NS // 4 - 1, register.moment) == [
        VenueResumed("cn-1", DAWN_NS - HOUR_NS // 4 - 1)
    ]


def test_a_week_of_silence_leaves_the_days_of_inspection_that_were_left() -> None:
    register = delivered()
    advance(register, DAWN_NS + DAY_NS)

    assert kinds(sleep(register, WEEK_NS)) == ["VenueResumed"]

    assert register.settlements[X].inspect_until_ns == register.moment.at_ns + 2 * DAY_NS
    assert advance(register, register.moment.at_ns + 2 * DAY_NS - 1) == []
    assert kinds(advance(register, register.moment.at_ns + 1))[-1] == "TradeSettled"


def test_it_leaves_the_days_of_delivery() -> None:
    register, _ = opened()
    advance(register, DAWN_NS + DAY_NS)
    sleep(register, WEEK_NS)

    assert advance(register, DAWN_NS + 9 * DAY_NS - 1) == []
    assert kinds(advance(register, DAWN_NS + 9 * DAY_NS)) == ["SettlementFailed"]


def test_it_leaves_the_days_of_cure() -> None:
    register, _ = opened()
    advance(register, DAWN_NS + 3 * DAY_NS)
    sleep(register, WEEK_NS)

    assert advance(register, DAWN_NS + 12 * DAY_NS - 1) == []
    assert kinds(advance(register, DAWN_NS + 12 * DAY_NS)) == ["TradeUnwound"]


def test_it_leaves_the_hours_of_a_proposal() -> None:
    register = ground()
    proposed(register)
    sleep(register, WEEK_NS)

    assert advance(register, DAWN_NS + 8 * DAY_NS - 1) == []
    assert advance(register, DAWN_NS + 8 * DAY_NS) == [ProposalLapsed("z-000001")]


def test_two_silences_add_up() -> None:
    register = delivered()
    sleep(register, DAY_NS)
    advance(register, register.moment.at_ns + DAY_NS)
    sleep(register, DAY_NS)

    assert register.settlements[X].inspect_until_ns == DAWN_NS + 5 * DAY_NS


def test_the_hours_of_a_lease_do_not_move() -> None:
    register, _ = granted()
    advance(register, FROM_NS - DAY_NS)
    sleep(register, WEEK_NS)

    events = advance(register, register.moment.at_ns)

    assert kinds(events) == ["LeaseCommenced"] + ["UsageMetered"] * 4
    assert events[-1].to_ns == FROM_NS + 4 * DAY_NS


def test_a_proposal_lapses_at_its_hour() -> None:
    register = ground()
    proposed(register)

    assert advance(register, DAWN_NS + DAY_NS - 1) == []
    assert advance(register, DAWN_NS + DAY_NS) == [ProposalLapsed("z-000001")]
    assert not register.proposals


def test_a_grade_expires_with_its_report() -> None:
    register = ground()
    graded = UnitGraded("u-000009", "A", [], DAWN_NS + 90 * DAY_NS)
    register.units["u-000009"].state = "ready"
    happen(register, [graded])

    (event,) = advance(register, DAWN_NS + 90 * DAY_NS)

    assert event == UnitGraded("u-000009", "U", ["expired"], 0)
    assert register.things["u-000009"].class_ == "L40S.U1"


def test_a_fresh_report_makes_the_old_date_stale() -> None:
    register = ground()
    register.units["u-000009"].state = "ready"
    for days in (90, 120):
        happen(register, [UnitGraded("u-000009", "A", [], DAWN_NS + days * DAY_NS)])

    assert advance(register, DAWN_NS + 119 * DAY_NS) == []


@pytest.mark.parametrize("kind", [Due.SETTLEMENT, Due.LEASE, Due.GRADE, Due.PROPOSAL])
def test_what_has_left_the_state_is_not_due(kind: Due) -> None:
    register = ground()
    push(register, DAWN_NS, kind, "gone")

    assert fire(register, kind, "gone", DAWN_NS, register.moment) == []


def test_a_delivery_in_time_makes_its_deadline_stale() -> None:
    register, _ = opened(hours=240)
    advance(register, DAWN_NS + DAY_NS)
    command(register, ConfirmDelivery(X), AS_OPERATOR)

    assert advance(register, DAWN_NS + 10 * DAY_NS) == []
