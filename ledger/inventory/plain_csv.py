"""Reads a plain CSV of cards as a person would type it, and tells what a spreadsheet broke."""

import csv
import re

from ledger.refusals import Sentence, sentence_of
from ledger.reports import identity
from ledger.reports.report import (
    NAME_MOST,
    DraftReport,
    ReaderWarning,
    RejectedUnit,
    UnitReading,
    Unreadable,
    must_be_few,
    place_in_file,
)
from ledger.reports.source import Source

FORMAT = "csv"
HEADER = ("vendor", "model", "serial", "board_part_number", "uuid", "node", "slot")

_COLUMNS_MOST = 64
_VENDOR_MOST = 40  # characters; it goes into the register as it was typed
_SLOT = re.compile(r"\d{1,4}", re.ASCII)
_QUOTED = re.compile(r"""(?:="(.*)"|'(.*))""")  # ="0123" and '0123: text, to a spreadsheet
TEMPLATE = sentence_of(
    "Give the columns {columns}, by these very names: copy them from here, or from what "
    "`gpubourse import --template` prints",
    columns=",".join(HEADER),
)
_COLUMNS_LEAST = 3  # of a table that was meant as one
_SAVED_AGAIN = sentence_of("Save it again as CSV")


def is_header(line: str) -> bool:
    """Whether this first line is one of ours, or was meant to be."""
    return {"vendor", "serial"} <= set(_columns(line, _separator(line)))


def refuse_table(source: Source) -> Unreadable | None:
    """Why a table is none of ours, where the file is one: which columns it lacks.

    None for a file whose first two lines have no cells in common.
    """
    lines = [(n, line) for n, line in enumerate(source.lines, start=1) if line.strip()][:2]
    number, header = lines[0]
    separator = _separator(header)
    cells = header.count(separator) + 1
    if len(lines) == 1 or cells < _COLUMNS_LEAST or lines[1][1].count(separator) + 1 != cells:
        return None
    columns = _columns(header, separator)
    missing = ", ".join(name for name in HEADER if name not in columns)
    detail = sentence_of("this is a table whose header lacks {columns}", columns=missing)
    if not header.isascii():
        detail = sentence_of(
            "this is a table whose header lacks {columns}: columns are known by their English "
            "names alone",
            columns=missing,
        )
    return source.unrecognised(detail, TEMPLATE, number)


def read_csv(source: Source) -> DraftReport:
    """Rows as units; a row that cannot be trusted goes to `rejected`, the others stand.

    Raises: Unreadable for a missing column, broken quoting, or a last row that is cut.
    """
    rows = [(n, line) for n, line in enumerate(source.lines, start=1) if line.strip()]
    separator = _separator(rows[0][1])
    columns = _columns(rows[0][1], separator)
    if len(columns) > _COLUMNS_MOST:
        detail = sentence_of(
            "the header has {number} columns, and at most {most} are read",
            number=len(columns),
            most=_COLUMNS_MOST,
        )
        raise source.unrecognised(detail, TEMPLATE, rows[0][0])
    missing = [name for name in HEADER if name not in columns]
    if missing:
        detail = sentence_of("the header lacks {columns}", columns=", ".join(missing))
        raise source.unrecognised(detail, TEMPLATE, rows[0][0])
    draft = DraftReport(format=FORMAT, units=[])
    draft.warnings = [
        ReaderWarning("column_ignored", rows[0][0], name[:40])
        for name in columns
        if name not in HEADER
    ]
    for line, text in rows[1:]:
        cells = _cells(source, text, separator, line)
        if len(cells) < len(columns) and line == rows[-1][0]:
            detail = sentence_of(
                "the last row has {count} of {number} cells", count=len(cells), number=len(columns)
            )
            raise source.truncated(detail, sentence_of("Save the whole table again as CSV"))
        must_be_few(len(draft.units) + len(draft.rejected) + 1, line)
        if len(cells) != len(columns):
            detail = uneven(len(cells), len(columns))
            draft.rejected.append(RejectedUnit(place_in_file(line), "not_recognised", detail))
            continue
        _take(draft, dict(zip(columns, cells, strict=True)), line)
    return draft


def uneven(cells: int, columns: int) -> Sentence:
    """What is wrong with a row of another length than its header."""
    if cells > columns:
        return sentence_of(
            "the row has {count} cells, and the header {number}: a cell with a comma in it stands "
            "in quotes",
            count=cells,
            number=columns,
        )
    return sentence_of(
        "the row has {count} cells, and the header {number}", count=cells, number=columns
    )


def _take(draft: DraftReport, row: dict[str, str], line: int) -> None:
    if rejection := _rejection(row):
        draft.rejected.append(RejectedUnit(place_in_file(line), *rejection, row["node"]))
        return
    vendor = _vendor(row["vendor"].casefold())
    serial, serial_flag = identity.serial(vendor, row["serial"])
    draft.units.append(
        UnitReading(
            line=line,
            vendor=vendor,
            model_name=row["model"][:NAME_MOST] or None,
            serial=serial,
            board_part_number=identity.board_part(vendor, row["board_part_number"]),
            uuid=identity.uuid(vendor, row["uuid"]),
            node=row["node"],
            slot=int(row["slot"]) if _SLOT.fullmatch(row["slot"]) else None,
            flags=("declared_only", *([serial_flag] if serial_flag else [])),
        )
    )


def _rejection(row: dict[str, str]) -> tuple[str, Sentence] | None:
    """(code, detail) of a row that cannot be trusted."""
    if identity.is_serial_damaged(row["serial"]):
        return "serial_damaged", sentence_of(
            "a spreadsheet turned the serial into the number {serial}; format the column as text "
            "and copy the serial again",
            serial=row["serial"],
        )
    if not row["vendor"] or not any(row[name] for name in ("serial", "uuid", "node")):
        return "not_recognised", sentence_of(
            "the row names no card: it needs a vendor, and a serial, a UUID or a node"
        )
    if len(row["vendor"]) > _VENDOR_MOST:
        return "not_recognised", sentence_of(
            "the vendor is longer than {most} characters: give the maker's name",
            most=_VENDOR_MOST,
        )
    return None


def _vendor(typed: str) -> str:
    if typed.startswith("nvidia"):  # "NVIDIA Corporation"
        return "nvidia"
    return "amd" if typed.startswith(("amd", "advanced micro devices")) else typed


def _separator(header: str) -> str:
    return max(",;\t", key=header.count)  # a spreadsheet in a country of decimal commas writes ;


def _columns(header: str, separator: str) -> list[str]:
    return [name.strip().strip('"').casefold() for name in header.split(separator)]


def _cells(source: Source, text: str, separator: str, line: int) -> list[str]:
    try:
        cells = next(csv.reader([text], delimiter=separator, strict=True))
    except csv.Error as error:
        raise source.unrecognised(
            sentence_of("the row's quoting is broken ({error})", error=str(error)),
            _SAVED_AGAIN,
            line,
        ) from None
    return [_text(cell.strip()) for cell in cells]


def _text(cell: str) -> str:
    kept = _QUOTED.fullmatch(cell)
    return cell if kept is None else (kept[1] or kept[2] or "").strip()
