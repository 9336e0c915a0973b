"""The verbs of the log: published from the journal, judged without it, followed from outside."""

from pathlib import Path

import psycopg
import pytest
from click.testing import Result

from gateway.notary import log_address
from ledger.journal.postgres import PostgresJournal
from ledger.log import verifier
from tests.exchange.ground import Floor
from tests.gateway.cli.lines import document, said
from tests.ledger.log.published import NOW_S, Log, Rows, flipped


class Desk:
    """An auditor's desk: a journal in a database, and folders beside it."""

    def __init__(self, dsn: str, folder: Path) -> None:
        self.env = {"GPUBOURSE_DATABASE_URL": dsn, "GPUBOURSE_DATA": str(folder / "data")}
        self.dsn = dsn
        self.folder = folder
        self.out = folder / "log"
        self.key_file = self.out / "key"

    def publish(self, *words: str) -> Result:
        return said("log", "publish", "--out", str(self.out), *words, env=self.env)

    def audit(self, *words: str) -> Result:
        return said("audit", *words, "--key", str(self.key_file), env=self.env)


@pytest.fixture
def desk(postgres_dsn: str, tmp_path: Path) -> Desk:
    journal = PostgresJournal(postgres_dsn)
    journal.take_fence()
    for batch in Floor().batches:
        journal.append(batch.rows)
    journal.close()
    return Desk(postgres_dsn, tmp_path)


@pytest.fixture
def apart(tmp_path: Path) -> Log:
    """A published log in another folder: neither journal nor venue is near."""
    log = Log(tmp_path)
    log.publish(Rows(700))
    return log


def judged(log: Log, *words: str) -> Result:
    return said("audit", *words, "--key", str(log.out / "key"))


# --- from the journal


@pytest.mark.postgres
def test_the_journal_is_published_checked_and_goes_on(desk: Desk) -> None:
    done = document(desk.publish("--json"))
    assert done["entries"] == done["appended"] > 20
    assert done["is_signed"]
    assert done["origin"].startswith("gpubourse/cn-1/")
    again = document(desk.publish("--json"))
    assert (again["appended"], again["is_signed"], again["root"]) == (0, False, done["root"])

    checked = document(desk.audit("verify-log", str(desk.out), "--journal", "--json"))

    assert checked["root"] == done["root"]
    assert (checked["entries"], checked["is_journals"]) == (done["entries"], True)
    assert checked["unchecked"] == []


@pytest.mark.postgres
def test_each_row_of_the_journal_is_what_was_published_or_it_is_named(desk: Desk) -> None:
    desk.publish()
    with psycopg.connect(desk.dsn, autocommit=True) as connection:
        connection.execute("ALTER TABLE stored_events DISABLE TRIGGER append_only")
        connection.execute("UPDATE stored_events SET topic = 'other' WHERE notification_id = 7")

    ended = desk.audit("verify-log", str(desk.out), "--journal")

    assert ended.exit_code == 6
    assert "position 7 of the journal is not what was published" in ended.stderr
    assert desk.audit("verify-log", str(desk.out)).exit_code == 0, "the log itself is whole"
    desk.out = desk.folder / "anew"
    refused = desk.publish()
    assert refused.exit_code == 6
    assert "events have another root than the head that was signed over them" in refused.stderr


@pytest.mark.postgres
def test_a_lost_tail_is_refused_in_words(desk: Desk) -> None:
    entries = document(desk.publish("--json"))["entries"]
    with psycopg.connect(desk.dsn, autocommit=True) as connection:
        connection.execute("ALTER TABLE stored_events DISABLE TRIGGER append_only")
        connection.execute("DELETE FROM stored_events WHERE notification_id > 9")

    refused = desk.publish()
    compared = desk.audit("verify-log", str(desk.out), "--journal")

    assert refused.exit_code == compared.exit_code == 6
    assert "ends at position 9, and this log's last head" in refused.stderr
    assert f"was signed over {entries}" in refused.stderr
    assert f"the journal ends at position 9, and the log has {entries}" in compared.stderr


@pytest.mark.postgres
def test_keys_that_are_gone_are_asked_for_by_name(desk: Desk) -> None:
    desk.publish()
    (desk.folder / "data/notary/salt.key").unlink()

    ended = desk.publish()

    assert ended.exit_code == 3
    assert "salt.key is missing, and this log was begun with it" in ended.stderr


@pytest.mark.postgres
def test_an_empty_journal_has_nothing_to_publish(postgres_dsn: str, tmp_path: Path) -> None:
    ended = Desk(postgres_dsn, tmp_path).publish()

    assert ended.exit_code == 4
    assert "The journal is empty" in ended.stderr
    assert not (tmp_path / "log").exists()


@pytest.mark.postgres
def test_the_log_in_the_data_folder_needs_no_name(desk: Desk) -> None:
    desk.out = desk.folder / "data/log"
    desk.publish()
    receipt = str(desk.folder / "one")

    said_ = said("audit", "prove", "3", "--out", receipt, env=desk.env)
    assert said_.exit_code == 0, said_.stderr
    assert said("audit", "check", receipt, env=desk.env).exit_code == 0


# --- without it


def test_a_log_is_judged_with_neither_journal_nor_venue(apart: Log) -> None:
    ended = judged(apart, "verify-log", str(apart.out))

    assert ended.exit_code == 0, ended.stderr
    assert "ok: 700 entries of gpubourse/cn-1-0badcafe/" in ended.stdout
    assert "1 kept head, signed 2026-" in ended.stdout


def test_a_receipt_is_judged_by_the_key_alone(apart: Log, tmp_path: Path) -> None:
    receipt = tmp_path / "300.tlog-proof"
    assert (
        judged(apart, "prove", "300", "--log", str(apart.out), "--out", str(receipt)).exit_code == 0
    )
    key_file = tmp_path / "log.key"
    key_file.write_bytes((apart.out / "key").read_bytes())
    apart.remove()

    found = document(said("audit", "check", str(receipt), "--key", str(key_file), "--json"))

    assert (found["position"], found["entries"], found["topic"]) == (300, 700, "order_accepted")
    assert found["event"]["order"] == "o-000300"
    assert found["signed_ns"] == str(NOW_S * 10**9)
    receipt.write_bytes(flipped(receipt.read_bytes(), 60))
    spoilt = said("audit", "check", str(receipt), "--key", str(key_file))
    assert spoilt.exit_code == 6
    assert "proves nothing: the entry is not in the tree" in spoilt.stderr


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("prove", "701", "--log", "{out}"), 4, "has 700 entries, and none at 701"),
        (("prove", "0", "--log", "{out}"), 2, "no position"),
        (("prove", "5", "--log", "{out}x"), 4, "There is no folder"),
        (("prove", "5", "--log", "{out}", "--out", "{out}/no/where"), 2, "There is no folder"),
        (("prove", "5", "--log", "{out}/heads"), 5, "checkpoint is missing"),
        (("check", "{out}/nothing"), 2, "There is no file"),
        (("check", "{out}/checkpoint"), 6, "is no receipt of a log"),
        (("verify-log", "{out}/heads"), 5, "checkpoint is missing"),
        (("verify-log", "{out}", "--kept", "{out}/none"), 2, "There is no file"),
        (("verify-log", "{out}", "--kept", "{out}/key"), 2, "is no head of this log"),
        (("watch", "{out}/heads", "--kept", "{out}.h", "--once"), 5, "checkpoint is missing"),
        (("watch", "{out}", "--kept", "{out}/key", "--once"), 2, "is no head of this log"),
    ],
)
def test_what_is_not_there_is_told_in_words(
    apart: Log, words: tuple[str, ...], code: int, told: str
) -> None:
    ended = judged(apart, *(word.format(out=apart.out) for word in words))

    assert ended.exit_code == code, ended.stderr
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_key_is_never_taken_from_beside_the_log(apart: Log) -> None:
    ended = said("audit", "verify-log", str(apart.out))

    assert ended.exit_code == 4
    assert "No key was named, and no venue here publishes a log" in ended.stderr
    assert "--key" in ended.stderr


def test_a_file_that_is_no_key_is_told(apart: Log) -> None:
    for name in ("checkpoint", "nothing"):
        ended = said("audit", "verify-log", str(apart.out), "--key", str(apart.out / name))
        assert ended.exit_code == 2
        assert "key" in ended.stderr


def test_a_spoilt_log_ends_6_and_names_the_position(apart: Log) -> None:
    path = apart.out / "tile/entries/001"
    path.write_bytes(flipped(path.read_bytes(), 40))

    ended = judged(apart, "verify-log", str(apart.out))

    assert ended.exit_code == 6
    assert "NOT ok: the entry of position 257" in ended.stderr


def test_an_older_head_given_out_as_the_newest_is_seen_by_who_kept_one(
    apart: Log, tmp_path: Path
) -> None:
    older = (apart.out / "checkpoint").read_bytes()
    apart.publish(Rows(900))
    kept = tmp_path / "kept"
    kept.write_bytes((apart.out / "checkpoint").read_bytes())
    (apart.out / "checkpoint").write_bytes(older)

    judged_ = judged(apart, "verify-log", str(apart.out), "--kept", str(kept))

    assert judged_.exit_code == 6
    assert "a head of 900 entries was signed, and this log has 700" in judged_.stderr


def test_what_this_program_cannot_check_is_said(
    apart: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier, "MLDSA44PublicKey", None)

    ended = judged(apart, "verify-log", str(apart.out))

    assert ended.exit_code == 0
    assert "Its ML-DSA-44 signature was not checked" in ended.stderr
    assert "Ed25519 alone stands" in ended.stderr


# --- followed from outside


def watched(log: Log, kept: Path, *words: str) -> Result:
    return judged(log, "watch", str(log.out), "--kept", str(kept), "--once", *words)


def test_a_watch_keeps_the_last_head_and_follows_it(apart: Log, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    first = document(watched(apart, kept, "--json"))
    assert "700 entries, as at the last look" in watched(apart, kept).stdout
    same = document(watched(apart, kept, "--json"))
    apart.publish(Rows(70_000))
    grown = document(watched(apart, kept, "--json"))

    assert [each["is_new"] for each in (first, same, grown)] == [True, False, True]
    assert [each["entries"] for each in (first, same, grown)] == [700, 700, 70_000]
    assert kept.read_bytes() == (apart.out / "checkpoint").read_bytes()


def test_a_watch_complains_of_another_history_and_keeps_the_evidence(
    apart: Log, tmp_path: Path
) -> None:
    """History rewritten with the right keys: nothing in the new log is wrong, but it is another."""
    kept = tmp_path / "kept"
    watched(apart, kept)
    head = kept.read_bytes()
    (apart.own / "last_head").unlink()
    apart.remove()
    apart.publish(Rows(900, changed=5))
    assert judged(apart, "verify-log", str(apart.out)).exit_code == 0

    for _ in range(2):
        ended = watched(apart, kept)
        assert ended.exit_code == 6
        assert "do not begin with the 700 of the kept head: two histories" in ended.stderr
        assert "show both to others" in ended.stderr
        assert kept.read_bytes() == head, "the good one stays"
    evidence = kept.with_name("kept.not-consistent")
    assert evidence.read_bytes() == (apart.out / "checkpoint").read_bytes()


@pytest.mark.parametrize("size", [700, 650])
def test_a_watch_complains_of_a_split_view_and_of_an_older_head(
    apart: Log, tmp_path: Path, size: int
) -> None:
    kept = tmp_path / "kept"
    watched(apart, kept)
    (apart.own / "last_head").unlink()
    apart.remove()
    apart.publish(Rows(size, changed=5))

    ended = watched(apart, kept)

    assert ended.exit_code == 6
    words = "two heads of 700 entries" if size == 700 else "an older head stands for the newest"
    assert words in ended.stderr


def test_a_watch_complains_of_a_head_by_another_key(apart: Log, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    watched(apart, kept)
    other = Log(tmp_path / "other")
    other.publish(Rows(900))
    (apart.out / "checkpoint").write_bytes((other.out / "checkpoint").read_bytes())

    ended = watched(apart, kept)

    assert ended.exit_code == 6
    assert "not signed by the log's Ed25519 key" in ended.stderr


def test_a_key_of_another_log_at_the_first_look_is_the_callers_mistake(
    apart: Log, tmp_path: Path
) -> None:
    """Nothing is kept, and nobody is told to show evidence against the venue."""
    other = Log(tmp_path / "other")
    other.publish(Rows(900))
    kept = tmp_path / "kept" / "head"
    kept.parent.mkdir()

    ended = judged(other, "watch", str(apart.out), "--kept", str(kept), "--once")

    assert ended.exit_code == 2
    assert "This key is not of this log" in ended.stderr
    assert "show" not in ended.stderr
    assert not list(kept.parent.iterdir())


def test_a_spoilt_head_at_the_first_look_names_no_file_that_is_not_there(
    apart: Log, tmp_path: Path
) -> None:
    head = apart.out / "checkpoint"
    head.write_bytes(head.read_bytes().replace(b"\n700\n", b"\n701\n"))
    kept = tmp_path / "kept"

    ended = watched(apart, kept)

    assert ended.exit_code == 6
    assert f"Keep {kept}.not-consistent, show it to others" in ended.stderr
    assert [path.name for path in tmp_path.glob("kept*")] == ["kept.not-consistent"]


def test_an_address_that_does_not_answer_is_no_fault_of_the_log(apart: Log, tmp_path: Path) -> None:
    for verb in (("verify-log",), ("watch", "--kept", str(tmp_path / "kept"), "--once")):
        ended = judged(apart, verb[0], "http://127.0.0.1:1", *verb[1:])
        assert ended.exit_code == 5
        assert "http://127.0.0.1:1/log/checkpoint does not answer" in ended.stderr


@pytest.mark.parametrize(
    ("url", "prefix"),
    [
        ("http://127.0.0.1:8470", "http://127.0.0.1:8470/log/"),
        ("https://venue.example/", "https://venue.example/log/"),
        ("https://mirror.example/logs/cn-1", "https://mirror.example/logs/cn-1/"),
    ],
)
def test_a_bare_address_is_a_venues(url: str, prefix: str) -> None:
    assert log_address.LogAddress(url).prefix == prefix
