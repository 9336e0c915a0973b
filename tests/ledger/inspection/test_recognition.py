"""Which card a report shows: by its keys, never by a junk value; and which model (DOMAIN 1, 9)."""

import pytest

from ledger import commands as c
from ledger.events import (
    HoldPlaced,
    IdentityConflictFound,
    ProposalMade,
    ReportFiled,
    UnitGraded,
    UnitIdentified,
    UnitInspected,
)
from ledger.refusals import Reason
from tests.ledger.opened import CLERK_1, RIVAL, all_of, import_of, refusal, settled_in
from tests.ledger.things.cards import BOARD_PART, LATER, l40s, no_serial
from tests.ledger.things.dumps import block, csv, dump, several

# --- identity


def test_junk_serials_never_merge() -> None:
    street = settled_in()

    import_of(street, dump(no_serial(1), no_serial(2)))
    import_of(street, dump(no_serial(3), no_serial(4), stamp=LATER))

    units = street.register.units.values()
    assert [(each.unit, each.serial, each.identity) for each in units] == [
        (f"u-{n:06d}", "", "medium") for n in range(1, 5)
    ]
    assert street.register.strong_keys == {}


def test_a_text_that_the_dated_rule_denies_identifies_nothing() -> None:
    street = settled_in()
    denied = [
        "1320223012345",
        *street.register.rules.value("identity_denylist", street.moment.at_ns),
    ]
    street.do(c.SetRule("identity_denylist", denied, 0), CLERK_1)

    [inspected] = all_of(UnitInspected, import_of(street, dump(l40s())))

    assert "serial_not_identifying" in inspected.flags
    assert street.register.units["u-000001"].identity == "medium"


def test_neither_serial_nor_uuid_is_recorded_and_weak() -> None:
    street = settled_in()
    nameless = l40s(**{"Serial Number": "N/A", "GPU UUID": "N/A"})

    [graded] = all_of(UnitGraded, import_of(street, dump(nameless)))

    assert (graded.grade, *graded.reasons) == ("U", "weak_identity")
    assert street.register.units["u-000001"].identity == "weak"


def test_a_known_serial_with_another_uuid_is_the_same_card() -> None:
    street = settled_in()
    import_of(street, dump(l40s(uuid=1)))

    events = import_of(street, dump(l40s(uuid=2), stamp=LATER))

    [identified] = all_of(UnitIdentified, events)
    assert (identified.unit, identified.uuid[-1]) == ("u-000001", "2")
    assert "reidentified" in all_of(UnitInspected, events)[0].flags
    assert list(street.register.uuids) == [identified.uuid]
    assert street.replayed() == street.register


def test_a_part_that_could_not_be_read_at_first_is_added_to_the_same_card() -> None:
    street = settled_in()
    lost = l40s(**{"Board Part Number": "Unknown Error"})
    import_of(street, dump(lost))
    unit = street.register.units["u-000001"]
    assert (unit.identity, unit.board_part_number) == ("medium", "")

    events = import_of(street, dump(l40s(), stamp=LATER), claim=True)

    assert list(street.register.units) == ["u-000001"], "the same card, not a second one"
    assert (unit.identity, unit.board_part_number) == ("strong", "900-2G133-0080-000")
    assert not all_of(IdentityConflictFound, events)
    [proposed] = all_of(ProposalMade, events)
    assert proposed.args["things"] == ["u-000001"]
    assert street.replayed() == street.register


def test_a_strong_card_of_another_part_under_the_same_serial_and_uuid_is_the_same_card() -> None:
    """The first release took an error's words for a part number: such a unit stays that unit."""
    street = settled_in()
    import_of(street, dump(l40s()))

    events = import_of(
        street, dump(l40s(**{"Board Part Number": "900-2G133-0081-000"}), stamp=LATER)
    )

    assert list(street.register.units) == ["u-000001"]
    assert not all_of(IdentityConflictFound, events)
    assert "reidentified" in all_of(UnitInspected, events)[0].flags
    assert set(street.register.strong_keys.values()) == {"u-000001"}
    assert street.replayed() == street.register


def test_two_gpus_of_one_board_are_two_units_known_by_their_uuids() -> None:
    street = settled_in()
    pair = [
        l40s(uuid=at, bus=at).replace("NVIDIA L40S", "Tesla K80").replace("L40S", "Tesla K80")
        for at in (1, 2)
    ]
    import_of(street, dump(*pair))
    import_of(street, dump(*pair, stamp=LATER))

    units = street.register.units.values()
    assert [(each.unit, each.identity) for each in units] == [
        ("u-000001", "medium"),
        ("u-000002", "medium"),
    ]
    assert len({each.serial for each in units}) == 1
    assert street.register.strong_keys == {}


def test_a_known_uuid_with_another_serial_holds_both() -> None:
    street = settled_in()
    import_of(street, dump(l40s(1_320_223_000_001, uuid=1)))

    events = import_of(street, dump(l40s(1_320_223_000_002, uuid=1), stamp=LATER), claim=True)

    [conflict] = all_of(IdentityConflictFound, events)
    assert (conflict.unit, conflict.other, conflict.fields) == ("u-000002", "u-000001", ["uuid"])
    assert [(each.unit, each.kind, each.hold) for each in all_of(HoldPlaced, events)] == [
        ("u-000002", "identity", "h-000001"),
        ("u-000001", "identity", "h-000002"),
    ]
    assert street.register.things["u-000001"].holds == {"h-000002": "identity"}
    assert not all_of(ProposalMade, events)  # nobody is offered title over a card in doubt
    assert street.replayed() == street.register


def test_a_known_conflict_is_not_found_again() -> None:
    street = settled_in()
    import_of(street, dump(l40s(1_320_223_000_001, uuid=1)))
    import_of(street, dump(l40s(1_320_223_000_002, uuid=1), stamp=LATER))

    events = import_of(
        street, dump(l40s(1_320_223_000_002, uuid=1), stamp="Thu Nov 14 21:00:00 2024")
    )

    assert not all_of(IdentityConflictFound, events)


def test_a_dump_proves_what_was_typed() -> None:
    street = settled_in()
    import_of(street, csv(f"nvidia,NVIDIA L40S,1320223012345,{BOARD_PART},,rack 1,0"))
    assert street.register.units["u-000001"].identity == "medium"

    [identified] = all_of(UnitIdentified, import_of(street, dump(l40s())))

    assert (identified.unit, identified.identity) == ("u-000001", "strong")
    assert street.register.things["u-000001"].identity == "strong"


def test_what_somebody_typed_never_bars_anothers_real_card() -> None:
    street = settled_in()
    import_of(street, csv(f"nvidia,NVIDIA L40S,1320223012345,{BOARD_PART},,rack 1,0"), RIVAL)

    import_of(street, dump(l40s()))

    assert street.register.units["u-000002"].registrant == "p-0002"
    assert street.register.units["u-000002"].identity == "strong"


def test_two_rows_that_are_one_known_card() -> None:
    street = settled_in()
    import_of(street, dump(l40s(uuid=1), l40s(1_320_223_012_346, uuid=2)))
    again = dump(l40s(uuid=3), no_serial(1), stamp=LATER)

    with refusal(street, Reason.duplicate_in_file):
        import_of(street, again)


@pytest.mark.parametrize(
    ("known", "seen", "new", "is_known"),
    [
        (4, 3, 2, True), (4, 2, 2, False), (4, 2, 1, True), (2, 1, 1, False),
        (1, 1, 1, True), (2, 2, 2, True), (1, 1, 7, True),  # all of it, and more
    ],
)  # fmt: skip
def test_a_server_is_known_by_more_than_half_of_the_cards_or_by_all_of_its_own(
    known: int, seen: int, new: int, is_known: bool
) -> None:
    street = settled_in()
    import_of(street, dump(*(card(n) for n in range(known))))
    shown = dump(*(card(n) for n in range(seen)), *(card(10 + n) for n in range(new)), stamp=LATER)

    if is_known:
        import_of(street, shown)
        assert len(street.register.nodes["n-0001"].units) == known + new
    else:  # another server, which shows cards that stand in the first
        with refusal(street, Reason.already_registered):
            import_of(street, shown)


def test_only_strong_cards_vote_where_there_are_any() -> None:
    street = settled_in()
    import_of(street, dump(card(0), no_serial(101), no_serial(102)))
    other = [l40s(1_320_223_000_050 + n, uuid=50 + n) for n in (0, 1)]

    with refusal(street, Reason.already_registered):
        import_of(street, dump(card(0), *other, no_serial(101), no_serial(102), stamp=LATER))


def card(number: int) -> str:
    return l40s(1_320_223_000_001 + number, uuid=1 + number)


# --- models


def test_a_model_that_nobody_listed_is_registered_without_a_market() -> None:
    street = settled_in()

    [inspected] = all_of(UnitInspected, import_of(street, dump(block(name="NVIDIA B300"))))

    assert "model_unlisted" in inspected.flags
    assert street.register.units["u-000001"].model == ""
    assert street.register.things == {}


def test_a_model_listed_by_a_clerk_is_found_from_then_on() -> None:
    street = settled_in()
    street.do(
        c.ListModel("X100", "nvidia", "pcie", 1, 81_920, 300, 9_000, True, False, ["NVIDIA X100"]),
        CLERK_1,
    )

    import_of(street, dump(block(name="NVIDIA X100")))

    assert street.register.things["u-000001"].class_ == "X100.A0"


def test_a_board_with_a_module_missing_is_no_thing() -> None:
    street = settled_in()

    [filed] = all_of(ReportFiled, import_of(street, dump(*several(7))))

    assert "0 board_incomplete 7 of 4 or 8 modules" in filed.warnings
    assert street.register.things == {}
