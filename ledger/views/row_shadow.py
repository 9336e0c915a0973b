"""Every view made again, row by row, beside what the database shows: for an audit.

What the views show is read once, in one snapshot, into a file of ours that goes when it is closed;
the rows that the rules make of the events are written beside them. So memory stays small however
many rows there are, nothing of the database is held while the journal is read, and nobody must be
allowed to write there. (`audit_snapshot.py` asks the folded state instead, and knows no rule.)
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from typing import Any, Final, Self, TypeAlias

import msgspec
import psycopg
from psycopg.sql import SQL, Identifier

from ledger.events import Event
from ledger.journal.database_connection import Connection, connect, unavailable_because
from ledger.journal.protocol import JournalUnavailable
from ledger.overflow.private_file import on_disk, private_file
from ledger.views.rows.changes import RowChange, RowInsert, RowKey, RowSweep, ViewTable
from ledger.views.rows.projections import ViewRules
from ledger.views.rows.proposal_rows import state_of_proposal
from ledger.views.rows.row_batch import Row, folded

Columns: TypeAlias = Mapping[str, Mapping[str, Any]]  # by table: each column and its default

EVENTS_AT_ONCE: Final = 1_000  # folded before their rows are written down
ROWS_KEPT: Final = 20_000  # of a table in memory, between two writings
PROGRESS: Final = "progress"  # the one table that no event's rule makes
CACHE_KIB: Final = 32_768
_SHOWN = 60  # characters of a value in a difference

_TABLES = (
    "SELECT relname FROM pg_class WHERE relnamespace = 'views'::regnamespace"
    " AND relkind NOT IN ('i', 't', 'c') ORDER BY 1"
)
_COLUMNS = (
    "SELECT table_name, column_name, column_default FROM information_schema.columns"
    " WHERE table_schema = 'views' AND is_generated = 'NEVER' ORDER BY 1, ordinal_position"
)
_SCHEMA = """
CREATE TABLE shown (name TEXT, key TEXT, line TEXT);
CREATE TABLE made (name TEXT, key TEXT, line TEXT, PRIMARY KEY (name, key)) WITHOUT ROWID;
"""
_DIFFERENT = """
SELECT s.key, s.line, m.line, s.number FROM
    (SELECT key, max(line) AS line, count(*) AS number FROM shown WHERE name = :name GROUP BY key) s
    LEFT JOIN made m ON m.name = :name AND m.key = s.key
    WHERE s.number > 1 OR m.line IS NULL OR s.line <> m.line
UNION ALL
SELECT m.key, NULL, m.line, 0 FROM made m WHERE m.name = :name AND NOT EXISTS
    (SELECT FROM_SHOWN FROM shown s WHERE s.name = :name AND s.key = m.key)
ORDER BY 1
""".replace("FROM_SHOWN", "1")

_line = msgspec.json.Encoder(order="sorted").encode
_LITERAL = re.compile(r"(-?[0-9]+|true|false)|'([^']*)'(?:::[a-z]+)?")


class ViewShadow:
    """The views' rows as they stood at one position, and as the rules make them up to there."""

    def __init__(
        self,
        rules: ViewRules,
        columns: Columns,
        shown: Iterable[tuple[str, Row]],
        position: int,
        at_ns: int,
        strangers: Iterable[str] = (),
    ) -> None:
        self.position = position
        self._rules = rules
        self._at_ns = at_ns  # which the views say of their position
        self._strangers = list(strangers)
        self._last_ns = 0
        self._events = 0
        self._file = private_file(_SCHEMA, CACHE_KIB)
        self._tables = {
            name: _Table(self._file, name, table, columns.get(name, {}))
            for name, table in rules.tables.items()
        }
        self._counts = dict.fromkeys(self._tables, 0)
        self._take(shown)

    @classmethod
    def of(cls, dsn: str, rules: ViewRules) -> Self:
        """What a database shows, in one snapshot, as role `auditor`. Raises JournalUnavailable."""
        name = "gpubourse audit of views"
        with closing(connect(dsn, application=name, role="auditor")) as connection:
            try:
                with connection.transaction():
                    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                    return cls._read(connection, rules)
            except psycopg.Error as error:
                raise unavailable_because(error) from error

    @classmethod
    def _read(cls, connection: Connection, rules: ViewRules) -> Self:
        found = connection.execute("SELECT position, at_ns FROM views.progress").fetchall()
        if len(found) != 1:
            raise JournalUnavailable(f"views.progress has {len(found)} rows, and not one")
        position, at_ns = found[0]
        assert isinstance(position, int)
        assert isinstance(at_ns, int)
        there = [str(name) for (name,) in connection.execute(_TABLES)]
        columns: dict[str, dict[str, Any]] = {}
        for table, column, default in connection.execute(_COLUMNS):
            columns.setdefault(str(table), {})[str(column)] = literal(str(default or ""))
        known = [name for name in there if name in rules.tables]
        strangers = [name for name in there if name not in {*rules.tables, PROGRESS}]
        rows = (row for name in known for row in _rows_of(connection, name))
        return cls(rules, columns, rows, position, at_ns, strangers)

    def add(self, event: Event, position: int) -> None:
        """The next event; what lies beyond the views' own position changes nothing here."""
        if position > self.position:
            return
        self._last_ns = event.at_ns
        for change in self._rules.changes(event, position):
            table = self._tables[change.table]
            if isinstance(change, RowSweep):
                table.sweep(change)
            else:
                table.change(change)
        self._events += 1
        if self._events % EVENTS_AT_ONCE == 0:
            self._write_down()

    def differences(self) -> Iterator[str]:
        """Each row that is not as the rules make it, once all events up to there were added."""
        self._write_down()
        for name in self._strangers:
            yield f"{name}: no rule makes this table"
        if self._at_ns != self._last_ns:
            yield f"{PROGRESS}: at_ns shows {self._at_ns}, the events give {self._last_ns}"
        with on_disk():
            self._file.execute("CREATE INDEX shown_key ON shown (name, key)")
            for name in sorted(self._tables):
                for key, shows, gives, number in self._file.execute(_DIFFERENT, {"name": name}):
                    words = ", ".join(map(str, msgspec.json.decode(key)))
                    yield f"{name} {words}: {_difference(shows, gives, number)}"

    def lines(self) -> Iterator[tuple[str, str]]:
        """Each row that the rules made so far: its table, and itself as JSON."""
        self._write_down()
        yield from self._file.execute("SELECT name, line FROM made ORDER BY name, key")

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    @property
    def counts(self) -> str:
        """How many tables and rows these are."""
        return f"{len(self._tables)} tables, {sum(self._counts.values()):,} rows"

    def _take(self, shown: Iterable[tuple[str, Row]]) -> None:
        def lines() -> Iterator[tuple[str, str, str]]:
            for name, row in shown:
                table = self._tables[name]
                self._counts[name] += 1
                yield name, table.key_of(row), table.line_of(row)

        with on_disk():
            self._file.execute("BEGIN")
            self._file.executemany("INSERT INTO shown VALUES (?, ?, ?)", lines())
            self._file.execute("COMMIT")

    def _write_down(self) -> None:
        with on_disk():
            self._file.execute("BEGIN")
            for table in self._tables.values():
                table.write_down()
            self._file.execute("COMMIT")


class _Table:
    """One view's rows as the rules make them: those touched last in memory, all in the file."""

    def __init__(
        self, file: sqlite3.Connection, name: str, table: ViewTable, columns: Mapping[str, Any]
    ) -> None:
        self._file = file
        self._name = name
        self._table = table
        self._columns = columns
        self._rows: dict[RowKey, Row | None] = {}
        self._touched: set[RowKey] = set()

    def key_of(self, row: Row) -> str:
        return self._key(tuple(row.get(column) for column in self._table.key))

    def line_of(self, row: Row) -> str:
        """A row as it is compared: each column that is stored, what is not told by its default."""
        found: Row = {}
        for column, default in self._columns.items():
            value = row.get(column)
            found[column] = default if value is None else value
        return _line(found).decode()

    def change(self, change: RowChange) -> None:
        row = None if isinstance(change, RowInsert) else self._row(change.key)
        self._rows[change.key] = folded(row, change)
        self._touched.add(change.key)

    def sweep(self, change: RowSweep) -> None:
        """Raise a column in all rows of some states; rare, so all rows are looked at."""
        self.write_down()
        found = self._file.execute("SELECT key, line FROM made WHERE name = ?", [self._name])
        for _, line in found.fetchall():
            row = msgspec.json.decode(line)
            state = state_of_proposal(row) if self._name == "proposals" else row["state"]
            if state in change.states:
                key = tuple(row[column] for column in self._table.key)
                row[change.column] += change.amount
                self._rows[key] = row
                self._touched.add(key)

    def write_down(self) -> None:
        """Put the rows that were touched into the file; keep few in memory."""
        absent, there = [], []
        zero = self._table.deleted_at_zero
        for key in self._touched:
            row = self._rows[key]
            if row is None or (zero and not row[zero]):
                self._rows[key] = None
                absent.append((self._name, self._key(key)))
            else:
                there.append((self._name, self._key(key), self.line_of(row)))
        self._file.executemany("DELETE FROM made WHERE name = ? AND key = ?", absent)
        self._file.executemany("INSERT OR REPLACE INTO made VALUES (?, ?, ?)", there)
        self._touched.clear()
        if self._table.is_settled or len(self._rows) > ROWS_KEPT:
            self._rows.clear()

    def _row(self, key: RowKey) -> Row | None:
        if key in self._rows:
            return self._rows[key]
        found = self._file.execute(
            "SELECT line FROM made WHERE name = ? AND key = ?", [self._name, self._key(key)]
        ).fetchone()
        row: Row | None = msgspec.json.decode(found[0]) if found else None
        return row

    @staticmethod
    def _key(key: tuple[Any, ...]) -> str:
        return _line(key).decode()


def literal(default: str) -> Any:
    """What a column's default is, as the catalogue writes it: 0, false, 'U'::text; else nothing."""
    found = _LITERAL.fullmatch(default)
    if found is None:
        return None
    if found[1] is not None:
        return msgspec.json.decode(found[1])
    return found[2]


def _rows_of(connection: Connection, name: str) -> Iterator[tuple[str, Row]]:
    query = SQL("SELECT to_json(t)::text FROM views.{} t").format(Identifier(name))
    with connection.cursor(name="shown") as cursor:
        cursor.itersize = 5_000
        for (text,) in cursor.execute(query):
            yield name, msgspec.json.decode(str(text))


def _difference(shows: str | None, gives: str | None, number: int) -> str:
    if shows is None:
        return "the row is missing"
    if gives is None:
        return "no event makes this row"
    if number > 1:
        return f"the row stands there {number} times"
    shown, made = msgspec.json.decode(shows), msgspec.json.decode(gives)
    column = next(name for name in made if shown.get(name) != made[name])
    here, there = _in_short(shown.get(column)), _in_short(made[column])
    return f"{column} shows {here}, the events give {there}"


def _in_short(value: Any) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    text = text or "nothing"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
