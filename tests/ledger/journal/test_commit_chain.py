"""The chain of commits: every stored byte is bound, in memory as in the store of record."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from ledger.journal.commit_chain import RunningChain, inherited_commit, next_commit
from ledger.journal.continuity import MARK, OutOfSequence
from ledger.journal.database_connection import connect
from ledger.journal.memory import MemoryJournal, MemoryStore
from ledger.journal.postgres import PostgresJournal
from ledger.journal.protocol import CommandRow, Commit, Journal, JournalRow, JournalUnavailable
from tests.ledger.journal.rows import command, row

Open = Callable[[], Journal]
ROWS = [row(1), row(2, "单位:甲", 1), row(3, version=2)]
COMMANDS = [command(1, 2), command(3)]
MARKED = row(4, "venue:cn-1", 1)._replace(topic=MARK)


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
def open_journal(request: pytest.FixtureRequest) -> Iterator[Open]:
    """Each call opens one more journal on the same store."""
    opened: list[Journal] = []
    store = MemoryStore()

    def open_one() -> Journal:
        if request.param == "memory":
            opened.append(MemoryJournal(store))
        else:
            dsn = request.getfixturevalue("postgres_dsn")
            opened.append(PostgresJournal(dsn, courtesy=False))
        return opened[-1]

    yield open_one
    for journal in opened:
        journal.close()


def forget_commits(journal: Journal) -> None:
    """Leave a journal as a release left it that kept no chain."""
    if isinstance(journal, MemoryJournal):
        journal.store.commits.clear()
        return
    assert isinstance(journal, PostgresJournal)
    with psycopg.connect(journal._dsn, autocommit=True) as connection:
        connection.execute("ALTER TABLE commits DISABLE TRIGGER append_only")
        connection.execute("DELETE FROM commits")
        connection.execute("ALTER TABLE commits ENABLE ALWAYS TRIGGER append_only")


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
