"""The trial balance: what every account holds, added up from the postings of every event."""

from collections.abc import Iterator
from typing import Final, NamedTuple, TypedDict

from ledger.audit.audit_fold import AuditFold
from ledger.audit.progress import Progress, no_progress, rows_upto
from ledger.audit.readable_journal import must_be_accounts
from ledger.events import CashPosted, Event
from ledger.fold import State
from ledger.ids import AccountName
from ledger.journal.protocol import Journal

RECORDED: Final = "recorded"
EFFECTIVE: Final = "effective"


class TrialBalance(TypedDict):
    """What `audit trial-balance` prints."""

    position: int  # all that was recorded up to here is known
    by: str  # recorded, or effective: which time `upto_ns` is of
    upto_ns: int  # what was recorded, or took effect, by then counts
    later_entries: int  # by effective time: known, and of a later time
    accounts: list[dict[str, str | int]]  # account, balance_minor; those that hold something
    sum_minor: int  # 0, or something is badly wrong


class BalanceEntry(NamedTuple):
    """One event's postings: an entry of the cash book."""

    position: int
    at_ns: int  # when it was recorded
    topic: str
    what: str  # the written entry's kind and reference, or the event's subject
    rows: list[tuple[AccountName, int]]
    effective_ns: int = 0  # when it takes effect: at most `at_ns`


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
            must_be_accounts(row, (account for account, _ in rows))
            yield BalanceEntry(
                row.position,
                event.at_ns,
                row.topic,
                what_of(event, row.stream),
                rows,
                folding.effective_ns(event),
            )


def trial_balance(
    journal: Journal,
    folding: AuditFold[State],
    upto: int | None = None,
    progress: Progress = no_progress,
    *,
    by: str = RECORDED,
    effective_upto_ns: int = 0,
) -> TrialBalance:
    """Every account's balance by what was recorded up to a position (None: the head).

    By effective time it is of what had taken effect by *effective_upto_ns*, as it is known at that
    position: an entry that was recorded later and belongs before counts.
    """
    balances: dict[str, int] = {}
    last = journal.head() if upto is None else upto
    later = 0
    for entry in entries(journal, folding, last, progress):
        if by == EFFECTIVE and entry.effective_ns > effective_upto_ns:
            later += 1
            continue
        for account, amount_minor in entry.rows:
            balances[account] = balances.get(account, 0) + amount_minor
    accounts: list[dict[str, str | int]] = [
        {"account": account, "balance_minor": balance}
        for account, balance in sorted(balances.items())
        if balance
    ]
    return TrialBalance(
        position=last,
        by=by,
        upto_ns=effective_upto_ns if by == EFFECTIVE else stamp_ns(journal, folding, last),
        later_entries=later,
        accounts=accounts,
        sum_minor=sum(balances.values()),
    )


def stamp_ns(journal: Journal, folding: AuditFold[State], position: int) -> int:
    """The instant of the event at a position; 0 where there is none."""
    rows = journal.read(position - 1, position) if position else ()
    return next((folding.codec.decode(row).at_ns for row in rows), 0)


def what_of(event: Event, stream: str) -> str:
    """What an entry is about: the written entry's kind and reference, or the event's subject."""
    if isinstance(event, CashPosted):
        return f"{event.entry} {event.kind} {event.reference}"
    return stream
