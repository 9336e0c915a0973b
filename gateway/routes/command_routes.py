"""Commands over REST, by the table of ops (WIRE 3): a path's parts and the body make the args."""

import types
from typing import Any, Final, NamedTuple, NewType, Union, get_args, get_origin, get_type_hints

from aiohttp import web
from msgspec.structs import replace

from exchange.engine.group_decider import Answer
from exchange.ops import OPS
from gateway import wire
from gateway.access.command_intake import CommandRequest, answer_body
from gateway.routes.http_rules import RAW_TYPES, media_type
from gateway.routes.query import QueryMember
from gateway.routes.request import JSON, ApiRequest, Route
from ledger.base64url import sha256_text
from ledger.inventory import parsed_or_refused
from ledger.op import Rest
from ledger.refusals import Reason, Refused, sentence_of
from ledger.shapes import whole_number
from ledger.views.lists.filter_values import FilterKind

VALID_MS_READ: Final = 999_999  # beyond it the signature does not count either


def _route(method: str, path: str, op: str) -> Route:
    async def answer(request: ApiRequest) -> web.StreamResponse:
        session = request.must_be_logged_on()
        command = await command_of(request, op)
        proven, request.left = request.parts.intake.prove(command, session)
        if raw := proven.caller.attachment:  # to read a report takes long: not in the engine's turn
            parsed = await request.in_pool("reports", parsed_or_refused, raw)
            proven = replace(proven, caller=replace(proven.caller, parsed=parsed))
        future = request.parts.intake.submit(proven)
        return command_reply(
            request, await request.parts.intake.answer(future, proven.caller.key), op
        )

    summary = (OPS[op].command.__doc__ or op).strip().splitlines()[0]
    if summary.startswith(OPS[op].command.__name__):  # a struct's own signature, not words
        summary = op
    return Route(
        method,
        path,
        answer,
        summary,
        scopes=OPS[op].scopes,
        needs_session=True,
        op=op,
        query=_query(op),
    )


async def command_of(request: ApiRequest, op: str) -> CommandRequest:
    """The command that a request makes: its args, key, times and signature."""
    raw = b""
    path = {name: str(value) for name, value in request.http.match_info.items()}
    is_empty = not request.http.can_read_body and "Content-Type" not in request.http.headers
    kind = media_type(request.http)
    if _may_bring_a_report(op) and not is_empty and kind != JSON:
        if kind not in RAW_TYPES:
            raise Refused(Reason.bad_media_type, "A report is sent as it is: text/plain will do.")
        args = {**request.query, **path}
        raw = await request.body(request.parts.limits.import_bytes)
        args["report_sha256"] = sha256_text(raw)
    else:
        if request.query:
            name = next(iter(request.query))
            raise Refused(
                Reason.bad_field,
                sentence_of(
                    "A command's members stand in its body: {name!r} stands in the address.",
                    name=name,
                ),
                field=f"/{name}",
            )
        args = await request.members()
        strangers = path.keys() & args.keys()
        if strangers:
            name = min(strangers)
            raise Refused(
                Reason.bad_shape,
                sentence_of("{name} stands in the path: leave it out.", name=name),
                field=f"/{name}",
            )
        args |= path
    headers = request.http.headers
    issued = headers.get("Command-Issued-Ns")
    valid = headers.get("Command-Valid-Ms")
    valid_ms = None if valid is None else whole_number(valid, VALID_MS_READ)
    if valid is not None and valid_ms is None:
        raise Refused(Reason.bad_field, "Command-Valid-Ms is a whole number.", field="/valid_ms")
    return CommandRequest(
        op=op,
        args=args,
        key=headers.get("Idempotency-Key"),
        issued_ns=None if issued is None else wire.nanos(issued, "/issued_ns"),
        valid_ms=valid_ms,
        signature=headers.get("Command-Signature"),
        attachment=raw,
    )


def command_reply(request: ApiRequest, answer: Answer, op: str = "") -> web.Response:
    """The reply to an accepted command."""
    headers = {}
    if answer.status == 202:
        headers["Location"] = f"/v1/proposals/{answer.result['proposal']}"
    elif answer.status == 201 and op and OPS[op].reply.location:
        headers["Location"] = OPS[op].reply.location.format_map(answer.result)
    body = answer_body(answer, request.parts.intake.leaves)
    return request.charged(request.respond(body, answer.position, answer.status, headers))


def _may_bring_a_report(op: str) -> bool:
    route = OPS[op].route if op in OPS else None  # an invitation is no command
    return isinstance(route, Rest) and route.with_report


def _query(op: str) -> tuple[QueryMember, ...]:
    """The members that ride in a raw upload's address: the command's own, by their types."""
    route = OPS[op].route
    if not isinstance(route, Rest) or not route.with_report:
        return ()
    hints = get_type_hints(OPS[op].command)
    return tuple(
        QueryMember(name, _KINDS[_plain(hint)], "a member of the command, beside a raw report")
        for name, hint in hints.items()
        if f"{{{name}}}" not in route.path and name != "report_sha256"
    )


class _Flag(NamedTuple):
    """true or false."""

    def read(self, text: str) -> bool:
        if text not in {"true", "false"}:
            raise ValueError("is true or false")
        return text == "true"

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


class _Listed(NamedTuple):
    """Texts with commas between them."""

    def read(self, text: str) -> list[str]:
        return text.split(",") if text else []

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "description": "Texts with commas between them."}


class _Text(NamedTuple):
    """Text, whose form the command judges."""

    def read(self, text: str) -> str:
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}


_KINDS: Final[dict[Any, FilterKind]] = {bool: _Flag(), list: _Listed(), str: _Text()}


def _plain(hint: Any) -> Any:
    """int of `Annotated[int, …]` or `int | None`, list of `list[…]`, str of an id's kind."""
    if isinstance(hint, NewType):
        return _plain(hint.__supertype__)
    origin = get_origin(hint)
    if origin is Union or origin is types.UnionType:
        return _plain(get_args(hint)[0])
    return origin or hint


COMMANDS: Final = [
    (op.route.method, op.route.path, name) for name, op in OPS.items() if isinstance(op.route, Rest)
]
ROUTES: Final = [_route(*line) for line in COMMANDS]
