"""The health grade of a unit by DOMAIN 1's table: the first row that matches, and why."""

from collections.abc import Iterable
from typing import NamedTuple

from msgspec import Struct

from ledger.durations import DAY_NS
from ledger.reports.identity import identity
from ledger.reports.report import ReaderWarning, UnitReading
from ledger.things.gpu_models import ModelFacts
from ledger.words import GRADES, GradeLetter

GRADE_VALID_NS = 90 * DAY_NS  # first value of rule `grade_valid`


class GradeRow(NamedTuple):
    """One cause of a grade: its reason, and the readings of which any above 0 is one."""

    reason: str
    keys: tuple[str, ...]


_NVIDIA_C = (
    GradeRow("remap_pending", ("remap_pending",)),
    GradeRow("remap_failure", ("remap_failure",)),
    GradeRow("uncorrectable_remaps", ("remap_uncorrectable",)),
    GradeRow("dram_uncorrectable", ("dram_uncorrectable", "dram_uncorrectable_volatile")),
    GradeRow("sram_uncorrectable", ("sram_uncorrectable", "sram_uncorrectable_volatile")),
    GradeRow("sram_threshold", ("sram_threshold",)),
    GradeRow("banks_exhausted", ("banks_low", "banks_none")),
    GradeRow("retired_double", ("retired_double",)),
    GradeRow("retired_pending", ("retired_pending",)),
    GradeRow("recovery_needed", ("recovery_needed",)),
    GradeRow("reset_required", ("reset_required",)),
)
_NVIDIA_B = (
    GradeRow("correctable_remaps", ("remap_correctable",)),
    GradeRow("banks_partial", ("banks_partial",)),
    GradeRow("retired_single", ("retired_single",)),
)
_AMD_C = (
    GradeRow("uncorrectable_ecc", ("dram_uncorrectable", "sram_uncorrectable")),
    GradeRow("bad_pages_pending", ("bad_pages_pending",)),
    GradeRow("bad_pages_unreservable", ("bad_pages_unreservable",)),
)
_AMD_B = (GradeRow("bad_pages_retired", ("bad_pages_retired",)),)

INSPECTOR_C = ("cosmetic_damage", "warranty_void")  # an inspector's own flags
LOAD_TEST_FAILED = "load_test_failed"

_REMAPS = ("remap_correctable", "remap_uncorrectable", "remap_pending", "remap_failure")
_RETIRED = ("retired_single", "retired_double", "retired_pending")
_COUNTERS = ("dram_uncorrectable", "sram_uncorrectable")
_BAD_PAGES = ("bad_pages_retired", "bad_pages_pending", "bad_pages_unreservable")
_EITHER = frozenset({"recovery_needed", "reset_required"})  # one question; newer drivers ask once


class GradeCause(NamedTuple):
    """A reading that spoke: its reason, its key, its value."""

    reason: str
    key: str
    value: int


class Grade(Struct, frozen=True):
    """`valid_to_ns` ends the validity (exclusive); None when the report bears no time."""

    letter: GradeLetter
    reasons: tuple[str, ...] = ()
    valid_to_ns: int | None = None
    causes: tuple[GradeCause, ...] = ()


def grade(
    unit: UnitReading,
    report_taken_ns: int | None,
    now_ns: int | None,
    model: ModelFacts | None,
    *,
    load_test: str = "none",
    inspector_flags: tuple[str, ...] = (),
    valid_ns: int = GRADE_VALID_NS,
) -> Grade:
    """The unit's grade at *now_ns*, or (None) as of the report's own time.

    *model* is the catalogue's, or None if unlisted; *load_test* is passed, failed or none.
    Missing is never "No": a reading of row C that is there but unreadable leads to U.
    Source: DOMAIN 1, the table of grades.
    """
    valid_to_ns = None if report_taken_ns is None else report_taken_ns + valid_ns
    is_amd = unit.vendor == "amd"
    bad = _causes(unit, _AMD_C if is_amd else _NVIDIA_C)
    faults = [flag for flag in INSPECTOR_C if flag in inspector_flags]
    if load_test == "failed":
        faults.append(LOAD_TEST_FAILED)
    if bad or faults:
        return Grade("C", (*_reasons(bad), *faults), valid_to_ns, bad)
    unknown = _amd_unknown(unit) if is_amd else _nvidia_unknown(unit)
    if not is_amd and model is not None and not model.has_ecc and load_test == "passed":
        unknown = []
    unknown += _evidence_unknown(unit, valid_to_ns, now_ns)
    if unknown:
        return Grade("U", tuple(unknown), valid_to_ns)
    worn = _causes(unit, _AMD_B if is_amd else _NVIDIA_B)
    return Grade("B" if worn else "A", _reasons(worn), valid_to_ns, worn)


def worst(letters: Iterable[GradeLetter]) -> GradeLetter:
    """A node's grade: the worst of its units; U of none."""
    return max(letters, key=GRADES.index, default="U")


def warnings(unit: UnitReading, graded: Grade) -> list[ReaderWarning]:
    """What lowered the grade, each with the line of the report it stands on."""
    return [ReaderWarning(c.reason, unit.lines.get(c.key), c.value) for c in graded.causes]


def _causes(unit: UnitReading, rows: tuple[GradeRow, ...]) -> tuple[GradeCause, ...]:
    return tuple(
        GradeCause(row.reason, key, unit.readings[key])
        for row in rows
        for key in row.keys
        if unit.readings.get(key, 0) > 0
    )


def _reasons(causes: tuple[GradeCause, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(cause.reason for cause in causes))


def _nvidia_unknown(unit: UnitReading) -> list[str]:
    if "no_ecc" in unit.flags:
        return ["no_ecc"]
    if unit.readings.get("ecc_on") == 0:
        return ["ecc_disabled"]
    is_complete = (
        "ecc_on" in unit.readings
        and (_has(unit, _REMAPS) or _has(unit, _RETIRED))
        and _has(unit, _COUNTERS)
        and not _unreadable(unit)
    )
    return [] if is_complete else ["no_health_reading"]


def _amd_unknown(unit: UnitReading) -> list[str]:
    unknown = ["virtual_function"] if "virtual_function" in unit.flags else []
    if not (_has(unit, _BAD_PAGES) and _has(unit, ("dram_uncorrectable",))):
        unknown.append("no_health_reading")
    return unknown


def _unreadable(unit: UnitReading) -> bool:
    """Whether a reading that could have meant C is there in words nobody knows."""
    needed = {key for row in _NVIDIA_C for key in row.keys}
    silent = {flag.removeprefix("unreadable:") for flag in unit.flags} & needed
    if silent & _EITHER and any(key in unit.readings for key in _EITHER):
        silent -= _EITHER
    return bool(silent)


def _evidence_unknown(unit: UnitReading, valid_to_ns: int | None, now_ns: int | None) -> list[str]:
    unknown = []
    if valid_to_ns is None:
        unknown.append("report_undated")
    elif now_ns is not None and now_ns >= valid_to_ns:
        unknown.append("report_too_old")
    if identity(unit).level == "weak":
        unknown.append("weak_identity")
    return unknown


def _has(unit: UnitReading, keys: tuple[str, ...]) -> bool:
    return all(key in unit.readings for key in keys)
