"""Report files from disk: looked at by size first, read once, refused in a person's words."""

import stat
import sys
from pathlib import Path

from gateway.cli.exit_codes import USAGE, VerbFailed
from ledger.inventory import REPORT_BYTES_MOST, Unreadable, must_fit

STDIN = "-"


def read_report_file(path: Path) -> bytes:
    """The bytes of one report; `-` is standard input. A file past 16 MiB is never read."""
    if str(path) == STDIN:
        raw = sys.stdin.buffer.read(REPORT_BYTES_MOST + 1)
        must_fit(len(raw))
        return raw
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise VerbFailed(USAGE, f"{path} is a folder.", "Name the report files in it.")
        must_fit(found.st_size)
        with path.open("rb") as file:  # a pipe has no size: it is cut off where it is too long
            raw = file.read(REPORT_BYTES_MOST + 1)
    except FileNotFoundError:
        raise VerbFailed(USAGE, f"There is no file {path}.", "Check its name.") from None
    except OSError as error:
        raise VerbFailed(
            USAGE, f"{path} cannot be read: {error.strerror}.", "Check its rights."
        ) from None
    must_fit(len(raw))
    return raw


def in_words(path: Path, error: Unreadable) -> str:
    """A file's refusal: which file, what was wrong, where, what to do."""
    return f"{path}: {error}"
