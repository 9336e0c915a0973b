"""What each op, route and feed answers, as structs: the typed client's, and those of the gateway.

Which is whose stands in contract.json beside this file (setup/contract.py makes it).
"""

from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from gpubourse import records

UNTYPED_FEEDS: Final = {  # bodies that the typed client reads by hand
    "book": "BookBody",
    "candles": "list[Candle]",
    "units": "list[UnitChange]",
}
SNAPSHOTS: Final = {"units": "list[UnitState]"}  # of the channels whose change is another thing


class LevelRow(Struct, frozen=True, array_like=True):
    """What stands at one price; in a delta all three 0: it is gone."""

    price_ticks: int
    lots: int
    orders: int
    conditional_lots: int


class BookBody(Struct, frozen=True, kw_only=True):
    """The levels of a book, best first; a delta tells those that changed, and a phase if new."""

    phase: str | None = None
    """of the market; left out of a change: as it was"""
    bids: list[LevelRow]
    """what is bid, the highest first"""
    asks: list[LevelRow]
    """what is asked, the lowest first"""


class BookRecord(Struct, frozen=True, kw_only=True):
    """A book as it stands."""

    market: str
    """the market's symbol"""
    seq: int
    """of the batch that last moved an order of it, or its phase"""
    phase: str
    """closed, pre_open, continuous"""
    bids: list[LevelRow]
    """what is bid, the highest first"""
    asks: list[LevelRow]
    """what is asked, the lowest first"""
    crc: int
    """CRC-32 over the best ten of either side (WIRE 5)"""


class UnitChange(Struct, frozen=True, kw_only=True):
    """One event of a unit's life, of its board's or of its leases'."""

    position: int
    """the event's place in the journal"""
    stream: str
    """whose event it is: unit:u-000017, node:n-0003, lease:l-000007"""
    version: int
    """its number in that stream"""
    topic: str
    """what happened"""
    event: dict[str, Any]
    """its members, as stored"""


class UnitLease(Struct, frozen=True, kw_only=True):
    """A lease of the board that a unit sits in."""

    lease: str
    """its id, l-000007"""
    lessee: str
    """the party that hires"""
    from_ns: int
    """when it begins; ns since 1970-01-01 UTC"""
    to_ns: int
    """when it ends; ns since 1970-01-01 UTC"""
    state: str
    """agreed, running, ended"""


class UnitState(Struct, frozen=True, kw_only=True):
    """A unit as it stands: what a `units` feed begins with."""

    unit: str
    """its id, u-000017"""
    vendor: str
    """its maker"""
    model: str
    """its code; empty: not known here"""
    serial: str
    """the maker's; empty: none that identifies it"""
    board_part_number: str
    """the maker's"""
    uuid: str
    """as its driver says"""
    identity: str
    """strong, medium, weak"""
    node: str
    """the server it sits in"""
    slot: int
    """where in it"""
    site: str
    """where it stands"""
    custodian: str
    """the party that has it in hand"""
    registrant: str
    """the party that registered it"""
    owner: str
    """the title's holder; empty: no title yet"""
    state: str
    """registered, ready, faulted, in_transit, retired"""
    grade: str
    """A, B, C, U"""
    grade_valid_to_ns: int
    """until when the grade counts; 0: it was never graded; ns since 1970-01-01 UTC"""
    provenance: str
    """P0, P1, P2"""
    order: str
    """the resting ask that offers it; empty: none"""
    settlement: str
    """the open settlement that it stands in; empty: none"""
    holds: dict[str, str]
    """the bars on it: the kind of each, by its id"""
    leases: list[UnitLease]
    """of its board"""


class ChallengeReply(Struct, frozen=True, kw_only=True):
    """32 bytes to sign, once."""

    challenge: str
    """32 random bytes to sign, base64url without padding"""
    expires_ns: int
    """until when they serve, wall time; ns since 1970-01-01 UTC"""


class LoggedOn(Struct, frozen=True, kw_only=True):
    """A session. The token comes to who signed a document by himself, and is shown once."""

    session: str
    """the session's name: the SHA-256 of its log-on document"""
    party: str
    """for whom it acts"""
    scopes: list[str]
    """what it may do"""
    expires_ns: int
    """its end, wall time; ns since 1970-01-01 UTC"""
    token: str | None = None
    """for Authorization: Bearer; left out where it went into a cookie"""


class SessionEnd(Struct, frozen=True, kw_only=True):
    """A session that is over."""

    session: str
    """the session's name"""
    state: str
    """ended"""


class TicketReply(Struct, frozen=True, kw_only=True):
    """One log-on of a socket."""

    ticket: str
    """one log-on of a socket, once"""
    expires_ns: int
    """until when it serves, wall time; ns since 1970-01-01 UTC"""


class Alive(Struct, frozen=True, kw_only=True):
    """The loop answers."""

    alive: bool
    """true"""


class LostEntriesRow(Struct, frozen=True, kw_only=True):
    """What a log has and its journal does not."""

    origin: str
    """the log's"""
    size: int
    """entries that its last signed head covers"""
    root_sha256: str
    """that head's root"""
    common_size: int
    """of them the first ones that are the journal's still; 0: not known"""


class LogReadiness(Struct, frozen=True, kw_only=True):
    """How far the published log reaches."""

    entries: int | None
    """that the newest signed head covers, the last position; null: none is signed yet"""
    refused: bool
    """whether the notary signs no more until people have looked: its log says why"""
    origin: str | None
    """which log it is, by its newest head; null: none is signed yet"""
    lost: LostEntriesRow | None
    """what the journal lost of it, which two people may accept; null: nothing"""


class Readiness(Struct, frozen=True, kw_only=True):
    """Whether commands are taken and reads are new enough; with 503, why not."""

    ready: bool
    """whether commands are taken and reads are new enough"""
    reason: str
    """which of few is wrong, in words; empty: nothing"""
    engine: bool
    """whether the engine serves"""
    views_lag: int | None
    """positions that the views are behind; null: not known"""
    position: int
    """the head's position"""
    log: LogReadiness | None
    """null: this venue publishes none"""


class ProblemText(Struct, frozen=True, kw_only=True):
    """A code in words: what it is, and what to do."""

    code: str
    """its stable name"""
    status: int
    """the HTTP status that it comes with"""
    retryable: bool
    """whether the same request may succeed later"""
    title: str
    """what kind of no it is"""
    detail: str
    """what to do about it"""
    language: str
    """en, zh: of title and detail"""
    context: dict[str, str]
    """the members that its context may bear, and the form of each"""
    rank: int | None = None
    """its place in the order of looking; left out of what is no refusal"""


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
    here: dict[str, type[Struct]] = {
        each.__name__: each for each in (BookBody, UnitChange, UnitState)
    }
    return here[name] if name in here else getattr(records, name)


def answer_of(method: str, path: str) -> type[Struct]:
    """What a route that is no op answers, or a row of its list. Raises KeyError: nobody said it."""
    if (found := BARE.get((method, path)) or BY_HAND.get((method, path))) is not None:
        return found
    return struct_named(contract()["reads"][path])
