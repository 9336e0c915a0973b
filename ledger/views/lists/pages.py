"""Pages of a long list: a cursor names the last row shown and pins the first page's position.

Later pages show rows that were there at that position. What they say of a row that has changed
since (an order filled meanwhile) is what is so now: whole states of the past are `audit as-of`.

Rows come from the database as JSON in their wire form, and go out as they came. Who reads them
inside this process asks for `values`.
"""

from typing import Any, TypeAlias

import msgspec

from ledger.base64url import any_bytes64, text64

ROWS = 100
ROWS_MOST = 1_000
QUERY_MS = 10_000  # for a page's query, unless its reader is opened with another number

Row: TypeAlias = dict[str, Any]  # under the names of the wire, instants as whole numbers

_decode_row = msgspec.json.Decoder(Row).decode
_decode_rows = msgspec.json.Decoder(list[Row]).decode


class BadCursor(Exception):
    """A cursor that no page of ours has given."""


class Paging(msgspec.Struct, frozen=True):
    """Which part of a list is wanted."""

    limit: int = ROWS  # 1 to ROWS_MOST
    cursor: str = ""  # "": the first page
    from_ns: int = 0  # 0: open; included
    to_ns: int = 0  # 0: open; not included


class Page(msgspec.Struct, frozen=True):
    """Rows, the position they are true at, and where they go on (None: that was all)."""

    position: int
    at_ns: int
    json: bytes  # an array, in its wire form
    next: str | None = None

    def values(self) -> list[Row]:
        """The rows as plain values."""
        return [_inward(row) for row in _decode_rows(self.json)]


class Record(msgspec.Struct, frozen=True):
    """One row (None: there is none that the caller may see), and the position it is true at."""

    position: int
    at_ns: int
    json: bytes | None  # an object, in its wire form

    def value(self) -> Row | None:
        """The row as plain values."""
        return None if self.json is None else _inward(_decode_row(self.json))


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """The first page's position and instant, and the key of the last row shown."""

    position: int
    at_ns: int
    key: int | str


def pack(cursor: Cursor) -> str:
    return text64(msgspec.json.encode(cursor))


def unpack(text: str) -> Cursor:
    """Raises BadCursor."""
    try:
        return msgspec.json.decode(any_bytes64(text), type=Cursor)
    except ValueError as error:  # not ASCII, not base64, not our JSON
        raise BadCursor("that cursor is not one of ours: begin again without it") from error


def _inward(row: Row) -> Row:
    """A row's instants and durations as the whole numbers that they are."""
    return {
        name: int(value) if name.endswith("_ns") and value is not None else value
        for name, value in row.items()
    }
