"""What a socket's messages are: one op with an id in, one reply out (WIRE 5). Pure."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from exchange.ops import OPS
from gateway import wire
from gateway.access.command_intake import CommandRequest
from gateway.settings import Limits
from gateway.socket.outputs import SendRefusal, SendReply
from gpubourse.wire import outward
from ledger.base64url import bytes64
from ledger.op import Rest
from ledger.refusals import Reason, Refused

ID_MOST: Final = 64
CHAIN_BYTES: Final = 32
COMMANDS: Final = tuple(
    name for name, op in OPS.items() if isinstance(op.door, Rest) and op.door.by_socket
)
MEMBERS: Final[Mapping[str, frozenset[str]]] = {
    "logon": frozenset(
        ("token", "ticket", "document", "signature", "cancel_on_disconnect", "grace_ms")
    ),
    "subscribe": frozenset(("feeds", "since", "seen")),
    "unsubscribe": frozenset(("feeds",)),
    "ping": frozenset(),
    **dict.fromkeys(COMMANDS, frozenset(("key", "issued_ns", "valid_ms", "signature", "args"))),
}

_encode = msgspec.json.Encoder().encode


class ClientMessage(NamedTuple):
    """One client message, its members checked by name."""

    op: str
    id: int | str
    members: dict[str, Any]


def read(text: bytes, limits: Limits) -> ClientMessage:
    """A message from its bytes; refuses `bad_shape`, `bad_field`, `unknown_route`."""
    members = wire.decode_object(text, limits.json_depth, limits.text_characters)
    op, number = members.pop("op", None), members.pop("id", None)
    if not isinstance(op, str) or op not in MEMBERS:
        raise Refused(Reason.unknown_route, f"There is no op {str(op)[:64]!r}.", field="/op")
    if type(number) is not int and not (isinstance(number, str) and len(number) <= ID_MOST):
        raise Refused(Reason.bad_field, "id is a whole number, or a short text.", field="/id")
    for name in members:
        if name not in MEMBERS[op]:
            raise Refused(
                Reason.bad_shape, f"{op} has no member {name[:64]!r}.", field=f"/{name[:64]}"
            )
    return ClientMessage(op, number, members)


def identity(text: bytes) -> tuple[Any, Any]:
    """The op and the id of a message that was refused, as far as they can be read."""
    try:
        members = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None, None
    if not isinstance(members, dict):
        return None, None
    op, number = members.get("op"), members.get("id")
    return (
        op if isinstance(op, str) else None,
        number if isinstance(number, int | str) else None,
    )


def command_of(message: ClientMessage) -> CommandRequest:
    """The command in a message; refuses `bad_shape`, `bad_field`."""
    members = message.members
    args = members.get("args", {})
    if not isinstance(args, dict):
        raise Refused(Reason.bad_shape, "args is an object.", field="/args")
    for name, kind in (("key", str), ("issued_ns", int), ("valid_ms", int), ("signature", str)):
        given = members.get(name)
        if given is not None and type(given) is not kind:
            raise Refused(Reason.bad_field, f"{name} has the wrong form.", field=f"/{name}")
    return CommandRequest(
        op=message.op,
        args=args,
        key=members.get("key"),
        issued_ns=members.get("issued_ns"),
        valid_ms=members.get("valid_ms"),
        signature=members.get("signature"),
    )


def feeds_of(message: ClientMessage, limits: Limits) -> list[Any]:
    """The names of the feeds that a message is about; refuses `bad_field`."""
    feeds = message.members.get("feeds")
    most = limits.feeds_per_socket
    if not isinstance(feeds, list) or not 0 < len(feeds) <= most:
        raise Refused(Reason.bad_field, f"feeds is a list of 1 to {most} names.", field="/feeds")
    return feeds


def since_of(message: ClientMessage) -> int | None:
    """The position up to which the client holds everything (None: it begins); or `bad_field`."""
    since = message.members.get("since")
    if since is not None and (type(since) is not int or since < 0):
        raise Refused(Reason.bad_field, "since is a position.", field="/since")
    return since


def pair_of(message: ClientMessage) -> tuple[int, bytes] | None:
    """The last pair of position and chain that the client was told; or `bad_field`.

    Refuses `bad_combination` without `since`: who holds nothing has seen nothing.
    """
    pair = message.members.get("seen")
    if pair is None:
        return None
    position, chain = pair if isinstance(pair, list) and len(pair) == 2 else (None, None)
    raw = bytes64(chain, CHAIN_BYTES)
    if type(position) is not int or position < 0 or raw is None:
        raise Refused(Reason.bad_field, "seen is a heartbeat's [position, chain].", field="/seen")
    if message.members.get("since") is None:
        raise Refused(Reason.bad_combination, "seen goes with since.", field="/seen")
    return position, raw


def end_of_line_of(message: ClientMessage, limits: Limits) -> tuple[bool, int]:
    """Whether a logon's orders end with the line, and after which grace; refuses `bad_field`."""
    grace_ms = message.members.get("grace_ms", 0)
    most = limits.grace_ms_most
    if type(grace_ms) is not int or not 0 <= grace_ms <= most:
        raise Refused(Reason.bad_field, f"grace_ms is 0 to {most:,}.", field="/grace_ms")
    cancels = message.members.get("cancel_on_disconnect", False)
    if not isinstance(cancels, bool):
        raise Refused(
            Reason.bad_field,
            "cancel_on_disconnect is true or false.",
            field="/cancel_on_disconnect",
        )
    return cancels, grace_ms


def reply(sent: SendReply, position: int, at_ns: int) -> bytes:
    """The message that grants a request, true at a position."""
    members: dict[str, Any] = {"re": sent.op, "id": sent.id, "ok": True}
    members |= {"position": position, "at_ns": str(at_ns)}
    if sent.is_replayed:
        members["replayed"] = True
    if sent.limits:
        members["limits"] = sent.limits
    members["result"] = outward(sent.result)
    return _encode(members)


def refusal(sent: SendRefusal, position: int, at_ns: int) -> bytes:
    """The message that refuses a request."""
    return _encode(
        {
            "re": sent.op,
            "id": sent.id,
            "ok": False,
            "position": position,
            "at_ns": str(at_ns),
            "error": sent.problem,
        }
    )


def control(name: str, **members: Any) -> bytes:
    """A message of the gateway's own: hello, heartbeat, shutdown."""
    return _encode({"control": name, **outward(members)})
