"""/openapi.json: made from the table of routes and the types of the commands, so it is true.

What a command and its members mean is told in the words of the catalogue (`setup/catalogue.py`).
"""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec

from exchange.ops import OPS
from gateway.access.invitations import Invite
from gateway.routes.request import Route
from gateway.settings import Limits
from ledger.refusals import Reason

TITLE: Final = "gpubourse"
VALID_MS: Final = "Command-Valid-Ms"
COMMAND_HEADERS: Final[tuple[tuple[str, bool, dict[str, Any]], ...]] = (
    ("Idempotency-Key", True, {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"}),
    ("Command-Issued-Ns", False, {"type": "string", "pattern": "^[0-9]{1,19}$"}),
    (VALID_MS, False, {"type": "integer", "minimum": 1}),  # at most: Limits
    ("Command-Signature", False, {"type": "string", "pattern": "^[A-Za-z0-9_-]{86}$"}),
)
NANOS: Final = {"type": "string", "pattern": "^([1-9][0-9]{0,18}|0)$"}


def document(routes: Iterable[Route], version: str, limits: Limits) -> dict[str, Any]:
    """The OpenAPI 3.1 description of these routes, under these limits."""
    paths: dict[str, dict[str, Any]] = {}
    listed = list(routes)
    schemas = _schemas(listed)
    for route in listed:
        paths.setdefault(plain_path(route.path), {})[route.method.lower()] = _operation(
            route, limits
        )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": version,
            "description": "A register of who owns, leases and pledges every GPU, and a market.",
        },
        "paths": paths,
        "components": {
            "schemas": {**schemas, **_REPLIES},
            "securitySchemes": {"session": {"type": "http", "scheme": "bearer"}},
        },
    }


def plain_path(path: str) -> str:
    """A path without the patterns of its parts: `/v1/orders/{order}`."""
    return re.sub(r"\{(\w+):[^/]*\}", r"{\1}", path)


def path_names(path: str) -> list[str]:
    """The names of a path's parts."""
    return re.findall(r"\{(\w+)\}", plain_path(path))


def _operation(route: Route, limits: Limits) -> dict[str, Any]:
    members: dict[str, Any] = {
        "summary": route.summary,
        "operationId": _operation_id(route),
        "parameters": _parameters(route, limits),
        "responses": _responses(route),
    }
    words = []
    if route.op in _catalogue()["commands"]:
        command = _catalogue()["commands"][route.op]
        members["summary"] = command["text"]
        words += [command["more"], f"Who: {command['who']}."]
    if route.needs_session:
        members["security"] = [{"session": []}]
        if route.scopes:
            words.append(f"Scope: {' or '.join(route.scopes)}.")
    if any(words):
        members["description"] = " ".join(filter(None, words))
    body = _body(route)
    if body is not None:
        members["requestBody"] = {"content": {"application/json": {"schema": body}}}
    return members


def _operation_id(route: Route) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", plain_path(route.path).lower()).strip("_")
    return route.op or f"{route.method.lower()}.{words or 'page'}"


def _parameters(route: Route, limits: Limits) -> list[dict[str, Any]]:
    text = {"type": "string"}
    entry = _catalogue()["commands"].get(route.op, {"fields": []})
    words = {field["name"]: {"description": field["description"]} for field in entry["fields"]}
    found = [
        {"name": name, "in": "path", "required": True, "schema": text, **words.get(name, {})}
        for name in path_names(route.path)
    ]
    found += [
        {
            "name": member.name,
            "in": "query",
            "schema": member.kind_under(limits).schema(),
            **words.get(member.name, {"description": f"{_upper(member.meaning)}."}),
        }
        for member in route.query
    ]
    if route.op:
        found += [
            {
                "name": name,
                "in": "header",
                "required": required,
                "schema": schema | {"maximum": limits.valid_ms_most}
                if name == VALID_MS
                else schema,
            }
            for name, required, schema in COMMAND_HEADERS
        ]
    return found


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _body(route: Route) -> dict[str, Any] | None:
    if route.body is not None:
        return {"$ref": f"#/components/schemas/{route.body.__name__}"}
    if not route.op:
        return None
    command = OPS[route.op].command
    schema = _on_the_wire(msgspec.json.schema(command))["$defs"][command.__name__]
    _explain(schema)
    names = path_names(route.path)
    schema["properties"] = {
        name: member for name, member in schema["properties"].items() if name not in names
    }
    schema["required"] = [name for name in schema.get("required", []) if name not in names]
    return _moved(schema) if isinstance(schema, dict) else None


def _responses(route: Route) -> dict[str, Any]:
    kind = "Page" if route.is_page else "Reply"
    good = {
        "description": "Done",
        "headers": {"Ledger-Position": {"schema": {"type": "integer"}}},
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{kind}"}}},
    }
    problem = {
        "description": "A problem, by its code",
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    }
    members = {"200": good, "default": problem}
    if route.op:
        members |= {
            "201": {**good, "description": "Made"},
            "202": {**good, "description": "Waits for a second signature"},
        }
    return members


def _schemas(routes: Iterable[Route]) -> dict[str, Any]:
    kinds: list[Any] = [route.body for route in routes if route.body is not None]
    kinds += [OPS[route.op].command for route in routes if route.op in OPS]
    _, schemas = msgspec.json.schema_components(
        [*dict.fromkeys([*kinds, Invite])], ref_template="#/components/schemas/{name}"
    )
    members: dict[str, Any] = {name: _on_the_wire(schema) for name, schema in schemas.items()}
    for schema in members.values():
        _explain(schema)
    return members


def _explain(schema: dict[str, Any]) -> None:
    """Put the catalogue's words on a struct's schema and its members."""
    entry = _structs().get(schema.get("title", ""))
    if entry is None:
        return
    schema["description"] = f"{entry['text']} {entry['more']}".strip()
    for field in entry["fields"]:
        member = schema["properties"][field["name"]]
        schema["properties"][field["name"]] = {**member, "description": field["description"]}


@cache
def _catalogue() -> dict[str, Any]:
    text = (Path(__file__).parents[1] / "catalogue.json").read_bytes()
    found: dict[str, Any] = msgspec.json.decode(text)
    return found


@cache
def _structs() -> dict[str, Any]:
    """Each command and record of the catalogue, by its struct's name."""
    known = _catalogue()
    commands = {each["struct"]: each for each in known["commands"].values()}
    return {**commands, **known["records"]}


def _on_the_wire(schema: Any) -> Any:
    """A schema as the wire has it: members named `…_ns` are decimal text."""
    if isinstance(schema, list):
        return [_on_the_wire(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    members = {name: _on_the_wire(member) for name, member in schema.items()}
    properties = members.get("properties")
    if isinstance(properties, dict):
        for name in properties:
            if name.endswith("_ns"):
                properties[name] = NANOS
    return members


def _moved(schema: dict[str, Any]) -> dict[str, Any]:
    """References of a single schema, told from the document's components."""
    text = msgspec.json.encode(schema).replace(b"#/$defs/", b"#/components/schemas/")
    found: dict[str, Any] = msgspec.json.decode(text)
    return found


_AT: Final = {
    "position": {"type": "integer"},
    "at_ns": NANOS,
}
_REPLIES: Final[dict[str, Any]] = {
    "Reply": {
        "type": "object",
        "required": ["position", "at_ns", "result"],
        "properties": {**_AT, "result": {}, "replayed": {"type": "boolean"}},
    },
    "Page": {
        "type": "object",
        "required": ["position", "at_ns", "rows", "next"],
        "properties": {
            **_AT,
            "rows": {"type": "array", "items": {"type": "object"}},
            "next": {"type": ["string", "null"]},
        },
    },
    "Problem": {
        "type": "object",
        "required": ["type", "title", "status", "detail", "code", "retryable"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "instance": {"type": "string"},
            "code": {"type": "string", "examples": [reason.name for reason in Reason][:5]},
            "retryable": {"type": "boolean"},
            "retry_after_ms": {"type": "integer"},
            "position": {"type": "integer"},
            "field": {"type": "string"},
            "context": {"type": "object"},
        },
    },
}
