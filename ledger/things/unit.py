"""Units: one GPU each, its identity, its health grade and its state, folded from its stream."""

from ledger.events import (
    IdentityConflictFound,
    UnitGraded,
    UnitIdentified,
    UnitInspected,
    UnitRegistered,
)
from ledger.ids import advance_counter
from ledger.moment import Moment
from ledger.records import Unit
from ledger.register import Register
from ledger.things.grade import INSPECTOR_C, LOAD_TEST_FAILED
from ledger.things.thing import begin_unit, reclass_unit, thing_of
from ledger.timers import Due, push
from ledger.words import UnitState, UnitVerb

# (state, verb) -> state, of DOMAIN 4 as far as this release goes
TRANSITIONS: dict[tuple[UnitState, UnitVerb], UnitState] = {
    ("registered", "inspect"): "ready",
    ("ready", "inspect"): "ready",
    ("ready", "expire"): "registered",
    ("registered", "expire"): "registered",  # a grade that ends is U, whatever came between
}
SELF_REPORTED = "self_reported"  # the flag of a holder's own report
EXPIRED = "expired"  # the reason of a grade that a timer took away


def apply_unit_registered(register: Register, event: UnitRegistered, moment: Moment) -> None:
    advance_counter(register.counters, event.unit)
    unit = register.units[event.unit] = Unit(
        unit=event.unit,
        vendor=event.vendor,
        model=event.model,
        serial=event.serial,
        board_part_number=event.board_part_number,
        uuid=event.uuid,
        identity=event.identity,
        node=event.node,
        slot=event.slot,
        registrant=event.registrant,
    )
    _index(register, unit)
    register.nodes[event.node].units.append(event.unit)
    begin_unit(register, unit)


def apply_unit_identified(register: Register, event: UnitIdentified, moment: Moment) -> None:
    unit = register.units[event.unit]
    if event.uuid != unit.uuid:
        _leave_uuid(register, unit)
    unit.serial = event.serial
    unit.board_part_number = event.board_part_number
    unit.uuid = event.uuid
    unit.identity = event.identity
    _index(register, unit)
    if event.model:
        unit.model = event.model
        if thing_of(register, unit) is None:
            begin_unit(register, unit)
    reclass_unit(register, unit)


def apply_identity_conflict_found(
    register: Register, event: IdentityConflictFound, moment: Moment
) -> None:
    """The holds that follow in the batch are what bars the two."""


def apply_unit_inspected(register: Register, event: UnitInspected, moment: Moment) -> None:
    """The newest report counts; an older one that comes later is history."""
    advance_counter(register.counters, event.inspection)
    unit = register.units[event.unit]
    if event.taken_ns >= unit.taken_ns:
        unit.report_sha256 = event.report_sha256
        unit.taken_ns = event.taken_ns
    if SELF_REPORTED not in event.flags:
        unit.faults = [flag for flag in event.flags if flag in INSPECTOR_C]
        if event.load_test == "failed":
            unit.faults.append(LOAD_TEST_FAILED)
    unit.state = TRANSITIONS[unit.state, "inspect"]


def apply_unit_graded(register: Register, event: UnitGraded, moment: Moment) -> None:
    unit = register.units[event.unit]
    unit.grade = event.grade
    unit.grade_valid_to_ns = event.valid_to_ns
    if event.grade != "U" and event.valid_to_ns:  # damage seen by an undated report has no end
        push(register, event.valid_to_ns, Due.GRADE, event.unit)
    elif EXPIRED in event.reasons:
        unit.state = TRANSITIONS[unit.state, "expire"]
    reclass_unit(register, unit)


def _index(register: Register, unit: Unit) -> None:
    """What finds the unit again. Of two that claim one key the first keeps it."""
    if unit.identity == "strong":
        key = (unit.vendor, unit.serial, unit.board_part_number)
        register.strong_keys.setdefault(key, unit.unit)
    if unit.uuid:
        register.uuids.setdefault(unit.uuid, unit.unit)


def _leave_uuid(register: Register, unit: Unit) -> None:
    """The unit no longer claims its UUID; another that claims it too is found by it from now on."""
    if not unit.uuid or register.uuids.get(unit.uuid) != unit.unit:
        return
    del register.uuids[unit.uuid]
    for other in register.units.values():
        if other.uuid == unit.uuid and other is not unit:
            register.uuids[unit.uuid] = other.unit
            return
