"""The table of grades, row by row (DOMAIN 1): each cause alone, then their order."""

import pytest

from ledger.inventory import UnitReading, read_report
from ledger.things.gpu_models import ModelFacts, model_of
from ledger.things.grade import GRADE_VALID_NS, Grade, grade, warnings, worst
from tests.ledger.things.dumps import block, dump

TAKEN_NS = 1_731_567_614_000_000_000


def reading(**changed: str | None) -> UnitReading:
    return read_report(dump(block(changed))).units[0]


def graded(unit: UnitReading, now_ns: int | None = None, model: ModelFacts | None = None) -> Grade:
    return grade(unit, TAKEN_NS, now_ns, model)


def amd(**readings: int) -> UnitReading:
    healthy = {
        "dram_uncorrectable": 0,
        "bad_pages_retired": 0,
        "bad_pages_pending": 0,
        "bad_pages_unreservable": 0,
    }
    return UnitReading(
        line=1,
        vendor="amd",
        serial="692347006052",
        board_part_number="0X74A1",
        readings=healthy | readings,
    )


@pytest.mark.parametrize(
    ("path", "value", "letter", "reason"),
    [
        ("Remapped Rows/Pending", "Yes", "C", "remap_pending"),
        ("Remapping Failure Occurred", "Yes", "C", "remap_failure"),
        ("Uncorrectable Error", "1", "C", "uncorrectable_remaps"),
        ("DRAM Uncorrectable", "1", "C", "dram_uncorrectable"),
        ("SRAM Uncorrectable Parity", "1", "C", "sram_uncorrectable"),
        ("SRAM Uncorrectable SEC-DED", "1", "C", "sram_uncorrectable"),
        ("SRAM Threshold Exceeded", "Yes", "C", "sram_threshold"),
        ("Low", "1 bank(s)", "C", "banks_exhausted"),
        (
            "Remapped Rows/Bank Remap Availability Histogram/None",
            "1 bank(s)",
            "C",
            "banks_exhausted",
        ),
        ("Double Bit ECC", "1", "C", "retired_double"),
        ("Pending Page Blacklist", "Yes", "C", "retired_pending"),
        ("GPU Recovery Action", "Reset", "C", "recovery_needed"),
        ("Reset Required", "Yes", "C", "reset_required"),
        ("ECC Mode/Current", "Disabled", "U", "ecc_disabled"),
        ("ECC Mode/Current", "N/A", "U", "no_ecc"),
        ("ECC Mode/Current", "[Unknown Error]", "U", "no_health_reading"),
        ("Remapped Rows/Correctable Error", "N/A", "U", "no_health_reading"),
        ("Remapping Failure Occurred", "ERR!", "U", "no_health_reading"),
        ("SRAM Threshold Exceeded", "ERR!", "U", "no_health_reading"),
        ("DRAM Uncorrectable", "N/A", "U", "no_health_reading"),
        ("Remapped Rows/Correctable Error", "2", "B", "correctable_remaps"),
        ("Partial", "1 bank(s)", "B", "banks_partial"),
        ("Single Bit ECC", "3", "B", "retired_single"),
    ],
)
def test_one_reading_causes_one_grade(path: str, value: str, letter: str, reason: str) -> None:
    found = graded(reading(**{path: value}))
    assert (found.letter, found.reasons) == (letter, (reason,))


def test_all_else_is_an_a_for_ninety_days() -> None:
    assert graded(reading()) == Grade("A", (), TAKEN_NS + GRADE_VALID_NS)


def test_correctable_ecc_and_fewer_lanes_are_flags_and_lower_nothing() -> None:
    unit = reading(**{"DRAM Correctable": "10289", "Link Width/Current": "8x"})
    narrow = reading(**{"PCI/GPU Link Info/Link Width/Current": "8x"})
    assert unit.flags == ("correctable_ecc",)
    assert narrow.flags == ("pcie_width_reduced",)
    assert {graded(unit).letter, graded(narrow).letter} == {"A"}


def test_retired_pages_tell_the_health_of_a_card_without_remapping() -> None:
    remaps = dict.fromkeys(
        (
            "Remapped Rows/Correctable Error",
            "Uncorrectable Error",
            "Remapped Rows/Pending",
            "Remapping Failure Occurred",
        ),
        "N/A",
    )
    retired = {"Single Bit ECC": "0", "Double Bit ECC": "0", "Pending Page Blacklist": "No"}
    assert graded(reading(**remaps)).letter == "U"
    assert graded(reading(**remaps, **retired)).letter == "A"


def test_a_newer_driver_asks_for_recovery_and_no_longer_for_reset() -> None:
    deprecated = "Requested functionality has been deprecated"
    assert graded(reading(**{"Reset Required": deprecated})).letter == "A"
    assert (
        graded(reading(**{"Reset Required": deprecated, "GPU Recovery Action": None})).letter == "U"
    )


def test_damage_stands_before_doubt_and_doubt_before_wear() -> None:
    damaged = {"Uncorrectable Error": "1", "ECC Mode/Current": "Disabled"}
    assert graded(reading(**damaged)).letter == "C"
    worn = {"Remapped Rows/Correctable Error": "2", "ECC Mode/Current": "Disabled"}
    assert graded(reading(**worn)).letter == "U"


def test_a_grade_ends_at_its_ninetieth_day_and_not_before() -> None:
    unit = reading()
    assert graded(unit, TAKEN_NS + GRADE_VALID_NS - 1).letter == "A"
    assert graded(unit, TAKEN_NS + GRADE_VALID_NS).reasons == ("report_too_old",)


def test_a_report_without_time_is_a_u_with_no_end() -> None:
    found = grade(reading(), None, None, None)
    assert (found.letter, found.reasons, found.valid_to_ns) == ("U", ("report_undated",), None)


def test_a_card_nobody_can_name_is_a_u() -> None:
    found = graded(reading(**{"Serial Number": "N/A", "GPU UUID": "N/A"}))
    assert found.reasons == ("weak_identity",)


def test_a_load_test_grades_a_model_without_ecc_and_no_other() -> None:
    unit = reading(**{"ECC Mode/Current": "N/A"})
    geforce, h100 = model_of("RTX3090"), model_of("H100SXM")
    assert grade(unit, TAKEN_NS, None, geforce, load_test="passed").letter == "A"
    assert grade(unit, TAKEN_NS, None, geforce).reasons == ("no_ecc",)
    assert grade(unit, TAKEN_NS, None, h100, load_test="passed").letter == "U"


def test_an_inspector_s_word_is_a_c() -> None:
    assert grade(reading(), TAKEN_NS, None, None, load_test="failed").reasons == (
        "load_test_failed",
    )
    found = grade(reading(), TAKEN_NS, None, None, inspector_flags=("cosmetic_damage",))
    assert (found.letter, found.reasons) == ("C", ("cosmetic_damage",))


@pytest.mark.parametrize(
    ("readings", "letter", "reasons"),
    [
        ({}, "A", ()),
        ({"bad_pages_retired": 2}, "B", ("bad_pages_retired",)),
        ({"bad_pages_pending": 1}, "C", ("bad_pages_pending",)),
        ({"bad_pages_unreservable": 1}, "C", ("bad_pages_unreservable",)),
        ({"dram_uncorrectable": 1}, "C", ("uncorrectable_ecc",)),
    ],
)
def test_amd_has_its_own_column(
    readings: dict[str, int], letter: str, reasons: tuple[str, ...]
) -> None:
    found = grade(amd(**readings), TAKEN_NS, None, None)
    assert (found.letter, found.reasons) == (letter, reasons)


def test_a_node_is_as_good_as_its_worst_unit() -> None:
    assert worst(["A", "B", "A"]) == "B"
    assert worst(["C", "U", "A"]) == "U"
    assert worst([]) == "U"


def test_what_lowered_the_grade_can_be_found_in_the_file() -> None:
    raw = dump(block({"Remapped Rows/Correctable Error": "2"}))
    unit = read_report(raw).units[0]
    (warned,) = warnings(unit, graded(unit))
    assert (warned.code, warned.value) == ("correctable_remaps", 2)
    assert warned.line is not None
    assert b"Correctable Error" in raw.split(b"\n")[warned.line - 1]
