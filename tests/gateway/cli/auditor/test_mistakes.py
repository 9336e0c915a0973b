"""A mistake in a line is told at once and in its own words; a failed check is told first."""

from typing import Any, NoReturn

import psycopg
import pytest

from gateway.cli.auditor import book_queries
from ledger.journal.postgres import PostgresJournal
from tests.exchange.ground import Floor
from tests.gateway.cli.auditor.test_unreadable_journals import asked, traded
from tests.gateway.cli.lines import own_home, said

__all__ = ["own_home"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("as-of", "p-0002", "40"),
            "The moment comes first: `gpubourse audit as-of POSITION p-0002`.",
        ),
        (("history", ""), "No SUBJECT is named."),
        (("history", " "), "No SUBJECT is named."),
        (("as-of", "99999", "p-0002"), "Position 99,999 is ahead of the journal"),
    ],
)
def test_a_mistake_is_told_in_its_own_words(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], told: str
) -> None:
    ended = asked(monkeypatch, traded(), *words)

    assert (ended.exit_code, told in ended.stderr) == (2, True), ended.stderr


@pytest.mark.parametrize(("month", "code"), [("2031-01", 2), ("2023-01", 4), ("x", 2)])
def test_a_month_that_cannot_be_told_is_refused_before_the_journal_is_read(
    monkeypatch: pytest.MonkeyPatch, month: str, code: int
) -> None:
    def reads(*_: Any) -> NoReturn:
        raise AssertionError("the journal is read")

    monkeypatch.setattr(book_queries, "period_totals", reads)

    assert asked(monkeypatch, traded(), "period", month).exit_code == code


@pytest.mark.postgres
def test_a_failed_verify_says_so_first_and_names_where_the_tail_is_gone(postgres_dsn: str) -> None:
    journal = PostgresJournal(postgres_dsn)
    journal.take_fence()
    for batch in Floor().batches:
        journal.append(batch.rows)
    *_, last = journal.read_commits()
    ends = journal.head()
    journal.close()
    here = {"GPUBOURSE_DATABASE_URL": postgres_dsn}
    pair = f"{last.last_position}:{'A' * 43}"
    expected = said("audit", "verify", "--expect", pair, env=here)
    assert expected.exit_code == 6
    assert expected.stdout.startswith("NOT ok: expected")
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute("ALTER TABLE stored_events DISABLE TRIGGER append_only")
        connection.execute("DELETE FROM stored_events WHERE notification_id = %s", (ends,))

    shown = said("audit", "verify", env=here).stdout

    assert shown.startswith("NOT ok: ")
    assert f"a commit ends at {ends}, and no event stands there: the events end at" in shown
    assert "no commit stores it" not in shown
