"""The tamper matrix: each kind of tampering is caught by whom its row says, with its place.

Each is done to a clone of one database, at some position: one in `make test`, twenty in the storm.
"""

from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest
from psycopg.conninfo import conninfo_to_dict

from exchange.engine.replay import recover, save
from gateway.cli.auditor.verification import expected_pair
from gateway.cli.evidence.attached_journal import AttachedJournal
from gateway.server.audit_rules import venue_folding
from ledger.audit.beside_checks import Beside
from ledger.audit.check_result import VerifyReport
from ledger.audit.commit_checks import Expected
from ledger.audit.verify import verify
from ledger.journal.checkpoint import Checkpoint, PostgresCheckpoints
from ledger.journal.memory import MemoryJournal
from ledger.journal.postgres import PostgresJournal
from tests.conftest import database_of
from tests.ledger.audit.tampering.hands import Hands, History, pairs_of, views_anew
from tests.ledger.audit.tampering.kinds import EXPECT, KINDS, LOG, VERIFY, Kind
from tests.ledger.audit.tampering.lawful import write_history

FOLDING = venue_folding()
POSITIONS = 20  # of each kind, in the storm
PAIRS_OLDER = 60  # commits that the auditor's last pair lies before the end, for the log's row

pytestmark = [pytest.mark.postgres, pytest.mark.xdist_group("tampering")]
Base = tuple[str, History]


@pytest.fixture(scope="module")
def base(postgres_server: str) -> Iterator[Base]:
    """The server's DSN of a database to clone, and what its journal holds."""
    with database_of(postgres_server) as dsn:
        journal = PostgresJournal(dsn)
        journal.take_fence()
        write_history(journal)
        found = recover(journal)
        last, _ = journal.commits_around(journal.head())
        assert last is not None
        PostgresCheckpoints(dsn).store(Checkpoint(*save(found.venue, found.versions, last)))
        journal.close()
        views_anew(dsn)
        yield dsn, History(dsn)


def judged(dsn: str, expected: list[Expected]) -> VerifyReport:
    """As an auditor does it, with a database and the pairs that were kept."""
    journal = PostgresJournal.for_auditor(dsn)
    try:
        beside = AttachedJournal(journal, FOLDING, dsn).beside()
        try:
            return verify(journal, FOLDING, beside=beside, expected=expected)
        finally:
            beside.close()
    finally:
        journal.close()


def failed(verdict: VerifyReport) -> dict[str, str]:
    return {check["name"]: check["detail"] for check in verdict["checks"] if not check["ok"]}


def caught(server: str, base: Base, kind: Kind, dice: Random) -> None:
    """Do it to a clone, and judge the clone as the auditor who has some pairs."""
    dsn, history = base
    with database_of(server, str(conninfo_to_dict(dsn)["dbname"])) as clone:
        hands = Hands(clone, history, dice)
        place = kind.tamper(hands)
        hands.finish()
        alone = failed(judged(clone, []))
        kept = history.commits[-1:]
        if kind.catcher == LOG:
            kept = history.commits[: -PAIRS_OLDER : len(history.commits) // 3]
        pairs = [expected_pair(pair) for pair in pairs_of(kept)]
        if kind.catcher == VERIFY:
            assert kind.check in alone, (place, alone)
            named = f"position {place}: " if isinstance(place, int) else place
            assert any(named in detail for detail in alone.values()), (place, alone)
            return
        moved = "it is caught now: move its row to VERIFY, with the check that spoke"
        assert alone == {}, (moved, place, alone)
        is_beyond = kind.catcher == LOG or (isinstance(place, int) and place > history.head)
        with_pairs = failed(judged(clone, pairs))
        assert set(with_pairs) == (set() if is_beyond else {"expected"}), place


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_each_kind_is_caught_by_whom_its_row_says(
    postgres_server: str, base: Base, kind: Kind
) -> None:
    caught(postgres_server, base, kind, Random(kind.name))


@pytest.mark.storm
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_each_kind_is_caught_wherever_it_is_done(
    postgres_server: str, base: Base, kind: Kind
) -> None:
    for number in range(POSITIONS):
        seed = f"{kind.name} {number}"
        print(f"seed {seed!r}")
        caught(postgres_server, base, kind, Random(seed))


def test_what_nobody_touched_is_whole(base: Base) -> None:
    dsn, history = base
    verdict = judged(dsn, [expected_pair(pair) for pair in pairs_of(history.commits)])

    assert failed(verdict) == {}
    assert all("not looked at" not in check["detail"] for check in verdict["checks"])
    assert 2_000 <= verdict["positions"] <= 3_000


def test_the_matrix_is_large_and_each_catcher_has_its_rows() -> None:
    counts = Counter(kind.catcher for kind in KINDS)

    assert len({kind.name for kind in KINDS}) == len(KINDS) >= 60
    assert counts[VERIFY] >= 60
    assert all(counts[catcher] for catcher in (EXPECT, LOG))


@pytest.mark.parametrize("seed", range(5))
def test_an_untouched_journal_of_any_seed_is_whole(postgres_dsn: str, seed: int) -> None:
    journal = PostgresJournal(postgres_dsn)
    journal.take_fence()
    write_history(journal, 100 + seed, days=3, servers=3)
    journal.close()
    views_anew(postgres_dsn)

    assert failed(judged(postgres_dsn, [])) == {}


@pytest.mark.parametrize("seed", range(50))
def test_an_untouched_journal_raises_no_false_alarm(seed: int) -> None:
    journal = MemoryJournal()
    journal.take_fence()
    write_history(journal, 1_000 + seed, days=3 + seed % 5, servers=2 + seed % 6)

    assert failed(verify(journal, FOLDING, beside=Beside())) == {}
