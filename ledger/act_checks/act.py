"""The act at hand: one batch with its command, read as it was signed."""

from dataclasses import dataclass, field
from typing import Any

from ledger.acts.tie import Signatory
from ledger.commands import Command
from ledger.events import Event
from ledger.ids import PartyId, PrincipalId
from ledger.journal.batches import StoredBatch
from ledger.journal.protocol import CommandRow


@dataclass(slots=True)
class Act:
    """One batch. `command` is None where nobody asked, or where what was signed makes none."""

    batch: StoredBatch[Event | None]
    first: Event  # of its facts
    op: str  # of its command; else the engine's own act
    row: CommandRow | None
    document: dict[str, Any] = field(default_factory=dict)  # as signed
    command: Command | None = None
    acts: set[str] = field(default_factory=set)
    """on which grounds the next fact may stand: the op, what was approved, the facts before it"""

    @property
    def signer(self) -> Signatory:
        """Who signed it."""
        assert self.row is not None, "somebody asked"
        party, principal = PartyId(self.row.party), PrincipalId(self.row.principal)
        return Signatory(party, principal, self.op, self.row.key)
