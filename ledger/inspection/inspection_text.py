"""What an inspection says to a person: what was found, how long it holds, what to do next."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from ledger.durations import HOUR_NS
from ledger.inventory import ReaderWarning, Report
from ledger.inventory.amd_smi import TAKE
from ledger.things.gpu_models import NodeKind
from ledger.things.grade import Grade
from ledger.words import GRADES

UnitSummary = tuple[str, Grade, tuple[str, ...]]  # a unit's identity level, grade, flags

_FRESH = {  # else nvidia-smi
    "rocm_smi_text": "rocm-smi -a > dump.txt",
    "rocm_smi_json": "rocm-smi -a --json > dump.json",
    "amd_smi": TAKE,
}
AHEAD_NS = 14 * HOUR_NS  # the zone that is furthest ahead of UTC
_LINES_MOST = 4  # lines of one kind that are named
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Code -> what it means and what would help. Reasons of a grade first, then flags.
MEANING: dict[str, str] = {
    "remap_pending": "a memory row waits to be remapped: reset the GPU and take the report again",
    "remap_failure": "a memory row could not be remapped: the maker replaces such cards",
    "uncorrectable_remaps": "memory rows were remapped after uncorrectable errors",
    "dram_uncorrectable": "the memory had uncorrectable errors",
    "sram_uncorrectable": "the caches had uncorrectable errors",
    "uncorrectable_ecc": "the memory had uncorrectable errors",
    "sram_threshold": "the caches exceeded their error threshold",
    "banks_exhausted": "memory banks have few or no spare rows left",
    "retired_double": "memory pages were retired after double-bit errors",
    "retired_pending": "memory pages wait to be retired: reboot and take the report again",
    "recovery_needed": "the driver asks for a recovery: do it and take the report again",
    "reset_required": "the GPU needs a reset: do it and take the report again",
    "bad_pages_pending": "memory pages wait to be retired: reboot and take the report again",
    "bad_pages_unreservable": "bad memory pages could not be reserved",
    "bad_pages_retired": "bad memory pages were retired",
    "ecc_disabled": "ECC is off: `nvidia-smi -e 1`, reboot, and take the report again",
    "no_ecc": "the model has no ECC: an inspector's load test can grade it",
    "no_health_reading": "the report does not tell the memory's health",
    "virtual_function": "a slice of a card given to a guest: take the report on the host",
    "correctable_remaps": "memory rows were remapped after correctable errors",
    "banks_partial": "memory banks have used some of their spare rows",
    "retired_single": "memory pages were retired after single-bit errors",
    "serial_not_identifying": "no serial that identifies: may be leased, not sold as title",
    "leading_zero_lost?": "12 digits where 13 are due: compare the serial with the card's label",
    "weak_identity": (
        "no serial with its part number and no UUID: recorded by node and slot, no market; take "
        "the whole report as root on the host"
    ),
    "part_not_identifying": (
        "no board part number, without which a serial is not sure: take the whole report, "
        "`nvidia-smi -q`, as root"
    ),
    "name_missing": "no product name, without which a serial is not sure: take the report again",
    "shared_serial": (
        "the serial is that of a board of several GPUs: each is known by its UUID, and may be "
        "leased, not sold as title"
    ),
    "declared_only": "typed by a person: at most medium until a dump agrees",
    "pass_through": "seen from inside a virtual machine",
    "mig_enabled": "MIG mode is on",
    "correctable_ecc": "correctable ECC errors, which lower no grade",
    "pcie_width_reduced": "fewer PCIe lanes than the card has: the slot, not the card",
    "model_unlisted": (
        "a model that is not listed: it can be registered, and has no market until a clerk lists "
        "it (`gpubourse operator models --me NAME` shows how) and its report is imported again"
    ),
    "gpu_count_mismatch": (
        "the host has another number of GPUs than the report shows, so the node is not sold whole: "
        "take the report as root on the host, and not in a container"
    ),
    "board_incomplete": (
        "not all modules of a board are there, and a board is sold whole: bring the others into "
        "service, and take the report on the host itself"
    ),
    "board_unlisted": (
        "a whole board whose model this venue does not list yet: ask a clerk to list it "
        "(`gpubourse operator models --me NAME` shows how), and import the report again"
    ),
    "mixed_models": (
        "several models in one node: modules of boards among them are not sold; put those of one "
        "model together"
    ),
}


_NO_TITLE: dict[str, str] = {
    "barred": (
        "it is barred, for another card claims its UUID: an inspector has to look at every card of "
        "it, then ask for title by `gpubourse operator title THING --me NAME`"
    ),
    "no_site": (
        "the operator of the site has to agree first that it stands there, and title is asked for "
        "as soon as they do"
    ),
    "site_refused": (
        "the operator of the site said no to it within a day: speak with them, for they may still "
        "say yes, or name where it stands by `gpubourse operator node-site NODE --site SITE "
        "--me NAME`"
    ),
    "site_unclaimed": (
        "the operator of the site was asked without a claim of title: ask for it by `gpubourse "
        "operator title THING --me NAME` once they agreed"
    ),
    "identity_medium": (
        "title needs a serial with its part number of every card: `gpubourse inventory --me NAME` "
        "says what is missing and whether it can be mended; it may be leased"
    ),
    "identity_weak": (
        "a card shows neither serial nor UUID: take the whole report as root on the host, and "
        "import it"
    ),
}


def sentences(
    report: Report,
    units: Sequence[UnitSummary],
    kinds: Sequence[NodeKind],
    zone: tzinfo | None,
    now_ns: int | None,
) -> tuple[str, ...]:
    """The whole story of a report in sentences, the most important first."""
    lines = [_found(units, kinds), *_time(report, units, zone, now_ns)]
    counted = Counter(code for _, graded, flags in units for code in {*graded.reasons, *flags})
    # The order of MEANING, not of the counter: the same report tells the same story.
    reasons = {flag: kind.reason for kind in kinds for flag in kind.flags if kind.reason}
    lines += [
        f"{counted[code]} of {len(units)} GPUs: {_meaning(code, reasons)}."
        for code in MEANING
        if counted[code]
    ]
    unreadable = sorted(code for code in counted if code.startswith("unreadable:"))
    if unreadable:
        fields = ", ".join(
            code.removeprefix("unreadable:").replace("_", " ") for code in unreadable
        )
        lines.append(f"Not readable, and so left out: {fields}.")
    lines += [
        _warned(report, code)
        for code in ("not_identifying", "schema_newer", "not_utf8", "column_ignored")
    ]
    lines += [f"Left out, {left.where}: {left.text}." for left in report.rejected]
    return tuple(sentence for sentence in lines if sentence)


def unclaimed_reason(code: str) -> str:
    """Why no title was asked for a thing, by its code in a report's remarks; the rest as it is."""
    return _NO_TITLE.get(code) or MEANING.get(code, code)


def _meaning(code: str, reasons: Mapping[str, str]) -> str:
    return f"{reasons[code]}; {MEANING[code]}" if code in reasons else MEANING[code]


def _found(units: Sequence[UnitSummary], kinds: Sequence[NodeKind]) -> str:
    levels = _counts(Counter(level for level, _, _ in units), ("strong", "medium", "weak"))
    grades = _counts(Counter(graded.letter for _, graded, _ in units), GRADES)
    boards = [kind.model for kind in kinds if kind.model]
    whole = f" One whole node {boards[0]}." if len(boards) == 1 else ""
    noun = "unit" if len(units) == 1 else "units"
    return f"{len(units)} {noun}: identity {levels}; grade {grades}.{whole}"


def _counts(counter: Counter[str], order: Iterable[str]) -> str:
    return ", ".join(f"{counter[name]} {name}" for name in order if counter[name]) or "none"


def _time(
    report: Report, units: Sequence[UnitSummary], zone: tzinfo | None, now_ns: int | None
) -> list[str]:
    fresh = f"take a fresh one with `{_FRESH.get(report.format, 'nvidia-smi -q > dump.txt')}`"
    if report.taken_ns is None or report.taken_local is None:
        return ["The report bears no time that can be read: its identity counts, its grade is U."]
    lines = [f"Taken {report.taken_local.replace('T', ' ')}; graded as of then."]
    if report.zone_assumed:
        lines = [
            f"Taken {report.taken_local.replace('T', ' ')}, read as UTC because the report "
            f"{_no_zone(report)}; graded as of then."
        ]
    elif unknown := _first(report, "zone_unknown"):
        lines = [
            f"Taken {report.taken_local.replace('T', ' ')}, read in the site's zone, for "
            f"{unknown.value} names several; graded as of then."
        ]
    ends = [graded.valid_to_ns for _, graded, _ in units if graded.valid_to_ns is not None]
    if not ends:
        return lines
    day = (_EPOCH + timedelta(microseconds=ends[0] // 1_000)).astimezone(zone or UTC).date()
    lines.append(f"The grade is valid to {day.isoformat()}.")
    ahead_ns = 0 if now_ns is None else max(0, report.taken_ns - now_ns)
    if now_ns is not None and now_ns >= ends[0]:
        lines.append(f"An import today would be graded U: {fresh}.")
    elif report.zone_assumed and 0 < ahead_ns <= AHEAD_NS:
        lines.append(
            "As UTC that is still to come; an import reads it in the zone of the site. To see it "
            "so, name the zone of the server's clock, such as --zone Asia/Shanghai."
        )
    elif ahead_ns:
        lines.append(
            "The report is from the future, and an import today would be refused "
            f"(report_from_future): set the server's clock right and {fresh}."
        )
    return lines


def _first(report: Report, code: str) -> ReaderWarning | None:
    return next((warned for warned in report.warnings if warned.code == code), None)


def _no_zone(report: Report) -> str:
    assumed = _first(report, "zone_assumed")
    letters = assumed.value if assumed else None
    return f"names the zone {letters}, which is several" if letters else "names no zone"


def _warned(report: Report, code: str) -> str:
    found = [warned for warned in report.warnings if warned.code == code]
    if not found:
        return ""
    if code == "not_identifying":
        texts = ", ".join(f"line {each.line} ({each.value})" for each in found[:_LINES_MOST])
        more = f" and {len(found) - _LINES_MOST} more" if len(found) > _LINES_MOST else ""
        return f"Identifies nothing, cut or not readable: {texts}{more}."
    if code == "schema_newer":
        return f"The XML's schema (v{found[0].value}) is newer than those we know: read with care."
    if code == "not_utf8":
        return f"Line {found[0].line} holds text that is not UTF-8: read as far as it can be."
    return "Columns left out: " + ", ".join(str(warned.value) for warned in found) + "."
