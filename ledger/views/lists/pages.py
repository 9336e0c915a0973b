"""Pages of a long answer: a cursor names the last row shown and pins the first page's position.

Later pages show rows that were there at that position. What they say of a row that has changed
since (an order filled meanwhile) is what is so now: whole states of the past are `audit as-of`.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, TypeAlias

import msgspec

ROWS = 100
ROWS_MOST = 1_000

Shown: TypeAlias = dict[str, Any]  # a row, under the members' names of the wire


class BadCursor(Exception):
    """A cursor that no page of ours has given."""


class Paging(msgspec.Struct, frozen=True):
    """Which part of a list is wanted."""

    limit: int = ROWS  # 1 to ROWS_MOST
    cursor: str = ""  # "": the first page
    from_ns: int = 0  # 0: open; included
    to_ns: int = 0  # 0: open; not included


class Page(msgspec.Struct, frozen=True):
    """Rows, the position they are true at, and where to go on (None: that was all)."""

    position: int
    at_ns: int
    rows: list[Shown]
    next: str | None = None


class Found(msgspec.Struct, frozen=True):
    """One record (None: there is none that the asker may see), and the position it is true at."""

    position: int
    at_ns: int
    row: Shown | None


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """The first page's position and instant, and the key of the last row shown."""

    position: int
    at_ns: int
    key: int | str


def pack(cursor: Cursor) -> str:
    return urlsafe_b64encode(msgspec.json.encode(cursor)).rstrip(b"=").decode()


def unpack(text: str) -> Cursor:
    """Raises BadCursor."""
    try:
        packed = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        return msgspec.json.decode(packed, type=Cursor)
    except ValueError as error:  # not ASCII, not base64, not our JSON
        raise BadCursor("that cursor is not one of ours: begin again without it") from error
