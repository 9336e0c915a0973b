"""Whom a client acts for, and all that it signs: logons and commands, by REST and socket alike."""

import time
from typing import Any, Final

from gpubourse import documents, wire
from gpubourse.errors import Unauthorised
from gpubourse.key_files import KeyFile

VALID_MS: Final = 5_000
SESSION_S: Final = 3_600


class Signer:
    """Signs in the name of one key, or of nobody. Raises Unauthorised where a key is needed."""

    def __init__(
        self, key_file: KeyFile | None, scopes: list[str] | None = None, valid_ms: int = VALID_MS
    ) -> None:
        self.key_file = key_file
        self.scopes = scopes or []  # an empty list asks for all that the key may
        self.valid_ms = valid_ms  # how long after its signing a command may arrive

    def must_have_key_file(self) -> KeyFile:
        """The key; Unauthorised if this client is nobody."""
        if self.key_file is None:
            raise Unauthorised(
                {"code": "no_session", "status": 401, "detail": "Say connect(me=…) with a key."}
            )
        return self.key_file

    def logon(self, challenge: str) -> dict[str, Any]:
        """The signed answer to a challenge: `document` and `signature`."""
        key_file = self.must_have_key_file()
        document = documents.logon_document(
            challenge=challenge,
            party=key_file.party,
            principal=key_file.principal,
            scopes=self.scopes,
            ttl_s=SESSION_S,
            venue=key_file.venue,
        )
        return {"document": document, "signature": documents.sign(key_file.private_key, document)}

    def command(self, op: str, args: dict[str, Any], name: str) -> dict[str, Any]:
        """A command's `issued_ns`, `valid_ms` and `signature`, as of now."""
        key_file, issued_ns = self.must_have_key_file(), time.time_ns()
        document = documents.command_document(
            args=wire.outward(args),
            issued_ns=issued_ns,
            key=name,
            op=op,
            party=key_file.party,
            principal=key_file.principal,
            valid_ms=self.valid_ms,
            venue=key_file.venue,
        )
        signature = documents.sign(key_file.private_key, document)
        return {"issued_ns": str(issued_ns), "valid_ms": self.valid_ms, "signature": signature}

    def headers(self, op: str, args: dict[str, Any], name: str) -> dict[str, str]:
        """The same, as headers of a request."""
        signed = self.command(op, args, name)
        return {
            "Idempotency-Key": name,
            "Command-Issued-Ns": signed["issued_ns"],
            "Command-Valid-Ms": str(signed["valid_ms"]),
            "Command-Signature": signed["signature"],
        }
