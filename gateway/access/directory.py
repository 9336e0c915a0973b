"""The keys the gateway knows: every enrolled principal, folded from the published events."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from ledger.events import Event, PrincipalEnrolled, PrincipalRevoked
from ledger.ids import PartyId, PrincipalId
from ledger.records import Principal


class DirectoryEntry(NamedTuple):
    """One principal, as far as a logon needs it."""

    principal: PrincipalId
    party: PartyId
    public_key: str
    scopes: tuple[str, ...]
    ip_allow: tuple[str, ...]
    signing: str
    valid_to_ns: int  # venue time; 0: open


class Directory:
    """Principals by id. Only what is on record lets anybody in: it folds published events alone."""

    def __init__(self, on_revoked: Callable[[PrincipalId], None] = lambda _: None) -> None:
        self._entries: dict[PrincipalId, DirectoryEntry] = {}
        self.on_revoked = on_revoked

    def fill(self, principals: Iterable[Principal]) -> None:
        """Begin with what the register knows when nothing is in the air."""
        for known in principals:
            if not known.is_revoked:
                self._entries[known.principal] = DirectoryEntry(
                    known.principal,
                    known.party,
                    known.public_key,
                    tuple(known.scopes),
                    tuple(known.ip_allow),
                    known.signing,
                    known.valid_to_ns,
                )

    def apply(self, event: Event) -> None:
        """Fold one published event."""
        if isinstance(event, PrincipalEnrolled):
            self._entries[event.principal] = DirectoryEntry(
                event.principal,
                event.party,
                event.public_key,
                tuple(event.scopes),
                tuple(event.ip_allow),
                event.signing,
                event.valid_to_ns,
            )
        elif isinstance(event, PrincipalRevoked):
            self._entries.pop(event.principal, None)
            self.on_revoked(event.principal)

    def find(self, principal: str) -> DirectoryEntry | None:
        """The principal, unless it is unknown or revoked."""
        return self._entries.get(PrincipalId(principal))
