"""The journal on PostgreSQL: the `eventsourcing` library's application recorder, and faster.

The class is one of the library's recorders, so that whoever has the stock library can open the
store, read a stream, follow the notification log or subscribe. What it adds is the way in: one
writer behind a fence, positions without a gap, a group per transaction (`group_commit.py`).
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from threading import Lock
from typing import Any, Self

import psycopg
from eventsourcing.persistence import IntegrityError, OperationalError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from ledger.journal.continuity import OutOfSequence, commands_must_fit, must_continue, spans
from ledger.journal.copy_stream import pack_commands, pack_events
from ledger.journal.database_connection import Connection, Role, connect, unavailable_because
from ledger.journal.group_commit import commit_group
from ledger.journal.migrations import migrate, must_be_current
from ledger.journal.protocol import CommandRow, Head, Journal, JournalRow, JournalUnavailable
from ledger.journal.queries import JournalQueries
from ledger.journal.writer_lock import take_writer_lock

STREAMS_REMEMBERED = 200_000  # last versions kept in memory; others are looked up, one query

_KEEP = "INSERT INTO public.reports VALUES (sha256(%s), %s) ON CONFLICT DO NOTHING"
_DURABLE = ("fsync", "full_page_writes")


class PostgresJournal(PostgresApplicationRecorder, Journal):
    """The store of record in the database that `dsn` names, whose schema must be current.

    Raises JournalUnavailable when the database is down, is not durable or has another schema.
    """

    def __init__(self, dsn: str, *, role: Role = "engine", courtesy: bool = True) -> None:
        """Open for the engine; or, with role "auditor", for reading alone.

        `courtesy`: refuse early, by an advisory lock, while another engine lives.
        """
        super().__init__(_LibraryDatastore(dsn, role))
        self._dsn = dsn
        self._role: Role = role
        self._courtesy = courtesy
        self._queries = JournalQueries(dsn, role)
        self._lock = Lock()  # the library lets several threads insert
        self._writer: Connection | None = None
        self._head = Head(0, 0)
        self._versions: dict[str, int] = {}
        with connect(dsn, application=f"gpubourse {role} opening", role=role) as connection:
            must_be_current(connection)
            if role == "engine":
                _must_be_durable(connection)

    @classmethod
    def for_auditor(cls, dsn: str) -> Self:
        """Open read-only, as role `auditor`: beside a living engine, without fence or lock."""
        return cls(dsn, role="auditor")

    def take_fence(self) -> Head:
        with self._lock:
            self._end_writing()
            if self._role != "engine":
                raise JournalUnavailable("this journal was opened read-only")
            writer = connect(self._dsn, application="gpubourse engine", role="engine")
            try:
                if self._courtesy:
                    take_writer_lock(writer)
                self._head = Head(_next_epoch(writer), self._queries.head())
            except JournalUnavailable:
                writer.close()
                raise
            self._writer = writer
            self._versions = {}
            return self._head

    def append(self, rows: Sequence[JournalRow], commands: Sequence[CommandRow] = ()) -> None:
        with self._lock:
            if self._writer is None:
                raise JournalUnavailable("this writer holds no fence, or an append of it failed")
            found = spans(rows, self._head.position)
            commands_must_fit(commands, rows)
            self._load_versions([stream for stream, span in found.items() if span.first > 1])
            must_continue(found, self._versions)
            self._commit(self._writer, rows, commands)
            self._remember({stream: span.last for stream, span in found.items()})

    def read(self, after: int = 0, upto: int | None = None) -> Iterator[JournalRow]:
        return self._queries.read(after, upto)

    def read_stream(self, stream: str, after_version: int = 0) -> list[JournalRow]:
        return self._queries.read_stream(stream, after_version)

    def versions(self) -> dict[str, int]:
        return self._queries.versions()

    def commands(self, keys: Iterable[tuple[str, str]]) -> list[CommandRow]:
        return self._queries.commands(keys)

    def command_at(self, position: int) -> CommandRow | None:
        return self._queries.command_at(position)

    def read_commands(self, after: int = 0) -> Iterator[CommandRow]:
        return self._queries.read_commands(after)

    def keep(self, raw: bytes) -> None:
        """Store it on a connection of its own: a report too large for the disk ends no writer."""
        if self._role != "engine":
            raise JournalUnavailable("this journal was opened read-only")
        keeping = connect(self._dsn, application="gpubourse engine keeping", role="engine")
        with closing(keeping) as connection:
            try:
                connection.execute("SET synchronous_commit = on")
                connection.execute(_KEEP, (raw, raw))
            except psycopg.Error as error:
                raise unavailable_because(error) from error

    def kept(self, report_sha256: bytes) -> bytes | None:
        return self._queries.kept(report_sha256)

    def head(self) -> int:
        return self._queries.head()

    def close(self) -> None:
        with self._lock:
            self._end_writing()
        self._queries.close()
        self.datastore.close()

    # The library's own way in, for its test cases and for tools that know nothing else.

    def create_table(self) -> None:
        migrate(self._dsn)

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> list[int]:
        """Append as the library does: versions are checked by the unique index alone."""
        if not stored_events:
            return []
        if self._writer is None:
            self.take_fence()
        with self._lock:
            if self._writer is None:
                raise OperationalError("an append of this recorder failed")
            first = self._head.position + 1
            rows = [
                JournalRow(
                    n, str(event.originator_id), event.originator_version, event.topic, event.state
                )
                for n, event in enumerate(stored_events, first)
            ]
            try:
                self._commit(self._writer, rows, ())
            except OutOfSequence as error:
                raise IntegrityError(str(error)) from error
            except JournalUnavailable as error:
                raise OperationalError(str(error)) from error
            self._versions = {}
            return [row.position for row in rows]

    def _commit(
        self, writer: Connection, rows: Sequence[JournalRow], commands: Sequence[CommandRow]
    ) -> None:
        packed = pack_commands(commands) if commands else None
        try:
            commit_group(writer.pgconn, self._head.epoch, pack_events(rows), packed)
        except OutOfSequence:
            raise  # the server rolled back and said so: this writer stands where it stood
        except psycopg.Error as error:
            self._end_writing()
            raise unavailable_because(error) from error
        except BaseException:
            self._end_writing()
            raise
        self._head = self._head._replace(position=rows[-1].position)

    def _load_versions(self, streams: Sequence[str]) -> None:
        cold = [stream for stream in streams if stream not in self._versions]
        if cold:
            self._remember(self._queries.versions_of(cold))

    def _remember(self, versions: dict[str, int]) -> None:
        if len(self._versions) + len(versions) > STREAMS_REMEMBERED:
            self._versions = {}
        self._versions.update(versions)

    def _end_writing(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


class _LibraryDatastore(PostgresDatastore):
    """What the library's own methods read through: opened at their first use, stepped down."""

    def __init__(self, dsn: str, role: Role) -> None:
        super().__init__("", "", "", "", "", originator_id_type="text", max_overflow=9)
        read_only = " -c default_transaction_read_only=on" if role == "auditor" else ""
        terms = {name: term for name, term in conninfo_to_dict(dsn).items() if term is not None}
        options = f"{terms.pop('options', '')} -c role={role}{read_only}".strip()
        rows = self.pool.kwargs["row_factory"]  # type: ignore[index]
        self.pool.kwargs = {**terms, "options": options, "row_factory": rows}

    def register_type_adapters(self) -> None:
        """Nothing: composite types serve the library's INSERT, which we do not use."""


def _must_be_durable(connection: Connection) -> None:
    for setting in _DURABLE:
        if connection.execute(f"SHOW {setting}").fetchone() != ("on",):
            raise JournalUnavailable(
                f"the database runs with {setting} = off and could lose what it confirmed:"
                f" set {setting} = on and restart it"
            )


def _next_epoch(writer: Connection) -> int:
    """Bump the epoch. It waits for any append still in the air, hence before the head is read."""
    try:
        writer.execute("SET synchronous_commit = on")
        writer.execute("SET lock_timeout = '30s'")
        found = writer.execute("UPDATE fence SET epoch = epoch + 1 RETURNING epoch").fetchone()
        writer.execute("SET lock_timeout = 0")
    except psycopg.Error as error:
        raise unavailable_because(error) from error
    assert found is not None
    epoch = found[0]
    assert isinstance(epoch, int)
    return epoch
