"""A no in words: problem+json (RFC 9457) for refusals and the door's own troubles (WIRE 4)."""

from typing import Any, Final

from msgspec import Struct

from exchange.engine.engine import Unavailable
from gateway import wire
from ledger.journal.protocol import JournalUnavailable
from ledger.refusals import Reason, Refused

MEDIA_TYPE: Final = "application/problem+json"

# code -> title; the sentence about this very request is the refusal's own `detail`
TITLES: Final[dict[Reason, str]] = {
    Reason.bad_shape: "Not a request this venue can read",
    Reason.bad_field: "A member has a value that is not taken",
    Reason.bad_combination: "These members do not go together",
    Reason.wrong_side: "Not for this side",
    Reason.bad_cursor: "Not a cursor of this list",
    Reason.as_of_ahead: "That position is still to come",
    Reason.key_missing: "A command needs an idempotency key",
    Reason.bad_form: "Not a form this venue answers in",
    Reason.too_large: "Too large",
    Reason.bad_media_type: "Not a form this route reads",
    Reason.no_session: "Not logged on",
    Reason.session_expired: "The session is over",
    Reason.bad_signature: "The signature does not hold",
    Reason.challenge_spent: "The challenge is used up or too old",
    Reason.too_late: "Signed too long ago",
    Reason.clock_ahead: "Signed in the future",
    Reason.rate_limited: "Too many requests",
    Reason.scope_missing: "The session lacks the scope",
    Reason.not_your_party: "Not your party's",
    Reason.party_suspended: "The party is suspended",
    Reason.role_missing: "The party lacks the role",
    Reason.tier_too_low: "The KYC tier is too low",
    Reason.ip_not_allowed: "Not from this address",
    Reason.origin_not_allowed: "Not from this page",
    Reason.same_holder: "Another person must sign",
    Reason.key_reused: "The key was used for something else",
    Reason.unknown_market: "No such market",
    Reason.unknown_order: "No such order",
    Reason.unknown_node: "No such node",
    Reason.unknown_unit: "No such unit",
    Reason.unknown_party: "No such party",
    Reason.unknown_principal: "No such principal",
    Reason.unknown_site: "No such site",
    Reason.unknown_model: "No such model",
    Reason.unknown_settlement: "No such settlement",
    Reason.unknown_lease: "No such lease",
    Reason.unknown_payment: "No such payment",
    Reason.unknown_proposal: "No such proposal",
    Reason.unknown_document: "No such document",
    Reason.unknown_key: "No command was accepted under this key",
    Reason.unknown_route: "No such route or operation",
    Reason.too_old: "Longer ago than is kept",
    Reason.order_closed: "The order has ended",
    Reason.wrong_state: "Not in this state",
    Reason.units_differ: "Other units than those sold",
    Reason.bank_reference_used: "The bank reference was used before",
    Reason.registration_no_used: "The registration number is taken",
    Reason.window_started: "The window has begun",
    Reason.phase_forbids: "Not in this phase",
    Reason.outside_band: "Outside the price band",
    Reason.too_many_lots: "Too many lots",
    Reason.notional_limit: "Too large an amount",
    Reason.order_limit: "Too many open orders",
    Reason.position_limit: "Too large a position",
    Reason.would_take: "Would take what stands",
    Reason.not_in_class: "Not of this class",
    Reason.not_the_owner: "Not the owner",
    Reason.evidence_too_weak: "The identity is too weak",
    Reason.provenance_too_low: "The provenance is too low",
    Reason.on_hold: "On hold",
    Reason.not_ready: "Not ready",
    Reason.leased_beyond: "Leased beyond delivery",
    Reason.lease_overlap: "Already leased or offered then",
    Reason.holding_period: "Sold too recently",
    Reason.insufficient_free_lots: "Not enough free lots",
    Reason.not_recognised: "Not a report this venue can read",
    Reason.truncated: "The report breaks off",
    Reason.report_from_future: "The report is from the future",
    Reason.duplicate_in_file: "A serial stands twice in the report",
    Reason.serial_damaged: "A serial is damaged",
    Reason.not_a_physical_unit: "Not a physical unit",
    Reason.owned_by_another: "Another party owns it",
    Reason.already_registered: "Already registered",
    Reason.no_gpu_found: "No GPU in the report",
    Reason.insufficient_cash: "Not enough cash",
}


class ProblemKind(Struct, frozen=True):
    """What the door says when not the rules but the world, or we, said no."""

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
        title, field = TITLES[no.reason], no.field
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
        members["context"] = wire.outward(context)
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
        "title": TITLES.get(reason, code),
        "rank": reason.rank,
    }
