"""`gpubourse audit period` says whether the journal closed a month, and with which figures."""

import json

import msgspec
import pytest

from gateway.cli.json_schemas import schema_of
from ledger.durations import DAY_NS
from ledger.journal.memory import MemoryJournal
from tests.gateway.cli.auditor.test_unreadable_journals import asked
from tests.gateway.cli.json_schema import mismatches
from tests.gateway.cli.lines import document
from tests.ledger.cash.test_period_close import NOVEMBER, leased


def closed() -> MemoryJournal:
    floor = leased()
    floor.pass_time(NOVEMBER.to_ns + 6 * DAY_NS)
    return floor.journal()


def test_a_month_that_the_journal_closed_names_the_position(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    journal = closed()
    (row,) = [row for row in journal.read() if row.topic == "period_closed"]

    told = asked(monkeypatch, journal, "period", "2024-11")
    found = document(asked(monkeypatch, journal, "period", "2024-11", "--json"))

    assert told.exit_code == 0, told.output
    assert f"closed by position {row.position:,} at 2024-12-06 00:00" in told.stdout
    assert found["sha256"] in told.stdout
    assert (found["closed_position"], found["is_as_closed"]) == (row.position, True)
    assert mismatches(found, schema_of("audit period")) == []
    december = asked(monkeypatch, journal, "period", "2024-12")
    assert "OPEN: it closes at 2025-01-06 00:00" in december.stdout


def test_a_month_that_an_older_release_left_open_is_said_to_be_none_of_the_journals(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    journal = closed()
    journal.store.rows[:] = [
        row._replace(topic="nothing_to_do", state=b'{"party":"p-0001","op":"x","at_ns":1}')
        if row.topic == "period_closed"
        else row
        for row in journal.store.rows
    ]

    told = asked(monkeypatch, journal, "period", "2024-11")

    assert told.exit_code == 0, told.output
    assert "closed since 2024-12-06 00:00:00" in told.stdout
    assert "and the journal does not say so" in told.stdout


def test_figures_that_are_not_the_events_end_6(monkeypatch: pytest.MonkeyPatch) -> None:
    journal = closed()
    (row,) = [row for row in journal.read() if row.topic == "period_closed"]
    told = msgspec.json.decode(row.state)
    told["kinds"][0][3] += 1
    state = msgspec.json.encode(told)
    journal.store.rows[row.position - 1] = row._replace(state=state)

    answer = asked(monkeypatch, journal, "period", "2024-11")
    found = json.loads(asked(monkeypatch, journal, "period", "2024-11", "--json").stdout)

    assert answer.exit_code == 6
    words = f"BROKEN: position {row.position:,} closed it with other figures than its events give"
    assert words in answer.stdout
    assert not found["is_as_closed"]
