"""Report files from disk: looked at by size first, read once, refused in a person's words."""

import errno
import glob
import stat
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from gateway.cli.exit_codes import USAGE, VerbFailed
from gateway.contract.languages import in_language
from gateway.contract.page_words import in_page_words
from ledger.inspection.report_inspection import ReportInspection, inspect_report
from ledger.inventory import (
    COLLECTED_BYTES_MOST,
    TAKE_ANEW,
    RejectedUnit,
    Unreadable,
    must_fit_together,
    read_report,
    split_reports,
    split_table,
)
from ledger.refusals import Sentence, sentence_of

STDIN = "-"
FILES_MOST: Final = 10_000  # of one line: a folder that holds more was named by mistake
NOT_THERE: Final = (errno.ENOENT, errno.ENOTDIR)
NO_RIGHT: Final = (errno.EACCES, errno.EPERM)
CHECK_NAME: Final = sentence_of("Check its name")


class FileRefused(Unreadable):
    """A file that never came to a reader of reports: its `code` is the command line's own.

    One of `no_such_file`, `is_a_folder`, `empty_folder`, `too_many_files`, `no_right_to_file`,
    `unreadable_file`, `empty_file`; its sentence names the file.
    """


def read_report_file(path: Path) -> bytes:
    """The bytes of one file of reports; `-` is standard input. Raises: as `read_file`; if empty."""
    raw = read_file(path)
    if not raw.strip():
        name = "standard input" if str(path) == STDIN else path
        raise _refused("empty_file", sentence_of("{path} is empty", path=name), TAKE_ANEW)
    return raw


def read_file(path: Path) -> bytes:
    """The bytes of a file that people gave; `-` is standard input. Past 64 MiB it is never read.

    Raises: Unreadable for a file that is too long, and FileRefused for one that is none.
    """
    try:
        if str(path) == STDIN:
            raw = sys.stdin.buffer.read(COLLECTED_BYTES_MOST + 1)
        else:
            found = path.stat()
            if stat.S_ISDIR(found.st_mode):
                raise _refused(
                    "is_a_folder",
                    sentence_of("{path} is a folder", path=path),
                    sentence_of("Name the report files in it"),
                )
            must_fit_together(found.st_size)
            with path.open("rb") as file:  # a pipe has no size: it is cut off where it is too long
                raw = file.read(COLLECTED_BYTES_MOST + 1)
    except OSError as error:
        raise _not_read(path, error) from None
    must_fit_together(len(raw))
    return raw


def _refused(code: str, finding: Sentence, advice: Sentence) -> FileRefused:
    return FileRefused(code, finding, advice)


def _not_read(path: Path, error: OSError) -> FileRefused:
    """Why a file or folder cannot be read: it is not there, one may not, or the disk says so."""
    if error.errno in NOT_THERE:
        return _no_file(path)
    if error.errno in NO_RIGHT:
        return _refused(
            "no_right_to_file",
            sentence_of("You have no right to read {path}", path=path),
            sentence_of("Check its rights, or read it as its owner"),
        )
    return _refused(
        "unreadable_file",
        sentence_of("{path} cannot be read ({error})", path=path, error=error.strerror),
        sentence_of("Check the disk, or give another copy of the file"),
    )


def _no_file(path: Path) -> FileRefused:
    finding = sentence_of("There is no file {path}", path=path)
    return _refused("no_such_file", finding, CHECK_NAME)


class NamedReport(NamedTuple):
    """One report, under the name by which its file and its place in it are told."""

    name: str
    raw: bytes | None  # None: the file could not be read as a report
    refusal: Unreadable | None = None


def report_files(words: Iterable[Path]) -> Iterator[Path | FileRefused]:
    """The files that these words name, in their order: files, folders with all in them, patterns.

    A folder's files come by name, hidden ones left out. A pattern (`*.txt`) is taken where
    the shell has not taken it. A folder or pattern without any comes as its refusal.
    Raises: FileRefused for more than 10,000 in all.
    """
    number = 0
    for word in words:
        for found in _named_by(word):
            number += 1
            if number > FILES_MOST:
                raise _refused(
                    "too_many_files",
                    sentence_of(
                        "{path} makes more than {most:,} files", path=word, most=FILES_MOST
                    ),
                    sentence_of("Name the folder of the reports alone"),
                )
            yield found


def _named_by(word: Path) -> Iterator[Path | FileRefused]:
    """The files of one word, as they come."""
    try:
        if str(word) == STDIN:
            yield word
        elif word.is_dir():
            finding = sentence_of("The folder {path} holds no file", path=word)
            nothing = _refused("empty_folder", finding, CHECK_NAME)
            yield from _some_or(nothing, _files_in(word))
        elif glob.has_magic(str(word)) and not word.exists():
            there = (Path(each) for each in sorted(glob.iglob(str(word), recursive=True)))
            yield from _some_or(_no_file(word), (path for path in there if not path.is_dir()))
        else:
            yield word
    except OSError as error:
        yield _not_read(word, error)


def _files_in(folder: Path) -> Iterator[Path | FileRefused]:
    """The folder's files, and those of the folders in it, by name; one that is shut as refused."""
    try:
        inside = sorted(folder.iterdir())
    except OSError as error:
        yield _not_read(folder, error)
        return
    for path in inside:
        if path.name.startswith("."):
            continue
        if path.is_dir() and not path.is_symlink():  # a link could lead round in a ring
            yield from _files_in(path)
        elif not path.is_dir():
            yield path


def _some_or(
    nothing: FileRefused, found: Iterator[Path | FileRefused] | Iterator[Path]
) -> Iterator[Path | FileRefused]:
    """What was found; *nothing* if that is not a single one."""
    first = next(found, None)
    yield nothing if first is None else first
    yield from found


def named_reports(words: Iterable[Path], lang: str) -> Iterator[NamedReport]:
    """Every report of these files; a file that collects those of several servers is split.

    A table of more cards than one report may have is split at its nodes. A file that is not there,
    or cannot be read, comes with its refusal: the others are read all the same.
    Raises: VerbFailed for too many files, in this language.
    """
    try:
        files = list(report_files(words))
    except FileRefused as error:
        raise VerbFailed(USAGE, in_words("", error, lang)) from None
    for file in files:
        if isinstance(file, FileRefused):
            yield NamedReport(str(file.detail.values["path"]), None, file)
            continue
        try:
            raw = read_report_file(file)
            parts = split_table(raw) or split_reports(raw)
        except Unreadable as error:
            yield NamedReport(str(file), None, error)
            continue
        for at, part in enumerate(parts, start=1):
            place = f" ({at} of {len(parts)}, line {part.line})" if len(parts) > 1 else ""
            host = f" {part.host}" if part.host and len(parts) > 1 else ""
            yield NamedReport(f"{file}{host}{place}", part.raw)


def in_words(name: str, error: Unreadable, lang: str) -> str:
    """A report's refusal in a language: which file, what was wrong, where, what to do."""
    words = f"{error.code}: {in_language(error.sentence, lang)}"
    return words if isinstance(error, FileRefused) else f"{name}: {words}"  # which names it already


def left_out(units: Iterable[RejectedUnit], lang: str) -> str:
    """The units of a report that may not be registered, in a language: where, and why."""
    sentences = (
        f"{in_language(each.where, lang)}: {each.code}: {in_language(each.detail, lang)}."
        for each in units
    )
    return " ".join(sentences)


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
    members = {n: str(about[n]) for n in order if about.get(n)}
    if "line" in members:
        members["line"] = f"line {members['line']}"
    if "code" in members:
        members["code"] = in_page_words("reason", members["code"])
    return " ".join(members.values())
