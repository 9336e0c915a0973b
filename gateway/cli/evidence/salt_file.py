"""The venue's salt key, DATA/state-salt: a secret of its own, outside the database.

Whoever has it can guess rows of form 2; whoever lost it can make no certificate under roots that
stand. So it is asked for by name, and made anew only where no root was ever attested.
"""

import os
import secrets
from pathlib import Path
from typing import Final

from gateway.cli.exit_codes import NOT_ALLOWED, NOT_FOUND, USAGE, VerbFailed
from gpubourse.key_files import OTHERS
from gpubourse.places import folders
from ledger.base64url import bytes64, text64

SALT_FILE: Final = "state-salt"
SECRET_BYTES: Final = 32


def salt_path(given: Path | None, data: Path | None) -> Path:
    """The file that was named, or the one of the data folder."""
    if given is not None:
        return given
    found = [folder for folder in folders(data) if folder.is_dir()] or folders(data)
    if len(found) > 1:
        places = " and ".join(map(str, found))
        raise VerbFailed(USAGE, f"There are {places}.", "Name one of them with --data.")
    return found[0] / SALT_FILE


def read_salt_file(path: Path) -> bytes:
    """The secret; refuses a file that is not there, or that others can read."""
    try:
        mode = path.stat().st_mode
        raw = bytes64(path.read_text("ascii").strip(), SECRET_BYTES)
    except FileNotFoundError:
        raise VerbFailed(
            NOT_FOUND,
            f"There is no salt key {path}.",
            "Bring it back from where it is kept and name it with --salt-file. A venue that never "
            "attested a root of form 2 may have one made: --make-salt.",
        ) from None
    except UnicodeDecodeError:
        raw = None
    if raw is None:
        raise VerbFailed(USAGE, f"{path} is no salt key.", "It is one line of 43 characters.")
    if mode & OTHERS:
        raise VerbFailed(NOT_ALLOWED, f"Others may read {path}.", f"Say 'chmod 600 {path}' first.")
    return raw


def make_salt_file(path: Path) -> bytes:
    """A fresh secret, for its owner's eyes alone; none is ever overwritten."""
    secret = secrets.token_bytes(SECRET_BYTES)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise VerbFailed(
            USAGE, f"{path} is there already.", "Leave --make-salt out to use it."
        ) from None
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text64(secret) + "\n")
    return secret
