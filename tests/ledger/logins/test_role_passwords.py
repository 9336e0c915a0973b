"""On a server of one's own each role gets a password that nobody sees, or it is told."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

import ledger.embedded.embedded_server as embedded
from ledger.embedded.embedded_server import EmbeddedPostgres
from ledger.journal.database_connection import connect
from ledger.journal.migrations import migrate
from ledger.journal.postgres import PostgresJournal
from ledger.journal.protocol import JournalUnavailable
from ledger.logins.login import ROLES, Role, address_terms, login, password_in, shown
from ledger.logins.role_passwords import auditor_address, with_logins
from tests.ledger.journal.rows import row

pytestmark = [pytest.mark.postgres, pytest.mark.xdist_group("own-server")]

OTHERS_BY_PASSWORD = """\
local all postgres,landlord peer map=gpubourse
local all all scram-sha-256
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The owner's address of a server that lets our roles in by password alone."""
    patch = pytest.MonkeyPatch()
    patch.setattr(embedded, "host_based_access", lambda: OTHERS_BY_PASSWORD)
    found = EmbeddedPostgres(tmp_path_factory.mktemp("own"))
    try:
        dsn = found.start()
        patch.undo()  # the next server is like any other
        migrate(dsn)
        yield dsn
    finally:
        found.erase()


@pytest.fixture
def dsn(server: str) -> Iterator[str]:
    """The same with no password set, and nothing noted."""
    yield server
    with psycopg.connect(server, autocommit=True) as owner:
        for role in ROLES:
            owner.execute(f"ALTER ROLE {role} PASSWORD NULL")
            owner.execute(f"COMMENT ON ROLE {role} IS NULL")


def user_of(dsn: str, role: Role) -> object:
    with connect(dsn, application="looking", role=role) as session:
        return session.execute("SELECT session_user::text, current_user::text").fetchone()


def test_each_role_logs_on_by_a_password_of_its_own(dsn: str, tmp_path: Path) -> None:
    found, missing = with_logins(dsn, tmp_path)

    assert missing == []
    for role in ("engine", "viewer", "door"):
        assert user_of(found, role) == (role, role)
    files = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert sorted(files) == ["auditor.pgpass", "logins.pgpass"]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in tmp_path.iterdir())
    assert files["auditor.pgpass"].count("\n") == 1, "it may be handed on: it opens nothing else"
    passwords = [line.rsplit(":", 1)[1] for text in files.values() for line in text.splitlines()]
    assert len(set(passwords)) == len(ROLES)


def test_a_second_start_sets_no_other_password(dsn: str, tmp_path: Path) -> None:
    first = with_logins(dsn, tmp_path)
    kept = (tmp_path / "logins.pgpass").read_text()

    assert with_logins(dsn, tmp_path) == first
    assert (tmp_path / "logins.pgpass").read_text() == kept


def test_a_whole_journal_works_by_them(dsn: str, tmp_path: Path) -> None:
    found, _ = with_logins(dsn, tmp_path)
    journal = PostgresJournal(found)
    journal.take_fence()
    journal.append([row(journal.head() + 1)])
    address = auditor_address(dsn, tmp_path)
    assert address is not None
    auditor = PostgresJournal.for_auditor(address)

    assert auditor.head() == journal.head()
    with psycopg.connect(address) as session:
        assert session.execute("SELECT session_user::text").fetchone() == ("auditor",)
    auditor.close()
    journal.close()


def test_no_address_that_is_printed_bears_a_password(dsn: str, tmp_path: Path) -> None:
    found, _ = with_logins(dsn, tmp_path)
    address = auditor_address(dsn, tmp_path)
    assert address is not None
    secret = password_in(str(tmp_path / "auditor.pgpass"), "auditor")
    theirs = make_conninfo(dsn, password="hidden-1", user="landlord")

    for each in (found, address, theirs, shown(theirs)[0], shown(address)[0]):
        assert secret not in each
    assert "hidden-1" not in shown(theirs)[0]
    assert shown(theirs)[1]["PGPASSWORD"] == "hidden-1"
    assert address_terms(shown(theirs)[0])["user"] == "landlord"


def test_an_environments_password_does_not_speak_for_another_role(
    dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, _ = with_logins(dsn, tmp_path)
    address = auditor_address(dsn, tmp_path)
    assert address is not None
    monkeypatch.setenv("PGPASSWORD", "the owner's")

    assert user_of(found, "engine") == ("engine", "engine")
    assert user_of(address, "auditor") == ("auditor", "auditor")
    assert "PGPASSWORD" not in shown(address)[1]
    assert os.environ["PGPASSWORD"] == "the owner's"


def test_another_databases_passwords_are_left_alone(dsn: str, tmp_path: Path) -> None:
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    mine.mkdir()
    theirs.mkdir()
    with psycopg.connect(dsn, autocommit=True) as owner:
        owner.execute("CREATE DATABASE second")
    second = dsn.replace("/gpubourse?", "/second?")
    found, _ = with_logins(dsn, mine)

    _, missing = with_logins(second, theirs)

    assert len(missing) == len(ROLES)
    assert all("of the gpubourse venue in the database gpubourse" in words for words in missing)
    assert user_of(found, "engine") == ("engine", "engine"), "the first venue goes on"
    with psycopg.connect(dsn, autocommit=True) as owner:
        owner.execute("DROP DATABASE second")


def test_an_owner_who_may_make_none_steps_down_and_it_is_told(dsn: str, tmp_path: Path) -> None:
    with psycopg.connect(dsn, autocommit=True) as owner:
        owner.execute("CREATE ROLE landlord LOGIN")
        owner.execute(f"GRANT {', '.join(ROLES)} TO landlord")
    theirs = make_conninfo(dsn, user="landlord", password="not asked for")

    found, missing = with_logins(theirs, tmp_path)

    assert found == theirs
    assert len(missing) == len(ROLES)
    assert all("landlord may not give it a password" in words for words in missing)
    assert all("not asked for" not in words for words in missing)
    assert user_of(found, "engine") == ("landlord", "engine")
    assert auditor_address(theirs, tmp_path / "none") is None
    with psycopg.connect(dsn, autocommit=True) as owner:
        owner.execute("DROP OWNED BY landlord")
        owner.execute("DROP ROLE landlord")


def test_a_password_file_of_ones_own_is_read_and_never_written(dsn: str, tmp_path: Path) -> None:
    own = tmp_path / "own.pgpass"
    lines = []
    with psycopg.connect(dsn, autocommit=True) as owner:
        for role in ROLES:
            owner.execute(f"ALTER ROLE {role} PASSWORD 'of-{role}'")
            lines.append(f"*:*:*:{role}:of-{role}")
    own.write_text("\n".join(lines))
    own.chmod(0o600)
    named = make_conninfo(dsn, passfile=str(own))

    assert with_logins(named, tmp_path / "data") == (named, [])
    assert user_of(named, "door") == ("door", "door")
    address = auditor_address(named, tmp_path / "data")
    assert address is not None
    assert user_of(address, "auditor") == ("auditor", "auditor")
    own.write_text("\n".join(lines[:-1]))
    _, missing = with_logins(named, tmp_path / "data")
    assert len(missing) == 1
    assert not (tmp_path / "data").exists()


def test_what_is_no_address_shows_no_password() -> None:
    with pytest.raises(JournalUnavailable) as refused:
        PostgresJournal("postgresql//user:hidden-2@host")
    assert "hidden-2" not in str(refused.value)


def test_the_embedded_server_needs_no_password(postgres_dsn: str, tmp_path: Path) -> None:
    assert with_logins(postgres_dsn, tmp_path) == (postgres_dsn, [])
    assert list(tmp_path.iterdir()) == []
    assert login(postgres_dsn, "engine").steps_down_to == ""
