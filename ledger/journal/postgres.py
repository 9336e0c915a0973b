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

from ledger.journal.commit_chain import inherited_commit, next_commit
from ledger.journal.continuity import (
    OutOfSequence,
    commands_must_fit,
    must_be_marked,
    must_be_whole,
    must_continue,
    must_have_no_holes,
    spans,
)
from ledger.journal.copy_stream import pack_commands, pack_events
from ledger.journal.database_connection import (
    STATEMENT_MS,
    Connection,
    ServerWarnings,
    connect,
    login_as,
    unavailable_because,
)
from ledger.journal.group_commit import commit_group
from ledger.journal.migrations import migrate, must_be_current
from ledger.journal.protocol import (
    CommandRow,
    Commit,
    Deposed,
    Head,
    Journal,
    JournalRow,
    JournalUnavailable,
    SavedState,
)
from ledger.journal.queries import JournalQueries
from ledger.journal.writer_lock import take_writer_lock
from ledger.logins.login import READERS, Role

STREAMS_REMEMBERED = 200_000  # last versions kept in memory; others are looked up, one query

_KEEP = "INSERT INTO public.reports VALUES (sha256(%s), %s) ON CONFLICT DO NOTHING"
_INHERIT = (
    "INSERT INTO public.commits SELECT %s, %s, %s, %s FROM"
    " (SELECT FROM public.fence WHERE epoch = %s FOR SHARE) AS held"
)
_DURABLE = ("fsync", "full_page_writes")


class PostgresJournal(PostgresApplicationRecorder, Journal):
    """The store of record in the database that `dsn` names, whose schema must be current.

    Raises JournalUnavailable when the database is down, is not durable or has another schema.
    """

    def __init__(self, dsn: str, *, role: Role = "engine", courtesy: bool = True) -> None:
        """Open for the engine; or, with another role, for reading alone.

        `courtesy`: refuse early, by an advisory lock, while another engine lives.
        """
        super().__init__(_LibraryDatastore(dsn, role))
        self._dsn = dsn
        self._role: Role = role
        self._courtesy = courtesy
        self._queries = JournalQueries(dsn, role)
        self._lock = Lock()  # the library lets several threads insert
        self._writer: Connection | None = None
        self._warnings: ServerWarnings | None = None  # the writer's
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

    @classmethod
    def for_door(cls, dsn: str) -> Self:
        """Open read-only, as role `door`: for the gateway's own reads, which no limit of auditors
        holds up."""
        return cls(dsn, role="door")

    def take_fence(self) -> Head:
        with self._lock:
            self._end_writing()
            if self._role != "engine":
                raise JournalUnavailable("this journal was opened read-only")
            writer = connect(self._dsn, application="gpubourse engine", role="engine")
            try:
                if self._courtesy:
                    take_writer_lock(writer)
                warnings = ServerWarnings(writer)
                epoch = _next_epoch(writer, warnings)
                self._head = Head(epoch, self._queries.head())
                self._head = self._head._replace(commit=self._last_commit(writer, warnings))
            except (JournalUnavailable, Deposed):
                writer.close()
                raise
            self._writer, self._warnings = writer, warnings
            self._versions = {}
            return self._head

    def append(self, rows: Sequence[JournalRow], commands: Sequence[CommandRow] = ()) -> Commit:
        with self._lock:
            if self._writer is None:
                raise JournalUnavailable("this writer holds no fence, or an append of it failed")
            found = spans(rows, self._head.position)
            commands_must_fit(commands, rows)
            self._load_versions([stream for stream, span in found.items() if span.first > 1])
            must_continue(found, self._versions)
            commit = self._commit(self._writer, rows, commands)
            self._remember({stream: span.last for stream, span in found.items()})
            return commit

    def read(self, after: int = 0, upto: int | None = None) -> Iterator[JournalRow]:
        return self._queries.read(after, upto)

    def read_stream(
        self, stream: str, after_version: int = 0, most: int | None = None
    ) -> list[JournalRow]:
        return self._queries.read_stream(stream, after_version, most)

    def begun_streams(self, prefix: str) -> list[JournalRow]:
        return self._queries.begun_streams(prefix)

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
            warnings = ServerWarnings(connection)
            try:
                connection.execute("SET synchronous_commit = on")
                connection.execute(_KEEP, (raw, raw))
            except psycopg.Error as error:
                raise unavailable_because(error) from error
            warnings.must_be_none()

    def count_commands(self, upto: int) -> int:
        return self._queries.count_commands(upto)

    def read_commits(self, upto: int | None = None, after: int = 0) -> Iterator[Commit]:
        return self._queries.read_commits(upto, after)

    def commits_around(self, position: int) -> tuple[Commit | None, Commit | None]:
        return self._queries.commits_around(position)

    def kept(self, report_sha256: bytes) -> bytes | None:
        return self._queries.kept(report_sha256)

    def kept_hashes(self) -> dict[bytes, bytes]:
        return self._queries.kept_hashes()

    def saved_states(self) -> list[SavedState]:
        return self._queries.saved_states()

    def saved_bytes(self, saved: SavedState) -> bytes:
        return self._queries.saved_bytes(saved)

    def name_hashes(self) -> dict[str, bytes]:
        return self._queries.name_hashes()

    def epoch(self) -> int | None:
        return self._queries.epoch()

    def head(self) -> int:
        return self._queries.head()

    def count(self) -> int:
        return self._queries.count()

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
    ) -> Commit:
        must_be_marked(self._head.commit, rows)
        commit = next_commit(self._head.commit, self._head.epoch, rows, commands)
        packed = pack_commands(commands) if commands else None
        assert self._warnings is not None, "a writer's warnings are counted"
        try:
            commit_group(writer.pgconn, commit, pack_events(rows), packed, self._warnings)
        except OutOfSequence:
            raise  # the server rolled back and said so: this writer stands where it stood
        except psycopg.Error as error:
            self._end_writing()
            raise unavailable_because(error) from error
        except BaseException:
            self._end_writing()
            raise
        self._head = self._head._replace(position=commit.last_position, commit=commit)
        return commit

    def _last_commit(self, writer: Connection, warnings: ServerWarnings) -> Commit:
        """The commit that ends at the head; what an older release left gets one now."""
        head = self._head.position
        must_have_no_holes(head, self._queries.count())
        last, beyond = self._queries.commits_around(head)
        if beyond is not None and self._queries.head() < beyond.last_position:
            must_be_whole(beyond, head)  # events were cut from under their commits
        if last is None and head:
            counts = head, self._queries.count_commands(head)
            rows, commands = self._queries.read(0, head), self._queries.read_commands(0)
            last = inherited_commit(rows, commands, *counts)
            _store_inherited(writer, last, self._head.epoch)
            warnings.must_be_none()
        last = last or Commit.none()
        must_be_whole(last, head)
        return last

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
        found = login_as(dsn, role)
        terms = dict(found.terms)
        read_only = " -c default_transaction_read_only=on" if role in READERS else ""
        timed = f" -c statement_timeout={STATEMENT_MS[role]}" if role in STATEMENT_MS else ""
        stepped = f" -c role={found.steps_down_to}" if found.steps_down_to else ""
        options = f"{terms.pop('options', '')}{stepped}{read_only}{timed}".strip()
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


def _store_inherited(writer: Connection, commit: Commit, epoch: int) -> None:
    try:
        is_stored = writer.execute(_INHERIT, [*commit, epoch]).rowcount == 1
    except psycopg.Error as error:
        raise unavailable_because(error) from error
    if not is_stored:
        raise Deposed(f"epoch {epoch} is over: another engine took the fence")


def _next_epoch(writer: Connection, warnings: ServerWarnings) -> int:
    """Bump the epoch. It waits for any append still in the air, hence before the head is read.

    And the bump itself must have come through: then all before it has, on every standby waited for.
    """
    try:
        writer.execute("SET synchronous_commit = on")
        writer.execute("SET lock_timeout = '30s'")
        found = writer.execute("UPDATE fence SET epoch = epoch + 1 RETURNING epoch").fetchone()
        writer.execute("SET lock_timeout = 0")
        assert found is not None
        writer.execute(f"SET gpubourse.epoch = {found[0]:d}".encode())  # for the tables' guard
    except psycopg.Error as error:
        raise unavailable_because(error) from error
    warnings.must_be_none()
    epoch = found[0]
    assert isinstance(epoch, int)
    return epoch
