"""I16, and who asked: every batch has its command's row, every row its batch, its bytes and a key.

The signature is checked with the key that the journal had enrolled for the principal before the
batch. Without a signature of its own an order may ride on a signed session, a cancel always may
(WIRE 2), and so does an enrolment by invitation: what its admin signed names the holder, whose name
must stay erasable. Whatever else is unsigned is a breach.
"""

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.audit.check_result import Check, CheckResult
from ledger.authority.public_key import valid_public_key
from ledger.base64url import bytes64, text64
from ledger.events import Event, PrincipalEnrolled, PrincipalRevoked
from ledger.journal.protocol import CommandRow
from ledger.op import Signature

PREFIX = b"gpubourse-v1\n"

_canonical = msgspec.json.Encoder(order="sorted").encode


class CommandChecks:
    """Walks the commands' rows beside the journal's batches."""

    def __init__(
        self, commands: Iterator[CommandRow], signature_of: Callable[[str], Signature]
    ) -> None:
        self._commands = commands
        self._signature_of = signature_of  # what an op takes
        self._next = next(commands, None)
        self._current: CommandRow | None = None
        self._rows = CheckResult("I16 commands")
        self._documents = CheckResult("signed documents")
        self._signatures = CheckResult("signatures")
        self._points = CheckResult("public keys")
        self._key_rule = 0  # the newest that an enrolment was held to
        self._examined = 0
        self._unexamined = 0
        self._principals: dict[str, PrincipalEnrolled] = {}
        self._keys: dict[str, Ed25519PublicKey] = {}
        self._used: set[tuple[str, str]] = set()
        self._unsigned = 0

    def begin_batch(self, event: Event, position: int) -> None:
        """A batch begins with *event*: find its command, and try its signature."""
        while self._next is not None and self._next.first_position < position:
            self._rows.breach(self._next.first_position, f"{_named(self._next)} has no batch")
            self._advance()
        self._current = None
        if self._next is not None and self._next.first_position == position:
            self._current = self._next
            self._advance()
        if self._current is None:
            if event.command_sha256:
                self._rows.breach(position, "the batch names a command that has no row")
            return
        self._check_row(self._current, event, position)
        self._check_document(self._current, position)

    def end_batch(self, position: int) -> None:
        """The batch's last position."""
        command = self._current
        if command is not None and command.last_position != position:
            detail = f"{_named(command)} ends at {command.last_position}, its batch at {position}"
            self._rows.breach(command.first_position, detail)
        self._current = None

    def applied(self, event: Event, position: int) -> None:
        """Remember whose key is whose."""
        if isinstance(event, PrincipalEnrolled):
            self._principals[event.principal] = event
            self._check_key(event, position)
        elif isinstance(event, PrincipalRevoked):
            self._principals.pop(event.principal, None)

    def _check_key(self, event: PrincipalEnrolled, position: int) -> None:
        """Examine anew whether a key counts, from the first that the engine examined on."""
        self._key_rule = max(self._key_rule, event.public_key_rule)
        if not self._key_rule:
            self._unexamined += 1
            return
        self._examined += 1
        if event.public_key_rule < self._key_rule:
            detail = f"{event.principal} is enrolled by a rule that was out of force by then"
            self._points.breach(position, detail)
        elif valid_public_key(event.public_key) is None:
            detail = f"the key of {event.principal} is no point of the prime-order subgroup"
            self._points.breach(position, detail)

    def end(self) -> None:
        """The journal has been read: no row may be left."""
        while self._next is not None:
            self._rows.breach(self._next.first_position, f"{_named(self._next)} has no batch")
            self._advance()

    def checks(self) -> list[Check]:
        signed = len(self._used) - self._unsigned
        older = f"; {self._unexamined:,} enrolled before this was asked" if self._unexamined else ""
        return [
            self._rows.check(f"{len(self._used):,} commands, each with its own batch"),
            self._documents.check("each row's hash, body and names are those of its signed bytes"),
            self._signatures.check(
                f"{signed:,} hold; {self._unsigned:,} commands rode on a signed session"
            ),
            self._points.check(
                f"asked anew of {self._examined:,}: points of the prime-order subgroup{older}"
            ),
        ]

    def _advance(self) -> None:
        self._next = next(self._commands, None)

    def _check_row(self, command: CommandRow, event: Event, position: int) -> None:
        if (command.party, command.key) in self._used:
            self._rows.breach(position, f"{_named(command)} was used before")
        self._used.add((command.party, command.key))
        digest = sha256(command.signed).digest()
        if digest != command.command_sha256:
            self._documents.breach(position, f"{_named(command)}'s hash is not that of its bytes")
        if event.command_sha256 != text64(digest):
            self._documents.breach(position, "the batch names another command than its row")

    def _check_document(self, command: CommandRow, position: int) -> None:
        document = _document(command.signed)
        if document is None:
            self._documents.breach(position, f"{_named(command)} has no document in its bytes")
            return
        for member in ("op", "party", "key", "principal"):
            if document.get(member) != getattr(command, member):
                self._documents.breach(position, f"{member} differs from what was signed")
        body = _canonical({"args": document.get("args"), "op": document.get("op")})
        if sha256(body).digest() != command.body_sha256:
            self._documents.breach(position, "body_sha256 is not that of what was signed")
        self._check_signature(command, position)

    def _check_signature(self, command: CommandRow, position: int) -> None:
        principal = self._principals.get(command.principal)
        if principal is None or principal.party != command.party:
            detail = f"{command.principal} was no principal of {command.party} then"
            self._signatures.breach(position, detail)
        elif command.signature:
            if not self._is_valid(principal, command):
                detail = f"the signature of {command.principal} does not hold"
                self._signatures.breach(position, detail)
        else:
            self._unsigned += 1
            due = self._signature_of(command.op)
            rides = principal.signing == "session" and due is Signature.OR_THE_SESSIONS
            if not rides and due is not Signature.NEVER:
                self._signatures.breach(position, f"{command.op} is not signed")

    def _is_valid(self, principal: PrincipalEnrolled, command: CommandRow) -> bool:
        key = self._keys.get(principal.public_key)
        if key is None:
            key = public_key(principal)
            if key is None:
                return False
            self._keys[principal.public_key] = key
        return is_signature(key, command)


def public_key(enrolled: PrincipalEnrolled) -> Ed25519PublicKey | None:
    """The key of a principal; None if it counts for nothing. An older one counts by its form."""
    if enrolled.public_key_rule:
        return valid_public_key(enrolled.public_key)
    raw = bytes64(enrolled.public_key, 32)
    if raw is None:
        return None
    try:
        return Ed25519PublicKey.from_public_bytes(raw)
    except ValueError:
        return None


def is_signature(key: Ed25519PublicKey, command: CommandRow) -> bool:
    """Whether the row's signature is that key's, over the row's bytes."""
    try:
        key.verify(command.signature, command.signed)
    except InvalidSignature:
        return False
    return True


def _document(signed: bytes) -> dict[str, Any] | None:
    if not signed.startswith(PREFIX):
        return None
    try:
        return msgspec.json.decode(signed[len(PREFIX) :], type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _named(command: CommandRow) -> str:
    return f"command {command.party}/{command.key}"
