"""`gpubourse audit export`: the journal in an auditor's own formats, a file for each month."""

import json
import re
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import click

from gateway.cli.auditor.audit import AS_OF, position_at, whole_journal
from gateway.cli.evidence.attached_journal import AttachedJournal
from gateway.cli.evidence.export_files import CsvFiles, MonthFiles, TextFiles, text_file
from gateway.cli.exit_codes import CHECK_FAILED, NOT_FOUND, UNAVAILABLE, USAGE, VerbFailed
from gateway.cli.new_file import must_take_files
from gateway.cli.options import VerbContext, with_context
from gateway.cli.terminal import show_text
from ledger.audit.progress import Progress
from ledger.exports.beancount_ledger import BeancountLedger
from ledger.exports.export_report import ExportedMonth, ExportReport
from ledger.exports.export_source import ExportSource, Period
from ledger.exports.general_ledger import Fact, GeneralLedger
from ledger.exports.hledger_journal import HledgerJournal
from ledger.exports.journal_lines import JournalLines, NotText
from ledger.exports.record_tables import RecordTables
from ledger.exports.walk import (
    CoveredPeriod,
    NoWholeCommit,
    by_month,
    last_day,
    opened_of,
    source_of,
    whole,
)

FORMATS: Final = ("hledger", "beancount", "parquet", "csv", "jsonl")
SUMS: Final = "SHA256SUMS"  # written last: an export without it is not whole
REPORT: Final = "export.json"
FOLDER = click.Path(path_type=Path, file_okay=False)
_MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


class Month(click.ParamType[str]):
    """YYYY-MM."""

    name = "month"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The month; fails as a usage error for any other text."""
        if not _MONTH.fullmatch(str(value)):
            self.fail(f"{value!r} is no month: write it like 2026-11.")
        return str(value)


@click.command("export")
@click.option("--format", "form", type=click.Choice(FORMATS), required=True)
@click.option("--out", required=True, type=FOLDER, metavar="DIR", help="A new or empty folder.")
@click.option(
    "--month",
    "months",
    type=Month(),
    multiple=True,
    metavar="YYYY-MM",
    help="This month alone, where the venue is; repeat. By default all.",
)
@AS_OF
@with_context("data")
def export(
    context: VerbContext, form: str, out: Path, months: tuple[str, ...], moment: str
) -> None:
    """Write the journal for other programs: files by month, with closing balances and the head.

    hledger and beancount get cash and titles as books that they check; Parquet and CSV postings,
    titles and events as tables; JSON lines every event, command and commit as stored. With --as-of
    they end with the last commit of that moment, and bear its head.

    \b
    Example:
      gpubourse audit export --format hledger --out books
      gpubourse audit export --format csv --out tables --month {past_month}
      gpubourse audit export --format jsonl --out journal --as-of {instant}
    """
    if form == "parquet" and find_spec("pyarrow") is None:
        raise VerbFailed(
            UNAVAILABLE,
            "Parquet files need Arrow's library, which is not installed here.",
            "Install it: `pip install 'gpubourse[parquet]'`; or export as csv.",
        )
    must_be_empty(out)
    must_take_files(out)
    with whole_journal(context) as to:
        try:
            source = source_of(to.journal, to.folding, _upto(context, to, moment))
            if source is None:
                raise VerbFailed(
                    NOT_FOUND, "The journal is empty.", "Open the venue first: `gpubourse run`."
                )
            must_be_held(to, source, months)
            out.mkdir(parents=True, exist_ok=True)
            with context.output.progress("exporting", source.position) as steps:
                report = _exported(to, source, form, out, months, lambda at, _: steps.reach(at))
        except (NoWholeCommit, NotText) as error:
            raise VerbFailed(
                CHECK_FAILED, f"{error}.", "Say `gpubourse audit verify` for all of it."
            ) from None
        except OSError as error:
            raise VerbFailed(UNAVAILABLE, f"{out} cannot be written: {error}.") from None
    context.output.document(report)
    if not context.is_json:
        context.output.table(
            ("month", "positions", "", "files"),
            [
                (
                    each["month"],
                    f"{each['first_position']:,} to {each['last_position']:,}",
                    "" if each["is_over"] else "not over",
                    " ".join(file["file"] for file in each["files"]),
                )
                for each in report["months"]
            ],
        )
    context.output.write(f"{out}: made at {source.head}; its hashes are in {SUMS}.")


def _upto(context: VerbContext, to: AttachedJournal, moment: str) -> int | None:
    """The position up to which to tell; None: all. VerbFailed where no commit ends by then."""
    if not moment:
        return None
    position = position_at(context, to, moment)
    before, after = to.journal.commits_around(position)
    if before is None and after is not None:
        raise VerbFailed(
            NOT_FOUND,
            f"The first commit of this journal ends at position {after.last_position:,}, behind "
            f"{position:,}, and an export ends with a commit.",
            "Name a later moment, or leave --as-of out.",
        )
    return position


def must_be_empty(folder: Path) -> None:
    """Raise VerbFailed for a folder that has something in it, or cannot be read."""
    try:
        is_taken = folder.exists() and any(folder.iterdir())
    except OSError as error:
        raise VerbFailed(USAGE, f"{folder} cannot be used: {error}.", "Name another.") from None
    if is_taken:
        raise VerbFailed(USAGE, f"{folder} is not empty.", "Name a new folder, or an empty one.")


def must_be_held(to: AttachedJournal, source: ExportSource, months: tuple[str, ...]) -> None:
    """Raise VerbFailed for a month before the venue opened, or after the journal's end."""
    opened = opened_of(to.journal, to.folding)
    assert opened is not None, "a journal with a head has a first event"
    first = source.month(source.day(opened.at_ns)).label
    last = source.month(last_day(to.journal, to.folding, source)).label
    wrong = sorted(month for month in months if not first <= month <= last)
    if wrong:
        raise VerbFailed(
            NOT_FOUND,
            f"The journal holds nothing of {', '.join(wrong)}.",
            f"Name months from {first} to {last}.",
        )


def show_hledger(to: AttachedJournal, position: int, progress: Progress) -> None:
    """Print cash and titles up to a position as one journal of hledger's."""
    opened = opened_of(to.journal, to.folding)
    if opened is None:
        return
    commit, _ = to.journal.commits_around(position)
    ends_there = commit is not None and commit.last_position == position
    source = ExportSource.at(opened, commit) if commit and ends_there else None
    source = source or ExportSource.of(opened, position, "")
    whole(to.journal, to.folding, source, _Shown(HledgerJournal(source)), progress)


class _Shown:
    """Prints a journal."""

    def __init__(self, lines: HledgerJournal) -> None:
        self._lines = lines

    def begin(self, period: Period, ledger: GeneralLedger) -> None:
        _show(self._lines.begin(period, ledger))

    def fact(self, fact: Fact, ledger: GeneralLedger) -> None:
        _show(self._lines.fact(fact, ledger))

    def end(self, period: Period, ledger: GeneralLedger) -> None:
        _show(self._lines.end(period, ledger))


def _show(lines: Any) -> None:
    for line in lines:
        show_text(line)


def _exported(
    to: AttachedJournal,
    source: ExportSource,
    form: str,
    out: Path,
    months: tuple[str, ...],
    progress: Progress,
) -> ExportReport:
    files = MonthFiles(out)
    wanted = frozenset(months) or None
    try:
        with closing(_sink(form, files, source, to)) as sink:
            covered = by_month(to.journal, to.folding, source, sink, wanted, progress)
    except BaseException:
        files.forget_parts()
        raise
    ends = last_day(to.journal, to.folding, source)
    report = ExportReport(
        format=form,
        venue=source.venue,
        position=source.position,
        chain=source.chain,
        months=[_month(each, files, each.period.last < ends) for each in covered],
    )
    with text_file(out / REPORT) as file:
        file.write(json.dumps(report, indent=1) + "\n")
    sums = [
        f"{each['sha256']}  {each['file']}\n"
        for month in report["months"]
        for each in month["files"]
    ]
    with text_file(out / SUMS) as file:
        file.writelines(sums)
    return report


def _month(covered: CoveredPeriod, files: MonthFiles, is_over: bool) -> ExportedMonth:
    return ExportedMonth(
        month=covered.period.label,
        first_position=covered.first_position,
        last_position=covered.last_position,
        is_over=is_over,
        files=files.listed(covered.period.label),
    )


def _sink(form: str, files: MonthFiles, source: ExportSource, to: AttachedJournal) -> Any:
    match form:
        case "hledger":
            return TextFiles(files, HledgerJournal(source), "journal")
        case "beancount":
            return TextFiles(files, BeancountLedger(source), "beancount")
        case "jsonl":
            return TextFiles(files, JournalLines(source, to.journal), "jsonl")
        case "csv":
            return CsvFiles(files, RecordTables(source))
    from gateway.cli.evidence.parquet_files import ParquetFiles  # noqa: PLC0415 # an extra

    return ParquetFiles(files, RecordTables(source), source)
