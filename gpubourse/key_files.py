"""Key files, DATA/keys/NAME: a private key and who it acts for, readable by its owner alone."""

import json
import os
import re
import secrets
import stat
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gpubourse.errors import VenueError
from gpubourse.wire import bytes64, text64

OTHERS = stat.S_IRWXG | stat.S_IRWXO  # what a folder of keys, and a key, has none of
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class KeyFileError(VenueError):
    """A key file that cannot be used: the text says what to do."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """One principal's means to sign."""

    party: str
    principal: str
    venue: str
    private_key: Ed25519PrivateKey
    proposal: str = ""  # its enrolment waits under it: then the key has no principal yet

    @property
    def public_key(self) -> str:
        """Ed25519, base64url: what the venue knows of it."""
        return text64(self.private_key.public_key().public_bytes_raw())


def new_private_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def public_key_of(private_key: Ed25519PrivateKey) -> str:
    """The public half, base64url."""
    return text64(private_key.public_key().public_bytes_raw())


def key_file_path(folder: Path, name: str) -> Path:
    """DATA/keys/NAME; a name is one plain word, so that it never leaves the folder."""
    if not NAME.fullmatch(name):
        raise KeyFileError(f"{name!r} is no name of a key: letters, digits, '.', '_' and '-' only.")
    return folder / name


def write_key_file(path: Path, key_file: KeyFile) -> None:
    """Store a key with mode 0600 in a folder of its owner's alone; none is ever overwritten."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _shut(path.parent)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeyFileError(f"{path} is there already: keys are not overwritten.") from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(_text(key_file))


def replace_pending(path: Path, key_file: KeyFile) -> None:
    """Store a key that waited, with the principal that it has now; nothing is lost on the way."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    write_key_file(beside, key_file)
    beside.replace(path)


def _text(key_file: KeyFile) -> str:
    members = {
        "party": key_file.party,
        "principal": key_file.principal,
        "venue": key_file.venue,
        "private_key": text64(key_file.private_key.private_bytes_raw()),
    }
    if key_file.proposal:
        members["proposal"] = key_file.proposal
    return json.dumps(members, indent=1) + "\n"


def _shut(folder: Path) -> None:
    """Let nobody but its owner into a folder that was made before us, and looser."""
    if not folder.stat().st_mode & OTHERS:
        return
    try:
        folder.chmod(0o700)
    except OSError:
        raise KeyFileError(
            f"Others may look into {folder}, where keys lie, and it is not ours to shut: say "
            f"'chmod 700 {folder}' first."
        ) from None


def _may_be_swapped(folder: Path) -> bool:
    """Whether others may put a file of their own in a key's place."""
    mode = folder.stat().st_mode
    return bool(mode & (stat.S_IWGRP | stat.S_IWOTH)) and not mode & stat.S_ISVTX


def read_key_file(path: Path) -> KeyFile:
    """A stored key; refuses one that others can read or replace (`chmod` mends it)."""
    try:
        mode = path.stat().st_mode
        is_swappable = _may_be_swapped(path.parent)
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise KeyFileError(f"There is no key {path}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise KeyFileError(f"The key {path} cannot be read: {error}.") from None
    if mode & OTHERS:
        raise KeyFileError(f"Others may read {path}: say 'chmod 600 {path}' first.")
    if is_swappable:
        raise KeyFileError(
            f"Others may put keys of their own into {path.parent}: say 'chmod 700 {path.parent}', "
            "and look whether these are yours."
        )
    try:
        stored = json.loads(text)
        raw = bytes64(stored["private_key"], 32)
        party, principal, venue = stored["party"], stored["principal"], stored["venue"]
        proposal = str(stored.get("proposal", ""))
    except (ValueError, KeyError, TypeError):
        raw = None
    if raw is None:
        raise KeyFileError(f"{path} is not a key file of gpubourse.")
    private_key = Ed25519PrivateKey.from_private_bytes(raw)
    return KeyFile(party, principal, venue, private_key, proposal)


def read_usable_key(path: Path) -> KeyFile:
    """A stored key that somebody can sign with; refuses one whose enrolment still waits, too."""
    key_file = read_key_file(path)
    if not key_file.principal:
        raise KeyFileError(
            f"The key {path.name} has no number yet: its enrolment waits as {key_file.proposal}. "
            f"Once that is approved: `gpubourse keys enrol NUMBER --name {path.name}`, NUMBER "
            "being the key's, such as k-0107, which whoever approves it is told."
        )
    return key_file


def new_command_key() -> str:
    """A fresh idempotency key: a UUIDv7 (RFC 9562), which sorts by the time of its making."""
    milliseconds = time.time_ns() // 1_000_000
    number = milliseconds << 80 | secrets.randbits(80)
    number = number & ~(0xF << 76) | 0x7 << 76  # version
    number = number & ~(0x3 << 62) | 0x2 << 62  # variant
    return str(uuid.UUID(int=number))
