"""Where a venue and its keys are found: the data folders, their keys, the address of an open one.

A venue of this machine keeps DATA/keys/NAME (each key's file), DATA/log (its published log),
DATA/notary (that log's keys), DATA/state-salt and, while it is open, DATA/address.
Whoever names no folder means the usual two, `run`'s and `demo`'s, the one that is open first.
"""

import os
from pathlib import Path
from typing import Final

from gpubourse.key_files import KeyFile, KeyFileError, key_file_path, read_usable_key

HERE: Final = "http://127.0.0.1:8470"
ADDRESS: Final = "address"  # a file of the data folder, while its venue is open
KEY_FILES: Final = "keys"
LOG: Final = "log"  # a folder: the transparency log that the venue publishes and serves
STATE_SALT: Final = "state-salt"  # a file: the secret behind the state's roots, form 2
NOTARY: Final = "notary"  # a folder: the keys of that log, and its last signed head


def default_folder(kind: str) -> Path:
    """Where `run` and `demo` keep their journal unless another folder is named."""
    share = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(share) / "gpubourse" / kind


def folders(data: Path | None) -> list[Path]:
    """The data folders to search: the one that was named, or the usual two, an open one first."""
    if data is not None:
        return [data]
    usual = [default_folder("run"), default_folder("demo")]
    return sorted(usual, key=lambda folder: not (folder / ADDRESS).exists())


def key_file(name: str, data: Path | None) -> Path:
    """The file of the key *name*: where it lies, or where it would. Raises KeyFileError."""
    paths = [key_file_path(folder / KEY_FILES, name) for folder in folders(data)]
    return next((path for path in paths if path.exists()), paths[0])


def kept_key_files(data: Path | None) -> list[Path]:
    """Every key's file in these folders."""
    return [
        path
        for folder in folders(data)
        if (folder / KEY_FILES).is_dir()
        for path in sorted((folder / KEY_FILES).iterdir())
    ]


def address_in(data: Path | None) -> str:
    """The address that the venue of a data folder wrote down when it opened; "" if none did."""
    for folder in folders(data):
        try:
            return (folder / ADDRESS).read_text("utf-8").strip()
        except OSError:
            continue
    return ""


def closed_venue(me: str, data: Path | None) -> Path | None:
    """The folder of a venue of this machine that is meant and not open; None: there is none.

    Meant is the folder that was named, or the one in which the key *me* lies.
    """
    folder = data
    if folder is None and me:
        folder = key_file(me, None).parent.parent
    if folder is None or (folder / ADDRESS).exists():
        return None
    is_a_venues = any((folder / name).exists() for name in (STATE_SALT, NOTARY))
    return folder if is_a_venues else None


def find_key_file(me: str, given: KeyFile | Path | str | None, data: Path | str) -> KeyFile | None:
    """The key given, or the file named, or DATA/keys/ME; None: nobody. Raises KeyFileError.

    What is not given is taken from GPUBOURSE_ME and GPUBOURSE_DATA.
    """
    if isinstance(given, KeyFile):
        return given
    if given is not None:
        return read_usable_key(Path(given))
    name = me or os.environ.get("GPUBOURSE_ME", "")
    if not name:
        return None
    folder = _folder(data)
    path = key_file(name, folder)
    if not path.exists():
        searched = " or ".join(str(each / KEY_FILES) for each in folders(folder))
        raise KeyFileError(f"There is no key {name!r} in {searched}.")
    return read_usable_key(path)


def find_venue(url: str, data: Path | str) -> str:
    """The address given, else GPUBOURSE_VENUE, else that of the venue open in the data folder."""
    found = url or os.environ.get("GPUBOURSE_VENUE", "") or address_in(_folder(data))
    return (found or HERE).rstrip("/")


def _folder(data: Path | str) -> Path | None:
    """The data folder named by word or by GPUBOURSE_DATA; None: nobody named one."""
    named = str(data) or os.environ.get("GPUBOURSE_DATA", "")
    return Path(named) if named else None
