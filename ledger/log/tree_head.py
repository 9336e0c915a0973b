"""A tree head: how large a log is, and its root, signed by the log (C2SP tlog-checkpoint)."""

import re
from typing import Final, NamedTuple

from ledger.base64url import bytes_of_padded64, padded64
from ledger.log.merkle import HASH_BYTES
from ledger.log.note import BadNote, SignatureLine, read_note
from ledger.log.verifier import KIND_NAMES, LogVerifiers, NotCheckedHere, Verifier

TIMESTAMP_BYTES: Final = 8
TIME_MOST_S: Final = 253_402_300_799  # the last second of the year 9999
_SUBTREE_LABEL: Final = b"subtree/v1\n\0"
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}")


class TreeHead(NamedTuple):
    """What a head says."""

    origin: str  # the venue and its journal
    size: int  # entries: the last position
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{padded64(self.root)}\n"


class VerifiedHead(NamedTuple):
    """A head that the log signed."""

    head: TreeHead
    note: bytes  # as it came, with every signature
    signed_s: int  # seconds since 1970, by the log's own clock; 0: no signature says it
    unchecked: tuple[str, ...] = ()  # kinds of signature that this program cannot check


class AnotherLogs(BadNote):
    """A head that the key in hand is not of: none of its signatures is by it."""


def read_head_text(text: str) -> TreeHead:
    """What a note's text says. Raises BadNote where it is not origin, size and root alone."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3]:
        raise BadNote("it is not three lines: origin, size and root")
    origin, size, root_text = lines[:3]
    if not origin or _SIZE.fullmatch(origin):
        raise BadNote("its first line is no origin")
    if not _SIZE.fullmatch(size):
        raise BadNote("its second line is no size")
    root = bytes_of_padded64(root_text)
    if root is None or len(root) != HASH_BYTES:
        raise BadNote("its third line is no root")
    return TreeHead(origin, int(size), root)


def verified_head(raw: bytes, verifiers: LogVerifiers) -> VerifiedHead:
    """A head, if each of the log's signers signed it once. Raises BadNote.

    The signers are a journal's: they sign for each of its logs, and the head says for which. Lines
    of others (witnesses, a later key) are passed over, as the standard has it.
    """
    note = read_note(raw)
    head = read_head_text(note.text)
    verifiers = verifiers.named(head.origin)
    if head.origin != verifiers.origin:
        raise AnotherLogs(f"it is of {head.origin}, and the key is of {verifiers.origin}")
    signers = {(each.name, each.signer_id) for each in verifiers if each is not None}
    if not signers & {line[:2] for line in note.lines}:
        raise AnotherLogs("it is not signed by the log's Ed25519 key, nor by another key of it")
    _must_be_signed(_line_of(note.lines, verifiers.ed25519), note.text.encode(), verifiers.ed25519)
    if verifiers.ml_dsa_44 is None:
        return VerifiedHead(head, raw, 0)
    line = _line_of(note.lines, verifiers.ml_dsa_44)
    signed_s = int.from_bytes(line.signature[:TIMESTAMP_BYTES])
    if signed_s > TIME_MOST_S:
        raise BadNote("its ML-DSA-44 line bears no time")
    message = cosigned_message(verifiers.origin, signed_s, head)
    own = line._replace(signature=line.signature[TIMESTAMP_BYTES:])
    try:
        _must_be_signed(own, message, verifiers.ml_dsa_44)
    except NotCheckedHere:
        return VerifiedHead(head, raw, 0, (KIND_NAMES[verifiers.ml_dsa_44.kind],))
    return VerifiedHead(head, raw, signed_s)


def cosigned_message(name: str, signed_s: int, head: TreeHead) -> bytes:
    """What an ML-DSA-44 cosignature of a head signs: `cosigned_message` of tlog-cosignature."""
    start = 0
    return b"".join(
        (
            _SUBTREE_LABEL,
            _opaque(name),
            signed_s.to_bytes(TIMESTAMP_BYTES),
            _opaque(head.origin),
            start.to_bytes(8),
            head.size.to_bytes(8),
            head.root,
        )
    )


def _opaque(text: str) -> bytes:
    raw = text.encode()
    assert 0 < len(raw) < 256, "a name of a log is short"
    return bytes([len(raw)]) + raw


def _line_of(lines: tuple[SignatureLine, ...], verifier: Verifier) -> SignatureLine:
    """The one line of a signer; BadNote for none, or for two of which one would have to lie."""
    kind = KIND_NAMES[verifier.kind]
    own = [each for each in lines if each[:2] == (verifier.name, verifier.signer_id)]
    if not own:
        raise BadNote(f"it is not signed by the log's {kind} key")
    if len(own) > 1:
        raise BadNote(f"it has two lines of the log's {kind} key")
    return own[0]


def _must_be_signed(line: SignatureLine, message: bytes, verifier: Verifier) -> None:
    if not verifier.is_signature(line.signature, message):
        raise BadNote(f"the signature by the log's {KIND_NAMES[verifier.kind]} key does not hold")
