"""How a document is signed, in the words and the schema that both descriptions publish (WIRE 2)."""

from typing import Any, Final

from gateway.contract.examples import DIGEST
from ledger.offices import SCOPES

SIGNING: Final = (
    "Signing: Ed25519 over the bytes `gpubourse-v1\\n` and the document as canonical JSON (RFC"
    " 8785: members sorted, no spaces, whole numbers, UTF-8), as base64url without padding. A"
    " log-on document has exactly challenge, op (logon), party, principal, scopes ([]: all), ttl_s,"
    " v (1) and venue. A command's document has exactly args, issued_ns, key, op, party, principal,"
    " v (1), valid_ms and venue; args are those of the path and the body together; key names the"
    " intent and is sent again until its outcome is known; issued_ns is wall time, decimal text."
)
LOGON_DOCUMENT: Final[dict[str, Any]] = {
    "type": "object",
    "description": "the log-on document, exactly as it was signed",
    "properties": {
        "challenge": {
            "type": "string",
            "examples": [DIGEST],
            "description": "the venue's, to be signed once",
        },
        "op": {"const": "logon", "description": "logon"},
        "party": {"type": "string", "description": "for whom the key acts"},
        "principal": {"type": "string", "description": "the key's id, k-0107"},
        "scopes": {
            "type": "array",
            "items": {"enum": list(SCOPES)},
            "description": "what is asked for; empty: all that it has",
        },
        "ttl_s": {"type": "integer", "minimum": 1, "description": "for how long, seconds"},
        "v": {"const": 1, "description": "the form of the document"},
        "venue": {"type": "string", "description": "the venue's name"},
    },
    "required": ["challenge", "op", "party", "principal", "scopes", "ttl_s", "v", "venue"],
    "additionalProperties": False,
}
