"""The states of a socket: which inputs each takes, what moves it on; any other is our bug."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from gateway.socket.inputs import (
    BinaryReceived,
    CloseReceived,
    CommandAnswered,
    CommandFailed,
    CommandRefused,
    Connected,
    Disconnected,
    Draining,
    Faulted,
    FeedsJoined,
    FeedsLeft,
    FrameBroken,
    GatewayFull,
    Input,
    LineClosed,
    LogonJudged,
    PartReceived,
    PingReceived,
    PongReceived,
    RequestRefused,
    SessionAdopted,
    SessionEnded,
    TextReceived,
    TimePassed,
)
from gateway.socket.outputs import AdoptSession, Close, JoinFeeds, JudgeLogon, LeaveFeeds, Output


class SocketState(StrEnum):
    """Where a socket stands. In the four middle ones, messages wait their turn."""

    NEW = "new"
    OPEN = "open"
    JUDGING = "judging"  # a logon is with auth
    ADOPTING = "adopting"  # its session is being counted
    JOINING = "joining"  # feeds are being joined
    LEAVING = "leaving"  # feeds are being left
    CLOSED = "closed"  # the last frame was sent
    DISCONNECTED = "disconnected"  # the line is cut


NEW, OPEN, CLOSED, DISCONNECTED = (
    SocketState.NEW,
    SocketState.OPEN,
    SocketState.CLOSED,
    SocketState.DISCONNECTED,
)
JUDGING, ADOPTING = SocketState.JUDGING, SocketState.ADOPTING
JOINING, LEAVING = SocketState.JOINING, SocketState.LEAVING
ALIVE: Final = (OPEN, JUDGING, ADOPTING, JOINING, LEAVING)

AT_ANY_TIME: Final = (  # what an open socket takes whatever it waits for
    TextReceived, BinaryReceived, PingReceived, PongReceived,
    PartReceived, CloseReceived, FrameBroken,
    CommandRefused, CommandAnswered, CommandFailed,
    TimePassed, SessionEnded, Draining, Faulted,
)  # fmt: skip

TRANSITIONS: Final[Mapping[tuple[SocketState, type[Input] | type[Output]], SocketState]] = {
    (NEW, Connected): OPEN,
    (NEW, GatewayFull): NEW,
    **{(state, kind): state for state in ALIVE for kind in AT_ANY_TIME},
    # a question, and its answers
    (OPEN, JudgeLogon): JUDGING,
    (JUDGING, LogonJudged): OPEN,
    (JUDGING, RequestRefused): OPEN,
    (OPEN, AdoptSession): ADOPTING,
    (ADOPTING, SessionAdopted): OPEN,
    (OPEN, JoinFeeds): JOINING,
    (JOINING, FeedsJoined): OPEN,
    (JOINING, RequestRefused): OPEN,
    (OPEN, LeaveFeeds): LEAVING,
    (LEAVING, FeedsLeft): OPEN,
    (LEAVING, RequestRefused): OPEN,
    # the end
    **{(state, Close): CLOSED for state in (NEW, *ALIVE)},
    **{(state, LineClosed): CLOSED for state in (NEW, *ALIVE)},
    **{(state, Disconnected): DISCONNECTED for state in (NEW, *ALIVE, CLOSED)},
    # orders that end with their socket are never lost, however late they come
    **{(state, CommandAnswered): state for state in (CLOSED, DISCONNECTED)},
    **{(state, SessionAdopted): state for state in (CLOSED, DISCONNECTED)},
}
