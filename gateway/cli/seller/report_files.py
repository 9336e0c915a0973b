"""Report files from disk: looked at by size first, read once, refused in a person's words."""

import glob
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from gateway.cli.exit_codes import USAGE, VerbFailed
from gateway.contract.languages import in_language
from ledger.inspection.report_inspection import ReportInspection, inspect_report
from ledger.inventory import (
    COLLECTED_BYTES_MOST,
    Unreadable,
    must_fit_together,
    read_report,
    split_reports,
    split_table,
)
from ledger.refusals import sentence_of

STDIN = "-"
FILES_MOST: Final = 10_000  # of one line: a folder that holds more was named by mistake


def read_report_file(path: Path) -> bytes:
    """The bytes of one file of reports; `-` is standard input. Past 64 MiB it is never read."""
    if str(path) == STDIN:
        raw = sys.stdin.buffer.read(COLLECTED_BYTES_MOST + 1)
        must_fit_together(len(raw))
        return raw
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise VerbFailed(USAGE, f"{path} is a folder.", "Name the report files in it.")
        must_fit_together(found.st_size)
        with path.open("rb") as file:  # a pipe has no size: it is cut off where it is too long
            raw = file.read(COLLECTED_BYTES_MOST + 1)
    except FileNotFoundError:
        raise VerbFailed(USAGE, f"There is no file {path}.", "Check its name.") from None
    except OSError as error:
        raise VerbFailed(
            USAGE, f"{path} cannot be read: {error.strerror}.", "Check its rights."
        ) from None
    must_fit_together(len(raw))
    return raw


class NamedReport(NamedTuple):
    """One report, under the name by which its file and its place in it are told."""

    name: str
    raw: bytes | None  # None: the file could not be read as a report
    refusal: Unreadable | None = None


def report_paths(words: tuple[Path, ...]) -> list[Path]:
    """The files that these words name, in their order: files, folders with all in them, patterns.

    A folder's files come by name, hidden ones left out. A pattern (`*.txt`) is taken where
    the shell has not taken it. Raises: VerbFailed for a folder or pattern without any,
    and for more than 10,000 in all.
    """
    found: list[Path] = []
    for word in words:
        for path in _named_by(word):
            found.append(path)
            if len(found) > FILES_MOST:
                text = f"{word} makes more than {FILES_MOST:,} files."
                raise VerbFailed(USAGE, text, "Name the folder of the reports alone.")
    return found


def _named_by(word: Path) -> Iterator[Path]:
    """The files of one word, as they come."""
    if str(word) == STDIN:
        yield word
    elif word.is_dir():
        yield from _must_have_some(_files_in(word), f"The folder {word} holds no file.")
    elif glob.has_magic(str(word)) and not word.exists():
        there = (Path(each) for each in sorted(glob.iglob(str(word), recursive=True)))
        files = (path for path in there if not path.is_dir())
        yield from _must_have_some(files, f"There is no file {word}.")
    else:
        yield word


def _files_in(folder: Path) -> Iterator[Path]:
    """The folder's files, and those of the folders in it, by name."""
    try:
        for path in sorted(folder.iterdir()):
            if path.name.startswith("."):
                continue
            if path.is_dir() and not path.is_symlink():  # a link could lead round in a ring
                yield from _files_in(path)
            elif not path.is_dir():
                yield path
    except OSError as error:
        raise VerbFailed(
            USAGE, f"{folder} cannot be read: {error.strerror}.", "Check its rights."
        ) from None


def _must_have_some(paths: Iterator[Path], wrong: str) -> Iterator[Path]:
    """The paths; VerbFailed if there are none."""
    first = next(paths, None)
    if first is None:
        raise VerbFailed(USAGE, wrong, "Check its name.")
    yield first
    yield from paths


def named_reports(words: tuple[Path, ...]) -> Iterator[NamedReport]:
    """Every report of these files; a file that collects those of several servers is split.

    A table of more cards than one report may have is split at its nodes.
    """
    paths = report_paths(words)
    for path in paths:
        try:
            raw = read_report_file(path)
            parts = split_table(raw) or split_reports(raw)
        except Unreadable as error:
            yield NamedReport(str(path), None, error)
            continue
        except VerbFailed as no:  # a file that is not there: the others are read all the same
            if len(paths) == 1:
                raise
            wrong = Unreadable(
                "not_recognised",
                sentence_of("{error}", error=str(no).rstrip(".")),
                sentence_of("The other files were tried"),
            )
            yield NamedReport(str(path), None, wrong)
            continue
        for at, part in enumerate(parts, start=1):
            place = f" ({at} of {len(parts)}, line {part.line})" if len(parts) > 1 else ""
            host = f" {part.host}" if part.host and len(parts) > 1 else ""
            yield NamedReport(f"{path}{host}{place}", part.raw)


def in_words(name: str, error: Unreadable, lang: str) -> str:
    """A report's refusal in a language: which file, what was wrong, where, what to do."""
    return f"{name}: {error.code}: {in_language(error.sentence, lang)}"


def readable(report: NamedReport, lang: str) -> bytes:
    """The report's bytes; what nobody can read need not travel. Raises: VerbFailed."""
    raw = _must_be_read(report, lang)
    try:
        read_report(raw)
    except Unreadable as error:
        raise VerbFailed(USAGE, in_words(report.name, error, lang)) from None
    return raw


def inspected(report: NamedReport, lang: str) -> ReportInspection:
    """What the report shows, read here and now. Raises: VerbFailed."""
    try:
        return inspect_report(_must_be_read(report, lang), None, time.time_ns())
    except Unreadable as error:
        raise VerbFailed(USAGE, in_words(report.name, error, lang)) from None


def _must_be_read(report: NamedReport, lang: str) -> bytes:
    if report.raw is not None:
        return report.raw
    assert report.refusal is not None, "a report without bytes bears its refusal"
    raise VerbFailed(USAGE, in_words(report.name, report.refusal, lang))


def remark(about: dict[str, Any]) -> str:
    """One remark of the venue on a report: where, what, why."""
    order = ("where", "line", "code", "value", "why", "detail")
    shown = [f"line {about[n]}" if n == "line" else str(about[n]) for n in order if about.get(n)]
    return " ".join(shown)
