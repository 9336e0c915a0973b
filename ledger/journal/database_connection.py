"""One connection to the journal's database, and the reason in plain words when there is none."""

import os
import socket
from typing import Literal, TypeAlias

import psycopg

from ledger.journal.protocol import JournalUnavailable

Connection: TypeAlias = psycopg.Connection[tuple[object, ...]]
Role = Literal["engine", "auditor"]

# A peer that vanished without a word (another machine, a cable) is noticed within these.
_PATIENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}

_REASONS = {
    "28000": "the database does not let this user in",
    "28P01": "the database refused the password",
    "3D000": "there is no such database",
    "25006": "the database is read-only (a standby?)",
    "42501": "the database's user lacks a right",
    "42P01": "the database holds no journal yet: start `gpubourse run` on it once",
    "53100": "the database's disk is full: free some space",
    "53200": "the database is out of memory",
    "53300": "the database has no free connection",
    "55P03": "a lock was not given in time: another engine's append hangs in the air",
    "57P01": "the database is being shut down",
    "57P02": "the database crashed and restarts",
    "57P03": "the database is starting up or shutting down: try again in a moment",
    "58030": "the database cannot read or write its files",
}


def connect(dsn: str, *, application: str, role: Role | None = None) -> Connection:
    """Open an autocommit session on `dsn`, stepped down to `role`.

    An auditor's session is read-only. Raises JournalUnavailable with the reason.
    """
    host = socket.gethostname()
    try:
        connection = psycopg.connect(
            dsn,
            autocommit=True,
            application_name=f"{application} (process {os.getpid()} on {host})"[:63],
            **_PATIENCE,  # type: ignore[arg-type]
        )
    except psycopg.ProgrammingError:  # nobody was asked; its words might show a password
        raise JournalUnavailable(
            "the database's address is none: write it as postgresql://USER@HOST/NAME"
        ) from None
    except psycopg.Error as error:
        raise unavailable_because(error) from error
    try:
        connection.execute("SET search_path = public")
        connection.execute("SET client_min_messages = warning")
        if role is not None:
            _step_down(connection, role)
    except psycopg.Error as error:
        connection.close()
        raise unavailable_because(error) from error
    except JournalUnavailable:
        connection.close()
        raise
    return connection


class ServerWarnings:
    """What a server warned of on one connection. Of a writer's, each is a failed write: when a wait
    for a synchronous standby is cancelled, COMMIT succeeds here alone and warns (01000)."""

    def __init__(self, connection: Connection) -> None:
        self._texts: list[str] = []
        connection.add_notice_handler(self._take)  # client_min_messages lets warnings through

    def must_be_none(self) -> None:
        """Raises JournalUnavailable if the server warned since this was last asked."""
        texts, self._texts = self._texts, []
        if texts:
            raise JournalUnavailable(
                f"the database warned while it committed ({'; '.join(texts)}): what was written may"
                " stand on this server alone, so the outcome is not known"
            )

    def _take(self, diagnostic: psycopg.errors.Diagnostic) -> None:
        text = " ".join((diagnostic.message_primary or "").split())
        self._texts.append(f"{diagnostic.sqlstate}: {text}")


def unavailable_because(error: psycopg.Error) -> JournalUnavailable:
    """The same failure as JournalUnavailable, its reason in plain words."""
    return unavailable(error.sqlstate, str(error))


def unavailable(sqlstate: str | None, message: str) -> JournalUnavailable:
    """A failure as the server or libpq told it: `sqlstate` is None when it told nothing."""
    text = " ".join(message.split())
    if sqlstate is None:
        return JournalUnavailable(f"the database is down or went away: {text}")
    reason = _REASONS.get(sqlstate, "the database refused")
    return JournalUnavailable(f"{reason} ({sqlstate}: {text})")


def _step_down(connection: Connection, role: Role) -> None:
    found = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    if found is None:
        raise JournalUnavailable(_REASONS["42P01"])
    connection.execute(f"SET ROLE {role}")
    if role == "auditor":
        connection.execute("SET default_transaction_read_only = on")
