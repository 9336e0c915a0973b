"""The questions a journal on PostgreSQL answers, for the engine and for auditors alike."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from threading import Lock
from typing import TypeVar

import psycopg
from psycopg.rows import TupleRow

from ledger.journal.copy_stream import COMMAND_COLUMNS
from ledger.journal.database_connection import Connection, connect, unavailable_because
from ledger.journal.protocol import (
    CommandRow,
    Commit,
    JournalRow,
    JournalUnavailable,
    SavedState,
)
from ledger.logins.login import Role

SHORT_ROWS = 100  # positions that are read on the shared connection: a batch of a command, mostly
PAGE_ROWS = 5_000  # positions a page of a long read spans: what it holds in memory

_ROWS = (
    "SELECT notification_id, originator_id, originator_version, topic, state"
    " FROM public.stored_events"
)
_PAGE = f"{_ROWS} WHERE notification_id > %s AND notification_id <= %s ORDER BY 1"
_STREAM = f"{_ROWS} WHERE originator_id = %s AND originator_version > %s ORDER BY 3 LIMIT %s"
_BEGUN = f"{_ROWS} WHERE originator_id LIKE %s AND originator_version = 1 ORDER BY notification_id"
_HEAD = "SELECT coalesce(max(notification_id), 0) FROM public.stored_events"
_VERSIONS = "SELECT originator_id, max(originator_version) FROM public.stored_events GROUP BY 1"
_VERSIONS_OF = (
    "SELECT stream, (SELECT max(originator_version) FROM public.stored_events"
    " WHERE originator_id = stream) FROM unnest(%s::text[]) AS stream"
)

_COMMANDS = f"SELECT {', '.join(COMMAND_COLUMNS)} FROM public.commands"
_BY_KEYS = (
    f"{_COMMANDS} WHERE (party, key) IN (SELECT * FROM unnest(%s::text[], %s::text[]))"
    " ORDER BY first_position"
)
_BY_POSITION = f"{_COMMANDS} WHERE first_position <= %s ORDER BY first_position DESC LIMIT 1"
_COMMAND_PAGE = (
    f"{_COMMANDS} WHERE first_position > %s AND first_position <= %s ORDER BY first_position"
)

_COUNT_COMMANDS = "SELECT count(*) FROM public.commands WHERE first_position <= %s"
_COMMITS = f"SELECT {', '.join(Commit._fields)} FROM public.commits"
_COMMIT_PAGE = f"{_COMMITS} WHERE last_position > %s AND last_position <= %s ORDER BY 1"
_COMMITS_AROUND = (
    f"(({_COMMITS} WHERE last_position <= %s ORDER BY 1 DESC LIMIT 1) UNION ALL"
    f" ({_COMMITS} WHERE last_position > %s ORDER BY 1 LIMIT 1)) ORDER BY 1"
)

_KEPT = "SELECT report_sha256, sha256(raw) FROM public.reports"
_SAVED = (
    "SELECT position, form, codec_version, state_sha256, coalesce(chain, ''),"
    " blob_sha256 = sha256(blob) FROM public.checkpoints ORDER BY position, form, codec_version"
)
_BLOB = (
    "SELECT blob FROM public.checkpoints WHERE position = %s AND form = %s AND codec_version = %s"
)
_NAME_HASHES = "SELECT subject, name_sha256 FROM public.holders"
_EPOCH = "SELECT epoch FROM public.fence"
_COUNT = "SELECT count(*) FROM public.stored_events"
_REPORT = "SELECT raw FROM public.reports WHERE report_sha256 = %s"

_T = TypeVar("_T", JournalRow, CommandRow)


class JournalQueries:
    """Reads the journal as `role`. Short questions share one connection, long reads have theirs.

    Every method raises JournalUnavailable when the database does not answer.
    """

    def __init__(self, dsn: str, role: Role) -> None:
        self._dsn = dsn
        self._role = role
        self._lock = Lock()  # key look-ups may run while another thread appends
        self._connection: Connection | None = None

    def head(self) -> int:
        ((position,),) = self._query(_HEAD)
        return int(position)

    def versions(self) -> dict[str, int]:
        return dict(self._query(_VERSIONS))

    def versions_of(self, streams: Sequence[str]) -> dict[str, int]:
        """The last version of each of these streams that has any row."""
        found = self._query(_VERSIONS_OF, [list(streams)])
        return {stream: version for stream, version in found if version is not None}

    def read(self, after: int, upto: int | None) -> Iterator[JournalRow]:
        last = self.head() if upto is None else min(upto, self.head())
        if last - after <= SHORT_ROWS:
            yield from map(JournalRow._make, self._query(_PAGE, [max(after, 0), last]))
            return
        with self._own_connection("reader") as connection:
            # Positions have no gap, so a range of them is a page: no LIMIT for the planner to
            # misjudge, no cursor that holds a transaction open as long as its reader dawdles.
            for first in range(max(after, 0), last, PAGE_ROWS):
                page = _fetch(connection, _PAGE, [first, min(first + PAGE_ROWS, last)])
                yield from map(JournalRow._make, page)

    def read_stream(self, stream: str, after_version: int, most: int | None) -> list[JournalRow]:
        return list(map(JournalRow._make, self._query(_STREAM, [stream, after_version, most])))

    def begun_streams(self, prefix: str) -> list[JournalRow]:
        return list(map(JournalRow._make, self._query(_BEGUN, [f"{prefix}:%"])))

    def commands(self, keys: Iterable[tuple[str, str]]) -> list[CommandRow]:
        pairs = list(keys)
        if not pairs:
            return []
        parties, names = [party for party, _ in pairs], [key for _, key in pairs]
        return list(map(CommandRow._make, self._query(_BY_KEYS, [parties, names])))

    def command_at(self, position: int) -> CommandRow | None:
        for found in map(CommandRow._make, self._query(_BY_POSITION, [position])):
            if position <= found.last_position:
                return found
        return None

    def kept(self, report_sha256: bytes) -> bytes | None:
        found = self._query(_REPORT, (report_sha256,))
        return bytes(found[0][0]) if found else None

    def kept_hashes(self) -> dict[bytes, bytes]:
        return {bytes(name): bytes(digest) for name, digest in self._query(_KEPT)}

    def saved_states(self) -> list[SavedState]:
        return list(map(SavedState._make, self._query(_SAVED)))

    def saved_bytes(self, saved: SavedState) -> bytes:
        found = self._query(_BLOB, [saved.position, saved.form, saved.codec_version])
        return bytes(found[0][0]) if found else b""

    def name_hashes(self) -> dict[str, bytes]:
        return {subject: bytes(digest) for subject, digest in self._query(_NAME_HASHES)}

    def epoch(self) -> int | None:
        found = self._query(_EPOCH)
        return int(found[0][0]) if found else None

    def count(self) -> int:
        ((count,),) = self._query(_COUNT)
        return int(count)

    def read_commands(self, after: int) -> Iterator[CommandRow]:
        last = self.head()
        with self._own_connection("reader of commands") as connection:
            for first in range(max(after, 0), last, PAGE_ROWS):
                page = _fetch(connection, _COMMAND_PAGE, [first, min(first + PAGE_ROWS, last)])
                yield from map(CommandRow._make, page)

    def count_commands(self, upto: int) -> int:
        ((count,),) = self._query(_COUNT_COMMANDS, [upto])
        return int(count)

    def read_commits(self, upto: int | None, after: int) -> Iterator[Commit]:
        last = self.head() if upto is None else min(upto, self.head())
        with self._own_connection("reader of commits") as connection:
            for first in range(max(after, 0), last, PAGE_ROWS):
                page = _fetch(connection, _COMMIT_PAGE, [first, min(first + PAGE_ROWS, last)])
                yield from map(Commit._make, page)

    def commits_around(self, position: int) -> tuple[Commit | None, Commit | None]:
        found = list(map(Commit._make, self._query(_COMMITS_AROUND, [position, position])))
        before = next((commit for commit in found if commit.last_position <= position), None)
        return before, next((commit for commit in found if commit.last_position > position), None)

    def close(self) -> None:
        with self._lock:
            self._disconnect()

    def _query(self, query: str, terms: Sequence[object] = ()) -> list[TupleRow]:
        with self._lock:
            if self._connection is not None:
                try:
                    return _fetch(self._connection, query, terms)
                except JournalUnavailable:
                    if not self._connection.broken:
                        raise  # the server answered: so it would again
                    self._disconnect()  # it may have broken while it lay idle: ask once more
            name = f"gpubourse {self._role} asking"
            self._connection = connect(self._dsn, application=name, role=self._role)
            try:
                return _fetch(self._connection, query, terms)
            except JournalUnavailable:
                self._disconnect()
                raise

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def _own_connection(self, purpose: str) -> Iterator[Connection]:
        name = f"gpubourse {self._role} {purpose}"
        with closing(connect(self._dsn, application=name, role=self._role)) as connection:
            yield connection


def _fetch(connection: Connection, query: str, terms: Sequence[object]) -> list[TupleRow]:
    try:
        cursor = connection.cursor(binary=True)
        return list(cursor.execute(query, terms or None))
    except psycopg.Error as error:
        raise unavailable_because(error) from error
