"""The views' runner: follows the journal, and writes rows and position in one transaction.

It begins where its position says, whatever happened to it before. When the rules or the tables that
make the rows have changed (`rules_version`), it empties the tables and reads the journal again.
"""

import select
from collections.abc import Callable
from time import monotonic

import psycopg
from psycopg.sql import SQL, Identifier

from ledger.journal.database_connection import connect, unavailable_because
from ledger.journal.group_commit import CHANNEL
from ledger.journal.protocol import JournalRow, JournalUnavailable
from ledger.views.rows.projections import ViewRules
from ledger.views.rows.row_batch import RowBatch
from ledger.views.rows.rules_version import rules_version

EVENTS_PER_COMMIT = 1_000
POLL_SECONDS = 1.0  # a wake-up may be lost with a connection; a query is cheap
RETRY_SECONDS = 1.0

_ONE_RUNNER = 0x6770755F76696577  # "gpu_view": an advisory lock, so that two runners never meet
_PROGRESS = "SELECT version, position FROM views.progress"
_HEAD = "SELECT coalesce(max(notification_id), 0) FROM public.stored_events"
_PAGE = (
    "SELECT notification_id, originator_id, originator_version, topic, state"
    " FROM public.stored_events WHERE notification_id > %s ORDER BY 1 LIMIT %s"
)
_ADVANCE = "UPDATE views.progress SET version = %s, position = %s, at_ns = %s"


class AnotherRunner(Exception):
    """The views of this database are being written by another process."""


class Runner:
    """Keeps the views of one database. Synchronous: it has a process, or a thread, of its own."""

    def __init__(self, dsn: str, rules: ViewRules) -> None:
        self._dsn = dsn
        self._rules = rules
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None
        self.version = 0
        self.position = 0

    def open(self) -> None:
        """Take the views over. Raises JournalUnavailable, or AnotherRunner while there is one."""
        connection = connect(self._dsn, application="gpubourse views")
        try:
            connection.execute("SET ROLE viewer")
            connection.execute("SET synchronous_commit = off")  # a lost commit is made again
            taken = connection.execute("SELECT pg_try_advisory_lock(%s)", [_ONE_RUNNER]).fetchone()
            if taken != (True,):
                raise AnotherRunner("another process writes the views of this database")
            connection.execute(SQL("LISTEN {}").format(Identifier(CHANNEL)))
            self.version = rules_version(connection, self._rules)
            self.position = self._start(connection)
            self._batch = RowBatch(connection, self._rules.tables)
        except psycopg.Error as error:
            connection.close()
            raise unavailable_because(error) from error
        except AnotherRunner:
            connection.close()
            raise
        self._connection = connection

    def step(self) -> int:
        """Fold the next events, at most EVENTS_PER_COMMIT; return how many they were.

        After JournalUnavailable the runner is closed: open it again.
        """
        connection = self._opened()
        try:
            found = connection.cursor(binary=True).execute(
                _PAGE, [self.position, EVENTS_PER_COMMIT]
            )
            rows = [JournalRow._make(row) for row in found]
            if rows:
                self._fold(connection, rows)
        except psycopg.Error as error:
            self.close()
            raise unavailable_because(error) from error
        return len(rows)

    def catch_up(self) -> int:
        """Fold everything there is; return the position reached."""
        while self.step():
            pass
        return self.position

    def follow(self, is_over: Callable[[], bool], log: Callable[[str], None]) -> None:
        """Keep the views current until *is_over*, which is called at least once a second.

        While the database is away it is tried again each second, and that is logged once.
        """
        trouble = ""
        while not is_over():
            try:
                if self._connection is None:
                    self.open()
                    log(f"views: at position {self.position}")
                    trouble = ""
                if not self.step():
                    self._wait(POLL_SECONDS)
            except (JournalUnavailable, AnotherRunner) as error:
                if str(error) != trouble:
                    log(f"views: {error}; trying again")
                    trouble = str(error)
                _sleep(RETRY_SECONDS, is_over)
        self.close()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _fold(
        self, connection: psycopg.Connection[tuple[object, ...]], rows: list[JournalRow]
    ) -> None:
        events = [(self._rules.codec.decode(row), row.position) for row in rows]
        changes = (
            change for event, position in events for change in self._rules.changes(event, position)
        )
        last, position = events[-1]
        try:
            with connection.transaction():
                self._batch.write(changes)
                connection.execute(_ADVANCE, [self.version, position, last.at_ns])
        except BaseException:
            self._batch.clear()
            raise
        self.position = position

    def _start(self, connection: psycopg.Connection[tuple[object, ...]]) -> int:
        """The position to go on from; 0, with empty tables, where the rows cannot be used."""
        found = connection.execute(_PROGRESS).fetchone()
        head = connection.execute(_HEAD).fetchone()
        assert found is not None
        assert head is not None
        version, position = found
        assert isinstance(position, int)
        assert isinstance(head[0], int)
        if version == self.version and position <= head[0]:
            return position
        if position:
            self._empty(connection)
        return 0

    def _empty(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        """Empty every view: the journal is then read from its start."""
        names = SQL(", ").join(Identifier("views", name) for name in self._rules.tables)
        with connection.transaction():
            connection.execute(SQL("TRUNCATE {}").format(names))
            connection.execute(_ADVANCE, [self.version, 0, 0])

    def _wait(self, seconds: float) -> None:
        """Until something was appended, or *seconds* have passed."""
        connection = self._opened()
        try:
            for _ in connection.notifies(timeout=seconds, stop_after=1):
                break
            for _ in connection.notifies(timeout=0):
                pass  # one query answers all wake-ups
        except psycopg.Error as error:
            self.close()
            raise unavailable_because(error) from error

    def _opened(self) -> psycopg.Connection[tuple[object, ...]]:
        assert self._connection is not None, "open the runner first"
        return self._connection


def _sleep(seconds: float, is_over: Callable[[], bool]) -> None:
    deadline = monotonic() + seconds
    while not is_over() and monotonic() < deadline:
        select.select([], [], [], 0.1)
