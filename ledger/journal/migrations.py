"""The files of sql/, applied in order, each once, recorded with their hash."""

import hashlib
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import psycopg

from ledger.journal.comments import explain
from ledger.journal.database_connection import Connection, connect, unavailable_because
from ledger.journal.protocol import JournalUnavailable
from ledger.logins.in_the_way import end_auditors_as_owner, take_lock
from ledger.logins.privileges import settle

_NAME = re.compile(r"[0-9]{4}_[a-z0-9_]+\.sql")
AUDITORS_GRACE_S = 5.0  # then their sessions that keep a table from us are ended
_LOCK_PATIENCE = "500ms"  # a waiting ALTER TABLE would hold up every reader behind it
_LOCK_SECONDS_MOST = 60  # what somebody else of ours holds, who is to end first
_RETRY_S = 0.05
_LOCK = 0x6770755F73716C  # "gpu_sql": two processes that open a new database wait for each other


class SchemaRefused(JournalUnavailable):
    """The database's schema is not one that this gpubourse may work on; nothing was changed."""


class Migration(NamedTuple):
    """One file of sql/."""

    name: str
    text: bytes

    @property
    def sha256(self) -> bytes:
        return hashlib.sha256(self.text).digest()


def sql_folder() -> Path:
    """Where the files are: inside this package once installed, at the root of a checkout."""
    installed = Path(__file__).parent / "sql"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "sql"


def migrations_in(folder: Path) -> list[Migration]:
    """The migrations of a folder, in the order of their numbers."""
    files = sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))
    return [Migration(path.name, path.read_bytes()) for path in files]


def migrate(
    dsn: str, log: Callable[[str], None] = lambda _: None, folder: Path | None = None
) -> list[str]:
    """Bring the database to this gpubourse's schema; return the names applied just now.

    The comments on tables and columns are written anew where they differ (comments.py).
    Needs the database's owner. Raises SchemaRefused for a newer schema, a changed migration or
    one that cannot be applied; JournalUnavailable when the database does not answer.
    """
    known = migrations_in(folder or sql_folder())
    with connect(dsn, application="gpubourse migrations") as connection:
        try:
            _wait_for_others(connection, log)
            fresh = _not_yet_applied(known, _applied(connection))
            for migration in fresh:
                log(f"journal: applying {migration.name}")
                _apply_in_spite(connection, migration, log)
            explain(connection, folder or sql_folder())
            if folder is None:
                for still_open in settle(connection):
                    log(f"database: {still_open}")
        except psycopg.Error as error:
            raise unavailable_because(error) from error
    return [migration.name for migration in fresh]


def must_be_current(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Refuse a database whose schema is not exactly the one of this gpubourse's sql/."""
    try:
        fresh = _not_yet_applied(migrations_in(sql_folder()), _applied(connection))
    except psycopg.Error as error:
        raise unavailable_because(error) from error
    if fresh:
        raise SchemaRefused(
            f"the database lacks {fresh[0].name}: start `gpubourse run` on it once,"
            " which applies it"
        )


def _applied(connection: psycopg.Connection[tuple[object, ...]]) -> dict[str, bytes]:
    if connection.execute("SELECT to_regclass('public.migrations')").fetchone() == (None,):
        return {}
    try:
        found = connection.execute("SELECT name, sha256 FROM public.migrations ORDER BY name")
    except psycopg.errors.UndefinedColumn as error:
        raise SchemaRefused(
            "the database is another program's: its table `migrations` is not ours. Name an empty"
            " database; nothing was changed"
        ) from error
    return {str(name): bytes(sha256) for name, sha256 in found}  # type: ignore[call-overload]


def _not_yet_applied(known: list[Migration], applied: dict[str, bytes]) -> list[Migration]:
    newer = sorted(applied.keys() - {migration.name for migration in known})
    if newer:
        raise SchemaRefused(
            f"the database has a newer schema: it holds {newer[-1]}, which this gpubourse does"
            " not know. Install the newer gpubourse; nothing was changed"
        )
    for migration in known:
        if migration.name in applied and applied[migration.name] != migration.sha256:
            raise SchemaRefused(
                f"{migration.name} is not the file that was applied to this database (its hash"
                " differs). An applied migration is never edited: restore it, and put the change"
                " into a new one; nothing was changed"
            )
    fresh = [migration for migration in known if migration.name not in applied]
    for migration in fresh:
        if applied and migration.name < max(applied):
            raise SchemaRefused(
                f"{migration.name} comes before {max(applied)}, which was already applied:"
                " give it the next free number"
            )
    return fresh


def _wait_for_others(connection: Connection, log: Callable[[str], None]) -> None:
    """Until no other owner migrates this journal; a stranger who took the lock keeps nobody."""
    (owner,) = connection.execute("SELECT current_user::text").fetchone() or ("",)
    while other := take_lock(connection, _LOCK, str(owner)):
        if not other.is_ours:
            log(f"journal: {other.user} holds the migrations' lock, and is passed over")
            return
        time.sleep(_RETRY_S)


def _apply_in_spite(
    connection: Connection, migration: Migration, log: Callable[[str], None]
) -> None:
    """Apply it; auditors whose open transactions keep a table are ended after a moment."""
    began = time.monotonic()
    while True:
        try:
            return _apply(connection, migration)
        except psycopg.errors.LockNotAvailable:
            if time.monotonic() > began + _LOCK_SECONDS_MOST:
                raise
            if time.monotonic() > began + AUDITORS_GRACE_S:
                for pid, name in end_auditors_as_owner(connection):
                    log(f"journal: ended an auditor's session in the way: {name} (pid {pid})")


def _apply(connection: psycopg.Connection[tuple[object, ...]], migration: Migration) -> None:
    try:
        with connection.transaction():
            connection.execute(f"SET LOCAL lock_timeout = '{_LOCK_PATIENCE}'".encode())
            connection.execute(migration.text)
            connection.execute(
                "INSERT INTO public.migrations (name, sha256) VALUES (%s, %s)",
                [migration.name, migration.sha256],
            )
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
        raise SchemaRefused(
            f"{migration.name} could not be applied: {str(error).strip()}."
            " It needs an empty database, and a user who owns it and may create roles"
        ) from error
