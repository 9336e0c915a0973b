"""What PostgreSQL cannot forbid an auditor holds up nobody: shown by counting, not by time."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from threading import Event, Thread

import psycopg
import pytest

import ledger.views.runner as room
from gateway.server.views_process import AUDITOR_SECONDS, auditor_seconds, view_rules
from ledger.journal import migrations
from ledger.journal.migrations import migrate
from ledger.journal.postgres import PostgresJournal
from ledger.journal.writer_lock import LOCK_NUMBER, HeldByAnother
from ledger.logins.in_the_way import end_overlong_auditors
from ledger.logins.login import login
from ledger.logins.privileges import settle, still_open
from ledger.views import rebuild
from ledger.views.auditor_watch import SETTING, watch_auditors
from ledger.views.runner import Runner
from tests.ledger.journal.rows import command, row
from tests.waiting import wait_until

pytestmark = pytest.mark.postgres

Session = psycopg.Connection[tuple[object, ...]]
APPENDS = 20


def auditor(dsn: str) -> Session:
    """An auditor who has SET away whatever is only a default."""
    connection = psycopg.connect(**login(dsn, "auditor").terms)  # type: ignore[arg-type]
    for setting in ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout"):
        connection.execute(f"SET {setting} = 0")
    connection.commit()
    return connection


@pytest.fixture
def dsn(postgres_dsn: str) -> str:
    """A database whose privileges are settled, as after any start."""
    migrate(postgres_dsn)
    return postgres_dsn


@pytest.fixture
def open_to_all(dsn: str) -> Iterator[str]:
    """One on a server where we are no superuser: an auditor may take advisory locks there."""
    with psycopg.connect(dsn, autocommit=True) as superuser:
        superuser.execute("GRANT EXECUTE ON FUNCTION pg_advisory_lock(bigint) TO auditor")
        yield dsn
        superuser.execute("REVOKE EXECUTE ON FUNCTION pg_advisory_lock(bigint) FROM auditor")


def is_open(session: Session) -> bool:
    """Whether its transaction still stands."""
    try:
        session.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def _reads_all(session: Session) -> None:
    session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    session.execute("SELECT count(*) FROM stored_events, commands, commits, fence, views.titles")


def _locks_all(session: Session) -> None:
    session.execute("LOCK TABLE stored_events, commands, commits, fence IN ACCESS SHARE MODE")


def _listens(session: Session) -> None:
    session.execute("LISTEN stored_events")
    session.commit()
    session.execute("SELECT 1")


def _notifies(session: Session) -> None:
    for n in range(1_000):
        session.execute(f"NOTIFY stored_events, '{n}'".encode())


@pytest.mark.parametrize("holds", [_reads_all, _locks_all, _listens, _notifies])
def test_the_engine_commits_while_an_auditor_holds(
    dsn: str, holds: Callable[[Session], None]
) -> None:
    journal = PostgresJournal(dsn)
    journal.take_fence()
    with auditor(dsn) as session:
        holds(session)
        for n in range(1, APPENDS + 1):
            journal.append([row(n)], [command(n)])

        assert journal.head() == APPENDS
        assert is_open(session), "it held all the while"
        session.rollback()
    journal.close()


def test_the_engine_commits_beside_a_query_that_runs_away(dsn: str) -> None:
    journal = PostgresJournal(dsn)
    journal.take_fence()
    with auditor(dsn) as session:
        pid = session.info.backend_pid

        def run_away() -> None:
            with pytest.raises(psycopg.errors.AdminShutdown):
                session.execute("DO 'BEGIN LOOP END LOOP; END'")

        thread = Thread(target=run_away)
        thread.start()
        with psycopg.connect(dsn, autocommit=True) as looking:
            state = "SELECT state FROM pg_stat_activity WHERE pid = %s"
            wait_until(lambda: looking.execute(state, [pid]).fetchone() == ("active",), "it runs")
            for n in range(1, APPENDS + 1):
                journal.append([row(n)])
            assert looking.execute(state, [pid]).fetchone() == ("active",)
            assert journal.head() == APPENDS
            looking.execute("SELECT pg_terminate_backend(%s)", [pid])
        thread.join()
    journal.close()


def test_no_lock_of_ours_is_an_auditors_to_keep(
    open_to_all: str, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []
    with auditor(open_to_all) as session:
        for number in (LOCK_NUMBER, migrations._LOCK, room._ONE_RUNNER):
            session.execute("SELECT pg_advisory_lock(%s)", [number])
        session.commit()

        migrate(open_to_all, told.append)
        journal = PostgresJournal(open_to_all)
        journal.take_fence()
        journal.append([row(1)])
        runner = Runner(open_to_all, view_rules())
        runner.open()
        runner.close()
        assert is_open(session)
    assert journal.head() == 1
    assert "in the hands of auditor, who is no engine" in caplog.text
    assert any("holds the migrations' lock, and is passed over" in line for line in told)
    journal.close()


def test_a_second_engine_is_known_even_when_a_stranger_has_the_lock(
    open_to_all: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.journal.writer_lock._GRACE_S", 0.2)
    with auditor(open_to_all) as session:
        session.execute("SELECT pg_advisory_lock(%s)", [LOCK_NUMBER])
        first, second = PostgresJournal(open_to_all), PostgresJournal(open_to_all)
        first.take_fence()

        with pytest.raises(HeldByAnother, match="held by another engine"):
            second.take_fence()

        first.append([row(1)])
        first.close()
        second.take_fence()
        second.append([row(2)])
        second.close()


def test_a_wake_up_of_a_stranger_only_wakes_and_not_without_end(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner, over, pauses = Runner(dsn, view_rules()), Event(), list[float]()
    steps = 0
    step = runner.step

    def counted() -> int:
        nonlocal steps
        steps += 1
        return step()

    monkeypatch.setattr(runner, "step", counted)
    monkeypatch.setattr(room, "sleep", pauses.append)
    following = Thread(target=runner.follow, args=(over.is_set, lambda _: None))
    following.start()
    wait_until(lambda: steps > 0, "it follows")
    with auditor(dsn) as session:
        for n in range(50):
            session.execute(f"NOTIFY stored_events, '{n}'".encode())
            session.commit()
        wait_until(lambda: pauses, "a wake-up without an event is followed by a pause")
    over.set()
    following.join()

    assert set(pauses) == {1 / room.FRUITLESS_WAKES_MOST}
    assert runner.position == 0


def test_what_goes_on_too_long_is_ended_whatever_it_has_set(dsn: str) -> None:
    told: list[str] = []
    over = Event()
    with ExitStack() as stack:
        held, idle = stack.enter_context(auditor(dsn)), stack.enter_context(auditor(dsn))
        ours = [
            stack.enter_context(psycopg.connect(**login(dsn, role).terms))  # type: ignore[arg-type]
            for role in ("engine", "viewer", "door", None)
        ]
        for session in (held, *ours):
            session.execute("SELECT 1")
        watch = Thread(target=watch_auditors, args=(dsn, 1, over, told.append))
        watch.start()
        wait_until(lambda: told, "the watch ends it, and says so")
        over.set()
        watch.join()

        assert not is_open(held)
        assert is_open(idle), "a session without a transaction may stay"
        assert all(map(is_open, ours))
    assert len(told) == 1
    assert "ended an auditor's session" in told[0]
    assert SETTING in told[0]


def test_the_watch_ends_no_session_before_its_time(dsn: str) -> None:
    with auditor(dsn) as session:
        session.execute("SELECT 1")
        with psycopg.connect(**login(dsn, "viewer").terms) as viewer:  # type: ignore[arg-type]
            assert end_overlong_auditors(viewer, 3_600) == []
        assert is_open(session)


@pytest.mark.parametrize(
    ("told", "most"),
    [
        ("", AUDITOR_SECONDS),
        ("90", 90),
        ("0", AUDITOR_SECONDS),
        ("-1", AUDITOR_SECONDS),
        ("x", AUDITOR_SECONDS),
    ],
)
def test_how_long_is_a_setting(told: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, told)
    said: list[str] = []

    assert auditor_seconds(said.append) == most
    assert bool(said) == (told not in ("", "90"))


def test_views_are_rebuilt_beside_and_an_auditor_keeps_no_swap(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = _with_old_rows(dsn)
    monkeypatch.setattr(rebuild, "AUDITORS_GRACE_S", 0.0)
    with auditor(dsn) as session:
        session.execute("SELECT * FROM views.rules")
        runner.open()
        assert _rules(dsn) == [("old",)], "readers keep the rows there are"
        assert is_open(session)
        runner.catch_up()
        assert not is_open(session)
    told = " ".join(runner._log_lines)
    runner.close()

    assert _rules(dsn) == []
    assert "ended an auditor's session that kept a view" in told
    assert "the rebuilt rows are in place" in told


def test_a_swap_waits_for_an_auditor_as_long_as_it_may(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = _with_old_rows(dsn)
    monkeypatch.setattr(rebuild, "AUDITORS_GRACE_S", 3_600.0)
    monkeypatch.setattr(rebuild, "SWAP_PATIENCE", "10ms")
    with auditor(dsn) as session:
        session.execute("SELECT * FROM views.rules")
        runner.open()
        for _ in range(3):
            runner.step()
        assert _rules(dsn) == [("old",)]
        session.rollback()
        runner.catch_up()
    runner.close()

    assert _rules(dsn) == []


def test_a_migration_ends_the_auditors_who_keep_a_table(
    dsn: str, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr(migrations, "AUDITORS_GRACE_S", 0.0)
    monkeypatch.setattr(migrations, "_LOCK_PATIENCE", "10ms")
    later = migrations.Migration("9999_later.sql", b"ALTER TABLE views.rules ADD COLUMN more text")
    known = [*migrations.migrations_in(migrations.sql_folder()), later]
    monkeypatch.setattr(migrations, "migrations_in", lambda folder: known)
    told: list[str] = []
    with auditor(dsn) as session:
        session.execute("SELECT * FROM views.rules")

        assert migrate(dsn, told.append) == ["9999_later.sql"]

        assert not is_open(session)
    assert any("ended an auditor's session in the way" in line for line in told)


def test_what_a_server_leaves_open_is_told_in_words(open_to_all: str) -> None:
    with psycopg.connect(open_to_all, autocommit=True) as superuser:
        (name,) = superuser.execute("SELECT current_database()").fetchone() or ("",)
        superuser.execute(f"GRANT TEMP ON DATABASE {name} TO PUBLIC")
        open_still = " ".join(still_open(superuser))
        superuser.execute("REVOKE EXECUTE ON FUNCTION pg_advisory_lock(bigint) FROM auditor")

        assert "hold locks that others look at" in open_still
        assert "pg_advisory_lock(bigint) FROM PUBLIC" in open_still
        assert f"REVOKE TEMP ON DATABASE {name} FROM PUBLIC" in open_still
        assert settle(superuser) == []


def test_what_is_taken_from_everybody_is_given_to_those_who_need_it(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as superuser:
        superuser.execute("GRANT EXECUTE ON FUNCTION pg_try_advisory_lock(bigint) TO PUBLIC")
        (words,) = still_open(superuser)
        statements = words.partition("a superuser says ")[2].split("; ")
        for statement in statements:
            superuser.execute(statement.encode())

        assert len(statements) == 2
        assert list(still_open(superuser)) == []
    journal = PostgresJournal(dsn)
    journal.take_fence()
    journal.close()


def _with_old_rows(dsn: str) -> Runner:
    """A runner that finds rows of other rules, on a journal whose one event makes none."""
    journal = PostgresJournal(dsn)
    journal.take_fence()
    state = b'{"at_ns":1,"party":"p-0001","op":"order.cancel_all"}'
    journal.append([row(1)._replace(topic="nothing_to_do", stream="party:p-0001", state=state)])
    journal.close()
    with psycopg.connect(dsn) as owner:
        owner.execute("INSERT INTO views.rules (position, rule) VALUES (1, 'old')")
        owner.execute("UPDATE views.progress SET version = 1, position = 1")
    return Runner(dsn, view_rules())


def _rules(dsn: str) -> list[tuple[object, ...]]:
    with psycopg.connect(**login(dsn, "door").terms) as door:  # type: ignore[arg-type]
        return door.execute("SELECT rule FROM views.rules").fetchall()
