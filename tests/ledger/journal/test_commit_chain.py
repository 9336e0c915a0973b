"""The chain of commits: every stored byte is bound, in memory as in the store of record."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from ledger.journal.commit_chain import RunningChain, chained_rows, inherited_commit, next_commit
from ledger.journal.continuity import MARK, OutOfSequence
from ledger.journal.database_connection import connect
from ledger.journal.memory import MemoryJournal, MemoryStore
from ledger.journal.postgres import PostgresJournal
from ledger.journal.protocol import CommandRow, Commit, JournalRow, JournalUnavailable
from tests.ledger.journal.conftest import Open
from tests.ledger.journal.rows import command, forget_commits, row

ROWS = [row(1), row(2, "单位:甲", 1), row(3, version=2)]
COMMANDS = [command(1, 2), command(3)]
MARKED = row(4, "venue:cn-1", 1)._replace(topic=MARK)


def test_each_append_is_one_commit_behind_the_one_before(open_journal: Open) -> None:
    journal = open_journal()
    epoch = journal.take_fence().epoch
    first = journal.append(ROWS[:2], COMMANDS[:1])
    second = journal.append(ROWS[2:], COMMANDS[1:])

    assert first == next_commit(Commit.none(), epoch, ROWS[:2], COMMANDS[:1])
    assert second == next_commit(first, epoch, ROWS[2:], COMMANDS[1:])
    assert (second.first_position, second.last_position) == (3, 3)
    assert list(journal.read_commits()) == [first, second]
    assert list(journal.read_commits(2)) == [first]
    assert list(journal.read_commits(after=2)) == [second]
    assert journal.count_commands(2) == 1
    assert open_journal().take_fence().commit == second


def test_the_commits_around_a_position_are_the_nearest_two(open_journal: Open) -> None:
    journal = open_journal()
    journal.take_fence()
    assert journal.commits_around(5) == (None, None)
    first, second = journal.append(ROWS[:2]), journal.append(ROWS[2:])

    assert journal.commits_around(0) == (None, first)
    assert journal.commits_around(1) == (None, first)
    assert journal.commits_around(2) == (first, second)
    assert journal.commits_around(3) == (second, None)
    assert journal.commits_around(9) == (second, None)


def changed(value: Any) -> Any:
    if isinstance(value, int):
        return value + 1
    return value + ("." if isinstance(value, str) else b".")


def test_no_member_of_what_is_stored_is_left_unbound() -> None:
    base = next_commit(Commit.none(), 1, ROWS, COMMANDS).chain
    seen = {base}
    for name in JournalRow._fields:
        others = [ROWS[0]._replace(**{name: changed(getattr(ROWS[0], name))}), *ROWS[1:]]
        seen.add(next_commit(Commit.none(), 1, others, COMMANDS).chain)
    for name in CommandRow._fields:
        asked = [COMMANDS[0], COMMANDS[1]._replace(**{name: changed(getattr(COMMANDS[1], name))})]
        seen.add(next_commit(Commit.none(), 1, ROWS, asked).chain)
    seen.add(next_commit(Commit.none(), 2, ROWS, COMMANDS).chain)
    seen.add(next_commit(Commit(0, 0, 0, b"\x01" * 32), 1, ROWS, COMMANDS).chain)
    seen.add(next_commit(Commit.none(), 1, ROWS, COMMANDS[:1]).chain)
    seen.add(next_commit(Commit.none(), 1, ROWS[:2], COMMANDS).chain)

    assert len(seen) == 1 + len(JournalRow._fields) + len(CommandRow._fields) + 4


def test_a_byte_moved_from_one_member_to_the_next_is_another_chain() -> None:
    here = ROWS[0]._replace(stream="unit:ab", topic="c")
    moved = ROWS[0]._replace(stream="unit:a", topic="bc")

    assert next_commit(Commit.none(), 1, [here], []) != next_commit(Commit.none(), 1, [moved], [])


def test_read_again_row_by_row_the_chain_is_the_same() -> None:
    running = RunningChain(Commit.none().chain, 7, len(ROWS), len(COMMANDS))
    for each in ROWS:
        running.event(each)
    for asked in COMMANDS:
        running.command(asked)

    assert running.chain() == next_commit(Commit.none(), 7, ROWS, COMMANDS).chain


def test_what_an_older_release_left_gets_one_commit_and_must_be_marked(open_journal: Open) -> None:
    journal = open_journal()
    journal.take_fence()
    journal.append(ROWS[:1], [])
    journal.append(ROWS[1:], COMMANDS[1:])
    forget_commits(journal)
    upgraded = open_journal()
    head = upgraded.take_fence()

    assert head.commit == inherited_commit(ROWS, COMMANDS[1:], 3, 1)
    assert head.commit.is_inherited
    with pytest.raises(OutOfSequence, match="journal_upgraded"):
        upgraded.append([row(4, version=3)])
    after = upgraded.append([MARKED, row(5, version=3)])
    assert not after.is_inherited
    assert upgraded.append([row(6, version=4)]).last_position == 6
    assert open_journal().take_fence().commit.last_position == 6
    assert next(upgraded.read_commits()).epoch == 0


def test_a_journal_that_something_else_cut_is_not_written_on(open_journal: Open) -> None:
    journal = open_journal()
    journal.take_fence()
    journal.append(ROWS[:2])
    journal.append(ROWS[2:])
    if isinstance(journal, MemoryJournal):
        del journal.store.rows[2:]
    else:
        assert isinstance(journal, PostgresJournal)
        with psycopg.connect(journal._dsn, autocommit=True) as connection:
            connection.execute("ALTER TABLE stored_events DISABLE TRIGGER append_only")
            connection.execute("DELETE FROM stored_events WHERE notification_id = 3")

    with pytest.raises(JournalUnavailable, match="end at position 2 and its commits at 3"):
        open_journal().take_fence()


@pytest.mark.postgres
@pytest.mark.parametrize(
    "statement", ["UPDATE commits SET epoch = 9", "DELETE FROM commits", "TRUNCATE commits"]
)
def test_not_even_a_superuser_changes_a_commit(postgres_dsn: str, statement: str) -> None:
    journal = PostgresJournal(postgres_dsn)
    journal.take_fence()
    journal.append(ROWS)
    journal.close()
    with (
        psycopg.connect(postgres_dsn, autocommit=True) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"),
    ):
        connection.execute(statement.encode())


@pytest.mark.postgres
@pytest.mark.parametrize("role", ["auditor", "viewer"])
def test_only_the_engine_adds_a_commit(postgres_dsn: str, role: str) -> None:
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute(f"SET ROLE {role}".encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("INSERT INTO commits VALUES (1, 1, 1, sha256(''))")


WARNS = """
CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE WARNING 'canceling wait for synchronous replication'; RETURN NEW; END $$;
CREATE TRIGGER warns AFTER INSERT OR UPDATE ON {} FOR EACH STATEMENT EXECUTE FUNCTION warn();
"""


@pytest.mark.postgres
@pytest.mark.parametrize("table", ["stored_events", "commands", "commits"])
def test_any_warning_during_an_append_is_a_failed_append(postgres_dsn: str, table: str) -> None:
    journal = PostgresJournal(postgres_dsn)
    journal.take_fence()
    with connect(postgres_dsn, application="owner") as owner:
        owner.execute(WARNS.format(table).encode())

    with pytest.raises(JournalUnavailable, match="01000: canceling wait"):
        journal.append([row(1)], [command(1)])
    with pytest.raises(JournalUnavailable, match="holds no fence"):
        journal.append([row(2)])
    assert journal.head() == 1, "it stands here, and that is not known"
    journal.close()


@pytest.mark.postgres
def test_a_warning_at_the_epochs_bump_takes_no_fence(postgres_dsn: str) -> None:
    with connect(postgres_dsn, application="owner") as owner:
        owner.execute(WARNS.format("fence").encode())
    journal = PostgresJournal(postgres_dsn)

    with pytest.raises(JournalUnavailable, match="01000: canceling wait"):
        journal.take_fence()
    with pytest.raises(JournalUnavailable, match="holds no fence"):
        journal.append([row(1)])
    journal.close()


@pytest.mark.postgres
def test_a_warning_while_a_report_is_kept_keeps_none(postgres_dsn: str) -> None:
    journal = PostgresJournal(postgres_dsn)
    with connect(postgres_dsn, application="owner") as owner:
        owner.execute(WARNS.format("reports").encode())

    with pytest.raises(JournalUnavailable, match="01000: canceling wait"):
        journal.keep(b"a report")
    journal.close()


@pytest.mark.postgres
def test_a_journal_with_a_hole_before_its_end_is_not_written_on(postgres_dsn: str) -> None:
    """Also one of an older release: no commit is made over what is not whole."""
    for forgets in (False, True):
        journal = PostgresJournal(postgres_dsn)
        if not forgets:
            journal.take_fence()
            journal.append(ROWS)
            with psycopg.connect(postgres_dsn, autocommit=True) as connection:
                connection.execute("ALTER TABLE stored_events DISABLE TRIGGER append_only")
                connection.execute("DELETE FROM stored_events WHERE notification_id = 2")
        else:
            forget_commits(journal)
        journal.close()
        with pytest.raises(JournalUnavailable, match=r"ends at position 3 and holds 2 events"):
            PostgresJournal(postgres_dsn).take_fence()


def a_store() -> MemoryJournal:
    journal = MemoryJournal()
    journal.take_fence()
    journal.append(ROWS[:2], COMMANDS[:1])
    journal.append(ROWS[2:], COMMANDS[1:])
    return journal


@pytest.mark.parametrize("after", [0, 2])
def test_a_whole_journal_is_read_behind_a_commit(after: int) -> None:
    journal = a_store()

    assert list(chained_rows(journal, after)) == ROWS[after:]
    forget_commits(journal)
    assert list(chained_rows(journal)) == ROWS, "one that nobody has begun to write to"


def test_what_is_not_whole_ends_the_reading_where_it_is_met() -> None:
    """Each member of the last event and of its command, and each row taken out."""

    def ends(change: Callable[[MemoryStore], None]) -> str:
        journal = a_store()
        change(journal.store)
        with pytest.raises(JournalUnavailable, match="restore it from a whole backup") as raised:
            list(chained_rows(journal, 2))
        return str(raised.value)

    def other(rows: list[Any], name: str) -> None:
        rows[-1] = rows[-1]._replace(**{name: changed(getattr(rows[-1], name))})

    for name in JournalRow._fields:
        where = ends(lambda store, name=name: other(store.rows, name))  # type: ignore[misc]
        assert "what ends at position 3" in where or "position 3, which is missing" in where
    for name in set(CommandRow._fields) - {"first_position"}:
        assert "what ends at position 3" in ends(
            lambda store, name=name: other(store.commands, name)  # type: ignore[misc]
        )
    assert "what ends at position 3" in ends(lambda store: store.rows.pop() and None)
    assert "what ends at position 3" in ends(lambda store: store.commands.pop() and None)
    assert "what ends at position 3" in ends(lambda store: other(store.commits, "chain"))
    assert "what ends at position 3" in ends(lambda store: other(store.commits, "epoch"))
