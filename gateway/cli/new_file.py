"""A file or folder that a verb writes: its place takes it, before any long work begins."""

from pathlib import Path

from gateway.cli.exit_codes import USAGE, VerbFailed
from gateway.machine_faults import must_be_writable


def must_be_new(path: Path) -> None:
    """Raise VerbFailed for a file that is there already, or a folder that is not.

    Raises OSError where that folder takes no file.
    """
    if path.exists():
        raise VerbFailed(USAGE, f"{path} is there already.", "Name another file.")
    must_have_folder(path)


def must_have_folder(path: Path) -> None:
    """Raise VerbFailed where the folder of a file is not there; OSError where it takes none."""
    if not path.parent.is_dir():
        raise VerbFailed(USAGE, f"There is no folder {path.parent}.", "Make it, or name another.")
    must_be_writable(path.parent)


def must_take_files(folder: Path) -> None:
    """Raise OSError where a folder, or the first above it that is there, takes no file."""
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    must_be_writable(there)
