"""A log's origin: the name that says which journal's it is, and behind which loss it began.

A log that continues another holds the event by which that one's loss was accepted; its name is made
of that event's bytes, so that whoever has the log knows which event it must hold. Pure.
"""

from hashlib import sha256
from typing import Any, Final, NamedTuple

import msgspec

from ledger.base64url import bytes64
from ledger.events import LogLossAccepted
from ledger.journal.protocol import JournalRow
from ledger.log.merkle import HASH_BYTES
from ledger.log.tree_head import TreeHead
from ledger.log.verifier import journals_part
from ledger.words import LOG_ORIGIN

NAMED_BYTES: Final = 8  # of an event's hash, in an origin
TOPIC: Final = "log_loss_accepted"
_decode = msgspec.json.Decoder(LogLossAccepted).decode
_any: Final = msgspec.json.Decoder().decode


class AcceptedLoss(NamedTuple):
    """A loss that people accepted, as the journal says it."""

    position: int
    event: LogLossAccepted
    origin: str  # of the log that begins behind it

    @property
    def head(self) -> TreeHead:
        """The head by which the older log ends."""
        root = bytes64(self.event.root_sha256, HASH_BYTES) or b""
        return TreeHead(self.event.origin, self.event.size, root)


def origin_of_first(first: JournalRow) -> str:
    """The name of a journal's first log: the venue, and that event's hash."""
    venue: Any = _any(first.state)["venue"]
    return f"{LOG_ORIGIN}/{venue}/{_named(first.state)}"


def is_later(origin: str) -> bool:
    """Whether a log of this name continues another."""
    return origin != journals_part(origin)


def accepted_loss(row: JournalRow) -> AcceptedLoss | None:
    """The loss that an event accepts, and the log that begins by it; None for any other event."""
    if row.topic != TOPIC:
        return None
    event = _decode(row.state)
    return AcceptedLoss(row.position, event, f"{journals_part(event.origin)}/{_named(row.state)}")


def _named(state: bytes) -> str:
    return sha256(state).digest()[:NAMED_BYTES].hex()
