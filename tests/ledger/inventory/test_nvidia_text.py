"""The hard cases of `nvidia-smi -q` text: cut, pasted, recoded, doubled, damaged."""

import pytest

from ledger.inventory import REPORT_BYTES_MOST, Report, Unreadable, must_fit, read_report
from tests.ledger.things.dumps import block, dump, several


def refusal(raw: bytes) -> Unreadable:
    with pytest.raises(Unreadable) as refused:
        read_report(raw)
    return refused.value


def flags_of(report: Report) -> set[str]:
    return {flag for unit in report.units for flag in unit.flags}


def codes_of(report: Report) -> set[str]:
    return {warned.code for warned in report.warnings}


def test_a_dump_in_utf16_or_with_crlf_is_the_same_dump() -> None:
    text = dump(*several(2)).decode()
    plain = read_report(text.encode())
    crlf = text.replace("\n", "\r\n")
    for raw in (
        crlf.encode(),
        b"\xff\xfe" + crlf.encode("utf-16-le"),
        b"\xfe\xff" + text.encode("utf-16-be"),
        b"\xef\xbb\xbf" + text.encode(),
    ):
        other = read_report(raw)
        assert other.units == plain.units
        assert other.taken_ns == plain.taken_ns


def test_a_dump_pasted_from_a_terminal_is_read_and_names_its_host() -> None:
    pasted = (
        b"\x1b]0;root@gpu-17: ~\x07\x1b[01;32mroot@gpu-17\x1b[00m:~# nvidia-smi -q\n"
        + dump(*several(2)).replace(b"Enabled", b"\x1b[32mEnabled\x1b[0m")
        + b"\n\x1b[01;32mroot@gpu-17\x1b[00m:~# "
    )
    report = read_report(pasted)
    assert report.hostname == "gpu-17"
    assert [unit.readings["ecc_on"] for unit in report.units] == [1, 1]
    assert report.attached_count == 2


def test_a_cut_block_is_refused_with_its_byte_and_line() -> None:
    raw = dump(*several(3))
    cut = raw[: raw.rindex(b"Remapped Rows")]
    refused = refusal(cut)
    assert refused.code == "truncated"
    assert "GPU 3 of 3" in refused.detail
    assert refused.byte == len(cut)
    assert refused.line == cut.count(b"\n") + 1
    assert "nvidia-smi -q > dump.txt" in refused.advice


def test_a_cut_block_in_the_middle_is_refused_too() -> None:
    first, second = several(2)
    assert refusal(dump(first.replace("    Processes : None\n", ""), second)).code == "truncated"


def test_a_report_cut_before_its_first_gpu_is_truncated() -> None:
    assert refusal(dump(attached=8)).code == "truncated"


def test_whole_blocks_fewer_than_attached_are_read_with_a_warning() -> None:
    report = read_report(dump(*several(2), attached=8))
    assert len(report.units) == 2
    assert "gpu_count_mismatch" in codes_of(report)


def test_no_attached_gpu_is_no_gpu_found() -> None:
    assert refusal(dump(attached=0)).code == "no_gpu_found"


def test_two_hosts_in_one_file_are_refused_and_the_second_is_pointed_at() -> None:
    one = dump(*several(1))
    refused = refusal(one + b"\n" + one)
    assert refused.code == "not_recognised"
    assert refused.line is not None
    assert refused.byte is not None
    assert (one + b"\n" + one)[refused.byte :].startswith(b"==============NVSMI LOG")


def test_a_lost_gpu_line_is_no_single_card() -> None:
    first, second = several(2)
    merged = first + second.split("\n", 1)[1]
    assert refusal(dump(merged)).code == "not_recognised"


def test_a_part_of_a_report_is_sent_back_for_the_whole() -> None:
    part = "GPU 00000000:18:00.0\n    ECC Mode\n        Current : Enabled\n"
    refused = refusal(dump(part))
    assert refused.code == "not_recognised"
    assert "-d" in refused.advice


@pytest.mark.parametrize("raw", [b"", b" \n\r\n", b"\x7fELF\x02\x00\x00", b"hello", b"\xff\xfe"])
def test_what_is_no_inventory_is_refused_with_what_to_do(raw: bytes) -> None:
    refused = refusal(raw)
    assert refused.code == "not_recognised"
    assert refused.detail
    assert refused.advice
    assert str(refused).endswith(".")


def test_the_overview_is_known_and_sent_back() -> None:
    overview = b"+-----+\n| NVIDIA-SMI 550.54.14   Driver Version: 550.54.14 |\n"
    assert "overview" in refusal(overview).detail
    listed = b"GPU 0: NVIDIA L4 (UUID: GPU-453f8851-d1a3-e72d-4d85-3ef04418205b)\n"
    assert "overview" in refusal(listed).detail
    assert refusal(b"No devices were found\n").code == "no_gpu_found"


def test_half_a_utf16_character_at_the_end_is_truncated() -> None:
    raw = b"\xff\xfe" + dump(*several(1)).decode().encode("utf-16-le")
    assert refusal(raw[:-1]).code == "truncated"


def test_a_file_of_200_mb_is_refused_by_its_size_alone() -> None:
    with pytest.raises(Unreadable) as refused:
        must_fit(200_000_000)
    assert refused.value.code == "too_large"
    assert refusal(bytes(REPORT_BYTES_MOST + 1)).code == "too_large"


def test_more_than_1024_gpus_are_refused() -> None:
    tiny = "\n".join(f"GPU 00000000:18:00.{at % 8}\n    Product Name : X" for at in range(1_025))
    assert refusal(dump(tiny)).code == "too_large"


def test_a_decimal_comma_is_read() -> None:
    report = read_report(dump(block({"Power Draw": "100,89 W"})))
    assert report.units[0].readings["power_mw"] == 100_890


@pytest.mark.parametrize(
    "stamp",
    [
        "Thu Nov 14 07:00:14 2024",
        "Do Nov 14 07:00:14 2024",
        "jeu. nov. 14 07:00:14 2024",
        "четверг ноября 14 07:00:14 2024",
        "四 11月 14 07:00:14 2024",
        "2024-11-14 07:00:14",
        "2024/11/14 07:00:14",
    ],
)
def test_a_time_in_another_language_is_the_same_time(stamp: str) -> None:
    report = read_report(dump(*several(1), stamp=stamp))
    assert report.taken_local == "2024-11-14T07:00:14"
    assert report.taken_ns == 1_731_567_614_000_000_000
    assert report.zone_assumed


@pytest.mark.parametrize("stamp", [None, "", "N/A", "Thu Foo 14 07:00:14 2024", "Feb 30 1:2:3 24"])
def test_a_time_that_cannot_be_read_is_no_time(stamp: str | None) -> None:
    report = read_report(dump(*several(1), stamp=stamp))
    assert report.taken_ns is None
    assert "report_undated" in codes_of(report)


def test_a_time_in_another_code_page_is_read_as_far_as_it_can_be() -> None:
    raw = dump(*several(1), stamp="FEV 14 07:00:14 2024").replace(b"FEV", "févr.".encode("latin-1"))
    report = read_report(raw)
    assert "not_utf8" in codes_of(report)
    assert report.units[0].serial == "1654423001593"
    assert report.taken_ns is None


def test_an_unreadable_value_is_missing_and_never_no() -> None:
    report = read_report(dump(block({"Remapping Failure Occurred": "[Unknown Error]"})))
    assert "remap_failure" not in report.units[0].readings
    assert "unreadable:remap_failure" in flags_of(report)


def test_a_value_that_does_not_apply_is_missing_without_a_word() -> None:
    report = read_report(dump(block({"SRAM Threshold Exceeded": "N/A"})))
    assert "sram_threshold" not in report.units[0].readings
    assert flags_of(report) == set()


@pytest.mark.parametrize("action", ["Reset", "Reboot", "Drain P2P", "Drain and Reset"])
def test_a_recovery_action_is_a_need(action: str) -> None:
    report = read_report(dump(block({"GPU Recovery Action": action})))
    assert report.units[0].readings["recovery_needed"] == 1


def test_volta_counts_its_errors_by_the_part_of_the_chip() -> None:
    volta = (
        "    ECC Errors\n"
        "        Aggregate\n"
        "            Single Bit\n"
        "                Device Memory : 5\n"
        "            Double Bit\n"
        "                Device Memory : 1\n"
        "                Register File : 0\n"
        "                L1 Cache : N/A\n"
        "                L2 Cache : 2\n"
        "                Total : 3\n"
        "    Processes : None\n"
    )
    dropped = dict.fromkeys(("SRAM Correctable", "DRAM Correctable", "DRAM Uncorrectable"))
    parity = dict.fromkeys(f"SRAM Uncorrectable {kind}" for kind in ("Parity", "SEC-DED"))
    modern = block(dropped | parity, name="Tesla V100-SXM2-32GB")
    readings = read_report(dump(modern.replace("    Processes : None\n", volta))).units[0].readings
    assert readings["dram_correctable"] == 5
    assert readings["dram_uncorrectable"] == 1
    assert readings["sram_uncorrectable"] == 2


def test_a_vgpu_guest_or_a_mig_instance_is_no_physical_unit() -> None:
    first, second = several(2)
    guest = second.replace(": None", ": VGPU", 1)
    report = read_report(dump(first, guest))
    assert len(report.units) == 1
    (left,) = report.rejected
    assert left.code == "not_a_physical_unit"
    assert left.where.startswith("line ")
    named = block({"GPU UUID": "MIG-b42dd28e-ffdd-8720-1df0-98bd8cdc05b1"})
    profile = block(name="NVIDIA H100 80GB HBM3 MIG 1g.10gb")
    for slice_ in (named, profile):
        assert [r.code for r in read_report(dump(slice_)).rejected] == ["not_a_physical_unit"]


def test_modes_are_flags() -> None:
    report = read_report(
        dump(block({"MIG Mode/Current": "Enabled", "Virtualization Mode": "Pass-Through"}))
    )
    assert flags_of(report) == {"mig_enabled", "pass_through"}


def test_a_serial_twice_in_one_file_is_refused_and_the_first_is_named() -> None:
    first, second = several(2)
    report = read_report(dump(first, second.replace("1654423001594", "1654423001593")))
    (left,) = report.rejected
    assert left.code == "duplicate_in_file"
    assert report.units[0].where in left.detail
    assert len(report.units) == 1


def test_a_uuid_twice_in_one_file_is_refused() -> None:
    first, second = several(2)
    report = read_report(dump(first, second.replace("98bd8cdc0001", "98bd8cdc0000")))
    assert [left.code for left in report.rejected] == ["duplicate_in_file"]


def test_two_cards_with_the_same_junk_serial_are_two_cards() -> None:
    junk = [
        text.replace(f"{1654423001593 + at}", "0000000000000") for at, text in enumerate(several(2))
    ]
    report = read_report(dump(*junk))
    assert [unit.serial for unit in report.units] == [None, None]
    assert report.rejected == ()


def test_modules_are_slots_only_if_they_tell_the_cards_apart() -> None:
    first, second = several(2)
    line = "    Module ID : {}\n    Processes"
    apart = read_report(
        dump(
            first.replace("    Processes", line.format(7)),
            second.replace("    Processes", line.format(3)),
        )
    )
    assert [unit.slot for unit in apart.units] == [7, 3]
    alike = read_report(
        dump(*(b.replace("    Processes", line.format(1)) for b in (first, second)))
    )
    assert [unit.slot for unit in alike.units] == [0, 1]
