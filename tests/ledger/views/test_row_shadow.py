"""Every row of every view is made again beside what is shown; each difference is named."""

import re
from collections.abc import Iterator
from functools import partial

import psycopg
import pytest

from exchange.engine.replay import READING_CODEC
from gateway.server.views_process import view_rules
from ledger.durations import DAY_NS
from ledger.events import VenueResumed
from ledger.journal.memory import MemoryJournal
from ledger.journal.postgres import PostgresJournal
from ledger.journal.protocol import JournalUnavailable
from ledger.views.row_shadow import PROGRESS, ViewShadow, literal
from ledger.views.runner import Runner
from tests.exchange.ground import TITLE
from tests.ledger.audit.scene import SignedFloor
from tests.ledger.views.shadowed import Rows, columns, shadow_of

pytestmark = pytest.mark.xdist_group("verify")

EMPTY_IN_THE_WEEK = {"approvals", "conflicts", "documents", "holds", "inspections", "proposals"}


@pytest.fixture
def shown(postgres_dsn: str, week: SignedFloor) -> str:
    """The week in a database, and its views."""
    journal = PostgresJournal(postgres_dsn)
    journal.take_fence()
    for batch in week.batches:
        journal.append(batch.rows, [batch.command] if batch.command else [])
    journal.close()
    runner = Runner(postgres_dsn, view_rules())
    runner.open()
    runner.catch_up()
    runner.close()
    return postgres_dsn


def told(shadow: ViewShadow, journal: MemoryJournal) -> list[str]:
    """The differences, once every event of a journal was added."""
    for row in journal.read():
        shadow.add(READING_CODEC.decode(row), row.position)
    found = list(shadow.differences())
    shadow.close()
    return found


def change(dsn: str, *statements: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in statements:
            assert connection.execute(statement.encode()).rowcount != 0


def tables_of(dsn: str) -> Iterator[str]:
    with psycopg.connect(dsn) as connection:
        query = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'views'"
        yield from (str(name) for (name,) in connection.execute(query))


@pytest.mark.postgres
def test_each_table_of_the_views_is_made_by_a_rule(postgres_dsn: str) -> None:
    assert set(tables_of(postgres_dsn)) == {*view_rules().tables, PROGRESS}


@pytest.mark.postgres
def test_what_nobody_touched_differs_in_nothing(shown: str, week: SignedFloor) -> None:
    shadow = ViewShadow.of(shown, view_rules())

    assert shadow.position == week.writer.position
    assert told(shadow, week.journal()) == []
    assert shadow.counts.startswith(f"{len(view_rules().tables)} tables, 3")


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE views.titles SET holder = 'p-0099' WHERE thing = 'n-0002'", "titles n-0002: hold"),
        ("UPDATE views.chain SET to_party = 'p-0099' WHERE thing = 'n-0003'", "chain "),
        ("DELETE FROM views.chain WHERE thing = 'n-0001' AND from_party = ''", "chain "),
        ("INSERT INTO views.titles VALUES ('n-0099', 'p-0002', 'sale', 1, 1)", "titles n-0099: no"),
        (
            "UPDATE views.accounts SET balance_minor = balance_minor + 1"
            " WHERE account = 'p-0004/available'",
            "accounts p-0004/available: balance_minor shows",
        ),
        ("UPDATE views.trades SET price_ticks = 1", "trades t-000001: price_ticks shows 1, the"),
        ("DELETE FROM views.postings WHERE line = 0", r"postings [0-9]+, 0: the row is missing"),
        ("TRUNCATE views.leases", "leases l-0001: the row is missing"),
        ("UPDATE views.progress SET at_ns = at_ns + 1", "progress: at_ns shows"),
        ("CREATE TABLE views.more (id text)", "more: no rule makes this table"),
        ("UPDATE views.progress SET position = 0", "accounts cn-1/external: no event makes"),
    ],
)
def test_each_difference_is_named_by_table_and_key(
    shown: str, week: SignedFloor, statement: str, words: str
) -> None:
    change(shown, statement)

    found = told(ViewShadow.of(shown, view_rules()), week.journal())

    assert any(re.match(words, each) for each in found), found


@pytest.mark.postgres
def test_a_doubled_row_is_named(shown: str, week: SignedFloor) -> None:
    change(
        shown,
        "ALTER TABLE views.trades DROP CONSTRAINT trades_pkey",
        "INSERT INTO views.trades SELECT * FROM views.trades WHERE trade = 't-000002'",
    )

    found = told(ViewShadow.of(shown, view_rules()), week.journal())

    assert found == ["trades t-000002: the row stands there 2 times"]


def test_each_column_of_each_table_is_compared(week: SignedFloor) -> None:
    """One row of each table becomes another in each column that is stored."""
    journal = week.journal()
    every = {
        (table, column)
        for table in view_rules().tables
        for column in columns()[table]
        if table not in EMPTY_IN_THE_WEEK
    }
    seen: set[tuple[str, str]] = set()
    for table, column in sorted(every):
        shadow = shadow_of(journal, partial(spoil, table, column))
        if any(each.startswith(f"{table} ") for each in told(shadow, journal)):
            seen.add((table, column))

    assert seen == every
    assert len(every) > 150


def spoil(table: str, column: str, rows: Rows) -> None:
    """Another value in one column of the first row of a table, if it has one."""
    for name, row in rows:
        if name == table:
            row[column] = "another"
            return


def test_a_silence_moves_the_same_deadlines() -> None:
    """A resume raises a deadline in all rows of some states: the shadow follows."""
    floor = SignedFloor()
    floor.pass_time(floor.writer.at_ns + DAY_NS)
    floor.ask(floor.owners[0], 1, 1_035, market=TITLE)
    floor.bid(floor.buyers[0], 1, 1_035, market=TITLE)
    (sale,) = floor.venue.register.settlements.values()
    before_ns, silent_from_ns = sale.due_ns, floor.writer.at_ns - DAY_NS
    floor.happen(VenueResumed("cn-1", silent_from_ns))
    kept: Rows = []
    shadow_of(floor.journal(), kept.extend).close()
    (row,) = (row for name, row in kept if name == "settlements")

    assert before_ns + DAY_NS < sale.due_ns == row["due_ns"]


def test_a_disk_that_is_full_is_told_in_words(week: SignedFloor) -> None:
    shadow = shadow_of(week.journal(), list)
    shadow._file.execute("PRAGMA max_page_count = 8")

    with pytest.raises(JournalUnavailable, match="free some space, or name a folder"):
        told(shadow, week.journal())


def test_a_default_is_read_as_the_catalogue_writes_it() -> None:
    told = ("0", "-1", "false", "'U'::text", "''::text", "now()", "")

    assert list(map(literal, told)) == [0, -1, False, "U", "", None, None]
