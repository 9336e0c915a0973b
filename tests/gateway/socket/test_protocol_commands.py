"""A socket's commands as scripts: each answered once, and orders that end with the line."""

from typing import Any

import pytest

from gateway.access.session import Session
from gateway.socket import messages
from gateway.socket.inputs import (
    CommandAnswered,
    CommandFailed,
    CommandRefused,
    Disconnected,
    LineClosed,
    LogonJudged,
    SessionAdopted,
    SessionEnded,
    TimePassed,
)
from gateway.socket.outputs import (
    AdoptSession,
    Close,
    EndLine,
    JudgeLogon,
    SendReply,
    SubmitCommand,
)
from gateway.socket.protocol import BAD_MESSAGES_MOST
from ledger.refusals import Reason, Refused
from tests.gateway.socket.answers import LEFT, NO, command, granted, placed
from tests.gateway.socket.playbook import (
    Playbook,
    Refusal,
    at,
    greeted,
    logged_on,
    session_of,
    shown,
    text,
)

# --- commands


@pytest.mark.parametrize("op", messages.COMMANDS)
def test_a_command_goes_to_the_engine_and_its_answer_comes_first(op: str) -> None:
    session, answer = session_of(), placed("o-000912")
    assert (
        logged_on(session)
        >> text(op, 2, key="k1", issued_ns="5", valid_ms=9, signature="-bGy", args={"lots": 3})
        << SubmitCommand(
            1,
            command(op, issued_ns=5, valid_ms=9, signature="-bGy", args={"lots": 3}),
            session,
        )
        >> CommandAnswered(1, answer, LEFT)
        << granted(2, answer, op)
    )


def test_a_command_waits_for_nobody_before_it() -> None:
    session, first, second = session_of(), placed("o-1"), placed("o-2")
    assert (
        logged_on(session)
        >> text("order.new", 2, key="k1")
        << SubmitCommand(1, command(key="k1"), session)
        >> text("order.new", 3, key="k2")
        << SubmitCommand(2, command(key="k2"), session)
        >> CommandAnswered(2, second, LEFT)
        << granted(3, second)
        >> CommandAnswered(1, first, LEFT)
        << granted(2, first)
    )


def test_a_repeated_key_is_answered_as_the_first_time_and_marked() -> None:
    session, answer = session_of(), placed("o-1", is_replayed=True)
    assert (
        logged_on(session)
        >> text("order.new", 2, key="k1")
        << SubmitCommand(1, command(), session)
        >> CommandAnswered(1, answer, LEFT)
        << granted(2, answer)
    )


def test_what_the_rules_forbid_is_refused() -> None:
    session = session_of()
    assert (
        logged_on(session)
        >> text("order.new", 2, key="k1")
        << SubmitCommand(1, command(), session)
        >> CommandFailed(1, NO)
        << Refusal("order.new", 2, "insufficient_cash")
    )


def test_what_is_refused_before_the_engine_has_it_is_answered_once() -> None:
    session = session_of()
    assert (
        logged_on(session)
        >> text("order.new", 2)
        << SubmitCommand(1, command(key=None), session)
        >> CommandRefused(1, Refused(Reason.key_missing, "No key."))
        << Refusal("order.new", 2, "key_missing")
        >> CommandFailed(1, NO)
        >> TimePassed(at(6))
    )


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"args": []}, "/args"),
        ({"key": 1}, "/key"),
        ({"valid_ms": "5"}, "/valid_ms"),
        ({"signature": 5}, "/signature"),
    ],
)
def test_a_command_of_the_wrong_form_goes_nowhere(members: dict[str, Any], field: str) -> None:
    script = logged_on(session_of())
    (output,) = script.protocol.receive(text("order.new", 2, **members))

    assert Refusal("order.new", 2, "bad_shape" if field == "/args" else "bad_field").fits(output)
    assert output.problem["field"] == field  # type: ignore[union-attr]


def test_a_session_that_is_over_places_nothing() -> None:
    session = session_of()
    script = logged_on(session)
    session.is_over = True
    assert script >> text("order.new", 2, key="k1") << Refusal("order.new", 2, "session_expired")


def test_an_answer_after_the_wait_brings_no_second_reply() -> None:
    session = session_of()
    script = logged_on(session)
    assert (
        script
        >> text("order.new", 2, 10, key="k1")
        << SubmitCommand(1, command(), session)
        >> TimePassed(at(15) - 1)
    )
    assert script.protocol.overdue_ns == at(15)
    assert (
        script
        >> TimePassed(at(15))
        << Refusal("order.new", 2, "unavailable")
        >> CommandAnswered(1, placed("o-1"), LEFT)
        >> TimePassed(at(16))
    )
    assert script.protocol.overdue_ns is None


def test_a_command_that_is_not_known_yet_names_its_key() -> None:
    script = logged_on(session_of())
    script.protocol.receive(text("order.cancel_all", 2, key="k7"))
    (output,) = script.protocol.receive(TimePassed(at(5)))

    assert output.problem["context"] == {"key": "k7"}  # type: ignore[union-attr]


def test_an_answer_whose_socket_is_gone_is_sent_to_nobody() -> None:
    session = session_of()
    assert (
        logged_on(session)
        >> text("order.new", 2, key="k1")
        << SubmitCommand(1, command(), session)
        >> Disconnected()
        >> CommandAnswered(1, placed("o-1"), LEFT)
        >> TimePassed(at(60))
    )


def test_a_command_that_was_refused_as_no_message_counts_as_a_bad_one() -> None:
    session = session_of()
    script = logged_on(session)
    unknown = Refused(Reason.unknown_route, "There is no such operation.")
    for call in range(1, BAD_MESSAGES_MOST + 1):
        assert (
            script
            >> text("order.new", call, key="k")
            << SubmitCommand(call, command(key="k"), session)
            >> CommandRefused(call, unknown)
            << Refusal("order.new", call, "unknown_route")
        )
    assert (
        script
        >> text("order.new", 0, key="k")
        << SubmitCommand(BAD_MESSAGES_MOST + 1, command(key="k"), session)
        >> CommandRefused(BAD_MESSAGES_MOST + 1, unknown)
        << Refusal("order.new", 0, "unknown_route")
        << Close(4010, "too many bad messages")
    )


# --- orders that end with the line


def ending_with_its_line(session: Session, grace_ms: int = 0) -> Playbook:
    """A socket with one open order, `o-1`, that ends with it."""
    script = logged_on(session, cancel_on_disconnect=True, grace_ms=grace_ms)
    assert (
        script
        >> text("order.new", 1, key="k1")
        << SubmitCommand(1, command(), session, ends_with_line=True)
        >> CommandAnswered(1, placed("o-1"), LEFT)
        << granted(1, placed("o-1"))
    )
    return script


@pytest.mark.parametrize("grace_ms", [0, 3_000])
def test_orders_are_cancelled_when_the_line_ends_after_its_grace(grace_ms: int) -> None:
    session = session_of()
    assert ending_with_its_line(session, grace_ms) >> Disconnected() << EndLine(session, grace_ms)


def test_orders_are_cancelled_too_when_we_end_the_line() -> None:
    session = session_of()
    assert (
        ending_with_its_line(session)
        >> SessionEnded()
        << Close(4001, "the session is over")
        >> Disconnected()
        << EndLine(session, 0)
    )


def test_without_the_wish_orders_stand() -> None:
    session = session_of()
    assert (
        logged_on(session, grace_ms=3_000)
        >> text("order.new", 1, key="k1")
        << SubmitCommand(1, command(), session)
        >> CommandAnswered(1, placed("o-1"), LEFT)
        << granted(1, placed("o-1"))
        >> Disconnected()
    )


@pytest.mark.parametrize("then", ["answered", "refused", "unknown", "nothing yet"])
def test_an_order_that_may_stand_ends_with_its_line_whatever_is_known_of_it(then: str) -> None:
    session = session_of()
    script = logged_on(session, grace_ms=500)
    args = {"cancel_on_disconnect": True}
    script >> text("order.new", 1, key="k1", args=args)
    assert script << SubmitCommand(1, command(args=args), session)
    if then == "answered":
        assert script >> CommandAnswered(1, placed("o-1"), LEFT) << granted(1, placed("o-1"))
    elif then == "refused":
        assert script >> CommandFailed(1, NO) << Refusal("order.new", 1, "insufficient_cash")
    elif then == "unknown":
        assert script >> TimePassed(at(5)) << Refusal("order.new", 1, "unavailable")

    assert script >> Disconnected() << EndLine(session, 500)


def test_what_comes_after_the_end_of_the_line_changes_nothing() -> None:
    session = session_of()
    assert (
        ending_with_its_line(session)
        >> text("order.new", 2, key="k2")
        << SubmitCommand(2, command(key="k2"), session, ends_with_line=True)
        >> Disconnected()
        << EndLine(session, 0)
        >> CommandAnswered(2, placed("o-2"), LEFT)
    )


@pytest.mark.parametrize("is_wished", [True, False])
def test_a_line_taken_over_within_its_grace_ends_with_the_new_one(is_wished: bool) -> None:
    session = session_of()
    assert (
        greeted()
        >> text("logon", 1, token="secret", cancel_on_disconnect=is_wished)
        << JudgeLogon(token="secret")
        >> LogonJudged(session)
        << AdoptSession(session)
        >> SessionAdopted(takes_over=True)
        << SendReply("logon", 1, shown(session))
        >> Disconnected()
        << EndLine(session, 0)
    )


def test_a_line_taken_over_by_one_that_is_cut_meanwhile_is_not_lost() -> None:
    session = session_of()
    assert (
        greeted()
        >> text("logon", 1, token="secret", cancel_on_disconnect=True, grace_ms=200)
        << JudgeLogon(token="secret")
        >> LogonJudged(session)
        << AdoptSession(session)
        >> Disconnected()
        >> SessionAdopted(takes_over=True)
        << EndLine(session, 200)
    )


def test_nothing_is_sent_on_a_line_that_the_outbox_has_closed() -> None:
    session = session_of()
    assert (
        ending_with_its_line(session)
        >> LineClosed()
        >> text("ping", 2)
        >> SessionEnded()
        >> Disconnected()
        << EndLine(session, 0)
    )
