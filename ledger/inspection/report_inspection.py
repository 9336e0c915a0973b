"""A report inspected offline: its nodes and units with identity, model and grade, in words."""

from datetime import tzinfo
from typing import Any

from msgspec import Struct

from ledger.inspection.inspection_text import sentences
from ledger.inventory import ReaderWarning, RejectedUnit, Report, UnitReading, read_report
from ledger.reports.identity import Identity, identity
from ledger.things.gpu_models import ModelFacts, NodeKind, node_kind
from ledger.things.grade import Grade, grade, warnings, worst
from ledger.things.model import board_signs, known_model
from ledger.words import GradeLetter


class InspectedUnit(Struct, frozen=True):
    """One GPU with all that the register would say of it. `flags` are the reading's and more."""

    reading: UnitReading
    model: ModelFacts | None
    identity: Identity
    grade: Grade
    flags: tuple[str, ...]


class InspectedNode(Struct, frozen=True):
    """One server. `name` is the CSV's; "" for a dump, which is one server."""

    name: str
    kind: NodeKind
    grade: GradeLetter
    units: tuple[InspectedUnit, ...]


class ReportInspection(Struct, frozen=True):
    """A whole report. `sentences` tell a person what was found and what to do next."""

    report: Report
    nodes: tuple[InspectedNode, ...]
    warnings: tuple[ReaderWarning, ...]
    sentences: tuple[str, ...]

    @property
    def units(self) -> tuple[InspectedUnit, ...]:
        return tuple(unit for node in self.nodes for unit in node.units)

    @property
    def rejected(self) -> tuple[RejectedUnit, ...]:
        return self.report.rejected


def inspect_report(
    raw: bytes, zone: tzinfo | None = None, now_ns: int | None = None
) -> ReportInspection:
    """Read a file and grade it as of its own time; *now_ns* only tells what an import would say.

    *zone*: the site's, for a time without one. Raises: Unreadable.
    """
    report = read_report(raw, zone)
    nodes = inspect_nodes(report)
    found = [
        warned
        for node in nodes
        for unit in node.units
        for warned in warnings(unit.reading, unit.grade)
    ]
    return ReportInspection(
        report=report,
        nodes=nodes,
        warnings=(*report.warnings, *found),
        sentences=sentences(
            report,
            [
                (unit.identity.level, unit.grade, unit.flags)
                for node in nodes
                for unit in node.units
            ],
            [node.kind for node in nodes],
            zone,
            now_ns,
        ),
    )


def inspect_nodes(report: Report, now_ns: int | None = None) -> tuple[InspectedNode, ...]:
    """The report's nodes, graded at *now_ns*, or (None) as of the report's own time."""
    by_node: dict[str, list[UnitReading]] = {}
    for reading in report.units:
        by_node.setdefault(reading.node, []).append(reading)
    return tuple(_node(name, readings, report, now_ns) for name, readings in by_node.items())


def as_json(inspected: ReportInspection) -> dict[str, Any]:
    """What `inspect FILE --json` prints; what is not known is None."""
    return {
        "units": [_unit_json(unit) for unit in inspected.units],
        "rejected": [{"where": r.where, "why": r.text} for r in inspected.rejected],
    }


def _node(
    name: str, readings: list[UnitReading], report: Report, now_ns: int | None
) -> InspectedNode:
    models = [known_model(reading) for reading in readings]
    kind = node_kind(models, board_signs(readings, report.attached_count))
    units = tuple(
        _unit(reading, model, kind, report.taken_ns, now_ns)
        for reading, model in zip(readings, models, strict=True)
    )
    return InspectedNode(name, kind, worst(unit.grade.letter for unit in units), units)


def _unit(
    reading: UnitReading,
    model: ModelFacts | None,
    kind: NodeKind,
    taken_ns: int | None,
    now_ns: int | None,
) -> InspectedUnit:
    known = identity(reading)
    flags = [*reading.flags]
    if model is None:
        flags.append("model_unlisted")
    if known.level == "weak":
        flags.append("weak_identity")
    return InspectedUnit(
        reading, model, known, grade(reading, taken_ns, now_ns, model), (*flags, *kind.flags)
    )


def _unit_json(unit: InspectedUnit) -> dict[str, Any]:
    reading = unit.reading
    return {
        "vendor": reading.vendor,
        "model": unit.model.code if unit.model else reading.model_name,
        "serial": reading.serial,
        "uuid": reading.uuid,
        "board_part_number": reading.board_part_number,
        "vbios": reading.vbios,
        "memory_mib": reading.memory_mib,
        "identity": unit.identity.level,
        "grade": unit.grade.letter,
        "flags": list(unit.flags),
        "reasons": list(unit.grade.reasons),
    }
