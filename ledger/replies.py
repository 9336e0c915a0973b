"""What the ledger answers to an accepted command: a pure function of its batch's events (WIRE 3).

The same batch gives the same answer, read again from the journal years later. `_ns` are integers
here; the door writes them as text.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from ledger.cash.postings import POSTINGS
from ledger.events import (
    CashPosted,
    CustodyMoved,
    Delivered,
    DeliveryAccepted,
    DeliveryInstructed,
    Event,
    GroupChanged,
    HoldPlaced,
    HoldReleased,
    KycTierSet,
    ModelListed,
    NodeRegistered,
    NothingToDo,
    OwnershipDeclared,
    PartyRegistered,
    PartyReinstated,
    PartySuspended,
    PaymentConfirmed,
    PaymentInstructed,
    PaymentRefused,
    PrincipalEnrolled,
    PrincipalRevoked,
    ProposalApproved,
    ProposalMade,
    ProposalRejected,
    ProposalWithdrawn,
    ProvenanceFiled,
    ProvenanceGraded,
    ProvenanceVerified,
    ReportFiled,
    RoleGranted,
    RoleRevoked,
    RuleSet,
    SettlementFailed,
    SiteRegistered,
    SiteStatusSet,
    TitleIssued,
    UnitGraded,
    UnitIdentified,
    UnitInspected,
    UnitRegistered,
    UsageMetered,
    VenueOpened,
)
from ledger.inspection.report_notes import rejected_of, warnings_of
from ledger.settlement.acceptance import matched

OK, CREATED, ACCEPTED = 200, 201, 202

Result = dict[str, Any]
Tell = Callable[[Any, Sequence[Event]], Result]
Kind = TypeVar("Kind", bound=Event)


def answer(op: str, events: Sequence[Event]) -> tuple[int, Result]:
    """(HTTP status, result) of an accepted command, told by the facts of its batch."""
    if isinstance(events[0], ProposalApproved):
        return OK, _approved(events[0], events[1:])
    speaker = _speaker(events)
    status = CREATED if type(speaker) in CREATES else OK
    if isinstance(speaker, ProposalMade):
        status = ACCEPTED
    return status, _told(events)


def _told(events: Sequence[Event]) -> Result:
    speaker = _speaker(events)
    tell = TELL.get(type(speaker))
    return tell(speaker, events) if tell is not None else {}


def _speaker(events: Sequence[Event]) -> Event:
    """The fact that says what was done: the first, but for the cash entry of another fact."""
    return next((event for event in events if not isinstance(event, CashPosted)), events[0])


def _approved(event: ProposalApproved, rest: Sequence[Event]) -> Result:
    """Alone: others are still to approve. Else the command's own events follow."""
    if not rest:
        return {"proposal": event.proposal, "state": "waiting"}
    return {"proposal": event.proposal, "state": "approved", "outcome": _told(rest)}


def _all(kind: type[Kind], events: Iterable[Event]) -> list[Kind]:
    return [event for event in events if isinstance(event, kind)]


def _fields(*names: str, **more: Any) -> Tell:
    """Tell these members of the first fact, and these words."""

    def tell(event: Event, events: Sequence[Event]) -> Result:
        return {name: getattr(event, name) for name in names} | more

    return tell


def _nothing(event: NothingToDo, events: Sequence[Event]) -> Result:
    return {}


def _proposed(event: ProposalMade, events: Sequence[Event]) -> Result:
    return {
        "proposal": event.proposal,
        "op": event.op,
        "needs": event.needs,
        "expires_ns": event.expires_ns,
    }


def _ownership(event: OwnershipDeclared, events: Sequence[Event]) -> Result:
    moved = [[each.party, each.group] for each in _all(GroupChanged, events)]
    return {"owner": event.owner, "owned": event.owned, "moved": moved}


def _import(event: ReportFiled, events: Sequence[Event]) -> Result:
    """The nodes and units of a report, and the proposal of title if it was claimed."""
    registered = _all(UnitRegistered, events)
    identity = {each.unit: each.identity for each in registered}
    identity |= {each.unit: each.identity for each in _all(UnitIdentified, events)}
    nodes = [each.node for each in _all(NodeRegistered, events)]
    nodes += [each.node for each in registered]
    told: Result = {
        "site": event.site,
        "report_sha256": event.report_sha256,
        "nodes": list(dict.fromkeys(nodes)),
        "units": [each.unit for each in _all(UnitInspected, events)],
        "new_units": [each.unit for each in registered],
        "identity": identity,
        "grades": {each.unit: each.grade for each in _all(UnitGraded, events)},
        "rejected": rejected_of(event.warnings),
        "warnings": warnings_of(event.warnings),
        "holds": [each.hold for each in _all(HoldPlaced, events)],
    }
    for proposal in _all(ProposalMade, events):
        missing = ["acquisition_naming_the_serial", "customs_or_origin"]
        told |= {"proposal": proposal.proposal, "missing_for_p1": missing}
    return told


def _inspection(event: UnitInspected, events: Sequence[Event]) -> Result:
    return {
        "units": [each.unit for each in _all(UnitInspected, events)],
        "grades": {each.unit: each.grade for each in _all(UnitGraded, events)},
        "reasons": {each.unit: each.reasons for each in _all(UnitGraded, events)},
        "flags": {each.unit: each.flags for each in _all(UnitInspected, events)},
        "holds": [each.hold for each in _all(HoldPlaced, events)],
        "lifted": [each.hold for each in _all(HoldReleased, events)],
    }


def _filed(event: ProvenanceFiled, events: Sequence[Event]) -> Result:
    units = [each.unit for each in _all(ProvenanceFiled, events)]
    return {"document_sha256": event.document_sha256, "units": units}


def _verified(event: ProvenanceVerified, events: Sequence[Event]) -> Result:
    graded = _all(ProvenanceGraded, events)
    return {
        "document_sha256": event.document_sha256,
        "provenance": {each.unit: each.provenance for each in graded},
        "gaps": {each.unit: each.gaps for each in graded},
    }


def _titles(event: TitleIssued, events: Sequence[Event]) -> Result:
    titles = _all(TitleIssued, events)
    return {"titles": [{"thing": each.thing, "holder": each.holder} for each in titles]}


def _posted(event: CashPosted, events: Sequence[Event]) -> Result:
    return {"entry": event.entry, "kind": event.kind, "postings": _postings([event])}


def _accepted(event: DeliveryAccepted, events: Sequence[Event]) -> Result:
    compared = matched(event)
    return {
        "settlement": event.settlement,
        "state": "settled",
        "postings": _postings(events),
    } | ({"compared": compared} if compared else {})


def _postings(events: Iterable[Event]) -> list[list[Any]]:
    """Every row of cash that these facts moved, as the one table of postings says."""
    return [
        [account, amount_minor]
        for event in events
        if type(event) in POSTINGS
        for account, amount_minor in POSTINGS[type(event)](event)
    ]


TELL: dict[type[Event], Tell] = {
    NothingToDo: _nothing,
    ProposalMade: _proposed,
    ProposalRejected: _fields("proposal", state="rejected"),
    ProposalWithdrawn: _fields("proposal", state="withdrawn"),
    VenueOpened: _fields("venue", "party", "clerks"),
    RuleSet: _fields("rule", "from_ns"),
    ModelListed: _fields("model"),
    PartyRegistered: _fields("party"),
    KycTierSet: _fields("party", "kyc_tier"),
    RoleGranted: _fields("party", "role"),
    RoleRevoked: _fields("party", "role"),
    PartySuspended: _fields("party", state="suspended"),
    PartyReinstated: _fields("party", state="active"),
    OwnershipDeclared: _ownership,
    PrincipalEnrolled: _fields("principal", "party", "scopes", "valid_to_ns"),
    PrincipalRevoked: _fields("principal", "party", state="revoked"),
    SiteRegistered: _fields("site", "name", "operator", "delivery_point"),
    SiteStatusSet: _fields("site", "status"),
    ReportFiled: _import,
    UnitInspected: _inspection,
    ProvenanceFiled: _filed,
    ProvenanceVerified: _verified,
    TitleIssued: _titles,
    CashPosted: _posted,
    PaymentInstructed: _fields("payment", "amount_minor", state="withdrawing"),
    PaymentConfirmed: _fields("payment", state="paid"),
    PaymentRefused: _fields("payment", state="refused"),
    UsageMetered: _fields("lease", "earned_minor", "fee_minor", "returned_minor"),
    DeliveryInstructed: _fields("settlement", "mode", "due_ns", state="delivering"),
    Delivered: _fields("settlement", "inspect_until_ns", state="inspecting"),
    DeliveryAccepted: _accepted,
    SettlementFailed: _fields("settlement", "at_fault", "cure_until_ns", state="failed"),
    CustodyMoved: _fields("node", "to_party", "site"),
}

# A new thing: 201, and the door says where it is.
CREATES: frozenset[type[Event]] = frozenset(
    {
        VenueOpened,
        RuleSet,
        ModelListed,
        PartyRegistered,
        PrincipalEnrolled,
        SiteRegistered,
        ReportFiled,
        CashPosted,
        PaymentInstructed,
    }
)
