"""The venue's salt key of form 2, DATA/state-salt: a secret of its own, outside the database.

Whoever has it can guess rows; whoever lost it can make no certificate under roots that stand. So it
is asked for by name, and made anew only where no root was ever attested.
"""

import os
import secrets
from pathlib import Path
from typing import Final

from gateway.notary.log_folder import be_on_disk
from gpubourse.key_files import OTHERS
from ledger.base64url import bytes64, text64

SECRET_BYTES: Final = 32


class SaltUnusable(Exception):
    """A salt key that cannot be used: the text says why."""


class NoSalt(SaltUnusable):
    """There is no such file."""


class SaltExposed(SaltUnusable):
    """Others than its owner may read it."""


def read_state_salt(path: Path) -> bytes:
    """The secret. Raises SaltUnusable for a file that is not there, is none, or is no secret."""
    try:
        mode = path.stat().st_mode
        raw = bytes64(path.read_text("ascii").strip(), SECRET_BYTES)
    except FileNotFoundError:
        raise NoSalt(f"There is no salt key {path}") from None
    except UnicodeDecodeError:
        raw = None
    if raw is None:
        raise SaltUnusable(f"{path} is no salt key")
    if mode & OTHERS:
        raise SaltExposed(f"Others may read {path}")
    return raw


def make_state_salt(path: Path) -> bytes:
    """A fresh secret, for its owner's eyes alone, on the disk before it is used.

    Raises FileExistsError: none is ever overwritten.
    """
    secret = secrets.token_bytes(SECRET_BYTES)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text64(secret) + "\n")
    be_on_disk(path)
    be_on_disk(path.parent)
    return secret
