"""A no in words: problem+json (RFC 9457) for refusals and the gateway's own troubles (WIRE 4)."""

from typing import Any, Final, Protocol

from msgspec import Struct

from exchange.engine.group_decider import Unavailable
from gpubourse.wire import outward
from ledger.journal.protocol import JournalUnavailable
from ledger.refusals import Refused, Sentence

MEDIA_TYPE: Final = "application/problem+json"


class ProblemKind(Struct, frozen=True):
    """What the gateway replies when not the rules but the world, or we, said no."""

    code: str
    status: int
    title: str
    detail: str
    retry_after_ms: int


TROUBLES: Final = {
    trouble.code: trouble
    for trouble in (
        ProblemKind(
            "internal", 500, "Our fault", "The venue made an error; it is on record.", 1_000
        ),
        ProblemKind(
            "unavailable",
            503,
            "Not known yet",
            "The journal has not confirmed. Ask again with the same key.",
            500,
        ),
        ProblemKind("not_yet", 503, "Not there yet", "The views lag behind. Ask again.", 500),
        ProblemKind("overloaded", 503, "Too busy", "Nothing was entered. Ask again.", 500),
        ProblemKind(
            "draining", 503, "Closing", "This gateway is closing. Ask again elsewhere.", 1_000
        ),
        ProblemKind(
            "recovering", 503, "Recovering", "The venue reads its journal. Ask again.", 1_000
        ),
    )
}


class Words(Protocol):
    """A language for people (`gateway/contract/languages.py`)."""

    def title(self, code: str) -> str: ...

    def sentence(self, detail: str) -> str: ...


class ProblemRaised(Exception):
    """A request that met the world's failure, or ours: one of TROUBLES by its code."""

    def __init__(self, code: str, detail: str = "", **context: int | str) -> None:
        super().__init__(code)
        self.trouble = TROUBLES[code]
        self.detail = detail or self.trouble.detail
        known = detail.context if isinstance(detail, Sentence) else {}
        self.context: dict[str, Any] = known | context  # as of Refused

    def anew(self) -> "ProblemRaised":
        """The same problem, to be kept: without the frames it came by (as Refused.anew)."""
        again = ProblemRaised(self.trouble.code, self.detail)
        again.context = self.context
        return again


def troubled(error: Unavailable | JournalUnavailable) -> ProblemRaised:
    """What a caller is told when the engine, or the database, is away."""
    code = error.code if isinstance(error, Unavailable) else "unavailable"
    return ProblemRaised(code, str(error))


def problem(
    no: Refused | ProblemRaised,
    *,
    instance: str = "",
    position: int | None = None,
    words: Words | None = None,
) -> dict[str, Any]:
    """The problem of a refusal or a failure, in its wire form, members in the order of WIRE 4.

    *words* tells its title and sentence in the caller's language; without, both are English.
    """
    if isinstance(no, Refused):
        code, status, retryable = no.reason.name, no.reason.status, no.reason.is_retryable
        title, field = no.reason.title, no.field
        retry_after_ms = int(no.context.get("retry_after_ms", 0))
    else:
        code, status, retryable = no.trouble.code, no.trouble.status, True
        title, field = no.trouble.title, ""
        retry_after_ms = no.trouble.retry_after_ms
    members: dict[str, Any] = {"type": f"/problems/{code}", "title": title, "status": status}
    members["detail"] = str(no.detail) or f"{title}."
    if words is not None:
        members["title"] = words.title(code)
        members["detail"] = words.sentence(no.detail) or f"{members['title']}."
    if instance:
        members["instance"] = instance
    members |= {"code": code, "retryable": retryable}
    if retry_after_ms:
        members["retry_after_ms"] = retry_after_ms
    if position is not None:
        members["position"] = position
    if field:
        members["field"] = field
    context = {name: value for name, value in no.context.items() if name != "retry_after_ms"}
    if context:
        members["context"] = outward(context)
    return members


ADVICE: Final = {  # what to do about a code, where more can be said than its status says
    "bad_signature": (
        "Sign the exact bytes of the document (WIRE 2) with the private key that the principal"
        " enrolled; a key that was revoked, or is past its time, signs nothing more: enrol another."
    ),
    "key_reused": "Take a new key for a new command; the same key asks for the same command again.",
    "tier_too_low": "Order less, or give compliance the papers of the next tier.",
    "outside_band": "Name a price inside the band: the detail of the refusal says which is taken,"
    " around which price it lies, and until when that price counts.",
    "insufficient_cash": "Deposit more, cancel another bid, or ask for less.",
    "bad_cursor": "Read the list from its beginning: a cursor is its own list's.",
    "as_of_ahead": "Ask for a position that the venue has reached.",
    "key_missing": "Send a key of your own with the command: `Idempotency-Key`, on a socket `key`.",
    "no_session": "Log on: POST /v1/auth/challenge, then /v1/auth/session.",
    "session_expired": "Log on anew, with a key that is in force.",
    "challenge_spent": "Ask for a new challenge, sign it, and send it at once.",
    "too_late": "See whether the clock of the machine that signs is behind, and set it; then sign"
    " anew, with the same key.",
    "clock_ahead": "Set the clock of the machine that signs: it is ahead of the venue's. Then sign"
    " anew, with the same key.",
    "party_suspended": "Ask the venue's clerks why, and to reinstate the party.",
    "ip_not_allowed": "Come from an address that the key was given for.",
    "origin_not_allowed": "Use the venue's own page.",
    "unknown_key": "Nothing was done under this key: the command may be sent under it.",
    "unknown_route": "Look up routes and operations in /openapi.json and /asyncapi.json.",
    "not_published": "Wait for the log's next head; a venue that publishes no log has none.",
    "waiting_limit": "Wait for the answers, or withdraw what was asked.",
    "holding_period": "Wait until `until_ns`.",
}
ADVICE_BY_STATUS: Final = {
    400: "Mend the request: the detail says what is taken; `field`, where there is one, names the"
    " member.",
    403: "Ask who may: another scope, role, tier, party or person is needed, as the detail says.",
    404: "Look up its name: what was asked for is not known here, or is not for you to see.",
    406: "Ask for a form that this venue answers in.",
    409: "Read how it stands now: something changed since, or was done before.",
    410: "Begin anew from what the venue holds now.",
    413: "Send less at once.",
    415: "Send it as a form that this route reads.",
    422: "Look at the market, the thing or the amounts again: the detail says what would be taken.",
    429: "Wait as long as `retry_after_ms` says.",
}
