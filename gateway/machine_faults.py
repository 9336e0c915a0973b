"""What a person's machine may lack, in words: a folder, a disk, an address are theirs to mend."""

import errno
import os
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

_NAME_ANOTHER: Final = "name another"
_GIVE: Final = "give it to the user who runs this, or name another"
_TRY_AGAIN: Final = "then try again"

# error number -> what is wrong with the file or folder it names, and what to do
WORDS: Final = {
    errno.EACCES: ("may not be read or written by this user", _GIVE),
    errno.EPERM: ("may not be read or written by this user", _GIVE),
    errno.EROFS: ("lies on a disk that is read-only", _NAME_ANOTHER),
    errno.ENOTDIR: ("has a file where a folder should be", _NAME_ANOTHER),
    errno.EEXIST: ("is a file, and a folder should be there", _NAME_ANOTHER),
    errno.EISDIR: ("is a folder, and a file should be there", _NAME_ANOTHER),
    errno.ENAMETOOLONG: ("is too long a name", _NAME_ANOTHER),
    errno.ELOOP: ("is a link that leads back to itself", _NAME_ANOTHER),
    errno.ENOSPC: ("does not fit: the disk is full", f"free some space, {_TRY_AGAIN}"),
    errno.EDQUOT: ("does not fit: this user's share of the disk is full", f"free, {_TRY_AGAIN}"),
    errno.EIO: ("cannot be read or written: the disk fails", "look to the disk"),
    errno.EMFILE: ("cannot be opened: too many files are", f"raise `ulimit -n`, {_TRY_AGAIN}"),
    errno.ENFILE: ("cannot be opened: too many files are", f"end some programs, {_TRY_AGAIN}"),
}
PASSING: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE})


def in_words(error: OSError) -> str:
    """One sentence on what is wrong and what to do; "" where it is not the machine's doing."""
    found = WORDS.get(error.errno or 0)
    if found is None:
        return ""
    wrong, advice = found
    what = os.fsdecode(error.filename) if error.filename is not None else "A file of this machine"
    return f"{what} {wrong}: {advice}."


def must_be_writable(folder: Path) -> None:
    """Make a data folder where there is none, and write in it once, before anything is opened.

    Raises OSError, with the folder's name.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with TemporaryFile(dir=folder) as trial:
            trial.write(b"\n")
            trial.flush()
    except FileNotFoundError as error:  # a place, like /proc, that takes no folders
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(folder)) from error
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from error
