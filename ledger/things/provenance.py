"""Provenance: papers filed by a holder, verified by another, and what they earn (DOMAIN 1)."""

from collections.abc import Iterable, Sequence
from typing import Any

from ledger.caller import Caller
from ledger.commands import FileProvenance, VerifyProvenance
from ledger.events import (
    Event,
    NothingToDo,
    ProvenanceFiled,
    ProvenanceGraded,
    ProvenanceVerified,
)
from ledger.ids import ThingId, UnitId, is_node
from ledger.moment import Moment
from ledger.offices import must_hold
from ledger.records import Document, Unit
from ledger.refusals import Reason, Refused, sentence_of
from ledger.register import Register
from ledger.things.thing import owner_of, reclass_unit
from ledger.words import ProvenanceLevel

KINDS = ("invoice", "customs", "origin", "court", "donation")
ACQUISITIONS = ("invoice", "court", "donation")
ENTRIES = ("customs", "origin")  # how it came into the country, or that it was made there


def file_provenance(
    register: Register, command: FileProvenance, caller: Caller, moment: Moment
) -> list[Event]:
    """Put a paper on record for a unit, or for each unit of a node: its holder's act."""
    if command.kind not in KINDS:
        raise Refused(
            Reason.bad_field,
            sentence_of("A paper is one of: {kinds}.", kinds=", ".join(KINDS)),
            field="/kind",
        )
    if command.issued_ns > moment.at_ns:
        raise Refused(
            Reason.bad_field,
            "A paper is not from the future: check the date of issue.",
            field="/issued_ns",
        )
    if command.to_party:
        register.party(command.to_party)
    units = units_of(register, command.unit)
    for unit in units:
        if owner_of(register, unit) != caller.party:
            raise Refused(
                Reason.not_the_owner,
                sentence_of("{unit} is another party's: only it may file papers.", unit=unit.unit),
            )
    missing = [unit for unit in units if _is_news(unit, command)]
    if not missing:
        stands = {
            "document_sha256": command.document_sha256,
            "units": [unit.unit for unit in units],
        }
        return [NothingToDo(party=caller.party, op="unit.file_provenance", stands=stands)]
    return [
        ProvenanceFiled(
            unit=unit.unit,
            kind=command.kind,
            document_sha256=command.document_sha256,
            issued_ns=command.issued_ns,
            from_name=command.from_name,
            to_party=command.to_party,
            names_serial=command.names_serial,
            filed_by=caller.party,
        )
        for unit in missing
    ]


def replaced_papers(register: Register, decided: Sequence[Event]) -> dict[str, Any]:
    """What a dry run of filing tells besides: which papers on file are told otherwise by it.

    `replaces`: `unit`, and the `kind` and `names_serial` that stand for the same file; {} of any
    other command.
    """
    filed = [event for event in decided if isinstance(event, ProvenanceFiled)]
    is_on_record = isinstance(decided[0], NothingToDo) and decided[0].op == "unit.file_provenance"
    if not filed and not is_on_record:
        return {}
    stood = [
        (event.unit, register.units[event.unit].documents.get(event.document_sha256))
        for event in filed
    ]
    return {
        "replaces": [
            {"unit": unit, "kind": paper.kind, "names_serial": paper.names_serial}
            for unit, paper in stood
            if paper is not None
        ]
    }


def _is_news(unit: Unit, command: FileProvenance) -> bool:
    """Whether the paper is not on file, or otherwise; until it is verified, one may correct it."""
    paper = unit.documents.get(command.document_sha256)
    if paper is None:
        return True
    if (paper.kind, paper.names_serial) == (command.kind, command.names_serial):
        return False
    if paper.is_verified:
        if paper.names_serial:
            text = sentence_of(
                "This very file was verified for {unit} as {kind}, naming the serial: what is "
                "verified stands. If another paper is meant, file its own scan.",
                unit=unit.unit,
                kind=paper.kind,
            )
        else:
            text = sentence_of(
                "This very file was verified for {unit} as {kind}, not naming the serial: what is "
                "verified stands. If another paper is meant, file its own scan.",
                unit=unit.unit,
                kind=paper.kind,
            )
        raise Refused(Reason.wrong_state, text)
    return True


def apply_provenance_filed(register: Register, event: ProvenanceFiled, moment: Moment) -> None:
    document = Document(event.kind, event.names_serial, filed_by=event.filed_by)
    register.units[event.unit].documents[event.document_sha256] = document


def verify_provenance(
    register: Register, command: VerifyProvenance, caller: Caller, moment: Moment
) -> list[Event]:
    """Say that a filed paper is true: an inspector's or compliance's act, never its filer's.

    Who verifies also judges that no earlier transfer is missing between the papers on file.
    """
    must_hold(register, caller, "inspector", "compliance")
    units = units_of(register, command.unit)
    for unit in units:
        if owner_of(register, unit) == caller.party:
            raise Refused(
                Reason.not_your_party,
                sentence_of(
                    "{party} holds {unit} and cannot verify its own papers: another "
                    "inspector must.",
                    party=caller.party,
                    unit=unit.unit,
                ),
            )
    digest = command.document_sha256
    filed = [unit for unit in units if digest in unit.documents]
    for unit in filed:
        if unit.documents[digest].filed_by == caller.party:
            raise Refused(
                Reason.not_your_party,
                sentence_of(
                    "{party} filed this paper for {unit}: another must verify it.",
                    party=caller.party,
                    unit=unit.unit,
                ),
            )
    if not filed:
        raise Refused(
            Reason.unknown_document,
            sentence_of("No such paper is on file for {unit}: file it first.", unit=command.unit),
        )
    events = [
        event
        for unit in filed
        if not unit.documents[digest].is_verified
        for event in _verified(unit, digest)
    ]
    if events:
        return events
    earned = {unit.unit: provenance(unit.documents.values()) for unit in filed}
    stands = {
        "document_sha256": digest,
        "provenance": {unit: level for unit, (level, _) in earned.items()},
        "gaps": {unit: gaps for unit, (_, gaps) in earned.items()},
    }
    return [NothingToDo(party=caller.party, op="unit.verify_provenance", stands=stands)]


def apply_provenance_verified(
    register: Register, event: ProvenanceVerified, moment: Moment
) -> None:
    register.units[event.unit].documents[event.document_sha256].is_verified = True


def apply_provenance_graded(register: Register, event: ProvenanceGraded, moment: Moment) -> None:
    unit = register.units[event.unit]
    unit.provenance = event.provenance
    reclass_unit(register, unit)


def provenance(documents: Iterable[Document]) -> tuple[ProvenanceLevel, list[str]]:
    """(P1, P2 or P0; what is missing for P1) from a unit's verified papers."""
    verified = [document for document in documents if document.is_verified]
    named = [document.kind for document in verified if document.names_serial]
    gaps = []
    if not any(kind in ACQUISITIONS for kind in named):
        gaps.append("acquisition_naming_the_serial")
    if not any(document.kind in ENTRIES for document in verified):
        gaps.append("customs_or_origin")
    if not gaps:
        return "P1", []
    return ("P2" if named else "P0"), gaps


def units_of(register: Register, name: ThingId) -> list[Unit]:
    """The unit of this id, or the units of the node of this id."""
    if is_node(name):
        node = register.nodes.get(name)
        if node is None:
            raise Refused(
                Reason.unknown_node,
                sentence_of("There is no node {name}: check its id.", name=name),
            )
        return [register.units[unit] for unit in node.units]
    unit = register.units.get(UnitId(name))
    if unit is None:
        raise Refused(
            Reason.unknown_unit, sentence_of("There is no unit {name}: check its id.", name=name)
        )
    return [unit]


def _verified(unit: Unit, digest: str) -> list[Event]:
    paper = unit.documents[digest]
    others = [each for sha256, each in unit.documents.items() if sha256 != digest]
    now = [*others, Document(paper.kind, paper.names_serial, is_verified=True)]
    digit, gaps = provenance(now)
    return [
        ProvenanceVerified(unit=unit.unit, document_sha256=digest),
        ProvenanceGraded(unit=unit.unit, provenance=digit, gaps=gaps),
    ]
