"""Readers of real inventories: raw bytes in, one frozen `Report` out, or one refusal."""

from collections.abc import Sequence
from datetime import tzinfo
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from ledger.inventory import (
    amd_smi,
    nvidia_text,
    nvidia_xml,
    plain_csv,
    query_csv,
    rocm_text,
)
from ledger.inventory.json_reports import read_json
from ledger.inventory.other_tools import DUMP, refuse_other
from ledger.inventory.physical import slice_detail
from ledger.inventory.table_parts import split_table
from ledger.refusals import sentence_of
from ledger.reports import identity, shared_boards
from ledger.reports.report import (
    COLLECTED_BYTES_MOST,
    GPUS_MOST,
    REPORT_BYTES_MOST,
    DraftReport,
    ReaderWarning,
    RejectedUnit,
    Report,
    UnitReading,
    Unreadable,
    must_fit,
    must_fit_together,
)
from ledger.reports.report_parts import ReportPart, split_reports
from ledger.reports.source import TAKE_ANEW, Source, read_source
from ledger.reports.taken import read_taken

__all__ = [
    "COLLECTED_BYTES_MOST",
    "GPUS_MOST",
    "REPORT_BYTES_MOST",
    "TAKE_ANEW",
    "ParsedReport",
    "ReaderWarning",
    "RejectedUnit",
    "Report",
    "ReportPart",
    "UnitReading",
    "Unreadable",
    "dated",
    "must_fit",
    "must_fit_together",
    "parse_report",
    "parsed_or_refused",
    "read_report",
    "split_reports",
    "split_table",
]


class ParsedReport(Struct, frozen=True):
    """A report as far as it can be read without knowing where its server stands."""

    sha256: str  # of the raw bytes, hex
    draft: DraftReport
    units: tuple[UnitReading, ...]
    rejected: tuple[RejectedUnit, ...]
    warnings: tuple[ReaderWarning, ...]


def parse_report(raw: bytes) -> ParsedReport:
    """Recognise the format and read one file: all that takes time.

    Formats: `nvidia-smi -q` text and XML, its `--query-gpu` CSV, `rocm-smi -a` and `amd-smi` text
    and JSON, Redfish, plain CSV. A file of two hosts' reports is refused (`split_reports` makes
    files of it); a CSV may name many nodes. Units that may not be registered (a twin in the same
    file, a MIG instance or vGPU guest, a damaged serial, a GPU that is lost) stand in `rejected`.
    Raises: Unreadable, with code, what was wrong, what to do, and where.
    """
    must_fit(len(raw))
    source = read_source(raw)
    draft = _read(source)
    units, rejected = _judged(draft)
    if not units and not rejected:
        raise Unreadable("no_gpu_found", sentence_of("the report lists no GPU"), DUMP)
    return ParsedReport(
        sha256(raw).hexdigest(),
        draft,
        tuple(_slotted(units)),
        tuple(rejected),
        (*source.warnings, *draft.warnings),
    )


def parsed_or_refused(raw: bytes) -> ParsedReport | Unreadable:
    """The same where nobody can be told yet: by another thread, before a command is decided."""
    try:
        return parse_report(raw)
    except Unreadable as error:
        return error


def read_report(raw: bytes, zone: tzinfo | None = None) -> Report:
    """One file, read; *zone* is the site's, for times that name none. Raises: Unreadable."""
    return dated(parse_report(raw), zone)


def dated(parsed: ParsedReport, zone: tzinfo | None) -> Report:
    """The report with its time, in *zone* unless it names its own."""
    draft = parsed.draft
    taken = read_taken(draft.stamp, zone)
    warnings = list(parsed.warnings)
    if taken.ns is None:
        warnings.append(ReaderWarning("report_undated", draft.stamp_line, draft.stamp))
    elif taken.zone_assumed:
        warnings.append(ReaderWarning("zone_assumed", draft.stamp_line, taken.zone_unknown))
    elif taken.zone_unknown:
        warnings.append(ReaderWarning("zone_unknown", draft.stamp_line, taken.zone_unknown))
    shown = len(parsed.units) + len(parsed.rejected)
    if draft.attached_count is not None and draft.attached_count != shown:
        warnings.append(ReaderWarning("gpu_count_mismatch", None, draft.attached_count))
    return Report(
        sha256=parsed.sha256,
        format=draft.format,
        units=parsed.units,
        rejected=parsed.rejected,
        warnings=tuple(warnings),
        taken_local=taken.local,
        taken_ns=taken.ns,
        zone_assumed=taken.zone_assumed,
        driver=draft.driver,
        attached_count=draft.attached_count,
        hostname=draft.hostname,
    )


def _read(source: Source) -> DraftReport:
    """The first format whose mark the text bears."""
    for line in source.lines:
        if nvidia_text.BANNER in line:
            return nvidia_text.read_nvidia_text(source)
        if rocm_text.BANNER in line:
            return rocm_text.read_rocm_text(source)
        if line.lstrip().startswith(("<?xml", "<!DOCTYPE", "<nvidia_smi_log")):
            return nvidia_xml.read_nvidia_xml(source)
    if any(amd_smi.begins(line) for line in source.lines) and (
        draft := amd_smi.read_amd_text(source)
    ):
        return draft
    first = next(line for line in source.lines if line.strip())
    if plain_csv.is_header(first):
        return plain_csv.read_csv(source)
    if query_csv.is_header(first):
        return query_csv.read_query_csv(source)
    if first.lstrip().startswith(("{", "[")):
        return read_json(source)
    raise refuse_other(source)


def _judged(draft: DraftReport) -> tuple[list[UnitReading], list[RejectedUnit]]:
    """Units that stand, and those that may not: not a physical card, or twice in this file."""
    rejected = list(draft.rejected)
    physical: list[UnitReading] = []
    for unit in draft.units:
        if detail := slice_detail(unit):
            rejected.append(RejectedUnit(unit.where, "not_a_physical_unit", detail, unit.node))
        else:
            physical.append(unit)
    twins = {twin.later: twin for twin in identity.twins(physical)}
    for later, twin in twins.items():
        unit, first = physical[later], physical[twin.first]
        detail = sentence_of(
            "{shared} stands already at {where}; a card can be in one place only",
            shared=twin.shared,
            where=first.where,
        )
        rejected.append(RejectedUnit(unit.where, "duplicate_in_file", detail, unit.node))
    standing: list[UnitReading] = []
    boards: dict[tuple[str, str], list[UnitReading]] = {}
    for at, unit in enumerate(physical):
        if at in twins:
            continue
        if "shared_serial" in unit.flags and unit.serial:
            board = boards.setdefault((unit.node, unit.serial), [])
            if board and not shared_boards.shares_board(unit, board):
                detail = sentence_of(
                    "serial {serial} stands already at {where}; a card can be in one place only, "
                    "and its board bears no more GPUs",
                    serial=unit.serial,
                    where=board[0].where,
                )
                rejected.append(RejectedUnit(unit.where, "duplicate_in_file", detail, unit.node))
                continue
            board.append(unit)
        standing.append(unit)
    return standing, rejected


def _slotted(units: Sequence[UnitReading]) -> list[UnitReading]:
    """Each unit with a slot: its own, else its module if those differ, else its order."""
    modules = [unit.module_id for unit in units]
    are_modules_slots = None not in modules and len(set(modules)) == len(modules)
    return [
        unit
        if unit.slot is not None or "declared_only" in unit.flags
        else replace(unit, slot=unit.module_id if are_modules_slots else order)
        for order, unit in enumerate(units)
    ]
