"""Each trick of the table, tried by a session that really is that login."""

from collections import Counter
from collections.abc import Iterator
from typing import get_args

import psycopg
import pytest

from ledger.journal.migrations import migrate
from ledger.journal.postgres import PostgresJournal
from ledger.logins.login import ROLES, login
from tests.ledger.journal.rows import command, row
from tests.ledger.logins.tricks import TRICKS, Trick, Verdict

pytestmark = [pytest.mark.postgres, pytest.mark.xdist_group("tricks")]

REFUSED_LEAST = {
    "engine": 51,
    "viewer": 67,
    "door": 79,
    "auditor": 83,
    "owner": 12,
    "superuser": 14,
}


@pytest.fixture(scope="module")
def venue(postgres_server: str) -> Iterator[str]:
    """The superuser's address of a database that another user owns, with an engine alive on it."""
    superuser = psycopg.connect(postgres_server, dbname="postgres", autocommit=True)
    superuser.execute("CREATE ROLE landlord LOGIN CREATEROLE")
    superuser.execute(f"GRANT {', '.join(ROLES)} TO landlord")
    superuser.execute("CREATE DATABASE tricks OWNER landlord")
    dsn = postgres_server.replace("/gpubourse?", "/tricks?")
    migrate(dsn.replace("postgres@", "landlord@"))
    migrate(dsn)  # what takes a superuser
    journal = PostgresJournal(dsn)
    journal.take_fence()
    journal.append([row(1)], [command(1)])
    yield dsn
    journal.close()
    superuser.execute("DROP DATABASE tricks WITH (FORCE)")
    superuser.execute("DROP OWNED BY landlord")
    superuser.execute("DROP ROLE landlord")
    superuser.close()


def session(dsn: str, name: str) -> psycopg.Connection:
    """A session of a login; nobody has stepped down in it."""
    terms = login(dsn, None).terms
    others = {"owner": "landlord", "superuser": "postgres"}
    return psycopg.connect(**{**terms, "user": others.get(name, name)})  # type: ignore[arg-type]


@pytest.mark.parametrize("trick", TRICKS, ids=lambda trick: f"{trick.login}: {trick.statements}")
def test_a_trick_comes_to_what_the_table_says(venue: str, trick: Trick) -> None:
    with session(venue, trick.login) as connection:
        connection.execute("SET TRANSACTION READ WRITE")  # no default of the session is a wall
        if trick.verdict == "refused":
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(trick.statements)
        else:
            connection.execute(trick.statements)
        connection.rollback()


def test_each_login_is_a_session_of_its_own(venue: str) -> None:
    for role in ROLES:
        with session(venue, role) as connection:
            found = connection.execute("SELECT session_user::text, current_user::text").fetchone()
            assert found == (role, role)


def test_the_table_is_as_long_as_it_was() -> None:
    refused = Counter(trick.login for trick in TRICKS if trick.verdict == "refused")

    assert all(refused[login] >= least for login, least in REFUSED_LEAST.items()), refused
    assert len(TRICKS) == len(set(TRICKS))
    assert {trick.verdict for trick in TRICKS} == set(get_args(Verdict))
