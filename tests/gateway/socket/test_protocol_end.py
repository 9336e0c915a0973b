"""How a socket ends, as scripts: silence, a closing venue, a session that is over."""

import pytest

from gateway.settings import Limits
from gateway.socket.inputs import (
    BinaryReceived,
    Draining,
    Faulted,
    Input,
    PingReceived,
    PongReceived,
    SessionEnded,
    TimePassed,
)
from gateway.socket.outputs import (
    Close,
    SendPing,
    SendPong,
    SendReply,
    SendShutdown,
)
from tests.gateway.socket.playbook import (
    Refusal,
    at,
    greeted,
    logged_on,
    session_of,
    text,
)


def test_silence_brings_a_ping_and_then_the_end() -> None:
    assert (
        logged_on(session_of())
        >> TimePassed(at(15))
        >> TimePassed(at(15.1))
        << SendPing()
        >> TimePassed(at(16))
        >> TimePassed(at(25.1))
        >> TimePassed(at(25.2))
        << Close(4009, "no pong")
        >> TimePassed(at(40))
    )


@pytest.mark.parametrize(
    "sign", [PongReceived(at(20)), text("order.new", 1, 20), PingReceived(b"", at(20))]
)
def test_any_sign_of_life_answers_a_ping(sign: Input) -> None:
    script = greeted(Limits(nothing_asked_ms=10**9))
    assert script >> TimePassed(at(15.1)) << SendPing()
    script.protocol.receive(sign)
    assert script >> TimePassed(at(35)) >> TimePassed(at(35.1)) << SendPing()


def test_the_clients_own_ping_is_answered_with_its_payload() -> None:
    assert greeted() >> PingReceived(b"123", at(1)) << SendPong(b"123")


def test_who_asks_for_nothing_within_half_a_minute_is_let_go() -> None:
    assert (
        greeted()
        >> text("ping", 1, 29)  # is no wish
        << SendReply("ping", 1, {})
        >> TimePassed(at(30))
        >> TimePassed(at(30.1))
        << Close(4000, "nothing asked")
    )


def test_who_is_silent_and_wants_nothing_is_let_go_once() -> None:
    assert (
        greeted()
        >> TimePassed(at(20))
        << SendPing()
        >> TimePassed(at(31))
        << Close(4009, "no pong")
    )  # fmt: skip


@pytest.mark.parametrize("op", ["subscribe", "unsubscribe"])
def test_who_wants_a_feed_may_stay(op: str) -> None:
    assert greeted() >> text(op, 1, 29) << Refusal(op, 1, "bad_shape") >> TimePassed(at(31))


def test_a_binary_message_ends_the_line() -> None:
    assert greeted() >> BinaryReceived(at(1)) << Close(1003, "text messages only")


def test_the_end_of_a_session_ends_its_line() -> None:
    assert (
        logged_on(session_of())
        >> SessionEnded()
        << Close(4001, "the session is over")
        >> text("order.new", 1, key="k1")
    )


def test_a_venue_that_closes_says_when_to_come_again() -> None:
    assert (
        greeted()
        >> Draining(1_000)
        << SendShutdown(1_000)
        << Close(1001, "the venue closes")
        >> Draining(1_000)
    )


def test_our_own_fault_ends_the_line() -> None:
    assert greeted() >> Faulted() << Close(1011, "our fault")
