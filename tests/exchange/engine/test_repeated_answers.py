"""Keys that come again are answered beside the engine: nobody waits for another's."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from exchange.engine.group_decider import Answer, Unavailable
from exchange.engine.keys import KnownCommand
from exchange.engine.repeated_answers import RepeatedAnswers
from ledger.ids import PartyId
from ledger.journal.protocol import JournalRow, JournalUnavailable
from tests.exchange.engine.test_engine import House, Torn, ask
from tests.exchange.ground import Floor
from tests.waiting import PATIENCE_S, soon


class Shelf:
    """Stored answers, which may be held back; it notes what is read."""

    def __init__(self) -> None:
        self.opened = Event()
        self.opened.set()
        self.read: list[int] = []
        self.broken: dict[int, Unavailable] = {}

    def answer(self, known: KnownCommand) -> Answer | Unavailable:
        assert self.opened.wait(PATIENCE_S)
        self.read.append(known.first_position)
        if known.first_position in self.broken:
            return self.broken[known.first_position]
        return Answer(known.last_position, 1, {}, 200, is_replayed=True)


def known(position: int) -> KnownCommand:
    return KnownCommand("order.new", b"", position, position)


@pytest.fixture
async def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
async def answers(shelf: Shelf) -> AsyncIterator[RepeatedAnswers]:
    answers = RepeatedAnswers(shelf.answer, ThreadPoolExecutor(1))
    yield answers
    shelf.opened.set()
    await soon(answers.close())


def request(answers: RepeatedAnswers, party: str, position: int) -> "asyncio.Future[Answer]":
    future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    answers.submit(PartyId(party), known(position), future)
    return future


async def test_one_answer_that_many_wait_for_is_read_once(
    answers: RepeatedAnswers, shelf: Shelf
) -> None:
    shelf.opened.clear()
    futures = [request(answers, "p-1", 7) for _ in range(500)]
    await asyncio.sleep(0)
    futures += [request(answers, "p-1", 7) for _ in range(500)]
    shelf.opened.set()

    found = await soon(asyncio.gather(*futures))

    assert {each.position for each in found} == {7}
    assert len(found) == 1_000
    assert shelf.read == [7]


async def test_parties_take_turns(answers: RepeatedAnswers, shelf: Shelf) -> None:
    shelf.opened.clear()
    futures = [request(answers, "p-1", position) for position in range(1, 21)]
    futures += [request(answers, "p-2", position) for position in range(101, 103)]
    shelf.opened.set()
    await soon(asyncio.gather(*futures))

    assert shelf.read[:5] == [1, 101, 2, 102, 3]
    assert len(shelf.read) == 22


async def test_an_answer_that_cannot_be_made_is_nobody_elses_trouble(
    answers: RepeatedAnswers, shelf: Shelf
) -> None:
    shelf.broken = {1: Unavailable("internal", "gone"), 2: Unavailable("unavailable", "away")}
    futures = [request(answers, "p-1", position) for position in (1, 2, 2, 3)]
    found = await soon(asyncio.gather(*futures, return_exceptions=True))

    errors = [each for each in found if isinstance(each, Unavailable)]
    assert [each.code for each in errors] == ["internal", "unavailable", "unavailable"]
    assert errors[1] is not errors[2], "each has a traceback of its own"
    assert isinstance(found[3], Answer)


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (ValueError("of an op that is gone"), "internal"),
        (JournalUnavailable("away"), "unavailable"),
    ],
)
async def test_a_batch_that_cannot_be_read_again_ends_no_engine(
    trouble: Exception, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor = Floor()
    house = House(floor)
    await house.engine.start()
    await ask(house, house.bid("again"))

    def broken(*_: object) -> None:
        raise trouble

    monkeypatch.setattr("exchange.engine.engine.answerable_batch", broken)
    with pytest.raises(Unavailable) as no:
        await ask(house, house.bid("again"))
    assert no.value.code == code
    assert house.engine.is_ready
    assert (await ask(house, house.bid("another"))).status == 201
    await house.engine.stop()


async def test_who_waits_at_the_end_is_told(shelf: Shelf) -> None:
    answers = RepeatedAnswers(shelf.answer, ThreadPoolExecutor(1))
    shelf.opened.clear()
    futures = [request(answers, "p-1", position) for position in (1, 2, 3)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(answers.close())
    await asyncio.sleep(0)
    shelf.opened.set()
    await soon(closing)

    for future in futures:
        with pytest.raises(Unavailable) as no:
            await soon(future)
        assert no.value.code == "draining"


class Held(Torn):
    """A journal whose reads of batches may be held back."""

    opened = Event()

    def read(self, after: int = 0, upto: int | None = None) -> Iterator[JournalRow]:
        assert self.opened.wait(PATIENCE_S)
        return super().read(after, upto)


async def test_a_key_that_comes_a_thousand_times_holds_nobody_up() -> None:
    """The engine decides for others while the first answer is still to be read."""
    floor = Floor()
    house = House(floor, Held(floor.journal().store))
    Held.opened.set()
    await house.engine.start()
    first = await ask(house, house.bid("again"))
    Held.opened.clear()
    again = [house.engine.submit(house.bid("again")) for _ in range(1_000)]

    other = floor.request(floor.buyers[1], "order.cancel_all")
    assert (await ask(house, other)).status == 200
    assert not any(future.done() for future in again)
    Held.opened.set()

    found = await soon(asyncio.gather(*again))
    assert {(each.position, each.is_replayed) for each in found} == {(first.position, True)}
    await house.engine.stop()
