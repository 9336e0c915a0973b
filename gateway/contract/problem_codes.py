"""Which codes each op and each route can answer with: one table, which the documents publish.

What an op's decider refuses for is read from its code (contract.json, `reasons`); what every
request meets on its way there stands here, by the stage at which it is met (WIRE 4).
"""

from typing import Any, Final

from exchange.ops import OPS
from gateway.contract.answers import contract
from gateway.problems import TROUBLES
from ledger.op import NOBODY, Rest
from ledger.refusals import Reason

EVERY_REQUEST: Final = (
    "bad_shape", "bad_field", "bad_form", "too_large", "bad_media_type", "no_session",
    "session_expired", "rate_limited", "ip_not_allowed", "origin_not_allowed", "unknown_route",
    "internal", "unavailable", "recovering", "draining",
)  # fmt: skip
SESSION: Final = ("scope_missing",)
READ: Final = ("bad_combination", "not_yet")
VIEWS: Final = ("not_your_party", "overloaded")
COMMAND: Final = (
    "bad_combination", "key_missing", "bad_signature", "too_late", "clock_ahead", "scope_missing",
    "not_your_party", "party_suspended", "role_missing", "key_reused", "unknown_party",
    "wrong_state", "overloaded",
)  # fmt: skip
SOCKET: Final = ("unknown_route", "bad_shape", "bad_field", "rate_limited", "internal")
BY_SOCKET: Final[dict[str, tuple[str, ...]]] = {  # ops of the socket that are no commands
    "logon": (
        "no_session", "session_expired", "bad_signature", "challenge_spent", "scope_missing",
        "ip_not_allowed", "wrong_state", "unavailable", "recovering", "draining",
    ),
    "subscribe": (
        "bad_combination", "no_session", "session_expired", "scope_missing", "not_your_party",
        "unknown_market", "unknown_unit", "unknown_party", "unknown_node", "wrong_state",
        "too_large", "too_old", "other_history", "not_yet", "unavailable", "overloaded",
        "recovering",
    ),
    "unsubscribe": (),
    "ping": (),
}  # fmt: skip
OF_LOG: Final = ("not_published", "unavailable", "overloaded")
OF_ROUTES: Final[dict[tuple[str, str], tuple[str, ...]]] = {  # what one route alone may say
    ("POST", "/v1/auth/session"): ("bad_signature", "challenge_spent", "scope_missing"),
    ("POST", "/v1/auth/browser"): ("bad_signature", "challenge_spent", "scope_missing"),
    ("POST", "/v1/principals/invite"): (
        "key_missing", "bad_signature", "too_late", "clock_ahead", "scope_missing",
        "not_your_party",
    ),
    ("POST", "/v1/principals/enrol"): ("challenge_spent", "overloaded"),
    ("GET", "/v1/audit/signatures/{position}"): ("as_of_ahead", "overloaded"),
    ("GET", "/v1/audit/events"): ("overloaded", "bad_cursor"),
    ("GET", "/v1/audit/search"): ("overloaded", "bad_cursor"),
    ("GET", "/v1/audit/streams/{stream}"): (
        "overloaded", "bad_cursor", "scope_missing", "not_your_party",
    ),
    ("GET", "/v1/commands/{key}"): ("bad_field", "unknown_key", "overloaded"),
    ("GET", "/log/checkpoint"): OF_LOG,
    ("GET", "/log/key"): OF_LOG,
    ("GET", "/log/heads/{number}"): OF_LOG,
    ("GET", "/log/tile/{level}/{number}"): OF_LOG,
    ("GET", "/log/tile/entries/{number}"): OF_LOG,
    **{
        ("GET", f"/log/old/{{log}}/{path}"): OF_LOG
        for path in (
            "checkpoint", "key", "acceptance", "heads/{number}", "tile/{level}/{number}",
            "tile/entries/{number}",
        )
    },
    ("GET", "/v1/proofs/inclusion/{position}"): (
        "as_of_ahead", "scope_missing", "not_published", "not_yet", "unavailable", "overloaded",
    ),
    ("GET", "/v1/instruments/{market}"): ("unknown_market",),
    ("GET", "/v1/markets/{market}"): ("unknown_market",),
    ("GET", "/v1/markets/{market}/book"): ("unknown_market", "scope_missing"),
    ("GET", "/v1/markets/{market}/trades"): ("unknown_market",),
    ("GET", "/v1/markets/{market}/candles"): ("unknown_market", "overloaded"),
}  # fmt: skip
RECORDS: Final = {  # a part of a path -> there is no such thing that the caller may see
    "party": "unknown_party", "proposal": "unknown_proposal", "site": "unknown_site",
    "report": "unknown_document", "unit": "unknown_unit", "node": "unknown_node",
    "lease": "unknown_lease", "order": "unknown_order", "settlement": "unknown_settlement",
}  # fmt: skip


def status_of(code: str) -> int:
    """The HTTP status of a code. Raises KeyError: there is no such code."""
    return TROUBLES[code].status if code in TROUBLES else Reason[code].status


def every_code() -> list[str]:
    """Every code that the venue has, reasons in the order of looking."""
    return [*Reason.__members__, *TROUBLES]


def codes_of_op(op: str) -> list[str]:
    """What a command can be answered with: on its way, and by who decides it."""
    more = ("too_large",) if OPS[op].second is not NOBODY else ()
    return _in_order(*COMMAND, *contract()["reasons"][op], *more)


def codes_of_route(method: str, path: str, **has: Any) -> list[str]:
    """What a route can refuse with. `has`: what `openapi._codes` gives."""
    found = [*EVERY_REQUEST, *OF_ROUTES.get((method, path), ())]
    if has["op"] in OPS:
        found += codes_of_op(has["op"])
    elif method == "GET" and path.startswith("/v1/"):
        found += READ
        if has["is_page"]:
            found.append("bad_cursor")
        if has["needs_views"]:
            found += VIEWS
        found += [RECORDS[part] for part in has["parts"] if part in RECORDS]
    if has["needs_session"] and has["scopes"]:
        found += SESSION
    if path == "/problems/{code}":
        found.append("unknown_route")
    if "principals/enrol" in path:
        found += codes_of_op("principal.enrol")
    return _in_order(*found)


def codes_of_socket_op(op: str) -> list[str]:
    """What a socket's message can be answered with."""
    is_command = op in OPS and isinstance(OPS[op].route, Rest)
    own = codes_of_op(op) if is_command else BY_SOCKET[op]
    waits = ("no_session", "session_expired", "unavailable", "recovering", "draining")
    return _in_order(*SOCKET, *own, *(waits if is_command else ()))


def by_status(codes: list[str]) -> dict[int, list[str]]:
    """Codes by their status, both in order."""
    found: dict[int, list[str]] = {}
    for code in codes:
        found.setdefault(status_of(code), []).append(code)
    return dict(sorted(found.items()))


def _in_order(*codes: str) -> list[str]:
    wanted = set(codes)
    found = [code for code in every_code() if code in wanted]
    assert len(found) == len(wanted), f"no code of the venue: {wanted - set(found)}"
    return found
