"""A plain CSV of a whole fleet, cut at its nodes: a report has at most 1,024 cards."""

import csv
from typing import Final

from ledger.inventory import plain_csv
from ledger.reports.report import GPUS_MOST, Unreadable
from ledger.reports.report_parts import ReportPart
from ledger.reports.source import read_source

PART_ROWS: Final = 256  # of one part, but for a node that has more
_SEPARATORS: Final = ",;\t"


def split_table(raw: bytes) -> list[ReportPart]:
    """The parts of a plain CSV of more than 1,024 rows; [] for any other file.

    Each part has the header, at most 256 rows, and each of its nodes whole. A row whose quoting is
    broken stands with the rows that name no node: the reader of that part tells it.
    """
    if raw.count(b"\n") <= GPUS_MOST:
        return []
    try:
        lines = read_source(raw).lines
    except Unreadable:
        return []  # the reader says why
    header = next((at for at, line in enumerate(lines) if line.strip()), len(lines))
    if header == len(lines) or not plain_csv.is_header(lines[header]):
        return []
    parts = []
    for numbered in _packed(_by_node(lines, header)):
        text = "\n".join([lines[header], *(line for _, line in numbered), ""])
        parts.append(ReportPart(text.encode("utf-8", "surrogateescape"), numbered[0][0], ""))
    return parts


_Numbered = list[tuple[int, str]]  # line of the file, from 1; its text


def _by_node(lines: list[str], header: int) -> list[_Numbered]:
    """The rows of each node, in the order in which the nodes come."""
    separator = max(_SEPARATORS, key=lines[header].count)
    names = [name.strip().strip('"').casefold() for name in lines[header].split(separator)]
    place = names.index("node") if "node" in names else len(names)
    found: dict[str, _Numbered] = {}
    for number, line in enumerate(lines[header + 1 :], start=header + 2):
        if line.strip():
            found.setdefault(_cell(line, separator, place), []).append((number, line))
    return list(found.values())


def _cell(line: str, separator: str, place: int) -> str:
    """One cell of a row; "" where the row has none."""
    try:
        cells = next(csv.reader([line], delimiter=separator, strict=True))
    except csv.Error:
        return ""
    return cells[place].strip() if place < len(cells) else ""


def _packed(nodes: list[_Numbered]) -> list[_Numbered]:
    """Whole nodes side by side, as many as a part holds."""
    parts: list[_Numbered] = []
    for rows in nodes:
        if parts and len(parts[-1]) + len(rows) <= PART_ROWS:
            parts[-1] += rows
        else:
            parts.append(list(rows))
    return parts
