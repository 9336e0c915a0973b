"""Verify: a whole journal passes; whatever was touched afterwards is named, with its position."""

from collections.abc import Iterator

import psycopg
import pytest

from exchange.engine.batch_writer import Batch
from gateway.server.audit_rules import venue_folding
from gateway.server.views_process import view_rules
from ledger.audit.check_result import VerifyReport
from ledger.audit.verify import verify
from ledger.journal.memory import MemoryJournal
from ledger.journal.postgres import PostgresJournal
from ledger.journal.protocol import CommandRow
from ledger.views.audit_snapshot import AuditSnapshot
from ledger.views.runner import Runner
from tests.ledger.audit.scene import SignedFloor, a_week

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
        for table in ("stored_events", "commands"):
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
    assert journal.head() == week.batches[count + 1].last_position


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

    assert list(found) == ["signatures"]
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

    assert list(found) == ["I16 commands"]
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

    assert list(found) == ["I14 state hashes"]
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
