"""A state as a map: each row behind a salt of its own, and the root over all (form 2)."""

import hmac
from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from ledger.base64url import text64
from ledger.state_map.map_tree import MapTree, grown, leaf_at, leaf_sha256, place_of, root_of

FORM: Final = 2
SALT_BYTES: Final = 16
STATE: Final = b"\x04"  # what the hash over a whole state begins with


def salt_of(salt_secret: bytes, subject: str, position: int) -> bytes:
    """The salt of a subject's row at a position: only the venue and its auditors can make it."""
    text = f"form2|{subject}|{position}".encode()
    return hmac.digest(salt_secret, text, "sha256")[:SALT_BYTES]


def state_root(venue: str, position: int, top: bytes) -> bytes:
    """The root of a state: whose it is, after which event, and the hash of its map."""
    return sha256(STATE + position.to_bytes(8, "big") + top + venue.encode()).digest()


def map_of(rows: Iterable[tuple[str, bytes]], salt_secret: bytes, position: int) -> MapTree | None:
    """The map of a state at a position. Raises SubjectTwice."""
    return grown(
        leaf_at(place_of(subject), leaf_sha256(salt_of(salt_secret, subject, position), row))
        for subject, row in rows
    )


def root_text(
    rows: Iterable[tuple[str, bytes]], venue: str, position: int, salt_secret: bytes
) -> str:
    """The root of a state as the journal bears it, base64url. Raises SubjectTwice."""
    return text64(state_root(venue, position, root_of(map_of(rows, salt_secret, position))))
