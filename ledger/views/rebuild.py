"""The views made anew beside those that are read, and put in their place in one short moment.

While changed rules read the journal again, readers keep the rows of the rules before. The swap
needs each table for itself: it asks for that a moment at a time, so that nobody queues behind it,
and auditors whose open transactions stand in the way are ended after a while.
"""

from collections.abc import Iterable
from time import monotonic
from typing import Any, Final, TypeAlias

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from ledger.logins.in_the_way import end_auditors_in_the_way

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

BESIDE: Final = "rebuilding"  # the schema of what is made anew
SWAP_PATIENCE: Final = "200ms"  # readers wait behind a swap that waits
AUDITORS_GRACE_S: Final = 10.0  # from the first try; then those in the way are ended

_COLUMNS = (
    "SELECT column_name FROM information_schema.columns WHERE table_schema = 'views'"
    " AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position"
)


def end_auditors(connection: Connection, since: float) -> list[str]:
    """End auditors who stood in the way for too long since then; whom, in words."""
    if monotonic() < since + AUDITORS_GRACE_S:
        return []
    return [
        f"ended an auditor's session that kept a view: {application} (pid {pid})"
        for pid, application in end_auditors_in_the_way(connection)
    ]


def empty(connection: Connection, tables: Iterable[str]) -> list[str]:
    """Empty these views in spite of auditors; whom that ended, in words."""
    places = SQL(", ").join(Identifier("views", name) for name in tables)
    since, ended = monotonic(), list[str]()
    while True:
        try:
            with connection.transaction():
                connection.execute(SQL("SET LOCAL lock_timeout = {}").format(SWAP_PATIENCE))
                connection.execute(SQL("TRUNCATE {}").format(places))
                connection.execute("UPDATE views.progress SET version = 0, position = 0, at_ns = 0")
            return ended
        except psycopg.errors.LockNotAvailable:
            ended += end_auditors(connection, since)


class Rebuild:
    """One rebuild, begun or gone on with. `position` says from where."""

    def __init__(
        self, connection: Connection, tables: Iterable[str], version: int, head: int
    ) -> None:
        self._connection = connection
        self._tables = list(tables)
        self._version = version
        self._since: float | None = None  # when the swap was tried first
        found = self._found()
        if found is None or found > head:
            self._begin()
        self.position = self._found() or 0

    def try_swap(self) -> list[str]:
        """Put the new rows in place unless a reader stands in the way (`is_in_place` says which).

        What it returns is to be logged: whom it ended, and that it is done.
        """
        self._since = self._since or monotonic()
        ended = end_auditors(self._connection, self._since)
        try:
            with self._connection.transaction():
                self._swap()
        except psycopg.errors.LockNotAvailable:
            return ended
        return [*ended, "the rebuilt rows are in place"]

    @property
    def is_in_place(self) -> bool:
        return self._found() is None

    def _swap(self) -> None:
        places = SQL(", ").join(Identifier("views", name) for name in self._tables)
        self._connection.execute(SQL("SET LOCAL lock_timeout = {}").format(SWAP_PATIENCE))
        self._connection.execute(SQL("TRUNCATE {}").format(places))
        for name in self._tables:
            found = self._connection.execute(_COLUMNS, [name]).fetchall()
            columns = SQL(", ").join(Identifier(column) for (column,) in found)
            self._connection.execute(
                SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(
                    Identifier("views", name), columns, columns, Identifier(BESIDE, name)
                )
            )
        self._connection.execute(
            SQL(
                "UPDATE views.progress SET version = p.version, position = p.position,"
                " at_ns = p.at_ns FROM {} p"
            ).format(Identifier(BESIDE, "progress"))
        )
        self._connection.execute(self._dropped())

    def _found(self) -> int | None:
        """How far one of these rules has come already; None: there is none."""
        there = self._connection.execute("SELECT to_regclass(%s)", [f"{BESIDE}.progress"])
        if there.fetchone() == (None,):
            return None
        query = SQL("SELECT version, position FROM {}").format(Identifier(BESIDE, "progress"))
        found = self._connection.execute(query).fetchone()
        return found[1] if found is not None and found[0] == self._version else None

    def _begin(self) -> None:
        with self._connection.transaction():
            self._connection.execute(self._dropped())
            for name in ("progress", *self._tables):
                self._connection.execute(
                    SQL("CREATE UNLOGGED TABLE {} (LIKE {} INCLUDING ALL)").format(
                        Identifier(BESIDE, name), Identifier("views", name)
                    )
                )
            self._connection.execute(
                SQL("INSERT INTO {} (version, position, at_ns) VALUES (%s, 0, 0)").format(
                    Identifier(BESIDE, "progress")
                ),
                [self._version],
            )

    def _dropped(self) -> Composed:
        names = SQL(", ").join(Identifier(BESIDE, name) for name in ("progress", *self._tables))
        return SQL("DROP TABLE IF EXISTS {}").format(names)
