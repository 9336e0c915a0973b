"""Verify: a whole journal passes; whatever was touched afterwards is named, with its position."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from exchange.engine.batch_writer import Batch
from gateway.server.audit_rules import venue_folding
from gateway.server.views_process import view_rules
from ledger.audit.check_result import VerifyReport
from ledger.audit.commit_checks import Expected, NoSuchCommit
from ledger.audit.verify import verify
from ledger.base64url import text64
from ledger.durations import DAY_NS
from ledger.journal.commit_chain import inherited_commit
from ledger.journal.memory import MemoryJournal
from ledger.journal.postgres import PostgresJournal
from ledger.journal.protocol import CommandRow, Commit, Journal
from ledger.views.audit_snapshot import AuditSnapshot
from ledger.views.runner import Runner
from tests.exchange.ground import LEASE
from tests.ledger.audit.scene import SignedFloor, a_week
from tests.ledger.journal.rows import cut_store

FOLDING = venue_folding()


pytestmark = pytest.mark.xdist_group("verify")  # one week is written once


@pytest.fixture(scope="module")
def week() -> SignedFloor:
    return a_week()


@pytest.fixture
def written(postgres_dsn: str, week: SignedFloor) -> str:
    """The week in a database."""
    journal = PostgresJournal(postgres_dsn)
    journal.take_fence()
    for batch in week.batches:
        journal.append(batch.rows, [batch.command] if batch.command else [])
    journal.close()
    return postgres_dsn


def judged(dsn: str, views: AuditSnapshot | None = None) -> VerifyReport:
    journal = PostgresJournal.for_auditor(dsn)
    try:
        return verify(journal, FOLDING, views=views)
    finally:
        journal.close()


def failed(verdict: VerifyReport) -> dict[str, str]:
    return {check["name"]: check["detail"] for check in verdict["checks"] if not check["ok"]}


def first_of(journal: MemoryJournal, topic: str) -> int:
    return next(row.position for row in journal.read() if row.topic == topic)


def tamper(dsn: str, *statements: str) -> None:
    """As the database's superuser, who can do what the roles and triggers forbid."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for table in ("stored_events", "commands", "commits"):
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
        for statement in statements:
            assert connection.execute(statement.encode()).rowcount != 0


def test_a_whole_journal_passes_and_names_its_state(week: SignedFloor) -> None:
    heard: list[tuple[int, int]] = []

    verdict = verify(week.journal(), FOLDING, progress=lambda *told: heard.append(told))

    assert failed(verdict) == {}
    assert verdict["ok"]
    assert verdict["positions"] == week.writer.position
    assert verdict["state_hash"] == FOLDING.forms[1](week.venue)
    assert heard[-1] == (week.writer.position, week.writer.position)


class Living(MemoryJournal):
    """A journal whose engine goes on: it writes before and after the commands are read."""

    def __init__(self, batches: list[Batch]) -> None:
        super().__init__()
        self._batches = batches
        self.take_fence()

    def go_on(self, count: int = 1) -> None:
        for batch in self._batches[:count]:
            self.append(batch.rows, [batch.command] if batch.command else [])
        del self._batches[:count]

    def read_commands(self, after: int = 0) -> Iterator[CommandRow]:
        self.go_on()
        found = list(super().read_commands(after))
        self.go_on()
        return iter(found)


def test_a_journal_that_grows_meanwhile_is_judged_as_it_stood(week: SignedFloor) -> None:
    asked_for = [n for n, batch in enumerate(week.batches) if batch.command is not None]
    count = next(n for n in asked_for if n + 1 in asked_for)  # two more commands come
    journal = Living(list(week.batches))
    journal.go_on(count)
    verdict = verify(journal, FOLDING)

    assert failed(verdict) == {}
    assert verdict["positions"] == week.batches[count - 1].last_position
    assert journal.head() == week.batches[count + 3].last_position, "commands are read twice"


def test_an_empty_journal_passes() -> None:
    verdict = verify(MemoryJournal(), FOLDING)

    assert verdict["ok"]
    assert verdict["positions"] == 0


@pytest.mark.postgres
def test_a_flipped_byte_is_found(written: str, week: SignedFloor) -> None:
    position = first_of(week.journal(), "cash_posted")
    tamper(
        written,
        "UPDATE stored_events SET state = set_byte(state, octet_length(state) / 2,"
        f" get_byte(state, octet_length(state) / 2) # 1) WHERE notification_id = {position}",
    )

    assert not judged(written)["ok"]


def test_no_flipped_byte_of_a_settlement_goes_unseen(week: SignedFloor) -> None:
    journal = week.journal()
    position = first_of(journal, "trade_settled")
    row = journal.store.rows[position - 1]
    for place in range(0, len(row.state), 5):
        touched = bytearray(row.state)
        touched[place] ^= 1
        journal.store.rows[position - 1] = row._replace(state=bytes(touched))
        verdict = verify(journal, FOLDING)
        assert not verdict["ok"], bytes(touched)


@pytest.mark.postgres
def test_a_missing_row_is_found(written: str, week: SignedFloor) -> None:
    position = first_of(week.journal(), "delivery_accepted")
    tamper(written, f"DELETE FROM stored_events WHERE notification_id = {position}")

    found = failed(judged(written))

    assert found["positions"].startswith(f"position {position + 1}: it stands where {position} ")
    assert "settlement:x-000001" in found["versions"]


@pytest.mark.postgres
def test_a_doubled_version_is_found(written: str, week: SignedFloor) -> None:
    position = first_of(week.journal(), "delivered")
    tamper(
        written,
        "ALTER TABLE stored_events DROP CONSTRAINT stored_events_pkey",
        "UPDATE stored_events SET originator_version = originator_version - 1"
        f" WHERE notification_id = {position}",
    )

    found = failed(judged(written))

    assert found["versions"].startswith(f"position {position}: settlement:x-000001 version 2")


@pytest.mark.postgres
def test_a_forged_signature_is_found(written: str, week: SignedFloor) -> None:
    tamper(
        written,
        "UPDATE commands SET signature = set_byte(signature, 5, get_byte(signature, 5) # 1)"
        " WHERE op = 'settlement.accept'",
    )

    found = failed(judged(written))

    assert list(found) == ["chain", "signatures"]
    assert "does not hold" in found["signatures"]


@pytest.mark.postgres
def test_a_command_put_in_anothers_mouth_is_found(written: str) -> None:
    tamper(written, "UPDATE commands SET principal = 'k-0003' WHERE op = 'settlement.accept'")

    found = failed(judged(written))

    assert "principal differs" in found["signed documents"]
    assert "k-0003 was no principal of p-0004" in found["signatures"]


@pytest.mark.postgres
def test_a_command_without_its_row_is_found(written: str) -> None:
    tamper(written, "DELETE FROM commands WHERE op = 'settlement.accept'")

    found = failed(judged(written))

    assert list(found) == ["chain", "I16 commands"]
    assert "has no row" in found["I16 commands"]


@pytest.mark.postgres
def test_a_wrong_attested_hash_is_found(written: str, week: SignedFloor) -> None:
    position = first_of(week.journal(), "state_attested")
    right = next(row for row in week.journal().read() if row.position == position).state
    digest = right.split(b'"state_sha256":"')[1][:43].decode()
    tamper(
        written,
        "UPDATE stored_events SET state ="
        f" replace(convert_from(state, 'UTF8'), '{digest}', '{'0' * 43}')::bytea"
        f" WHERE notification_id = {position}",
    )

    found = failed(judged(written))

    assert list(found) == ["chain", "I14 state hashes"]
    assert found["I14 state hashes"].startswith(f"position {position}: attested 0000")


@pytest.mark.postgres
def test_a_title_that_moves_without_its_cash_is_found(written: str, week: SignedFloor) -> None:
    position = first_of(week.journal(), "title_transferred")
    tamper(
        written,
        "UPDATE stored_events SET state ="
        " replace(convert_from(state, 'UTF8'), '\"x-000001\"', '\"x-000002\"')::bytea"
        f" WHERE notification_id = {position}",
    )

    assert "I7" in failed(judged(written))


@pytest.mark.postgres
def test_the_views_are_held_against_the_replay(written: str) -> None:
    runner = Runner(written, view_rules())
    runner.open()
    runner.catch_up()
    runner.close()
    assert judged(written, AuditSnapshot.of(written))["ok"]

    with psycopg.connect(written, autocommit=True) as connection:
        connection.execute(
            "UPDATE views.accounts SET balance_minor = 7 WHERE account = 'p-0004/available'"
        )
        connection.execute("UPDATE views.titles SET holder = 'p-0099' WHERE thing = 'n-0001'")
    found = failed(judged(written, AuditSnapshot.of(written)))

    assert list(found) == ["views"]
    assert "p-0004/available: the views show 7" in found["views"]
    assert "1 more" in found["views"]


def kept(journal: Journal) -> list[Expected]:
    """Every pair that a journal ever told."""
    return [Expected(commit.last_position, commit.chain) for commit in journal.read_commits()]


def test_a_pair_that_was_kept_is_found_again(week: SignedFloor) -> None:
    journal = week.journal()
    pairs = kept(journal)
    verdict = verify(journal, FOLDING, expected=[*pairs, Expected(0, bytes(32))])

    assert failed(verdict) == {}
    assert (verdict["position"], verdict["chain"]) == (journal.head(), text64(pairs[-1].chain))


def test_a_journal_that_differs_by_one_order_is_another_history(week: SignedFloor) -> None:
    """The same commands before it, and as many events: all that is told up to there agrees."""
    ours, theirs = a_week(), a_week()
    for floor, price_ticks in ((ours, 998), (theirs, 997)):
        floor.bid(floor.buyers[0], 1, price_ticks, market=LEASE)
        floor.pass_time(floor.writer.at_ns + DAY_NS)
    pairs, journal = kept(ours.journal()), theirs.journal()
    common = len(week.batches)

    assert failed(verify(journal, FOLDING, expected=pairs[:common])) == {}
    for pair in pairs[common:]:
        assert list(failed(verify(journal, FOLDING, expected=[pair]))) == ["expected"]


def test_an_older_backup_lacks_what_was_told(week: SignedFloor) -> None:
    journal = week.journal()
    last = kept(journal)[-1]
    cut_store(journal.store, len(journal.store.commits) - 3)
    verdict = verify(journal, FOLDING, expected=[last])

    assert list(failed(verdict)) == ["expected"]
    assert f"the journal ends at {verdict['positions']}" in failed(verdict)["expected"]


def test_a_tail_that_was_cut_and_replaced_is_another_history(week: SignedFloor) -> None:
    """Each event of the new tail is lawful, and so is its chain: the pair alone tells."""
    ours, theirs = a_week(), a_week()
    ours.bid(ours.buyers[0], 1, 998, market=LEASE)
    theirs.bid(theirs.buyers[0], 1, 997, market=LEASE)
    journal = ours.journal()
    told = kept(journal)[-1]
    cut_store(journal.store, len(week.batches))
    for batch in theirs.batches[len(week.batches) :]:
        journal.append(batch.rows, [batch.command] if batch.command else [])

    assert failed(verify(journal, FOLDING)) == {}
    found = failed(verify(journal, FOLDING, expected=[told]))
    assert list(found) == ["expected"]
    assert found["expected"].endswith("another history")


def test_a_position_that_ends_no_commit_is_the_askers_mistake() -> None:
    journal = MemoryJournal()
    journal.take_fence()
    floor = a_week()
    batch = next(batch for batch in floor.batches if len(batch.rows) > 2)
    before = [each for each in floor.batches if each.last_position < batch.first_position]
    for each in (*before, batch):
        journal.append(each.rows, [each.command] if each.command else [])
    nearest = f"{batch.first_position - 1:,} and {batch.last_position:,}"

    with pytest.raises(NoSuchCommit, match=nearest):
        verify(journal, FOLDING, expected=[Expected(batch.first_position, bytes(32))])


def test_the_commits_themselves_are_held_against_what_they_store(week: SignedFloor) -> None:
    def judge(change: Callable[[list[Commit]], None]) -> str:
        journal = week.journal()
        change(journal.store.commits)
        found = failed(verify(journal, FOLDING))
        assert list(found) == ["chain"], found
        return found["chain"]

    last = len(week.journal().store.commits) - 1

    def replaced(n: int, **members: object) -> Callable[[list[Commit]], None]:
        def change(commits: list[Commit]) -> None:
            commits[n] = commits[n]._replace(**members)  # type: ignore[arg-type]

        return change

    assert "its chain is" in judge(replaced(2, chain=b"\x01" * 32))
    assert "its chain is" in judge(replaced(last, epoch=7))
    assert "comes too late" in judge(replaced(3, epoch=0))
    assert "its commit begins at" in judge(replaced(4, first_position=1))
    assert "its commit begins at" in judge(lambda commits: commits.pop(3) and None)
    assert "no commit stores it" in judge(lambda commits: commits.pop() and None)


def test_events_that_were_cut_from_under_their_commit_are_missed(week: SignedFloor) -> None:
    journal = week.journal()
    count = len(journal.store.rows) - len(week.batches[-1].rows)
    del journal.store.rows[count:]

    found = failed(verify(journal, FOLDING))
    assert "no event stands there" in found["chain"]


def test_an_old_journal_without_its_mark_is_a_breach(week: SignedFloor) -> None:
    journal = week.journal()
    counts = len(journal.store.rows), len(journal.store.commands)
    first = inherited_commit(journal.store.rows, journal.store.commands, *counts)
    journal.store.commits[:] = [first]

    found = failed(verify(journal, FOLDING))
    assert "journal_upgraded does not follow" in found["chain"]


def test_an_old_journal_says_from_where_the_rules_are_demanded() -> None:
    floor = a_week()
    journal = floor.journal()
    journal.store.commits.clear()
    head = journal.take_fence()
    marked = floor.writer.upgraded(head.commit)
    journal.append(marked.rows)
    verdict = verify(journal, FOLDING)

    assert failed(verdict) == {}
    (rules,) = [check["detail"] for check in verdict["checks"] if check["name"] == "rules"]
    assert f"from position {head.position + 1:,} on" in rules
