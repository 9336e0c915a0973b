"""A dry run of an import says what the import would say, and writes nothing (WIRE 3)."""

from typing import Any

from msgspec.structs import replace

from ledger.durations import DAY_NS
from ledger.inspection.imports import preview_import
from ledger.refusals import Reason
from tests.ledger.opened import (
    DAWN_NS,
    SELLER,
    Street,
    bringing,
    import_of,
    import_order,
    kinds,
    refusal,
    settled_in,
)
from tests.ledger.things.cards import l40s
from tests.ledger.things.dumps import dump, real, several


def dry_run(street: Street, raw: bytes) -> dict[str, Any]:
    order = replace(import_order(raw), dry_run=True)
    return preview_import(street.register, order, bringing(SELLER, raw), street.moment)


def test_a_dry_run_says_the_same_and_writes_nothing() -> None:
    street = settled_in()
    raw = real("nvidia-smi-q_A40x10.txt")
    street.moment.at_ns = DAWN_NS + 3_000 * DAY_NS
    before = street.replayed()

    told = dry_run(street, raw)

    assert told["nodes"] == 1
    assert told["units"] == told["new_units"] == 10
    assert told["identity"] == {"strong": 10, "medium": 0, "weak": 0}
    assert told["rejected"] == []
    assert street.register == before


def test_a_dry_run_grades_as_the_import_would() -> None:
    street = settled_in()
    worn = l40s(**{"Remapped Rows/Correctable Error": "2"})

    told = dry_run(street, dump(worn, l40s(1_320_223_000_009, 9)))

    assert told["grades"] == {"A": 1, "B": 1, "C": 0, "U": 0}
    assert [(each["code"], each["value"]) for each in told["warnings"]] == [
        ("correctable_remaps", 2)
    ]


def test_a_dry_run_shows_each_unit_and_the_lots_they_would_be() -> None:
    street = settled_in()
    worn = l40s(**{"Remapped Rows/Correctable Error": "2"})

    told = dry_run(street, dump(worn, l40s(1_320_223_000_009, 9)))

    shown = [(each["serial"], each["grade"], each["reasons"]) for each in told["seen"]]
    assert shown == [
        ("1320223012345", "B", ["correctable_remaps"]),
        ("1320223000009", "A", []),
    ]
    assert [(each["asset_class"], each["lots"]) for each in told["things"]] == [
        ("L40S.B0", 1),
        ("L40S.A0", 1),
    ]


def test_a_dry_run_shows_a_whole_board_as_one_lot() -> None:
    street = settled_in()

    told = dry_run(street, real("nvidia-smi-q_H100SXMx8.txt"))

    assert len(told["seen"]) == 8
    assert [(each["asset_class"], each["lots"]) for each in told["things"]] == [("H100SXM8.A0", 1)]


def test_a_dry_run_refuses_what_the_import_would() -> None:
    street = settled_in()

    with refusal(street, Reason.not_recognised):
        dry_run(street, b"hello")


def test_a_dry_run_that_is_decided_all_the_same_registers_nothing() -> None:
    street = settled_in()

    assert kinds(import_of(street, dump(l40s()), dry_run=True)) == ["NothingToDo"]


def test_a_dry_run_shows_a_board_only_where_the_import_would_make_one() -> None:
    """A ninth card is on file: the eight are no whole board, here or there."""
    street = settled_in()
    import_of(street, dump(*several(9)))

    assert dry_run(street, dump(*several(8)))["things"] == []
