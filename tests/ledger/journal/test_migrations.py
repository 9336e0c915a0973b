"""The files of sql/ are applied in order, each once; a newer or changed one is refused."""

import hashlib
from pathlib import Path

import psycopg
import pytest

from ledger.journal.migrations import SchemaRefused, migrate, migrations_in, sql_folder
from ledger.journal.postgres import PostgresJournal
from ledger.journal.protocol import JournalUnavailable
from tests.ledger.journal.rows import command, row

pytestmark = pytest.mark.postgres


def tables(dsn: str) -> set[str]:
    with psycopg.connect(dsn) as connection:
        found = connection.execute("SELECT relname FROM pg_class WHERE relname LIKE 't\\_%'")
        return {name for (name,) in found}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Our first migration and one more."""
    first = migrations_in(sql_folder())[0]
    (tmp_path / first.name).write_bytes(first.text)
    (tmp_path / "0002_more.sql").write_text("CREATE TABLE t_more (n int)")
    (tmp_path / "README.md").write_text("not a migration")
    return tmp_path


def test_each_is_applied_once_and_recorded_with_its_hash(
    empty_postgres_dsn: str, folder: Path
) -> None:
    said: list[str] = []
    applied = ["0001_journal.sql", "0002_more.sql"]
    assert migrate(empty_postgres_dsn, said.append, folder) == applied
    assert said == [f"journal: applying {name}" for name in applied]
    assert migrate(empty_postgres_dsn, said.append, folder) == []
    with psycopg.connect(empty_postgres_dsn) as connection:
        recorded = connection.execute("SELECT name, sha256 FROM migrations ORDER BY name")
        assert recorded.fetchall() == [
            (name, hashlib.sha256((folder / name).read_bytes()).digest()) for name in applied
        ]


def test_a_later_one_is_added(empty_postgres_dsn: str, folder: Path) -> None:
    migrate(empty_postgres_dsn, folder=folder)
    (folder / "0010_late.sql").write_text("CREATE TABLE t_late (n int)")
    assert migrate(empty_postgres_dsn, folder=folder) == ["0010_late.sql"]
    assert tables(empty_postgres_dsn) == {"t_more", "t_late"}


def test_one_that_fails_leaves_nothing_of_itself(empty_postgres_dsn: str, folder: Path) -> None:
    (folder / "0003_half.sql").write_text("CREATE TABLE t_half (n int); SELECT 1 / 0")
    with pytest.raises(SchemaRefused, match=r"0003_half\.sql could not be applied.*zero"):
        migrate(empty_postgres_dsn, folder=folder)
    assert tables(empty_postgres_dsn) == {"t_more"}


def test_a_newer_schema_is_refused(empty_postgres_dsn: str, folder: Path) -> None:
    migrate(empty_postgres_dsn, folder=folder)
    (folder / "0002_more.sql").unlink()
    with pytest.raises(SchemaRefused, match=r"newer schema: it holds 0002_more\.sql"):
        migrate(empty_postgres_dsn, folder=folder)


def test_a_changed_migration_is_refused(empty_postgres_dsn: str, folder: Path) -> None:
    migrate(empty_postgres_dsn, folder=folder)
    (folder / "0002_more.sql").write_text("CREATE TABLE t_other (n int)")
    with pytest.raises(SchemaRefused, match=r"0002_more\.sql is not the file"):
        migrate(empty_postgres_dsn, folder=folder)
    assert tables(empty_postgres_dsn) == {"t_more"}


def test_one_squeezed_in_between_is_refused(empty_postgres_dsn: str, folder: Path) -> None:
    (folder / "0002_more.sql").rename(folder / "0005_more.sql")
    migrate(empty_postgres_dsn, folder=folder)
    (folder / "0003_between.sql").write_text("CREATE TABLE t_between (n int)")
    with pytest.raises(SchemaRefused, match="next free number"):
        migrate(empty_postgres_dsn, folder=folder)


def test_a_database_in_use_by_something_else_is_refused(empty_postgres_dsn: str) -> None:
    with psycopg.connect(empty_postgres_dsn) as connection:
        connection.execute("CREATE TABLE stored_events (n int)")
    with pytest.raises(SchemaRefused, match="empty database"):
        migrate(empty_postgres_dsn)


def test_a_journal_opens_only_on_its_own_schema(postgres_dsn: str, empty_postgres_dsn: str) -> None:
    with pytest.raises(JournalUnavailable, match="lacks 0001_journal"):
        PostgresJournal(empty_postgres_dsn)
    with psycopg.connect(postgres_dsn) as connection:
        connection.execute("INSERT INTO migrations (name, sha256) VALUES ('9999_future.sql', '')")
    for role in ("engine", "auditor"):
        with pytest.raises(SchemaRefused, match="newer schema"):
            PostgresJournal(postgres_dsn, role=role)


def test_an_owner_who_is_no_superuser_serves(empty_postgres_dsn: str) -> None:
    """A server of one's own: `GPUBOURSE_DATABASE_URL` names a plain user who owns the database."""
    with psycopg.connect(empty_postgres_dsn, autocommit=True) as superuser:
        (name,) = superuser.execute("SELECT current_database()").fetchone() or ("",)
        roles = "SELECT string_agg(rolname, ', ') FROM pg_roles WHERE rolname !~ '^(pg_|postgres)'"
        (ours,) = superuser.execute(roles).fetchone() or ("",)
        superuser.execute("CREATE ROLE landlord LOGIN")
        superuser.execute(f"GRANT {ours} TO landlord")
        superuser.execute(f"ALTER DATABASE {name} OWNER TO landlord")
        dsn = empty_postgres_dsn.replace("postgres@", "landlord@")
        migrate(dsn)
        journal = PostgresJournal(dsn)
        journal.take_fence()
        journal.append([row(1)], [command(1)])
        auditor = PostgresJournal.for_auditor(dsn)
        assert list(auditor.read()) == [row(1)]
        journal.close()
        auditor.close()
        superuser.execute(f"ALTER DATABASE {name} OWNER TO postgres")
        superuser.execute("REASSIGN OWNED BY landlord TO postgres")
        superuser.execute("DROP OWNED BY landlord")
        superuser.execute("DROP ROLE landlord")
