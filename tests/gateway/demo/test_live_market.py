"""The living market is a guest: it signs for its cast alone, and its faults stay with it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress

import pytest

from exchange.books.state import Venue
from exchange.engine.batch_writer import Request
from exchange.engine.group_decider import Answer
from exchange.simulation.day import Step, World
from exchange.simulation.intents import Intent, by, clerk
from gateway.demo import live_market
from gateway.demo.demo_clock import DemoClock
from gateway.demo.live_market import LiveMarket
from gateway.demo.participants import NotOurs, ParticipantKeys
from gateway.demo.past import VENUE, zone_offset_ns
from tests.exchange.ground import DAWN_NS, TITLE, Floor
from tests.gateway.demo.test_past import SEED
from tests.waiting import soon

DAYS = 4


class Venueless:
    """An engine that writes down what is handed in, and answers nothing of use."""

    def __init__(self, floor: Floor) -> None:
        self.venue: Venue = floor.venue
        self.at_ns = floor.writer.at_ns
        self.asked: list[Request] = []

    def submit(self, request: Request) -> "asyncio.Future[Answer]":
        self.asked.append(request)
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        answer.set_result(Answer(1, 1, {}, 200))
        return answer


@asynccontextmanager
async def market_on(engine: Venueless) -> AsyncIterator[LiveMarket]:
    participants = ParticipantKeys.of(SEED, VENUE)
    world = World.of(SEED, participants.public_key, zone_offset_ns())
    clock = DemoClock(engine.at_ns + 1, 0)
    market = LiveMarket(engine, clock, participants, world, DAWN_NS)
    running = asyncio.create_task(market.run())
    try:
        yield market
        assert not running.done(), "the market ended by itself"
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def days_of(market: LiveMarket, days: int) -> None:
    for _ in range(days):
        await soon(market.next_day(lambda _: None))


async def test_a_venue_full_of_strangers_is_left_to_them(caplog: pytest.LogCaptureFixture) -> None:
    """Parties, clerks, sites and orders that the demo did not make: it acts for none of them."""
    floor = Floor(owners=3, buyers=2, nodes=6)
    for owner in floor.owners:
        for price_ticks in (200_000, 210_000, 220_000):
            floor.ask(owner, 1, price_ticks, market=TITLE)
    engine = Venueless(floor)

    async with market_on(engine) as market:
        await days_of(market, DAYS)

    assert engine.asked == []
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_who_fails_is_not_asked_again_and_the_others_go_on(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def strangers(venue: Venue, world: World, day: int, of_day: int, at_ns: int) -> list[Intent]:
        asked.append("strangers")
        return [by(venue.register.parties["p-999999"], "order.new", {})]

    def neighbours(venue: Venue, world: World, day: int, of_day: int, at_ns: int) -> list[Intent]:
        asked.append("neighbours")
        return [clerk(venue.register, 0, "party.new", {})]

    steps: tuple[Step, ...] = (strangers, neighbours)
    monkeypatch.setattr(live_market, "steps_of", lambda of_day: steps)

    async with market_on(Venueless(Floor())) as market:
        await days_of(market, 2)  # the first ends at midnight, which may be an hour away

    assert asked.count("strangers") == 1
    assert asked.count("neighbours") > 1
    assert "our fault in the demo's strangers" in caplog.text
    assert "goes on without its strangers" in caplog.text


def strangers_of(floor: Floor) -> Iterator[Intent]:
    register = floor.venue.register
    yield clerk(register, 0, "party.new", {})
    yield Intent(register.venue_party, "k-9999", "order.new")


def test_the_demo_signs_for_nobody_else() -> None:
    floor = Floor()
    participants = ParticipantKeys.of(SEED, VENUE)
    for intent in strangers_of(floor):
        with pytest.raises(NotOurs, match="signs for itself"):
            participants.request(floor.venue.register, intent, "key-1", 1)
