"""What can happen to one socket, as values: the inputs of its protocol.

Every `now_ns` is the loop's clock, handed in: it measures spans; it is no venue or wall time.
"""

from typing import Any

from msgspec import Struct

from exchange.engine.group_decider import Answer
from gateway.access.limits import TokensLeft
from gateway.access.session import Session
from gateway.problems import ProblemRaised
from ledger.refusals import Refused


class Connected(Struct, frozen=True):
    """The upgrade is done, and this is the challenge to greet with."""

    challenge: str
    now_ns: int


class GatewayFull(Struct, frozen=True):
    """There is no room for one more socket, of this address or at all."""


class TextReceived(Struct, frozen=True):
    """A text message came, whole."""

    text: bytes
    now_ns: int


class BinaryReceived(Struct, frozen=True):
    """A binary message came."""

    now_ns: int


class PingReceived(Struct, frozen=True):
    """The client's own ping came."""

    payload: bytes
    now_ns: int


class PongReceived(Struct, frozen=True):
    """A pong came, asked for or not."""

    now_ns: int


class PartReceived(Struct, frozen=True):
    """Bytes came that end no message: a fragment, or part of a frame."""

    now_ns: int


class CloseReceived(Struct, frozen=True):
    """The client ends it, with this code; 0: it named none."""

    code: int


class FrameBroken(Struct, frozen=True):
    """What came is not RFC 6455's, or too long: the code to close with, and why."""

    code: int
    reason: str


class LogonJudged(Struct, frozen=True):
    """Auth granted a logon; a signed document also brings a token, shown once."""

    session: Session
    token: str = ""


class SessionAdopted(Struct, frozen=True):
    """The socket counts as its principal's from now on."""

    takes_over: bool = False  # a line of this principal that was cut, while its grace ran
    is_one_too_many: bool = False


class FeedsJoined(Struct, frozen=True):
    """Each feed of a `subscribe` was joined, or its row holds why it was not."""

    rows: list[dict[str, Any]]
    frames: list[bytes] = []  # snapshots and what was missed: sent before anything else
    resumes: list[str] = []  # feeds whose past is still to be read from the journal
    work: int = 0  # what it took, in bytes of a message: to be paid for


class FeedsLeft(Struct, frozen=True):
    """The feeds of an `unsubscribe` were left; these are still held."""

    held: list[str]


class RequestRefused(Struct, frozen=True):
    """The logon, `subscribe` or `unsubscribe` that waits was refused."""

    error: Refused | ProblemRaised


class CommandRefused(Struct, frozen=True):
    """A command was refused before the engine had it: unsigned, too old, beyond its rate."""

    call: int
    error: Refused | ProblemRaised


class CommandAnswered(Struct, frozen=True):
    """The engine accepted a command."""

    call: int
    answer: Answer
    left: TokensLeft  # of its caller's rate


class CommandFailed(Struct, frozen=True):
    """The engine refused a command, or its outcome is not known."""

    call: int
    error: Refused | ProblemRaised


class TimePassed(Struct, frozen=True):
    """It is so late now."""

    now_ns: int


class SessionEnded(Struct, frozen=True):
    """The session expired, was ended, or its key was revoked."""


class Draining(Struct, frozen=True):
    """The venue closes."""

    retry_after_ms: int


class LineClosed(Struct, frozen=True):
    """The outbox closed the line by itself: its reader is too slow, or the journal is away."""


class Faulted(Struct, frozen=True):
    """We made an error while we served this socket."""


class Disconnected(Struct, frozen=True):
    """The line is cut."""


Input = (
    Connected | GatewayFull
    | TextReceived | BinaryReceived | PingReceived | PongReceived
    | PartReceived | CloseReceived | FrameBroken
    | LogonJudged | SessionAdopted | FeedsJoined | FeedsLeft | RequestRefused
    | CommandRefused | CommandAnswered | CommandFailed
    | TimePassed | SessionEnded | Draining | LineClosed | Faulted | Disconnected
)  # fmt: skip
