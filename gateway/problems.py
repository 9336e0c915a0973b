"""A no in words: problem+json (RFC 9457) for refusals and the gateway's own troubles (WIRE 4)."""

from typing import Any, Final

from msgspec import Struct

from exchange.engine.group_decider import Unavailable
from gpubourse.wire import outward
from ledger.journal.protocol import JournalUnavailable
from ledger.refusals import Reason, Refused

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
            "draining", 503, "Closing", "This door is closing. Ask again elsewhere.", 1_000
        ),
        ProblemKind(
            "recovering", 503, "Recovering", "The venue reads its journal. Ask again.", 1_000
        ),
    )
}


class ProblemRaised(Exception):
    """A request that met the world's failure, or ours: one of TROUBLES by its code."""

    def __init__(self, code: str, detail: str = "", **context: int | str) -> None:
        super().__init__(code)
        self.trouble = TROUBLES[code]
        self.detail = detail or self.trouble.detail
        self.context = context


def troubled(error: Unavailable | JournalUnavailable) -> ProblemRaised:
    """What a caller is told when the engine, or the database, is away."""
    code = error.code if isinstance(error, Unavailable) else "unavailable"
    return ProblemRaised(code, str(error))


def problem(
    no: Refused | ProblemRaised, *, instance: str = "", position: int | None = None
) -> dict[str, Any]:
    """The problem of a refusal or a failure, in its wire form, members in the order of WIRE 4."""
    if isinstance(no, Refused):
        code, status, retryable = no.reason.name, no.reason.status, no.reason.is_retryable
        title, field = no.reason.title, no.field
        retry_after_ms = int(no.context.get("retry_after_ms", 0))
    else:
        code, status, retryable = no.trouble.code, no.trouble.status, True
        title, field = no.trouble.title, ""
        retry_after_ms = no.trouble.retry_after_ms
    members: dict[str, Any] = {"type": f"/problems/{code}", "title": title, "status": status}
    members["detail"] = no.detail or f"{title}."
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


def described(code: str) -> dict[str, Any] | None:
    """What `/problems/{code}` tells of one code; None if there is none."""
    if code in TROUBLES:
        trouble = TROUBLES[code]
        return {
            "code": code,
            "status": trouble.status,
            "retryable": True,
            "title": trouble.title,
            "detail": trouble.detail,
        }
    reason = Reason.__members__.get(code)
    if reason is None:
        return None
    return {
        "code": code,
        "status": reason.status,
        "retryable": reason.is_retryable,
        "title": reason.title,
        "rank": reason.rank,
    }
