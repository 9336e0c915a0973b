"""`gpubourse audit` attaches to what is there, and says in a sentence what is not."""

from pathlib import Path

import psycopg
import pytest
from click.testing import Result

from ledger.base64url import text64
from ledger.journal.postgres import PostgresJournal
from tests.exchange.ground import Floor
from tests.gateway.cli.lines import document, said

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
    for batch in Floor().batches:
        journal.append(batch.rows)
    first, last = list(journal.read_commits())
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
