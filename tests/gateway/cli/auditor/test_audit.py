"""`gpubourse audit` attaches to what is there, and says in a sentence what is not."""

import json
from pathlib import Path

import psycopg
import pytest
from click.testing import Result

from exchange.books.state import Venue
from exchange.engine.batch_writer import Batch, BatchWriter, Request
from ledger.base64url import text64
from ledger.caller import Caller
from ledger.durations import DAY_NS
from ledger.journal.postgres import PostgresJournal
from tests.exchange.ground import NOON_NS, OPENING
from tests.gateway.cli.lines import document, said
from tests.ledger.hall import MINUTE_NS, Hall

VERBS = [
    ("verify",),
    ("replay",),
    ("history", "u-000001"),
    ("as-of", "1", "p-0001"),
    ("trial-balance",),
    ("who", "1"),
    ("psql",),
]


@pytest.mark.parametrize("words", VERBS, ids=lambda words: words[0])
def test_without_a_journal_each_verb_ends_4_and_names_the_folder(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    caller = said("audit", *words, "--data", str(tmp_path / "empty"))

    assert caller.exit_code == 4
    assert f"There is no journal in {tmp_path / 'empty'}." in caller.stderr


def test_a_database_that_is_down_ends_5() -> None:
    down = {"GPUBOURSE_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}

    caller = said("audit", "verify", env=down)

    assert caller.exit_code == 5
    assert "the database is down or went away" in caller.stderr
    assert "Traceback" not in caller.stderr


@pytest.mark.postgres
def test_a_newer_schema_is_refused_in_words(postgres_dsn: str) -> None:
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO migrations (name, sha256) VALUES ('9999_later.sql', sha256('later'))"
        )

    caller = said("audit", "verify", env={"GPUBOURSE_DATABASE_URL": postgres_dsn})

    assert caller.exit_code == 5
    assert "newer schema" in caller.stderr


@pytest.mark.postgres
def test_no_verb_prints_the_owners_password(postgres_dsn: str) -> None:
    here = {"GPUBOURSE_DATABASE_URL": postgres_dsn.replace("postgres@", "postgres:hidden-3@")}
    verbs = [("psql", "--json"), ("psql",), ("psql", "-c", "SELECT 1"), ("verify",), ("who", "1")]

    told = [said("audit", *verb, env=here) for verb in verbs]
    asked = document(said("audit", "psql", "--json", "-c", "SELECT session_user", env=here))

    assert all("hidden-3" not in each.output for each in told)
    assert "hidden-3" not in str(asked)
    assert asked["rows"] == [["postgres"]], "that server knows no auditor's login, so it steps down"


@pytest.mark.postgres
def test_an_empty_journal_has_nothing_to_tell(postgres_dsn: str) -> None:
    here = {"GPUBOURSE_DATABASE_URL": postgres_dsn}

    assert document(said("audit", "trial-balance", "--json", env=here))["sum_minor"] == 0
    assert said("audit", "history", "u-000001", env=here).exit_code == 4
    assert said("audit", "who", "1", env=here).exit_code == 4


@pytest.mark.postgres
def test_psql_is_opened_on_a_string_that_cannot_write(postgres_dsn: str) -> None:
    here = {"GPUBOURSE_DATABASE_URL": postgres_dsn}

    dsn = document(said("audit", "psql", "--json", env=here))["dsn"]

    with psycopg.connect(dsn) as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        connection.execute("CREATE TABLE notes (note text)")
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT current_user::text").fetchone() == ("auditor",)


@pytest.mark.postgres
def test_a_pair_is_expected_by_position_and_chain(postgres_dsn: str) -> None:
    """Out of form, inside a commit, of another history, and right: two, two, six and none."""
    journal = PostgresJournal(postgres_dsn)
    journal.take_fence()
    writer = BatchWriter(Venue())
    opened = writer.write(Request("venue.open", OPENING, Caller()), NOON_NS)
    day_end = writer.advance(NOON_NS + DAY_NS)
    for batch in (opened, day_end):
        journal.append(batch.rows)
    first, last = list(journal.read_commits())
    assert len(day_end.rows) > 1, "there is a place inside"
    journal.close()
    here = {"GPUBOURSE_DATABASE_URL": postgres_dsn}

    def expecting(*pairs: str) -> Result:
        words = [word for pair in pairs for word in ("--expect", pair)]
        return said("audit", "verify", *words, env=here)

    for pair in ("7", "7:AAAA", f"x:{text64(last.chain)}", f"-1:{text64(last.chain)}"):
        assert expecting(pair).exit_code == 2
    inside = expecting(f"{last.last_position - 1}:{text64(last.chain)}")
    assert inside.exit_code == 2
    assert f"{first.last_position:,} and {last.last_position:,}" in inside.stderr
    assert expecting(first.pair, f"{last.last_position}:{text64(first.chain)}").exit_code == 6
    beyond = expecting(f"{last.last_position + 1}:{text64(last.chain)}")
    assert beyond.exit_code == 6
    right = expecting(first.pair, last.pair)
    assert right.exit_code == 0
    assert f"this history: {last.pair}" in right.output


def two_batches() -> list[Batch]:
    """A journal in which every act has its ground: the venue opens, and a minute passes."""
    hall = Hall()
    hall.advance(MINUTE_NS)
    assert len(hall.batches) == 2
    return hall.batches


@pytest.mark.postgres
def test_pairs_are_expected_from_a_file_and_a_bad_line_is_named(
    postgres_dsn: str, tmp_path: Path
) -> None:
    journal = PostgresJournal(postgres_dsn)
    journal.take_fence()
    for batch in two_batches():
        journal.append(batch.rows)
    first, last = list(journal.read_commits())
    journal.close()
    here = {"GPUBOURSE_DATABASE_URL": postgres_dsn}
    file = tmp_path / "pairs.txt"

    def expecting(text: str) -> Result:
        file.write_text(text, "utf-8")
        return said("audit", "verify", "--expect-file", str(file), env=here)

    good = expecting(f"# kept at each close\n\n{first.pair}\n  {last.pair}  # on Friday\n")
    assert good.exit_code == 0
    assert "2 pairs, each as expected" in good.output
    assert expecting("").exit_code == 0
    bad = expecting(f"{first.pair}\n{last.last_position}:AAAA\n")
    assert bad.exit_code == 2
    assert f"Line 2 of {file}: '{last.last_position}:AAAA' is not POSITION:CHAIN" in bad.stderr
    assert expecting(f"{last.last_position}:{text64(first.chain)}").exit_code == 6
    file.write_bytes(b"\xff\xfe\x00")
    binary = said("audit", "verify", "--expect-file", str(file), env=here)
    assert binary.exit_code == 2
    assert "is no text" in binary.stderr
    absent = said("audit", "verify", "--expect-file", str(tmp_path / "none"), env=here)
    assert absent.exit_code == 2


@pytest.mark.postgres
def test_from_a_position_on_is_judged_and_what_is_not_is_said(postgres_dsn: str) -> None:
    journal = PostgresJournal(postgres_dsn)
    journal.take_fence()
    for batch in two_batches():
        journal.append(batch.rows)
    first, last = list(journal.read_commits())
    journal.close()
    here = {"GPUBOURSE_DATABASE_URL": postgres_dsn}
    begins = str(last.first_position)

    bare = said("audit", "verify", "--from", begins, env=here)
    held = said("audit", "verify", "--from", begins, "--expect", first.pair, env=here)
    inside = said("audit", "verify", "--from", str(first.first_position + 1), env=here)

    assert (bare.exit_code, held.exit_code, inside.exit_code) == (0, 0, 2)
    assert f"nothing vouches for them: expect a pair of position {first.last_position:,}" in (
        " ".join(bare.output.split())
    )
    assert "vouches for them" in " ".join(held.output.split())
    assert f"Position {first.first_position + 1:,} begins no commit" in inside.stderr


@pytest.mark.postgres
def test_an_empty_journal_is_nothing_to_verify(postgres_dsn: str) -> None:
    here = {"GPUBOURSE_DATABASE_URL": postgres_dsn}

    empty = said("audit", "verify", env=here)
    allowed = said("audit", "verify", "--allow-empty", env=here)

    assert (empty.exit_code, allowed.exit_code) == (6, 0)
    assert "Nothing to verify: the journal is empty" in empty.output
    assert "this history:" not in empty.output + allowed.output
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute("INSERT INTO views.titles VALUES ('n-0001', 'p-0001', 'none', 1, 1)")
    left = said("audit", "verify", "--allow-empty", env=here)
    assert left.exit_code == 6
    assert "titles n-0001: no event makes this row" in " ".join(left.output.split())


@pytest.mark.postgres
def test_views_that_an_auditor_may_not_read_are_a_failed_check(postgres_dsn: str) -> None:
    journal = PostgresJournal(postgres_dsn)
    journal.take_fence()
    for batch in two_batches():
        journal.append(batch.rows)
    journal.close()
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute("REVOKE SELECT ON views.postings FROM auditor")
    here = {"GPUBOURSE_DATABASE_URL": postgres_dsn}

    verdict = json.loads(said("audit", "verify", "--json", env=here).stdout)
    failed = {check["name"]: check["detail"] for check in verdict["checks"] if not check["ok"]}

    assert set(failed) == {"view rows", "definitions"}
    assert "permission denied" in failed["view rows"]
    assert "views.postings to auditor is missing" in failed["definitions"]


@pytest.mark.postgres
def test_a_history_that_is_not_whole_gets_no_name(postgres_dsn: str) -> None:
    journal = PostgresJournal(postgres_dsn)
    journal.take_fence()
    for batch in two_batches():
        journal.append(batch.rows)
    journal.close()
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute("ALTER TABLE stored_events DISABLE TRIGGER append_only")
        connection.execute("DELETE FROM stored_events WHERE notification_id = 7")
    here = {"GPUBOURSE_DATABASE_URL": postgres_dsn}

    shown = said("audit", "verify", env=here)
    assert (shown.exit_code, "this history:" in shown.output) == (6, False)
    assert "NOT ok" in shown.output
    told = said("audit", "verify", "--json", env=here)
    assert (told.exit_code, json.loads(told.stdout)["chain"]) == (6, "")
