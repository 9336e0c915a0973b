"""/asyncapi.json: every message of the socket, made from the types of ops, feeds and records.

AsyncAPI 3.0, told from the venue's side: it receives what a client sends. Close codes and limits,
for which AsyncAPI has no place, stand under `x-close-codes` and `x-limits` (WIRE 5 and 7).
"""

from typing import Any, Final

from exchange.ops import OPS
from gateway.access.limits import RATES
from gateway.contract.answers import SNAPSHOTS, contract, struct_named
from gateway.contract.examples import example
from gateway.contract.languages import LANGUAGES
from gateway.contract.member_words import explain
from gateway.contract.message_words import FEED_EXAMPLES, object_of, summary
from gateway.contract.problem_codes import codes_of_socket_op
from gateway.contract.problem_words import PROBLEM
from gateway.contract.results import result, result_structs
from gateway.contract.schemas import LEAF, NANOS, REPLAYED, WHOLE_MOST, components, reference
from gateway.contract.signature_form import LOGON_DOCUMENT, SIGNING
from gateway.contract.taken_values import request_components
from gateway.settings import Limits
from gateway.socket.messages import COMMANDS, MEMBERS

Schema = dict[str, Any]
CHANNEL: Final = "socket"
PATH: Final = "/v1/ws"
SUBPROTOCOL: Final = "gpubourse.v1.json"
_WHOLE: Final[Schema] = {"type": "integer", "minimum": 0}
_DIGEST: Final[Schema] = {"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$"}
_SIGNATURE: Final[Schema] = {"type": "string", "pattern": "^[A-Za-z0-9_-]{86}$"}
_WHOLE_ID: Final[Schema] = {"type": "integer", "minimum": -WHOLE_MOST, "maximum": WHOLE_MOST}
_ID: Final[Schema] = {"anyOf": [_WHOLE_ID, {"type": "string", "maxLength": 64}]}
_NO_ID: Final[Schema] = {"type": "null", "description": "the message had no id that can be read"}
_NAME: Final[Schema] = {"type": "string", "minLength": 3, "maxLength": 200}
_PAIR: Final[Schema] = {
    "type": "array",
    "prefixItems": [_WHOLE, _DIGEST],
    "minItems": 2,
    "maxItems": 2,
    "description": "[position, chain] of the last commit told",
}
_PROBLEM: Final[Schema] = {"$ref": "#/components/schemas/Problem"}
CLOSE_CODES: Final[dict[int, tuple[str, str]]] = {  # what it means, what the client does
    1000: ("done", "nothing; a client's own close is answered with its own code"),
    1001: ("the venue closes", "reconnect and resume"),
    1002: ("a frame that RFC 6455 forbids", "mend the client"),
    1003: ("a binary message", "mend the client"),
    1007: ("a text or a close's reason that is not UTF-8", "mend the client"),
    1009: ("a message beyond socket_message_bytes", "mend the client"),
    1011: ("our fault, or the journal does not answer", "reconnect with backoff"),
    4000: ("neither log-on nor feed within nothing_asked_ms", "ask for something"),
    4001: ("the session is over or lost a right", "log on anew"),
    4003: ("the key may not be used from this address", "stop"),
    4008: ("a lossless reader too slow; the reason is last=<position>", "reconnect and resume"),
    4009: ("no pong within pong_ms", "reconnect and resume"),
    4010: ("more than 20 bad messages in 60 s", "mend the client"),
    4013: ("too many sockets of the gateway, the address or the principal", "back off"),
    4029: ("beyond its rate for 10 s", "slow down"),
}
LOGON_WAYS: Final = [  # of several the first counts
    {"required": ["token"]},
    {"required": ["ticket"]},
    {"required": ["document", "signature"]},
]
LANGUAGE: Final[Schema] = {
    "type": "string",
    "enum": list(LANGUAGES),
    "description": "of the sentences in which this socket refuses; en unless it says otherwise",
}


def document(version: str, limits: Limits) -> dict[str, Any]:
    """The AsyncAPI 3.0 description of the socket, under these limits."""
    schemas = _schemas()
    messages = {
        **{op: _message(op, _request(op, limits), schemas) for op in MEMBERS},
        **{f"{op}.reply": _message(f"{op}.reply", _reply(op), schemas) for op in MEMBERS},
        "refusal": _message("refusal", _refusal(None), schemas),
        **{f"feed.{name}": _message(f"feed.{name}", _feed(name), schemas) for name in feeds()},
        "feed.end": _message("feed.end", _END, schemas),
        **{name: _message(name, schema, schemas) for name, schema in CONTROLS.items()},
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "gpubourse",
            "version": version,
            "description": "The socket of a venue: commands, feeds, heartbeats. Text frames, each "
            "one JSON object. The first message is `hello`; each message of a client bears an id "
            f"and gets exactly one reply. {SIGNING}",
        },
        "defaultContentType": "application/json",
        "channels": {
            CHANNEL: {
                "address": PATH,
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
                "bindings": {"ws": {"method": "GET"}},
                "x-subprotocol": SUBPROTOCOL,
                "x-close-codes": [
                    {"code": code, "meaning": meaning, "client": client}
                    for code, (meaning, client) in CLOSE_CODES.items()
                ],
                "x-limits": limits.published(),
                "x-rates": {
                    name: {"burst": rate.burst, "refill_per_s": rate.refill}
                    for name, rate in RATES.items()
                },
            }
        },
        "operations": {
            **{op: _operation(op) for op in MEMBERS},
            "tell": {
                "action": "send",
                "channel": {"$ref": f"#/channels/{CHANNEL}"},
                "summary": "Feeds that were subscribed to, and the venue's own messages.",
                "messages": [
                    _at(name)
                    for name in messages
                    if name.startswith("feed.") or name in CONTROLS or name == "refusal"
                ],
            },
        },
        "components": {"messages": messages, "schemas": schemas},
    }


def feeds() -> dict[str, str]:
    """Each channel of feeds, and the type of its body."""
    found: dict[str, str] = contract()["feeds"]
    return found


def _schemas() -> dict[str, Schema]:
    kinds: list[Any] = [each for op in COMMANDS for each in result_structs(op)]
    kinds += [struct_named(_item(body)) for body in (*feeds().values(), *SNAPSHOTS.values())]
    taken = request_components(OPS[op].command for op in COMMANDS)
    found = components(kinds) | taken
    explain(found)
    return found | {"Problem": PROBLEM}


def _operation(op: str) -> dict[str, Any]:
    codes = codes_of_socket_op(op)
    return {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{CHANNEL}"},
        "summary": summary(op),
        "description": f"It may be refused: {', '.join(codes)}.",
        "messages": [_at(op)],
        "reply": {
            "channel": {"$ref": f"#/channels/{CHANNEL}"},
            "messages": [_at(f"{op}.reply")],
        },
        "x-codes": codes,
    }


def _at(name: str) -> dict[str, str]:
    return {"$ref": f"#/channels/{CHANNEL}/messages/{name}"}


def _message(name: str, payload: Schema, schemas: dict[str, Schema]) -> dict[str, Any]:
    return {
        "name": name,
        "summary": summary(name),
        "payload": payload,
        "examples": [{"payload": example(payload, schemas)}],
    }


def _request(op: str, limits: Limits) -> Schema:
    """What a client sends: nothing but these members is taken."""
    of_feeds: Schema = {
        "type": "array",
        "items": _NAME,
        "minItems": 1,
        "maxItems": limits.feeds_per_socket,
        "uniqueItems": True,
    }
    known: dict[str, dict[str, Schema]] = {
        "logon": {
            "token": {"type": "string"},
            "ticket": {"type": "string"},
            "document": LOGON_DOCUMENT,
            "signature": _SIGNATURE,
            "cancel_on_disconnect": {"type": "boolean"},
            "grace_ms": {**_WHOLE, "maximum": limits.grace_ms_most},
            "language": LANGUAGE,
        },
        "subscribe": {"feeds": of_feeds, "since": _WHOLE, "seen": _PAIR},
        "unsubscribe": {"feeds": of_feeds},
        "ping": {},
    }
    command: dict[str, Schema] = {}
    if op in COMMANDS:
        command = {
            "key": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
            "issued_ns": NANOS,
            "valid_ms": {"type": "integer", "minimum": 1, "maximum": limits.valid_ms_most},
            "signature": _SIGNATURE,
            "args": reference(OPS[op].command),
        }
    members = known.get(op, command)
    assert members.keys() == MEMBERS[op], f"{op}: the socket takes {sorted(MEMBERS[op])}"
    may_lack = set(members) - {"feeds", "key", "args"}
    head = {"op": {"const": op}, "id": _ID}
    ways = {"anyOf": LOGON_WAYS} if op == "logon" else {}
    return {**object_of({**head, **members}, *may_lack), **ways, "additionalProperties": False}


def _reply(op: str) -> Schema:
    """What the venue answers: granted or refused."""
    granted = object_of(
        {
            "re": {"const": op},
            "id": _ID,
            "ok": {"const": True},
            "position": _WHOLE,
            "at_ns": NANOS,
            "replayed": REPLAYED,
            **LEAF,
            "limits": {"type": "object", "additionalProperties": {"type": "integer"}},
            "result": _result(op),
        },
        "replayed",
        *LEAF,
        "limits",
    )
    return {"oneOf": [granted, _refusal(op)]}


def _refusal(op: str | None) -> Schema:
    """A no; of a message whose op or id could not be read they are null."""
    codes = codes_of_socket_op(op) if op else None
    error = {"allOf": [_PROBLEM], "properties": {"code": {"enum": codes}}} if codes else _PROBLEM
    return object_of(
        {
            "re": {"const": op} if op else {"type": ["string", "null"], "maxLength": 64},
            "id": {"anyOf": [*_ID["anyOf"], _NO_ID]},
            "ok": {"const": False},
            "position": _WHOLE,
            "at_ns": NANOS,
            "error": error,
        }
    )


def _result(op: str) -> Schema:
    if op in COMMANDS:
        return result(op)
    taken_up = object_of(
        {
            "feed": {"type": "string"},
            "ok": {"type": "boolean"},
            "mode": {"enum": ["snapshot", "resumed", "live"]},
            "seq": _WHOLE,
            "reason": {"const": "other_history"},
            "error": _PROBLEM,
        },
        "mode", "seq", "reason", "error",
    )  # fmt: skip
    known: dict[str, Schema] = {
        "logon": object_of(
            {
                "session": {"type": "string"},
                "party": {"type": "string"},
                "scopes": {"type": "array", "items": {"type": "string"}},
                "expires_ns": NANOS,
                "token": {"type": "string"},
            },
            "token",
        ),
        "subscribe": object_of({"feeds": {"type": "array", "items": taken_up}}),
        "unsubscribe": object_of({"feeds": {"type": "array", "items": {"type": "string"}}}),
        "ping": {"type": ["object", "null"]},
    }
    return known[op]


def _item(body: str) -> str:
    return body.removeprefix("list[").removesuffix("]")


def _feed(name: str) -> Schema:
    """A message of one channel: a snapshot replaces everything, a delta has a `prev`."""
    body = feeds()[name]
    if (begun := SNAPSHOTS.get(name)) is not None:
        return {
            "oneOf": [
                _feed_message(name, {"const": "snapshot"}, begun),
                _feed_message(name, {"const": "delta"}, body),
            ]
        }
    return _feed_message(name, {"enum": ["snapshot", "delta"]}, body)


def _feed_message(name: str, kind: Schema, body: str) -> Schema:
    one = reference(struct_named(_item(body)))
    return object_of(
        {
            "feed": {
                "type": "string",
                "pattern": rf"^{name}(\.[a-z0-9]+)*/.+$",
                "examples": [FEED_EXAMPLES[name]],
            },
            "kind": kind,
            "seq": _WHOLE,
            "prev": _WHOLE,
            "at_ns": NANOS,
            "missed": {"type": "integer", "minimum": 1},
            "reason": {"const": "other_history"},
            "part": {
                "type": "array",
                "prefixItems": [{"type": "integer", "minimum": 1}] * 2,
                "minItems": 2,
                "maxItems": 2,
            },
            "body": {"type": "array", "items": one} if body != _item(body) else one,
            "crc": _WHOLE,
        },
        "prev", "missed", "reason", "part", "crc",
    )  # fmt: skip


_END: Final = object_of(
    {
        "feed": {"type": "string"},
        "kind": {"const": "end"},
        "seq": _WHOLE,
        "at_ns": NANOS,
        "error": _PROBLEM,
    }
)
CONTROLS: Final[dict[str, Schema]] = {
    "hello": object_of(
        {
            "control": {"const": "hello"},
            "v": {"const": 1},
            "venue": {"type": "string"},
            "position": _WHOLE,
            "chain": _DIGEST,
            "at_ns": NANOS,
            "speed": _WHOLE,
            "challenge": _DIGEST,
            "heartbeat_ms": {"type": "integer", "minimum": 1},
        }
    ),
    "heartbeat": object_of(
        {
            "control": {"const": "heartbeat"},
            "at_ns": NANOS,
            "position": _WHOLE,
            "chain": _DIGEST,
            "seqs": {"type": "object", "additionalProperties": _WHOLE},
        },
        "seqs",
    ),
    "shutdown": object_of(
        {"control": {"const": "shutdown"}, "retry_after_ms": {"type": "integer", "minimum": 0}}
    ),
}
