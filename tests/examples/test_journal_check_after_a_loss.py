"""examples/journal_check.py judges both logs of a journal that lost its tail, by the first key."""

import subprocess
import sys
from pathlib import Path

import pytest

from ledger.base64url import text64
from ledger.journal.memory import MemoryJournal
from tests.examples.test_journal_check import PROGRAM
from tests.ledger.hall import Hall
from tests.ledger.log.published import Log


def hall_with(number: str) -> Hall:
    hall = Hall()
    hall.let_in(number, "owner")
    return hall


def journal_of(hall: Hall) -> MemoryJournal:
    journal = MemoryJournal()
    journal.take_fence()
    for batch in hall.batches:
        journal.append(batch.rows)
    return journal


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """The log of a venue whose last party was lost, and of another end that accepts it."""
    found = Log(tmp_path)
    found.publish(journal_of(hall_with("91-LOST")))  # type: ignore[arg-type]
    (tmp_path / "log.key").write_bytes((found.out / "key").read_bytes())
    head, hall = found.head().head, hall_with("91-FOUND")
    loss = {"origin": head.origin, "size": head.size, "root_sha256": text64(head.root)}
    end = {"journal_position": hall.writer.position, "journal_chain": "A" * 43}
    hall.two("log.accept_loss", **loss, **end, reason="a disk")
    found.publish(journal_of(hall))  # type: ignore[arg-type]
    return found


def said(folder: Path, key: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, str(PROGRAM), "--log", str(folder), "--key", str(key)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_both_logs_hold_by_the_key_from_before(log: Log, tmp_path: Path) -> None:
    for folder in (log.out, log.out / "old/1"):
        found = said(folder, tmp_path / "log.key")
        assert found.returncode == 0, found.stderr
        assert found.stdout.startswith("ok: ")


def test_a_key_of_another_journal_holds_for_neither(log: Log, tmp_path: Path) -> None:
    key = tmp_path / "log.key"
    key.write_text(key.read_text().replace("gpubourse/cn-1/", "gpubourse/cn-2/"))
    for folder in (log.out, log.out / "old/1"):
        assert "this key did not sign the log's head" in said(folder, key).stderr
