"""What one event does to the views: rows inserted, rows updated, rows deleted.

A view's rule is a pure function of an event and its position. The runner folds the changes of many
events into rows, and writes each touched row once (`row_batch.py`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from ledger.events import Event

RowKey: TypeAlias = tuple[str | int, ...]

STAMPS = frozenset(("cause", "command_sha256"))


class RowInsert(NamedTuple):
    """A row that no earlier event made."""

    table: str
    key: RowKey
    columns: dict[str, Any]


class RowUpdate(NamedTuple):
    """A row of which some columns are put, others raised; inserted with these if there is none.

    `less` takes members out of columns that are lists. With `newest_by` nothing changes if the
    row's own value of that column is greater.
    """

    table: str
    key: RowKey
    put: dict[str, Any]
    add: dict[str, int] = {}
    less: dict[str, Sequence[str]] = {}
    newest_by: str = ""


class RowDelete(NamedTuple):
    """A row that is deleted."""

    table: str
    key: RowKey


class RowSweep(NamedTuple):
    """A column that is raised in all rows of some states, however many they are (rare)."""

    table: str
    column: str
    amount: int
    states: tuple[str, ...]  # what the rows' `state` says


RowChange: TypeAlias = RowInsert | RowUpdate | RowDelete
Change: TypeAlias = RowChange | RowSweep
Rule: TypeAlias = Callable[[Any, int], list[Change]]
Rules: TypeAlias = Mapping[type[Event], Rule]


class ViewTable(NamedTuple):
    """What the writer of rows must know of a view's table."""

    key: tuple[str, ...]
    is_settled: bool = False  # a row is written once and never changed
    deleted_at_zero: str = ""  # a row leaves when this column comes to 0


def columns(event: Event, **more: Any) -> dict[str, Any]:
    """The fields of an event as a row begins, without the stamps that no row shows.

    A field for which the table has no column stays out when the row is written.
    """
    row = {field: getattr(event, field) for field in event.__struct_fields__ if field not in STAMPS}
    return row | more
