"""What somebody in the demo wants next: a request before it is signed."""

from dataclasses import dataclass, field
from typing import Any

from ledger.ids import PartyId, PrincipalId
from ledger.records import Party
from ledger.register import Register


@dataclass(frozen=True, slots=True)
class Intent:
    """One command to be: who asks for what. `attachment` is a raw report."""

    party: PartyId
    principal: PrincipalId
    op: str
    args: dict[str, Any] = field(default_factory=dict)
    attachment: bytes = b""


def by(party: Party, op: str, args: dict[str, Any], attachment: bytes = b"") -> Intent:
    """A party's own principal asks."""
    return Intent(party.party, party.principals[0], op, args, attachment)


def clerk(register: Register, which: int, op: str, args: dict[str, Any]) -> Intent:
    """One of the venue's two clerks asks: 0 or 1."""
    return Intent(register.venue_party, register.clerks[which], op, args)


def known(register: Register, registration_no: str) -> Party | None:
    """The party of the cast with this number, once it is registered and can sign."""
    party = register.registrations.get(("CN", registration_no))
    if party is None or not register.parties[party].principals:
        return None
    return register.parties[party]
