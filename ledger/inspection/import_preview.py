"""What a dry run of an import shows besides its counts: each unit, and the lots it would make."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from ledger.inspection.findings import ReportContext, graded, serial_of
from ledger.inspection.recognition import RecognisedNode, RecognisedUnit
from ledger.moment import Moment
from ledger.register import Register
from ledger.things.thing import worst_identity
from ledger.words import GRADES, PROVENANCES


def units_shown(
    register: Register, context: ReportContext, servers: Iterable[RecognisedNode], moment: Moment
) -> list[dict[str, Any]]:
    """Each unit of a report: slot, model, serial, identity, grade with its reasons, flags."""
    return [
        _unit(register, context, sighting, moment)
        for server in servers
        for sighting in server.sightings
    ]


def lots_shown(
    register: Register, context: ReportContext, servers: Iterable[RecognisedNode], moment: Moment
) -> list[dict[str, Any]]:
    """How many lots of which class the report's things would be: what a price is asked for.

    `asset_class` is model, worst grade, worst provenance: `H100SXM8.A0` before any paper is filed.
    """
    counted = Counter(
        lot
        for server in servers
        for lot in _lots(register, context, server, moment)
        if lot is not None
    )
    return [
        {
            "model": model,
            "grade": grade,
            "provenance": provenance,
            "identity": identity,
            "asset_class": f"{model}.{grade}{provenance[1]}",
            "lots": lots,
        }
        for (model, grade, provenance, identity), lots in counted.items()
    ]


Lot = tuple[str, str, str, str]  # model, grade, provenance, identity


def _unit(
    register: Register, context: ReportContext, sighting: RecognisedUnit, moment: Moment
) -> dict[str, Any]:
    found = graded(register, context, sighting, moment)
    serial, _ = serial_of(sighting.known, sighting)
    return {
        "unit": sighting.unit.unit if sighting.unit is not None else None,
        "slot": sighting.reading.slot,
        "model": sighting.model.code if sighting.model is not None else "",
        "serial": serial,
        "identity": sighting.known.level,
        "grade": found.letter,
        "reasons": list(found.reasons),
        "flags": [*sighting.flags, *context.flags],
    }


def _lots(
    register: Register, context: ReportContext, server: RecognisedNode, moment: Moment
) -> Iterable[Lot | None]:
    """A whole board is one lot; in a server of single cards each listed card is one."""
    if server.board_model:
        return [_lot(register, context, server.board_model, server.sightings, moment)]
    return [
        None
        if sighting.model is None or sighting.model.is_board
        else _lot(register, context, sighting.model.code, (sighting,), moment)
        for sighting in server.sightings
    ]


def _lot(
    register: Register,
    context: ReportContext,
    model: str,
    sightings: tuple[RecognisedUnit, ...],
    moment: Moment,
) -> Lot:
    letters = [graded(register, context, sighting, moment).letter for sighting in sightings]
    papers = [
        sighting.unit.provenance if sighting.unit is not None else "P0" for sighting in sightings
    ]
    return (
        model,
        max(letters, key=GRADES.index),
        max(papers, key=PROVENANCES.index),
        worst_identity(sighting.known.level for sighting in sightings),
    )
