"""A log that continues another, judged: what joins the two, and what is no such thing."""

import json
from pathlib import Path

import pytest
from click.testing import Result

from gateway.notary.log_folder import LogFolder
from gateway.notary.opened_notary import opened_notary
from ledger.log.older_logs import ACCEPTANCE
from tests.gateway.cli.json_schema import mismatches
from tests.gateway.cli.lines import document, said
from tests.gateway.notary.test_loss import After, ended
from tests.ledger.log.published import NOW_S, Log


class Reader:
    """Somebody who kept the first log's key and a head of it."""

    def __init__(self, log: Log, folder: Path) -> None:
        self.log = log
        self.key = folder / "log.key"
        self.kept = folder / "kept"

    def keep(self) -> None:
        self.key.write_bytes((self.log.out / "key").read_bytes())
        self.watch()

    def watch(self) -> Result:
        return self.ask("watch", str(self.log.out), "--kept", str(self.kept), "--once")

    def verify(self, *words: str) -> Result:
        return self.ask("verify-log", str(self.log.out), *words)

    def ask(self, *words: str) -> Result:
        return said("audit", *words, "--key", str(self.key))


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """The log has gone on behind a loss: 650 of 700 entries are left, and 660 are there now."""
    found = Reader(Log(tmp_path), tmp_path)
    old = ended(found.log)
    found.keep()
    found.log.publish(After(650, 660, {655: old}))
    return found


def test_what_was_lost_is_told_by_both(reader: Reader) -> None:
    kept = document(reader.verify("--kept", str(reader.kept), "--json"))
    assert not mismatches(kept, json.loads(said("audit", "verify-log", "--schema").stdout))
    (joint,) = kept["continues"]
    assert (joint["entries"], joint["common_entries"], joint["number"]) == (700, 650, 1)
    assert joint["accepted_position"] == 655
    words = "the last 50 were lost, behind position 650"
    assert words in reader.verify().stdout
    assert words in reader.watch().stdout
    assert "It continues" not in reader.watch().stdout, "it is told once"


def test_a_watch_that_finds_nothing_to_join_them_keeps_both(reader: Reader) -> None:
    (reader.log.out / "old/1" / ACCEPTANCE).unlink()
    for folder in ("old", "gone"):
        ended_with = reader.watch()
        assert ended_with.exit_code == 6, folder
        assert "This log cannot be trusted" in ended_with.stderr
        assert reader.kept.with_name("kept.not-consistent").exists()
        (reader.log.out / "old").rename(reader.log.out / "gone") if folder == "old" else None


def test_a_log_named_after_an_event_that_it_does_not_hold_is_none(
    reader: Reader, tmp_path: Path
) -> None:
    """Who has the keys gives a log another name, to be rid of the heads that he signed."""
    other = Log(tmp_path / "other")
    other.own.mkdir(parents=True)
    for path in reader.log.own.iterdir():
        if path.suffix == ".key":
            (other.own / path.name).write_bytes(path.read_bytes())
            (other.own / path.name).chmod(0o600)
    rows = After(650, 680, {})
    with opened_notary(rows, other.own, other.out, other.words.append) as notary:
        named = f"{notary.verifiers.origin}/{'0' * 16}"
        notary._signers = notary._signers.named(named)
        notary._heads._origin = lambda *_: named  # type: ignore[method-assign]
        notary.publish(NOW_S)
    assert other.head().head.origin == named
    reader.log = other

    judged, watched = reader.verify(), reader.watch()

    assert (judged.exit_code, watched.exit_code) == (6, 6)
    assert "no entry is that event" in judged.stderr
    assert "no accepted loss joins" in watched.stderr


@pytest.mark.parametrize("path", ["tile/entries/001", "tile/0/001", "heads/700"])
def test_an_older_log_that_was_damaged_is_found(reader: Reader, path: str) -> None:
    file = reader.log.out / "old/1" / path
    raw = file.read_bytes()
    file.write_bytes(raw[:40] + bytes([raw[40] ^ 1]) + raw[41:])

    assert reader.verify().exit_code == 6


def test_without_the_older_log_the_loss_is_told_as_its_event_tells_it(reader: Reader) -> None:
    (reader.log.out / "old").rename(reader.log.out / "gone")

    told = reader.verify()

    assert told.exit_code == 0, told.output
    assert "That log is not here" in told.stdout
    assert reader.verify("--kept", str(reader.kept)).exit_code == 6, "a head that nothing joins"


def test_the_older_log_alone_is_a_log_by_the_key_from_before(reader: Reader) -> None:
    older = reader.ask("verify-log", str(reader.log.out / "old/1"))

    assert older.exit_code == 0, older.output
    assert LogFolder(reader.log.out / "old/1").folder.is_dir()
    assert "ok: 700 entries" in older.stdout
