"""The table of a socket's states, walked pair by pair; and what a script shows that goes wrong."""

import pytest

from gateway.socket import inputs
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
    TimePassed,
)
from gateway.socket.outputs import (
    Close,
    SendHello,
    SendPing,
)
from gateway.socket.states import TRANSITIONS, SocketState
from tests.gateway.socket.answers import LEFT, NO, placed
from tests.gateway.socket.playbook import (
    Playbook,
    greeted,
    session_of,
    text,
)


def every_input() -> list[Input]:
    """One of each kind."""
    session = session_of()
    return [
        Connected("challenge", 0), GatewayFull(), text("ping", 1), BinaryReceived(0),
        PingReceived(b"", 0), PongReceived(0), PartReceived(0), CloseReceived(1000),
        FrameBroken(1002, ""), LogonJudged(session), SessionAdopted(),
        FeedsJoined([]), FeedsLeft([]), RequestRefused(NO), CommandRefused(1, NO),
        CommandAnswered(1, placed("o-1"), LEFT), CommandFailed(1, NO), TimePassed(0),
        SessionEnded(), Draining(1), LineClosed(), Faulted(), Disconnected(),
    ]  # fmt: skip


def in_state(state: SocketState) -> Playbook:
    """A socket that stands there."""
    session = session_of()
    if state is SocketState.NEW:
        return Playbook()
    script = greeted()
    receive = script.protocol.receive
    if state in {SocketState.JUDGING, SocketState.ADOPTING}:
        receive(text("logon", 1, token="secret"))
    if state is SocketState.ADOPTING:
        receive(LogonJudged(session))
    if state is SocketState.JOINING:
        receive(text("subscribe", 1, feeds=["a/b"]))
    if state is SocketState.LEAVING:
        receive(text("unsubscribe", 1, feeds=["a/b"]))
    if state is SocketState.CLOSED:
        receive(Faulted())
    if state is SocketState.DISCONNECTED:
        receive(Disconnected())
    assert script.protocol.state is state
    return script


def test_there_is_one_of_each_input() -> None:
    assert {type(each) for each in every_input()} == set(inputs.Input.__args__)


@pytest.mark.parametrize("state", SocketState)
def test_what_is_not_in_the_table_is_our_fault(state: SocketState) -> None:
    for each in every_input():
        script = in_state(state)
        outputs = script.protocol.receive(each)
        if (state, type(each)) in TRANSITIONS:
            continue
        if state in {SocketState.CLOSED, SocketState.DISCONNECTED}:
            assert (outputs, script.protocol.state) == ([], state), each
        else:
            assert outputs == [Close(1011, "our fault")], each


@pytest.mark.parametrize("state", SocketState)
def test_every_state_ends_with_the_line(state: SocketState) -> None:
    script = in_state(state)
    script.protocol.receive(Disconnected())

    assert script.protocol.state is SocketState.DISCONNECTED


def test_a_script_that_goes_wrong_shows_how_far_it_went() -> None:
    script = Playbook() >> Connected("a", 0) << SendHello("a") >> text("ping", 1) << SendPing()
    with pytest.raises(AssertionError, match="wanted SendPing") as failed:
        bool(script)

    assert ">> Connected(" in str(failed.value)
    assert "came   SendReply(" in str(failed.value)
    with pytest.raises(AssertionError, match="wanted nothing more"):
        bool(greeted() >> text("ping", 1))
    with pytest.raises(AssertionError, match="came   None"):
        bool(greeted() >> PongReceived(0) << SendPing())
