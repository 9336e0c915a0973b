"""Later looks at registered units: by their holder, by an inspector, and what a report may show."""

import pytest

from ledger import commands as c
from ledger.caller import Caller
from ledger.events import Event, NodeRegistered, UnitGraded, UnitInspected
from ledger.refusals import Reason
from ledger.things.unit import TRANSITIONS
from tests.ledger.opened import (
    CLERK_1,
    RIVAL,
    SELLER,
    Street,
    all_of,
    bringing,
    digest,
    import_of,
    kinds,
    refusal,
    settled_in,
)
from tests.ledger.things.dumps import dump, several

LATER = "Thu Nov 14 20:00:00 2024"


def with_a_board() -> Street:
    street = settled_in()
    import_of(street, dump(*several(8)))
    return street


def context(
    street: Street,
    caller: Caller,
    raw: bytes,
    unit: str = "n-0001",
    load_test: str = "none",
    flags: tuple[str, ...] = (),
) -> list[Event]:
    order = c.InspectUnits(digest(raw), unit, load_test, list(flags))
    return street.do(order, bringing(caller, raw))


def test_an_inspector_grades_a_whole_board() -> None:
    street = with_a_board()

    events = context(street, CLERK_1, dump(*several(8), stamp=LATER), load_test="passed")

    assert kinds(events) == ["UnitInspected", "UnitGraded"] * 8
    first = all_of(UnitInspected, events)[0]
    assert (first.inspector, first.load_test) == ("p-0001", "passed")
    assert "self_reported" not in first.flags


@pytest.mark.parametrize(("load_test", "flags"), [("failed", ()), ("none", ("cosmetic_damage",))])
def test_what_an_inspector_saw_lowers_the_class(load_test: str, flags: tuple[str, ...]) -> None:
    street = with_a_board()
    one_unit = dump(*several(8)[:1], stamp=LATER)

    [graded] = all_of(UnitGraded, context(street, CLERK_1, one_unit, "u-000001", load_test, flags))

    assert graded.grade == "C"
    assert street.register.things["n-0001"].class_ == "H100SXM8.C0"


def test_a_holders_own_report_is_self_reported() -> None:
    street = with_a_board()

    events = context(street, SELLER, dump(*several(8), stamp=LATER), "u-000003")

    assert all("self_reported" in each.flags for each in all_of(UnitInspected, events))


def test_strange_cards_in_the_report_are_passed_over() -> None:
    street = with_a_board()

    events = context(street, CLERK_1, dump(*several(9), stamp=LATER))

    assert len(all_of(UnitInspected, events)) == 8
    assert not all_of(NodeRegistered, events)


def test_a_report_must_show_the_unit_named() -> None:
    street = with_a_board()

    with refusal(street, Reason.unknown_unit):
        context(street, CLERK_1, dump(*several(7), stamp=LATER))
    with refusal(street, Reason.unknown_unit):
        context(street, CLERK_1, dump(*several(8)), "u-000099")
    with refusal(street, Reason.unknown_node):
        context(street, CLERK_1, dump(*several(8)), "n-0099")


def test_others_units_are_for_an_inspector() -> None:
    street = with_a_board()

    with refusal(street, Reason.not_the_owner):
        context(street, RIVAL, dump(*several(8)))
    with refusal(street, Reason.role_missing):
        context(street, SELLER, dump(*several(8)), load_test="passed")


@pytest.mark.parametrize(("load_test", "flags"), [("maybe", ()), ("none", ("pretty",))])
def test_an_inspectors_words_are_few(load_test: str, flags: tuple[str, ...]) -> None:
    street = with_a_board()

    with refusal(street, Reason.bad_field):
        context(street, CLERK_1, dump(*several(8)), "n-0001", load_test, flags)


def test_a_report_from_the_future_is_refused_here_too() -> None:
    street = with_a_board()

    with refusal(street, Reason.report_from_future):
        context(street, CLERK_1, dump(*several(8), stamp="Sat Nov 16 00:00:00 2024"))


def test_replay_keeps_the_newest_report() -> None:
    street = with_a_board()
    context(street, CLERK_1, dump(*several(8), stamp=LATER))
    context(street, CLERK_1, dump(*several(8), stamp="Wed Nov 13 00:00:00 2024"))

    assert street.register.units["u-000001"].report_sha256 == digest(dump(*several(8), stamp=LATER))
    assert street.replayed() == street.register


def test_a_grade_that_ends_sends_the_unit_back() -> None:
    street = with_a_board()

    street.happen([UnitGraded(unit="u-000001", grade="U", reasons=["expired"], valid_to_ns=0)])

    assert street.register.units["u-000001"].state == "registered"
    assert street.register.things["n-0001"].grade == "U"
    context(street, CLERK_1, dump(*several(8), stamp=LATER))
    assert street.register.units["u-000001"].state == "ready"


@pytest.mark.parametrize("verb", ["inspect", "expire"])
@pytest.mark.parametrize("state", ["registered", "ready"])
def test_every_state_and_verb_of_a_unit(state: str, verb: str) -> None:
    street = with_a_board()
    unit = street.register.units["u-000001"]
    if state == "registered":
        street.happen([UnitGraded(unit="u-000001", grade="U", reasons=["expired"], valid_to_ns=0)])
    assert unit.state == state

    if verb == "inspect":
        context(street, CLERK_1, dump(*several(8), stamp=LATER), "u-000001")
    else:
        street.happen([UnitGraded(unit="u-000001", grade="U", reasons=["expired"], valid_to_ns=0)])

    assert unit.state == TRANSITIONS[state, verb]


@pytest.mark.parametrize(("load_test", "flags"), [("failed", ()), ("none", ("warranty_void",))])
def test_a_holders_own_report_takes_no_inspectors_word_back(
    load_test: str, flags: tuple[str, ...]
) -> None:
    street = with_a_board()
    raw = dump(*several(8), stamp=LATER)
    context(street, CLERK_1, raw, load_test=load_test, flags=flags)

    own = import_of(street, raw + b"\n")

    assert {each.grade for each in all_of(UnitGraded, own)} == {"C"}
    again = context(street, CLERK_1, raw)
    assert {each.grade for each in all_of(UnitGraded, again)} == {"A"}
    assert {each.grade for each in all_of(UnitGraded, import_of(street, raw + b"\n\n"))} == {"A"}
    assert street.replayed() == street.register


def test_what_an_inspector_saw_counts_however_old_his_report() -> None:
    street = settled_in()
    import_of(street, dump(*several(8), stamp=LATER))

    events = context(street, CLERK_1, dump(*several(8)), flags=("cosmetic_damage",))

    assert {each.grade for each in all_of(UnitGraded, events)} == {"C"}


def test_nobody_is_inspector_of_its_own_cards() -> None:
    street = with_a_board()
    street.do(c.GrantRole("p-0002", "inspector"), CLERK_1)
    raw = dump(*several(8), stamp=LATER)

    with refusal(street, Reason.role_missing):
        context(street, SELLER, raw, load_test="passed")
    events = context(street, SELLER, raw)

    assert all("self_reported" in each.flags for each in all_of(UnitInspected, events))


def test_damage_in_a_report_too_old_is_unknown_health() -> None:
    street = settled_in()
    worn = several(1)[0]
    worn = worn.replace("Uncorrectable Error            : 0", "Uncorrectable Error            : 3")

    old = import_of(street, dump(worn, stamp="Thu Aug 1 07:00:14 2024"))

    [graded] = all_of(UnitGraded, old)
    assert graded.grade == "U"
    assert graded.reasons == ["report_too_old", "uncorrectable_remaps"]


def test_damage_in_a_report_without_a_time_has_no_end() -> None:
    street = settled_in()
    before = len(street.register.timers)
    worn = several(1)[0]
    worn = worn.replace("Uncorrectable Error            : 0", "Uncorrectable Error            : 3")

    [graded] = all_of(UnitGraded, import_of(street, dump(worn, stamp=None)))

    assert (graded.grade, graded.valid_to_ns) == ("C", 0)
    assert len(street.register.timers) == before
