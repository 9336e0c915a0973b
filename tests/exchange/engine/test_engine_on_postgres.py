"""The engine on PostgreSQL: what it acknowledged is on record, once."""

import asyncio

import pytest

from exchange.engine.engine import Engine
from exchange.engine.group_decider import Unavailable
from exchange.engine.replay import replayed
from exchange.state_form import state_sha256
from ledger.journal.checkpoint import PostgresCheckpoints
from ledger.journal.postgres import PostgresJournal
from ledger.refusals import Refused
from tests.exchange.engine.test_engine import Hands
from tests.exchange.ground import Floor
from tests.waiting import until

pytestmark = pytest.mark.postgres


class House:
    """An engine on a database that holds a floor's journal."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.floor = Floor()
        self.clock = Hands(self.floor.writer.at_ns + 1_000_000)
        journal = PostgresJournal(dsn)
        journal.take_fence()
        for batch in self.floor.batches:
            journal.append(batch.rows)
        journal.close()

    async def open(self) -> Engine:
        engine = Engine(
            PostgresJournal(self.dsn),
            clock=self.clock,
            checkpoints=PostgresCheckpoints(self.dsn),
        )
        await engine.start()
        return engine

    async def flow(self, engine: Engine, first: int, count: int) -> int:
        """Bids and asks that meet; how many were accepted."""
        floor = self.floor
        requests = []
        for number in range(first, first + count):
            side, people = ("bid", floor.buyers) if number % 2 else ("ask", floor.owners)
            terms = {"market": "L.H100SXM8.CN-BJ.2025-01", "side": side, "lots": 1}
            price_ticks = 1300 + number % 5
            party = people[number % len(people)]
            requests.append(
                floor.request(party, "order.new", f"k-{number}", price_ticks=price_ticks, **terms)
            )
        outcomes = await asyncio.gather(*map(engine.submit, requests), return_exceptions=True)
        failed = [each for each in outcomes if isinstance(each, BaseException)]
        assert all(isinstance(each, Refused | Unavailable) for each in failed)
        return len(outcomes) - len(failed)


@pytest.fixture
def house(postgres_dsn: str) -> House:
    return House(postgres_dsn)


def stored(dsn: str) -> tuple[list[int], int]:
    """Every position, and the number of commands."""
    journal = PostgresJournal.for_auditor(dsn)
    try:
        return [row.position for row in journal.read()], len(list(journal.read_commands()))
    finally:
        journal.close()


async def test_a_stop_and_a_start_lose_nothing_and_double_nothing(house: House) -> None:
    engine = await house.open()
    accepted = await house.flow(engine, 0, 60)
    live = state_sha256(engine.venue)
    await engine.stop()
    again = await house.open()
    same = state_sha256(again.venue)
    repeated = await house.flow(again, 0, 60)
    await again.stop()
    positions, commands = stored(house.dsn)

    assert same == live
    assert repeated >= accepted
    assert positions == list(range(1, len(positions) + 1))
    assert commands == repeated, "a repeated key is answered, not done again"


async def test_live_state_is_the_fold_of_what_is_on_record(house: House) -> None:
    engine = await house.open()
    await house.flow(engine, 0, 40)
    live = engine.venue
    journal = PostgresJournal.for_auditor(house.dsn)
    told = replayed(journal)
    journal.close()

    assert told == live
    await engine.stop()


async def test_an_engine_that_comes_later_deposes_the_one_before(house: House) -> None:
    first = await house.open()
    await house.flow(first, 0, 10)
    taker = PostgresJournal(house.dsn, courtesy=False)
    taker.take_fence()
    outcomes = await house.flow(first, 100, 4)

    assert outcomes == 0
    await until(lambda: first.stop_reason, "the one before ends")
    await first.stop()
    taker.close()
    second = await house.open()
    assert await house.flow(second, 100, 4) > 0
    await second.stop()


async def test_a_start_from_a_checkpoint_is_the_fold_of_every_event(house: House) -> None:
    engine = await house.open()
    await house.flow(engine, 0, 20)
    await engine.stop()
    again = await house.open()
    journal = PostgresJournal.for_auditor(house.dsn)
    told = replayed(journal)
    journal.close()

    assert told == again.venue
    await again.stop()
