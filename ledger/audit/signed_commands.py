"""I16, and who asked: every batch has its command's row, every row its batch, its bytes and a key.

The signature is checked with the key that the journal had enrolled for the principal before the
batch. Without a signature of its own an order may ride on a signed session, a cancel always may
(WIRE 2), and so does an enrolment by invitation: what its admin signed names the holder, whose name
must stay erasable. Whatever else is unsigned is a breach.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.audit.check_result import Check, CheckResult
from ledger.authority.public_key import valid_public_key
from ledger.authority.signatures import (
    BATCH_SIGNATURES,
    CheckedHere,
    DueSignature,
    Forged,
    SignatureChecker,
    is_signature,
)
from ledger.base64url import bytes64, text64
from ledger.events import Event, PrincipalEnrolled, PrincipalRevoked
from ledger.journal.protocol import POSITION_MOST, CommandRow, Journal
from ledger.op import Signature
from ledger.overflow.numbered_names import NumberedNames

PREFIX = b"gpubourse-v1\n"
DIGEST_BYTES = 32
SIGNATURE_BYTES = 64
BY_INVITATION = "principal.enrol"  # its admin's log-on is kept with the invitation
NOT_KEPT = "is not kept"

_document = msgspec.json.Decoder(dict[str, Any]).decode
_canonical = msgspec.json.Encoder(order="sorted").encode


class CommandChecks:
    """Walks the commands' rows beside the journal's batches."""

    def __init__(
        self,
        commands: Iterator[CommandRow],
        signature_of: Callable[[str], Signature],
        journal: Journal,
        checker: SignatureChecker | None = None,
    ) -> None:
        self._checker = checker or CheckedHere()
        self._due: list[DueSignature] = []
        self._commands = commands
        self._journal = journal
        self._signature_of = signature_of  # what an op takes
        self._next = next(commands, None)
        self._current: CommandRow | None = None
        self._rows = CheckResult("I16 commands")
        self._documents = CheckResult("signed documents")
        self._signatures = CheckResult("signatures")
        self._logons = CheckResult("log-ons")
        self._ridden: dict[tuple[str, str], str] = {}  # session, principal -> its fault
        self._points = CheckResult("public keys")
        self._key_rule = 0  # the newest that an enrolment was held to
        self._examined = 0
        self._unexamined = 0
        self._principals: dict[str, PrincipalEnrolled] = {}
        self._keys: dict[str, bytes] = {}
        self._used = NumberedNames()  # each party's key with the position of its batch
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

    @property
    def current(self) -> CommandRow | None:
        """The command of the batch at hand; None: it has none."""
        return self._current

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
        """The journal has been read: no row may be left, nor stand where no event does."""
        self._hand_on()
        self._note(self._checker.rest())
        while self._next is not None:
            self._rows.breach(self._next.first_position, f"{_named(self._next)} has no batch")
            self._advance()
        if before := self._journal.count_commands(0):
            self._rows.breach(0, f"{before:,} commands stand before the first position")
        count = self._journal.count_commands(POSITION_MOST)  # before the head: it may go on
        head = self._journal.head()
        if (beyond := count - self._journal.count_commands(head)) > 0:
            self._rows.breach(head, f"{beyond:,} commands stand beyond the last position")

    def close(self) -> None:
        """Let go of what was noted."""
        self._used.close()

    def checks(self) -> list[Check]:
        signed = self._used.count - self._unsigned
        kept = [fault for fault in self._ridden.values() if fault != NOT_KEPT]
        older = f"; {self._unexamined:,} enrolled before this was asked" if self._unexamined else ""
        return [
            self._rows.check(f"{self._used.count:,} commands, each with its own batch"),
            self._documents.check("each row's hash, body and names are those of its signed bytes"),
            self._signatures.check(
                f"{signed:,} hold; sent on a signed session, without their own: {self._unsigned:,}"
            ),
            self._logons.check(
                f"{len(kept):,} that commands rode on, each kept and signed by its key"
            ),
            self._points.check(
                f"asked anew of {self._examined:,}: points of the prime-order subgroup{older}"
            ),
        ]

    def _advance(self) -> None:
        self._next = next(self._commands, None)

    def _check_row(self, command: CommandRow, event: Event, position: int) -> None:
        if self._used.replaced(f"{command.party}\n{command.key}", position):
            self._rows.breach(position, f"{_named(command)} was used before")
        digest = sha256(command.signed).digest()
        if digest != command.command_sha256:
            self._documents.breach(position, f"{_named(command)}'s hash is not that of its bytes")
        if event.command_sha256 != text64(digest):
            self._documents.breach(position, "the batch names another command than its row")

    def _check_document(self, command: CommandRow, position: int) -> None:
        document = document_of(command.signed)
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
            self._verify_later(principal, command, position)
        else:
            self._unsigned += 1
            due = self._signature_of(command.op)
            rides = principal.signing == "session" and due is Signature.OR_THE_SESSIONS
            if not rides and due is not Signature.NEVER:
                self._signatures.breach(position, f"{command.op} is not signed")
            elif command.session:
                self._check_logon(principal, command, position)

    def _check_logon(
        self, principal: PrincipalEnrolled, command: CommandRow, position: int
    ) -> None:
        """The signed session that a command rode on. A cancel's may be one that is not kept."""
        name = command.session, command.principal
        if name not in self._ridden:
            self._ridden[name] = self._fault_of_logon(principal, command)
        fault = self._ridden[name]
        is_kept = principal.signing == "session" or command.op == BY_INVITATION
        if fault and (is_kept or fault != NOT_KEPT):
            self._logons.breach(position, f"the log-on {command.session} {fault}")

    def _fault_of_logon(self, principal: PrincipalEnrolled, command: CommandRow) -> str:
        digest = bytes64(command.session, DIGEST_BYTES)
        raw = self._journal.kept(digest) if digest is not None else None
        if raw is None:
            return NOT_KEPT
        if sha256(raw).digest() != digest:
            return "is kept with another hash"
        signed, signature = raw[: -SIGNATURE_BYTES - 1], raw[-SIGNATURE_BYTES:]
        logon = document_of(signed) or {}
        names = [logon.get(member) for member in ("op", "party", "principal")]
        if names != ["logon", command.party, command.principal]:
            return f"is not one of {command.principal}"
        key = public_key(principal)
        is_held = key is not None and is_signature(key, signature, signed)
        return "" if is_held else f"is not signed by {command.principal}"

    def _verify_later(
        self, principal: PrincipalEnrolled, command: CommandRow, position: int
    ) -> None:
        """A signature is due: it is verified with others, and told by its position."""
        raw = self._keys.get(principal.public_key)
        if raw is None:
            key = public_key(principal)
            if key is None:
                self._note([Forged(position, command.principal)])
                return
            raw = self._keys[principal.public_key] = key.public_bytes_raw()
        due = DueSignature(position, command.principal, raw, command.signature, command.signed)
        self._due.append(due)
        if len(self._due) == BATCH_SIGNATURES:
            self._hand_on()

    def _hand_on(self) -> None:
        batch, self._due = self._due, []
        self._note(self._checker.take(batch))

    def _note(self, found: list[Forged]) -> None:
        for position, principal in found:
            self._signatures.breach(position, f"the signature of {principal} does not hold")


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


@lru_cache(maxsize=1)  # several checks ask for that of the command at hand
def document_of(signed: bytes) -> Mapping[str, Any] | None:
    """The document in signed bytes; None if they hold none."""
    if not signed.startswith(PREFIX):
        return None
    try:
        found: dict[str, Any] = _document(signed[len(PREFIX) :])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return found


def _named(command: CommandRow) -> str:
    return f"command {command.party}/{command.key}"
