"""Who stands behind a position: principal, key and signature, proposer and approvers (DOMAIN 7)."""

from collections.abc import Iterator
from typing import Any, Final, TypedDict

from ledger.audit.audit_fold import AuditFold
from ledger.audit.signed_commands import public_key
from ledger.authority.signatures import is_signature
from ledger.base64url import text64
from ledger.events import Event, PrincipalEnrolled, ProposalApproved, ProposalMade
from ledger.fold import State
from ledger.journal.batches import StoredBatch, batches, first_position
from ledger.journal.protocol import CommandRow, Journal, JournalRow

BATCH_ROWS_MOST: Final = 100_000
PROPOSAL: Final = "proposal_made"


class Authorship(TypedDict):
    """What `audit who` prints. `is_signed`: null where there is no signature to check."""

    position: int
    at_ns: int
    topic: str
    first_position: int
    last_position: int
    op: str  # "": the engine itself acted, or it is read from a log (command_sha256 stands)
    party: str
    principal: str
    key: str
    session: str
    label: str
    received_ns: int
    signed: str  # the exact text that was signed
    signature: str
    public_key: str
    is_signed: bool | None
    proposal: dict[str, Any] | None  # the proposal that the batch approves: who made it, who agreed
    command_sha256: str  # of what was signed for the batch; "": the engine itself acted
    faults: list[str]  # what ties the batch to its command, and does not hold; by check


class NoSuchPosition(LookupError):
    """The journal does not reach that far."""


def who(
    journal: Journal, folding: AuditFold[State], position: int, *, has_commands: bool = True
) -> Authorship:
    """Raises NoSuchPosition. *has_commands*: a published log has none, and none is missed then."""
    row = next(iter(journal.read(position - 1, position)), None) if position > 0 else None
    if row is None:
        raise NoSuchPosition(f"there is no position {position}: it ends at {journal.head()}")
    event = folding.codec.decode(row)
    command = journal.command_at(position)
    first = first_position(event, position)
    enrolled = _enrolled(journal, folding, command, first) if command else None
    return Authorship(
        position=position,
        at_ns=event.at_ns,
        topic=row.topic,
        first_position=first,
        last_position=command.last_position if command else position,
        op=command.op if command else "",
        party=command.party if command else "",
        principal=command.principal if command else "",
        key=command.key if command else "",
        session=command.session if command else "",
        label=command.label if command else "",
        received_ns=command.received_ns if command else 0,
        signed=command.signed.decode("utf-8", "replace") if command else "",
        signature=text64(command.signature) if command else "",
        public_key=enrolled.public_key if enrolled is not None else "",
        is_signed=_is_signed(command, enrolled),
        proposal=_proposal(journal, folding, first),
        command_sha256=_opening(journal, folding, first).command_sha256,
        faults=_faults(journal, folding, command, first) if has_commands else [],
    )


def _opening(journal: Journal, folding: AuditFold[State], first: int) -> Event:
    (row,) = journal.read(first - 1, first)
    return folding.codec.decode(row)


def _faults(
    journal: Journal, folding: AuditFold[State], command: CommandRow | None, first: int
) -> list[str]:
    """What `audit verify` would say of the batch alone: of its facts, its args and its time.

    Whether it was its signer's to ask is told by the state before it, which is verify's to fold.
    """
    checks = folding.act_checks(journal)
    rows = journal.read(first - 1, first - 1 + BATCH_ROWS_MOST)
    batch = next(batches(rows, folding.codec.decode))
    for row in _before(journal, batch.events[0], first):
        event = folding.codec.decode(row)
        checks.begin(StoredBatch([row], [event]), None, None, rules_from=first)
        checks.fact(row, event, None)
    checks.begin(StoredBatch(batch.rows, [*batch.events]), command, None, rules_from=1)
    for row, event in zip(batch.rows, batch.events, strict=True):
        checks.fact(row, event, None)
    failing = [check for check in checks.checks() if not check["ok"]]
    return [f"{check['name']}: {check['detail']}" for check in failing]


def _before(journal: Journal, opening: Event, first: int) -> Iterator[JournalRow]:
    """What the checks remember when they come to a batch: its proposal, and the stamp before it."""
    if isinstance(opening, ProposalApproved):
        (row,) = journal.read(first - 1, first)
        for earlier in journal.read_stream(row.stream):
            if earlier.topic == PROPOSAL and earlier.position < first:
                yield earlier
    yield from journal.read(max(0, first - 2), first - 1)


def _enrolled(
    journal: Journal, folding: AuditFold[State], command: CommandRow, before: int
) -> PrincipalEnrolled | None:
    """The enrolment of the key that the principal had when the command came in."""
    for row in journal.read_stream(f"party:{command.party}"):
        event = folding.codec.decode(row)
        is_its = isinstance(event, PrincipalEnrolled) and event.principal == command.principal
        if is_its and row.position < before:
            assert isinstance(event, PrincipalEnrolled)
            return event
    return None


def _is_signed(command: CommandRow | None, enrolled: PrincipalEnrolled | None) -> bool | None:
    if command is None or not command.signature:
        return None
    found = public_key(enrolled) if enrolled is not None else None
    return found is not None and is_signature(found, command.signature, command.signed)


def _proposal(journal: Journal, folding: AuditFold[State], first: int) -> dict[str, Any] | None:
    """Who proposed and who agreed, where the batch begins with an approval."""
    opening = next(iter(journal.read(first - 1, first)))
    approved = folding.codec.decode(opening)
    if not isinstance(approved, ProposalApproved):
        return None
    found: dict[str, Any] = {"proposal": approved.proposal, "approvers": []}
    for row in journal.read_stream(opening.stream):
        event: Event = folding.codec.decode(row)
        if isinstance(event, ProposalMade) and event.proposal == approved.proposal:
            found |= {"op": event.op, "proposer": _named(event), "position": row.position}
        elif isinstance(event, ProposalApproved) and event.proposal == approved.proposal:
            found["approvers"].append(_named(event) | {"position": row.position})
        if row.position >= first:
            break
    return found


def _named(event: ProposalMade | ProposalApproved) -> dict[str, Any]:
    return {"party": event.party, "principal": event.principal}
