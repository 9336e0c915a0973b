"""The views' runner: follows the journal, and writes rows and position in one transaction.

It begins where its position says, whatever happened to it before. When the rules or the tables that
make the rows have changed (`rules_version`), it reads the journal again, beside the rows that there
are, and then puts the new ones in their place (`rebuild.py`).
"""

import select
from collections.abc import Callable
from time import monotonic, sleep

import psycopg
from psycopg.sql import SQL, Identifier

from ledger.journal.database_connection import connect, unavailable_because
from ledger.journal.group_commit import CHANNEL
from ledger.journal.protocol import JournalRow, JournalUnavailable
from ledger.logins.in_the_way import take_lock
from ledger.views.rebuild import BESIDE, Rebuild, empty
from ledger.views.rows.projections import ViewRules
from ledger.views.rows.row_batch import RowBatch
from ledger.views.rows.rules_version import rules_version

EVENTS_PER_COMMIT = 1_000
POLL_SECONDS = 1.0  # a wake-up may be lost with a connection; a query is cheap
RETRY_SECONDS = 1.0
FRUITLESS_WAKES_MOST = 100  # a second: anybody may send a wake-up, and learns no more by it

_ONE_RUNNER = 0x6770755F76696577  # "gpu_view": an advisory lock, so that two runners never meet
_PROGRESS = "SELECT version, position FROM views.progress"
_HEAD = "SELECT coalesce(max(notification_id), 0) FROM public.stored_events"
_PAGE = (
    "SELECT notification_id, originator_id, originator_version, topic, state"
    " FROM public.stored_events WHERE notification_id > %s ORDER BY 1 LIMIT %s"
)
_ADVANCE = "UPDATE views.progress SET version = %s, position = %s, at_ns = %s"
_ADVANCE_BESIDE = _ADVANCE.replace("views.", f"{BESIDE}.")


class AnotherRunner(Exception):
    """The views of this database are being written by another process."""


class Runner:
    """Keeps the views of one database. Synchronous: it has a process, or a thread, of its own."""

    def __init__(self, dsn: str, rules: ViewRules) -> None:
        self._dsn = dsn
        self._rules = rules
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None
        self._rebuild: Rebuild | None = None  # under way
        self._log_lines: list[str] = []  # to be logged
        self.version = 0
        self.position = 0

    def open(self) -> None:
        """Take the views over. Raises JournalUnavailable, or AnotherRunner while there is one."""
        connection = connect(self._dsn, application="gpubourse views", role="viewer")
        try:
            connection.execute("SET synchronous_commit = off")  # a lost commit is made again
            owner = take_lock(connection, _ONE_RUNNER, "viewer")
            if owner is not None and owner.is_ours:
                raise AnotherRunner("another process writes the views of this database")
            connection.execute(SQL("LISTEN {}").format(Identifier(CHANNEL)))
            self.version = rules_version(connection, self._rules)
            self.position = self._start(connection)
            schema = BESIDE if self._rebuild else "views"
            self._batch = RowBatch(connection, self._rules.tables, schema)
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
            if self._rebuild is not None and len(rows) < EVENTS_PER_COMMIT:
                self._swap(connection, self._rebuild)
        except psycopg.Error as error:
            self.close()
            raise unavailable_because(error) from error
        return len(rows)

    def catch_up(self) -> int:
        """Fold everything there is; return the position reached."""
        while self.step() or self._rebuild is not None:
            pass
        return self.position

    def follow(self, is_over: Callable[[], bool], log: Callable[[str], None]) -> None:
        """Keep the views current until *is_over*, which is called at least once a second.

        While the database is away it is tried again each second, and that is logged once.
        """
        trouble = ""
        is_woken = False
        while not is_over():
            try:
                if self._connection is None:
                    self.open()
                    log(f"views: at position {self.position}")
                    trouble = ""
                if self.step():
                    is_woken = False
                else:
                    if is_woken:  # by a stranger, or by what was read already
                        sleep(1 / FRUITLESS_WAKES_MOST)
                    is_woken = self._wait(POLL_SECONDS)
                while self._log_lines:
                    log(f"views: {self._log_lines.pop(0)}")
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
                advance = _ADVANCE if self._rebuild is None else _ADVANCE_BESIDE
                connection.execute(advance, [self.version, position, last.at_ns])
        except BaseException:
            self._batch.clear()
            raise
        self.position = position

    def _start(self, connection: psycopg.Connection[tuple[object, ...]]) -> int:
        """The position to go on from; 0, with empty tables, where the rows say what is not so.

        Rows that other rules made stay to be read until they are rebuilt beside.
        """
        self._rebuild = None
        found = connection.execute(_PROGRESS).fetchone()
        head = connection.execute(_HEAD).fetchone()
        assert found is not None
        assert head is not None
        version, position = found
        assert isinstance(position, int)
        assert isinstance(head[0], int)
        if version == self.version and position <= head[0]:
            return position
        if position > head[0]:  # of another history than this journal's
            self._log_lines += empty(connection, self._rules.tables)
        elif position:
            self._rebuild = Rebuild(connection, self._rules.tables, self.version, head[0])
            return self._rebuild.position
        return 0

    def _swap(self, connection: psycopg.Connection[tuple[object, ...]], rebuild: Rebuild) -> None:
        self._log_lines += rebuild.try_swap()
        if rebuild.is_in_place:
            self._rebuild = None
            self._batch = RowBatch(connection, self._rules.tables)

    def _wait(self, seconds: float) -> bool:
        """Until something was appended, or *seconds* have passed; whether anybody woke it."""
        connection = self._opened()
        is_woken = False
        try:
            for _ in connection.notifies(timeout=seconds, stop_after=1):
                is_woken = True
            for _ in connection.notifies(timeout=0):
                pass  # one query answers all wake-ups
        except psycopg.Error as error:
            self.close()
            raise unavailable_because(error) from error
        return is_woken

    def _opened(self) -> psycopg.Connection[tuple[object, ...]]:
        assert self._connection is not None, "open the runner first"
        return self._connection


def _sleep(seconds: float, is_over: Callable[[], bool]) -> None:
    deadline = monotonic() + seconds
    while not is_over() and monotonic() < deadline:
        select.select([], [], [], 0.1)
