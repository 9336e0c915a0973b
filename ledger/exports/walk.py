"""One reading of a journal from its first event, told period by period to whoever writes it down.

Memory holds what stands (balances, titles), never what was: a journal of any length takes the same.
"""

from collections.abc import Callable, Container, Iterator
from datetime import date
from typing import Final, NamedTuple, Protocol

import msgspec

from ledger.audit.audit_fold import BROKEN, AuditFold
from ledger.audit.progress import Progress, no_progress, rows_upto
from ledger.events import Event, VenueOpened
from ledger.exports.export_source import ExportSource, Period
from ledger.exports.general_ledger import Fact, GeneralLedger
from ledger.fold import State
from ledger.journal.codec import UnknownTopic
from ledger.journal.protocol import Journal, JournalRow

_UNREADABLE: Final = (UnknownTopic, msgspec.MsgspecError, *BROKEN)


class UnreadableRow(Exception):
    """An event of a journal that cannot be told: the text says which, and why."""


class NoWholeCommit(Exception):
    """A journal whose last event ends no commit: it names no history."""


class Sink(Protocol):
    """Who writes an export down."""

    def begin(self, period: Period, ledger: GeneralLedger) -> None:
        """A period begins; *ledger* is what is carried into it."""
        ...

    def fact(self, fact: Fact, ledger: GeneralLedger) -> None:
        """The next event, and the ledger behind it."""
        ...

    def end(self, period: Period, ledger: GeneralLedger) -> None:
        """The period is over, or the journal is; *ledger* is what it closes with."""
        ...


class CoveredPeriod(NamedTuple):
    """A period that was written down."""

    period: Period
    first_position: int
    last_position: int


def source_of(journal: Journal, folding: AuditFold[State]) -> ExportSource | None:
    """The journal up to its last commit, as it is now; None for an empty one."""
    commit, _ = journal.commits_around(journal.head())
    opened = opened_of(journal, folding)
    if opened is None:
        return None
    if commit is None:
        raise NoWholeCommit("no commit of this journal ends at or before its last event")
    return ExportSource.at(opened, commit)


def opened_of(journal: Journal, folding: AuditFold[State]) -> VenueOpened | None:
    """The first event; None for an empty journal."""
    for row in journal.read(upto=1):
        event = _event(folding, row)
        if not isinstance(event, VenueOpened):
            raise UnreadableRow(f"position 1 is {row.topic}, and opens no venue")
        return event
    return None


def last_day(journal: Journal, folding: AuditFold[State], source: ExportSource) -> date:
    """The day of the last event that is told."""
    row = next(iter(journal.read(after=source.position - 1, upto=source.position)))
    return source.day(_event(folding, row).at_ns)


def by_month(
    journal: Journal,
    folding: AuditFold[State],
    source: ExportSource,
    sink: Sink,
    wanted: Container[str] | None = None,
    progress: Progress = no_progress,
) -> list[CoveredPeriod]:
    """Tell each month, or those wanted, by its label; return what was told."""
    return _covered(journal, folding, source, sink, source.month, wanted, progress)


def whole(
    journal: Journal,
    folding: AuditFold[State],
    source: ExportSource,
    sink: Sink,
    progress: Progress = no_progress,
) -> list[CoveredPeriod]:
    """Tell all as one period."""
    label = f"positions 1 to {source.position}"
    last = last_day(journal, folding, source)
    found: list[Period] = []

    def period_of(day: date) -> Period:
        if not found:
            found.append(Period(label, day, last))
        return found[0]

    return _covered(journal, folding, source, sink, period_of, None, progress)


def _covered(
    journal: Journal,
    folding: AuditFold[State],
    source: ExportSource,
    sink: Sink,
    period_of: Callable[[date], Period],
    wanted: Container[str] | None,
    progress: Progress,
) -> list[CoveredPeriod]:
    ledger = GeneralLedger(source, folding.postings)
    covered: list[CoveredPeriod] = []
    now: Period | None = None
    is_wanted, first, last = False, 0, 0
    for row, event in _events(journal, folding, source.position, progress):
        period = period_of(source.day(event.at_ns))
        if period != now:
            if now is not None and is_wanted:
                sink.end(now, ledger)
                covered.append(CoveredPeriod(now, first, last))
            now, first = period, row.position
            is_wanted = wanted is None or period.label in wanted
            if is_wanted:
                sink.begin(period, ledger)
        fact = ledger.take(row, event)
        last = row.position
        if is_wanted:
            sink.fact(fact, ledger)
    if now is not None and is_wanted:
        sink.end(now, ledger)
        covered.append(CoveredPeriod(now, first, last))
    return covered


def _events(
    journal: Journal, folding: AuditFold[State], last: int, progress: Progress
) -> Iterator[tuple[JournalRow, Event]]:
    for row in rows_upto(journal, last, progress):
        yield row, _event(folding, row)


def _event(folding: AuditFold[State], row: JournalRow) -> Event:
    try:
        return folding.codec.decode(row)
    except _UNREADABLE as error:
        raise UnreadableRow(
            f"position {row.position} ({row.topic}) cannot be read: {error}"
        ) from error
