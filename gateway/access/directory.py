"""Who may log on: every enrolled key and what it may ask for, folded from the published events.

It folds with the ledger's own rules into a register of its own, so that the gateway and the engine
give one answer to what is in force. Only what is on record lets anybody in.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, Final

from ledger.authority.scopes_in_force import may, scopes_in_force
from ledger.events import (
    Event,
    PartyRegistered,
    PrincipalEnrolled,
    PrincipalRevoked,
    RoleGranted,
    RoleRevoked,
)
from ledger.ids import PrincipalId
from ledger.moment import Moment
from ledger.parties.party import apply_party_registered, apply_role_granted, apply_role_revoked
from ledger.parties.principal import apply_principal_enrolled, apply_principal_revoked
from ledger.records import Principal
from ledger.register import Register

_APPLY: Final[dict[type[Event], Callable[[Register, Any, Moment], None]]] = {
    PartyRegistered: apply_party_registered,
    RoleGranted: apply_role_granted,
    RoleRevoked: apply_role_revoked,
    PrincipalEnrolled: apply_principal_enrolled,
    PrincipalRevoked: apply_principal_revoked,
}
_NOW: Final = Moment()  # these folds read no time


class Directory:
    """Principals by id, with the roles that their parties bear."""

    def __init__(
        self, on_lessened: Callable[[Collection[PrincipalId]], None] = lambda _: None
    ) -> None:
        self._register = Register()
        self.on_lessened = on_lessened  # these keys may do less than before, or nothing

    def fill(self, register: Register) -> None:
        """Begin with what the register knows when nothing is in the air; it is copied."""
        own = self._register
        for name, party in register.parties.items():
            own.parties[name] = replace(
                party, roles=dict(party.roles), principals=list(party.principals)
            )
        for key, principal in register.principals.items():
            own.principals[key] = replace(principal)

    def apply(self, event: Event) -> None:
        """Fold one published event."""
        apply = _APPLY.get(type(event))
        if apply is None:
            return
        apply(self._register, event, _NOW)
        if isinstance(event, PrincipalRevoked):
            self.on_lessened({event.principal})
        elif isinstance(event, RoleRevoked):
            self.on_lessened(set(self._register.parties[event.party].principals))

    def enrolled(self, principal: str) -> Principal | None:
        """The principal as it was enrolled, revoked or not: its signatures are checked for ever."""
        return self._register.principals.get(PrincipalId(principal))

    def find(self, principal: str) -> Principal | None:
        """The principal, unless it is unknown or revoked."""
        found = self.enrolled(principal)
        return None if found is None or found.is_revoked else found

    def scopes_in_force(self, principal: str, at_ns: int) -> tuple[str, ...]:
        """What a key may ask for at an instant of the venue; () for one that may do nothing."""
        found = self.find(principal)
        return () if found is None else scopes_in_force(self._register, found, at_ns)

    def may(self, principal: PrincipalId, scope: str, at_ns: int) -> bool:
        """Whether a key may ask for what takes *scope* at that instant."""
        return may(self._register, principal, scope, at_ns)
