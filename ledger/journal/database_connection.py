"""One connection to the journal's database, and the reason in plain words when there is none."""

import os
import socket
from collections.abc import Mapping
from typing import Final, TypeAlias

import psycopg

from ledger.journal.protocol import JournalUnavailable
from ledger.logins.login import READERS, Login, NoDatabaseAddress, Role, login

Connection: TypeAlias = psycopg.Connection[tuple[object, ...]]

# How long one statement of a reader may run, its waits for locks in it: no read holds a thread for
# ever. An auditor's question may be about the whole journal; the watch ends what is longer, too.
STATEMENT_MS: Final[Mapping[Role, int]] = {"door": 30_000, "auditor": 600_000}

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
    "57014": "a read took longer than it may, and was ended: ask for less",
    "57P01": "the database is being shut down",
    "57P02": "the database crashed and restarts",
    "57P03": "the database is starting up or shutting down: try again in a moment",
    "58030": "the database cannot read or write its files",
}


def connect(dsn: str, *, application: str, role: Role | None = None) -> Connection:
    """Open an autocommit session as `role` on the database that *dsn* names; None: as its owner.

    A reader's session is read-only, and each of its statements has its time. Raises
    JournalUnavailable with the reason.
    """
    host = socket.gethostname()
    found = login_as(dsn, role)
    terms = {
        **found.terms,
        "application_name": f"{application} (process {os.getpid()} on {host})"[:63],
    }
    try:
        connection = psycopg.connect(
            autocommit=True,
            **{**_PATIENCE, **terms},  # type: ignore[arg-type]
        )
    except psycopg.Error as error:
        if role is not None and f'role "{role}" does not exist' in str(error):
            raise JournalUnavailable(_REASONS["42P01"]) from None
        raise unavailable_because(error) from error
    try:
        connection.execute("SET search_path = public")
        connection.execute("SET client_min_messages = warning")
        if found.steps_down_to:
            _step_down(connection, found.steps_down_to)
        if role in READERS:
            connection.execute("SET default_transaction_read_only = on")
        if role is not None and role in STATEMENT_MS:
            connection.execute(f"SET statement_timeout = {STATEMENT_MS[role]}".encode())
    except psycopg.Error as error:
        connection.close()
        raise unavailable_because(error) from error
    except JournalUnavailable:
        connection.close()
        raise
    return connection


def login_as(dsn: str, role: Role | None) -> Login:
    """How to log on as a role. Raises JournalUnavailable for an address that is none."""
    try:
        return login(dsn, role)
    except NoDatabaseAddress as error:
        raise JournalUnavailable(str(error)) from None


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


def _step_down(connection: Connection, role: str) -> None:
    found = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    if found is None:
        raise JournalUnavailable(_REASONS["42P01"])
    connection.execute(f"SET ROLE {role}".encode())
