"""The one door to a person's terminal: what reaches it is text alone, whoever wrote it.

Names, reasons and remarks come from others. A control character among them would move the cursor,
rename the window or turn a line around: each is shown as its JSON escape (`\\u001b`) instead, which
inside a JSON document means the same as before.
"""

import os
import select
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TextIO

import click

LINE_ENDS: Final = ("\n", "\t")  # control characters that verbs themselves lay lines out with
UNSEEN: Final = ("Cc", "Cf", "Cs", "Zl", "Zp")  # control, format, half a character, line ends


class OutputClosed(Exception):
    """Who read stdout or stderr has closed it: `gpubourse … | head`."""


@contextmanager
def noticing_closed_output() -> Iterator[None]:
    """Raise OutputClosed where what is done here writes to a reader who has left.

    A line to somebody else that was cut (a database, a child) stays what it is, BrokenPipeError.
    """
    try:
        yield
    except BrokenPipeError as error:
        if not _drop_closed():
            raise
        raise OutputClosed from error


def _drop_closed() -> bool:
    """Whether a stream of ours has no reader any more; what is written there later goes nowhere."""
    closed = [stream for stream in (sys.stdout, sys.stderr) if _is_closed(stream)]
    for stream in closed:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    return bool(closed)


def _is_closed(stream: TextIO | None) -> bool:
    """Whether nobody can read any more what is written to *stream*."""
    try:
        number = stream.fileno() if stream is not None else -1
    except (OSError, ValueError):  # in memory, or closed from this side
        return False
    if number < 0:
        return False
    poll = select.poll()
    poll.register(number, 0)  # an end that is gone is told unasked
    return any(what & (select.POLLERR | select.POLLHUP) for _, what in poll.poll(0))


def show_text(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Write *text* on stdout or stderr, with nothing in it that a terminal would obey.

    A character that the terminal's own encoding lacks is shown as an escape, too. OutputClosed
    where nobody reads any more.
    """
    stream = sys.stderr if err else sys.stdout
    encoding = getattr(stream, "encoding", None) or "utf-8"
    plain = visible(text).encode(encoding, "backslashreplace").decode(encoding)
    with noticing_closed_output():
        click.echo(plain, err=err, nl=nl)


def visible(text: str) -> str:
    """*text* with each control and format character as an escape; line ends and tabs stay."""
    if text.isprintable():
        return text
    return "".join(_escaped(sign) if _is_unseen(sign) else sign for sign in text)


def visible_cell(text: str) -> str:
    """The same for one cell of a table, which has one line."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def _is_unseen(sign: str) -> bool:
    return unicodedata.category(sign) in UNSEEN and sign not in LINE_ENDS


def _escaped(sign: str) -> str:
    units = sign.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
