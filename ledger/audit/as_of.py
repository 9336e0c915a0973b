"""As-of: which position an instant means, and what a party had then (by replay, from the first)."""

from typing import Any, TypedDict

from ledger.audit.audit_fold import AuditFold
from ledger.audit.progress import Progress, no_progress
from ledger.audit.state_at import state_at
from ledger.events import Event
from ledger.fold import State
from ledger.journal.batches import first_position, last_position_by
from ledger.journal.protocol import POSITION_MOST, Journal, JournalRow
from ledger.shapes import whole_number
from ledger.time_text import instant_ns


class BadAsOf(ValueError):
    """Neither a position that the journal holds nor an instant in RFC 3339."""


class AheadOfJournal(BadAsOf):
    """An instant behind the last event: nobody knows yet what will have been true then."""

    def __init__(self, moment: str, head: int, last_ns: int) -> None:
        super().__init__(f"{moment} is ahead of the journal, which ends at position {head}")
        self.head, self.last_ns = head, last_ns


class NoSuchParty(LookupError):
    """Nobody was registered under that id then."""


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
    """Titles, leases and cash of one party when *position* had been applied.

    Raises Broken, and NoSuchParty for one that was not there.
    """
    state, at = state_at(journal, folding, position, progress)
    register = state.register
    if party not in register.parties:
        raise NoSuchParty(_unknown(journal, party, position))
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


def _unknown(journal: Journal, party: str, position: int) -> str:
    """That nobody had this id then; and since when somebody has it."""
    later = next(iter(journal.read_stream(f"party:{party}")), None)
    words = f"no such party: no party {party} was registered at position {position}"
    return words if later is None else f"{words}; it was at {later.position}"


def position_of(journal: Journal, folding: AuditFold[State], moment: str) -> int:
    """The last position of the last whole batch at or before *moment*: a position or an instant.

    Inside a batch it steps back to the batch before, but for the first. Raises BadAsOf, of an
    instant behind the last event AheadOfJournal: the head is no answer to it.
    """
    head = journal.head()
    position = whole_number(moment, POSITION_MOST)
    if position is not None:
        if position > head:
            raise BadAsOf(f"position {position:,} is ahead of the journal, which ends at {head:,}")
        return _whole_batch(journal, folding, position, head)
    at_ns = nanos(moment)
    if head and at_ns > (last_ns := _event_at(journal, folding, head).at_ns):
        raise AheadOfJournal(moment.strip(), head, last_ns)
    return last_position_by(journal, folding.codec, at_ns, head)


def nanos(text: str) -> int:
    """An instant in RFC 3339, up to nine decimals, as ns since 1970. Raises BadAsOf."""
    at_ns = instant_ns(text.strip())
    if at_ns is None:
        raise BadAsOf(f"{text!r} is neither a position nor an instant such as 2026-11-30T16:00:00Z")
    return at_ns


def _whole_batch(journal: Journal, folding: AuditFold[State], position: int, head: int) -> int:
    """*position* if a batch ends there, else the end of the batch before.

    Inside the first batch, which opens the venue, it is *position* itself: none is before it.
    """
    if position in (0, head) or _event_at(journal, folding, position + 1).cause == 0:
        return position
    event = _event_at(journal, folding, position)
    return first_position(event, position) - 1 or position


def _event_at(journal: Journal, folding: AuditFold[State], position: int) -> Event:
    row: JournalRow = next(iter(journal.read(position - 1, position)))
    return folding.codec.decode(row)
