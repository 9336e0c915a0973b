"""What sellers really bring, as the page beside the files says it: every file has its row here."""

from collections.abc import Callable

import pytest

from ledger.inspection.report_inspection import ReportInspection, inspect_report
from ledger.inventory import Unreadable, read_report, split_reports
from ledger.reports.identity import identity
from tests.ledger.things.dumps import IN_THE_WILD, real

Judge = Callable[[str], None]


def raw(file: str) -> bytes:
    return real(file, IN_THE_WILD)


def inspected(file: str) -> ReportInspection:
    return inspect_report(raw(file))


def refusal(file: str) -> Unreadable:
    with pytest.raises(Unreadable) as refused:
        read_report(raw(file))
    return refused.value


def an_old_driver(file: str) -> None:
    found = inspected(file)
    assert [unit.identity.level for unit in found.units] == ["strong"] * 8
    assert {unit.reading.board_part_number for unit in found.units} == {"900-2G503-0300-000"}
    assert found.nodes[0].kind.model == "V100SXM16GX8"


def a_part_that_is_an_error(file: str) -> None:
    (unit,) = inspected(file).units
    assert (unit.reading.board_part_number, unit.identity.level) == (None, "medium")
    assert "part_not_identifying" in unit.flags
    said = " ".join(inspected(file).sentences)
    assert "line 30 (Unknown Error)" in said
    assert "take the whole report, `nvidia-smi -q`, as root" in said


def lost(file: str) -> None:
    report = read_report(raw(file))
    assert report.units == ()
    (left,) = report.rejected
    assert "`GPU is lost`" in left.detail
    assert "reboot the server or reseat the card" in left.detail


def off_the_bus(file: str) -> None:
    no = refusal(file)
    assert (no.code, no.line) == ("no_gpu_found", 1)
    assert "0000:BA:00.0" in no.detail
    assert "Reboot the server, or reseat the card" in no.advice


def two_on_one_board(file: str) -> None:
    found = inspected(file)
    assert len(found.units) == 2
    assert found.rejected == ()
    assert len({unit.reading.serial for unit in found.units}) == 1
    assert len({unit.identity.uuid for unit in found.units}) == 2
    assert {unit.identity.strong_key for unit in found.units} == {None}, "a serial of two is no key"


def amd(file: str) -> None:
    (unit,) = inspected(file).units
    assert unit.identity.strong_key == ("amd", "692300001111", "102-G36212-0C")
    assert unit.identity.uuid == "0x1234567890abcdef"


def another_maker(file: str) -> None:
    no = refusal(file)
    assert "Huawei Ascend" in no.detail
    assert "NVIDIA's and AMD's" in no.detail
    assert "vendor,model,serial,board_part_number,uuid,node,slot" in no.advice


def no_header(file: str) -> None:
    no = refusal(file)
    assert "--query-gpu" in no.detail
    assert "nvidia-smi --query-gpu=timestamp,index,name,serial,uuid" in no.advice


def afternoon(file: str) -> None:
    assert read_report(raw(file)).taken_local == "2026-11-26T22:00:00"
    assert any("CST" in sentence for sentence in inspected(file).sentences)


def prefixed(file: str) -> None:
    report = read_report(raw(file))
    plain = b"\n".join(
        line.removeprefix(b"node07: ").removeprefix(b"node07:") for line in raw(file).split(b"\n")
    )
    assert report.units == read_report(plain).units
    assert len(report.units) == 1
    assert report.taken_local == "2026-11-26T10:00:00"


def two_servers(file: str) -> None:
    assert "2 reports" in refusal(file).detail
    parts = split_reports(raw(file))
    assert [part.line for part in parts] == [1, 223]
    serials = [[unit.serial for unit in read_report(part.raw).units] for part in parts]
    assert serials == [["1659900000001"], ["1659900000037"]]


def broken_lines(file: str) -> None:
    report = read_report(raw(file))
    (unit,) = report.units
    assert (unit.board_part_number, identity(unit).strong_key) == (None, None)
    warned = {(each.code, each.line, each.value) for each in report.warnings}
    assert ("not_identifying", 32, "695-2G520-0280-0") in warned


RIGHT: dict[str, Judge] = {
    "v100x8_driver470.txt": an_old_driver,
    "l4_board_part_Unknown_Error.txt": a_part_that_is_an_error,
    "h200_lost_everything.txt": lost,
    "handle_lost.txt": off_the_bus,
    "k80_two_gpus_one_serial.txt": two_on_one_board,
    "amd-smi_static.txt": amd,
    "npu-smi_info.txt": another_maker,
    "query-gpu_noheader.csv": no_header,
    "pm.txt": afternoon,
    "pdsh_prefix.txt": prefixed,
    "two_hosts.txt": two_servers,
    "word_smartquotes_softwrap.txt": broken_lines,
}


@pytest.mark.parametrize("file", RIGHT)
def test_a_report_in_the_wild_is_read_as_its_page_says(file: str) -> None:
    RIGHT[file](file)


def test_no_report_in_the_wild_is_left_out() -> None:
    real("pm.txt", IN_THE_WILD)
    assert {path.name for path in IN_THE_WILD.iterdir()} == {*RIGHT, "README.md"}
