"""The venue's salt key as a verb finds it: the file that was named, or that of the data folder."""

from pathlib import Path

import click

from gateway.cli.exit_codes import NOT_ALLOWED, NOT_FOUND, USAGE, VerbFailed
from gateway.notary.state_salt import (
    NoSalt,
    SaltExposed,
    SaltUnusable,
    make_state_salt,
    read_state_salt,
)
from gpubourse.places import STATE_SALT, folders

SALT_FILE = click.option(
    "--salt-file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The venue's salt key; by default DATA/state-salt.",
)


def salt_path(given: Path | None, data: Path | None) -> Path:
    """The file that was named, or the one of the data folder."""
    if given is not None:
        return given
    found = [folder for folder in folders(data) if folder.is_dir()] or folders(data)
    if len(found) > 1:
        places = " and ".join(map(str, found))
        raise VerbFailed(USAGE, f"There are {places}.", "Name one of them with --data.")
    return found[0] / STATE_SALT


def found_salt(given: Path | None, data: Path | None) -> bytes | None:
    """The secret for whoever can do without it; None: none was named, and none lies there.

    Of two data folders neither one's is taken: it would be another venue's.
    """
    if given is None:
        found = [folder for folder in folders(data) if folder.is_dir()]
        if len(found) != 1 or not (found[0] / STATE_SALT).exists():
            return None
    return read_salt_file(salt_path(given, data))


def read_salt_file(path: Path) -> bytes:
    """The secret; refuses a file that is not there, or that others can read."""
    try:
        return read_state_salt(path)
    except NoSalt as error:
        raise VerbFailed(
            NOT_FOUND,
            f"{error}.",
            "Bring it back from where it is kept and name it with --salt-file. A venue that never "
            "attested a root of form 2 may have one made: --make-salt.",
        ) from None
    except SaltExposed as error:
        raise VerbFailed(NOT_ALLOWED, f"{error}.", f"Say 'chmod 600 {path}' first.") from None
    except SaltUnusable as error:
        raise VerbFailed(USAGE, f"{error}.", "It is one line of 43 characters.") from None


def make_salt_file(path: Path) -> bytes:
    """A fresh secret, for its owner's eyes alone; none is ever overwritten."""
    try:
        return make_state_salt(path)
    except FileExistsError:
        raise VerbFailed(
            USAGE, f"{path} is there already.", "Leave --make-salt out to use it."
        ) from None
