"""What a socket's messages are: one op with an id in, one reply out (WIRE 5). Pure."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from exchange.ops import OPS
from gateway import wire
from gateway.access.command_intake import CommandRequest
from gateway.access.leaves import NO_LEAVES, Leaves
from gateway.contract.languages import LANGUAGES
from gateway.problems import ProblemRaised
from gateway.settings import Limits
from gateway.socket.outputs import JudgeLogon, SendRefusal, SendReply
from gpubourse.wire import outward, plain_text
from ledger.base64url import bytes64
from ledger.op import Rest
from ledger.refusals import Reason, Refused, sentence_of

NAME_MOST: Final = 64  # characters of an id, and of an op that is told back
CHAIN_BYTES: Final = 32
COMMANDS: Final = tuple(
    name for name, op in OPS.items() if isinstance(op.route, Rest) and op.route.by_socket
)
MEMBERS: Final[Mapping[str, frozenset[str]]] = {
    "logon": frozenset(
        (
            "token",
            "ticket",
            "document",
            "signature",
            "cancel_on_disconnect",
            "grace_ms",
            "language",
        )
    ),
    "subscribe": frozenset(("feeds", "since", "seen")),
    "unsubscribe": frozenset(("feeds",)),
    "ping": frozenset(),
    **dict.fromkeys(COMMANDS, frozenset(("key", "issued_ns", "valid_ms", "signature", "args"))),
}

_encode = msgspec.json.Encoder(enc_hook=plain_text).encode


class ClientMessage(NamedTuple):
    """One client message, its members checked by name."""

    op: str
    id: int | str
    members: dict[str, Any]


def decoded(text: bytes, limits: Limits) -> wire.Decoded:
    """What a message's bytes hold: decoded once, whatever is then asked of it."""
    return wire.read(text, limits.message_bounds)


def message_of(received: wire.Decoded) -> ClientMessage:
    """The message in what was decoded; refuses `bad_shape`, `bad_field`, `unknown_route`."""
    members = dict(wire.object_of(received))
    for name in ("op", "id"):
        _must_be_there(members, name)
    op, number = members.pop("op"), members.pop("id")
    if not isinstance(op, str) or op not in MEMBERS:
        raise Refused(
            Reason.unknown_route, sentence_of("There is no op {op}.", op=_shown(op)), field="/op"
        )
    if not _is_id(number):
        raise Refused(Reason.bad_field, "id is a whole number, or a short text.", field="/id")
    for name, value in members.items():
        if name not in MEMBERS[op]:
            taken = ", ".join(sorted(MEMBERS[op])) or "none beside op and id"
            wrong = sentence_of(
                "{op} has no member {name!r}: it takes {taken}.", op=op, name=name[:64], taken=taken
            )
            raise Refused(Reason.bad_shape, wrong, field=f"/{name[:64]}")
        if value is None:
            wrong = sentence_of("{name} is null: leave it out.", name=name)
            raise Refused(Reason.bad_shape, wrong, field=f"/{name}")
    return ClientMessage(op, number, members)


def identity(received: wire.Decoded) -> tuple[str | None, int | str | None]:
    """The op and the id of a message that is refused, as far as they could be read."""
    members = received.value
    if not isinstance(members, dict):
        return None, None
    op, number = members.get("op"), members.get("id")
    return op if _is_short(op) else None, number if _is_id(number) else None


def _is_id(number: Any) -> bool:
    return type(number) is int or _is_short(number)


def _must_be_there(members: dict[str, Any], name: str) -> None:
    """Refuse `bad_shape` a message that lacks a member."""
    if name not in members:
        lacks = sentence_of("{name} is missing: give it.", name=name)
        raise Refused(Reason.bad_shape, lacks, field=f"/{name}")


def _is_short(text: Any) -> bool:
    """Whether it can be sent back: the first thing wrong with a message may be this very text."""
    return isinstance(text, str) and len(text) <= NAME_MOST and wire.is_whole(text)


def _shown(op: Any) -> str:
    return repr(op[:NAME_MOST]) if isinstance(op, str) else "of that form"


def command_of(message: ClientMessage) -> CommandRequest:
    """The command in a message; refuses `bad_shape`, `bad_field`."""
    members = message.members
    args = members.get("args")
    if not isinstance(args, dict):
        raise Refused(
            Reason.bad_shape, "Send args: an object, empty where the op needs none.", field="/args"
        )
    for name, kind in (("key", str), ("issued_ns", int), ("valid_ms", int), ("signature", str)):
        given = members.get(name)
        if given is not None and type(given) is not kind:
            raise Refused(
                Reason.bad_field,
                sentence_of("{name} has the wrong form.", name=name),
                field=f"/{name}",
            )
    return CommandRequest(
        op=message.op,
        args=args,
        key=members.get("key"),
        issued_ns=members.get("issued_ns"),
        valid_ms=members.get("valid_ms"),
        signature=members.get("signature"),
    )


def of_args(error: Refused | ProblemRaised) -> Refused | ProblemRaised:
    """The engine's no to a command: what it points to in the args, pointed to in the message."""
    if not isinstance(error, Refused) or not error.field:
        return error
    return error.anew(f"/args{error.field}")


def question_of(logon: ClientMessage) -> JudgeLogon:
    """What a logon asks of auth: by a token, else by a ticket, else by a signed document."""
    members = logon.members
    if "token" in members:
        return JudgeLogon(token=str(members["token"]))
    if "ticket" in members:
        return JudgeLogon(ticket=str(members["ticket"]))
    return JudgeLogon(document=members.get("document"), signature=members.get("signature"))


def language_of(logon: ClientMessage, known: str) -> str:
    """In which language a socket refuses from then on; refuses `bad_field`."""
    language = logon.members.get("language", known)
    if language not in LANGUAGES:
        raise Refused(
            Reason.bad_field,
            sentence_of("language is one of {languages}.", languages=", ".join(LANGUAGES)),
            field="/language",
        )
    return str(language)


def feeds_of(message: ClientMessage, limits: Limits) -> list[Any]:
    """The names of the feeds that a message is about; refuses `bad_shape`, `bad_field`."""
    _must_be_there(message.members, "feeds")
    feeds = message.members.get("feeds")
    most = limits.feeds_per_socket
    if not isinstance(feeds, list) or not 0 < len(feeds) <= most:
        raise Refused(
            Reason.bad_field,
            sentence_of("feeds is a list of 1 to {most} names.", most=most),
            field="/feeds",
        )
    names = [name for name in feeds if isinstance(name, str)]
    if len(set(names)) != len(names):  # each would be taken up again: `ticker/*` is every market
        raise Refused(Reason.bad_field, "feeds names one twice: name it once.", field="/feeds")
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
        raise Refused(
            Reason.bad_field,
            sentence_of("grace_ms is 0 to {most:,}.", most=most),
            field="/grace_ms",
        )
    cancels = message.members.get("cancel_on_disconnect", False)
    if not isinstance(cancels, bool):
        raise Refused(
            Reason.bad_field,
            "cancel_on_disconnect is true or false.",
            field="/cancel_on_disconnect",
        )
    return cancels, grace_ms


def reply(sent: SendReply, position: int, at_ns: int, leaves: Leaves = NO_LEAVES) -> bytes:
    """The message that grants a request, true at a position."""
    members: dict[str, Any] = {"re": sent.op, "id": sent.id, "ok": True}
    members |= {"position": position, "at_ns": str(at_ns)}
    if sent.is_replayed:
        members["replayed"] = True
    members |= leaves.of(sent.opening)
    if sent.paid is not None:
        members["limits"] = {sent.paid.bucket: sent.paid.tokens}
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
