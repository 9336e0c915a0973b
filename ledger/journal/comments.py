"""What the database's tables, views and columns mean, written into it: sql/comments.sql.

No migration: a text may be put better without a new file in sql/. Whoever owns the journal writes,
at each start, those that differ from what the database says; nothing else depends on them.
"""

import logging
import re
from pathlib import Path

import psycopg

from ledger.journal.database_connection import Connection

_log = logging.getLogger(__name__)

FILE = "comments.sql"
PATIENCE = "3s"  # for a table that something else has locked: the next start writes it

_STATEMENT = re.compile(r"COMMENT ON (TABLE|VIEW|COLUMN) (\S+) IS '((?:[^']|'')*)';")
_WRITTEN = """
SELECT CASE WHEN d.objsubid > 0 THEN 'COLUMN' WHEN c.relkind = 'v' THEN 'VIEW' ELSE 'TABLE' END,
       concat_ws('.', n.nspname, c.relname, a.attname), d.description
FROM pg_description d
JOIN pg_class c ON d.classoid = 'pg_class'::regclass AND c.oid = d.objoid
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN ('public', 'views')
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0
"""
_PASSED_OVER = (  # the journal serves all the same
    psycopg.ProgrammingError,  # not its owner; a view that somebody took away
    psycopg.errors.ReadOnlySqlTransaction,  # a standby
    psycopg.errors.LockNotAvailable,
)


def explain(connection: Connection, folder: Path) -> int:
    """Write the comments that differ; return how many they were. Without the file: none."""
    path = folder / FILE
    if not path.is_file():
        return 0
    found = connection.execute(_WRITTEN)
    written = {(str(kind), str(name)): text for kind, name, text in found}
    fresh = [
        match[0]
        for match in _STATEMENT.finditer(path.read_text("utf-8"))
        if written.get((match[1], match[2].replace('"', ""))) != match[3].replace("''", "'")
    ]
    if not fresh:
        return 0
    try:
        with connection.transaction():
            connection.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'".encode())
            connection.execute("\n".join(fresh).encode())
    except _PASSED_OVER as error:
        _log.warning("the database's comments stay as they are: %s", str(error).splitlines()[0])
        return 0
    return len(fresh)
