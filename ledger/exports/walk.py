"""One reading of a journal from its first event, told period by period to whoever writes it down.

Memory holds what stands (balances, titles), never what was: a journal of any length takes the same.
"""

from collections.abc import Callable, Container, Iterator
from datetime import date
from typing import NamedTuple, Protocol

from ledger.audit.audit_fold import AuditFold
from ledger.audit.progress import Progress, no_progress, rows_upto
from ledger.audit.readable_journal import (
    UnreadableRow,
    decoded,
    in_order,
    must_be_accounts,
    must_be_names,
    where,
)
from ledger.events import Event, VenueOpened
from ledger.exports.export_source import ExportSource, Period
from ledger.exports.general_ledger import Fact, GeneralLedger
from ledger.fold import State
from ledger.journal.protocol import Journal, JournalRow


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


def source_of(
    journal: Journal, folding: AuditFold[State], position: int | None = None
) -> ExportSource | None:
    """The journal up to the last commit that ends there or before; None for an empty one.

    *position*: None is the head as it is now. Raises NoWholeCommit.
    """
    upto = journal.head() if position is None else position
    commit, _ = journal.commits_around(upto)
    opened = opened_of(journal, folding)
    if opened is None:
        return None
    if commit is None:
        raise NoWholeCommit(f"no commit of this journal ends at position {upto:,} or before")
    return ExportSource.at(opened, commit)


def opened_of(journal: Journal, folding: AuditFold[State]) -> VenueOpened | None:
    """The first event; None for an empty journal."""
    for row in journal.read(upto=1):
        event = decoded(folding.codec, row)
        if not isinstance(event, VenueOpened):
            raise UnreadableRow(f"{where(row)} opens no venue")
        must_be_names(row, (event.venue, event.currency))
        return event
    return None


def last_day(journal: Journal, folding: AuditFold[State], source: ExportSource) -> date:
    """The day of the last event that is told."""
    row = next(iter(journal.read(after=source.position - 1, upto=source.position)))
    return source.day(decoded(folding.codec, row).at_ns)


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
        must_be_accounts(row, (account for account, _ in fact.postings))
        if (move := fact.title) is not None:
            must_be_names(row, (move.thing, move.giver, move.taken.holder, move.settlement))
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
    for row in rows_upto(in_order(journal), last, progress):
        yield row, decoded(folding.codec, row)
