"""`audit period`: a month's books by effective time: opening, turnover both ways, closing.

Added up from the events alone, whether the journal has closed the month or not, and compared with
what `PeriodClosed` says where there is one. When a month closes, and where a late entry stands,
`ledger/cash/period_close.py` says for both.
"""

from typing import TypedDict

from ledger.audit.audit_fold import AuditFold
from ledger.audit.progress import Progress, no_progress, rows_upto
from ledger.audit.readable_journal import must_be_accounts
from ledger.audit.trial_balance import stamp_ns
from ledger.cash.months import MonthSpan, month_named
from ledger.cash.period_close import (
    KindFigures,
    booked_in,
    closes_ns,
    figures_sha256,
    kind_figures,
)
from ledger.events import Event, PeriodClosed, RuleSet
from ledger.fold import State
from ledger.journal.protocol import Journal, JournalRow
from ledger.records import DatedRules, Rule


class KindTotals(TypedDict):
    """What lay on all accounts of one kind, and what moved; `+` is owed to their owners."""

    kind: str  # available, escrow, fees …
    opening_minor: int
    debit_minor: int  # all that left such accounts
    credit_minor: int  # all that came to them
    closing_minor: int


class PeriodTotals(TypedDict):
    """What `audit period` prints."""

    venue: str
    month: str
    from_ns: int
    to_ns: int
    closes_ns: int
    is_closed: bool  # the journal goes beyond `closes_ns`: these figures are for ever
    closed_position: int  # of its PeriodClosed; 0: the journal has not closed it
    closed_sha256: str  # what that says of its figures; "": there is none
    is_as_closed: bool  # False: the journal closed it with other figures than its events give
    position: int  # all that was recorded up to here is known
    kinds: list[KindTotals]
    accounts: list[dict[str, str | int]]  # account, balance_minor: as they closed
    late_entries: int  # recorded in this month after theirs had closed: they stand here
    sum_minor: int  # 0, or something is badly wrong
    sha256: str  # of canonical JSON of venue, month, from_ns, to_ns and kinds


def period_totals(
    journal: Journal,
    folding: AuditFold[State],
    venue: str,
    zone: str,
    month: str,
    progress: Progress = no_progress,
) -> PeriodTotals:
    """What stood and moved in a month (`2024-11`) of the venue's zone. Raises NoMonth."""
    wanted = month_named(zone, month)
    head = journal.head()
    sums = _PeriodSums(zone, wanted)
    for row in rows_upto(journal, head, progress):
        sums.add(row, folding, folding.codec.decode(row))
    kinds, closed = sums.kinds(), sums.closed
    sha256 = figures_sha256(venue, wanted, kinds)
    ends_ns = closes_ns(sums.rules, wanted)
    return PeriodTotals(
        venue=venue,
        month=month,
        from_ns=wanted.from_ns,
        to_ns=wanted.to_ns,
        closes_ns=ends_ns,
        is_closed=stamp_ns(journal, folding, head) >= ends_ns,
        closed_position=sums.closed_position,
        closed_sha256=closed.figures_sha256 if closed else "",
        is_as_closed=closed is None or (closed.kinds, closed.figures_sha256) == (kinds, sha256),
        position=head,
        kinds=[
            KindTotals(
                kind=kind,
                opening_minor=opening,
                debit_minor=debit,
                credit_minor=credit,
                closing_minor=closing,
            )
            for kind, opening, debit, credit, closing in kinds
        ],
        accounts=[
            {"account": account, "balance_minor": balance}
            for account, balance in sorted(sums.balances.items())
            if balance
        ],
        late_entries=sums.late,
        sum_minor=sum(sums.balances.values()),
        sha256=sha256,
    )


class _PeriodSums:
    """What stands in a month, and before it, event by event."""

    def __init__(self, zone: str, month: MonthSpan) -> None:
        self._zone = zone
        self._month = month
        self._opening: dict[str, int] = {}
        self._debits: dict[str, int] = {}
        self._credits: dict[str, int] = {}
        self.rules = DatedRules()
        self.balances: dict[str, int] = {}
        self.late = 0
        self.closed: PeriodClosed | None = None
        self.closed_position = 0

    def add(self, row: JournalRow, folding: AuditFold[State], event: Event) -> None:
        """The next event: a rule, the close of the month, or what it posts."""
        if isinstance(event, RuleSet):
            self.rules.add(event.rule, Rule(event.value, event.from_ns, row.position))
        elif isinstance(event, PeriodClosed) and event.month == self._month.label:
            self.closed, self.closed_position = event, row.position
        posts = folding.postings.get(type(event))
        rows = posts(event) if posts is not None else []
        if not rows:
            return
        must_be_accounts(row, (account for account, _ in rows))
        effect_ns = folding.effective_ns(event)
        stands_in = booked_in(self._zone, self.rules, effect_ns, event.at_ns)
        if stands_in.from_ns > self._month.from_ns:
            return
        is_before = stands_in.from_ns < self._month.from_ns
        self.late += not is_before and effect_ns < self._month.from_ns
        for account, amount_minor in rows:
            self.balances[account] = self.balances.get(account, 0) + amount_minor
            kind = account.split("/")[1]
            if is_before:
                self._opening[kind] = self._opening.get(kind, 0) + amount_minor
            else:
                side = self._credits if amount_minor > 0 else self._debits
                side[kind] = side.get(kind, 0) + abs(amount_minor)

    def kinds(self) -> list[KindFigures]:
        """Each kind of account, in the order of their names."""
        return kind_figures(self._opening, self._debits, self._credits)
