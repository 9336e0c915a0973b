"""What the buildings' own tables say, for the client: ops, reads, and the words on their structs.

Whoever changes the shape of those tables changes this file, and no other of the client's.
"""

from typing import NamedTuple

from msgspec import Struct

from exchange.venue import OPS
from gateway.access.invitations import Invite
from gateway.routes import command_routes
from gateway.routes.openapi import plain_path
from gateway.routes.system import DESCRIBED
from gateway.socket import protocol
from setup.catalogue import docstring, field_texts


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
    """What a command means, and each of its fields, in the catalogue's words."""
    told = {name: text or shape for name, (text, shape) in field_texts(command).items()}
    return " ".join(docstring(command).partition("\n\n")[0].split()), told
