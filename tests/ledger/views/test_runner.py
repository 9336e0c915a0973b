"""The runner: whatever it was cut off by, its tables say what the whole journal says."""

import psycopg
import pytest

from gateway.server.views_process import view_rules
from ledger.events import StateAttested
from ledger.journal.postgres import PostgresJournal
from ledger.views import runner as room
from ledger.views.rows.changes import Change
from ledger.views.rows.projections import ViewRules
from ledger.views.runner import AnotherRunner, Runner
from tests.ledger.views.flow import RULES, cut, whole_flow
from tests.waiting import wait_until

ROWS = whole_flow()


@pytest.fixture
def written(postgres_dsn: str) -> str:
    """A database whose journal holds the whole flow."""
    journal = PostgresJournal(postgres_dsn)
    journal.take_fence()
    for group in cut(ROWS, 7):
        journal.append(group)
    journal.close()
    return postgres_dsn


def tables(dsn: str) -> dict[str, list[object]]:
    """Every row of every view, in the order of its text."""
    with psycopg.connect(dsn) as connection:
        return {
            name: sorted(
                str(text)
                for (text,) in connection.execute(f"SELECT to_jsonb(t) FROM views.{name} t")
            )
            for name in ("progress", *RULES.tables)
        }


def caught_up(dsn: str, monkeypatch: pytest.MonkeyPatch, size: int) -> dict[str, list[object]]:
    """The tables after a runner that is thrown away at each commit of *size* events."""
    monkeypatch.setattr(room, "EVENTS_PER_COMMIT", size)
    while True:
        runner = Runner(dsn, view_rules())
        open_behind_another(runner)
        taken = runner.step()
        runner.close()
        if not taken:
            return tables(dsn)


def open_behind_another(runner: Runner) -> None:
    """Open it once the one before is gone: the server ends a closed session in its own time."""

    def is_open() -> bool:
        try:
            runner.open()
        except AnotherRunner:
            return False
        return True

    wait_until(is_open, "the runner before never let go")


def emptied(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("UPDATE views.progress SET version = -1")


@pytest.mark.postgres
def test_restarted_anywhere_it_says_what_a_whole_reading_says(
    written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = caught_up(written, monkeypatch, 1_000)
    for size in (1, 3, 10):
        emptied(written)
        assert caught_up(written, monkeypatch, size) == whole
    assert len(whole["trades"]) == 1
    assert str(len(ROWS)) in str(whole["progress"])


@pytest.mark.postgres
def test_no_view_keeps_what_a_batch_that_failed_told_it(
    written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "EVENTS_PER_COMMIT", 20)
    runner = Runner(written, view_rules())
    runner.open()
    runner.step()
    monkeypatch.setattr(room, "_ADVANCE", "SELECT 1/0 -- %s %s %s")
    with pytest.raises(room.JournalUnavailable):
        runner.step()
    monkeypatch.undo()
    open_behind_another(runner)
    runner.catch_up()
    runner.close()
    told = tables(written)
    emptied(written)
    assert caught_up(written, monkeypatch, 1_000) == told


@pytest.mark.postgres
def test_two_runners_never_write_at_once(written: str) -> None:
    first, second = Runner(written, view_rules()), Runner(written, view_rules())
    first.open()
    with pytest.raises(AnotherRunner):
        second.open()
    first.close()
    open_behind_another(second)
    assert second.catch_up() == len(ROWS)
    second.close()


@pytest.mark.postgres
def test_accounts_are_the_sum_of_their_postings_and_leave_at_zero(written: str) -> None:
    runner = Runner(written, view_rules())
    runner.open()
    runner.catch_up()
    runner.close()
    with psycopg.connect(written) as connection:
        accounts = connection.execute(
            "SELECT account, balance_minor FROM views.accounts ORDER BY 1"
        ).fetchall()
        sums = connection.execute(
            "SELECT account, sum(amount_minor)::bigint FROM views.postings GROUP BY 1"
            " HAVING sum(amount_minor) <> 0 ORDER BY 1"
        ).fetchall()
        total = connection.execute("SELECT sum(balance_minor) FROM trial_balance").fetchone()
    assert accounts == sums
    assert total == (0,)
    assert ("p-0042/available", 100_000 - 2_002 + 480 - 5_000) in accounts


@pytest.mark.postgres
def test_an_auditor_reads_the_views_and_cannot_write_them(written: str) -> None:
    with psycopg.connect(written, autocommit=True) as connection:
        connection.execute("SET ROLE auditor")
        for name in ("holdings", "chain_of_title", "trial_balance", "fills", "orders", "leases"):
            connection.execute(f"SELECT * FROM {name}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM views.accounts")


def no_row(event: StateAttested, position: int) -> list[Change]:
    """A rule of another release: it keeps no attestation."""
    return []


@pytest.mark.postgres
def test_changed_rules_or_tables_rebuild_the_views(written: str) -> None:
    rules = view_rules()
    changed = rules._replace(rules={**rules.rules, StateAttested: no_row})
    version = version_after(written, rules)
    whole = tables(written)

    assert version_after(written, changed) != version
    assert not tables(written)["attestations"]
    with psycopg.connect(written) as connection:
        connection.execute("ALTER TABLE views.models ADD COLUMN more text")
    assert version_after(written, rules) not in {version, version_after(written, changed)}
    version_after(written, rules)

    rebuilt = tables(written)
    assert {**rebuilt, "progress": []} == {**whole, "progress": []}


@pytest.mark.postgres
def test_the_same_rules_go_on_where_the_rows_end(written: str) -> None:
    version = version_after(written, view_rules())
    with psycopg.connect(written) as connection:
        connection.execute("DELETE FROM views.roles")  # a rebuild would bring them back
    emptied_rows = tables(written)

    assert version_after(written, view_rules()) == version
    assert tables(written) == emptied_rows


def version_after(dsn: str, rules: ViewRules) -> int:
    """The version of the rows when a runner with these rules has caught up."""
    runner = Runner(dsn, rules)
    open_behind_another(runner)
    runner.catch_up()
    runner.close()
    return runner.version
