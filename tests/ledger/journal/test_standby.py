"""A synchronous standby that is lost while COMMIT waits for it: nothing is acknowledged."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ledger.embedded.embedded_server import EmbeddedPostgres
from ledger.embedded.server_places import (
    SOCKET_NAME,
    choose_server_folder,
    known_server_folder,
    programs,
)
from ledger.embedded.server_settings import host_based_access, identities
from ledger.embedded.server_user import server_user
from ledger.journal.migrations import migrate
from ledger.journal.postgres import PostgresJournal
from ledger.journal.protocol import JournalUnavailable
from tests.ledger.journal.rows import row
from tests.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.postgres

WAITS = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
STREAMS = "SELECT sync_state FROM pg_stat_replication WHERE state = 'streaming'"


@pytest.fixture
def primary(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """A server with a journal's schema, which lets a standby in."""
    server = EmbeddedPostgres(tmp_path / "primary")
    migrate(server.start())
    folder = known_server_folder(server.venue)
    assert folder is not None
    user = server_user(folder)
    access = host_based_access() + "local replication all peer map=standby\n"
    user.write(folder / "pg_hba.conf", access)
    user.write(folder / "pg_ident.conf", f'{identities(user)}standby "{user.name}" all\n')
    ask(server, "SELECT pg_reload_conf()")
    yield server
    server.erase()


@pytest.fixture
def standby(primary: EmbeddedPostgres, tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """A copy of it that follows, and that every commit waits for."""
    server = EmbeddedPostgres(tmp_path / "standby")
    server.venue.mkdir(mode=0o700)
    user = server_user(known_server_folder(primary.venue))
    folder = choose_server_folder(server.venue, user)
    folder.mkdir(mode=0o700)
    os.chown(folder, user.uid, user.gid)
    copied = user.run(
        *(programs(user) / "pg_basebackup", "-D", folder, "-R", "-X", "stream", "-c", "fast"),
        *("-d", primary.dsn.replace("/gpubourse?", "/postgres?")),
    )
    assert copied.returncode == 0, copied.stderr
    (folder / f"{SOCKET_NAME}.lock").unlink()  # the primary's own, copied along
    server.start()
    ask(primary, "ALTER SYSTEM SET synchronous_standby_names = '*'")
    ask(primary, "SELECT pg_reload_conf()")
    wait_until(lambda: ("sync",) in ask(primary, STREAMS))
    yield server
    server.erase()


def ask(server: EmbeddedPostgres, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = local")
        found = connection.execute(query.encode())
        return found.fetchall() if found.description else []


def cancel_the_wait(server: EmbeddedPostgres) -> None:
    wait_until(lambda: bool(ask(server, WAITS)))


def test_a_cancelled_wait_for_a_standby_is_not_acknowledged(
    primary: EmbeddedPostgres, standby: EmbeddedPostgres
) -> None:
    journal = PostgresJournal(primary.dsn)
    journal.take_fence()
    journal.append([row(1)])
    standby.stop()
    ends: list[object] = []

    def tried(act: object) -> None:
        assert callable(act)
        try:
            ends.append(act())
        except JournalUnavailable as error:
            ends.append(str(error))

    appending = threading.Thread(target=tried, args=(lambda: journal.append([row(2)]),))
    appending.start()
    cancel_the_wait(primary)
    appending.join(PATIENCE_S)
    assert "01000" in str(ends[-1]), "PostgreSQL committed here alone, and said that all went well"
    assert journal.head() == 2

    taking = threading.Thread(target=tried, args=(journal.take_fence,))
    taking.start()
    cancel_the_wait(primary)
    taking.join(PATIENCE_S)
    assert "01000" in str(ends[-1]), "nor is a fence taken that no standby has"

    standby.start()
    assert journal.take_fence().position == 2
    assert journal.append([row(3)]).last_position == 3
    with psycopg.connect(standby.dsn) as connection:
        found = connection.execute("SELECT max(last_position) FROM commits").fetchone()
    assert found == (3,)
    journal.close()
