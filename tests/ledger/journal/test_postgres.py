"""Only the journal on PostgreSQL has these: roles, triggers, writer lock, failures in words."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg
import pytest
from eventsourcing.persistence import OperationalError

from ledger.journal.database_connection import STATEMENT_MS, unavailable
from ledger.journal.postgres import PostgresJournal
from ledger.journal.protocol import Deposed, JournalUnavailable, SavedState
from ledger.journal.queries import JournalQueries
from ledger.journal.writer_lock import HeldByAnother
from ledger.logins.login import READERS, Role
from tests.ledger.journal.rows import command, forget_commits, row
from tests.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.postgres


@pytest.fixture
def journal(postgres_dsn: str) -> Iterator[PostgresJournal]:
    """A journal with one event and one command in it."""
    opened = PostgresJournal(postgres_dsn)
    opened.take_fence()
    opened.append([row(1)], [command(1)])
    yield opened
    opened.close()


@pytest.fixture
def owner(postgres_dsn: str, journal: PostgresJournal) -> Iterator[psycopg.Connection]:
    """A superuser's session on that journal's database."""
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        yield connection


def waits_for_a_lock(dsn: str) -> bool:
    """Whether a session on this database waits for what another one holds."""
    with psycopg.connect(dsn) as looking:
        (count,) = looking.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchone() or (0,)
    return bool(count)


FORBIDDEN = [
    "UPDATE {} SET {} = {}",
    "UPDATE {} SET {} = {} WHERE false",
    "DELETE FROM {}",
    "TRUNCATE {}",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
@pytest.mark.parametrize(("table", "column"), [("stored_events", "topic"), ("commands", "op")])
@pytest.mark.parametrize("replica", ["origin", "replica"])
def test_not_even_a_superuser_changes_what_is_written(
    owner: psycopg.Connection, statement: str, table: str, column: str, replica: str
) -> None:
    owner.execute(f"SET session_replication_role = {replica}")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        owner.execute(statement.format(table, column, column))
    assert owner.execute(f"SELECT count(*) FROM {table}").fetchone() == (1,)


def test_the_epoch_never_goes_back(owner: psycopg.Connection) -> None:
    for statement in ("UPDATE fence SET epoch = 0", "DELETE FROM fence", "TRUNCATE fence"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            owner.execute(statement)
    with pytest.raises(psycopg.errors.IntegrityError):
        owner.execute("INSERT INTO fence (epoch) VALUES (9)")


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("engine", "UPDATE stored_events SET topic = topic"),
        ("engine", "DELETE FROM commands"),
        ("engine", "INSERT INTO migrations (name, sha256) VALUES ('x', '')"),
        ("engine", "UPDATE checkpoints SET position = 0"),
        ("engine", "CREATE TABLE mine (n int)"),
        ("engine", "ALTER TABLE stored_events DISABLE TRIGGER append_only"),
        ("auditor", "SELECT * FROM personal"),
        ("auditor", "SELECT epoch FROM fence FOR SHARE"),
        ("auditor", "UPDATE fence SET epoch = epoch + 1"),
        ("auditor", "DELETE FROM checkpoints"),
        ("auditor", "COPY stored_events FROM '/dev/null'"),
    ],
)
def test_roles_are_held_to_their_rights(
    owner: psycopg.Connection, role: str, statement: str
) -> None:
    owner.execute(f"SET ROLE {role}")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        owner.execute(statement)


def test_an_auditor_reads_events_as_json(postgres_dsn: str, journal: PostgresJournal) -> None:
    with psycopg.connect(postgres_dsn, user="auditor", autocommit=True) as auditor:
        found = auditor.execute("SELECT position, stream, version, event->>'name' FROM journal")
        assert found.fetchall() == [(1, "unit:u-000001", 1, "甲 \ufffd é")]


def test_a_zero_character_does_not_blind_the_view(
    postgres_dsn: str, journal: PostgresJournal
) -> None:
    told = [
        (r'"\u0000\u0000x"', "\ufffd\ufffdx"),
        (r'"\\u0000"', r"\u0000"),
        (r'"\\\u0000\\"', "\\\ufffd\\"),
    ]
    for position, (text, _) in enumerate(told, 2):
        journal.append([row(position)._replace(state=text.encode())])
    with psycopg.connect(postgres_dsn, user="auditor") as auditor:
        found = auditor.execute("SELECT event #>> '{}' FROM journal WHERE position > 1")
        assert [text for (text,) in found] == [seen for _, seen in told]


def test_an_auditor_opens_beside_a_living_engine(
    postgres_dsn: str, journal: PostgresJournal
) -> None:
    auditor = PostgresJournal.for_auditor(postgres_dsn)
    assert list(auditor.read()) == [row(1)]
    journal.append([row(2)])
    assert auditor.head() == 2
    with pytest.raises(JournalUnavailable, match="read-only"):
        auditor.take_fence()
    with pytest.raises(JournalUnavailable):
        auditor.append([row(3)])
    journal.append([row(3)])
    auditor.close()


def test_a_second_engine_hears_who_holds_the_journal(
    postgres_dsn: str, journal: PostgresJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.journal.writer_lock._GRACE_S", 0.2)
    second = PostgresJournal(postgres_dsn)
    with pytest.raises(HeldByAnother, match=rf"held by another engine.*process {os.getpid()} on"):
        second.take_fence()
    journal.append([row(2)])
    journal.close()
    assert second.take_fence().position == 2
    second.close()


def test_the_fence_waits_for_an_append_in_the_air(
    postgres_dsn: str, journal: PostgresJournal
) -> None:
    """The hole that a plain check of the epoch leaves: a late commit after the head was read."""
    successor = PostgresJournal(postgres_dsn, courtesy=False)
    heads = []
    with psycopg.connect(postgres_dsn) as hanging:
        hanging.execute("SELECT epoch FROM fence FOR SHARE")
        hanging.execute("INSERT INTO stored_events SELECT 'unit:u-000009', 1, 'late', '{}', 2")
        hanging.execute("INSERT INTO commits VALUES (2, 2, 1, sha256('late'))")
        taking = threading.Thread(target=lambda: heads.append(successor.take_fence()))
        taking.start()
        wait_until(lambda: waits_for_a_lock(postgres_dsn), "the fence meets the append")
        assert heads == []
        hanging.commit()
        taking.join(timeout=PATIENCE_S)
    assert [head.position for head in heads] == [2]
    with pytest.raises(Deposed):
        journal.append([row(2)])
    successor.close()


def test_an_append_holds_the_fence_until_it_is_through(
    postgres_dsn: str, owner: psycopg.Connection, journal: PostgresJournal
) -> None:
    """Of itself, and not by chance: a successor could else take it between two statements."""
    with psycopg.connect(postgres_dsn) as hanging:
        hanging.execute("INSERT INTO commits VALUES (2, 2, 1, sha256('another'))")
        appending = threading.Thread(target=lambda: journal.append([row(2)]))
        appending.start()
        wait_until(lambda: waits_for_a_lock(postgres_dsn), "the append hangs")
        must_hold_the_fence(owner)
        hanging.rollback()
    appending.join(timeout=PATIENCE_S)
    assert journal.head() == 2


def test_what_an_older_release_left_is_taken_over_under_the_fence(
    postgres_dsn: str, owner: psycopg.Connection, journal: PostgresJournal
) -> None:
    journal.close()
    forget_commits(journal)
    successor = PostgresJournal(postgres_dsn, courtesy=False)
    with psycopg.connect(postgres_dsn) as hanging:
        hanging.execute("INSERT INTO commits VALUES (1, 1, 0, sha256('another'))")
        taking = threading.Thread(target=successor.take_fence)
        taking.start()
        wait_until(lambda: waits_for_a_lock(postgres_dsn), "the first commit hangs")
        must_hold_the_fence(owner)
        hanging.rollback()
    taking.join(timeout=PATIENCE_S)
    assert [commit.last_position for commit in successor.read_commits()] == [1]
    successor.close()


def must_hold_the_fence(owner: psycopg.Connection) -> None:
    """Fail if a successor could take the fence now."""
    with pytest.raises(psycopg.errors.LockNotAvailable):
        owner.execute("SELECT epoch FROM fence FOR NO KEY UPDATE NOWAIT")


def test_a_session_cut_off_ends_the_writer_for_good(
    owner: psycopg.Connection, journal: PostgresJournal
) -> None:
    owner.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name LIKE 'gpubourse engine (%' AND datname = current_database()"
    )
    with pytest.raises(JournalUnavailable):
        journal.append([row(2)])
    with pytest.raises(JournalUnavailable, match="append of it failed"):
        journal.append([row(2)])
    assert journal.head() == 1
    assert journal.take_fence().position == 1
    journal.append([row(2)])


def test_a_question_survives_a_session_that_was_cut_off(
    owner: psycopg.Connection, journal: PostgresJournal
) -> None:
    assert journal.head() == 1
    owner.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name LIKE 'gpubourse engine asking%' AND datname = current_database()"
    )
    assert journal.head() == 1
    assert journal.commands([("p-0001", "key-1")]) == [command(1)]


def test_a_full_disk_is_named_and_nothing_is_stored(
    owner: psycopg.Connection, journal: PostgresJournal
) -> None:
    owner.execute(
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'could not extend file: No space left on device'"
        " USING ERRCODE = '53100'; END $$"
    )
    owner.execute("CREATE TRIGGER full_disk AFTER INSERT ON commands EXECUTE FUNCTION full_disk()")
    with pytest.raises(JournalUnavailable, match=r"disk is full.*No space left"):
        journal.append([row(2)], [command(2)])
    assert journal.head() == 1


def test_a_database_that_is_down_is_named(postgres_dsn: str) -> None:
    nowhere = "postgresql://postgres@/gpubourse?host=/nowhere&port=1"
    with pytest.raises(JournalUnavailable, match="down or went away"):
        PostgresJournal(nowhere)
    with pytest.raises(JournalUnavailable, match="does not exist"):
        PostgresJournal(postgres_dsn.replace("/test_", "/absent_"))


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
def test_the_server_must_be_durable(
    postgres_dsn: str, owner: psycopg.Connection, setting: str
) -> None:
    """Each setting without which what was confirmed could be lost, switched off in earnest."""

    def switch(state: str) -> None:
        owner.execute(f"ALTER SYSTEM SET {setting} = {state}".encode())
        owner.execute("SELECT pg_reload_conf()")
        wait_until(lambda: shown(postgres_dsn, setting) == state, f"{setting} is {state}")

    switch("off")
    try:
        with pytest.raises(JournalUnavailable, match=f"{setting} = off"):
            PostgresJournal(postgres_dsn)
    finally:
        switch("on")
        owner.execute(f"ALTER SYSTEM RESET {setting}".encode())
    PostgresJournal(postgres_dsn).close()


def shown(dsn: str, setting: str) -> str:
    with psycopg.connect(dsn) as looking:
        (state,) = looking.execute(f"SHOW {setting}".encode()).fetchone() or ("",)
    return str(state)


def test_the_writer_waits_for_the_disk_whatever_the_database_says(
    postgres_dsn: str, owner: psycopg.Connection, journal: PostgresJournal
) -> None:
    (name,) = owner.execute("SELECT current_database()").fetchone() or ("",)
    owner.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    journal.take_fence()
    writer = journal._writer
    assert writer is not None
    assert writer.execute("SHOW synchronous_commit").fetchone() == ("on",)


def test_one_wake_up_a_commit(owner: psycopg.Connection, journal: PostgresJournal) -> None:
    owner.execute("LISTEN stored_events")
    journal.append([row(2), row(3)], [command(2), command(3)])
    owner.execute("NOTIFY stored_events, 'the end'")  # what was sent before comes before
    heard = []
    for wake_up in owner.notifies(timeout=PATIENCE_S):
        if wake_up.payload == "the end":
            break
        heard.append(wake_up)
    assert len(heard) == 1


def test_key_look_ups_run_while_an_append_hangs(
    postgres_dsn: str, journal: PostgresJournal
) -> None:
    with psycopg.connect(postgres_dsn) as blocker:
        blocker.execute("LOCK TABLE stored_events IN EXCLUSIVE MODE")
        appending = threading.Thread(target=lambda: journal.append([row(2)]))
        appending.start()
        wait_until(lambda: waits_for_a_lock(postgres_dsn), "the append hangs")
        assert journal.commands([("p-0001", "key-1")]) == [command(1)]
        assert appending.is_alive()
        blocker.rollback()
    appending.join(timeout=PATIENCE_S)
    assert journal.head() == 2


SAVED = SavedState(1, 1, 1, b"", b"", is_whole=True)
READS: dict[str, Callable[[JournalQueries], object]] = {
    "head": JournalQueries.head,
    "versions": JournalQueries.versions,
    "versions_of": lambda asked: asked.versions_of(["unit:u-000001"]),
    "read": lambda asked: list(asked.read(0, None)),
    "begun_streams": lambda asked: asked.begun_streams("unit"),
    "read_stream": lambda asked: asked.read_stream("unit:u-000001", 0, None),
    "commands": lambda asked: asked.commands([("p-0001", "key-1")]),
    "command_at": lambda asked: asked.command_at(1),
    "kept": lambda asked: asked.kept(b""),
    "kept_hashes": JournalQueries.kept_hashes,
    "saved_states": JournalQueries.saved_states,
    "saved_bytes": lambda asked: asked.saved_bytes(SAVED),
    "name_hashes": JournalQueries.name_hashes,
    "epoch": JournalQueries.epoch,
    "count": JournalQueries.count,
    "read_commands": lambda asked: list(asked.read_commands(0)),
    "count_commands": lambda asked: asked.count_commands(1),
    "read_commits": lambda asked: list(asked.read_commits(None, 0)),
    "commits_around": lambda asked: asked.commits_around(1),
}
TABLES = "stored_events, commands, commits, reports, checkpoints, personal, fence"


@pytest.mark.parametrize("role", READERS)
def test_no_read_of_a_reader_waits_without_end(
    postgres_dsn: str, journal: PostgresJournal, monkeypatch: pytest.MonkeyPatch, role: Role
) -> None:
    assert {name for name in vars(JournalQueries) if name[0] != "_"} == {*READS, "close"}
    assert set(READERS) == set(STATEMENT_MS)
    monkeypatch.setitem(STATEMENT_MS, role, 20)  # type: ignore[arg-type]
    asked = JournalQueries(postgres_dsn, role)

    with psycopg.connect(postgres_dsn) as blocker:
        blocker.execute(f"LOCK TABLE {TABLES} IN ACCESS EXCLUSIVE MODE")
        for name, read in READS.items():
            with pytest.raises(JournalUnavailable, match="longer than it may"):
                print(name, read(asked))
        blocker.rollback()
    assert asked.head() == 1, "and the next read is answered"
    asked.close()


def test_nor_does_a_read_by_the_librarys_own_methods(
    postgres_dsn: str, journal: PostgresJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(STATEMENT_MS, "door", 20)  # type: ignore[arg-type]
    with (
        psycopg.connect(postgres_dsn) as blocker,
        closing(PostgresJournal.for_door(postgres_dsn)) as reading,
    ):
        blocker.execute(f"LOCK TABLE {TABLES} IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(OperationalError, match="statement timeout"):
            reading.select_notifications(1, 1)


@pytest.mark.parametrize(
    ("sqlstate", "says"),
    [
        (None, "down or went away"),
        ("53100", "disk is full"),
        ("57P03", "starting up"),
        ("XX000", "refused"),
    ],
)
def test_every_failure_has_a_reason(sqlstate: str | None, says: str) -> None:
    told = str(unavailable(sqlstate, "the server's\n own words"))
    assert says in told
    assert "the server's own words" in told
