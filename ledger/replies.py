"""The results that the ledger's ops reply with: pure functions of a batch's events (WIRE 3).

The rows of ops name them. The same batch tells the same, read again from the journal years later.
`_ns` are integers here; the gateway writes them as text.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from ledger.cash.postings import POSTINGS
from ledger.events import (
    CashPosted,
    DeliveryAccepted,
    Event,
    GroupChanged,
    HoldPlaced,
    HoldReleased,
    ModelListed,
    NodeRegistered,
    NodeSiteSet,
    OwnershipDeclared,
    ProposalMade,
    ProvenanceFiled,
    ProvenanceGraded,
    ProvenanceVerified,
    ReportFiled,
    TitleIssued,
    UnitGraded,
    UnitIdentified,
    UnitInspected,
    UnitRegistered,
)
from ledger.ids import is_node
from ledger.inspection.report_notes import rejected_of, warnings_of
from ledger.inspection.site_words import NODE_SITE
from ledger.op import Result, ResultOf
from ledger.settlement.acceptance import matched

Kind = TypeVar("Kind", bound=Event)


def outcome_event(events: Sequence[Event]) -> Event:
    """The fact that is the outcome: the first, but for the cash entry of another fact."""
    for event in events:
        if not isinstance(event, CashPosted):
            return event
    return events[0]


def outcome_result(results: Mapping[type[Event], ResultOf], events: Sequence[Event]) -> Result:
    """The result of a batch, by the first of its facts for which there are words."""
    for event in events:
        render = results.get(type(event))
        if render is not None:
            return render(event, events)
    raise AssertionError("an op tells each fact that may be its outcome")


def _all(kind: type[Kind], events: Iterable[Event]) -> list[Kind]:
    return [event for event in events if isinstance(event, kind)]


def fields(*names: str, **more: Any) -> ResultOf:
    """A result of these members of the outcome, and these words."""

    def result(event: Event, events: Sequence[Event]) -> Result:
        return {name: getattr(event, name) for name in names} | more

    return result


def members(*names: str, **more: Any) -> Callable[[Result], Result]:
    """A result of these args of a command, and these words."""
    return lambda args: {name: args[name] for name in names} | more


def paper_on_file(args: Result) -> Result:
    """A paper that was on file already; which units a node had then, the args do not say."""
    unit = args["unit"]
    return {"document_sha256": args["document_sha256"], "units": [] if is_node(unit) else [unit]}


def proposed(event: ProposalMade, events: Sequence[Event]) -> Result:
    return {
        "proposal": event.proposal,
        "op": event.op,
        "needs": event.needs,
        "expires_ns": event.expires_ns,
    }


def ownership(event: OwnershipDeclared, events: Sequence[Event]) -> Result:
    moved = [[each.party, each.group] for each in _all(GroupChanged, events)]
    return {"owner": event.owner, "owned": event.owned, "moved": moved}


def listed(event: ModelListed, events: Sequence[Event]) -> Result:
    """The code of the model, and of all that were listed together."""
    return {"model": event.model, "models": [each.model for each in _all(ModelListed, events)]}


def imported(event: ReportFiled, events: Sequence[Event]) -> Result:
    """The nodes and units of a report, and the proposal of title if it was claimed."""
    registered = _all(UnitRegistered, events)
    identity = {each.unit: each.identity for each in registered}
    identity |= {each.unit: each.identity for each in _all(UnitIdentified, events)}
    nodes = [each.node for each in _all(NodeRegistered, events)]
    nodes += [each.node for each in registered]
    result: Result = {
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
        if proposal.op == NODE_SITE:
            operator = proposal.needs[0].partition(":")[2]
            result |= {"site_proposal": proposal.proposal, "waits_for": operator}
            continue
        missing = ["acquisition_naming_the_serial", "customs_or_origin"]
        result |= {"proposal": proposal.proposal, "missing_for_p1": missing}
    return result


def placed(event: NodeSiteSet, events: Sequence[Event]) -> Result:
    """The servers that stand there now, and the proposal of title if it was claimed."""
    result: Result = {
        "site": event.site,
        "nodes": [each.node for each in _all(NodeSiteSet, events)],
    }
    for proposal in _all(ProposalMade, events):
        result["proposal"] = proposal.proposal
    return result


def known_report(stands: Result) -> Result:
    """A report that was on file already, and all that it brought this time: nothing."""
    filed = ReportFiled(stands["site"], stands["report_sha256"], "", 0, [])
    return imported(filed, [filed])


def inspected(event: UnitInspected, events: Sequence[Event]) -> Result:
    return {
        "units": [each.unit for each in _all(UnitInspected, events)],
        "grades": {each.unit: each.grade for each in _all(UnitGraded, events)},
        "reasons": {each.unit: each.reasons for each in _all(UnitGraded, events)},
        "flags": {each.unit: each.flags for each in _all(UnitInspected, events)},
        "holds": [each.hold for each in _all(HoldPlaced, events)],
        "lifted": [each.hold for each in _all(HoldReleased, events)],
    }


def filed(event: ProvenanceFiled, events: Sequence[Event]) -> Result:
    units = [each.unit for each in _all(ProvenanceFiled, events)]
    return {"document_sha256": event.document_sha256, "units": units}


def verified(event: ProvenanceVerified, events: Sequence[Event]) -> Result:
    graded = _all(ProvenanceGraded, events)
    return {
        "document_sha256": event.document_sha256,
        "provenance": {each.unit: each.provenance for each in graded},
        "gaps": {each.unit: each.gaps for each in graded},
    }


def titles(event: TitleIssued, events: Sequence[Event]) -> Result:
    issued = _all(TitleIssued, events)
    return {"titles": [{"thing": each.thing, "holder": each.holder} for each in issued]}


def posted(event: CashPosted, events: Sequence[Event]) -> Result:
    return {"entry": event.entry, "kind": event.kind, "postings": _postings([event])}


def accepted(event: DeliveryAccepted, events: Sequence[Event]) -> Result:
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
