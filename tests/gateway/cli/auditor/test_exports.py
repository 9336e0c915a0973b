"""`gpubourse audit export`: each format from a real database, and what is refused in words."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from gateway.cli.auditor import exports
from gateway.cli.auditor.exports import FORMATS, REPORT, SUMS
from gateway.cli.evidence.export_files import TextFiles
from gateway.cli.json_schemas import schema_of
from ledger.base64url import text64
from ledger.journal.postgres import PostgresJournal
from tests.gateway.cli.json_schema import mismatches
from tests.gateway.cli.lines import document, said
from tests.ledger.exports.stored import stored
from tests.ledger.exports.test_foreign_books import beancount, is_strict
from tests.ledger.exports.world import journal

pytestmark = [pytest.mark.postgres, pytest.mark.xdist_group("exports")]
SUFFIXES = {
    "hledger": ["journal"],
    "beancount": ["beancount"],
    "csv": ["events.csv", "postings.csv", "titles.csv"],
    "parquet": ["events.parquet", "postings.parquet", "titles.parquet"],
    "jsonl": ["jsonl"],
}


@pytest.fixture(scope="module")
def dsn(postgres_server: str) -> Iterator[str]:
    with stored(postgres_server, journal()) as address:
        yield address


def export(dsn: str, out: Path, form: str, *words: str) -> Result:
    line = ("audit", "export", "--format", form, "--out", str(out), *words)
    return said(*line, env={"GPUBOURSE_DATABASE_URL": dsn})


@pytest.mark.parametrize("form", FORMATS)
def test_each_format_has_its_files_their_hashes_and_a_report(
    dsn: str, tmp_path: Path, form: str
) -> None:
    told: dict[str, Any] = document(export(dsn, tmp_path / "new" / form, form, "--json"))

    assert mismatches(told, schema_of("audit export")) == []
    folder = tmp_path / "new" / form
    names = [f"{month}.{each}" for month in ("2024-11", "2024-12") for each in SUFFIXES[form]]
    assert sorted(path.name for path in folder.iterdir()) == sorted([*names, REPORT, SUMS])
    assert json.loads((folder / REPORT).read_text("utf-8")) == told
    assert told["position"] == journal().head()
    assert [each["is_over"] for each in told["months"]] == [True, False]
    line = ["sha256sum", "--check", "--strict", "--quiet", SUMS]
    assert subprocess.run(line, cwd=folder, check=False).returncode == 0
    if form == "hledger":
        assert is_strict(folder / "2024-12.journal")
    elif form == "beancount":
        assert beancount(folder / "2024-12.beancount")["errors"] == []


def test_an_export_names_the_history_that_verify_would_name(dsn: str, tmp_path: Path) -> None:
    told = document(export(dsn, tmp_path / "out", "hledger", "--json", "--month", "2024-12"))

    opened = PostgresJournal.for_auditor(dsn)
    last, _ = opened.commits_around(opened.head())
    opened.close()
    assert last is not None
    assert (told["position"], told["chain"]) == (last.last_position, text64(last.chain))
    assert [each["month"] for each in told["months"]] == ["2024-12"]
    second = (tmp_path / "out" / "2024-12.journal").read_text("utf-8").splitlines()[1]
    assert second == f"; head: {last.pair}"


def test_an_export_of_a_moment_is_that_of_the_journal_when_it_ended_there(
    dsn: str, tmp_path: Path
) -> None:
    opened = PostgresJournal.for_auditor(dsn)
    commits = list(opened.read_commits(opened.head()))
    opened.close()
    early, late = commits[len(commits) // 2], commits[-1]
    assert 0 < early.last_position < late.last_position

    told = document(
        export(dsn, tmp_path / "early", "jsonl", "--json", "--as-of", str(early.last_position))
    )
    document(export(dsn, tmp_path / "whole", "jsonl", "--json"))

    assert (told["position"], told["chain"]) == (early.last_position, text64(early.chain))
    lines, everything = _records(tmp_path / "early"), _records(tmp_path / "whole")
    events = [each for each in lines if each["kind"] == "event"]
    assert [each["position"] for each in events] == list(range(1, early.last_position + 1))
    kept = [each for each in lines if each["kind"] not in ("begin", "end")]
    assert (
        kept == [each for each in everything if each["kind"] not in ("begin", "end")][: len(kept)]
    )
    assert lines[-1]["kind"] == "end"


def test_no_export_ends_before_the_first_commit(dsn: str, tmp_path: Path) -> None:
    opened = PostgresJournal.for_auditor(dsn)
    first = next(iter(opened.read_commits(opened.head())))
    opened.close()
    assert first.last_position > 1

    refused = export(dsn, tmp_path / "out", "csv", "--as-of", "1")

    assert (refused.exit_code, (tmp_path / "out").exists()) == (4, False)
    assert f"first commit of this journal ends at position {first.last_position:,}" in (
        refused.stderr
    )


def _records(folder: Path) -> list[dict[str, Any]]:
    """Every line of an export, month by month."""
    return [
        json.loads(line)
        for path in sorted(folder.glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]


def test_the_words_say_what_was_written(dsn: str, tmp_path: Path) -> None:
    shown = export(dsn, tmp_path / "out", "beancount").stdout

    assert "1 to 2,878" in shown
    assert "not over  2024-12.beancount" in shown
    assert shown.splitlines()[-1].endswith(f"its hashes are in {SUMS}.")


def test_what_cannot_be_done_is_said_before_anything_is_written(
    dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    late = export(dsn, out, "csv", "--month", "2031-01", "--month", "2024-12")
    assert (late.exit_code, out.exists()) == (4, False)
    assert "The journal holds nothing of 2031-01." in late.stderr
    assert "Name months from 2024-11 to 2024-12." in late.stderr

    wrong = export(dsn, out, "csv", "--month", "2024-13")
    assert wrong.exit_code == 2
    assert "'2024-13' is no month: write it like 2026-11." in wrong.stderr

    out.mkdir()
    (out / "kept").write_text("mine")
    taken = export(dsn, out, "csv")
    assert taken.exit_code == 2
    assert f"{out} is not empty." in taken.stderr
    assert [path.name for path in out.iterdir()] == ["kept"]

    monkeypatch.setattr(exports, "find_spec", lambda name: None)
    without = export(dsn, tmp_path / "parquet", "parquet")
    assert without.exit_code == 5
    assert "Parquet files need Arrow's library, which is not installed here." in without.stderr
    assert "pip install 'gpubourse[parquet]'" in without.stderr


def test_a_disk_that_fills_leaves_no_half_file(
    dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: TextFiles, *_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(TextFiles, "end", full)

    ended = export(dsn, tmp_path / "out", "hledger")

    assert ended.exit_code == 5
    assert "cannot be written: [Errno 28] No space left on device." in ended.stderr
    assert list((tmp_path / "out").iterdir()) == []


def test_an_empty_journal_has_nothing_to_export(postgres_dsn: str, tmp_path: Path) -> None:
    ended = export(postgres_dsn, tmp_path / "out", "jsonl")

    assert ended.exit_code == 4
    assert "The journal is empty." in ended.stderr
