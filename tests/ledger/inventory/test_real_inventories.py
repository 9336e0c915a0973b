"""Every real dump agrees with the table of DOMAIN 1: 57 units, their identity, grade and flags."""

from collections import Counter
from typing import NamedTuple

import pytest

from ledger.inspection.report_inspection import ReportInspection, as_json, inspect_report
from ledger.inventory import Unreadable, read_report
from tests.ledger.things.dumps import INVENTORIES, real


class Row(NamedTuple):
    file: str
    units: int
    identity: str
    grades: str  # one letter a unit, in any order
    model: str
    flags: frozenset[str]  # of any unit; the others have none
    reasons: frozenset[str]


def row(file: str, units: int, identity: str, grades: str, model: str, *more: str) -> Row:
    """A row of the table; *more* are flags, and reasons with a `!` before them."""
    return Row(
        file,
        units,
        identity,
        grades,
        model,
        frozenset(word for word in more if not word.startswith("!")),
        frozenset(word[1:] for word in more if word.startswith("!")),
    )


GEFORCE = ("serial_not_identifying", "no_ecc", "!no_ecc")

TABLE = (
    row("nvidia-smi-q_H100SXMx8.txt", 8, "strong", "A" * 8, "H100SXM"),
    row("nvidia-smi-q_RTX_A6000_x9.txt", 9, "strong", "A" * 9, "RTXA6000"),
    row("nvidia-smi-q_A10.txt", 1, "strong", "A", "A10", "pass_through"),
    row("nvidia-smi-q_H200.txt", 1, "strong", "A", "H200SXM", "pass_through", "board_incomplete"),
    row("nvidia-smi-q_L4.txt", 1, "strong", "A", "L4", "pcie_width_reduced"),
    row("nvidia-smi-q_L40S.txt", 1, "strong", "A", "L40S"),
    row("nvidia-smi-q_H100NVLx2.txt", 2, "strong", "AA", "H100NVL"),
    row(
        "nvidia-smi-q_A40x10.txt",
        10,
        "strong",
        "A" * 7 + "BBB",
        "A40",
        "correctable_ecc",
        "!correctable_remaps",
    ),
    row(
        "nvidia-smi-q_RTX6000Ada_x8.txt",
        8,
        "strong",
        "U" * 8,
        "RTX6000ADA",
        "ecc_disabled",
        "!ecc_disabled",
    ),
    row(
        "nvidia-smi-q_RTX2000Ada.txt",
        1,
        "strong",
        "U",
        "RTX2000ADA",
        "ecc_disabled",
        "!ecc_disabled",
    ),
    row(
        "nvidia-smi-q_RTX4000Ada.txt",
        1,
        "strong",
        "U",
        "RTX4000ADA",
        "ecc_disabled",
        "!ecc_disabled",
    ),
    row("nvidia-smi-q_RTX3070.txt", 1, "medium", "U", "RTX3070", *GEFORCE),
    row("nvidia-smi-q_RTX3080.txt", 1, "medium", "U", "RTX3080", *GEFORCE),
    row("nvidia-smi-q_RTX3090.txt", 2, "medium", "UU", "RTX3090", *GEFORCE),
    row(
        "nvidia-smi-q_RTX4060Ti.txt",
        2,
        "medium",
        "UU",
        "RTX4060TI16G",
        *GEFORCE,
        "pcie_width_reduced",
    ),
    row(
        "nvidia-smi-q_RTX5090.txt",
        1,
        "medium",
        "U",
        "RTX5090",
        *GEFORCE,
        "pcie_width_reduced",
        "unreadable:reset_required",
    ),
    row(
        "nvidia-smi-x_a10g.xml",
        1,
        "medium",
        "A",
        "A10G",
        "serial_not_identifying",
        "pass_through",
        "pcie_width_reduced",
    ),
    row("nvidia-smi-x_rtx-3090-v12.xml", 1, "medium", "U", "RTX3090", *GEFORCE, "pass_through"),
    row(
        "nvidia-smi-x_rtx-4000-sff-ada-v13.xml",
        1,
        "medium",
        "U",
        "RTX4000SFFADA",
        "serial_not_identifying",
        "ecc_disabled",
        "!ecc_disabled",
    ),
    row(
        "nvidia-smi-q_MI300X_x4.txt",
        4,
        "medium",
        "UUUU",
        "MI300X",
        "virtual_function",
        "board_incomplete",
        "!virtual_function",
        "!no_health_reading",
        "!report_undated",
    ),
)

SERIALS = {  # as a person reads them in the files
    "nvidia-smi-q_A10.txt": ["1325221009692"],
    "nvidia-smi-q_A40x10.txt": [
        "1322221017584",
        "1322221016107",
        "1321421049196",
    ],  # the first three
    "nvidia-smi-q_H100NVLx2.txt": ["1650724004565", "1650924002357"],
    "nvidia-smi-q_H100SXMx8.txt": ["1654423001593", "1654223054577", "1654423003947"],
    "nvidia-smi-q_H200.txt": ["1753724031847"],
    "nvidia-smi-q_L4.txt": ["1653723016068"],
    "nvidia-smi-q_L40S.txt": ["1323623029179"],
    "nvidia-smi-q_MI300X_x4.txt": [
        "692347006052",
        "692347005894",
        "692347006047",
        "692347005902",
    ],
    "nvidia-smi-q_RTX2000Ada.txt": ["1420524231889"],
    "nvidia-smi-q_RTX4000Ada.txt": ["1323523040358"],
    "nvidia-smi-q_RTX6000Ada_x8.txt": ["1714123005421", "1714123005048", "1714123004885"],
    "nvidia-smi-q_RTX_A6000_x9.txt": ["1562521008218", "1562521008167", "1562521009219"],
}


def test_the_table_holds_fifty_seven_units_and_no_file_is_left_out() -> None:
    real("nvidia-smi-q_A10.txt")
    assert sum(entry.units for entry in TABLE) == 57
    redfish = {"redfish_dell_systems.json", "redfish_hp_chassis.json"}
    assert {path.name for path in INVENTORIES.iterdir()} == {r.file for r in TABLE} | redfish


@pytest.mark.parametrize("entry", TABLE, ids=lambda entry: entry.file)
def test_a_real_dump_is_read_as_the_table_says(entry: Row) -> None:
    units = as_json(inspect_report(real(entry.file)))["units"]
    assert len(units) == entry.units
    assert {unit["identity"] for unit in units} == {entry.identity}
    assert Counter(unit["grade"] for unit in units) == Counter(entry.grades)
    assert {unit["model"] for unit in units} == {entry.model}
    assert {flag for unit in units for flag in unit["flags"]} == entry.flags
    assert {reason for unit in units for reason in unit["reasons"]} == entry.reasons
    serials = [unit["serial"] for unit in units]
    expected = SERIALS.get(entry.file)
    if expected is None:
        assert serials == [None] * entry.units
    else:
        assert serials[: len(expected)] == expected
        assert len(set(serials)) == entry.units
    assert len({unit["uuid"] for unit in units} - {None}) == entry.units


VOCABULARY = """
    ecc_on sram_correctable sram_uncorrectable sram_threshold dram_correctable dram_uncorrectable
    sram_correctable_volatile sram_uncorrectable_volatile dram_correctable_volatile
    dram_uncorrectable_volatile retired_single retired_double retired_pending
    remap_correctable remap_uncorrectable remap_pending remap_failure
    banks_max banks_high banks_partial banks_low banks_none recovery_needed reset_required
    pcie_width pcie_width_max memory_mib power_mw power_limit_mw
    bad_pages_retired bad_pages_pending bad_pages_unreservable
"""


@pytest.mark.parametrize("entry", TABLE, ids=lambda entry: entry.file)
def test_readings_keep_to_the_vocabulary_and_know_their_line(entry: Row) -> None:
    raw = real(entry.file)
    printed = raw.decode().split("\n")
    for unit in read_report(raw).units:
        assert unit.readings.keys() <= set(VOCABULARY.split())
        assert unit.readings.keys() == unit.lines.keys()
        assert all(printed[line - 1].strip() for line in unit.lines.values())


@pytest.mark.parametrize("file", ["redfish_dell_systems.json", "redfish_hp_chassis.json"])
def test_redfish_without_a_gpu_says_so(file: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_report(real(file))
    assert refused.value.code == "no_gpu_found"
    assert "nvidia-smi -q > dump.txt" in refused.value.advice


def inspected(file: str) -> ReportInspection:
    return inspect_report(real(file))


def test_the_scene_s_board_is_one_whole_node_of_eight() -> None:
    (node,) = inspected("nvidia-smi-q_H100SXMx8.txt").nodes
    assert (node.kind.model, node.kind.flags, node.grade) == ("H100SXM8", (), "A")
    assert sorted(unit.reading.slot or 0 for unit in node.units) == list(range(1, 9))
    assert sum(unit.reading.readings["power_mw"] for unit in node.units) == 686_510


def test_the_a40_node_warns_of_three_cards_by_line() -> None:
    found = inspected("nvidia-smi-q_A40x10.txt")
    warned = [(w.line, w.code, w.value) for w in found.warnings if w.code != "zone_assumed"]
    assert warned == [
        (154, "correctable_remaps", 2),
        (1444, "correctable_remaps", 1),
        (2089, "correctable_remaps", 1),
    ]
    assert found.nodes[0].grade == "B"


def test_only_one_l4_reading_is_narrow_and_it_stays_an_a() -> None:
    (unit,) = inspected("nvidia-smi-q_L4.txt").units
    assert (unit.reading.readings["pcie_width"], unit.reading.readings["pcie_width_max"]) == (8, 16)


def test_the_amd_report_bears_no_time_and_no_key() -> None:
    found = inspected("nvidia-smi-q_MI300X_x4.txt")
    assert found.report.taken_ns is None
    assert {unit.identity.strong_key for unit in found.units} == {None}
    assert found.units[0].reading.uuid == "0x8d1457e2c20f59d2"
