"""The tables as CSV (RFC 4180, UTF-8) that no spreadsheet takes for formulas.

A text that begins with what a spreadsheet would run, or with the mark itself, gets the mark `'`
before it: taking one leading `'` away gives back every text as it was.
"""

from typing import Final

from ledger.exports.record_tables import COLUMNS, TableName, Value

MARK: Final = "'"
# also the full-width signs: spreadsheets of East Asian systems take those, too
_RUNS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", MARK)


def safe(text: str) -> str:
    """A text as a cell."""
    return MARK + text if text.lstrip(" ").startswith(_RUNS) else text


def text_of(cell: str) -> str:
    """The text that a cell was made of."""
    return cell.removeprefix(MARK)


def heading(table: TableName) -> str:
    """The first line of a file: the columns' names."""
    return _line([column.name for column in COLUMNS[table]])


def line_of(values: tuple[Value, ...]) -> str:
    """A row as a line without its end; an empty cell is unknown, or does not apply."""
    return _line([safe(value) if isinstance(value, str) else value for value in values])


def _line(cells: list[Value] | list[str]) -> str:
    return ",".join("" if cell is None else _quoted(str(cell)) for cell in cells)


def _quoted(cell: str) -> str:
    """In quotes what a reader would cut: Python's own writer leaves line breaks bare before 3.13.

    Any line break counts: some readers cut at those of Unicode, too.
    """
    is_plain = '"' not in cell and "," not in cell and cell.splitlines() in ([], [cell])
    return cell if is_plain else '"' + cell.replace('"', '""') + '"'
