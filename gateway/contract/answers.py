"""What each op, route and feed answers, as structs: the typed client's, and those of the gateway.

Which is whose stands in contract.json beside this file (setup/contract.py makes it).
"""

from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from gpubourse import records
from gpubourse.records import WaitingProposal

UNTYPED_FEEDS: Final = {  # bodies that the typed client reads by hand
    "book": "BookBody",
    "candles": "list[Candle]",
    "units": "list[UnitChange]",
}


class LevelRow(Struct, frozen=True, array_like=True):
    """What stands at one price; in a delta all three 0: it is gone."""

    price_ticks: int
    lots: int
    orders: int
    conditional_lots: int


class BookBody(Struct, frozen=True, kw_only=True):
    """The levels of a book, best first; a delta tells those that changed, and a phase if new."""

    phase: str | None = None
    bids: list[LevelRow]
    asks: list[LevelRow]


class BookRecord(Struct, frozen=True, kw_only=True):
    """A book as it stands."""

    market: str
    seq: int
    phase: str
    bids: list[LevelRow]
    asks: list[LevelRow]
    crc: int


class UnitChange(Struct, frozen=True, kw_only=True):
    """One event of a unit's life; in a snapshot the unit's record stands in its place."""

    position: int
    stream: str | None = None
    version: int | None = None
    topic: str | None = None
    event: dict[str, Any] | None = None
    unit: str | None = None
    chain: list[dict[str, Any]] | None = None


class ChallengeReply(Struct, frozen=True, kw_only=True):
    """32 bytes to sign, once."""

    challenge: str
    expires_ns: int


class LoggedOn(Struct, frozen=True, kw_only=True):
    """A session. The token comes to who signed a document by himself, and is shown once."""

    session: str
    party: str
    scopes: list[str]
    expires_ns: int
    token: str | None = None


class SessionEnd(Struct, frozen=True, kw_only=True):
    """A session that is over."""

    session: str
    state: str


class TicketReply(Struct, frozen=True, kw_only=True):
    """One log-on of a socket."""

    ticket: str
    expires_ns: int


class Alive(Struct, frozen=True, kw_only=True):
    """The loop answers."""

    alive: bool


class LogReadiness(Struct, frozen=True, kw_only=True):
    """How far the published log reaches."""

    entries: int | None
    """that the newest signed head covers, the last position; null: none is signed yet"""
    refused: bool
    """whether the notary signs no more until people have looked: its log says why"""


class Readiness(Struct, frozen=True, kw_only=True):
    """Whether commands are taken and reads are new enough; with 503, why not."""

    ready: bool
    reason: str
    engine: bool
    views_lag: int | None
    position: int
    log: LogReadiness | None
    """null: this venue publishes none"""


class ProblemText(Struct, frozen=True, kw_only=True):
    """A code in words: what it is, and what to do."""

    code: str
    status: int
    retryable: bool
    title: str
    detail: str
    language: str
    context: dict[str, str]
    rank: int | None = None


BARE: Final[dict[tuple[str, str], type[Struct]]] = {  # replies that bear no position
    ("GET", "/livez"): Alive,
    ("GET", "/readyz"): Readiness,
    ("GET", "/problems/{code}"): ProblemText,
}
BY_HAND: Final[dict[tuple[str, str], type[Struct]]] = {  # routes that are no op and no typed read
    ("GET", "/v1/venue"): records.VenueTerms,
    ("GET", "/v1/markets/{market}/book"): BookRecord,
    ("POST", "/v1/auth/challenge"): ChallengeReply,
    ("POST", "/v1/auth/session"): LoggedOn,
    ("POST", "/v1/auth/browser"): LoggedOn,
    ("DELETE", "/v1/auth/session"): SessionEnd,
    ("POST", "/v1/auth/ticket"): TicketReply,
    ("POST", "/v1/principals/enrol"): records.PrincipalReply,
}


@cache
def contract() -> dict[str, Any]:
    """The made table: `replies`, `reads`, `feeds`, `meanings`, `reasons`."""
    found: dict[str, Any] = msgspec.json.decode(
        Path(__file__).with_name("contract.json").read_bytes()
    )
    return found


def struct_named(name: str) -> type[Struct]:
    """A struct of a reply, a row or a feed by its name. Raises KeyError."""
    here: dict[str, type[Struct]] = {"BookBody": BookBody, "UnitChange": UnitChange}
    return here[name] if name in here else getattr(records, name)


def answer_of(method: str, path: str) -> type[Struct]:
    """What a route that is no op answers, or a row of its list. Raises KeyError: nobody said it."""
    if (found := BARE.get((method, path)) or BY_HAND.get((method, path))) is not None:
        return found
    return struct_named(contract()["reads"][path])


def reply_structs(op: str) -> list[type[Struct]]:
    """What an op may answer: done, tried by a dry run, or waiting for others."""
    reply = contract()["replies"][op]
    found = [struct_named(reply[kind]) for kind in ("record", "dry_run") if reply[kind]]
    return [*found, WaitingProposal]
