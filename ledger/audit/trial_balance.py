"""The trial balance: what every account holds, added up from the postings of every event."""

from collections.abc import Iterator
from typing import NamedTuple, TypedDict

from ledger.audit.audit_fold import AuditFold
from ledger.audit.progress import Progress, no_progress, rows_upto
from ledger.events import CashPosted, Event
from ledger.fold import State
from ledger.ids import AccountName
from ledger.journal.protocol import Journal


class TrialBalance(TypedDict):
    """What `audit trial-balance` prints."""

    position: int
    accounts: list[dict[str, str | int]]  # account, balance_minor; those that hold something
    sum_minor: int  # 0, or something is badly wrong


class BalanceEntry(NamedTuple):
    """One event's postings: an entry of the cash book."""

    position: int
    at_ns: int
    topic: str
    what: str  # the written entry's kind and reference, or the event's subject
    rows: list[tuple[AccountName, int]]


def entries(
    journal: Journal,
    folding: AuditFold[State],
    upto: int | None = None,
    progress: Progress = no_progress,
) -> Iterator[BalanceEntry]:
    """Every event that moves cash, in order."""
    last = journal.head() if upto is None else upto
    kinds = folding.postings
    for row in rows_upto(journal, last, progress):
        event = folding.codec.decode(row)
        postings = kinds.get(type(event))
        if postings is not None and (rows := postings(event)):
            yield BalanceEntry(
                row.position, event.at_ns, row.topic, what_of(event, row.stream), rows
            )


def trial_balance(
    journal: Journal,
    folding: AuditFold[State],
    upto: int | None = None,
    progress: Progress = no_progress,
) -> TrialBalance:
    """Every account's balance at a position (None: the head)."""
    balances: dict[str, int] = {}
    for entry in entries(journal, folding, upto, progress):
        for account, amount_minor in entry.rows:
            balances[account] = balances.get(account, 0) + amount_minor
    accounts: list[dict[str, str | int]] = [
        {"account": account, "balance_minor": balance}
        for account, balance in sorted(balances.items())
        if balance
    ]
    return TrialBalance(
        position=journal.head() if upto is None else upto,
        accounts=accounts,
        sum_minor=sum(balances.values()),
    )


def what_of(event: Event, stream: str) -> str:
    """What an entry is about: the written entry's kind and reference, or the event's subject."""
    if isinstance(event, CashPosted):
        return f"{event.entry} {event.kind} {event.reference}"
    return stream
