"""How a verb ends: its exit code, and a user's mistake in two sentences, never a traceback."""

import io
import os
import sys
import tempfile
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, NoReturn

import click

from gateway.cli.terminal import OutputClosed, noticing_closed_output, show_text
from gateway.machine_faults import PASSING, in_words
from gpubourse.places import default_folder
from ledger.journal.protocol import JournalUnavailable
from ledger.refusals import Reason

DONE: Final = 0
REFUSED: Final = 1
USAGE: Final = 2
NOT_ALLOWED: Final = 3
NOT_FOUND: Final = 4
UNAVAILABLE: Final = 5
CHECK_FAILED: Final = 6
SOME_REFUSED: Final = 7
OUR_FAULT: Final = 70
INTERRUPTED: Final = 130
UNREAD: Final = 141  # what a shell says of a program that SIGPIPE ended
PLAINER: Final = {  # what click says of a figure -> in plain words
    "is not a valid integer range.": "is no whole number.",
    "is not a valid integer.": "is no whole number.",
}


class VerbFailed(Exception):
    """A verb cannot go on. One sentence on what was wrong, one on what to do."""

    def __init__(self, code: int, wrong: str, advice: str = "") -> None:
        super().__init__(f"{wrong} {advice}".strip())
        self.code = code


def exit_code(reason: str, status: int) -> int:
    """The exit code of a problem that the venue sent (WIRE 4 and 9)."""
    if status >= 500:
        return UNAVAILABLE
    if reason == Reason.unknown_route.name:
        return REFUSED
    return {401: NOT_ALLOWED, 403: NOT_ALLOWED, 404: NOT_FOUND}.get(status, REFUSED)


def machine_fault_code(error: OSError) -> int:
    """The exit code of what a machine lacks: a place that was named wrong, or one that may mend."""
    return UNAVAILABLE if error.errno in PASSING else USAGE


class ExitHandler:
    """Turns whatever ends a verb into words on stderr and an exit code (WIRE 9).

    Written as a context manager so that what nobody expected still gets its one line: the exception
    is looked at here, and nowhere caught and forgotten.
    """

    def __init__(self, *, shows_traceback: bool) -> None:
        self._shows_traceback = shows_traceback

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        error = _unwrapped(error)
        if error is None or isinstance(error, SystemExit | GeneratorExit):
            return
        if self._shows_traceback and not isinstance(error, OutputClosed):
            with suppress(OutputClosed), noticing_closed_output():
                traceback.print_exception(error, file=sys.stderr)
        if isinstance(error, VerbFailed):
            _end(error.code, str(error))
        if isinstance(error, click.Abort | KeyboardInterrupt):
            _end(INTERRUPTED, "Interrupted.")
        if isinstance(error, click.exceptions.NoArgsIsHelpError):
            _show(error)
            raise SystemExit(USAGE)
        if isinstance(error, click.ClickException):
            _show(error)
            raise SystemExit(USAGE)
        if isinstance(error, OutputClosed):
            raise SystemExit(UNREAD)
        if isinstance(error, OSError) and (words := in_words(error)):
            _end(machine_fault_code(error), f"{words}{another_folder(error)}")
        if isinstance(error, JournalUnavailable):
            _end(UNAVAILABLE, f"The journal is not to be had: {error}.")
        message = f"{type(error).__name__}: {error}".splitlines()[0]
        _end(OUR_FAULT, f"Our fault: {message} The report lies in {_report(error)}.")


def another_folder(error: OSError) -> str:
    """How another data folder is named, where the one that nobody named cannot be used."""
    usual = default_folder("run").parent
    place = Path(os.fsdecode(error.filename)) if error.filename is not None else None
    is_ours = place is not None and (usual in (place, *place.parents) or place in usual.parents)
    return " --data DIR names another data folder." if is_ours else ""


def _unwrapped(error: BaseException | None) -> BaseException | None:
    """The error itself, where tasks that run together have wrapped it in groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _show(error: click.ClickException) -> None:
    """Click's own words on a wrong line, with what was typed in them."""
    words = io.StringIO()
    error.show(words)
    text = words.getvalue()
    for clicks, plain in PLAINER.items():
        text = text.replace(clicks, plain)
    if missing := _missing(error):
        text = f"{text.rstrip()}\nMissing are: {', '.join(missing)}.\n"
    context = error.ctx if isinstance(error, click.NoSuchOption) else None
    if context is not None and isinstance(context.command, click.Group):
        verbs = ", ".join(context.command.list_commands(context))
        text += f"Options stand behind the verb: {context.command_path} VERB, one of {verbs}.\n"
    with suppress(OutputClosed):  # it failed, be that read or not
        show_text(text, err=True, nl=False)


def _missing(error: click.ClickException) -> list[str]:
    """All that a line lacks, where it lacks more than the first that click names."""
    context = error.ctx if isinstance(error, click.MissingParameter) else None
    if context is None:
        return []
    lacking = [
        param
        for param in context.command.params
        if param.required and context.params.get(param.name or "") is None
    ]
    names = [
        f"{param.opts[0]} {param.make_metavar(context)}"
        if isinstance(param, click.Option)
        else param.human_readable_name
        for param in lacking
    ]
    return names if len(names) > 1 else []


def _end(code: int, words: str) -> NoReturn:
    with suppress(OutputClosed):  # it failed, be that read or not
        show_text(words, err=True)
    raise SystemExit(code)


def _report(error: BaseException) -> Path:
    """Keep what a developer needs: when, which words, and the traceback. No secret is among it."""
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    text = "".join(
        [f"gpubourse {' '.join(sys.argv[1:2])}\n{stamp}\n\n", *traceback.format_exception(error)]
    )
    for folder in (Path(state) / "gpubourse" / "reports", Path(tempfile.gettempdir())):
        path = folder / f"gpubourse-{stamp}.txt"
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.write_text(text, "utf-8")
        except OSError:
            continue
        return path
    with suppress(OutputClosed):
        show_text(text, err=True)
    return Path("the lines above")
