"""Logging on: a challenge, its signed answer, a session (WIRE 2). No private key comes here."""

import secrets
from collections.abc import Callable
from typing import Annotated, Any

from msgspec import Meta, Struct

from gateway.access import signed_documents
from gateway.access.codes import new_code
from gateway.access.directory import Directory
from gateway.access.session import OneTimeCodes, Session, Sessions
from gateway.addresses import is_within, share_of
from gateway.settings import Limits
from gpubourse import documents
from ledger.authority.scopes_in_force import end_in_words
from ledger.base64url import sha256_text, text64
from ledger.durations import SECOND_NS
from ledger.records import Principal
from ledger.refusals import Reason, Refused, sentence_of
from ledger.shapes import MEMBERS_MOST

LOGON_MEMBERS = frozenset(documents.logon_document(
    challenge="", party="", principal="", scopes=[], ttl_s=0, venue=""
))  # fmt: skip


class Logon(Struct, frozen=True, forbid_unknown_fields=True):
    """The logon document, decoded."""

    challenge: str
    """the venue's, to be signed once"""
    op: str
    """logon"""
    party: str
    """for whom the key acts"""
    principal: str
    """the key's id, k-0107"""
    scopes: Annotated[list[str], Meta(max_length=MEMBERS_MOST)]
    """what is asked for; empty: all that it has"""
    ttl_s: int
    """for how long, seconds"""
    v: int
    """1"""
    venue: str
    """the venue's name"""


class LogonResult(Struct, frozen=True):
    """What a logon gives."""

    token: str  # shown once
    session: Session


class Auth:
    """Who may enter: challenges, sessions and tickets. In memory alone: lost at a restart."""

    def __init__(
        self,
        directory: Directory,
        limits: Limits,
        *,
        venue: Callable[[], str],
        venue_ns: Callable[[], int],
        wall_ns: Callable[[], int],
    ) -> None:
        self.directory = directory
        self._limits = limits
        self._venue = venue
        self._venue_ns = venue_ns
        self._wall_ns = wall_ns
        self._challenges: OneTimeCodes[str] = OneTimeCodes(limits.challenges_per_address)
        self._tickets: OneTimeCodes[Session] = OneTimeCodes(limits.tickets_per_principal)
        self.sessions = Sessions(limits.sessions_per_principal, venue_ns=venue_ns)
        directory.on_lessened = lambda keys: self.sessions.end_unless(keys, self.is_in_force)

    def is_in_force(self, session: Session) -> bool:
        """Whether all that a session was granted still holds: if not, it is over."""
        left = self.directory.scopes_in_force(session.principal, self._venue_ns())
        return bool(left) and set(session.scopes) <= set(left)

    def must_be_in_force(self, session: Session) -> None:
        """Refuse a session that is over, `session_expired`, or no longer in force, `no_session`."""
        if session.expires_ns <= self._wall_ns():
            raise Refused(Reason.session_expired, "The session is over: log on anew.")
        if not session.is_over and not self.is_in_force(session):
            self.sessions.end(session)
        if session.is_over:
            raise Refused(
                Reason.no_session,
                "This session is over: its key was revoked, is past its time, or lost a right. "
                "Log on anew.",
            )

    def challenge(self, address: str, principal: str = "") -> tuple[str, int]:
        """32 random bytes to sign for a caller from an address, and until when (wall time).

        If a principal is named they are for it alone.

        It is given to whoever asks and tells nothing of whom they name.
        """
        code = new_code()
        expires_ns = self._wall_ns() + self._limits.challenge_s * SECOND_NS
        self._challenges.add(share_of(address), code, principal, expires_ns)
        return code, expires_ns

    def log_on(self, document: Any, signature: Any, address: str) -> LogonResult:
        """A session for a signed logon document.

        Refuses `bad_shape`, `challenge_spent`, `bad_signature`, `scope_missing`, `ip_not_allowed`.
        """
        logon = _shape(document)
        if logon.v != documents.VERSION or logon.op != "logon" or logon.venue != self._venue():
            raise Refused(
                Reason.bad_signature,
                sentence_of(
                    "The document must have op 'logon', v 1 and venue {value!r}.",
                    value=self._venue(),
                ),
            )
        made_for = self._challenges.spend(logon.challenge, self._wall_ns())
        if made_for is None or made_for not in ("", logon.principal):
            raise Refused(
                Reason.challenge_spent,
                sentence_of(
                    "Ask for a new challenge, and answer it within {challenge_s} s.",
                    challenge_s=self._limits.challenge_s,
                ),
            )
        entry = self._known(logon)
        signed = documents.signed_bytes(document)
        raw = signed_documents.check(entry.public_key, signature, signed)
        must_be_allowed(entry.ip_allow, address)
        scopes = self._granted(logon, entry)
        token = text64(secrets.token_bytes(32))
        session = Session(
            session=sha256_text(signed + b"\n" + raw),
            party=entry.party,
            principal=entry.principal,
            scopes=scopes,
            expires_ns=self._wall_ns() + self._ttl_s(logon, scopes) * SECOND_NS,
            signing=entry.signing,
            public_key=entry.public_key,
            ip_allow=entry.ip_allow,
            logon=signed,
            logon_signature=raw,
            valid_to_ns=entry.valid_to_ns,
        )
        self.sessions.add(token, session)
        return LogonResult(token, session)

    def session(self, token: str, address: str) -> Session:
        """The session of a token, from an address it may be used from."""
        session = self.sessions.find(token, self._wall_ns())
        self.must_be_in_force(session)
        must_be_allowed(session.ip_allow, address)
        return session

    def ticket(self, session: Session) -> tuple[str, int]:
        """A code with which a browser's socket logs on, once, and until when."""
        code = new_code()
        expires_ns = self._wall_ns() + self._limits.ticket_s * SECOND_NS
        self._tickets.add(session.principal, code, session, expires_ns)
        return code, expires_ns

    def redeem(self, ticket: str, address: str) -> Session:
        """The session behind a ticket; refuses `no_session` if it is spent."""
        session = self._tickets.spend(ticket, self._wall_ns())
        if session is None or session.is_over or session.expires_ns <= self._wall_ns():
            raise Refused(Reason.no_session, "This ticket is used up or too old: ask for another.")
        self.must_be_in_force(session)
        must_be_allowed(session.ip_allow, address)
        return session

    def _known(self, logon: Logon) -> Principal:
        entry = self.directory.find(logon.principal)
        is_over = entry is not None and bool(end_in_words(entry, self._venue_ns()))
        if entry is None or entry.party != logon.party or is_over:
            raise Refused(
                Reason.bad_signature,
                "No principal of that name acts for that party now: check both, and that it was "
                "neither revoked nor ran out.",
            )
        return entry

    def _granted(self, logon: Logon, entry: Principal) -> tuple[str, ...]:
        """What was asked for; an empty list asks for all that is in force."""
        in_force = self.directory.scopes_in_force(entry.principal, self._venue_ns())
        lacking = [scope for scope in logon.scopes if scope not in in_force]
        if lacking or not in_force:
            lacks = f"the scope {lacking[0][:64]!r}" if lacking else "a scope in force"
            raise Refused(
                Reason.scope_missing,
                sentence_of(
                    "{principal} lacks {lacks}; it has {in_force}.",
                    principal=entry.principal,
                    lacks=lacks,
                    in_force=", ".join(in_force) or "none",
                ),
            )
        return tuple(scope for scope in in_force if scope in logon.scopes or not logon.scopes)

    def _ttl_s(self, logon: Logon, scopes: tuple[str, ...]) -> int:
        is_reading = scopes == ("read",)
        most = self._limits.session_s_reading if is_reading else self._limits.session_s_most
        if not 0 < logon.ttl_s <= most:
            raise Refused(
                Reason.bad_field,
                sentence_of("ttl_s is 1 to {most} here.", most=most),
                field="/document/ttl_s",
            )
        return logon.ttl_s


def must_be_allowed(ip_allow: tuple[str, ...], address: str) -> None:
    """Refuse `ip_not_allowed` for an address outside a principal's list (empty: anywhere)."""
    if not ip_allow or any(is_within(address, allowed) for allowed in ip_allow):
        return
    raise Refused(
        Reason.ip_not_allowed,
        sentence_of("This key may not be used from {address}.", address=address),
    )


def _shape(document: Any) -> Logon:
    if not isinstance(document, dict) or set(document) != LOGON_MEMBERS:
        raise Refused(
            Reason.bad_shape,
            sentence_of(
                "The document has exactly these members: {logon_members}.",
                logon_members=", ".join(sorted(LOGON_MEMBERS)),
            ),
            field="/document",
        )
    scopes = document["scopes"]
    texts = [document[name] for name in ("challenge", "op", "party", "principal", "venue")]
    are_numbers = type(document["ttl_s"]) is int and type(document["v"]) is int
    is_list = isinstance(scopes, list) and all(isinstance(scope, str) for scope in scopes)
    if not are_numbers or not is_list or not all(isinstance(text, str) for text in texts):
        raise Refused(Reason.bad_shape, "A member has the wrong form.", field="/document")
    return Logon(**document)
