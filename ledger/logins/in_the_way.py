"""An advisory lock of ours that a stranger holds, and auditors' sessions that stand in our way.

Everybody may take an advisory lock by its number unless the server forbids it. So a lock of ours
counts only in the hands of a role that may do what the lock is for: in another's it is passed over.
"""

from typing import Any, Final, NamedTuple, TypeAlias

import psycopg

Connection: TypeAlias = psycopg.Connection[Any]

_TRY: Final = "SELECT pg_try_advisory_lock(%s)"
_OWNER: Final = """
    SELECT owner.pid, coalesce(owner.application_name, ''), owner.usename,
           pg_has_role(owner.usesysid, %(role)s, 'MEMBER')
    FROM pg_locks JOIN pg_stat_activity AS owner USING (pid)
    WHERE locktype = 'advisory' AND granted AND objsubid = 1
      AND (classid::bigint << 32) + objid::bigint = %(number)s
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND owner.pid <> pg_backend_pid()"""

_END_AS_OWNER: Final = """
    WITH found AS MATERIALIZED (
        SELECT DISTINCT a.pid, a.application_name
        FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid AND l.granted
        JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE a.datname = current_database() AND n.nspname IN ('public', 'views')
          AND pg_has_role(a.usesysid, 'auditor', 'MEMBER')
          AND NOT pg_has_role(a.usesysid, 'engine', 'MEMBER')
    )
    SELECT pid, application_name FROM found WHERE pg_terminate_backend(pid)"""


class LockOwner(NamedTuple):
    """Whose session holds a lock of ours."""

    pid: int
    application: str
    user: str
    is_ours: bool  # it may do what the lock is for


def lock_owner(connection: Connection, number: int, role: str) -> LockOwner | None:
    """Who holds the lock now; it is ours if he may act as `role`."""
    found = connection.execute(_OWNER, {"number": number, "role": role}).fetchone()
    return None if found is None else LockOwner._make(found)


def take_lock(connection: Connection, number: int, role: str) -> LockOwner | None:
    """Take a lock for this session; or whose session has it, which counts only if it is ours."""
    while connection.execute(_TRY, [number]).fetchone() != (True,):
        owner = lock_owner(connection, number, role)
        if owner is not None:
            return owner
    return None


def end_auditors_in_the_way(connection: Connection) -> list[tuple[int, str]]:
    """End the sessions of auditors that hold a table of the journal or of the views; which ones."""
    found = connection.execute("SELECT pid, application FROM public.end_auditors_in_the_way()")
    return [(int(pid), str(application)) for pid, application in found.fetchall()]


def end_auditors_as_owner(connection: Connection) -> list[tuple[int, str]]:
    """The same by the owner's own right: an older schema has no function for it."""
    found = connection.execute(_END_AS_OWNER).fetchall()
    return [(int(pid), str(application)) for pid, application in found]


def end_overlong_auditors(connection: Connection, seconds_most: int) -> list[tuple[int, str, int]]:
    """End the sessions of auditors whose transaction is older than that; which, and how old."""
    found = connection.execute(
        "SELECT pid, application, seconds FROM public.end_overlong_auditors(%s)", [seconds_most]
    )
    return [(int(pid), str(application), int(age)) for pid, application, age in found.fetchall()]
