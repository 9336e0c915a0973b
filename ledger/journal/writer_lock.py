"""An advisory lock: a second engine learns who holds the journal before it takes it over.

It is only a courtesy. The lock lives with a session, so it says nothing about an append that hangs
in the air; the epoch of the fence alone decides who may write.
"""

import os
import socket
import time

import psycopg

from ledger.journal.database_connection import Connection, connect, unavailable_because
from ledger.journal.protocol import JournalUnavailable

_LOCK_NUMBER = 0x67707562  # "gpub"
_HOST_KEPT = 16  # characters of a machine's name that no session's name has cut off
_GRACE_S = 3.0  # the session of an engine that was just killed ends within a moment

_TRY_LOCK = "SELECT pg_try_advisory_lock(%s)"
_LOCK_OWNER = """
SELECT holder.pid, holder.application_name
FROM pg_locks JOIN pg_stat_activity AS holder USING (pid)
WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = %s
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_OTHER_ENGINE = """
SELECT application_name FROM pg_stat_activity
WHERE (application_name LIKE 'gpubourse engine%%' OR application_name LIKE 'gpubourse migrations%%')
  AND pid <> pg_backend_pid() AND application_name NOT LIKE %s LIMIT 1
"""


class HeldByAnother(JournalUnavailable):
    """Another engine lives on this journal."""


def take_writer_lock(connection: Connection) -> None:
    """Lock the journal for this session; HeldByAnother, with the holder's process, if taken."""
    until = time.monotonic() + _GRACE_S
    try:
        while connection.execute(_TRY_LOCK, [_LOCK_NUMBER]).fetchone() != (True,):
            if time.monotonic() > until:
                raise HeldByAnother(_lock_owner(connection))
            time.sleep(0.05)
    except psycopg.Error as error:
        raise unavailable_because(error) from error


def _lock_owner(connection: Connection) -> str:
    found = connection.execute(_LOCK_OWNER, [_LOCK_NUMBER]).fetchone()
    if found is None:
        return "the journal was held by another engine until just now: try again"
    pid, name = found
    return (
        f"the journal is held by another engine: {name or 'of unknown name'},"
        f" database session pid {pid}. Stop that one first, or use another data folder"
    )


def other_engine(dsn: str) -> str:
    """Who lives on this journal, or is about to, once our own engine has let go of it; "": nobody.

    Raises JournalUnavailable when the database does not answer.
    """
    ours = f"%(process {os.getpid()} on {socket.gethostname()[:_HOST_KEPT]}%"
    with connect(dsn, application="gpubourse farewell") as connection:
        try:
            if connection.execute(_LOCK_OWNER, [_LOCK_NUMBER]).fetchone() is not None:
                return _lock_owner(connection)
            found = connection.execute(_OTHER_ENGINE, [ours]).fetchone()
        except psycopg.Error as error:
            raise unavailable_because(error) from error
    return "" if found is None else str(found[0])
