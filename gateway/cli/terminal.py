"""The one door to a person's terminal: what reaches it is text alone, whoever wrote it.

Names, reasons and remarks come from others. A control character among them would move the cursor,
rename the window or turn a line around: each is shown as its JSON escape (`\\u001b`) instead, which
inside a JSON document means the same as before.
"""

import sys
import unicodedata
from typing import Final

import click

LINE_ENDS: Final = ("\n", "\t")  # control characters that verbs themselves lay lines out with
UNSEEN: Final = ("Cc", "Cf", "Cs", "Zl", "Zp")  # control, format, half a character, line ends


def show_text(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Write *text* on stdout or stderr, with nothing in it that a terminal would obey.

    A character that the terminal's own encoding lacks is shown as an escape, too.
    """
    stream = sys.stderr if err else sys.stdout
    encoding = getattr(stream, "encoding", None) or "utf-8"
    plain = visible(text).encode(encoding, "backslashreplace").decode(encoding)
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
