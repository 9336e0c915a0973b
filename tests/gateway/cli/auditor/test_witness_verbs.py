"""Witnesses at the command line: asked when a log is published, wanted by whoever checks it."""

import base64
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from gateway.cli.json_schemas import schema_of
from gateway.notary import notary
from gateway.notary.witnesses import Witnesses
from ledger.durations import SECOND_NS
from ledger.journal.postgres import PostgresJournal
from ledger.log.verifier import ED25519, Verifier
from tests.exchange.ground import Floor
from tests.gateway.cli.json_schema import mismatches
from tests.gateway.cli.lines import document, said
from tests.ledger.log.published import Log, Rows
from tests.ledger.log.witness import WitnessOnDuty, on_duty
from tests.waiting import PATIENCE_S

pytestmark = [pytest.mark.postgres, pytest.mark.xdist_group("witnesses")]


class Scene:
    """A journal, its log, one witness, and the policy of whoever believes that witness."""

    def __init__(self, dsn: str, folder: Path) -> None:
        self.env = {"GPUBOURSE_DATABASE_URL": dsn, "GPUBOURSE_DATA": str(folder / "data")}
        self.folder = folder
        self.out = folder / "data" / "log"
        self.policy = folder / "policy.txt"

    def publish(self, *words: str, code: int = 0) -> str:
        ended = said("log", "publish", "--out", str(self.out), *words, env=self.env)
        assert ended.exit_code == code, ended.stderr
        return ended.stdout + ended.stderr

    def audit(self, *words: str, code: int = 0) -> str:
        ended = said("audit", *words, env=self.env)
        assert ended.exit_code == code, ended.stderr
        return ended.stdout + ended.stderr

    def json(self, *words: str) -> dict[str, object]:
        told: dict[str, object] = document(said("audit", *words, "--json", env=self.env))
        assert mismatches(told, schema_of(f"audit {words[0]}")) == []
        return told


@pytest.fixture
def scene(postgres_dsn: str, tmp_path: Path) -> Scene:
    journal = PostgresJournal(postgres_dsn)
    journal.take_fence()
    for batch in Floor().batches:
        journal.append(batch.rows)
    journal.close()
    return Scene(postgres_dsn, tmp_path)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy makes no witness late."""
    monkeypatch.setattr(notary, "Witnesses", partial(Witnesses, wait_s=PATIENCE_S))


@pytest.fixture
def witness(scene: Scene) -> Iterator[WitnessOnDuty]:
    scene.publish()
    line = (scene.out / "key").read_text().splitlines()[0]
    found = WitnessOnDuty("w.example/1", line)
    with on_duty(found) as url:
        scene.policy.write_text(f"witness w {found.vkey} {url}\nquorum w\n")
        yield found


def test_a_head_is_cosigned_and_its_time_is_the_outside_clock(
    scene: Scene, witness: WitnessOnDuty
) -> None:
    policy = ("--policy", str(scene.policy))
    refused = scene.audit("verify-log", *policy, code=6)
    assert "NOT ok: no witness cosigned it, and the quorum of" in refused

    told = scene.publish("--witnesses", str(scene.policy))

    assert "w cosigned it: the quorum." in told
    words = scene.audit("verify-log", *policy)
    assert "; not later than 2026-12-01 02:01:41" in words.replace("\n", " ")
    checked = scene.json("verify-log", *policy)
    assert checked["witnesses"] == [{"witness": "w", "signed_ns": str(witness.now_s * SECOND_NS)}]
    assert checked["not_later_than_ns"] == str(witness.now_s * SECOND_NS)
    assert scene.json("verify-log")["not_later_than_ns"] is None


def test_a_receipt_and_whoever_asks_who_have_the_witnesss_time(
    scene: Scene, witness: WitnessOnDuty
) -> None:
    policy = ("--policy", str(scene.policy))
    assert "no quorum of witnesses has cosigned a head over it" in scene.audit("who", "3", *policy)
    scene.publish("--witnesses", str(scene.policy))
    receipt = scene.folder / "3.tlog-proof"

    scene.audit("prove", "3", "--out", str(receipt))

    assert "by its witnesses" in scene.audit("check", str(receipt), *policy)
    until_ns = str(witness.now_s * SECOND_NS)
    assert scene.json("check", str(receipt), *policy)["not_later_than_ns"] == until_ns
    assert "outside clock: not later than" in scene.audit("who", "3", *policy)
    assert scene.json("who", "3", *policy)["witnesses"] == [
        {"witness": "w", "signed_ns": str(witness.now_s * SECOND_NS)}
    ]
    assert scene.json("who", "3")["witnesses"] == []
    last = str(scene.json("verify-log")["entries"])
    assert scene.json("who", last, *policy)["not_later_than_ns"] == str(witness.now_s * SECOND_NS)
    of_another = scene.folder / "other.txt"
    key = (scene.out / "key").read_text().splitlines()[0]
    named = Verifier("other/log", ED25519, base64.b64decode(key.split("+", 2)[2])[1:]).text
    of_another.write_text(f"log {named}\n{scene.policy.read_text()}")
    refused = scene.audit("who", "3", "--policy", str(of_another), code=6)
    assert "names other logs than gpubourse/" in refused
    over_an_address = scene.audit(
        "who", "3", "--log", "http://127.0.0.1:9", "--key", str(scene.out / "key"), *policy, code=2
    )
    assert "nobody knows which heads are kept" in over_an_address


def test_a_watch_wants_the_quorum_of_each_head(scene: Scene, witness: WitnessOnDuty) -> None:
    scene.publish("--witnesses", str(scene.policy))
    kept = scene.folder / "kept"
    words = ("watch", str(scene.out), "--kept", str(kept), "--once", "--policy", str(scene.policy))
    assert scene.json(*words)["is_new"] is True
    scene.policy.write_text(scene.policy.read_text().replace("quorum w", "quorum none"))
    assert scene.json(*words)["not_later_than_ns"] is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("quorum w\n", "is no witness policy: line 1: the quorum w is not defined above it."),
        ("quorum none\n", "names no witness with an address: nobody could be asked."),
    ],
)
def test_a_policy_that_is_none_is_refused_before_anything_is_done(
    tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "policy"
    path.write_text(text)
    for line in (
        ("run", "--data", str(tmp_path / "run")),
        ("log", "publish", "--out", str(tmp_path / "log"), "--data", str(tmp_path / "run")),
    ):
        ended = said(*line, "--witnesses", str(path))
        assert (ended.exit_code, words in ended.stderr) == (2, True), ended.stderr
    assert not (tmp_path / "run").exists()
    missing = said("run", "--data", str(tmp_path / "run"), "--witnesses", str(tmp_path / "none"))
    assert "cannot be read: No such file or directory. Name the policy's file." in missing.stderr
    both = said("run", "--data", str(tmp_path / "run"), "--no-log", "--witnesses", str(path))
    assert "--witnesses cosign a log. Leave out --no-log, or --witnesses." in both.stderr


def test_a_policy_of_another_log_is_no_yes(tmp_path: Path) -> None:
    log, other = Log(tmp_path / "one"), Log(tmp_path / "other")
    log.publish(Rows(5))
    other.publish(Rows(7))
    path = tmp_path / "policy"
    path.write_text(f"log {other.verifiers.ed25519._replace(name='other/log').text}\nquorum none\n")

    words = ("--key", str(log.out / "key"), "--policy", str(path))
    ended = said("audit", "verify-log", str(log.out), *words)

    assert ended.exit_code == 6
    assert "names other logs than gpubourse/" in ended.stderr
