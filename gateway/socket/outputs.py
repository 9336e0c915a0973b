"""What a socket's protocol wants done, as values: messages to send, and questions to ask.

A question (`JudgeLogon`, `AdoptSession`, `JoinFeeds`, `LeaveFeeds`, `SubmitCommand`) is answered by
an input; `gateway/socket/states.py` says which.
"""

from typing import Any

from msgspec import Struct

from gateway.access.command_intake import CommandRequest
from gateway.access.limits import TokensLeft
from gateway.access.session import Session
from ledger.journal.protocol import JournalRow


class SendHello(Struct, frozen=True):
    """Greet: where the venue stands, and a challenge to answer."""

    challenge: str


class SendReply(Struct, frozen=True):
    """Grant a message. Without a position it is true at all that is published."""

    op: str
    id: int | str
    result: Any
    position: int | None = None
    at_ns: int = 0
    paid: TokensLeft | None = None  # of a command: what is left of the bucket it drew on
    is_replayed: bool = False
    is_first: bool = False  # ahead of the feed messages that its batch causes
    opening: JournalRow | None = None  # of a command's batch: its reply bears the leaf


class SendRefusal(Struct, frozen=True):
    """Refuse a message, by a problem in its wire form."""

    op: str | None
    id: int | str | None
    problem: dict[str, Any]
    is_first: bool = False


class SendFrames(Struct, frozen=True):
    """Send feed messages that are built already."""

    frames: list[bytes]


class SendShutdown(Struct, frozen=True):
    """Announce that the venue closes."""

    retry_after_ms: int


class SendPing(Struct, frozen=True):
    """Ask for a sign of life."""


class SendPong(Struct, frozen=True):
    """Answer a ping, with its payload."""

    payload: bytes


class Close(Struct, frozen=True):
    """Send the last frame; nothing is sent after it."""

    code: int
    reason: str


class Pause(Struct, frozen=True):
    """Read nothing more of this client for so long: it has used up its rate."""

    wait_ms: int


class JudgeLogon(Struct, frozen=True):
    """Ask auth for a session: by a token, else by a ticket, else by a signed document."""

    token: str | None = None
    ticket: str | None = None
    document: Any = None
    signature: Any = None


class AdoptSession(Struct, frozen=True):
    """Count this socket as the session's, watch its end, take over its principal's cut lines."""

    session: Session
    language: str = "en"  # of the sentences in which its feeds are refused


class JoinFeeds(Struct, frozen=True):
    """Subscribe to feeds, as the session may read them."""

    session: Session | None
    feeds: list[Any]
    since: int | None
    pair: tuple[int, bytes] | None = None  # the last commit that the client was told of


class LeaveFeeds(Struct, frozen=True):
    """Unsubscribe from feeds."""

    feeds: list[Any]


class ResumeFeeds(Struct, frozen=True):
    """Read from the journal what these feeds published after a position, then go on live."""

    feeds: list[str]
    since: int


class SubmitCommand(Struct, frozen=True):
    """Have a command proven, then judged by the engine."""

    call: int  # names the answer
    command: CommandRequest
    session: Session
    ends_with_line: bool = False  # whether the log-on ties the orders placed over this line


class EndLine(Struct, frozen=True):
    """Have the orders of this line cancelled, unless their owner is back within the grace."""

    session: Session
    grace_ms: int


Send = SendHello | SendReply | SendRefusal | SendFrames | SendShutdown | SendPing | SendPong
Question = JudgeLogon | AdoptSession | JoinFeeds | LeaveFeeds | SubmitCommand
Output = Send | Close | Pause | Question | ResumeFeeds | EndLine
