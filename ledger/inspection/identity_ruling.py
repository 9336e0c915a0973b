"""Two cards claim one UUID: an inspector who saw the card decides whose it is (DOMAIN 1).

The UUID that he saw on a card is that card's; whoever else claims it loses it. A thing of which he
saw every card, and none of which shares a UUID any more, is free of its identity holds.
"""

from collections.abc import Iterator, Mapping

from ledger.events import HoldReleased, UnitIdentified
from ledger.ids import HoldId, ThingId, UnitId, named_by
from ledger.inspection.recognition import RecognisedUnit
from ledger.records import Unit
from ledger.register import Register
from ledger.things.thing import thing_of

IDENTITY = "identity"  # the kind of hold that a conflict places


def disowned(register: Register, unit: UnitId, sighting: RecognisedUnit) -> list[UnitIdentified]:
    """Every other unit that claims the UUID seen on this one, without it from now on."""
    return [
        UnitIdentified(
            unit=other.unit,
            serial=other.serial,
            board_part_number=other.board_part_number,
            uuid="",
            identity="strong" if other.identity == "strong" else "weak",
        )
        for other in _claimants(register, sighting.known.uuid or "")
        if other.unit != unit
    ]


def lifted(register: Register, sightings: Mapping[UnitId, RecognisedUnit]) -> list[HoldReleased]:
    """The identity holds that end with this inspection."""
    bearers: dict[ThingId, tuple[dict[HoldId, str], list[UnitId]]] = {}  # its holds, its units
    for name in sightings:
        unit = register.units[name]
        thing = thing_of(register, unit)
        if thing is None:
            bearers[name] = unit.holds, [name]
        else:
            bearers[thing.thing] = thing.holds, thing.units
    return [
        HoldReleased(
            node=named_by(bearer)[0],
            unit=named_by(bearer)[1],
            hold=hold,
            reason="inspected",
        )
        for bearer, (holds, units) in bearers.items()
        for hold, kind in holds.items()
        if kind == IDENTITY and all(_is_settled(register, name, sightings) for name in units)
    ]


def _is_settled(
    register: Register, name: UnitId, sightings: Mapping[UnitId, RecognisedUnit]
) -> bool:
    """Whether he saw this card, and nobody else claims the UUID that it keeps."""
    sighting = sightings.get(name)
    if sighting is None:
        return False
    shown = {each.known.uuid for each in sightings.values()}
    kept = register.units[name].uuid
    if sighting.known.uuid or kept in shown:  # its own from now on, or another's
        return True
    return all(other.unit == name for other in _claimants(register, kept))


def _claimants(register: Register, uuid: str) -> Iterator[Unit]:
    """Nobody claims the empty one. A UUID is looked for among all: conflicts are rare."""
    if uuid:
        yield from (unit for unit in register.units.values() if unit.uuid == uuid)
