"""Before a demo lives: its past, made once, so that it ends now."""

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import NamedTuple

from exchange.engine.replay import recover
from gateway.demo.folder import Fate, must_be_a_demos, opened, read_fate, write_fate
from gateway.demo.headless import days_made
from gateway.demo.participants import People
from gateway.demo.past import History, local_midnight_ns
from gateway.demo.seats import Seat, keep_keys
from ledger.money import DAY_NS, HOUR_NS

Say = Callable[[str], None]


class Made(NamedTuple):
    """A demo ready to live."""

    fate: Fate
    people: People
    seats: list[Seat]
    at_ns: int  # the last stamp of its journal


class Interrupted(Exception):
    """Told to stop while the past was being made: whole days stand."""


class Steps(NamedTuple):
    """Who hears how far the making has come."""

    say: Say
    begin: Callable[[int], None]  # told how many days there will be
    reach: Callable[[int], None]  # told how many stand


def make(dsn: str, folder: Path, days: int, seed: int, steps: Steps, stop: Event) -> Made:
    """The past of the demo in *folder*, as far as it is missing. `stop` ends it after a day."""
    journal = opened(dsn, steps.say)
    try:
        must_be_a_demos(journal, str(folder))
        fate = read_fate(folder)
        if fate is None:
            fate = Fate(seed, local_midnight_ns(time.time_ns()) - days * DAY_NS)
            write_fate(folder, fate)
        journal.take_fence()
        steps.say("journal: reading what is there")
        venue, versions, _ = recover(journal)
        history = History.of(journal, venue, versions, fate.seed, fate.start_ns)
        if not fate.is_made:
            _past(history, fate, steps, stop, is_begun=journal.head() > 0)
            fate = Fate(fate.seed, fate.start_ns, is_made=True)
            write_fate(folder, fate)
        seats = keep_keys(folder, venue.register, history.people)
        return Made(fate, history.people, seats, venue.register.at_ns)
    finally:
        journal.close()


def _past(history: History, fate: Fate, steps: Steps, stop: Event, *, is_begun: bool) -> None:
    first = days_made(history.pen.at_ns, fate.start_ns) if is_begun else 0
    today, since_midnight_ns = divmod(time.time_ns() - fate.start_ns, DAY_NS)
    steps.begin(today)
    for day in range(first, today):
        history.day(day)
        steps.reach(day + 1)
        if stop.is_set():
            raise Interrupted
    if first <= today and since_midnight_ns >= HOUR_NS:
        history.day(today, since_midnight_ns // HOUR_NS)
