"""`gpubourse inspect`: what a report shows, offline; at a venue also what it is worth."""

import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from gateway.cli.exit_codes import USAGE, VerbFailed
from gateway.cli.figures import short
from gateway.cli.options import VerbContext, with_context
from gateway.cli.output import Output
from gateway.cli.seller.report_files import NamedReport, in_words, left_out, named_reports
from gateway.contract.page_words import in_page_words
from ledger.inspection.report_inspection import ReportInspection, as_json, inspect_report
from ledger.inventory import Unreadable

NO_UNIT = "holds no unit that could be registered"


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option("--zone", default="", help="Zone of times that name none: Asia/Shanghai.")
@click.option("--point", default="", metavar="CN-BJ", help="With --venue: worth there alone.")
@click.option("--venue", default="", metavar="URL", help="Add what they are worth at this venue.")
@with_context("lang")
def inspect(
    context: VerbContext, files: tuple[Path, ...], zone: str, point: str, venue: str
) -> None:
    """Read FILE and say what it shows: every unit's identity, grade and why. Registers nothing.

    Reads `nvidia-smi -q` (text or -x), its --query-gpu CSV, `amd-smi`, `rocm-smi -a`, Redfish and
    plain CSV; `-` is standard input. A file that collects several servers' reports is split.
    With --venue the last words are what the units are worth there, from public figures; of several
    reports it is one table by class and delivery point, and a machine counts once.

    \b
    Example:
      nvidia-smi -q > dump.txt
      gpubourse inspect dump.txt
      gpubourse inspect dump.txt --venue http://127.0.0.1:8470 --json
    """
    reports = named_reports(files, context.lang)
    files_read = [_FileInspection(each, _zone(zone), context.lang) for each in reports]
    is_one = len(files_read) == 1
    worth: dict[str, Any] | None = None
    known = [each.found for each in files_read if each.found is not None]
    if venue and known:  # a flag alone, never a setting: without it nobody is asked
        from gateway.cli.seller.worth import worth_of  # noqa: PLC0415 # to ask is heavy

        worth = worth_of(venue, known, point)
    documents = [each.document(worth if is_one else None) for each in files_read]
    fleet = {"files": documents} | ({} if worth is None else {"worth": worth})
    context.output.document(documents[0] if is_one else fleet)
    for each in files_read:
        _write(context.output, each, is_one=is_one)
    if worth is not None:
        _write_worth(context.output, worth, is_one=is_one)
    empty = [each for each in files_read if not each.has_units]
    if empty:
        raise VerbFailed(USAGE, "\n".join(each.reason_empty for each in empty))


class _FileInspection:
    """One report, read or refused."""

    def __init__(self, report: NamedReport, zone: ZoneInfo | None, lang: str) -> None:
        self.name = report.name
        self._lang = lang
        self.found: ReportInspection | None = None
        self.refusal = report.refusal
        if report.raw is not None:
            try:
                self.found = inspect_report(report.raw, zone, time.time_ns())
            except Unreadable as error:
                self.refusal = error

    @property
    def has_units(self) -> bool:
        return self.found is not None and bool(self.found.units)

    @property
    def reason_empty(self) -> str:
        if self.refusal is not None:
            return in_words(self.name, self.refusal, self._lang)
        assert self.found is not None
        return f"{self.name} {NO_UNIT}: {left_out(self.found.rejected, self._lang)}"

    def document(self, worth: dict[str, Any] | None) -> dict[str, Any]:
        """The contract's document; a report that was refused is all rejected."""
        if self.found is None:
            assert self.refusal is not None
            where = f"line {self.refusal.line}" if self.refusal.line else "the file"
            detail = f"{self.refusal.code}: {self.refusal.detail}. {self.refusal.advice}"
            document: dict[str, Any] = {"units": [], "rejected": [{"where": where, "why": detail}]}
        else:
            document = as_json(self.found)
        return document if worth is None else {**document, "worth": worth}


def _write(output: Output, inspection: _FileInspection, *, is_one: bool) -> None:
    if not inspection.has_units or output.is_json:
        return
    assert inspection.found is not None
    if not is_one:
        output.write(f"\n{inspection.name}")
    output.table(
        ("slot>", "model", "memory>", "serial", "uuid", "identity", "grade", "remarks"),
        [
            (
                unit.reading.slot,
                unit.model.code if unit.model else unit.reading.model_name,
                f"{unit.reading.memory_mib:,} MiB" if unit.reading.memory_mib else "-",
                unit.reading.serial or "-",
                short(unit.reading.uuid) or "-",
                unit.identity.level,
                unit.grade.letter,
                "; ".join(
                    in_page_words("reason", code)
                    for code in dict.fromkeys((*unit.grade.reasons, *unit.flags))
                ),
            )
            for unit in inspection.found.units
        ],
    )
    for sentence in inspection.found.sentences:
        output.write(sentence)


def _write_worth(output: Output, worth: dict[str, Any], *, is_one: bool) -> None:
    """What it is worth in words; of a fleet also as one table, the total at its end."""
    from gateway.cli.seller.worth import TOTAL_HEADINGS, total_rows  # noqa: PLC0415 # as above

    if not is_one:
        output.write("")
    for sentence in worth["sentences"]:
        output.write(sentence)
    if not is_one and (rows := total_rows(worth)):
        output.write("")
        output.table(TOTAL_HEADINGS, rows)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        raise VerbFailed(
            USAGE, f"There is no zone {name!r}.", "Say it like Asia/Shanghai."
        ) from None
