"""Who asks: what a decision may know of the one behind a command."""

from msgspec import Struct

from ledger.ids import NO_ID, PartyId, PrincipalId


class Caller(Struct, frozen=True, gc=False):
    """The caller of one command, as the gateway proved it; the engine itself has an empty party."""

    party: PartyId = NO_ID
    principal: PrincipalId = NO_ID
    scopes: tuple[str, ...] = ()  # of the session: at most the principal's
    key: str = ""
    session: str = ""
    received_ns: int = 0  # wall time at the gateway: the rate gate counts it
    attachment: bytes = b""  # a raw report, named in the args by its digest
    parsed: object = None  # what that report holds, read beforehand; None: it is yet to be read
    line: str = ""  # the socket that it came by; "": by none
    ends_with_line: bool = False  # whether that line's log-on ties every order placed over it

    @property
    def is_engine(self) -> bool:
        return not self.party
