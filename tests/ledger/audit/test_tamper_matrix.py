"""The tamper matrix: each kind of tampering is caught by whom its row says, with its place.

Each is done to a clone of one database, at some position: one in `make test`, twenty in the storm.
"""

import shutil
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Final, NamedTuple, get_args

import pytest
from psycopg.conninfo import conninfo_to_dict

from exchange.engine.replay import recover, save
from gateway.cli.auditor.verification import expected_pair
from gateway.cli.evidence.attached_journal import AttachedJournal
from gateway.notary import notary
from gateway.notary.witnesses import Witnesses
from gateway.server.audit_rules import venue_folding
from gpubourse.places import LOG as LOG_FOLDER
from ledger.audit.beside_checks import Beside
from ledger.audit.check_result import VerifyReport
from ledger.audit.commit_checks import Expected
from ledger.audit.verify import verify
from ledger.journal.checkpoint import Checkpoint, PostgresCheckpoints
from ledger.journal.memory import MemoryJournal
from ledger.journal.postgres import PostgresJournal
from ledger.questions.redecision import redecide
from tests.conftest import database_of
from tests.gateway.cli.lines import said
from tests.ledger.audit.rooted import SECRET
from tests.ledger.audit.tampering.hands import Hands, History, pairs_of, views_anew
from tests.ledger.audit.tampering.kinds import (
    EXPECT,
    KINDS,
    LOG,
    REDECIDE,
    ROOTS,
    VERIFY,
    WITNESS,
    Catcher,
    Kind,
)
from tests.ledger.audit.tampering.lawful import write_history
from tests.ledger.audit.tampering.publications import begun_again
from tests.ledger.audit.tampering.riders import write_rides
from tests.ledger.log.witness import WitnessOnDuty, on_duty
from tests.waiting import PATIENCE_S

FOLDING = venue_folding()
POSITIONS = 20  # of each kind, in the storm
PAIRS_OLDER = 60  # commits that the auditor's last pair lies before the end, for the log's rows
# Kinds with one object to be done to, whatever the seed.
ONE_WAY: Final = frozenset(
    {
        "a_fence_that_went_back",
        "tables_emptied",
        "commands_emptied",
        "a_log_on_erased",
        "a_log_on_of_other_bytes",
        "a_seller_who_did_not_sell",
        "a_giver_who_does_not_own",
        "a_function_replaced",
    }
)
TELLS: Final = "rules"  # says from where the rules are demanded; it finds no fault
# Checks of the venue's program: while it is the release's, no row in a database breaks them alone.
# What does: tests/ledger/audit/test_every_check.py, tests/ledger/test_invariants.py.
PROGRAMS_ALONE: Final = frozenset({"I2", "I3", "I5", "I6", "I10", "I17", "I19", "trial balance"})

pytestmark = [pytest.mark.postgres, pytest.mark.xdist_group("tampering")]


class Venue(NamedTuple):
    """A journal in a database to clone, and the venue's folder with its log, which is witnessed."""

    server: str
    dsn: str
    history: History
    data: Path
    policy: Path

    def publish(self, dsn: str, data: Path) -> None:
        """Bring the log of a folder up to a database's journal; the witness is asked."""
        ended = self._said("log", "publish", "--out", str(data / LOG_FOLDER), dsn=dsn, data=data)
        assert ended == ""

    def log_says(self, dsn: str, data: Path, *policy: str) -> str:
        """What is wrong, by `audit verify-log` of a folder's log beside a database's journal."""
        return self._said("audit", "verify-log", "--journal", *policy, dsn=dsn, data=data)

    def _said(self, *words: str, dsn: str, data: Path) -> str:
        env = {"GPUBOURSE_DATABASE_URL": dsn, "GPUBOURSE_DATA": str(data)}
        witnessed = ("--witnesses", str(self.policy)) if words[0] == "log" else ()
        ended = said(*words, *witnessed, env=env)
        assert ended.exit_code in (0, 6), ended.stderr
        return ended.stderr if ended.exit_code else ""


@pytest.fixture(scope="module")
def venue(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    """What each tampering begins from."""
    patient = pytest.MonkeyPatch()  # a machine that is busy makes no witness late
    patient.setattr(notary, "Witnesses", partial(Witnesses, wait_s=PATIENCE_S))
    folder = tmp_path_factory.mktemp("tampered")
    data, policy = folder / "data", folder / "policy.txt"
    with database_of(postgres_server) as dsn:
        journal = PostgresJournal(dsn)
        journal.take_fence()
        write_history(journal, is_rooted=True)
        write_rides(journal)
        found = recover(journal)
        last, _ = journal.commits_around(journal.head())
        assert last is not None
        PostgresCheckpoints(dsn).store(Checkpoint(*save(found.venue, found.versions, last)))
        journal.close()
        views_anew(dsn)
        witness = WitnessOnDuty("w.example/1", _log_line(dsn, folder, data))
        with on_duty(witness) as url:
            policy.write_text(f"witness w {witness.vkey} {url}\nquorum w\n")
            found_venue = Venue(postgres_server, dsn, History(dsn), data, policy)
            begun_again(data)
            found_venue.publish(dsn, data)
            yield found_venue
    patient.undo()


def _log_line(dsn: str, folder: Path, data: Path) -> str:
    """The log's key, which its witness knows before the first head."""
    env = {"GPUBOURSE_DATABASE_URL": dsn, "GPUBOURSE_DATA": str(data)}
    ended = said("log", "publish", "--out", str(data / LOG_FOLDER), env=env)
    assert ended.exit_code == 0, ended.stderr
    return (data / LOG_FOLDER / "key").read_text("ascii").splitlines()[0]


def judged(dsn: str, expected: list[Expected], salt: bytes | None = None) -> VerifyReport:
    """As an auditor does it, with a database and the pairs that were kept; or with the salt key."""
    journal = PostgresJournal.for_auditor(dsn)
    try:
        beside = AttachedJournal(journal, FOLDING, dsn).beside()
        try:
            return verify(journal, FOLDING, beside=beside, expected=expected, salt_secret=salt)
        finally:
            beside.close()
    finally:
        journal.close()


def failed(verdict: VerifyReport) -> dict[str, str]:
    return {check["name"]: check["detail"] for check in verdict["checks"] if not check["ok"]}


class Evidence:
    """A clone of the venue in somebody's hands, and what each catcher makes of it afterwards."""

    def __init__(self, venue: Venue, kind: Kind, dice: Random, folder: Path) -> None:
        self.venue = venue
        self.kind = kind
        self._dice = dice
        self._folder = folder

    def caught(self) -> Hands:
        """Do it, and hold each catcher to the row; the hands that did."""
        template = str(conninfo_to_dict(self.venue.dsn)["dbname"])
        with database_of(self.venue.server, template) as clone:
            hands = Hands(clone, self.venue.history, self._dice, self._data)
            place = self.kind.tamper(hands)
            hands.finish()
            if hands.publishes_anew:
                begun_again(self._data())
                self.venue.publish(clone, self._data())
            self._judge(clone, place)
        if self._copy.exists():
            shutil.rmtree(self._copy)
        return hands

    @property
    def _copy(self) -> Path:
        return self._folder / "data"

    def _data(self) -> Path:
        """The venue's folder for these hands alone."""
        if not self._copy.exists():
            shutil.copytree(self.venue.data, self._copy)
        return self._copy

    def _judge(self, clone: str, place: int | str) -> None:
        kind = self.kind
        alone = failed(judged(clone, [], SECRET if kind.check == ROOTS else None))
        told = self.venue.log_says(clone, self._copy if self._copy.exists() else self.venue.data)
        assert bool(told) == kind.in_log, (place, told or "the log is silent")
        if kind.catcher == VERIFY:
            assert kind.check in alone, (place, alone)
            named = f"position {place}: " if isinstance(place, int) else place
            assert any(named in detail for detail in alone.values()), (place, alone)
            return
        moved = "it is caught now: move its row to VERIFY, with the check that spoke"
        assert alone == {}, (moved, place, alone)
        self._judge_by_rules(clone, place)
        self._judge_by_pairs(clone, place)
        if kind.catcher == LOG:
            assert (f"{place:,}" if isinstance(place, int) else place) in told, (place, told)
        if kind.catcher == WITNESS:
            policy = ("--policy", str(self.venue.policy))
            assert "no witness cosigned it" in self.venue.log_says(clone, self._copy, *policy)

    def _judge_by_rules(self, clone: str, place: int | str) -> None:
        """To decide each command again tells it, or does not, either."""
        journal = PostgresJournal.for_auditor(clone)
        try:
            difference = redecide(journal, FOLDING)["difference"]
        finally:
            journal.close()
        found = difference["position"] if difference is not None else None
        assert found == (place if self.kind.catcher == REDECIDE else None), (place, difference)

    def _judge_by_pairs(self, clone: str, place: int | str) -> None:
        """The pair that was kept last tells it; an older one does not."""
        commits = self.venue.history.commits
        is_told = self.kind.catcher in (REDECIDE, EXPECT)
        kept = commits[-1:] if is_told else commits[: -PAIRS_OLDER : len(commits) // 3]
        verdict = judged(clone, [expected_pair(pair) for pair in pairs_of(kept)])
        assert set(failed(verdict)) == ({"expected"} if is_told else set()), place


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_each_kind_is_caught_by_whom_its_row_says(venue: Venue, kind: Kind, tmp_path: Path) -> None:
    Evidence(venue, kind, Random(kind.name), tmp_path).caught()


def of_two(number: int) -> pytest.MarkDecorator:
    """A half of the storm, for one of two workers."""
    return pytest.mark.xdist_group(f"tampering-{number % 2}")


@pytest.mark.storm
@pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, marks=of_two(n), id=kind.name) for n, kind in enumerate(KINDS)],
)
def test_each_kind_is_caught_wherever_it_is_done(venue: Venue, kind: Kind, tmp_path: Path) -> None:
    ways = set()
    for number in range(POSITIONS):
        seed = f"{kind.name} {number}"
        print(f"seed {seed!r}")
        ways.add(Evidence(venue, kind, Random(seed), tmp_path).caught().trace)

    assert (len(ways) == 1) == (kind.name in ONE_WAY), f"done in {len(ways)} ways"


def test_what_nobody_touched_is_whole(venue: Venue) -> None:
    pairs = [expected_pair(pair) for pair in pairs_of(venue.history.commits)]
    verdict = judged(venue.dsn, pairs, SECRET)
    policy = ("--policy", str(venue.policy))

    assert failed(verdict) == {}
    assert all("not looked at" not in check["detail"] for check in verdict["checks"])
    assert 2_000 <= verdict["positions"] <= 3_000
    assert venue.log_says(venue.dsn, venue.data, *policy) == ""


def test_the_matrix_is_large_and_each_catcher_has_its_rows() -> None:
    counts = Counter(kind.catcher for kind in KINDS)

    assert len({kind.name for kind in KINDS}) == len(KINDS) >= 100
    assert counts[VERIFY] >= 80
    assert set(counts) == set(get_args(Catcher))
    assert {kind.name for kind in KINDS} >= ONE_WAY
    assert all(bool(kind.check) == (kind.catcher == VERIFY) for kind in KINDS)


def test_every_check_of_verify_is_made_to_speak_by_a_kind_or_it_is_said_why_not() -> None:
    journal = MemoryJournal()
    journal.take_fence()
    report = verify(journal, FOLDING, allow_empty=True)
    names = {check["name"] for check in report["checks"]} - {TELLS}
    spoken = {kind.check for kind in KINDS} - {""}

    assert spoken | PROGRAMS_ALONE == names
    assert not spoken & PROGRAMS_ALONE, "a kind makes it speak: take it off that list"


@pytest.mark.parametrize("seed", range(2))
def test_an_untouched_database_of_any_seed_is_whole(postgres_dsn: str, seed: int) -> None:
    untouched_database(postgres_dsn, 100 + seed)


@pytest.mark.storm
@pytest.mark.parametrize("seed", [pytest.param(n, marks=of_two(n)) for n in range(20)])
def test_untouched_databases_raise_no_false_alarm(postgres_dsn: str, seed: int) -> None:
    untouched_database(postgres_dsn, 200 + seed)


def untouched_database(dsn: str, seed: int) -> None:
    journal = PostgresJournal(dsn)
    journal.take_fence()
    write_history(journal, seed, days=3, servers=3)
    journal.close()
    views_anew(dsn)

    assert failed(judged(dsn, [])) == {}


@pytest.mark.parametrize("seed", range(10))
def test_an_untouched_journal_of_any_seed_is_whole(seed: int) -> None:
    untouched_journal(1_000 + seed)


@pytest.mark.storm
@pytest.mark.parametrize("seed", [pytest.param(n, marks=of_two(n)) for n in range(200)])
def test_two_hundred_untouched_journals_raise_no_false_alarm(seed: int) -> None:
    untouched_journal(2_000 + seed)


def untouched_journal(seed: int) -> None:
    journal = MemoryJournal()
    journal.take_fence()
    write_history(journal, seed, days=3 + seed % 5, servers=2 + seed % 6)
    if any(order.side == "bid" for order in recover(journal).venue.orders.values()):
        write_rides(journal, seed)

    assert failed(verify(journal, FOLDING, beside=Beside())) == {}
