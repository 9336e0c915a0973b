"""Callers of a gateway's own parts, without HTTP: who logs on from where, and is it granted."""

from collections.abc import Callable
from typing import Any

from gateway.access.auth import LogonResult
from gateway.access.session import Session
from gpubourse import documents
from ledger.ids import PartyId, PrincipalId
from ledger.refusals import Refused
from tests.gateway.town import SCOPES, Town


def is_granted(step: Callable[[], Any]) -> bool:
    """Whether a step is not refused."""
    try:
        step()
    except Refused:
        return False
    return True


def log_on(
    town: Town, name: str, challenge: str = "", *, address: str = "127.0.0.1"
) -> LogonResult:
    """A session of one of the town's keys, for a challenge (a new one, unless given)."""
    key = town.keys[name]
    document = documents.logon_document(
        challenge=challenge or town.parts.auth.challenge(address)[0],
        party=key.party,
        principal=key.principal,
        scopes=SCOPES[name],
        ttl_s=60,
        venue="cn-1",
    )
    signature = documents.sign(key.private_key, document)
    return town.parts.auth.log_on(document, signature, address)


def session_of(principal: str, party: str = "p-0002") -> Session:
    """A session that nobody logged on to."""
    return Session(
        "s",
        PartyId(party),
        PrincipalId(principal),
        ("trade", "admin"),
        2**62,
        "session",
        "",
        (),
        b"",
        b"",
    )
