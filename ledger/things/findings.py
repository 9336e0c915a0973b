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
from ledger.ids import Numbers
from ledger.records import Unit
from ledger.register import Register
from ledger.things.grade import Grade, grade
from ledger.things.identity import Identity
from ledger.things.recognition import Sighting
from ledger.things.thing import is_node, thing_of


class Look(Struct, frozen=True):
    """One report on its way into the ledger: who looked, when, and what else he says."""

    report_sha256: str  # base64url
    taken_ns: int | None
    inspector: str
    load_test: str = "none"
    flags: tuple[str, ...] = ()  # the inspector's own, or self_reported


def graded(register: Register, look: Look, sighting: Sighting) -> Grade:
    """The grade that the report gives a unit now."""
    return grade(
        sighting.reading,
        look.taken_ns,
        register.at_ns,
        sighting.model,
        load_test=look.load_test,
        inspector_flags=look.flags,
        valid_ns=register.rule("grade_valid"),
    )


def findings(
    register: Register, numbers: Numbers, look: Look, sighting: Sighting, unit: str
) -> list[Event]:
    """The events of one unit's inspection; *unit* may be registered in the same batch."""
    known = sighting.unit
    events: list[Event] = [
        UnitInspected(
            unit=unit,
            inspection=numbers.next("i"),
            report_sha256=look.report_sha256,
            taken_ns=look.taken_ns or 0,
            inspector=look.inspector,
            readings=sighting.reading.readings,
            load_test=look.load_test,
            flags=[*sighting.flags, *look.flags],
        )
    ]
    if known is not None and (identified := _identified(known, sighting)):
        events.append(identified)
    if known is None or is_newest(known, look):
        letter = graded(register, look, sighting)
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
    register: Register, numbers: Numbers, look: Look, sighting: Sighting, unit: str, thing: str
) -> list[Event]:
    """Two cards claim one UUID: both are held until an inspector decides. [] if none do."""
    if not sighting.conflicts_with:
        return []
    other = register.units[sighting.conflicts_with]
    others = thing_of(register, other)
    found = IdentityConflictFound(unit=unit, other=other.unit, fields=["uuid"])
    held = [thing, others.thing if others is not None else other.unit]
    return [found, *(_hold(register, numbers, look, each, unit) for each in dict.fromkeys(held))]


def is_newest(unit: Unit, look: Look) -> bool:
    """Whether a report is at least as new as the one that the unit's grade stands on."""
    return (look.taken_ns or 0) >= unit.taken_ns


def serial_of(known: Identity, sighting: Sighting) -> tuple[str, str]:
    """(serial, board part number) as the register keeps them: "" where it identifies nothing."""
    if "virtual_function" in sighting.reading.flags:
        return "", ""  # the card behind it bears that serial, and so do its other functions
    if known.strong_key is not None:
        return known.strong_key.serial, known.strong_key.part
    return sighting.reading.serial or "", sighting.reading.board_part_number or ""


def _identified(unit: Unit, sighting: Sighting) -> UnitIdentified | None:
    """What the report adds to a unit's identity; a report that shows less takes nothing away."""
    serial, part = serial_of(sighting.known, sighting)
    is_proven = sighting.known.level == "strong"
    if unit.identity == "strong" and not is_proven:
        serial, part = unit.serial, unit.board_part_number
    told = UnitIdentified(
        unit=unit.unit,
        serial=serial or unit.serial,
        board_part_number=part or unit.board_part_number,
        uuid=sighting.known.uuid or unit.uuid,
        identity="strong" if is_proven else unit.identity,
    )
    before = (unit.serial, unit.board_part_number, unit.uuid, unit.identity)
    after = (told.serial, told.board_part_number, told.uuid, told.identity)
    return None if before == after else told


def _hold(
    register: Register, numbers: Numbers, look: Look, thing: str, reference: str
) -> HoldPlaced:
    return HoldPlaced(
        node=thing if is_node(thing) else "",
        unit="" if is_node(thing) else thing,
        hold=numbers.next("h"),
        kind="identity",
        from_ns=register.at_ns,
        to_ns=0,
        reference=reference,
        basis_sha256=look.report_sha256,
    )
