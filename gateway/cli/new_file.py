"""A file that a verb writes: it is new, and its folder is there, before any long work begins."""

from pathlib import Path

from gateway.cli.exit_codes import USAGE, VerbFailed


def must_be_new(path: Path) -> None:
    """Raise VerbFailed for a file that is there already, or a folder that is not."""
    if path.exists():
        raise VerbFailed(USAGE, f"{path} is there already.", "Name another file.")
    if not path.parent.is_dir():
        raise VerbFailed(USAGE, f"There is no folder {path.parent}.", "Make it, or name another.")
