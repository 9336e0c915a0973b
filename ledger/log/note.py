"""A signed note: a text, a blank line, and a line for each signature (C2SP signed-note)."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from ledger.base64url import bytes_of_padded64, padded64

NOTE_BYTES_MOST: Final = 192 << 10  # 32 witnesses by ML-DSA-44 need 105 KiB
SIGNATURES_MOST: Final = 72  # the log's own two, and two of each of 32 witnesses
SIGNER_ID_BYTES: Final = 4
_BREAK: Final = "\n\n"
_LINE: Final = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")


class BadNote(ValueError):
    """A note that cannot be believed: the text says why."""


class SignatureLine(NamedTuple):
    """One signature of a note."""

    name: str  # of the signer
    signer_id: bytes  # 4 bytes: which of that name's signers
    signature: bytes

    @property
    def text(self) -> str:
        return f"— {self.name} {padded64(self.signer_id + self.signature)}\n"


class SignedNote(NamedTuple):
    """A note as it came; nothing of it is believed yet."""

    text: str  # with its last line feed
    lines: tuple[SignatureLine, ...]


def read_note(raw: bytes) -> SignedNote:
    """A note's parts. Raises BadNote for bytes that are none."""
    if len(raw) > NOTE_BYTES_MOST:
        raise BadNote(f"it is longer than {NOTE_BYTES_MOST:,} bytes")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadNote("it is no text in UTF-8") from None
    if _CONTROL.search(text):
        raise BadNote("it has a control character in it")
    body, is_split, signed = text.rpartition(_BREAK)
    if not is_split or not body or not signed.endswith("\n"):
        raise BadNote("it has no signature behind a blank line")
    lines = signed.removesuffix("\n").split("\n")
    if len(lines) > SIGNATURES_MOST:
        raise BadNote(f"it has more than {SIGNATURES_MOST} signatures")
    return SignedNote(f"{body}\n", tuple(map(_signature_line, lines)))


def note_bytes(text: str, lines: Sequence[SignatureLine]) -> bytes:
    """The note of a text, which ends with a line feed, and its signatures."""
    return (text + "\n" + "".join(each.text for each in lines)).encode()


def _signature_line(line: str) -> SignatureLine:
    found = _LINE.fullmatch(line)
    raw = bytes_of_padded64(found[2]) if found else None
    if found is None or raw is None or len(raw) <= SIGNER_ID_BYTES:
        raise BadNote("a line behind its blank line is no signature")
    return SignatureLine(found[1], raw[:SIGNER_ID_BYTES], raw[SIGNER_ID_BYTES:])
