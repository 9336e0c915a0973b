"""`gpubourse inspect` keeps its contract: offline, every real file, and a clear no."""

import json
from pathlib import Path

import pytest

from tests.gateway.cli.lines import document, said
from tests.ledger.things.dumps import INVENTORIES, block, dump, real

UNIT_MEMBERS = [
    *("vendor", "model", "serial", "uuid", "board_part_number", "vbios", "memory_mib"),
    *("identity", "grade", "flags", "reasons"),
]
# DOMAIN 1's table: file -> units, identity, grades as of the report's own time
TABLE = {
    "nvidia-smi-q_H100SXMx8.txt": (8, "strong", "AAAAAAAA"),
    "nvidia-smi-q_RTX_A6000_x9.txt": (9, "strong", "AAAAAAAAA"),
    "nvidia-smi-q_A10.txt": (1, "strong", "A"),
    "nvidia-smi-q_H200.txt": (1, "strong", "A"),
    "nvidia-smi-q_L4.txt": (1, "strong", "A"),
    "nvidia-smi-q_L40S.txt": (1, "strong", "A"),
    "nvidia-smi-q_H100NVLx2.txt": (2, "strong", "AA"),
    "nvidia-smi-q_A40x10.txt": (10, "strong", "AAAAAAABBB"),
    "nvidia-smi-q_RTX6000Ada_x8.txt": (8, "strong", "UUUUUUUU"),
    "nvidia-smi-q_RTX2000Ada.txt": (1, "strong", "U"),
    "nvidia-smi-q_RTX4000Ada.txt": (1, "strong", "U"),
    "nvidia-smi-q_RTX3070.txt": (1, "medium", "U"),
    "nvidia-smi-q_RTX3080.txt": (1, "medium", "U"),
    "nvidia-smi-q_RTX3090.txt": (2, "medium", "UU"),
    "nvidia-smi-q_RTX4060Ti.txt": (2, "medium", "UU"),
    "nvidia-smi-q_RTX5090.txt": (1, "medium", "U"),
    "nvidia-smi-x_a10g.xml": (1, "medium", "A"),
    "nvidia-smi-x_rtx-3090-v12.xml": (1, "medium", "U"),
    "nvidia-smi-x_rtx-4000-sff-ada-v13.xml": (1, "medium", "U"),
    "nvidia-smi-q_MI300X_x4.txt": (4, "medium", "UUUU"),
}


@pytest.mark.parametrize("name", TABLE)
def test_a_real_file_is_read_as_the_table_says(name: str) -> None:
    real(name)
    count, identity, grades = TABLE[name]

    found = document(said("inspect", str(INVENTORIES / name), "--json"))

    assert list(found) == ["units", "rejected"]
    assert all(list(unit) == UNIT_MEMBERS for unit in found["units"])
    assert [unit["identity"] for unit in found["units"]] == [identity] * count
    assert "".join(sorted(unit["grade"] for unit in found["units"])) == grades


@pytest.mark.parametrize("name", ["redfish_dell_systems.json", "redfish_hp_chassis.json"])
def test_a_file_without_a_gpu_ends_2_and_says_why(name: str) -> None:
    real(name)

    caller = said("inspect", str(INVENTORIES / name), "--json")

    assert caller.exit_code == 2
    assert "no_gpu_found" in caller.stderr
    (left,) = json.loads(caller.stdout)["rejected"]
    assert left["why"].startswith("no_gpu_found: ")


def test_a_serial_that_identifies_nothing_is_null() -> None:
    real("nvidia-smi-q_RTX5090.txt")

    (unit,) = document(said("inspect", str(INVENTORIES / "nvidia-smi-q_RTX5090.txt"), "--json"))[
        "units"
    ]

    assert unit["serial"] is None
    assert "serial_not_identifying" in unit["flags"]


def test_a_person_reads_a_table_and_what_to_do_next() -> None:
    real("nvidia-smi-q_H100SXMx8.txt")

    told = said("inspect", str(INVENTORIES / "nvidia-smi-q_H100SXMx8.txt")).stdout

    assert "1654423001593" in told
    assert "8 units: identity 8 strong; grade 8 A. One whole node H100SXM8." in told
    assert "An import today would be graded U: take a fresh one" in told


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "empty_file"),
        (b"\x7fELF\x00\x01\x02" * 99, "not_recognised"),
        (b"Dear Sir,\n", "not_recognised"),
        (dump(block())[:700], "truncated"),
    ],
    ids=["empty", "binary", "a letter", "cut off"],
)
def test_a_bad_file_ends_2_with_one_sentence_and_no_traceback(
    raw: bytes, code: str, tmp_path: Path
) -> None:
    (tmp_path / "dump.txt").write_bytes(raw)

    caller = said("inspect", str(tmp_path / "dump.txt"))

    assert caller.exit_code == 2
    assert code in caller.stderr
    assert "Traceback" not in caller.stderr


def test_a_file_of_200_mb_is_refused_by_its_size_unread(tmp_path: Path) -> None:
    with (tmp_path / "dump.txt").open("wb") as file:
        file.truncate(200 << 20)

    caller = said("inspect", str(tmp_path / "dump.txt"))

    assert caller.exit_code == 2
    assert "too_large: the file has 209,715,200 bytes" in caller.stderr


def test_a_file_that_is_not_there_and_an_empty_folder_end_2(tmp_path: Path) -> None:
    missing = said("inspect", str(tmp_path / "dump.txt"))
    folder = said("inspect", str(tmp_path))

    assert (missing.exit_code, folder.exit_code) == (2, 2)
    assert "There is no file" in missing.stderr
    assert f"The folder {tmp_path} holds no file." in folder.stderr


def test_of_two_files_the_good_one_is_shown_and_the_bad_one_named(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_bytes(dump(block()))
    (tmp_path / "bad.txt").write_bytes(b"?")

    caller = said("inspect", str(tmp_path / "good.txt"), str(tmp_path / "bad.txt"), "--json")

    assert caller.exit_code == 2
    good, bad = json.loads(caller.stdout)["files"]
    assert len(good["units"]) == 1
    assert bad["units"] == []
    assert "bad.txt" in caller.stderr


def test_of_several_files_one_that_is_not_there_is_named_and_the_others_are_read(
    tmp_path: Path,
) -> None:
    (tmp_path / "good.txt").write_bytes(dump(block()))
    names = ("good.txt", "gone.txt", "good.txt")

    caller = said("inspect", *(str(tmp_path / name) for name in names), "--json")

    assert caller.exit_code == 2
    assert [len(each["units"]) for each in json.loads(caller.stdout)["files"]] == [1, 0, 1]
    assert "There is no file" in caller.stderr


def test_windows_line_ends_are_read_the_same(tmp_path: Path) -> None:
    raw = dump(block())
    (tmp_path / "unix.txt").write_bytes(raw)
    (tmp_path / "windows.txt").write_bytes(raw.replace(b"\n", b"\r\n"))

    unix, windows = (
        document(said("inspect", str(tmp_path / name), "--json"))
        for name in ("unix.txt", "windows.txt")
    )

    assert unix == windows


def test_a_settings_venue_does_not_make_inspect_ask_anybody(tmp_path: Path) -> None:
    (tmp_path / "dump.txt").write_bytes(dump(block()))
    nobody = {"GPUBOURSE_VENUE": "http://127.0.0.1:1"}

    assert said("inspect", str(tmp_path / "dump.txt"), env=nobody).exit_code == 0
