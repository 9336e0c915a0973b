"""As-of: which position an instant means, and what a party had then (by replay, from the first)."""

import re
from datetime import UTC, datetime
from typing import Any, TypedDict

from ledger.audit.audit_fold import AuditFold
from ledger.audit.progress import Progress, no_progress
from ledger.audit.state_at import state_at
from ledger.durations import DAY_S, SECOND_NS
from ledger.events import Event
from ledger.fold import State
from ledger.journal.batches import first_position
from ledger.journal.protocol import Journal, JournalRow

_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)", re.IGNORECASE
)


class BadAsOf(ValueError):
    """Neither a position that the journal holds nor an instant in RFC 3339."""


class Holdings(TypedDict):
    """What `audit as-of` prints."""

    position: int
    at_ns: int
    party: str
    titles: list[dict[str, Any]]
    leases: list[dict[str, Any]]
    cash: list[dict[str, Any]]


def as_of(
    journal: Journal,
    folding: AuditFold[State],
    position: int,
    party: str,
    progress: Progress = no_progress,
) -> Holdings:
    """Titles, leases and cash of one party when *position* had been applied. Raises Broken."""
    state, at = state_at(journal, folding, position, progress)
    register = state.register
    titles = [
        {
            "thing": thing.thing,
            "asset_class": thing.class_,
            "gpus": len(thing.units),
            "site": thing.site,
            "delivery_point": thing.delivery_point,
            "order": thing.order,
            "settlement": thing.settlement,
        }
        for thing in register.things.values()
        if thing.owner == party
    ]
    leases = [
        {
            "lease": lease.lease,
            "lessor": lease.lessor,
            "lessee": lease.lessee,
            "things": lease.things,
            "from_ns": lease.from_ns,
            "to_ns": lease.to_ns,
            "state": lease.state,
        }
        for lease in register.leases.values()
        if party in (lease.lessor, lease.lessee)
    ]
    cash = [
        {"account": account, "balance_minor": balance}
        for account, balance in sorted(register.accounts.items())
        if account.startswith(f"{party}/")
    ]
    return Holdings(
        position=at.position,
        at_ns=at.at_ns,
        party=party,
        titles=titles,
        leases=leases,
        cash=cash,
    )


def position_of(journal: Journal, folding: AuditFold[State], moment: str) -> int:
    """The last position of the last whole batch at or before *moment*: a position or an instant.

    Inside a batch it steps back to the batch before. Raises BadAsOf.
    """
    head = journal.head()
    if moment.isascii() and moment.isdigit():
        position = int(moment)
        if position > head:
            raise BadAsOf(f"position {position} is ahead of the journal, which ends at {head}")
        return _whole_batch(journal, folding, position, head)
    instant_ns = nanos(moment)
    low, high = 0, head  # the answer lies in [low, high]
    while low < high:
        middle = (low + high + 1) // 2
        if _event_at(journal, folding, middle).at_ns <= instant_ns:
            low = middle
        else:
            high = middle - 1
    return low


def nanos(text: str) -> int:
    """An instant in RFC 3339, up to nine decimals, as ns since 1970. Raises BadAsOf."""
    found = _INSTANT.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError(text)
        zone = "+00:00" if found[3] in "Zz" else found[3]
        whole = datetime.fromisoformat(found[1] + zone) - datetime(1970, 1, 1, tzinfo=UTC)
    except ValueError:
        raise BadAsOf(
            f"{text!r} is neither a position nor an instant such as 2026-11-30T16:00:00Z"
        ) from None
    seconds = whole.days * DAY_S + whole.seconds
    return seconds * SECOND_NS + int((found[2] or "0").ljust(9, "0"))


def _whole_batch(journal: Journal, folding: AuditFold[State], position: int, head: int) -> int:
    """*position* if a batch ends there, else the end of the batch before."""
    if position in (0, head) or _event_at(journal, folding, position + 1).cause == 0:
        return position
    event = _event_at(journal, folding, position)
    return first_position(event, position) - 1


def _event_at(journal: Journal, folding: AuditFold[State], position: int) -> Event:
    row: JournalRow = next(iter(journal.read(position - 1, position)))
    return folding.codec.decode(row)
