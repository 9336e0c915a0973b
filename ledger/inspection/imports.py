"""Import: a report of real servers becomes nodes and units, or says why not (DOMAIN 9)."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from ledger.caller import Caller
from ledger.commands import ImportInventory, IssueTitle
from ledger.events import (
    Event,
    NodeIdentified,
    NodeRegistered,
    NothingToDo,
    ReportFiled,
    UnitRegistered,
)
from ledger.ids import NodeId, Numbers, PartyId, ThingId, UnitId
from ledger.inspection.attached_report import read_attached, refused
from ledger.inspection.findings import (
    ReportContext,
    conflict,
    findings,
    graded,
    lacking_model,
    serial_of,
)
from ledger.inspection.import_preview import lots_shown, units_shown
from ledger.inspection.recognition import RecognisedNode, RecognisedUnit, rejections, servers
from ledger.inspection.report_notes import remarks
from ledger.inventory import ReaderWarning, RejectedUnit, Report
from ledger.moment import Moment
from ledger.offices import must_hold
from ledger.oversight.approvals import propose
from ledger.records import Site
from ledger.refusals import Reason, Refused
from ledger.register import Register
from ledger.rights.title import TITLE, proposed_titles, title_needs
from ledger.things.grade import warnings
from ledger.things.site import OPEN_FOR_IMPORT, find_site
from ledger.things.thing import BOARD_FORMS, thing_of, worst_identity
from ledger.things.unit import SELF_REPORTED

OP = "import.new"


class ImportPlan(NamedTuple):
    """What an import would do: the servers that stand, and all that does not."""

    site: Site
    report: Report
    context: ReportContext
    servers: list[RecognisedNode]
    rejected: list[RejectedUnit]
    warnings: list[ReaderWarning]


def import_inventory(
    register: Register, command: ImportInventory, caller: Caller, moment: Moment
) -> list[Event]:
    """File the report, register what is new in it, and inspect all that it shows.

    A server with a refused unit is left out and remarked; a report of which nothing stands is
    refused with the first reason. The same report again leaves `NothingToDo`.
    """
    plan = plan_import(register, command, caller, moment)
    if command.dry_run or is_known(register, plan):  # a dry run is `preview_import`'s to answer
        digest = plan.context.report_sha256
        stands = {"site": register.reports.get(digest, plan.site.site), "report_sha256": digest}
        return [NothingToDo(party=caller.party, op=OP, stands=stands)]
    numbers = register.numbers()
    events: list[Event] = [
        ReportFiled(
            site=plan.site.site,
            report_sha256=plan.context.report_sha256,
            format=plan.report.format,
            taken_ns=plan.report.taken_ns or 0,
            warnings=remarks(plan.warnings, plan.rejected),
        )
    ]
    claimed: dict[ThingId, None] = {}
    for server in plan.servers:
        node = _node_events(server, plan.site, caller.party, numbers, events)
        for slot, sighting in _by_slot(server):
            unit = _unit_events(
                register, plan.context, sighting, node, slot, numbers, events, moment
            )
            thing = node if server.board_model else unit
            events += conflict(register, numbers, plan.context, sighting, unit, thing, moment)
            if command.claim and _is_claimable(register, server, sighting):
                claimed[thing] = None
    return events + _claim(register, claimed, caller, moment)


def apply_report_filed(register: Register, event: ReportFiled, moment: Moment) -> None:
    register.reports[event.report_sha256] = event.site


def preview_import(
    register: Register, command: ImportInventory, caller: Caller, moment: Moment
) -> dict[str, Any]:
    """The answer of a dry run (WIRE 3): what the import would say, and nothing written.

    Refuses what the import itself would refuse.
    """
    plan = plan_import(register, command, caller, moment)
    sightings = [sighting for server in plan.servers for sighting in server.sightings]
    letters = [graded(register, plan.context, sighting, moment).letter for sighting in sightings]
    levels = [sighting.known.level for sighting in sightings]
    return {
        "dry_run": True,
        "nodes": len(plan.servers),
        "units": len(sightings),
        "new_units": 0
        if is_known(register, plan)
        else sum(sighting.unit is None for sighting in sightings),
        "identity": {level: levels.count(level) for level in ("strong", "medium", "weak")},
        "grades": {letter: letters.count(letter) for letter in ("A", "B", "C", "U")},
        "rejected": [{"where": each.where, "why": each.text} for each in plan.rejected],
        "warnings": [
            {"line": each.line, "code": each.code, "value": each.value} for each in plan.warnings
        ],
        "seen": units_shown(register, plan.context, plan.servers, moment),
        "things": lots_shown(register, plan.context, plan.servers, moment),
    }


def plan_import(
    register: Register, command: ImportInventory, caller: Caller, moment: Moment
) -> ImportPlan:
    """Judge the whole report before anything is written; refuses it if nothing of it stands."""
    must_hold(register, caller, "owner", "operator")
    site = find_site(register, command.site)
    if site.status not in OPEN_FOR_IMPORT:
        raise Refused(
            Reason.wrong_state,
            f"{site.site} is {site.status}: nothing is placed there. Name another site.",
        )
    report = read_attached(register, command.report_sha256, site, caller, moment)
    context = ReportContext(
        command.report_sha256, report.taken_ns, caller.party, flags=(SELF_REPORTED,)
    )
    rejected = list(report.rejected)
    lost = {each.node for each in rejected}  # one strange card leaves its whole server out
    standing = []
    for server in servers(register, report, caller.party, moment):
        unfit = rejections(register, server, site.site, caller.party)
        rejected += unfit
        if not unfit and server.name not in lost:
            standing.append(server)
    if not standing:
        raise refused(rejected[0])
    found = [
        warned
        for server in standing
        for sighting in server.sightings
        for warned in warnings(sighting.reading, graded(register, context, sighting, moment))
    ]
    about = [ReaderWarning(flag) for server in standing for flag in server.kind.flags]
    return ImportPlan(site, report, context, standing, rejected, [*report.warnings, *about, *found])


def is_known(register: Register, plan: ImportPlan) -> bool:
    """Whether the very same report was filed before, and shows nothing new."""
    return plan.context.report_sha256 in register.reports and not any(
        sighting.unit is None or lacking_model(sighting.unit, sighting)
        for server in plan.servers
        for sighting in server.sightings
    )


def _node_events(
    server: RecognisedNode, site: Site, party: PartyId, numbers: Numbers, events: list[Event]
) -> NodeId:
    """The node's id; a new one is registered, and loose units seen to be a board become one."""
    known, kind = server.node, server.kind
    nvlink = bool(kind.model)  # a whole board is meshed; of cards no report tells
    if known is not None:
        if server.board_model and not known.model:
            events.append(NodeIdentified(known.node, kind.model, kind.form, nvlink))
        return known.node
    node = numbers.next(NodeId)
    events.append(
        NodeRegistered(
            node=node,
            chassis_vendor="",
            chassis_model="",
            chassis_serial="",
            model=kind.model,
            form=kind.form,
            site=site.site,
            operator=site.operator,
            nvlink=nvlink,
            fabric_mbps_per_gpu=0,
            registrant=party,
        )
    )
    return node


def _unit_events(
    register: Register,
    context: ReportContext,
    sighting: RecognisedUnit,
    node: NodeId,
    slot: int,
    numbers: Numbers,
    events: list[Event],
    moment: Moment,
) -> UnitId:
    """The unit's id; a new one is registered, and each is inspected."""
    if sighting.unit is not None:
        unit = sighting.unit.unit
    else:
        unit = numbers.next(UnitId)
        serial, part = serial_of(sighting.known, sighting)
        events.append(
            UnitRegistered(
                unit=unit,
                vendor=sighting.reading.vendor,
                model=sighting.model.code if sighting.model is not None else "",
                serial=serial,
                board_part_number=part,
                uuid=sighting.known.uuid or "",
                identity=sighting.known.level,
                node=node,
                slot=slot,
                registrant=context.inspector,
            )
        )
    events += findings(register, numbers, context, sighting, unit, moment)
    return unit


def _by_slot(server: RecognisedNode) -> list[tuple[int, RecognisedUnit]]:
    slotted = [
        (place if sighting.reading.slot is None else sighting.reading.slot, sighting)
        for place, sighting in enumerate(server.sightings)
    ]
    return sorted(slotted, key=lambda each: each[0])


def _is_claimable(register: Register, server: RecognisedNode, sighting: RecognisedUnit) -> bool:
    """Whether title may be asked for at once: strong, not in conflict, of a market, untitled."""
    sightings = server.sightings if server.board_model else (sighting,)
    levels = [each.known.level for each in sightings]
    if worst_identity(levels) != "strong" or any(each.conflicts_with for each in sightings):
        return False
    if any(each.unit is not None and each.unit.holds for each in sightings):
        return False
    thing = thing_of(register, sighting.unit) if sighting.unit is not None else None
    if thing is not None:
        shown = {each.unit.unit for each in sightings if each.unit is not None}
        hidden = [register.units[unit] for unit in thing.units if unit not in shown]
        is_free = not thing.owner and not thing.holds
        return is_free and all(unit.identity == "strong" for unit in hidden)
    model = sighting.model
    return bool(server.board_model) or (model is not None and model.form not in BOARD_FORMS)


def _claim(
    register: Register, claimed: Iterable[ThingId], caller: Caller, moment: Moment
) -> list[Event]:
    """The proposal that a clerk issue title to the registrant, basis opening."""
    proposed = proposed_titles(register)
    things = [thing for thing in claimed if thing not in proposed]
    if not things:
        return []
    title = IssueTitle(things=things)
    return propose(
        register, TITLE, title, caller, title_needs(register, title, caller, moment), moment
    )
