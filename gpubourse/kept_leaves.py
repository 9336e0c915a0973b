"""The leaves of a client's commands: what the venue's log must hold of them (WIRE 3).

A leaf is the hash of the first entry of a command's batch: the reply bears it before the log does.
"""

import base64
import binascii
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from msgspec import Struct

from gpubourse.errors import OtherHistory

LEAVES_MOST: Final = 1_000  # of the newest commands
EXTRA: Final = b"extra "


class Leaf(Struct, frozen=True):
    """Where a command's batch begins in the journal, and the hash that the log has there."""

    position: int
    leaf: str
    """SHA-256(0x00 || the entry), base64url"""

    def must_be_of(self, receipt: bytes) -> None:
        """Raise OtherHistory for a receipt of another entry than the reply told of."""
        entry = _entry_of(receipt)
        found = base64.urlsafe_b64encode(sha256(b"\0" + entry).digest()).rstrip(b"=").decode()
        if found != self.leaf:
            raise OtherHistory(
                f"the log has another entry at {self.position:,} than the reply to the command told"
            )


class KeptLeaves:
    """The leaves of the newest commands, by their keys, the oldest first."""

    def __init__(self) -> None:
        self._kept: dict[str, Leaf] = {}

    @property
    def all(self) -> Mapping[str, Leaf]:
        """Command key -> leaf. Empty where the venue publishes no log."""
        return dict(self._kept)

    def note(self, key: str, reply: Mapping[str, Any]) -> None:
        """Keep what the reply to a command says of its leaf."""
        if "leaf" not in reply:
            return
        self._kept.pop(key, None)
        self._kept[key] = Leaf(reply["leaf_position"], reply["leaf"])
        if len(self._kept) > LEAVES_MOST:
            del self._kept[next(iter(self._kept))]


def _entry_of(receipt: bytes) -> bytes:
    """The entry that a receipt is for; none of bytes that are no receipt."""
    line = next((each for each in receipt.split(b"\n") if each.startswith(EXTRA)), b"")
    try:
        return base64.b64decode(line.removeprefix(EXTRA), validate=True)
    except binascii.Error:
        return b""
