"""Commands over REST, by the table of ops (WIRE 3): a path's parts and the body make the args."""

import asyncio
import types
from typing import Any, Final, NamedTuple, NewType, Union, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

from aiohttp import web

from exchange.engine.group_decider import Answer
from exchange.ops import OPS
from gateway import wire
from gateway.access.command_intake import CommandRequest, answer_body
from gateway.routes.query import QueryMember
from gateway.routes.request import JSON, ApiRequest, Route
from ledger.base64url import sha256_text
from ledger.op import Rest
from ledger.refusals import Reason, Refused
from ledger.views.lists.filter_values import FilterKind

LOOPBACK: Final = frozenset(("127.0.0.1", "localhost", "::1"))
RAW_TYPES: Final = frozenset(
    ("text/plain", "text/csv", "text/xml", "application/xml", "application/octet-stream")
)


def _route(method: str, path: str, op: str) -> Route:
    scopes = OPS[op].scopes

    async def answer(request: ApiRequest) -> web.StreamResponse:
        session = request.must_be_logged_on()
        must_be_same_origin(request)
        command = await command_of(request, op)
        proven, request.left = request.parts.intake.prove(command, session)
        if command.attachment and session.may(*scopes) and not command.args.get("dry_run"):
            await asyncio.to_thread(request.parts.keep, command.attachment)
        future = request.parts.intake.submit(proven)
        return command_reply(
            request, await request.parts.intake.answer(future, proven.caller.key), op
        )

    summary = (OPS[op].command.__doc__ or op).strip().splitlines()[0]
    if summary.startswith(OPS[op].command.__name__):  # a struct's own signature, not words
        summary = op
    return Route(
        method, path, answer, summary, scopes=scopes, needs_session=True, op=op, query=_query(op)
    )


async def command_of(request: ApiRequest, op: str) -> CommandRequest:
    """The command that a request makes: its args, key, times and signature."""
    raw = b""
    path = {name: str(value) for name, value in request.http.match_info.items()}
    is_empty = not request.http.can_read_body and "Content-Type" not in request.http.headers
    if _may_bring_a_report(op) and not is_empty and request.http.content_type != JSON:
        if request.http.content_type not in RAW_TYPES:
            raise Refused(Reason.bad_media_type, "A report is sent as it is: text/plain will do.")
        args = {**request.query, **path}
        raw = await request.body(request.parts.limits.import_bytes)
        args["report_sha256"] = sha256_text(raw)
    else:
        if request.query:
            name = next(iter(request.query))
            raise Refused(
                Reason.bad_field,
                f"A command's members stand in its body: {name!r} stands in the address.",
                field=f"/{name}",
            )
        args = await request.members()
        strangers = path.keys() & args.keys()
        if strangers:
            name = min(strangers)
            raise Refused(
                Reason.bad_shape, f"{name} stands in the path: leave it out.", field=f"/{name}"
            )
        args |= path
    headers = request.http.headers
    issued = headers.get("Command-Issued-Ns")
    valid = headers.get("Command-Valid-Ms")
    if valid is not None and not (valid.isascii() and valid.isdigit() and len(valid) < 7):
        raise Refused(Reason.bad_field, "Command-Valid-Ms is a whole number.", field="/valid_ms")
    return CommandRequest(
        op=op,
        args=args,
        key=headers.get("Idempotency-Key"),
        issued_ns=None if issued is None else wire.nanos(issued, "/issued_ns"),
        valid_ms=None if valid is None else int(valid),
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
    return request.respond(answer_body(answer), answer.position, answer.status, headers)


def _may_bring_a_report(op: str) -> bool:
    door = OPS[op].door if op in OPS else None  # an invitation is no command
    return isinstance(door, Rest) and door.with_report


def must_be_same_origin(request: ApiRequest) -> None:
    """Refuse `origin_not_allowed` a browser's write that another page caused.

    A page of ours names this host as its Origin; a client that is no browser names none, and then
    no cookie of its own opens the door.
    """
    origin = request.http.headers.get("Origin")
    if origin is None:
        if request.by_cookie:
            raise Refused(Reason.origin_not_allowed, "A browser's write must name its Origin.")
        return
    host = request.http.host
    try:
        name, netloc = urlsplit(f"//{host}").hostname or "", urlsplit(origin).netloc
    except ValueError:  # no address at all
        name, netloc = "", ""
    is_loopback = not request.parts.settings.tls_cert and not request.parts.settings.is_behind_proxy
    if not name or netloc != host or (is_loopback and name not in LOOPBACK):
        text = f"Not from {origin[:200]!r}: use the venue's page."
        raise Refused(Reason.origin_not_allowed, text)


def _query(op: str) -> tuple[QueryMember, ...]:
    """The members that ride in a raw upload's address: the command's own, by their types."""
    door = OPS[op].door
    if not isinstance(door, Rest) or not door.with_report:
        return ()
    hints = get_type_hints(OPS[op].command)
    return tuple(
        QueryMember(name, _KINDS[_plain(hint)], "a member of the command, beside a raw report")
        for name, hint in hints.items()
        if f"{{{name}}}" not in door.path and name != "report_sha256"
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
    (op.door.method, op.door.path, name) for name, op in OPS.items() if isinstance(op.door, Rest)
]
ROUTES: Final = [_route(*line) for line in COMMANDS]
