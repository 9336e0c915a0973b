"""Who is logged on: sessions, and the one-time codes that lead to one. Pure: time is handed in."""

from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Generic, TypeVar

from exchange.ops import OPS
from gateway.access.shares import Shares
from ledger.durations import DAY_NS
from ledger.ids import PartyId, PrincipalId
from ledger.op import CANCEL
from ledger.refusals import Reason, Refused

SESSIONS_MOST: Final = 20_000
EXPIRED_KEPT_NS: Final = DAY_NS
ONE_TIME_MOST: Final = 10_000
CANCELS: Final = frozenset(
    scope for op in OPS.values() if op.pace is CANCEL for scope in op.scopes
)  # with any of them a session may cancel, which takes no signature
OVERSIGHT: Final = ("audit", "comply", "operate")  # each may read every party's things (WIRE 3)

Kept = TypeVar("Kept")


@dataclass(slots=True, eq=False)
class Session:
    """One logon of one principal: what it may do, and until when (wall time)."""

    session: str  # the SHA-256 of its `evidence`
    party: PartyId
    principal: PrincipalId
    scopes: tuple[str, ...]
    expires_ns: int
    signing: str  # every, session
    public_key: str
    ip_allow: tuple[str, ...]
    logon: bytes  # the bytes that were signed, and their signature: the evidence
    logon_signature: bytes
    valid_to_ns: int = 0  # of its key, venue time; 0: it stands until it is revoked
    is_over: bool = False
    is_unkept: bool = False  # its evidence could not be kept: nothing unsigned rides on it
    on_end: dict[Callable[[], None], None] = field(default_factory=dict)

    def may(self, *scopes: str) -> bool:
        """Whether any of *scopes* is among its own."""
        return any(scope in self.scopes for scope in scopes)

    @property
    def evidence(self) -> bytes:
        """What is kept of the logon where commands ride on it; `session` is its SHA-256."""
        return self.logon + b"\n" + self.logon_signature

    @property
    def is_to_be_kept(self) -> bool:
        """Whether commands without a signature may ride on it: then its evidence is kept.

        Its orders may if its key says so, its cancels always (WIRE 2).
        """
        return self.signing == "session" or self.may(*CANCELS)

    @property
    def may_read_all(self) -> bool:
        """Whether it may read every party's things."""
        return self.may(*OVERSIGHT)


class Sessions:
    """Every open session, found by the SHA-256 of its token: no token is kept.

    A principal has so many; one more ends the oldest of its own on which no socket lives.
    """

    def __init__(
        self,
        per_principal: int,
        most: int = SESSIONS_MOST,
        venue_ns: Callable[[], int] = lambda: 0,
    ) -> None:
        self._venue_ns = venue_ns
        self._by_token: Shares[bytes, Session] = Shares(per_principal, most)

    def add(self, token: str, session: Session) -> None:
        """Remember a session under its token."""
        sessions = self._by_token
        if sessions.count(session.principal) >= sessions.per_caller:
            own = sessions.of(session.principal)
            oldest = next((hidden for hidden, each in own if not each.on_end), own[0][0])
            self._end(oldest)
        pushed_out = sessions.add(session.principal, _hidden(token), session)
        if pushed_out is not None:
            _close(pushed_out)

    def find(self, token: str, now_ns: int) -> Session:
        """The session of a token; refuses `no_session` or `session_expired`."""
        hidden = _hidden(token)
        session = self._by_token.get(hidden)
        if session is None:
            raise Refused(Reason.no_session, "This token opens no session: log on.")
        if session.expires_ns <= now_ns:
            _close(session)
            raise Refused(Reason.session_expired, "The session is over: log on anew.")
        return session

    def end(self, ended: Session) -> None:
        """Close one session, and what lives on it."""
        for hidden, session in self._by_token.of(ended.principal):
            if session is ended:
                self._end(hidden)

    def end_unless(
        self, principals: Collection[PrincipalId], is_in_force: Callable[[Session], bool]
    ) -> None:
        """Close each session of these principals that is in force no longer: they may do less."""
        for principal in principals:
            for hidden, session in self._by_token.of(principal):
                if not is_in_force(session):
                    self._end(hidden)

    def drop_expired(self, now_ns: int) -> None:
        """Close the sessions whose time has come, or their key's; for a day `find` tells why."""
        venue_ns = self._venue_ns()
        for hidden, session in list(self._by_token.items()):
            if session.expires_ns <= now_ns - EXPIRED_KEPT_NS:
                self._end(hidden)
            elif session.expires_ns <= now_ns:
                _close(session)
            elif 0 < session.valid_to_ns <= venue_ns:
                self._end(hidden)

    def _end(self, hidden: bytes) -> None:
        session = self._by_token.pop(hidden)
        if session is not None:
            _close(session)


def _close(session: Session) -> None:
    session.is_over = True
    for close in list(session.on_end):
        close()


class OneTimeCodes(Generic[Kept]):
    """Codes that serve once, within their time: challenges, tickets, invitations.

    A caller has so many out; one more makes its own oldest void.
    """

    def __init__(self, per_caller: int, most: int = ONE_TIME_MOST) -> None:
        self._out: Shares[bytes, tuple[int, Kept]] = Shares(per_caller, most)

    def add(self, caller: Hashable, code: str, kept: Kept, expires_ns: int) -> None:
        """Keep something behind a code."""
        self._out.add(caller, _hidden(code), (expires_ns, kept))

    def serves(self, code: str, now_ns: int) -> bool:
        """Whether a code would still serve."""
        return self.kept(code, now_ns) is not None

    def kept(self, code: str, now_ns: int) -> Kept | None:
        """What lies behind a code that would still serve; it is not spent by that."""
        entry = self._out.get(_hidden(code))
        return entry[1] if entry is not None and entry[0] > now_ns else None

    def spend(self, code: str, now_ns: int) -> Kept | None:
        """What lay behind a code, once; None if it is unknown, spent or too old."""
        entry = self._out.pop(_hidden(code))
        return entry[1] if entry is not None and entry[0] > now_ns else None


def _hidden(code: str) -> bytes:
    return sha256(code.encode("utf-8", "surrogatepass")).digest()  # a header may hold any byte
