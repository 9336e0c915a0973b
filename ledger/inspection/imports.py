"""Import: a report of real servers becomes nodes and units, or says why not (DOMAIN 9)."""

from collections.abc import Container, Iterable, Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from ledger.caller import Caller
from ledger.commands import ImportInventory, IssueTitle
from ledger.events import (
    Event,
    NodeIdentified,
    NodeRegistered,
    NodeSiteSet,
    NothingToDo,
    ReportFiled,
    UnitRegistered,
)
from ledger.ids import NO_ID, NodeId, Numbers, PartyId, ProposalId, ThingId, UnitId
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
from ledger.inspection.report_notes import UNCLAIMED, remarks
from ledger.inspection.site_consent import (
    is_consent_due,
    must_wait_for_no_other_site,
    propose_site,
    waiting_sites,
)
from ledger.inspection.site_words import must_be_few, refused_servers
from ledger.inventory import ReaderWarning, RejectedUnit, Report
from ledger.moment import Moment
from ledger.offices import must_hold
from ledger.oversight.approvals import propose
from ledger.records import Site, Unit
from ledger.register import Register
from ledger.rights.title import TITLE, proposed_titles, title_needs
from ledger.things.grade import warnings
from ledger.things.site import find_site, must_take_servers
from ledger.things.thing import thing_of, worst_identity
from ledger.things.unit import SELF_REPORTED

OP = "import.new"
BARRED = "barred"
NO_CLAIM = "site_unclaimed"  # the same, and title was not claimed when the operator was asked
NO_SITE = "no_site"  # the operator of its site has not agreed yet
REFUSED_SITE = "site_refused"  # it said no a moment ago
TITLED = "titled"


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
    if command.dry_run or is_known(
        register, plan, caller, moment
    ):  # a dry run is `preview_import`'s to answer
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
    unclaimed: dict[ThingId, str] = {}
    waits = is_consent_due(register, plan.site, caller, moment)
    waiting_nodes = waiting_sites(register)
    refusals = refused_servers(register, plan.site.operator, moment)
    unplaced: list[NodeId] = []
    for server in plan.servers:
        node = _node_events(server, plan.site, caller.party, numbers, events, waits=waits)
        if waits and (server.node is None or not server.node.site):
            unplaced.append(node)
        for slot, sighting in _by_slot(server):
            unit = _unit_events(
                register, plan.context, sighting, node, slot, numbers, events, moment
            )
            thing = node if server.board_model else unit
            events += conflict(register, numbers, plan.context, sighting, unit, thing, moment)
            obstacle = _obstacle(register, server, sighting)
            if node in unplaced and not obstacle:
                obstacle = _obstacle_of_place(register, node, waiting_nodes, refusals)
            if command.claim and not obstacle:
                claimed[thing] = None
            elif obstacle not in ("", TITLED) and (command.claim or obstacle == BARRED):
                unclaimed[thing] = obstacle
    waiting = proposed_titles(register) if claimed else {}
    unclaimed |= {thing: f"waits as {waiting[thing]}" for thing in claimed if thing in waiting}
    if unclaimed:
        filed = [
            ReaderWarning(UNCLAIMED, None, f"{on} {reason}") for on, reason in unclaimed.items()
        ]
        notes = remarks([*filed, *plan.warnings], plan.rejected)
        events[0] = replace(events[0], warnings=notes)
    placed = [node for node in unplaced if node not in waiting_nodes]
    events += propose_site(
        register, plan.site, placed, caller, moment, claim=command.claim, numbers=numbers
    )
    return events + _claim(register, claimed, waiting, caller, moment, numbers)


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
        "waits_for": _waits_for(register, plan, caller, moment),
        "nodes": len(plan.servers),
        "units": len(sightings),
        "new_units": 0
        if is_known(register, plan, caller, moment)
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


def _waits_for(
    register: Register, plan: ImportPlan, caller: Caller, moment: Moment
) -> PartyId | None:
    """The operator whose word the servers of a report would wait for."""
    refusals = refused_servers(register, plan.site.operator, moment)
    is_new = any(
        server.node is None or not (server.node.site or server.node.node in refusals)
        for server in plan.servers
    )
    if is_new and is_consent_due(register, plan.site, caller, moment):
        return plan.site.operator
    return None


def plan_import(
    register: Register, command: ImportInventory, caller: Caller, moment: Moment
) -> ImportPlan:
    """Judge the whole report before anything is written; refuses it if nothing of it stands."""
    must_hold(register, caller, "owner", "operator")
    site = find_site(register, command.site)
    must_take_servers(site)
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
    unplaced = [each.node.node for each in standing if each.node is not None and not each.node.site]
    must_wait_for_no_other_site(register, unplaced, site.site)
    if is_consent_due(register, site, caller, moment):
        answered = {*waiting_sites(register), *refused_servers(register, site.operator, moment)}
        new = sum(each.node is None for each in standing)
        new += sum(node not in answered for node in unplaced)
        if new:
            must_be_few(register, site.operator, new, caller, moment)
    found = [
        warned
        for server in standing
        for sighting in server.sightings
        for warned in warnings(sighting.reading, graded(register, context, sighting, moment))
    ]
    about = [
        ReaderWarning(flag, None, str(server.kind.reason) or None)
        for server in standing
        for flag in server.kind.flags
    ]
    return ImportPlan(site, report, context, standing, rejected, [*report.warnings, *about, *found])


def is_known(register: Register, plan: ImportPlan, caller: Caller, moment: Moment) -> bool:
    """Whether the very same report was filed before, and shows nothing new."""
    waits = is_consent_due(register, plan.site, caller, moment)
    refusals = refused_servers(register, plan.site.operator, moment)
    answered = {*waiting_sites(register), *refusals} if waits else set()
    return plan.context.report_sha256 in register.reports and not any(
        server.is_identified
        or (server.node is not None and not server.node.site and server.node.node not in answered)
        or any(
            sighting.unit is None or lacking_model(sighting.unit, sighting)
            for sighting in server.sightings
        )
        for server in plan.servers
    )


def _node_events(
    server: RecognisedNode,
    site: Site,
    party: PartyId,
    numbers: Numbers,
    events: list[Event],
    *,
    waits: bool,
) -> NodeId:
    """The node's id; a new one is registered, and loose units seen to be a board become one.

    `waits`: the operator of the site has to agree first, so it stands nowhere yet.
    """
    known, kind = server.node, server.kind
    nvlink = bool(kind.model)  # a whole board is meshed; of cards no report tells
    if known is not None:
        if not known.site and not waits:
            events.append(NodeSiteSet(known.node, site.site, site.operator))
        if server.is_identified:
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
            site=NO_ID if waits else site.site,
            operator=NO_ID if waits else site.operator,
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


def _obstacle_of_place(
    register: Register,
    node: NodeId,
    waiting: Mapping[NodeId, str],
    refusals: Container[NodeId],
) -> str:
    """Why no title is asked for to what stands at no site yet: which word of an operator lacks."""
    if node in waiting and not _is_claimed(register, waiting[node]):
        return NO_CLAIM
    return REFUSED_SITE if node in refusals else NO_SITE


def _obstacle(register: Register, server: RecognisedNode, sighting: RecognisedUnit) -> str:
    """Why title may not be asked for at once, as a code of `MEANING`; "" if it may."""
    sightings = server.sightings if server.board_model else (sighting,)
    thing = thing_of(register, sighting.unit) if sighting.unit is not None else None
    if thing is not None and thing.owner:
        return TITLED
    is_held = thing is not None and bool(thing.holds)
    if is_held or any(each.conflicts_with or _is_held(each.unit) for each in sightings):
        return BARRED
    model = sighting.model
    if thing is None and not server.board_model:
        if model is None:
            return "model_unlisted"
        if model.is_board:
            return server.kind.flags[0] if server.kind.flags else "board_incomplete"
    shown = {each.unit.unit for each in sightings if each.unit is not None}
    hidden = [unit for unit in (thing.units if thing else ()) if unit not in shown]
    levels = [each.known.level for each in sightings]
    levels += [register.units[unit].identity for unit in hidden]
    level = worst_identity(levels)
    return "" if level == "strong" else f"identity_{level}"


def _is_claimed(register: Register, proposal: str) -> bool:
    """Whether the word that is waited for brings the claim of title with it."""
    return bool(register.proposals[ProposalId(proposal)].args.get("claim"))


def _is_held(unit: Unit | None) -> bool:
    return unit is not None and bool(unit.holds)


def _claim(
    register: Register,
    claimed: Iterable[ThingId],
    waiting: Mapping[str, str],
    caller: Caller,
    moment: Moment,
    numbers: Numbers,
) -> list[Event]:
    """The proposal that a clerk issue title to the registrant, basis opening."""
    things = [thing for thing in claimed if thing not in waiting]
    if not things:
        return []
    title = IssueTitle(things=things)
    needs = title_needs(register, title, caller, moment)
    return propose(register, TITLE, title, caller, needs, moment, numbers)
