"""Readers of real inventories: raw bytes in, one frozen `Report` out, or one refusal."""

from collections.abc import Sequence
from datetime import tzinfo
from hashlib import sha256

from msgspec.structs import replace

from ledger.inventory import identity, nvidia_text, nvidia_xml, plain_csv, rocm_text
from ledger.inventory.physical import slice_detail
from ledger.inventory.redfish import refuse_json
from ledger.inventory.report import (
    GPUS_MOST,
    REPORT_BYTES_MOST,
    DraftReport,
    ReaderWarning,
    RejectedUnit,
    Report,
    UnitReading,
    Unreadable,
    must_fit,
)
from ledger.inventory.source import Source, read_source
from ledger.inventory.taken import read_taken

__all__ = [
    "GPUS_MOST",
    "REPORT_BYTES_MOST",
    "ReaderWarning",
    "RejectedUnit",
    "Report",
    "UnitReading",
    "Unreadable",
    "must_fit",
    "read_report",
]

_DUMP = "Run `nvidia-smi -q > dump.txt` on the server and give that file"


def read_report(raw: bytes, zone: tzinfo | None = None) -> Report:
    """Recognise the format and read one file; *zone* is the site's, for times that name none.

    Formats: `nvidia-smi -q` text and XML, `rocm-smi -a` text, plain CSV. A file of two hosts'
    reports is refused; a CSV may name many nodes. Units that may not be registered (a twin in
    the same file, a MIG instance or vGPU guest, a damaged serial) stand in `rejected`.
    Raises: Unreadable, with code, what was wrong, what to do, and where.
    """
    must_fit(len(raw))
    source = read_source(raw)
    draft = _read(source)
    units, rejected = _judged(draft)
    if not units and not rejected:
        raise Unreadable("no_gpu_found", "the report lists no GPU", _DUMP)
    taken = read_taken(draft.stamp, zone)
    warnings = [*source.warnings, *draft.warnings]
    if taken.ns is None:
        warnings.append(ReaderWarning("report_undated", draft.stamp_line, draft.stamp))
    elif taken.zone_assumed:
        warnings.append(ReaderWarning("zone_assumed", draft.stamp_line))
    shown = len(units) + len(rejected)
    if draft.attached_count is not None and draft.attached_count != shown:
        warnings.append(ReaderWarning("gpu_count_mismatch", None, draft.attached_count))
    return Report(
        sha256=sha256(raw).hexdigest(),
        format=draft.format,
        units=tuple(_slotted(units)),
        rejected=tuple(rejected),
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
    first = next(line for line in source.lines if line.strip())
    if plain_csv.is_header(first):
        return plain_csv.read_csv(source)
    if first.lstrip().startswith(("{", "[")):
        raise refuse_json(source)
    raise _unknown(source)


def _unknown(source: Source) -> Unreadable:
    """A refusal that knows the files people give by mistake."""
    for number, line in enumerate(source.lines[:200], start=1):
        if "No devices were found" in line or "NVIDIA-SMI has failed" in line:
            return Unreadable("no_gpu_found", "nvidia-smi found no GPU", _DUMP, line=number)
        if "NVIDIA-SMI" in line or line.startswith("GPU 0: "):
            return source.unrecognised("this is the overview, without serials", _DUMP, number)
        if "pci.bus_id" in line or line.startswith("name, "):
            return source.unrecognised("a `--query-gpu` table is not read yet", _DUMP, number)
    return source.unrecognised("the file is no inventory that we know", _DUMP, 1)


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
        detail = f"{twin.shared} stands already at {first.where}; a card can be in one place only"
        rejected.append(RejectedUnit(unit.where, "duplicate_in_file", detail, unit.node))
    return [unit for at, unit in enumerate(physical) if at not in twins], rejected


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
