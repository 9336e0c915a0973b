"""The headers of our own, in words and forms: those that a reply bears, those of a command."""

from typing import Any, Final

from exchange.ops import OPS
from gateway.contract.languages import LANGUAGES
from gateway.contract.schemas import Schema

_SECONDS: Final[Schema] = {"type": "string", "pattern": "^[0-9]+$"}
REPLY_HEADERS: Final[dict[str, dict[str, Any]]] = {
    "Ledger-Position": {
        "description": "the position at which the reply is true, as `position` in it",
        "schema": {"type": "integer", "minimum": 0},
    },
    "RateLimit": {
        "description": "what is left of the bucket that the request drew on: its name; r, tokens "
        "left; t, seconds until it is full again",
        "schema": {"type": "string", "examples": ['"orders";r=399;t=1']},
    },
    "RateLimit-Policy": {
        "description": "that bucket's rule: its name; q, its burst; w, seconds in which a whole "
        "burst comes back",
        "schema": {"type": "string", "examples": ['"orders";q=400;w=2']},
    },
    "Retry-After": {
        "description": "whole seconds to wait, where waiting helps: `retry_after_ms`, rounded up",
        "schema": _SECONDS,
    },
    "Content-Language": {
        "description": "the language of the sentences in it, by `Accept-Language`",
        "schema": {"type": "string", "enum": list(LANGUAGES)},
    },
    "Link": {
        "description": 'the next page, where there is one: <…>; rel="next"',
        "schema": {"type": "string"},
    },
    "Location": {
        "description": "where the thing that was made, or the proposal that waits, can be read",
        "schema": {"type": "string"},
    },
}
OF_RATES: Final = ("RateLimit", "RateLimit-Policy")
OF_PROBLEMS: Final = ("Ledger-Position", "Content-Language", "Retry-After", *OF_RATES)

IDEMPOTENCY_FORM: Final[Schema] = {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"}
VALID_MS: Final = "Command-Valid-Ms"
COMMAND_HEADERS: Final[tuple[tuple[str, bool, Schema, str], ...]] = (
    (
        "Idempotency-Key",
        True,
        IDEMPOTENCY_FORM,
        "Names the intent, once for ever within the party: sent again, it brings the first answer. "
        "A UUIDv7 is advised.",
    ),
    (
        "Command-Issued-Ns",
        False,
        {"type": "string", "pattern": "^[0-9]{1,19}$"},
        "When the command was signed: nanoseconds since 1970 UTC by wall time, as in the signed "
        "document. It goes with Command-Signature.",
    ),
    (
        VALID_MS,
        False,
        {"type": "integer", "minimum": 1},  # at most: Limits
        "For how many milliseconds after that the command counts, as in the signed document; left "
        "out: 5,000.",
    ),
    (
        "Command-Signature",
        False,
        {"type": "string", "pattern": "^[A-Za-z0-9_-]{86}$"},
        "Ed25519 over the command's document, base64url. Needed, but for cancels, and for orders "
        "of a key whose `signing` is session: these may ride on the signed log-on.",
    ),
)


def parameters_of_commands(valid_ms_most: int) -> list[dict[str, Any]]:
    """The four headers of a command, as parameters."""
    return [
        {
            "name": name,
            "in": "header",
            "required": required,
            "schema": schema | ({"maximum": valid_ms_most} if name == VALID_MS else {}),
            "description": text,
        }
        for name, required, schema, text in COMMAND_HEADERS
    ]


def headers(*names: str) -> dict[str, Any]:
    """References to headers, as a response has them."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def may_bear_a_location(op: str, status: int) -> bool:
    """Whether a command's reply with this status says where to read what came of it."""
    return status == 202 or (status == 201 and op in OPS and bool(OPS[op].reply.location))
