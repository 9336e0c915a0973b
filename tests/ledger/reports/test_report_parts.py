"""Collected files: prefixes are taken off, and each server's report is found again, whole."""

import random
from collections.abc import Callable

import pytest

from ledger.inventory import Unreadable, read_report, split_reports
from ledger.reports.report_parts import PARTS_MOST
from tests.ledger.things.dumps import block, dump, real, several

ONE = dump(*several(2))
OTHER = dump(block({"Serial Number": "1654423009999", "GPU UUID": "GPU-" + "1b" * 16}))
PREFIXES: dict[str, Callable[[int], str]] = {
    "pdsh": lambda _: "node07: ",
    "clush": lambda _: "gpu-17.example.org: ",
    "kubectl": lambda _: "[pod/dump-x7k2q/dump] ",
    "compose": lambda _: "dump-1  | ",
    "mail": lambda _: "> ",
    "indented": lambda _: "    ",
    "journal": lambda at: f"Nov 28 12:00:{at % 60:02} node07 dump[123]: ",
    "timestamps": lambda at: f"2026-11-28T12:00:{at % 60:02}.123456789Z ",
}


def serials(raw: bytes) -> list[str | None]:
    return [unit.serial for unit in read_report(raw).units]


def prefixed(raw: bytes, prefix: Callable[[int], str]) -> list[str]:
    return [prefix(at) + line for at, line in enumerate(raw.decode().split("\n"))]


@pytest.mark.parametrize("kind", PREFIXES)
def test_a_prefix_of_every_line_is_taken_off(kind: str) -> None:
    lines = prefixed(ONE, PREFIXES[kind])
    report = read_report("\n".join(lines).encode())
    assert report.units == read_report(ONE).units
    assert report.taken_local == read_report(ONE).taken_local

    trimmed = "\n".join(line.rstrip() for line in lines)  # an editor took the blanks at line ends
    assert read_report(trimmed.encode()).units == report.units

    behind = "\n".join([*lines, "node07: exited with 0" if kind == "none" else "done"])
    assert read_report(behind.encode()).units == report.units


def test_a_line_without_the_prefix_is_named() -> None:
    lines = prefixed(ONE, PREFIXES["pdsh"])
    lines[9] = lines[9].removeprefix("node07: ")
    with pytest.raises(Unreadable) as refused:
        read_report("\n".join(lines).encode())
    assert (refused.value.code, refused.value.line) == ("not_recognised", 10)
    assert "`node07:`" in refused.value.detail


def test_a_file_of_one_report_is_that_report_byte_for_byte() -> None:
    for raw in (ONE, b"", b"anything \xff", real("nvidia-smi-x_a10g.xml"), ONE[:300]):
        assert [part.raw for part in split_reports(raw)] == [raw]


def test_reports_behind_each_other_are_split_at_their_banners() -> None:
    collected = b"root@a:~# nvidia-smi -q\n" + ONE + b"\nroot@b:~# nvidia-smi -q" + OTHER
    parts = split_reports(collected)
    assert [serials(part.raw) for part in parts] == [serials(ONE), serials(OTHER)]
    assert [read_report(part.raw).hostname for part in parts] == ["a", "b"]
    lines = collected.split(b"\n")
    assert [lines[part.line - 1] for part in parts] == [
        b"root@a:~# nvidia-smi -q",
        b"root@b:~# nvidia-smi -q",
    ]


def test_xml_reports_are_split_at_their_ends() -> None:
    one = real("nvidia-smi-x_a10g.xml")
    other = real("nvidia-smi-x_rtx-3090-v12.xml")
    parts = split_reports(one + b"\n" + other)
    assert [[unit.uuid for unit in read_report(part.raw).units] for part in parts] == [
        [unit.uuid for unit in read_report(each).units] for each in (one, other)
    ]
    assert b"".join(part.raw for part in parts) == one + b"\n" + other
    lines = (one + b"\n" + other).split(b"\n")
    assert [lines[part.line - 1][:5] for part in parts] == [b"<?xml", b"<?xml"]


def test_mixed_lines_of_several_servers_are_sorted_by_their_names() -> None:
    one = prefixed(ONE, lambda _: "node1: ")
    other = prefixed(OTHER, lambda _: "node11: ")
    dice = random.Random(5)
    mixed = []
    while one or other:
        mixed.append((one if dice.random() * (len(one) + len(other)) < len(one) else other).pop(0))
    parts = split_reports("\n".join(mixed).encode())
    assert sorted((part.host, tuple(serials(part.raw))) for part in parts) == [
        ("node1", tuple(serials(ONE))),
        ("node11", tuple(serials(OTHER))),
    ]


def test_a_report_that_was_quoted_twice_is_not_the_one_that_was_quoted_once() -> None:
    """One name may be the beginning of another: the longer counts."""
    once, twice = prefixed(ONE, lambda _: "> "), prefixed(OTHER, lambda _: "> > ")
    parts = split_reports("\n".join([*once, *twice]).encode())

    assert [serials(part.raw) for part in parts] == [serials(ONE), serials(OTHER)]


def test_a_prefix_of_which_a_blank_is_left_is_still_that_prefix() -> None:
    lines = prefixed(ONE, lambda _: "node07:   ")
    shorter = [line if line.strip() != "node07:" else "node07: " for line in lines]

    assert shorter != lines
    assert read_report("\n".join(shorter).encode()).units == read_report(ONE).units


def test_no_more_parts_are_made_than_one_file_may_hold() -> None:
    many = (OTHER + b"\n") * (PARTS_MOST + 3)
    parts = split_reports(many)
    assert len(parts) == PARTS_MOST
    before = many.split(b"\n")[: parts[-1].line - 1]
    assert sum(b"NVSMI LOG" in line for line in before) == PARTS_MOST - 1
    assert b"".join(part.raw for part in parts) == many
