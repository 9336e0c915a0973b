"""A venue publishes its log by itself, in a process beside it; what it refuses stops no trade."""

import asyncio
from pathlib import Path

import psycopg
import pytest

from gateway.server import notary_process
from gateway.server.notary_process import NotaryProcess
from gpubourse.places import LOG, NOTARY
from ledger.journal.postgres import PostgresJournal
from ledger.log.cosignature import cosigned
from ledger.log.tiles import HEAD
from ledger.log.witness_policy import read_policy
from tests.exchange.ground import Floor
from tests.ledger.log.published import Log
from tests.ledger.log.witness import WitnessOnDuty, on_duty
from tests.waiting import until

pytestmark = pytest.mark.postgres


@pytest.fixture
def floor(postgres_dsn: str) -> Floor:
    """A venue whose first batches are in the database."""
    floor = Floor()
    append(postgres_dsn, floor)
    return floor


def append(dsn: str, floor: Floor, first: int = 0) -> int:
    """Store a floor's batches from that one on; the journal's end."""
    journal = PostgresJournal(dsn)
    journal.take_fence()
    for batch in floor.batches[first:]:
        journal.append(batch.rows, [batch.command] if batch.command else [])
    head = journal.head()
    journal.close()
    return head


def log_in(data: Path) -> Log:
    log = Log(data)
    log.own, log.out = data / NOTARY, data / LOG
    return log


def size_of(log: Log) -> int:
    return log.head().head.size if (log.out / HEAD).exists() else 0


async def test_it_publishes_what_is_there_and_follows(
    postgres_dsn: str, floor: Floor, tmp_path: Path
) -> None:
    log = log_in(tmp_path)
    first = sum(len(batch.rows) for batch in floor.batches)
    notary = NotaryProcess(postgres_dsn, tmp_path)
    await notary.start()
    try:
        await until(lambda: size_of(log) == first, "its first head")
        stored = len(floor.batches)
        floor.ask(floor.owners[0], 1, 1302)
        head = await asyncio.to_thread(append, postgres_dsn, floor, stored)
        await until(lambda: size_of(log) == head, "a head of what came since")
    finally:
        await notary.stop()
    assert head > first
    assert log.check() == (head, 0)
    assert not notary.has_refused


async def test_what_the_venue_ended_with_is_in_its_log(
    postgres_dsn: str, floor: Floor, tmp_path: Path
) -> None:
    log = log_in(tmp_path)
    notary = NotaryProcess(postgres_dsn, tmp_path)
    await notary.start()
    await until(lambda: size_of(log), "its first head")
    stored = len(floor.batches)
    floor.ask(floor.owners[0], 1, 1302)
    head = await asyncio.to_thread(append, postgres_dsn, floor, stored)
    await notary.stop()
    assert size_of(log) == head


async def test_keys_that_are_taken_away_are_said_in_words(
    postgres_dsn: str, floor: Floor, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log = log_in(tmp_path)
    notary = NotaryProcess(postgres_dsn, tmp_path)
    await notary.start()
    await until(lambda: size_of(log), "its first head")
    log.own.rename(tmp_path / "elsewhere")
    stored = len(floor.batches)
    floor.ask(floor.owners[0], 1, 1302)
    await asyncio.to_thread(append, postgres_dsn, floor, stored)
    await notary.stop()
    told = capfd.readouterr().err
    assert "Traceback" not in told
    assert str(log.own) in told


async def test_one_that_was_killed_is_followed_by_another(
    postgres_dsn: str, floor: Floor, tmp_path: Path
) -> None:
    words: list[str] = []
    notary = NotaryProcess(postgres_dsn, tmp_path, words.append)
    await notary.start()
    try:
        await until(lambda: size_of(log_in(tmp_path)) > 0, "its first head")
        assert notary._child is not None
        notary._child.kill()
        await until(lambda: words, "the word of its end")
        await until(lambda: notary._child is not None and notary._child.returncode is None)
    finally:
        await notary.stop()
    assert "starting another" in words[0]
    assert not notary.has_refused


async def test_what_it_refuses_it_does_not_try_again(
    postgres_dsn: str, floor: Floor, tmp_path: Path
) -> None:
    """The journal's tail is cut: no head is signed, and no child is started over and over."""
    words: list[str] = []
    notary = NotaryProcess(postgres_dsn, tmp_path, words.append)
    await notary.start()
    await until(lambda: size_of(log_in(tmp_path)) > 0, "its first head")
    await notary.stop()
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute("ALTER TABLE stored_events DISABLE TRIGGER append_only")
        connection.execute("DELETE FROM stored_events WHERE notification_id > 9")
    signed = log_in(tmp_path).head()

    await notary.start()
    try:
        await until(lambda: notary.has_refused, "its refusal")
    finally:
        await notary.stop()

    assert words == ["log: no head is signed until people have looked; the venue goes on"]
    assert log_in(tmp_path).head() == signed
    assert notary_process.REFUSED == 6


async def test_its_heads_are_cosigned_by_the_witnesses_of_a_policy(
    postgres_dsn: str, floor: Floor, tmp_path: Path
) -> None:
    log = log_in(tmp_path)
    notary = NotaryProcess(postgres_dsn, tmp_path)
    await notary.start()
    try:
        await until(lambda: size_of(log) > 0, "its first head")
    finally:
        await notary.stop()
    witness = WitnessOnDuty("w.example", log.verifiers.ed25519.text)
    with on_duty(witness) as url:
        policy = f"witness w {witness.vkey} {url}\nquorum w\n".encode()
        notary = NotaryProcess(postgres_dsn, tmp_path, witness_policy=policy)
        await notary.start()
        try:
            await until(
                lambda: cosigned(log.head().note, read_policy(policy)).quorum_s is not None,
                "a head that the witness has cosigned",
            )
        finally:
            await notary.stop()
    assert witness.size == size_of(log)
