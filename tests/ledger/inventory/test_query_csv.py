"""The CSV of `nvidia-smi --query-gpu`: its columns, its units, and its second table."""

import pytest

from ledger.inventory import Unreadable, read_report
from ledger.inventory.query_csv import PATHS
from ledger.reports.identity import identity
from ledger.things.grade import grade

UUID = "GPU-b42dd28e-ffdd-8720-1df0-98bd8cdc05b1"
HEADER = (
    "timestamp, index, name, serial, uuid, pci.bus_id, memory.total [MiB], ecc.mode.current, "
    "power.draw [W], retired_pages.pending"
)
ROW = (
    "2026/11/28 12:00:00.123, 0, NVIDIA H100 80GB HBM3, 1654423001593, "
    f"{UUID}, 00000000:18:00.0, 81559 MiB, Enabled, 100.89 W, [N/A]"
)
REMAPPED_HEADER = (
    "gpu_uuid, gpu_bus_id, remapped_rows.correctable, remapped_rows.uncorrectable, "
    "remapped_rows.pending, remapped_rows.failure"
)
REMAPPED = f"{UUID}, 00000000:18:00.0, 2, 0, No, No"


def table(*lines: str) -> bytes:
    return "\n".join([*lines, ""]).encode()


def test_a_row_is_a_unit_known_by_its_uuid() -> None:
    report = read_report(table(HEADER, ROW))
    (unit,) = report.units
    assert (unit.serial, unit.uuid, unit.bus_id) == ("1654423001593", UUID, "00000000:18:00.0")
    assert identity(unit).level == "medium", "it shows no board part number"
    assert "part_not_identifying" in unit.flags
    assert (unit.readings["memory_mib"], unit.readings["power_mw"]) == (81_559, 100_890)
    assert report.taken_local == "2026-11-28T12:00:00"
    assert report.warnings == () or {w.code for w in report.warnings} == {"zone_assumed"}


def test_without_units_the_header_s_count() -> None:
    bare = ROW.replace("81559 MiB", "81559").replace("100.89 W", "100.89")
    assert read_report(table(HEADER, bare)).units[0].readings["power_mw"] == 100_890


def test_the_table_of_remapped_rows_is_joined_by_uuid() -> None:
    (unit,) = read_report(table(HEADER, ROW, "", REMAPPED_HEADER, REMAPPED)).units
    assert unit.readings["remap_correctable"] == 2
    assert grade(unit, None, None, None).reasons != ("no_health_reading",)


def test_a_card_that_stands_twice_in_one_table_is_a_twin() -> None:
    report = read_report(table(HEADER, ROW, ROW.replace("18:00.0", "2A:00.0")))
    assert len(report.units) == 1
    assert [left.code for left in report.rejected] == ["duplicate_in_file"]


def test_a_column_that_is_not_known_is_said_to_be_ignored() -> None:
    report = read_report(table(HEADER + ", fan.speed [%]", ROW + ", 30 %"))
    assert ("column_ignored", "fan.speed") in {(w.code, w.value) for w in report.warnings}


@pytest.mark.parametrize(
    ("last", "code"),
    [(ROW.rsplit(", ", 3)[0], "truncated"), (ROW + ", more", "not_recognised")],
    ids=["cut", "too many cells"],
)
def test_a_row_of_another_length_is_refused(last: str, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_report(table(HEADER, ROW, last))
    assert (refused.value.code, refused.value.line) == (code, 3 if code != "truncated" else 4)


@pytest.mark.parametrize("column", PATHS)
def test_every_column_that_is_known_is_read(column: str) -> None:
    """Its text reaches the unit: as a reading, a name, or a flag that it is unreadable."""
    values = {"serial": "1654423001593", "uuid": f"GPU-{'3c' * 16}"}
    value = values.get(column.removeprefix("gpu_"), "7")
    beside, beside_value = ("name", "L4") if "uuid" in column else ("uuid", UUID)

    def units(cell: str) -> object:
        return read_report(table(f"{beside}, {column}", f"{beside_value}, {cell}")).units

    assert units(value) != units("N/A")
