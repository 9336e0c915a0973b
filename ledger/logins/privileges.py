"""What PostgreSQL lets everybody do, taken from everybody and given to those of ours who need it.

These belong to the server or to the database as a whole, so a dump or a template does not bear
them: they are settled at each start, by the owner. A server where we are no superuser may keep
some of them; then they are named.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final, TypeAlias

import psycopg
from psycopg.sql import SQL, Composed, Identifier

AUDITORS_MOST: Final = 20  # sessions of role `auditor` at once, on the whole server
AUDITORS_DISK: Final = "1GB"  # that one of their statements may fill while it sorts

# Functions that anybody may call as PostgreSQL comes, by what an auditor could do with them.
OPEN_TO_ALL: Final = {
    "hold locks that others look at": "^pg_(try_)?advisory_",
    "store large objects": "^(lo_.*|loread|lowrite)$",
    "wake the views by a function": "^pg_notify$",
    "write into the server's log of changes": "^pg_logical_emit_message$",
    "use up numbers of transactions": "^(pg_current_xact_id|txid_current)$",
}
NEEDED: Final = {"pg_try_advisory_lock(bigint)": ("engine", "viewer")}  # of them, and by whom
_READ_ONLY: Final = "default_transaction_read_only=on"
_ROLE_SETTINGS: Final = {
    "auditor": [_READ_ONLY, f"temp_file_limit={AUDITORS_DISK}"],
    "door": [_READ_ONLY],
}

_FUNCTIONS = (
    "SELECT oid::regprocedure::text FROM pg_proc"
    " WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ %s"
    " AND has_function_privilege('auditor', oid, 'EXECUTE') ORDER BY 1"
)
_HAS_FUNCTION = "SELECT has_function_privilege(%s, %s, 'EXECUTE')"
_DATABASE = (
    "SELECT current_database(), has_database_privilege('auditor', current_database(), 'TEMP')"
)
_ROLE = (
    "SELECT rolconnlimit, coalesce((SELECT setconfig FROM pg_db_role_setting"
    " WHERE setrole = r.oid AND setdatabase = 0), '{}') FROM pg_roles r WHERE rolname = %s"
)
_LEFT_OPEN = (
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.InternalError_,  # another start changed the same row in this moment
    psycopg.errors.ReadOnlySqlTransaction,  # a standby
)

Connection: TypeAlias = psycopg.Connection[Any]


def settle(connection: Connection) -> list[str]:
    """Take and give what this user may; what stays open, in words."""
    for statement in _statements(connection):
        with suppress(*_LEFT_OPEN):  # then it stays open, and is told
            connection.execute(statement)
    return list(still_open(connection))


def still_open(connection: Connection) -> Iterator[str]:
    """What an auditor may still do here that he should not, each with what ends it."""
    for words, pattern in OPEN_TO_ALL.items():
        if found := _functions(connection, pattern):
            ending = f"a superuser says REVOKE EXECUTE ON FUNCTION {', '.join(found)} FROM PUBLIC"
            yield _in_words(words, ending + _grants(connection, found))
    database, has_temp = _row(connection, _DATABASE)
    if has_temp:
        ending = f"the database's owner says REVOKE TEMP ON DATABASE {database} FROM PUBLIC"
        yield _in_words("make temporary tables", ending)
    limit, settings = _row(connection, _ROLE, "auditor")
    if limit < 0:
        ending = f"a superuser says ALTER ROLE auditor CONNECTION LIMIT {AUDITORS_MOST}"
        yield _in_words("use up the server's connections", ending)
    if not any(setting.startswith("temp_file_limit=") for setting in settings):
        ending = f"a superuser says ALTER ROLE auditor SET temp_file_limit = '{AUDITORS_DISK}'"
        yield _in_words("fill the server's disk while he sorts", ending)


def _statements(connection: Connection) -> Iterator[SQL | Composed]:
    database, has_temp = _row(connection, _DATABASE)
    if has_temp:
        yield SQL("REVOKE TEMP ON DATABASE {} FROM PUBLIC").format(Identifier(database))
    for function, roles in NEEDED.items():  # before they are taken from everybody
        for role in roles:
            if not _row(connection, _HAS_FUNCTION, role, function)[0] or _is_open(connection):
                yield SQL(f"GRANT EXECUTE ON FUNCTION {function} TO {role}, CURRENT_USER")
    for pattern in OPEN_TO_ALL.values():
        for function in _functions(connection, pattern):
            yield SQL(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
    yield from _of_roles(connection)


def _of_roles(connection: Connection) -> Iterator[SQL | Composed]:
    """A role may change its own defaults for good: they are set anew at each start."""
    for role, wanted in _ROLE_SETTINGS.items():
        limit, settings = _row(connection, _ROLE, role)
        if sorted(settings) != sorted(wanted):
            yield SQL(f"ALTER ROLE {role} RESET ALL")
            for setting in wanted:
                name, _, value = setting.partition("=")
                yield SQL(f"ALTER ROLE {role} SET {name} = '{value}'")
        if role == "auditor" and limit < 0:
            yield SQL(f"ALTER ROLE {role} CONNECTION LIMIT {AUDITORS_MOST}")


def _is_open(connection: Connection) -> bool:
    return any(_functions(connection, pattern) for pattern in OPEN_TO_ALL.values())


def _grants(connection: Connection, taken: list[str]) -> str:
    """What gives to those of ours who need it what is taken from everybody, as statements."""
    (owner,) = _row(connection, "SELECT current_user::text")
    return "".join(
        f"; GRANT EXECUTE ON FUNCTION {function} TO {', '.join([*roles, owner])}"
        for function, roles in NEEDED.items()
        if function in taken
    )


def _functions(connection: Connection, pattern: str) -> list[str]:
    return [name for (name,) in connection.execute(_FUNCTIONS, [pattern]).fetchall()]


def _row(connection: Connection, query: str, *terms: str) -> Any:
    found = connection.execute(query.encode(), terms).fetchone()
    assert found is not None
    return found


def _in_words(what: str, ending: str) -> str:
    return f"an auditor may {what}: {ending}"
