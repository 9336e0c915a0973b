"""A plain CSV of more cards than one report may have is cut at its nodes."""

import pytest

from ledger.inventory import GPUS_MOST, read_report, split_table
from ledger.inventory.table_parts import PART_ROWS
from tests.ledger.things.dumps import CSV_HEADER


def row(number: int, node: str) -> str:
    return f"nvidia,H100SXM,{1_700_000_000_000 + number},692-2G520-0200-000,,{node},"


def table(rows: int, per_node: int = 8, *, end: str = "\n") -> bytes:
    lines = [CSV_HEADER, *(row(at, f"node{at // per_node:04d}") for at in range(rows))]
    return (end.join(lines) + end).encode()


@pytest.mark.parametrize(
    ("raw", "parts"),
    [(table(GPUS_MOST - 1), 0), (table(GPUS_MOST), 5), (b"", 0), (b"\n" * 2_000, 0)],
    ids=["at most what one report may have", "one line more", "empty", "blank lines"],
)
def test_a_table_is_cut_only_where_it_is_too_long(raw: bytes, parts: int) -> None:
    assert len(split_table(raw)) == (parts - 1 if parts else 0)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_each_part_is_a_table_with_whole_nodes_and_none_is_lost(end: str) -> None:
    parts = split_table(table(3_200, end=end))

    read = [read_report(part.raw) for part in parts]
    assert sum(len(report.units) for report in read) == 3_200
    assert max(len(report.units) for report in read) <= PART_ROWS
    nodes = [{unit.node for unit in report.units} for report in read]
    assert sum(map(len, nodes)) == len(set().union(*nodes)) == 400
    assert [part.line for part in parts[:2]] == [2, 2 + PART_ROWS]


def test_rows_of_one_node_that_stand_apart_come_together() -> None:
    lines = [row(at, f"node{at % 300:04d}") for at in range(1_200)]
    parts = split_table("\n".join([CSV_HEADER, *lines, ""]).encode())
    nodes = [{unit.node for unit in read_report(part.raw).units} for part in parts]
    assert sum(map(len, nodes)) == 300


def test_a_row_with_broken_quoting_is_told_by_the_reader_of_its_part() -> None:
    lines = [row(at, f"node{at // 8:04d}") for at in range(1_200)]
    lines[700] = '"' + lines[700]
    parts = split_table("\n".join([CSV_HEADER, *lines, ""]).encode())
    assert sum(part.raw.count(b"\n") - 1 for part in parts) == 1_200


def test_other_long_files_are_left_alone() -> None:
    assert split_table(b"Dear Sir,\n" * 3_000) == []
    assert split_table(b"\x7fELF\x00\n" * 3_000) == []
