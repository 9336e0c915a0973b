"""Journals of earlier releases, as those releases left them, and how to load one.

Each is `old/RELEASE.tar.xz`: the tables of `public` as binary COPY (the views are made anew), three
demo days of seed 7, then a part lived by the demo's market and its trader, closed in order. A new
release adds its own, made by its own code:

    gpubourse demo --headless --days 3 --seed 7 --data DATA; then say in DATA/demo.json that the
    past `is_made`, run `gpubourse demo --data DATA` on a clock that goes on from the past's end,
    trade as its trader, end it with Ctrl-C, and
    python -m tests.ledger.journal.old_journals DSN tests/ledger/journal/old/RELEASE.tar.xz
"""

import io
import json
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

from ledger.journal.migrations import migrate, sql_folder

FOLDER: Final = Path(__file__).parent / "old"
SEED: Final = 7
RELEASES: Final = sorted(path.name.removesuffix(".tar.xz") for path in FOLDER.glob("*.tar.xz"))
ABOUT: Final = "about.json"  # each table's columns, the migrations with their hashes, the epoch
MADE_BY_MIGRATIONS: Final = ("migrations", "fence")

COLUMNS = """
SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace GROUP BY 1 ORDER BY 1
"""
BY = {"stored_events": "notification_id", "commands": "first_position"}  # others by column 1


def load(dsn: str, release: str) -> None:
    """Make of an empty database the one that a release left, by that release's own migrations."""
    with tarfile.open(FOLDER / f"{release}.tar.xz", "r:xz") as archive:
        members = {each.name: _raw(archive, each) for each in archive}
    about: dict[str, Any] = json.loads(members[ABOUT])
    with tempfile.TemporaryDirectory() as folder:
        for name in about["migrations"]:
            Path(folder, name).write_bytes((sql_folder() / name).read_bytes())
        migrate(dsn, folder=Path(folder))
    with psycopg.connect(dsn) as connection:
        made = connection.execute("SELECT name, encode(sha256, 'hex') FROM migrations").fetchall()
        assert dict(made) == about["migrations"], "an applied migration is never edited"
        connection.execute("UPDATE fence SET epoch = %s", [about["epoch"]])
        for table, columns in about["columns"].items():
            if table in MADE_BY_MIGRATIONS:
                continue
            query = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(
                sql.Identifier("public", table), _listed(columns)
            )
            with connection.cursor().copy(query) as copy:
                copy.write(members[table])


def dump(dsn: str, path: Path) -> None:
    """Write what a database's journal is into one file."""
    with psycopg.connect(dsn) as connection, tarfile.open(path, "w:xz", preset=9) as archive:
        columns: dict[str, list[str]] = dict(connection.execute(COLUMNS).fetchall())
        hashes = connection.execute("SELECT name, encode(sha256, 'hex') FROM migrations ORDER BY 1")
        ((epoch,),) = connection.execute("SELECT epoch FROM fence").fetchall()
        about = {"columns": columns, "migrations": dict(hashes.fetchall()), "epoch": epoch}
        _add(archive, ABOUT, json.dumps(about, indent=1).encode())
        for table, names in columns.items():
            if table not in MADE_BY_MIGRATIONS:
                _add(archive, table, _copied(connection, table, names))


def _copied(connection: psycopg.Connection, table: str, columns: list[str]) -> bytes:
    query = sql.SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT (FORMAT binary)").format(
        _listed(columns),
        sql.Identifier("public", table),
        sql.Identifier(BY.get(table, columns[0])),
    )
    with connection.cursor().copy(query) as copy:
        return b"".join(bytes(part) for part in copy)


def _listed(columns: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _raw(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    assert file is not None, "each member is a file"
    return file.read()


def _add(archive: tarfile.TarFile, name: str, raw: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(raw)
    archive.addfile(member, io.BytesIO(raw))


if __name__ == "__main__":
    dump(sys.argv[1], Path(sys.argv[2]))
