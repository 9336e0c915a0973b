"""The living market: the cast goes on, hour by hour, through the engine that visitors use too."""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from exchange.books.state import Venue
from exchange.engine.batch_writer import Request
from exchange.engine.group_decider import Answer, Unavailable
from exchange.simulation.day import Step, World, offices, steps_of
from exchange.simulation.intents import Intent
from gateway.demo.demo_clock import DemoClock
from gateway.demo.participants import NotOurs, ParticipantKeys
from gateway.faults import Fault
from ledger.durations import HOUR_NS, MINUTE_NS
from ledger.refusals import Refused

HOURS = 24
OFFICES_EVERY_NS = 10 * MINUTE_NS  # of the venue
TICK_S = 0.1  # how often the market reads the clock
RETRY_S = 0.5  # after an engine that did not know

_log = logging.getLogger(__name__)


class EnginePort(Protocol):
    """What the market needs of the engine."""

    @property
    def venue(self) -> Venue: ...

    @property
    def at_ns(self) -> int: ...

    def submit(self, request: Request) -> "asyncio.Future[Answer]": ...


class LiveMarket:
    """Runs the hours of a demo as they come; a day that is jumped over is run through quickly.

    It is the venue's guest: what fails in it stops here, and the market goes on without.
    """

    def __init__(
        self,
        engine: EnginePort,
        clock: DemoClock,
        participants: ParticipantKeys,
        world: World,
        start_ns: int,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._participants = participants
        self._world = world
        self._start_ns = start_ns
        self._failed: set[Step] = set()
        self._done = self._hour_now()  # the hour in which it begins is left to the visitors

    async def run(self) -> None:
        """Live until cancelled: the cast by the hour, the offices every few minutes."""
        await asyncio.gather(self._cast(), self._offices())

    async def _offices(self) -> None:
        """Answer what waits for a clerk or a custodian: nobody waits a venue hour for them."""
        done = self._turn_now()
        while True:
            await asyncio.sleep(TICK_S)
            if (turn := self._turn_now()) > done:
                done = turn
                for number, intent in enumerate(self._wishes(offices, 0, 0)):
                    await self._send(intent, f"office-{turn}-{number}")

    def _turn_now(self) -> int:
        return (self._clock.now_ns() - self._start_ns) // OFFICES_EVERY_NS

    async def _cast(self) -> None:
        while True:
            while self._done < self._hour_now():
                self._done += 1
                await self._live(self._done, is_late=self._done < self._hour_now())
            await asyncio.sleep(TICK_S)

    async def next_day(self, log: Callable[[str], None]) -> None:
        """Run through the hours up to five past the next midnight, one after the other."""
        target = (self._hour_now() // HOURS + 1) * HOURS
        log("the next day …")
        while self._hour_now() < target:
            self._clock.jump(self._start_ns + (self._hour_now() + 1) * HOUR_NS)
            while self._done < self._hour_now():
                await asyncio.sleep(TICK_S / 10)
        self._clock.jump(self._start_ns + target * HOUR_NS + HOUR_NS // 10)

    def _hour_now(self) -> int:
        return (self._clock.now_ns() - self._start_ns) // HOUR_NS

    async def _live(self, nth: int, *, is_late: bool) -> None:
        """Everybody's wishes of one hour, spread over it; at once if it is past already."""
        day, of_day = divmod(nth, HOURS)
        intents: list[Intent] = []
        for step in steps_of(of_day):
            intents += self._wishes(step, day, of_day)
        for number, intent in enumerate(intents):
            if not is_late:
                due_ns = (
                    self._start_ns + nth * HOUR_NS + (number + 1) * HOUR_NS // (len(intents) + 1)
                )
                await self._wait_for(due_ns)
            await self._send(intent, f"live-{nth}-{number}")

    def _wishes(self, step: Step, day: int, of_day: int) -> list[Intent]:
        """What these people want in this hour; those who failed once are not asked again."""
        if step in self._failed:
            return []
        name = getattr(step, "__name__", "people").strip("_")
        with Fault(f"the demo's {name}"):
            try:
                engine = self._engine
                return step(engine.venue, self._world, day, of_day, engine.at_ns)
            except Unavailable:
                return []  # the engine is being rebuilt: this hour passes without them
        self._failed.add(step)
        _log.error("the demo goes on without its %s; a new start has them again", name)
        return []

    async def _wait_for(self, due_ns: int) -> None:
        while self._clock.now_ns() < due_ns:
            await asyncio.sleep(TICK_S)

    async def _send(self, intent: Intent, key: str) -> None:
        """One wish; a lawful no is part of the market's life, and a fault ends this wish alone."""
        with Fault(f"the demo's {intent.op}"):
            await self._sent(intent, key)

    async def _sent(self, intent: Intent, key: str) -> None:
        while True:
            try:
                register = self._engine.venue.register
                wall_ns = self._clock.wall_ns()
                request = self._participants.request(register, intent, key, wall_ns)
                await self._engine.submit(request)
            except (Refused, NotOurs) as no:
                _log.debug("%s: %s", intent.op, no)
            except Unavailable as error:
                if error.code == "unavailable":
                    await asyncio.sleep(RETRY_S)
                    continue  # not known yet: the same key again
            return
