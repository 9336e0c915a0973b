"""`gpubourse audit redecide` on a database: all of it comes again, or one wrong trade is named."""

import msgspec
import psycopg
import pytest

from ledger.journal.postgres import PostgresJournal
from ledger.journal.protocol import JournalRow
from tests.gateway.cli.json_schema import mismatches
from tests.gateway.cli.lines import document, said
from tests.ledger.questions.days import days

pytestmark = pytest.mark.postgres


@pytest.fixture
def here(postgres_dsn: str) -> dict[str, str]:
    written, journal = days(), PostgresJournal(postgres_dsn)
    for raw in written.store.reports.values():
        journal.keep(raw)
    journal.take_fence()
    journal.append(written.store.rows, written.store.commands)
    journal.close()
    return {"GPUBOURSE_DATABASE_URL": postgres_dsn}


def first_trade() -> JournalRow:
    return next(row for row in days().read() if row.topic == "traded")


def test_a_wrong_trade_is_named_and_ends_6(here: dict[str, str]) -> None:
    whole = said("audit", "redecide", env=here)
    assert (whole.exit_code, "events came again" in whole.output) == (0, True), whole.stderr
    assert "taken as given: 2 orders tied to a line, and ends of lines" in whole.output
    trade = first_trade()
    ticks = msgspec.json.decode(trade.state)["price_ticks"]
    wrong = trade.state.replace(b'"price_ticks":%d' % ticks, b'"price_ticks":%d' % (ticks + 1))
    with psycopg.connect(here["GPUBOURSE_DATABASE_URL"], autocommit=True) as connection:
        connection.execute("ALTER TABLE stored_events DISABLE TRIGGER append_only")
        connection.execute(
            "UPDATE stored_events SET state = %s WHERE notification_id = %s",
            (wrong, trade.position),
        )

    ended = said("audit", "redecide", env=here)
    told = said("audit", "redecide", "--json", env=here)
    before = document(
        said("audit", "redecide", "--to", str(trade.position - 9), "--json", env=here)
    )

    assert (ended.exit_code, told.exit_code) == (6, 6)
    assert f"position {trade.position:,} (order." in ended.output
    words = f"traded.price_ticks is stored as {ticks + 1}, and the rules give {ticks}"
    assert words in " ".join(ended.output.split())
    assert "were not decided again: they rest on another state" in ended.output
    schema = msgspec.json.decode(said("audit", "redecide", "--schema").stdout)
    assert not mismatches(msgspec.json.decode(told.stdout), schema)
    assert before["ok"]


def test_an_import_without_its_report_is_counted_and_named(here: dict[str, str]) -> None:
    with psycopg.connect(here["GPUBOURSE_DATABASE_URL"], autocommit=True) as connection:
        connection.execute("ALTER TABLE reports DISABLE TRIGGER ALL")
        connection.execute(
            "DELETE FROM reports WHERE report_sha256 IN (SELECT report_sha256 FROM reports LIMIT 1)"
        )

    ended = said("audit", "redecide", env=here)

    assert ended.exit_code == 0
    assert "cannot be decided again: position" in ended.output
    assert "import.new: the report" in ended.output
