"""What a report on a unit leaves in the ledger: inspected, identified, graded, or in conflict."""

from msgspec import Struct

from ledger.events import (
    Event,
    HoldPlaced,
    IdentityConflictFound,
    UnitGraded,
    UnitIdentified,
    UnitInspected,
)
from ledger.ids import HoldId, InspectionId, Numbers, PartyId, ThingId, UnitId, named_by
from ledger.inspection.recognition import RecognisedUnit
from ledger.moment import Moment
from ledger.records import Unit
from ledger.register import Register
from ledger.reports.identity import Identity
from ledger.things.grade import INSPECTOR_C, LOAD_TEST_FAILED, Grade, grade
from ledger.things.thing import thing_of
from ledger.things.unit import SELF_REPORTED
from ledger.words import IDENTITIES, IdentityLevel


class ReportContext(Struct, frozen=True):
    """One report on its way into the ledger: who looked, when, and what else he says."""

    report_sha256: str  # base64url
    taken_ns: int | None
    inspector: PartyId
    load_test: str = "none"
    flags: tuple[str, ...] = ()  # the inspector's own, or self_reported

    @property
    def has_found_faults(self) -> bool:
        """Whether an inspector saw what no report tells: then it counts, however old the report."""
        return self.load_test == "failed" or any(flag in INSPECTOR_C for flag in self.flags)


def graded(
    register: Register, context: ReportContext, sighting: RecognisedUnit, moment: Moment
) -> Grade:
    """The grade that the report gives a unit now; a holder's own takes no inspector's word back."""
    faults: list[str] = []
    if sighting.unit is not None and SELF_REPORTED in context.flags:
        faults = sighting.unit.faults
    found = grade(
        sighting.reading,
        context.taken_ns,
        moment.at_ns,
        sighting.model,
        load_test="failed" if LOAD_TEST_FAILED in faults else context.load_test,
        inspector_flags=(*context.flags, *faults),
        valid_ns=register.rules.value("grade_valid", moment.at_ns),
    )
    is_over = found.valid_to_ns is not None and found.valid_to_ns <= moment.at_ns
    if found.letter == "C" and is_over:  # as its timer would say at once (DOMAIN 1)
        return Grade("U", ("report_too_old", *found.reasons), found.valid_to_ns, found.causes)
    return found


def findings(
    register: Register,
    numbers: Numbers,
    context: ReportContext,
    sighting: RecognisedUnit,
    unit: UnitId,
    moment: Moment,
) -> list[Event]:
    """The events of one unit's inspection; *unit* may be registered in the same batch."""
    known = sighting.unit
    events: list[Event] = [
        UnitInspected(
            unit=unit,
            inspection=numbers.next(InspectionId),
            report_sha256=context.report_sha256,
            taken_ns=context.taken_ns or 0,
            inspector=context.inspector,
            readings=sighting.reading.readings,
            load_test=context.load_test,
            flags=[*sighting.flags, *context.flags],
        )
    ]
    if known is not None and (identified := _identified(known, sighting)):
        events.append(identified)
    if known is None or is_newest(known, context) or context.has_found_faults:
        letter = graded(register, context, sighting, moment)
        events.append(
            UnitGraded(
                unit=unit,
                grade=letter.letter,
                reasons=list(letter.reasons),
                valid_to_ns=letter.valid_to_ns or 0,
            )
        )
    return events


def conflict(
    register: Register,
    numbers: Numbers,
    context: ReportContext,
    sighting: RecognisedUnit,
    unit: UnitId,
    thing: ThingId,
    moment: Moment,
) -> list[Event]:
    """Two cards claim one UUID: both are held until an inspector decides. [] if none do."""
    if not sighting.conflicts_with:
        return []
    other = register.units[sighting.conflicts_with]
    others = thing_of(register, other)
    found = IdentityConflictFound(unit=unit, other=other.unit, fields=["uuid"])
    held = [thing, others.thing if others is not None else other.unit]
    return [
        found,
        *(_hold(numbers, context, each, unit, moment) for each in dict.fromkeys(held)),
    ]


def is_newest(unit: Unit, context: ReportContext) -> bool:
    """Whether a report is at least as new as the one that the unit's grade stands on."""
    return (context.taken_ns or 0) >= unit.taken_ns


def serial_of(known: Identity, sighting: RecognisedUnit) -> tuple[str, str]:
    """(serial, board part number) as the register keeps them: "" where it identifies nothing."""
    if "virtual_function" in sighting.reading.flags:
        return "", ""  # the card behind it bears that serial, and so do its other functions
    if known.strong_key is not None:
        return known.strong_key.serial, known.strong_key.part
    return sighting.reading.serial or "", sighting.reading.board_part_number or ""


def _identified(unit: Unit, sighting: RecognisedUnit) -> UnitIdentified | None:
    """What the report adds to a unit's identity; a report that shows less takes nothing away."""
    serial, part = serial_of(sighting.known, sighting)
    uuid = sighting.known.uuid or unit.uuid
    is_proven = sighting.known.level == "strong"
    if unit.identity == "strong" and not is_proven:
        serial, part, uuid = unit.serial, unit.board_part_number, unit.uuid or uuid
    identified = UnitIdentified(
        unit=unit.unit,
        serial=serial or unit.serial,
        board_part_number=part or unit.board_part_number,
        uuid=uuid,
        identity=_level(unit, sighting),
        model=lacking_model(unit, sighting),
    )
    before = (unit.serial, unit.board_part_number, unit.uuid, unit.identity, "")
    after = (
        identified.serial,
        identified.board_part_number,
        identified.uuid,
        identified.identity,
        identified.model,
    )
    return None if before == after else identified


def lacking_model(unit: Unit, sighting: RecognisedUnit) -> str:
    """The model of a unit that was registered before the venue listed it; "" if nothing is new."""
    return sighting.model.code if sighting.model is not None and not unit.model else ""


def _level(unit: Unit, sighting: RecognisedUnit) -> IdentityLevel:
    """As well as it was known, or as this report shows it if that is better."""
    return min((unit.identity, sighting.known.level), key=IDENTITIES.index)


def _hold(
    numbers: Numbers,
    context: ReportContext,
    thing: ThingId,
    reference: str,
    moment: Moment,
) -> HoldPlaced:
    node, unit = named_by(thing)
    return HoldPlaced(
        node=node,
        unit=unit,
        hold=numbers.next(HoldId),
        kind="identity",
        from_ns=moment.at_ns,
        to_ns=0,
        reference=reference,
        basis_sha256=context.report_sha256,
    )
