"""A demo without a screen: so many days, one line of figures, the same bytes every time."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from exchange.engine.replay import recover
from exchange.state_form import state_sha256
from gateway.demo.folder import (
    DemoOrigin,
    NotADemo,
    move_aside,
    must_be_a_demos,
    opened,
    read_fate,
    serving,
    write_fate,
)
from gateway.demo.past import PastWriter
from ledger.durations import DAY_NS
from ledger.journal.protocol import Journal

START_NS = 1_731_600_000_000_000_000  # 2024-11-15T00:00+08:00
Reach = Callable[[int], None]  # called with the number of days made


def headless(
    folder: Path,
    database_url: str,
    days: int,
    origin: DemoOrigin,
    *,
    is_resumed: bool,
    log: Callable[[str], None],
    reach: Reach,
) -> dict[str, Any]:
    """Make days 0 to `days` of a demo, or go on with one up to there; its figures.

    Raises NotADemo where something else lies, or another demo than this one.
    """
    if database_url:
        journal: Journal = opened(database_url, log)
        try:
            if journal.head() and not is_resumed:
                raise NotADemo(
                    "The database of GPUBOURSE_DATABASE_URL holds a journal already: "
                    "give an empty one, or --resume."
                )
            return _made(journal, "that database", days, origin, reach)
        finally:
            journal.close()
    if not is_resumed:
        move_aside(folder, log)
    elif read_fate(folder) not in (None, origin):
        raise NotADemo(
            f"The demo in {folder} has another seed or start: resume it with its own, "
            f"{read_fate(folder)}."
        )
    write_fate(folder, origin)
    with serving(folder, log) as dsn:
        journal = opened(dsn, log)
        try:
            return _made(journal, str(folder), days, origin, reach)
        finally:
            journal.close()


def _made(
    journal: Journal, where: str, days: int, origin: DemoOrigin, reach: Reach
) -> dict[str, Any]:
    must_be_a_demos(journal, where)
    journal.take_fence()
    found = recover(journal)
    history = PastWriter.of(journal, found, origin.seed, origin.start_ns)
    first = days_made(found.moment.at_ns, origin.start_ns) if journal.head() else 0
    for day in range(first, days):
        history.day(day)
        reach(day + 1)
    return figures(journal, max(first, days), state_sha256(found.venue))


def days_made(at_ns: int, start_ns: int) -> int:
    """Whole days behind a last stamp: a day is stored in one append, so none is half made."""
    return (at_ns - start_ns) // DAY_NS + 1


def figures(journal: Journal, days: int, state_hash: str) -> dict[str, Any]:
    """The figures of the last line, counted from the journal itself."""
    topics: Counter[str] = Counter()
    months = 0  # lease trades: settled in their own batch
    for row in journal.read():
        topics[row.topic] += 1
        months += row.topic == "traded" and row.stream.startswith("market:L.")
    return {
        "days": days,
        "positions": journal.head(),
        "orders": topics["order_accepted"],
        "trades": topics["traded"],
        "settled": topics["trade_settled"] + months,
        "state_hash": state_hash,
    }
