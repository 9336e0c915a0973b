"""Plain CSV, `rocm-smi` text and Redfish JSON: what is taken, and what a spreadsheet broke."""

import json
import re

import pytest

from ledger.inventory import Report, Unreadable, read_report
from ledger.reports.identity import identity
from ledger.reports.source import read_source
from tests.house.sources import sources
from tests.ledger.things.dumps import csv, real

UUID = "GPU-b42dd28e-ffdd-8720-1df0-98bd8cdc05b1"
ROW = f"NVIDIA,H100SXM,1654423001593,692-2G520-0200-000,{UUID},rack1-1,2"


def refusal(raw: bytes) -> Unreadable:
    with pytest.raises(Unreadable) as refused:
        read_report(raw)
    return refused.value


def why(report: Report) -> list[str]:
    return [left.code for left in report.rejected]


def test_a_row_is_a_unit_known_by_its_uuid_until_a_dump_agrees() -> None:
    (unit,) = read_report(csv(ROW)).units
    assert (unit.vendor, unit.serial, unit.node, unit.slot) == (
        "nvidia",
        "1654423001593",
        "rack1-1",
        2,
    )
    known = identity(unit)
    assert known.level == "medium"
    assert known.strong_key == ("nvidia", "1654423001593", "692-2G520-0200-000")


@pytest.mark.parametrize("damaged", ["1.65442E+12", '"1,65442E+12"', "1654423001593.0"])
def test_a_serial_a_spreadsheet_made_a_number_is_refused_by_row(damaged: str) -> None:
    report = read_report(csv(ROW.replace("1654423001593", damaged), ROW))
    assert why(report) == ["serial_damaged"]
    assert report.rejected[0].where == "line 2"
    assert len(report.units) == 1


def test_twelve_digits_may_have_lost_a_zero() -> None:
    (unit,) = read_report(csv(ROW.replace("1654423001593", "654423001593"))).units
    assert unit.serial is None
    assert "leading_zero_lost?" in unit.flags
    assert identity(unit).level == "medium"


def test_a_leading_zero_kept_as_text_is_kept() -> None:
    (unit,) = read_report(csv(ROW.replace("1654423001593", "'0654423001593"))).units
    assert unit.serial == "0654423001593"


def test_without_serial_and_uuid_only_node_and_slot_are_left() -> None:
    (unit,) = read_report(csv("nvidia,L4,,,,rack1-1,3")).units
    assert identity(unit).level == "weak"
    assert (unit.node, unit.slot) == ("rack1-1", 3)


def test_a_spreadsheet_with_semicolons_is_the_same_table() -> None:
    assert read_report(csv(ROW).replace(b",", b";")).units == read_report(csv(ROW)).units


def test_a_missing_column_is_named() -> None:
    assert "board_part_number" in refusal(b"vendor,serial,uuid\nnvidia,1,2\n").detail


def test_a_cut_last_row_is_truncated_and_a_short_row_is_left_out() -> None:
    assert refusal(csv(ROW, ROW[:30])).code == "truncated"
    report = read_report(csv(ROW[:30], ROW))
    assert why(report) == ["not_recognised"]
    assert len(report.units) == 1


def test_the_same_card_in_two_rows_is_refused_once() -> None:
    report = read_report(csv(ROW, ROW.replace("rack1-1,2", "rack1-2,1")))
    assert why(report) == ["duplicate_in_file"]
    assert report.rejected[0].node == "rack1-2"


def test_a_table_of_slices_holds_no_physical_unit() -> None:
    report = read_report(csv(ROW.replace("GPU-", "MIG-")))
    assert why(report) == ["not_a_physical_unit"]


def test_a_header_alone_is_no_gpu() -> None:
    assert refusal(csv()).code == "no_gpu_found"


def test_bare_metal_amd_is_strong_by_serial_and_card_model() -> None:
    raw = real("nvidia-smi-q_MI300X_x4.txt").replace(b"MI3SRIOV", b"M3000100")
    report = read_report(raw)
    assert [identity(unit).level for unit in report.units] == ["strong"] * 4
    assert identity(report.units[0]).strong_key == ("amd", "692347006052", "0X74A1")


def test_a_rocm_report_without_its_end_is_truncated() -> None:
    raw = real("nvidia-smi-q_MI300X_x4.txt")
    assert refusal(raw[: len(raw) // 2]).code == "truncated"


def test_json_that_is_cut_or_foreign_is_refused_for_what_it_is() -> None:
    assert refusal(b'{"@odata.id": "/redfish/v1", "Model"').code == "truncated"
    assert refusal(b'{"hello": "world"}').code == "not_recognised"
    assert refusal(b"[" * 100_000).code in {"truncated", "not_recognised"}


def test_a_redfish_gpu_is_a_unit_by_its_serial_and_part() -> None:
    gpu = {
        "@odata.type": "#Processor.v1_20_0.Processor",
        "Id": "GPU_SXM_1",
        "ProcessorType": "GPU",
        "Manufacturer": "NVIDIA Corporation",
        "Model": "H100 80GB HBM3",
        "SerialNumber": "1654423001593",
        "PartNumber": "692-2G520-0200-000",
        "UUID": "b42dd28e-ffdd-8720-1df0-98bd8cdc05b1",
    }
    (unit,) = read_report(json.dumps({"Members": [gpu]}).encode()).units
    assert identity(unit).strong_key == ("nvidia", "1654423001593", "692-2G520-0200-000")
    assert (unit.model_name, unit.uuid) == ("NVIDIA H100 80GB HBM3", UUID)
    assert unit.readings == {}, "a controller tells no health"

    without = {**gpu, "PartNumber": "2330-885-A1", "UUID": "N/A", "SerialNumber": None}
    (unit,) = read_report(json.dumps(without).encode()).units
    assert identity(unit).level == "weak"


@pytest.mark.parametrize(
    ("header", "lacks", "is_english"),
    [
        ("vendor,model,uuid,node", "serial, board_part_number, slot", True),
        ("brand;type;sn", "vendor, model, serial, board_part_number, uuid, node, slot", True),
        (
            "厂商,型号,序列号,uuid",
            "vendor, model, serial, board_part_number, node, slot",
            False,
        ),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_table_of_other_columns_says_which_are_missing(
    header: str, lacks: str, is_english: bool, encoding: str
) -> None:
    separator = ";" if ";" in header else ","
    row = separator.join("x" * (header.count(separator) + 1))

    refused = refusal(f"\n{header}\n{row}\n".encode(encoding))

    assert (refused.code, refused.line) == ("not_recognised", 2)
    assert f"this is a table whose header lacks {lacks}" in str(refused.detail)
    assert ("by their English names alone" in str(refused.detail)) == (not is_english)
    assert "vendor,model,serial,board_part_number,uuid,node,slot" in str(refused.advice)
    assert "`gpubourse import --template`" in str(refused.advice)


@pytest.mark.parametrize(
    "raw", [b"Dear all,\nthe servers, as you asked\n", b"a,b,c\n", b"a,b,c\nd,e\n", b"a,b\nc,d\n"]
)
def test_what_is_no_table_is_no_table_without_columns(raw: bytes) -> None:
    assert str(refusal(raw).detail) == "the file is no inventory that we know"


def test_what_a_reader_advises_can_be_done_on_the_page_too() -> None:
    """A report is read from the page as well: a line to type is never the only way."""
    alone = [
        text
        for source in sources()
        if source.path.startswith(("ledger/inventory/", "ledger/reports/"))
        for text in re.findall(r'"[^"\n]*(?:"\s*"[^"\n]*)*"', source.text)
        if "`gpubourse" in text and not re.search(r"\bhere\b|in a file of its own", text)
    ]
    assert alone == []


@pytest.mark.parametrize(
    ("raw", "said", "advice"),
    [
        (b"PK\x03\x04\x14\0", "archive", "Unpack it"),
        (b"\x1f\x8b\x08\0", "archive", "Unpack it"),
        (b"\x89PNG\r\n\x1a\n\0", "picture", "plain UTF-8 text"),
        (b"\xff\xd8\xff\xe0\0", "picture", "plain UTF-8 text"),
        (b"%PDF-1.7\n", "printed page", "plain UTF-8 text"),
        (b"\xd0\xcf\x11\xe0\0", "workbook", "CSV UTF-8"),
        (b"a\0b", "binary, or UTF-16 without its mark", "UTF-8"),
    ],
)
def test_a_file_of_another_kind_is_told_as_what_it_is(raw: bytes, said: str, advice: str) -> None:
    with pytest.raises(Unreadable) as no:
        read_source(raw)
    assert said in str(no.value)
    assert advice in str(no.value)
