"""The protocol of one socket as scripts: what happens to it, and what it then wants done."""

from typing import Any

import pytest

from gateway.problems import ProblemRaised
from gateway.socket.inputs import (
    Connected,
    Disconnected,
    GatewayFull,
    LogonJudged,
    RequestRefused,
    SessionAdopted,
)
from gateway.socket.outputs import (
    AdoptSession,
    Close,
    JudgeLogon,
    SendHello,
    SendReply,
)
from gateway.socket.protocol import BAD_MESSAGES_MOST
from ledger.refusals import Reason, Refused
from tests.gateway.socket.playbook import (
    Playbook,
    Refusal,
    at,
    greeted,
    logged_on,
    raw,
    session_of,
    shown,
    text,
)

# --- the beginning


def test_a_socket_is_greeted_with_a_challenge() -> None:
    assert Playbook() >> Connected("Jrwa", at(0)) << SendHello("Jrwa")


def test_a_full_gateway_lets_nobody_in() -> None:
    assert (
        Playbook()
        >> GatewayFull()
        << Close(4013, "gateway full")
        >> text("ping", 1)
        >> Disconnected()
    )  # fmt: skip


# --- logon


def test_a_token_logs_on() -> None:
    session = session_of()
    assert (
        greeted()
        >> text("logon", 1, token="secret")
        << JudgeLogon(token="secret")
        >> LogonJudged(session)
        << AdoptSession(session)
        >> SessionAdopted()
        << SendReply("logon", 1, shown(session))
    )


def test_a_ticket_logs_on() -> None:
    assert greeted() >> text("logon", 1, ticket="once") << JudgeLogon(ticket="once")


def test_a_signed_document_logs_on_and_brings_a_token() -> None:
    session = session_of()
    assert (
        greeted()
        >> text("logon", 1, document={"v": 1}, signature="-bGy")
        << JudgeLogon(document={"v": 1}, signature="-bGy")
        >> LogonJudged(session, "mwiK")
        << AdoptSession(session)
        >> SessionAdopted()
        << SendReply("logon", 1, {"token": "mwiK", **shown(session)})
    )


@pytest.mark.parametrize(
    "reason", [Reason.bad_signature, Reason.challenge_spent, Reason.session_expired]
)
def test_a_logon_that_auth_refuses_is_refused_and_may_be_tried_again(reason: Reason) -> None:
    session = session_of()
    assert (
        greeted()
        >> text("logon", 1, token="wrong")
        << JudgeLogon(token="wrong")
        >> RequestRefused(Refused(reason, "No."))
        << Refusal("logon", 1, reason.name)
        >> text("logon", 2, token="secret")
        << JudgeLogon(token="secret")
        >> LogonJudged(session)
        << AdoptSession(session)
        >> SessionAdopted()
        << SendReply("logon", 2, shown(session))
    )


def test_the_journal_may_be_away_while_a_logon_is_kept() -> None:
    assert (
        greeted()
        >> text("logon", 1, document={}, signature="")
        << JudgeLogon(document={}, signature="")
        >> RequestRefused(ProblemRaised("unavailable"))
        << Refusal("logon", 1, "unavailable")
    )


def test_a_second_logon_renews_the_session_of_the_same_principal() -> None:
    renewed = session_of(name="4a0d")
    assert (
        logged_on(session_of())
        >> text("logon", 2, token="newer")
        << JudgeLogon(token="newer")
        >> LogonJudged(renewed)
        << AdoptSession(renewed)
        >> SessionAdopted()
        << SendReply("logon", 2, shown(renewed))
    )


def test_a_second_logon_of_another_principal_is_refused() -> None:
    assert (
        logged_on(session_of("k-0107"))
        >> text("logon", 2, token="other")
        << JudgeLogon(token="other")
        >> LogonJudged(session_of("k-0108"))
        << Refusal("logon", 2, "wrong_state")
        >> text("ping", 3)
        << SendReply("ping", 3, {})
    )


def test_a_renewal_with_fewer_scopes_is_refused() -> None:
    fewer = session_of(name="4a0d")
    fewer.scopes = ("read",)
    assert (
        logged_on(session_of())
        >> text("logon", 2, token="fewer")
        << JudgeLogon(token="fewer")
        >> LogonJudged(fewer)
        << Refusal("logon", 2, "wrong_state")
        >> text("ping", 3)
        << SendReply("ping", 3, {})
    )


def test_a_logon_from_a_forbidden_address_ends_the_line() -> None:
    assert (
        greeted()
        >> text("logon", 1, token="far")
        << JudgeLogon(token="far")
        >> RequestRefused(Refused(Reason.ip_not_allowed, "Not from here."))
        << Refusal("logon", 1, "ip_not_allowed")
        << Close(4003, "not from this address")
    )


@pytest.mark.parametrize(
    "terms",
    [{"grace_ms": -1}, {"grace_ms": 10_001}, {"grace_ms": True}, {"cancel_on_disconnect": "yes"}],
)
def test_what_becomes_of_orders_is_said_plainly(terms: dict[str, Any]) -> None:
    assert (
        greeted()
        >> text("logon", 1, token="secret", **terms)
        << JudgeLogon(token="secret")
        >> LogonJudged(session_of())
        << Refusal("logon", 1, "bad_field")
    )


def test_a_principal_with_too_many_sockets_loses_the_newest() -> None:
    session = session_of()
    assert (
        greeted()
        >> text("logon", 1, token="secret")
        << JudgeLogon(token="secret")
        >> LogonJudged(session)
        << AdoptSession(session)
        >> SessionAdopted(is_one_too_many=True)
        << Close(4013, "too many sockets of this principal")
    )


# --- messages


def test_a_ping_of_the_protocol_is_answered_at_once() -> None:
    assert greeted() >> text("ping", "a") << SendReply("ping", "a", {})


@pytest.mark.parametrize(
    ("body", "op", "number", "code"),
    [
        ("{", None, None, "bad_shape"),
        ("[]", None, None, "bad_shape"),
        ('{"op":"ping"}', "ping", None, "bad_shape"),
        ('{"id":1}', None, 1, "bad_shape"),
        ('{"op":"subscribe","id":1}', "subscribe", 1, "bad_shape"),
        ('{"op":"ping","id":1,"id":2}', "ping", 2, "bad_shape"),
        ('{"op":"ping","id":1,"x":1}', "ping", 1, "bad_shape"),
        ('{"op":"dance","id":1}', "dance", 1, "unknown_route"),
        ('{"op":"ping","id":1.5}', "ping", None, "bad_shape"),
        ('{"op":"ping","id":[]}', "ping", None, "bad_field"),
        ('{"op":"subscribe","id":1,"feeds":[]}', "subscribe", 1, "bad_field"),
        ('{"op":"subscribe","id":1,"feeds":["a/b"],"since":-1}', "subscribe", 1, "bad_field"),
        ('{"op":"unsubscribe","id":1,"feeds":"a/b"}', "unsubscribe", 1, "bad_field"),
        ('{"op":"order.new","id":1,"args":{}}', "order.new", 1, "no_session"),
    ],
)
def test_a_bad_message_is_refused_by_its_own_id_and_the_line_lives(
    body: str, op: str | None, number: int | None, code: str
) -> None:
    assert (
        greeted()
        >> raw(body)
        << Refusal(op, number, code)
        >> text("ping", 2)
        << SendReply("ping", 2, {})
    )


def test_an_id_is_the_clients_own_and_may_come_again() -> None:
    assert (
        greeted()
        >> text("ping", 1)
        << SendReply("ping", 1, {})
        >> text("ping", 1)
        << SendReply("ping", 1, {})
    )


def test_twenty_bad_messages_in_a_minute_are_borne() -> None:
    script = greeted()
    for number in range(BAD_MESSAGES_MOST):
        assert script >> raw("{", number) << Refusal(None, None, "bad_shape")
    assert script >> text("ping", 1, 30) << SendReply("ping", 1, {})
    assert (
        script
        >> raw("{", 59.9)
        << Refusal(None, None, "bad_shape")
        << Close(4010, "too many bad messages")
    )


def test_bad_messages_of_more_than_a_minute_ago_are_forgotten() -> None:
    script = greeted()
    for number in range(BAD_MESSAGES_MOST):
        assert script >> raw("{", number / 100) << Refusal(None, None, "bad_shape")
    assert (
        script
        >> raw("{", 60)  # the first of the twenty is a minute old
        << Refusal(None, None, "bad_shape")
        >> text("ping", 1, 60)
        << SendReply("ping", 1, {})
    )


def test_a_refusal_that_is_no_bad_message_is_not_counted() -> None:
    script = greeted()
    for number in range(2 * BAD_MESSAGES_MOST):
        assert (
            script >> text("order.cancel", number) << Refusal("order.cancel", number, "no_session")
        )
    assert script >> text("ping", 1) << SendReply("ping", 1, {})
