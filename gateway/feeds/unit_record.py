"""The record of a unit as it stands now: what a `units` feed begins with (WIRE 5)."""

from collections.abc import Iterable, Mapping
from typing import Any

from exchange.books.state import Venue
from ledger.ids import ThingId, UnitId
from ledger.records import Lease


def unit_records(venue: Venue, units: Iterable[str]) -> list[dict[str, Any]]:
    """Each unit with its title, leases, holds, state and grade, in the order asked for."""
    register = venue.register
    ids = [UnitId(ThingId(unit)) for unit in units]
    kept = [unit for unit in ids if unit in register.units]
    wanted = {register.units[unit].node for unit in kept}
    leases: dict[str, list[Lease]] = {}
    for lease in register.leases.values() if kept else ():  # once, however many units
        if lease.node in wanted:
            leases.setdefault(lease.node, []).append(lease)
    return [_record(venue, unit, leases) for unit in kept]


def _record(venue: Venue, unit: UnitId, leases: Mapping[str, list[Lease]]) -> dict[str, Any]:
    register = venue.register
    kept = register.units[unit]
    node = register.nodes[kept.node]
    thing = register.things.get(unit) or register.things.get(kept.node)
    return {
        "unit": kept.unit,
        "vendor": kept.vendor,
        "model": kept.model,
        "serial": kept.serial,
        "board_part_number": kept.board_part_number,
        "uuid": kept.uuid,
        "identity": kept.identity,
        "node": kept.node,
        "slot": kept.slot,
        "site": node.site,
        "custodian": node.custodian,
        "registrant": kept.registrant,
        "owner": thing.owner if thing else "",
        "state": kept.state,
        "grade": kept.grade,
        "grade_valid_to_ns": kept.grade_valid_to_ns,
        "provenance": kept.provenance,
        "order": thing.order if thing else "",
        "settlement": thing.settlement if thing else "",
        "holds": dict(thing.holds if thing else kept.holds),
        "leases": [
            {
                "lease": lease.lease,
                "lessee": lease.lessee,
                "from_ns": lease.from_ns,
                "to_ns": lease.to_ns,
                "state": lease.state,
            }
            for lease in leases.get(kept.node, ())
        ],
    }
