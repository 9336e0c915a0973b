"""How an engine ends, and what it leaves to those who waited: an outcome, a reason, every batch."""

from collections.abc import AsyncIterator, Sequence

import pytest

from exchange.engine.batch_writer import Batch, Request
from exchange.engine.engine import REBUILDS_MOST, Engine
from exchange.engine.group_decider import Unavailable
from ledger.journal.memory import MemoryStore
from tests.exchange.ground import LEASE, Floor
from tests.simulation.weather import StormyJournal
from tests.waiting import soon, until


class Still:
    """A clock that stands."""

    def __init__(self, at_ns: int) -> None:
        self.at_ns = at_ns

    def now_ns(self) -> int:
        return self.at_ns

    wall_ns = now_ns


class Office:
    """An engine on a floor's journal whose weather a test makes."""

    def __init__(self) -> None:
        self.floor = Floor(owners=1, buyers=1, nodes=1)
        self.store: MemoryStore = self.floor.journal().store
        self.journal = StormyJournal(self.store, lambda: 0.0)
        self.engine = Engine(self.journal, clock=Still(self.floor.writer.at_ns + 1_000_000))
        self.heard: list[Batch] = []
        self.calls = 0
        self.engine.listen(self._hear)

    def _hear(self, batches: Sequence[Batch]) -> None:
        self.heard.extend(batches)
        self.calls += 1

    def bid(self, key: str) -> Request:
        args = {"market": LEASE, "side": "bid", "lots": 1, "price_ticks": 1_300}
        return self.floor.request(self.floor.buyers[0], "order.new", key, **args)

    def away(self) -> None:
        """The database is gone, and does not come by itself."""
        self.journal.back_s = 1.0

    def back(self) -> None:
        self.journal.back_s = 0.0


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = Office()
    await office.engine.start()
    yield office
    await office.engine.stop()


async def test_listeners_hear_of_a_batch_whose_append_came_through_unheard(office: Office) -> None:
    office.journal.unheard = 1
    with pytest.raises(Unavailable):
        await soon(office.engine.submit(office.bid("k-1")))
    answer = await soon(office.engine.submit(office.bid("k-1")))

    assert answer.is_replayed
    assert [batch.last_position for batch in office.heard] == [answer.position]
    stored = office.store.rows[office.heard[0].first_position - 1 :]
    assert office.heard[0].rows == stored


async def test_listeners_are_called_after_a_rebuild_that_brought_nothing(office: Office) -> None:
    office.journal.lost = 1
    with pytest.raises(Unavailable):
        await soon(office.engine.submit(office.bid("k-1")))
    await until(lambda: office.calls, "the listeners are called")

    assert office.heard == []


async def test_a_stop_tells_those_whose_last_append_failed(office: Office) -> None:
    office.away()
    future = office.engine.submit(office.bid("k-1"))
    await office.engine.stop()

    assert future.done(), "its caller would wait for ever"
    with pytest.raises(Unavailable, match="same key"):
        await future


async def test_a_stop_does_not_wait_for_a_database_that_is_away(office: Office) -> None:
    office.away()
    with pytest.raises(Unavailable):
        await soon(office.engine.submit(office.bid("k-1")))
    consistent_reads = office.journal.consistent_reads
    await until(
        lambda: office.journal.consistent_reads > consistent_reads, "it looks for the database"
    )
    await soon(office.engine.stop())  # which never comes back

    assert not office.engine.is_ready


async def test_while_the_database_is_away_everybody_hears_so_and_nothing_is_kept_back(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.engine.engine.AWAY_RETRY_S", 0.02)
    head = office.engine.head
    office.away()
    for number in range(20):  # far more often than an engine is rebuilt in a minute
        with pytest.raises(Unavailable) as unknown:
            await soon(office.engine.submit(office.bid(f"k-{number}")))
        assert unknown.value.code == "unavailable"
    office.back()
    await until(lambda: office.engine.is_ready, "the engine is back")

    assert (office.engine.head, office.engine.stop_reason) == (head, "")
    answer = await soon(office.engine.submit(office.bid("k-7")))
    assert not answer.is_replayed
    assert office.engine.head == answer.position


async def test_an_engine_that_waits_names_what_it_waits_for(office: Office) -> None:
    office.away()
    with pytest.raises(Unavailable):
        await soon(office.engine.submit(office.bid("k-1")))
    await until(lambda: office.engine.waits_for, "the engine waits")

    assert (office.engine.waits_for, office.engine.is_ready) == ("the database is away", False)
    with pytest.raises(Unavailable, match="the database is away"):
        await soon(office.engine.submit(office.bid("k-1")))


async def test_a_database_that_takes_no_append_is_waited_for_however_often_it_refuses(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk: it can be read, so a new life begins each time, and its first append fails."""
    monkeypatch.setattr("exchange.engine.engine.REBUILD_WAIT_S", (0.0, 0.0, 0.0))
    refusals = 5 * REBUILDS_MOST
    office.journal.lost = refusals
    for number in range(refusals):
        with pytest.raises(Unavailable):
            await soon(office.engine.submit(office.bid(f"k-{number}")))
    answer = await soon(office.engine.submit(office.bid("k-0")))

    assert (office.engine.stop_reason, answer.is_replayed) == ("", False)
    assert office.engine.head == answer.position
