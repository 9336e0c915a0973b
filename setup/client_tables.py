"""What the buildings' own tables hold, for the client: ops, reads, and the words on their structs.

Whoever changes the shape of those tables changes this file, and no other of the client's.
"""

from typing import Final, NamedTuple

from msgspec import Struct

from exchange.books.terms import ORDER_KINDS, POST_ONLY, TIME_IN_FORCE
from exchange.ops import OPS
from exchange.words import SIDES
from gateway.access.invitations import Invite
from gateway.routes.openapi import plain_path
from gateway.routes.query import NEW_ENOUGH, PAGE, SPAN
from gateway.routes.system import DESCRIBED
from ledger.op import NOBODY, Rest
from ledger.words import DELIVERY_MODES
from setup.catalogue import docstring, field_texts

# Closed lists of words, as the tables that judge them have them (others: setup/client.toml).
TABLE_WORDS: Final[dict[str, list[str]]] = {
    "side": [*SIDES],
    "time_in_force": [*TIME_IN_FORCE],
    "order.new.type": [*ORDER_KINDS],
    "order.new.post_only": [*POST_ONLY],
    "settlement.instruct.mode": [*DELIVERY_MODES],
}


class Operation(NamedTuple):
    """One op: what it decodes to, how it is sent, and whose yes it takes."""

    op: str
    method: str
    path: str
    command: type[Struct]
    by_socket: bool = False
    takes_report: bool = False
    may_wait: bool = False  # for another person's signature
    always_waits: bool = False


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
            name,
            op.route.method,
            op.route.path,
            op.command,
            op.route.by_socket,
            op.route.with_report,
            may_wait=op.second is not NOBODY,
            always_waits=op.second.is_always_due,
        )
        for name, op in OPS.items()
        if isinstance(op.route, Rest)
    ]
    return [*found, Operation("principal.invite", "POST", "/v1/principals/invite", Invite)]


_OF_ITS_OWN: Final = {*PAGE, *SPAN, *NEW_ENOUGH}  # members that the client asks by itself


def reads() -> list[Read]:
    """Every read under /v1."""
    return [
        Read(
            plain_path(route.path),
            route.summary,
            tuple(member.name for member in route.query if member not in _OF_ITS_OWN),
            route.is_page,
        )
        for route in DESCRIBED
        if route.method == "GET" and route.path.startswith("/v1/")
    ]


def texts(command: type[Struct]) -> tuple[str, dict[str, str]]:
    """What a command means, and each of its fields, in the catalogue's words."""
    meanings = {name: text or shape for name, (text, shape) in field_texts(command).items()}
    return " ".join(docstring(command).partition("\n\n")[0].split()), meanings
