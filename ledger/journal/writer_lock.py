"""An advisory lock: a second engine learns who holds the journal before it takes it over.

It is only a courtesy. The lock lives with a session, so it says nothing about an append that hangs
in the air; the epoch of the fence alone decides who may write. It counts only in an engine's hands:
whoever else takes its number keeps no engine out. Then an engine is known by its session alone.
"""

import logging
import os
import socket
import time

import psycopg

from ledger.journal.database_connection import Connection, connect, unavailable_because
from ledger.journal.protocol import JournalUnavailable
from ledger.logins.in_the_way import lock_owner, take_lock

_log = logging.getLogger(__name__)

LOCK_NUMBER = 0x67707562  # "gpub"
_HOST_KEPT = 16  # characters of a machine's name that no session's name has cut off
_GRACE_S = 3.0  # the session of an engine that was just killed ends within a moment

_OTHER_WRITER = """
SELECT application_name, pid FROM pg_stat_activity
WHERE application_name LIKE 'gpubourse engine (%%' AND pid <> pg_backend_pid()
  AND datname = current_database() AND pg_has_role(usesysid, 'engine', 'MEMBER') LIMIT 1
"""
_OTHER_ENGINE = """
SELECT application_name FROM pg_stat_activity
WHERE (application_name LIKE 'gpubourse engine%%' OR application_name LIKE 'gpubourse migrations%%')
  AND pid <> pg_backend_pid() AND application_name NOT LIKE %s
  AND pg_has_role(usesysid, 'engine', 'MEMBER') LIMIT 1
"""


class HeldByAnother(JournalUnavailable):
    """Another engine lives on this journal."""


def take_writer_lock(connection: Connection) -> None:
    """Lock the journal for this session; HeldByAnother, with the owner's process, if taken."""
    until = time.monotonic() + _GRACE_S
    try:
        while held := _held_by(connection):
            if time.monotonic() > until:
                raise HeldByAnother(held)
            time.sleep(0.05)
    except psycopg.Error as error:
        raise unavailable_because(error) from error


def _held_by(connection: Connection) -> str:
    """Which engine holds the journal, in words; "": none, and the lock is ours if it was free."""
    owner = take_lock(connection, LOCK_NUMBER, "engine")
    if owner is None:
        return ""
    if owner.is_ours:
        return _in_words(owner.application, owner.pid)
    other = connection.execute(_OTHER_WRITER).fetchone()
    if other is None:
        _log.warning(
            "the engine's lock is in the hands of %s, who is no engine (session pid %d): passed"
            " over, for the fence decides who writes",
            *(owner.user, owner.pid),
        )
        return ""
    return _in_words(str(other[0]), other[1])


def _in_words(name: str, pid: object) -> str:
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
            owner = lock_owner(connection, LOCK_NUMBER, "engine")
            if owner is not None and owner.is_ours:
                return _in_words(owner.application, owner.pid)
            found = connection.execute(_OTHER_ENGINE, [ours]).fetchone()
        except psycopg.Error as error:
            raise unavailable_because(error) from error
    return "" if found is None else str(found[0])
