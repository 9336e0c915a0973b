"""An event as the log has it: its stored row and a salt, in the one spelling; bundles of entries.

The salt keeps the public hash of an event that could be guessed from saying anything of it. It is
made from the venue's salt key and the position, and stands in the entry itself.
"""

import hmac
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from ledger.base64url import ascii64, bytes64
from ledger.journal.protocol import JournalRow

ENTRY_BYTES_MOST: Final = 65_535
LENGTH_BYTES: Final = 2
SALT_BYTES: Final = 16
SALT_SOURCE_BYTES: Final = 32

_TEXT: Final = rb'("(?:[^"\\]|\\.)*")'
_ENTRY: Final = re.compile(
    rb'\{"position":([1-9][0-9]{0,18}),"salt":"([A-Za-z0-9_-]{22})","stream":' + _TEXT
    + rb',"version":([1-9][0-9]{0,18}),"topic":' + _TEXT + rb',"event":(\{.*\})\}',
    re.DOTALL,
)  # fmt: skip


_json: Final = msgspec.json.Encoder().encode
_text: Final = msgspec.json.Decoder(str).decode
_any_json: Final = msgspec.json.Decoder(msgspec.Raw).decode


class BadEntry(ValueError):
    """These bytes are no entry, or no bundle of entries: the text says what is wrong."""


class LogEntry(NamedTuple):
    """What one entry says."""

    row: JournalRow
    salt: bytes


def salt_of(salt_source: bytes, position: int) -> bytes:
    """The salt of a position: 16 bytes of HMAC-SHA-256 under the venue's salt key."""
    return hmac.digest(salt_source, b"entry|%d" % position, "sha256")[:SALT_BYTES]


def entry_of(row: JournalRow, salt: bytes) -> bytes:
    """The entry of a stored event. Raises BadEntry for one that is longer than the log can take."""
    raw = b'{"position":%d,"salt":"%b","stream":%b,"version":%d,"topic":%b,"event":%b}' % (
        row.position,
        ascii64(salt),
        _json(row.stream),
        row.version,
        _json(row.topic),
        row.state,
    )
    if len(raw) > ENTRY_BYTES_MOST:
        raise BadEntry(f"the entry of position {row.position} is longer than a log can take")
    return raw


def read_entry(raw: bytes) -> LogEntry:
    """What an entry says. Raises BadEntry for any other bytes than `entry_of` makes."""
    found = _ENTRY.fullmatch(raw)
    salt = bytes64(found[2].decode(), SALT_BYTES) if found else None
    if found is None or salt is None:
        raise BadEntry("it is no entry of a journal")
    try:
        stream, topic = _text(found[3]), _text(found[5])
        _any_json(found[6])
        found[6].decode("utf-8")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadEntry("its stream, topic or event is no JSON") from None
    row = JournalRow(int(found[1]), stream, int(found[4]), topic, found[6])
    if entry_of(row, salt) != raw:
        raise BadEntry("it is not in the spelling of an entry")
    return LogEntry(row, salt)


def bundle_of(entries: Sequence[bytes]) -> bytes:
    """Entries one behind the other, each with its length before it, two bytes, high one first."""
    return b"".join([len(each).to_bytes(LENGTH_BYTES) + each for each in entries])


def entries_of(raw: bytes, width: int) -> list[bytes]:
    """The *width* entries of a bundle. Raises BadEntry for more, fewer, or a broken one."""
    found: list[bytes] = []
    at = 0
    while at < len(raw) and len(found) <= width:
        begins = at + LENGTH_BYTES
        at = begins + int.from_bytes(raw[at:begins])
        found.append(raw[begins:at])
    if at != len(raw) or len(found) != width:
        raise BadEntry(f"it does not hold {width} whole entries")
    return found
