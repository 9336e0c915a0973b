"""Whom a client acts for: which key, where it lies, and what it signs (WIRE 2)."""

import os
import time
from pathlib import Path
from typing import Any, Final

from gateway import wire
from gateway.access import signed_documents
from gpubourse.errors import Unauthorised
from gpubourse.key_files import KeyFile, KeyFileError, key_path, read_key

HERE: Final = "http://127.0.0.1:8470"
VALID_MS: Final = 5_000
SESSION_S: Final = 3_600
ADDRESS: Final = "address"  # in a venue's data folder, while it is open: where it answers


def find_key(me: str, key: KeyFile | Path | str | None, data: Path | str) -> KeyFile | None:
    """The key given, or the file named, or DATA/keys/ME; None: nobody. Raises KeyFileError."""
    if isinstance(key, KeyFile):
        return key
    if key is not None:
        return read_key(Path(key))
    name = me or os.environ.get("GPUBOURSE_ME", "")
    if not name:
        return None
    searched = _folders(data)
    paths = [key_path(folder / "keys", name) for folder in searched]
    path = next((path for path in paths if path.exists()), None)
    if path is None:
        raise KeyFileError(f"There is no key {name!r} in {' or '.join(map(str, searched))}.")
    return read_key(path)


def find_venue(url: str, data: Path | str) -> str:
    """The address given, else GPUBOURSE_VENUE, else that of the venue open in the data folder."""
    found = url or os.environ.get("GPUBOURSE_VENUE", "")
    for folder in [] if found else _folders(data):
        try:
            found = (folder / ADDRESS).read_text("utf-8").strip()
        except OSError:
            continue
        break
    return (found or HERE).rstrip("/")


def _folders(data: Path | str) -> list[Path]:
    """The data folder named, by word or by GPUBOURSE_DATA; else the usual two: run's, demo's."""
    named = str(data) or os.environ.get("GPUBOURSE_DATA", "")
    if named:
        return [Path(named)]
    share = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return [share / "gpubourse" / "run", share / "gpubourse" / "demo"]


class Seat:
    """Signs in the name of one key, or of nobody. Raises Unauthorised where a key is needed."""

    def __init__(self, key: KeyFile | None, scopes: list[str] | None) -> None:
        self.key = key
        self.scopes = scopes  # None until the venue has told what the key may

    def must_have_key(self) -> KeyFile:
        if self.key is None:
            raise Unauthorised(
                {"code": "no_session", "status": 401, "detail": "Say connect(me=…) with a key."}
            )
        return self.key

    def logon(self, challenge: str) -> dict[str, Any]:
        """The signed answer to a challenge: `document` and `signature`."""
        key = self.must_have_key()
        document = signed_documents.logon_document(
            challenge=challenge,
            party=key.party,
            principal=key.principal,
            scopes=self.scopes or [],
            ttl_s=SESSION_S,
            venue=key.venue,
        )
        return {"document": document, "signature": signed_documents.sign(key.private_key, document)}

    def command(self, op: str, args: dict[str, Any], name: str) -> dict[str, Any]:
        """A command's `issued_ns`, `valid_ms` and `signature`, as of now."""
        key, issued_ns = self.must_have_key(), time.time_ns()
        document = signed_documents.command_document(
            args=wire.outward(args),
            issued_ns=issued_ns,
            key=name,
            op=op,
            party=key.party,
            principal=key.principal,
            valid_ms=VALID_MS,
            venue=key.venue,
        )
        signature = signed_documents.sign(key.private_key, document)
        return {"issued_ns": str(issued_ns), "valid_ms": VALID_MS, "signature": signature}

    def headers(self, op: str, args: dict[str, Any], name: str) -> dict[str, str]:
        """The same, as headers of a request."""
        signed = self.command(op, args, name)
        return {
            "Idempotency-Key": name,
            "Command-Issued-Ns": signed["issued_ns"],
            "Command-Valid-Ms": str(signed["valid_ms"]),
            "Command-Signature": signed["signature"],
        }
