"""What the buildings' own tables say, for the client: ops, reads, and the words on their structs.

Whoever changes the shape of those tables changes this file, and no other of the client's.
"""

import io
import re
import tokenize
from inspect import getsource
from typing import NamedTuple

from msgspec import Struct

from exchange.venue import OPS
from gateway.access.invitations import Invite
from gateway.routes import command_routes
from gateway.routes.openapi import plain_path
from gateway.routes.system import DESCRIBED
from gateway.socket import protocol


class Operation(NamedTuple):
    """One op: what it decodes to, and how it is sent."""

    op: str
    method: str
    path: str
    command: type[Struct]
    by_socket: bool
    takes_report: bool


class Read(NamedTuple):
    """One GET route: its query members, and whether it is a list."""

    path: str
    summary: str
    query: tuple[str, ...]
    is_page: bool


def operations() -> list[Operation]:
    """Every command that a person may send."""
    found = [
        Operation(
            op,
            method,
            path,
            OPS[op].command,
            op in protocol.COMMANDS,
            op in command_routes.RAW,
        )
        for method, path, op in command_routes.COMMANDS
    ]
    invite = "/v1/principals/invite"
    return [*found, Operation("principal.invite", "POST", invite, Invite, False, False)]


def reads() -> list[Read]:
    """Every read under /v1."""
    return [
        Read(plain_path(route.path), route.summary, route.query, route.is_page)
        for route in DESCRIBED
        if route.method == "GET" and route.path.startswith("/v1/")
    ]


def texts(command: type[Struct]) -> tuple[str, dict[str, str]]:
    """What a command means, and each of its fields: its docstring, the comments on its lines."""
    source = getsource(command)
    told: dict[str, str] = {}
    name = ""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        found = re.match(r"    (\w+): ", token.line)
        name = found[1] if found else name
        if token.type == tokenize.COMMENT and name and token.line[: token.start[1]].strip():
            told[name] = token.string.removeprefix("#").strip()
    doc = command.__doc__ or ""
    is_said = bool(doc) and not doc.startswith(f"{command.__name__}(")  # a struct's own signature
    return (" ".join(doc.split("\n\n")[0].split()) if is_said else ""), told
