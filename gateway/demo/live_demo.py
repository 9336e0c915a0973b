"""A demo alive: its past made or found, the venue open, the market going on, until Ctrl-C."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from pathlib import Path
from threading import Event
from typing import Final, NamedTuple

from exchange.engine.group_decider import Unavailable
from exchange.simulation.day import World
from gateway.demo.demo_clock import DemoClock
from gateway.demo.folder import serving
from gateway.demo.keyboard import listening
from gateway.demo.live_market import LiveMarket
from gateway.demo.past import VENUE, zone_offset_ns
from gateway.demo.preparation import Interrupted, PreparationProgress, PreparedDemo, make
from gateway.demo.seat_offers import keep_offered
from gateway.demo.seats import INVITATION_S, links
from gateway.faults import Fault
from gateway.server.server import VenueServer, open_server
from gateway.settings import Limits, Settings
from gpubourse.errors import VenueError
from ledger.journal.protocol import Commit, JournalUnavailable

VIEWS_POLL_S: Final = 0.1
VIEWS_LOG_EVERY_S: Final = 2.0
LINKS_RETRY_S: Final = 1.0


class DemoOptions(NamedTuple):
    """What a demo was started with."""

    folder: Path
    database_url: str  # "": the embedded server
    days: int
    seed: int
    speed: int
    port: int


class DemoEnd(NamedTuple):
    """How a demo stood when it ended."""

    commit: Commit  # the last one
    trades: int | None  # None: nobody knew at that moment
    sum_minor: int | None  # of all accounts: 0, or the register is broken


class StoppedForGood(Exception):
    """The engine has stopped, and with it the demo: the text says why."""


async def live(
    terms: DemoOptions,
    steps: PreparationProgress,
    ready: Callable[[VenueServer, PreparedDemo, dict[str, str]], None],
) -> DemoEnd:
    """Make or find the past, open the house, live until a signal; `ready` gets the open server.

    Raises Interrupted when stopped before it lived, StoppedForGood, CannotOpen, NotADemo.
    """
    stop = asyncio.Event()
    halt = Event()  # the same, for the thread that makes the past
    loop = asyncio.get_running_loop()

    def interrupt() -> None:
        stop.set()
        halt.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupt)
    own = terms.database_url or serving(terms.folder, steps.log)
    with nullcontext(own) if isinstance(own, str) else own as dsn:
        with ThreadPoolExecutor(1, "history") as worker:
            made = await loop.run_in_executor(
                worker, make, dsn, terms.folder, terms.days, terms.seed, steps, halt
            )
        if stop.is_set():
            raise Interrupted
        return await _open(terms, made, steps, ready, stop)


async def _open(
    terms: DemoOptions,
    made: PreparedDemo,
    steps: PreparationProgress,
    ready: Callable[[VenueServer, PreparedDemo, dict[str, str]], None],
    stop: asyncio.Event,
) -> DemoEnd:
    clock = DemoClock(made.at_ns + 1, terms.speed)
    settings = Settings(
        data_folder=terms.folder,
        database_url=terms.database_url,
        kind="demo",
        port=terms.port,
        accept_jump=True,
        publishes_log=True,
    )
    server = await open_server(
        settings,
        log=steps.log,
        clock=clock,
        speed=lambda: clock.speed,
        limits=Limits(invitation_s=INVITATION_S),
    )
    try:
        await _views_caught_up(server, steps, stop)
        ready(server, made, await _links(server, terms.folder, made, steps, stop))
        await _market(server, terms.folder, made, clock, steps, stop)
    finally:
        await server.close()
    if server.engine.stop_reason:
        raise StoppedForGood(server.engine.stop_reason)
    return _ended(server)


def _ended(server: VenueServer) -> DemoEnd:
    """How it stood; an engine that was just being rebuilt has no state to look at."""
    last = server.engine.commits.last
    try:
        register = server.engine.venue.register
    except Unavailable:
        return DemoEnd(last, None, None)
    return DemoEnd(last, register.counters.get("t", 0), sum(register.accounts.values()))


async def _views_caught_up(
    server: VenueServer, steps: PreparationProgress, stop: asyncio.Event
) -> None:
    """Wait until what the past wrote can be read from the gateway; log how far it is.

    A database that goes away meanwhile is waited for: its supervisor brings it back.
    """
    reader = server.parts.reader
    assert reader is not None, "a demo has views"
    logged_s = time.monotonic()
    while not stop.is_set():
        try:
            position = (await reader.progress_within(VIEWS_LOG_EVERY_S)).position
            stand = f"{position:,} of {server.engine.head:,} positions"
        except JournalUnavailable as error:
            position, stand = -1, f"{error}; waiting for it"
        if position >= server.engine.head:
            return
        if time.monotonic() - logged_s > VIEWS_LOG_EVERY_S:
            logged_s = time.monotonic()
            steps.log(f"views: {stand}")
        await asyncio.sleep(VIEWS_POLL_S)


async def _links(
    server: VenueServer,
    folder: Path,
    made: PreparedDemo,
    steps: PreparationProgress,
    stop: asyncio.Event,
) -> dict[str, str]:
    """The seats' links; while the engine cannot take their invitations they are asked for again."""
    while not stop.is_set() and not server.engine.stop_reason:
        try:
            return await links(server.url, folder, made.seats)
        except VenueError as error:
            steps.log(f"seats: {error} Trying again")
            await asyncio.sleep(LINKS_RETRY_S)
    return {}


async def _market(
    server: VenueServer,
    folder: Path,
    made: PreparedDemo,
    clock: DemoClock,
    steps: PreparationProgress,
    stop: asyncio.Event,
) -> None:
    world = World.of(made.origin.seed, made.participants.public_key, zone_offset_ns())
    market = LiveMarket(server.engine, clock, made.participants, world, made.origin.start_ns)
    running = {
        asyncio.create_task(_guest("market", market.run()), name=f"{VENUE} market"),
        asyncio.create_task(_guest("seats", keep_offered(server, folder, made.seats))),
    }

    def next_day() -> None:
        running.add(asyncio.create_task(_guest("next day", market.next_day(steps.log))))

    def turned(act: Callable[[], None]) -> Callable[[], None]:
        def turn() -> None:
            act()
            steps.log(f"speed {clock.speed}: {_in_words(clock.speed)}")

        return turn

    actions = {
        "+": turned(clock.faster),
        "-": turned(clock.slower),
        " ": turned(clock.stop_or_go),
        "n": next_day,
    }
    with listening(actions) as is_on:
        if is_on:
            steps.log("keys: + faster, - slower, space stops the clock, n next day, Ctrl-C ends")
        stopping = asyncio.create_task(stop.wait())
        await server.until_over(stopping)
        stopping.cancel()
    for task in running:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _guest(name: str, act: Awaitable[None]) -> None:
    """One of the stage set's acts: its fault goes to the log and ends it, never the venue."""
    with Fault(f"the demo's {name}"):
        await act


def _in_words(speed: int) -> str:
    return f"a venue hour in {3_600 / speed:.0f} s" if speed else "the clock stands still"
