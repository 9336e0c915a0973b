"""Inspection: a later report on units already registered, by an inspector or by who holds them."""

from ledger.caller import Caller
from ledger.commands import InspectUnits
from ledger.events import Event
from ledger.ids import UnitId
from ledger.inspection.attached_report import read_attached
from ledger.inspection.findings import ReportContext, conflict, findings
from ledger.inspection.identity_ruling import disowned, lifted
from ledger.inspection.recognition import RecognisedUnit, servers
from ledger.moment import Moment
from ledger.offices import has_role
from ledger.records import Unit
from ledger.refusals import Reason, Refused, sentence_of
from ledger.register import Register
from ledger.things.grade import INSPECTOR_C
from ledger.things.provenance import units_of
from ledger.things.site import site_of
from ledger.things.thing import owner_of, thing_of
from ledger.things.unit import SELF_REPORTED

LOAD_TESTS = ("passed", "failed", "none")


def inspect_units(
    register: Register, command: InspectUnits, caller: Caller, moment: Moment
) -> list[Event]:
    """Inspect each registered unit that the report shows beside the one named.

    An inspector may add a load test and what he saw, and decides between cards that claim one
    UUID; a holder's own report is `self_reported`, also where the holder is an inspector. Cards of
    the report that are not registered, or not the caller's to inspect, are passed over.
    """
    _must_be_well_formed(command)
    named = units_of(register, command.unit)
    is_inspector = _is_inspecting_others(register, command, named, caller)
    site = site_of(register, register.nodes[named[0].node])
    report = read_attached(register, command.report_sha256, site, caller, moment)
    own_flags = () if is_inspector else (SELF_REPORTED,)
    context = ReportContext(
        command.report_sha256,
        report.taken_ns,
        caller.party,
        command.load_test,
        (*command.flags, *own_flags),
    )
    sightings = {
        sighting.unit.unit: sighting
        for server in servers(register, report, caller.party, moment)
        for sighting in server.sightings
        if sighting.unit is not None and _may_inspect(register, sighting.unit, caller, is_inspector)
    }
    for unit in named:
        if unit.unit not in sightings:
            raise Refused(
                Reason.unknown_unit,
                sentence_of(
                    "The report does not show {unit}: take it on its server.", unit=unit.unit
                ),
            )
    return (
        _decided(register, context, sightings, moment)
        if is_inspector
        else _reported(register, context, sightings, moment)
    )


def _reported(
    register: Register,
    context: ReportContext,
    sightings: dict[UnitId, RecognisedUnit],
    moment: Moment,
) -> list[Event]:
    """What a holder says of its own cards; whom it contradicts is held with it."""
    numbers = register.numbers()
    events: list[Event] = []
    for unit, sighting in sightings.items():
        thing = thing_of(register, register.units[unit])
        events += findings(register, numbers, context, sighting, unit, moment)
        events += conflict(
            register,
            numbers,
            context,
            sighting,
            unit,
            thing.thing if thing is not None else unit,
            moment,
        )
    return events


def _decided(
    register: Register,
    context: ReportContext,
    sightings: dict[UnitId, RecognisedUnit],
    moment: Moment,
) -> list[Event]:
    """What an inspector saw, and what that settles."""
    numbers = register.numbers()
    events: list[Event] = []
    for unit, sighting in sightings.items():
        inspected, *found = findings(register, numbers, context, sighting, unit, moment)
        events += [inspected, *disowned(register, unit, sighting), *found]
    return events + list(lifted(register, sightings))


def _is_inspecting_others(
    register: Register, command: InspectUnits, named: list[Unit], caller: Caller
) -> bool:
    """Whether an inspector asks, and of another's units: nobody is inspector of its own."""
    owners = {owner_of(register, unit) for unit in named}
    if has_role(register, caller.party, "inspector") and caller.party not in owners:
        return True
    if owners != {caller.party}:
        raise Refused(
            Reason.not_the_owner,
            sentence_of(
                "{unit} is another party's: an inspector may look at it.", unit=command.unit
            ),
        )
    if command.flags or command.load_test != "none":
        raise Refused(
            Reason.role_missing,
            "A load test and an inspector's flags are for a party with the role inspector, and "
            "never for its own cards: ask another inspector.",
        )
    return False


def _may_inspect(register: Register, unit: Unit, caller: Caller, is_inspector: bool) -> bool:
    return is_inspector != (owner_of(register, unit) == caller.party)


def _must_be_well_formed(command: InspectUnits) -> None:
    if command.load_test not in LOAD_TESTS:
        raise Refused(
            Reason.bad_field,
            sentence_of("A load test is one of: {load_tests}.", load_tests=", ".join(LOAD_TESTS)),
            field="/load_test",
        )
    for flag in command.flags:
        if flag not in INSPECTOR_C:
            raise Refused(
                Reason.bad_field,
                sentence_of(
                    "An inspector's flag is one of: {inspector_c}.",
                    inspector_c=", ".join(INSPECTOR_C),
                ),
                field="/flags",
            )
