"""The views' runner: follows the journal, and writes rows and position in one transaction.

It begins where its position says, whatever happened to it before. A change of the rules that make
the rows is a new VERSION: the runner then empties the tables and reads the journal from its start.
"""

import select
from collections.abc import Callable
from time import monotonic

import psycopg
from psycopg.sql import SQL, Identifier

from ledger.journal.connection import connect, why
from ledger.journal.group_commit import CHANNEL
from ledger.journal.protocol import JournalRow, JournalUnavailable
from ledger.views.rows.projections import ViewRules
from ledger.views.rows.row_batch import RowBatch

VERSION = 2  # raise it with any change to a rule or a table: the views are then rebuilt
EVENTS_PER_COMMIT = 1_000
POLL_SECONDS = 1.0  # a wake-up may be lost with a connection; a look is cheap
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
            self.position = self._where_to_begin(connection)
            self._batch = RowBatch(connection, self._rules.tables)
        except psycopg.Error as error:
            connection.close()
            raise why(error) from error
        except AnotherRunner:
            connection.close()
            raise
        self._connection = connection

    def step(self) -> int:
        """Take in the next events, at most EVENTS_PER_COMMIT; return how many they were.

        After JournalUnavailable the runner is closed: open it again.
        """
        connection = self._must_be_open()
        try:
            found = connection.cursor(binary=True).execute(
                _PAGE, [self.position, EVENTS_PER_COMMIT]
            )
            rows = [JournalRow._make(row) for row in found]
            if rows:
                self._take_in(connection, rows)
        except psycopg.Error as error:
            self.close()
            raise why(error) from error
        return len(rows)

    def catch_up(self) -> int:
        """Take in everything there is; return the position reached."""
        while self.step():
            pass
        return self.position

    def follow(self, is_over: Callable[[], bool], say: Callable[[str], None]) -> None:
        """Keep the views current until *is_over*, asked at least once a second.

        While the database is away it is tried again each second; `say` hears of it once.
        """
        troubled = ""
        while not is_over():
            try:
                if self._connection is None:
                    self.open()
                    say(f"views: at position {self.position}")
                    troubled = ""
                if not self.step():
                    self._wait(POLL_SECONDS)
            except (JournalUnavailable, AnotherRunner) as error:
                if str(error) != troubled:
                    say(f"views: {error}; trying again")
                    troubled = str(error)
                _sleep(RETRY_SECONDS, is_over)
        self.close()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _take_in(
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
                connection.execute(_ADVANCE, [VERSION, position, last.at_ns])
        except BaseException:
            self._batch.forget()
            raise
        self.position = position

    def _where_to_begin(self, connection: psycopg.Connection[tuple[object, ...]]) -> int:
        found = connection.execute(_PROGRESS).fetchone()
        head = connection.execute(_HEAD).fetchone()
        assert found is not None
        assert head is not None
        version, position = found
        assert isinstance(position, int)
        assert isinstance(head[0], int)
        if version == VERSION and position <= head[0]:
            return position
        if position:
            rebuild(connection, self._rules)
        return 0

    def _wait(self, seconds: float) -> None:
        """Until something was appended, or *seconds* have passed."""
        connection = self._must_be_open()
        try:
            for _ in connection.notifies(timeout=seconds, stop_after=1):
                break
            for _ in connection.notifies(timeout=0):
                pass  # one look answers all wake-ups
        except psycopg.Error as error:
            self.close()
            raise why(error) from error

    def _must_be_open(self) -> psycopg.Connection[tuple[object, ...]]:
        assert self._connection is not None, "open the runner first"
        return self._connection


def rebuild(connection: psycopg.Connection[tuple[object, ...]], rules: ViewRules) -> None:
    """Empty every view; the runner then reads the journal from its start."""
    names = SQL(", ").join(Identifier("views", name) for name in rules.tables)
    with connection.transaction():
        connection.execute(SQL("TRUNCATE {}").format(names))
        connection.execute(_ADVANCE, [VERSION, 0, 0])


def _sleep(seconds: float, is_over: Callable[[], bool]) -> None:
    deadline = monotonic() + seconds
    while not is_over() and monotonic() < deadline:
        select.select([], [], [], 0.1)
