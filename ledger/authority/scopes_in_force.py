"""Whether who asks may do so now: asked when a command is decided, not at log-on (WIRE 2).

A session and an invitation only remember what was so. Keys are revoked and end, parties lose their
roles: the register at the instant of deciding says what still holds.
"""

from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ledger.caller import Caller
from ledger.durations import MS_NS, SECOND_NS, span_text
from ledger.ids import PrincipalId
from ledger.offices import ROLES_OF_SCOPE, has_role
from ledger.records import Principal
from ledger.refusals import Reason, Refused, sentence_of
from ledger.register import Register

CLOCK_AHEAD_NS: Final = SECOND_NS  # of a signer's clock before the venue's
_PREFIX: Final = b"gpubourse-v1\n"


class _Span(Struct):
    """The members of a signed command that say when it counts."""

    issued_ns: str
    valid_ms: int


_span_of = msgspec.json.Decoder(_Span).decode


def as_of_now(register: Register, caller: Caller, at_ns: int) -> Caller:
    """The caller with the scopes that are still in force at *at_ns* (venue time).

    Refuses `bad_signature` a key that is unknown, another party's, revoked or past its time.
    """
    if caller.is_engine:
        return caller
    principal = register.principals.get(caller.principal)
    if principal is None or principal.party != caller.party:
        raise Refused(
            Reason.bad_signature,
            sentence_of(
                "No key {principal} acts for {party}: check both.",
                principal=caller.principal,
                party=caller.party,
            ),
        )
    ended = end_in_words(principal, at_ns)
    if ended:
        raise Refused(
            Reason.bad_signature,
            sentence_of(
                "The key {principal} {ended}: it signs nothing any more.",
                principal=caller.principal,
                ended=ended,
            ),
        )
    in_force = scopes_in_force(register, principal, at_ns)
    left = tuple(scope for scope in caller.scopes if scope in in_force)
    return caller if left == caller.scopes else replace(caller, scopes=left)


def scopes_in_force(register: Register, principal: Principal, at_ns: int) -> tuple[str, ...]:
    """What a key may ask for at *at_ns*: none once it has ended, and no scope without its office.

    The scope `audit` may be a clerk's gift to a key of any party; then it rests on no office.
    """
    if end_in_words(principal, at_ns):
        return ()
    return tuple(
        scope
        for scope in principal.scopes
        if scope not in ROLES_OF_SCOPE
        or (scope == "audit" and principal.is_audit_given)
        or has_role(register, principal.party, *ROLES_OF_SCOPE[scope])
    )


def end_in_words(principal: Principal, at_ns: int) -> str:
    """Why a key signs nothing at *at_ns*, in words; "" while it does."""
    if principal.is_revoked:
        return "was revoked"
    if 0 < principal.valid_to_ns <= at_ns:
        return "is past its time"
    return ""


def may(register: Register, principal: PrincipalId, scope: str, at_ns: int) -> bool:
    """Whether a key may ask for what takes *scope* at *at_ns*."""
    known = register.principals.get(principal)
    return known is not None and scope in scopes_in_force(register, known, at_ns)


def must_be_timely(signed: bytes, received_ns: int) -> None:
    """Refuse `too_late` or `clock_ahead` a signed command that came outside its span.

    *received_ns* is wall time; bytes that are no signed command have no span.
    """
    if not signed.startswith(_PREFIX):
        return
    span = _span_of(memoryview(signed)[len(_PREFIX) :])
    must_be_within(int(span.issued_ns), span.valid_ms, CLOCK_AHEAD_NS, received_ns)


def must_be_within(issued_ns: int, valid_ms: int, ahead_most_ns: int, received_ns: int) -> None:
    """Refuse `too_late` or `clock_ahead`: by how much, for it tells whose clock to look at."""
    if received_ns > issued_ns + valid_ms * MS_NS:
        raise Refused(
            Reason.too_late,
            sentence_of(
                "By the signing machine's clock the command was signed {behind_ns} ago, and it "
                "counts for {valid_ms} ms: is that clock right? Set it, or sign anew with the "
                "same key.",
                behind_ns=span_text(received_ns - issued_ns),
                valid_ms=valid_ms,
            ),
            issued_ns=issued_ns,
            received_ns=received_ns,
        )
    if received_ns < issued_ns - ahead_most_ns:
        raise Refused(
            Reason.clock_ahead,
            sentence_of(
                "The clock of the signing machine is {ahead_ns} ahead of the venue's: set it "
                "right, then sign anew with the same key.",
                ahead_ns=span_text(issued_ns - received_ns),
            ),
            issued_ns=issued_ns,
            received_ns=received_ns,
        )
