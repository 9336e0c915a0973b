"""/openapi.json: made from the table of routes and the types of the commands, so it is true.

What a command and its members mean is told in the words of the catalogue (`setup/catalogue.py`).
"""

import re
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any, Final

import msgspec

from exchange.ops import OPS
from gateway.access.invitations import Invite
from gateway.contract.answers import BARE, answer_of
from gateway.contract.examples import example
from gateway.contract.headers import (
    IDEMPOTENCY_FORM,
    OF_PROBLEMS,
    OF_RATES,
    REPLY_HEADERS,
    headers,
    may_bear_a_location,
    parameters_of_commands,
)
from gateway.contract.member_words import PARTS, catalogue, explain, explain_one
from gateway.contract.problem_codes import by_status, codes_of_route
from gateway.contract.problem_words import PROBLEM, problem_example
from gateway.contract.results import result, result_structs
from gateway.contract.schemas import (
    LEAF,
    NANOS,
    REPLAYED,
    components,
    reference,
)
from gateway.contract.signature_form import LOGON_DOCUMENT, SIGNING
from gateway.contract.taken_values import request_components
from gateway.routes.http_rules import RAW_TYPES
from gateway.routes.request import Route
from gateway.settings import Limits
from gpubourse.records import WaitingProposal
from ledger.op import NOBODY
from ledger.views.lists.filter_values import OneOf

TITLE: Final = "gpubourse"


def document(routes: Iterable[Route], version: str, limits: Limits) -> dict[str, Any]:
    """The OpenAPI 3.1 description of these routes, under these limits."""
    paths: dict[str, dict[str, Any]] = {}
    listed = list(routes)
    schemas = _schemas(listed)
    for route in listed:
        paths.setdefault(plain_path(route.path), {})[route.method.lower()] = _operation(
            route, limits, schemas
        )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": version,
            "description": "A register of who owns and leases every GPU, and a market. "
            f"{SIGNING} By REST a command's key, issued_ns, valid_ms and signature are headers.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "headers": REPLY_HEADERS,
            "responses": _problems(listed),
            "securitySchemes": {"session": {"type": "http", "scheme": "bearer"}},
        },
    }


def plain_path(path: str) -> str:
    """A path without the patterns of its parts: `/v1/orders/{order}`."""
    return re.sub(r"\{(\w+):[^/]*\}", r"{\1}", path)


def path_names(path: str) -> list[str]:
    """The names of a path's parts."""
    return re.findall(r"\{(\w+)\}", plain_path(path))


def _operation(route: Route, limits: Limits, schemas: dict[str, Any]) -> dict[str, Any]:
    members: dict[str, Any] = {
        "summary": route.summary,
        "operationId": _operation_id(route),
        "parameters": _parameters(route, limits),
        "responses": _responses(route, schemas),
    }
    words = []
    if route.op in catalogue()["commands"]:
        command = catalogue()["commands"][route.op]
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
        content: dict[str, Any] = {
            "application/json": {"schema": body, "example": example(body, schemas)}
        }
        if route.op in OPS and OPS[route.op].route.with_report:  # type: ignore[union-attr]
            content |= dict.fromkeys(RAW_TYPES, RAW_REPORT)
        members["requestBody"] = {"content": content}
    return members


def _operation_id(route: Route) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", plain_path(route.path).lower()).strip("_")
    return route.op or f"{route.method.lower()}.{words or 'page'}"


def _parameters(route: Route, limits: Limits) -> list[dict[str, Any]]:
    text = {"type": "string"}
    entry = catalogue()["commands"].get(route.op, {"fields": []})
    words = {field["name"]: {"description": field["description"]} for field in entry["fields"]}
    found = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": IDEMPOTENCY_FORM if name == "key" else text,
            **words.get(name, {"description": PARTS.get(name, "")}),
        }
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
        found += parameters_of_commands(limits.valid_ms_most)
    return found


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _body(route: Route) -> dict[str, Any] | None:
    if route.body is not None:
        return {"$ref": f"#/components/schemas/{route.body.__name__}"}
    if not route.op:
        return None
    command = OPS[route.op].command
    schema = request_components([command])[command.__name__]
    explain_one(schema, command.__name__)
    names = path_names(route.path)
    schema["properties"] = {
        name: member for name, member in schema["properties"].items() if name not in names
    }
    schema["required"] = [name for name in schema.get("required", []) if name not in names]
    return schema


def _responses(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    """What a route answers by status: done, and each code that it may refuse with."""
    found = {str(status): _good(route, status, schemas) for status in _statuses(route)}
    codes = _codes(route)
    for status, several in by_status(codes).items():
        found.setdefault(str(status), {"$ref": f"#/components/responses/{_name(several)}"})
    if plain_path(route.path) == "/readyz":
        found["503"] = _good(route, 503, schemas)
    return found


def _statuses(route: Route) -> list[int]:
    if route.op not in OPS:
        return {"principal.invite": [201]}.get(
            route.op, [200, 201, 202] if route.path == "/v1/principals/enrol" else [200]
        )
    op = OPS[route.op]
    made = [] if op.second.is_always_due else [op.reply.status]
    return sorted({200, *made, *([202] if op.second is not NOBODY else [])})


RAW_REPORT: Final[dict[str, Any]] = {
    "schema": {"type": "string", "description": "the report as it is, whatever its type is called"},
    "example": "vendor,model,serial",
}
FILES: Final[dict[str, dict[str, Any]]] = {  # what is no JSON, by its media type
    "text/plain": {"schema": {"type": "string"}, "example": "A signed note, or public keys"},
    "application/octet-stream": {
        "schema": {"type": "string", "contentMediaType": "application/octet-stream"},
        "example": "Bytes",
    },
}
_DONE: Final = {
    200: "Done, or it was so already",
    201: "Made",
    202: "Waits for a second signature",
    503: "Not ready",
}


def _good(route: Route, status: int, schemas: dict[str, Any]) -> dict[str, Any]:
    borne = headers(*_headers(route, status))
    if route.media:
        file = {route.media: FILES[route.media]}
        return {"description": _DONE[status], "content": file, "headers": borne}
    schema = _answer(route, status)
    members: dict[str, Any] = {
        "description": _DONE[status],
        "content": {"application/json": {"schema": schema, "example": example(schema, schemas)}},
    }
    return members | ({"headers": borne} if borne else {})


def _headers(route: Route, status: int) -> Iterator[str]:
    """Which headers of our own a good reply may bear."""
    path = plain_path(route.path)
    if path.startswith("/v1/") and not route.media:
        yield "Ledger-Position"
    if not route.is_health:
        yield from OF_RATES
    if path == "/problems/{code}":
        yield "Content-Language"
    if route.is_page:
        yield "Link"
    if may_bear_a_location(route.op, status):
        yield "Location"


def _answer(route: Route, status: int) -> dict[str, Any]:
    """The schema of a reply with this status."""
    path = plain_path(route.path)
    if route.op:
        return _reply(result(route.op, status), may_be_replayed=route.op in OPS)
    if (route.method, path) in BARE:
        return reference(BARE[route.method, path])
    if status == 202:
        return _reply(reference(WaitingProposal))
    one = reference(answer_of(route.method, path))
    if not route.is_page:
        return _reply(one)
    members = {
        **_AT,
        "rows": {"type": "array", "items": one, "description": "one each"},
        "next": _NEXT,
        **_OF_PAGES.get(path, {}),
    }
    return {"type": "object", "required": list(members), "properties": members}


def _reply(result: dict[str, Any], *, may_be_replayed: bool = False) -> dict[str, Any]:
    members = {**_AT, "result": {**result, "description": "what came of it, or what was asked for"}}
    more = {"replayed": REPLAYED, **LEAF} if may_be_replayed else {}
    return {"type": "object", "required": list(members), "properties": {**members, **more}}


def _name(codes: list[str]) -> str:
    """A name for a response with these codes, the same wherever they come together."""
    return (
        codes[0]
        if len(codes) == 1
        else f"{codes[0]}.{sha256(' '.join(codes).encode()).hexdigest()[:8]}"
    )


def _problems(routes: Iterable[Route]) -> dict[str, Any]:
    """Every problem response that some route names."""
    return {
        _name(codes): _problem(status, codes)
        for route in routes
        for status, codes in by_status(_codes(route)).items()
    }


def _codes(route: Route) -> list[str]:
    return codes_of_route(
        route.method,
        plain_path(route.path),
        op=route.op,
        needs_session=route.needs_session,
        scopes=route.scopes,
        is_page=route.is_page,
        needs_views=route.needs_views,
        parts=path_names(route.path),
    )


def _problem(status: int, codes: list[str]) -> dict[str, Any]:
    """The problem of a status, with the codes that it may bear here."""
    schema = {
        "allOf": [{"$ref": "#/components/schemas/Problem"}],
        "properties": {"code": {"enum": codes}, "status": {"const": status}},
    }
    return {
        "description": f"A problem: {', '.join(codes)}",
        "headers": headers(*OF_PROBLEMS),
        "content": {
            "application/problem+json": {"schema": schema, "example": problem_example(codes[0])}
        },
    }


def _schemas(routes: Iterable[Route]) -> dict[str, Any]:
    kinds: list[Any] = [route.body for route in routes if route.body is not None]
    kinds += [OPS[route.op].command for route in routes if route.op in OPS]
    members = components(answers(routes)) | request_components([*kinds, Invite])
    explain(members)
    for route in routes:  # a list's filter knows all words that a row's member may be
        if route.is_page:
            _close(members[answer_of(route.method, plain_path(route.path)).__name__], route)
    if "LogonBody" in members:
        members["LogonBody"]["properties"]["document"] = LOGON_DOCUMENT
    return members | {"Problem": PROBLEM}


def answers(routes: Iterable[Route]) -> list[type[msgspec.Struct]]:
    """Every struct that these routes may answer."""
    found: list[type[msgspec.Struct]] = [WaitingProposal]
    for route in routes:
        if route.op:
            found += result_structs(route.op)
        elif not route.media:
            found.append(answer_of(route.method, plain_path(route.path)))
    return list(dict.fromkeys(found))


def _close(schema: dict[str, Any], route: Route) -> None:
    for member in route.query:
        kind = member.kind
        own = schema.get("properties", {}).get(member.name)
        if own is not None and own.get("type") == "string" and isinstance(kind, OneOf):
            own["enum"] = list(kind.words)


_AT: Final = {
    "position": {
        "type": "integer",
        "minimum": 0,
        "description": "where it is true: a command's last position, else the head",
    },
    "at_ns": {**NANOS, "description": "when that was written, venue time; ns since 1970-01-01 UTC"},
}
_NEXT: Final = {
    "type": ["string", "null"],
    "description": "the cursor of the next page; null: that is all",
}
# Members that the pages of one list bear besides.
_OF_PAGES: Final = {
    "/v1/audit/search": {
        "looked_from": {"type": "integer", "description": "all from there on was looked at"}
    }
}
