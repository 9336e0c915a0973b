"""The leaf that a command's reply bears: what the log will say of the batch's first entry.

The salt is made from the log's salt key, so the hash stands before the entry is published: whoever
keeps it can demand, at any later time, the proof that the log holds this very entry (WIRE 3).
"""

from typing import Any, Final

from msgspec import Struct

from ledger.base64url import text64
from ledger.journal.protocol import JournalRow
from ledger.log.entry import entry_of, salt_of
from ledger.log.merkle import leaf_hash


class Leaves(Struct, frozen=True):
    """Makes the leaves of one log. Without a salt key no reply bears one."""

    salt_source: bytes = b""  # 32 bytes; none: this venue publishes no log

    def of(self, row: JournalRow | None) -> dict[str, Any]:
        """`leaf_position` and `leaf` as members of a reply; none where nothing was stored."""
        if row is None or not self.salt_source:
            return {}
        entry = entry_of(row, salt_of(self.salt_source, row.position))
        return {"leaf_position": row.position, "leaf": text64(leaf_hash(entry))}


NO_LEAVES: Final = Leaves()
