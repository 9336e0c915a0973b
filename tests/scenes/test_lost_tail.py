"""An old backup stands in the journal's place: two people accept that, and the log goes on."""

import re
from pathlib import Path

import pytest
from click.testing import Result

from gpubourse.places import LOG
from tests.conftest import database_of
from tests.scenes.stage import Stage
from tests.waiting import wait_until

pytestmark = pytest.mark.postgres


def party(stage: Stage, number: int) -> None:
    name = f"Company {number}"
    stage.line("operator", "party", name, "--registration-no", str(number), me="clerk-1")


def log_covers_the_journal(stage: Stage) -> None:
    def told() -> bool:
        status = stage.told("audit", "verify-log", "--journal")
        return bool(status["entries"] >= stage.told("operator", "status")["position"])

    wait_until((stage.data / LOG / "checkpoint").exists, "a first head", look_s=1)
    wait_until(told, "a head of all", look_s=1)


class Reader:
    """Somebody outside, who kept the first log's key, a head and a receipt of it."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.stage = stage
        self.key = folder / "log.key"
        self.kept = folder / "kept"
        self.receipt = folder / "before.tlog-proof"
        self.key.write_bytes((stage.data / LOG / "key").read_bytes())
        self.watch(str(stage.data / LOG))
        stage.line("audit", "prove", "3", "--out", str(self.receipt))

    def watch(self, place: str) -> str:
        kept = ("--kept", str(self.kept), "--once")
        return self.stage.line("audit", "watch", place, "--key", str(self.key), *kept).stdout

    def verify(self, *words: str) -> Result:
        return self.stage.ended("audit", "verify-log", *words, "--key", str(self.key))

    def check(self, receipt: Path) -> str:
        return self.stage.line("audit", "check", str(receipt), "--key", str(self.key)).stderr


def accepted_by_two(stage: Stage) -> None:
    """The refusal names the line; one proposes, may not approve, and another one does."""
    wait_until(
        lambda: "accept-loss" in stage.line("operator", "status").stdout, "the refusal", look_s=1
    )
    line = ("operator", "accept-loss", "--reason", "the disk died", "--yes")
    assert "lost positions" in stage.line(*line, me="clerk-1").stderr
    assert "the disk died" in stage.line("operator", "proposals", me="clerk-2").stdout
    assert stage.ended(*line, me="clerk-2").exit_code == 1, "it waits already"
    alone = stage.ended("operator", "approve", "z-000001", me="clerk-1")
    assert alone.exit_code == 3, alone.output
    stage.line("operator", "approve", "z-000001", me="clerk-2")
    wait_until(
        lambda: "accept-loss" not in stage.line("operator", "status").stdout, "a new log", look_s=1
    )


def told_to(reader: Reader, newer: Path) -> None:
    """All that a reader asks after it, with the key, the head and the receipt from before."""
    stage = reader.stage
    told = reader.verify("--kept", str(reader.kept)).stdout
    assert re.search(r"It continues gpubourse/cn-1-\w+/\w{16}, which ended at", told), told
    assert "proposed by k-0001, approved by k-0002" in told
    assert "'the disk died'" in told
    assert "It continues" in reader.watch(str(stage.data / LOG))
    assert "It continues" not in reader.watch(str(stage.data / LOG))
    assert "another log of this journal" not in reader.check(reader.receipt)
    stage.line("audit", "prove", "3", "--out", str(newer))
    assert "another log of this journal" in reader.check(newer)
    address = (stage.data / "address").read_text("utf-8").strip()
    public = reader.verify(address)
    assert public.exit_code == 3, public.output
    assert "It continues" in public.stderr
    reader.watch(address)


def test_a_restored_backup_and_the_way_out(
    stage: Stage, postgres_dsn: str, postgres_server: str, tmp_path: Path
) -> None:
    stage.close()
    stage.publishes_log = True
    stage.open()
    party(stage, 91)
    log_covers_the_journal(stage)
    stage.close()
    name = re.search(r"/(test_\d+)\?", postgres_dsn)
    assert name is not None
    with database_of(postgres_server, name[1]) as backup:
        stage.open()
        for number in range(92, 97):
            party(stage, number)
        log_covers_the_journal(stage)
        reader = Reader(stage, tmp_path)
        nothing = stage.ended("operator", "accept-loss", "--reason", "none", me="clerk-1")
        assert nothing.exit_code == 4
        assert "nothing was lost" in nothing.stderr
        stage.close()

        stage.dsn = backup
        stage.open()
        accepted_by_two(stage)
        log_covers_the_journal(stage)

        told_to(reader, tmp_path / "behind.tlog-proof")
        stage.line("audit", "verify")
        stage.line("audit", "redecide")
        stage.close()
