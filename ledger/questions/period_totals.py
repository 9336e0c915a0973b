"""`audit period`: a month's books by effective time: opening, turnover both ways, closing.

A month closes 5 days after its end. What is recorded later, and belongs into it, stands in the
month in which it was recorded: so the totals of a closed month never change, however the journal
grows, and anybody who has it makes the same ones. Nothing in the journal closes a month yet.
"""

import re
from datetime import datetime
from typing import Final, TypedDict
from zoneinfo import ZoneInfo

from ledger.audit.audit_fold import AuditFold
from ledger.audit.progress import Progress, no_progress
from ledger.audit.trial_balance import BalanceEntry, entries, stamp_ns
from ledger.base64url import sha256_text
from ledger.durations import DAY_NS, SECOND_NS
from ledger.fold import State
from ledger.journal.protocol import Journal
from ledger.state_map.row import canonical

CLOSES_AFTER_NS: Final = 5 * DAY_NS  # the end of its month
_MONTH: Final = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])", re.ASCII)


class NoMonth(ValueError):
    """A text that names no month."""


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
    """The books of a month (`2024-11`) of the venue's zone. Raises NoMonth."""
    calendar = _Calendar(zone)
    from_ns, to_ns = calendar.bounds(month)
    head = journal.head()
    opening: dict[str, int] = {}
    closing: dict[str, int] = {}
    debits: dict[str, int] = {}
    credits: dict[str, int] = {}
    late = 0
    for entry in entries(journal, folding, head, progress):
        booked_ns = calendar.booked_ns(entry)
        if booked_ns >= to_ns:
            continue
        late += booked_ns >= from_ns and booked_ns != entry.effective_ns
        for account, amount_minor in entry.rows:
            closing[account] = closing.get(account, 0) + amount_minor
            kind = account.split("/")[1]
            if booked_ns < from_ns:
                opening[kind] = opening.get(kind, 0) + amount_minor
            else:
                side = credits if amount_minor > 0 else debits
                side[kind] = side.get(kind, 0) + abs(amount_minor)
    kinds = [
        _totals(kind, opening.get(kind, 0), debits.get(kind, 0), credits.get(kind, 0))
        for kind in sorted({*opening, *debits, *credits})
    ]
    closes_ns = to_ns + CLOSES_AFTER_NS
    signed = {"venue": venue, "month": month, "from_ns": from_ns, "to_ns": to_ns, "kinds": kinds}
    return PeriodTotals(
        venue=venue,
        month=month,
        from_ns=from_ns,
        to_ns=to_ns,
        closes_ns=closes_ns,
        is_closed=stamp_ns(journal, folding, head) >= closes_ns,
        position=head,
        kinds=kinds,
        accounts=[
            {"account": account, "balance_minor": balance}
            for account, balance in sorted(closing.items())
            if balance
        ],
        late_entries=late,
        sum_minor=sum(closing.values()),
        sha256=sha256_text(canonical(signed)),
    )


def _totals(kind: str, opening: int, debit: int, credit: int) -> KindTotals:
    return KindTotals(
        kind=kind,
        opening_minor=opening,
        debit_minor=debit,
        credit_minor=credit,
        closing_minor=opening + credit - debit,
    )


class _Calendar:
    """The months of a zone, and in which of them an entry stands."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        self._ends: dict[tuple[int, int], int] = {}

    def bounds(self, month: str) -> tuple[int, int]:
        """The midnights that begin and end a month. Raises NoMonth."""
        found = _MONTH.fullmatch(month)
        if found is None or not 1970 < int(found[1]) < 9999:
            raise NoMonth(f"{month!r} is no month")
        year, number = int(found[1]), int(found[2])
        return self._midnight(year, number), self._end(year, number)

    def booked_ns(self, entry: BalanceEntry) -> int:
        """When it counts: as it takes effect, unless the month of that had closed before."""
        local = datetime.fromtimestamp(entry.effective_ns // SECOND_NS, self._zone)
        closes_ns = self._end(local.year, local.month) + CLOSES_AFTER_NS
        return entry.effective_ns if entry.at_ns < closes_ns else entry.at_ns

    def _end(self, year: int, month: int) -> int:
        if (year, month) not in self._ends:
            after = (year + month // 12, month % 12 + 1)
            self._ends[year, month] = self._midnight(*after)
        return self._ends[year, month]

    def _midnight(self, year: int, month: int) -> int:
        return int(datetime(year, month, 1, tzinfo=self._zone).timestamp()) * SECOND_NS
