"""Makes a demo's past before the demo opens: once, and so that the past ends now."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import NamedTuple

from exchange.engine.replay import recover
from gateway.demo.folder import DemoOrigin, must_be_a_demos, opened, read_fate, write_fate
from gateway.demo.headless import days_made
from gateway.demo.participants import ParticipantKeys
from gateway.demo.past import PastWriter, local_midnight_ns
from gateway.demo.seats import Seat, keep_key_files
from ledger.durations import DAY_NS, HOUR_NS, SECOND_NS

Log = Callable[[str], None]


class PreparedDemo(NamedTuple):
    """A demo ready to live."""

    origin: DemoOrigin
    participants: ParticipantKeys
    seats: list[Seat]
    at_ns: int  # the last stamp of its journal


class Interrupted(Exception):
    """Stopped while the past was being made: whole days stand."""


class PreparationProgress(NamedTuple):
    """What is called as the making goes on."""

    log: Log
    begin: Callable[[int], None]  # called with the number of days there will be
    reach: Callable[[int], None]  # called with the number of days made


def make(
    dsn: str, folder: Path, days: int, seed: int, steps: PreparationProgress, stop: Event
) -> PreparedDemo:
    """The past of the demo in *folder*, as far as it is missing. `stop` ends it after a day."""
    journal = opened(dsn, steps.log)
    try:
        must_be_a_demos(journal, str(folder))
        origin = read_fate(folder)
        if origin is None:
            origin = DemoOrigin(seed, local_midnight_ns(time.time_ns()) - days * DAY_NS)
            write_fate(folder, origin)
        journal.take_fence()
        steps.log("journal: reading what is there")
        found = recover(journal)
        history = PastWriter.of(journal, found, origin.seed, origin.start_ns)
        if not origin.is_made:
            _past(history, origin, days, steps, stop, is_begun=journal.head() > 0)
            origin = DemoOrigin(origin.seed, origin.start_ns, is_made=True)
            write_fate(folder, origin)
        seats = keep_key_files(folder, found.venue.register, history.participants)
        return PreparedDemo(origin, history.participants, seats, history.writer.at_ns)
    finally:
        journal.close()


def _past(
    history: PastWriter,
    origin: DemoOrigin,
    days: int,
    steps: PreparationProgress,
    stop: Event,
    *,
    is_begun: bool,
) -> None:
    first = days_made(history.writer.at_ns, origin.start_ns) if is_begun else 0
    today, since_midnight_ns = divmod(time.time_ns() - origin.start_ns, DAY_NS)
    if today > days + 1:
        begun = datetime.fromtimestamp(origin.start_ns // SECOND_NS, UTC).date()
        steps.log(
            f"history: the demo of this folder began at {begun}, {today} days ago, so all of these"
            " are made; for a shorter past name another folder with --data"
        )
    steps.begin(today)
    for day in range(first, today):
        history.day(day)
        steps.reach(day + 1)
        if stop.is_set():
            raise Interrupted
    if first <= today and since_midnight_ns >= HOUR_NS:
        history.day(today, since_midnight_ns // HOUR_NS)
