"""Things: what is titled, sold and leased as one lot, kept at the class of its units.

A board node is one thing; in a server of single cards each card is one. A unit on an incomplete
board, or of a model that is not listed, is registered and is no thing: it has no market.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable

from ledger.ids import PartyId, SiteId, ThingId
from ledger.records import Node, Thing, Unit
from ledger.register import Register
from ledger.things.gpu_models import BOARD_FORMS
from ledger.words import GRADES, IDENTITIES, PROVENANCES, IdentityLevel

_GRADE_RANK = {grade: rank for rank, grade in enumerate(GRADES)}
_PROVENANCE_RANK = {provenance: rank for rank, provenance in enumerate(PROVENANCES)}
_IDENTITY_RANK = {identity: rank for rank, identity in enumerate(IDENTITIES)}


def thing_of(register: Register, unit: Unit) -> Thing | None:
    """The thing that a unit is, or is a part of; None if it has no market."""
    return register.things.get(unit.unit) or register.things.get(unit.node)


def owner_of(register: Register, unit: Unit) -> str:
    """Who answers for a unit: the owner of its thing, before any title its registrant."""
    thing = thing_of(register, unit)
    return thing.owner if thing is not None and thing.owner else unit.registrant


def registrant_of(register: Register, thing: Thing) -> str:
    """Who registered a thing."""
    return register.units[thing.units[0]].registrant


def begin_board(register: Register, node: Node) -> None:
    """A whole board becomes a thing; its units join it, now or as they are registered."""
    register.things[node.node] = _new_thing(register, node.node, node, node.model)
    for unit in node.units:
        begin_unit(register, register.units[unit])


def begin_unit(register: Register, unit: Unit) -> None:
    """A unit joins its board's thing, or becomes one if it is a single card of a listed model."""
    node = register.nodes[unit.node]
    thing = register.things.get(node.node)
    if thing is None:
        model = register.models.get(unit.model)
        if model is None or model.form in BOARD_FORMS:
            return
        thing = register.things[unit.unit] = _new_thing(register, unit.unit, node, unit.model)
    thing.units.append(unit.unit)
    thing.holds |= unit.holds
    unit.holds.clear()
    reclass(register, thing)


def reclass(register: Register, thing: Thing) -> None:
    """Give a thing the worst grade, provenance and identity of its units."""
    grade = provenance = identity = 0
    for name in thing.units:
        unit = register.units[name]
        grade = max(grade, _GRADE_RANK[unit.grade])
        provenance = max(provenance, _PROVENANCE_RANK[unit.provenance])
        identity = max(identity, _IDENTITY_RANK[unit.identity])
    thing.grade = GRADES[grade]
    thing.provenance = PROVENANCES[provenance]
    thing.identity = IDENTITIES[identity]


def reclass_unit(register: Register, unit: Unit) -> None:
    """The same for the thing of one unit, if it has one."""
    thing = thing_of(register, unit)
    if thing is not None:
        reclass(register, thing)


def worst_identity(identities: Iterable[IdentityLevel]) -> IdentityLevel:
    """A node is known as well as its least known unit."""
    return max(identities, key=IDENTITIES.index, default="weak")


def give(register: Register, thing: Thing, owner: PartyId) -> None:
    """Write the new title holder, and keep the index of what each party owns."""
    if thing.owner:
        _leave_index(register, thing)
    thing.owner = owner
    _join_index(register, thing)


def move(register: Register, thing: Thing, site: SiteId) -> None:
    """Write where a thing stands now."""
    if thing.owner:
        _leave_index(register, thing)
    thing.site = site
    thing.delivery_point = register.sites[site].delivery_point if site else ""
    if thing.owner:
        _join_index(register, thing)


def _new_thing(register: Register, name: ThingId, node: Node, model: str) -> Thing:
    return Thing(
        thing=name,
        node=node.node,
        units=[],
        model=model,
        number=int(name[2:]),
        site=node.site,
        delivery_point=register.sites[node.site].delivery_point if node.site else "",
    )


def _join_index(register: Register, thing: Thing) -> None:
    owned = register.owned.setdefault(_index_key(thing), [])
    insort(owned, thing.thing, key=_number)


def _leave_index(register: Register, thing: Thing) -> None:
    owned = register.owned[_index_key(thing)]
    del owned[bisect_left(owned, thing.number, key=_number)]
    if not owned:
        del register.owned[_index_key(thing)]


def _index_key(thing: Thing) -> tuple[PartyId, str, str]:
    return thing.owner, thing.model, thing.delivery_point


def _number(thing: ThingId) -> int:
    return int(thing[2:])
