"""Which registered unit and node a report shows: by its keys, never by a junk value (DOMAIN 1)."""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from ledger.ids import NO_ID, NodeId, PartyId, SiteId, UnitId
from ledger.inventory import RejectedUnit, Report, UnitReading
from ledger.moment import Moment
from ledger.records import Node, Unit
from ledger.refusals import sentence_of
from ledger.register import Register
from ledger.reports.identity import Identity, identity
from ledger.things.gpu_models import ModelFacts, NodeKind
from ledger.things.model import kind_here, model_of
from ledger.things.thing import owner_of, thing_of


class RecognisedUnit(Struct, frozen=True):
    """One GPU of a report, and the registered unit that it is (None: a new one)."""

    reading: UnitReading
    model: ModelFacts | None
    known: Identity
    unit: Unit | None
    conflicts_with: UnitId = NO_ID  # another unit that bears this UUID under another serial
    flags: tuple[str, ...] = ()

    @property
    def is_typed(self) -> bool:
        """A row of a table that a person typed, which proves nothing."""
        return "declared_only" in self.reading.flags


class RecognisedNode(Struct, frozen=True):
    """One node of a report, and the registered node that it is (None: a new one)."""

    name: str  # the CSV's; "" for a dump, which is one server
    kind: NodeKind
    sightings: tuple[RecognisedUnit, ...]
    node: Node | None
    grows: bool = False  # an untitled board, seen now with the modules of a larger one

    @property
    def board_model(self) -> str:
        """The model of the whole board that it is, or becomes now; "" if its cards are loose.

        A server known as loose cards becomes a board when all of them are seen, and no others; an
        untitled board that is seen with more modules becomes the larger one of its family.
        """
        if self.node is None:
            return self.kind.model
        if self.node.model and not self.grows:
            return self.node.model
        shown = {sighting.unit.unit for sighting in self.sightings if sighting.unit is not None}
        return self.kind.model if shown.issuperset(self.node.units) else ""

    @property
    def is_identified(self) -> bool:
        """Whether this report makes it the board that it was not yet."""
        return self.node is not None and self.board_model not in ("", self.node.model)


def servers(
    register: Register, report: Report, party: PartyId, moment: Moment
) -> tuple[RecognisedNode, ...]:
    """The report's nodes and units as *party* shows them, each with what it is here."""
    by_node: dict[str, list[UnitReading]] = {}
    for reading in report.units:
        by_node.setdefault(reading.node, []).append(_without_denied(register, reading, moment))
    typed = _typed_keys(register, party)
    return tuple(
        _server(register, name, readings, report, typed) for name, readings in by_node.items()
    )


def rejections(
    register: Register, server: RecognisedNode, site: SiteId, party: PartyId
) -> list[RejectedUnit]:
    """Why this node of a report may not be registered or inspected by *party*; [] if it may."""
    node = server.node
    found = _of_a_larger_board(register, server)
    taken: dict[str, str] = {}
    for sighting in server.sightings:
        unit = sighting.unit
        if sighting.conflicts_with and sighting.is_typed:
            found.append(_mistyped(sighting))
            continue
        if unit is None:
            if node is not None and not server.grows:
                found += _strange(register, sighting, node)
            continue
        if owner_of(register, unit) != party:
            found.append(_owned_by_another(sighting, unit))
        elif node is None or unit.node != node.node:
            found.append(_already_registered(sighting, unit))
        elif node.site and node.site != site:
            found.append(_elsewhere(register, sighting, unit, node))
        elif unit.unit in taken:
            detail = sentence_of(
                "it is {unit}, which already stands at {where}",
                unit=unit.unit,
                where=taken[unit.unit],
            )
            found.append(
                RejectedUnit(sighting.reading.where, "duplicate_in_file", detail, server.name)
            )
        taken.setdefault(unit.unit, sighting.reading.where)
    return found


def _server(
    register: Register,
    name: str,
    readings: list[UnitReading],
    report: Report,
    typed: dict[tuple[str, str, str], Unit],
) -> RecognisedNode:
    models = [model_of(register, reading) for reading in readings]
    kind = kind_here(register, models, readings, report.attached_count)
    sightings = tuple(
        _sighting(register, reading, model, kind, typed)
        for reading, model in zip(readings, models, strict=True)
    )
    node = _node_of(register, sightings)
    if node is not None:
        sightings = tuple(_by_slot(register, node, sighting) for sighting in sightings)
    grows = node is not None and _grows(register, node, kind, sightings)
    return RecognisedNode(name, kind, sightings, node, grows)


def _grows(
    register: Register, node: Node, kind: NodeKind, sightings: tuple[RecognisedUnit, ...]
) -> bool:
    """Whether a known board may become the larger one that its report shows now.

    Nobody may hold title to it or bar it, and all its modules must be among those seen.
    """
    thing = register.things.get(node.node)
    if thing is None or thing.owner or thing.holds or not kind.model or kind.model == node.model:
        return False
    shown = {each.unit.unit for each in sightings if each.unit is not None}
    return len(sightings) > len(node.units) and shown.issuperset(node.units)


def _sighting(
    register: Register,
    reading: UnitReading,
    model: ModelFacts | None,
    kind: NodeKind,
    typed: dict[tuple[str, str, str], Unit],
) -> RecognisedUnit:
    known = identity(reading)
    flags = [*reading.flags, *kind.flags]
    if model is None:
        flags.append("model_unlisted")
    if known.level == "weak":
        flags.append("weak_identity")
    by_key = _by_key(register, known, typed)
    by_uuid = register.units.get(register.uuids.get(known.uuid or "", NO_ID))
    if by_key is not None:
        is_moved = by_key.identity == "strong" and reading.slot not in (None, by_key.slot)
        is_renamed = bool(known.uuid) and known.uuid != by_key.uuid
        if is_moved or (is_renamed and by_key.uuid):
            flags.append("reidentified")
        is_taken = is_renamed and by_uuid is not None
        conflict = by_uuid.unit if is_taken and by_uuid is not None else NO_ID
        if conflict:
            flags.append("identity_conflict")
        return RecognisedUnit(reading, model, known, by_key, conflict, tuple(flags))
    if by_uuid is not None and known.strong_key and by_uuid.identity == "strong":
        if by_uuid.serial == known.strong_key.serial:  # read before where its part was not
            return RecognisedUnit(reading, model, known, by_uuid, NO_ID, (*flags, "reidentified"))
        flags.append("identity_conflict")
        return RecognisedUnit(reading, model, known, None, by_uuid.unit, tuple(flags))
    return RecognisedUnit(reading, model, known, by_uuid, NO_ID, tuple(flags))


def _by_slot(register: Register, node: Node, sighting: RecognisedUnit) -> RecognisedUnit:
    """A card that showed neither serial nor UUID is known by its slot, until it shows them."""
    standing = _in_slot(register, node, sighting)
    is_new = sighting.unit is None and not sighting.conflicts_with
    if is_new and standing is not None and standing.identity == "weak":
        return replace(sighting, unit=standing)
    return sighting


def _in_slot(register: Register, node: Node, sighting: RecognisedUnit) -> Unit | None:
    slot = sighting.reading.slot
    units = (register.units[name] for name in node.units)
    return next((unit for unit in units if unit.slot == slot), None)


def _by_key(
    register: Register, known: Identity, typed: dict[tuple[str, str, str], Unit]
) -> Unit | None:
    if known.strong_key is None:
        return None
    strong = register.strong_keys.get(known.strong_key)
    return register.units[strong] if strong else typed.get(known.strong_key)


def _typed_keys(register: Register, party: PartyId) -> dict[tuple[str, str, str], Unit]:
    """The party's own units whose key was typed and that no dump has proven yet.

    Only its own: what somebody typed must never stand in the way of another's real card.
    """
    return {
        (unit.vendor, unit.serial, unit.board_part_number): unit
        for unit in register.units.values()
        if unit.identity != "strong" and unit.serial and unit.registrant == party
    }


def _node_of(register: Register, sightings: Iterable[RecognisedUnit]) -> Node | None:
    """The node in which more than half of the strong units sit (without any: of all units).

    Or the one node whose cards are all seen, beside others that nobody knew: of the same server
    more is seen now, as when a server of one card gets a second.
    """
    every = list(sightings)
    voting = [each for each in every if each.known.level == "strong"] or every
    votes: dict[NodeId, int] = {}
    for each in voting:
        if each.unit is not None:
            votes[each.unit.node] = votes.get(each.unit.node, 0) + 1
    for node, count in votes.items():
        known = register.nodes[node]
        is_all = len(votes) == 1 and count == len(known.units)
        if count * 2 > len(voting) or is_all:
            return known
    return None


def _without_denied(register: Register, reading: UnitReading, moment: Moment) -> UnitReading:
    """The reading without the texts that the dated rule says identify nothing."""
    denied = register.rules.value("identity_denylist", moment.at_ns)
    if reading.serial in denied:
        flags = (*reading.flags, "serial_not_identifying")
        return replace(reading, serial=None, flags=flags)
    return reading


def _owned_by_another(sighting: RecognisedUnit, unit: Unit) -> RejectedUnit:
    detail = sentence_of(
        "this card is {unit}, which another party holds; if it is yours, show the venue's clerks "
        "the papers",
        unit=unit.unit,
    )
    return RejectedUnit(sighting.reading.where, "owned_by_another", detail, sighting.reading.node)


def _already_registered(sighting: RecognisedUnit, unit: Unit) -> RejectedUnit:
    detail = sentence_of(
        "this card is {unit} and stands in {node}; a card can be in one place only: put it back, "
        "or leave it out",
        unit=unit.unit,
        node=unit.node,
    )
    return RejectedUnit(sighting.reading.where, "already_registered", detail, sighting.reading.node)


def _elsewhere(
    register: Register, sighting: RecognisedUnit, unit: Unit, node: Node
) -> RejectedUnit:
    thing = thing_of(register, unit)
    if thing is not None and thing.owner:
        detail = sentence_of(
            "this card is {unit} in {node}, which has a title holder and stands at {site} until a "
            "sale is delivered elsewhere; name that site",
            unit=unit.unit,
            node=node.node,
            site=node.site,
        )
    else:
        detail = sentence_of(
            "this card is {unit} in {node}, which stands at {site}; name that site, or say where "
            "it stands (`gpubourse operator node-site {node} --site SITE --me NAME`)",
            unit=unit.unit,
            node=node.node,
            site=node.site,
        )
    return RejectedUnit(sighting.reading.where, "already_registered", detail, sighting.reading.node)


def _of_a_larger_board(register: Register, server: RecognisedNode) -> list[RejectedUnit]:
    """Why a report may not stand for an untitled board that it shows to be part of a larger one."""
    node, kind = server.node, server.kind
    thing = register.things.get(node.node) if node is not None else None
    if node is None or thing is None or thing.owner or "board_incomplete" not in kind.flags:
        return []
    if len(server.sightings) != len(node.units):
        return []  # of a whole board some modules do not show: it stays what it is
    detail = sentence_of(
        "{node} is registered as the whole board {board}, and this report shows {reason}: take a "
        "report on the host itself that shows them all, and import it",
        node=node.node,
        board=node.model,
        reason=kind.reason,
    )
    first = server.sightings[0].reading
    return [RejectedUnit(first.where, "already_registered", detail, server.name)]


def _strange(register: Register, sighting: RecognisedUnit, node: Node) -> list[RejectedUnit]:
    """Why a card that nobody knows may not join a server that is known; [] if it may."""
    standing = _in_slot(register, node, sighting)
    where, name = sighting.reading.where, sighting.reading.node
    if sighting.known.level == "weak" and standing is not None:
        detail = sentence_of(
            "it shows neither serial nor UUID, and {unit} stands in this slot of {node}: take the "
            "report again, so that it shows them",
            unit=standing.unit,
            node=node.node,
        )
        return [RejectedUnit(where, "already_registered", detail, name)]
    if node.model:
        detail = sentence_of(
            "{node} is registered as one board {board} of other cards; a card of a board is "
            "replaced by the report of an inspector, not by an import",
            node=node.node,
            board=node.model,
        )
        return [RejectedUnit(where, "already_registered", detail, name)]
    return []


def _mistyped(sighting: RecognisedUnit) -> RejectedUnit:
    detail = sentence_of(
        "the UUID of this row is that of {unit}, which has another serial: correct the row, or "
        "give the server's own dump",
        unit=sighting.conflicts_with,
    )
    return RejectedUnit(sighting.reading.where, "already_registered", detail, sighting.reading.node)
