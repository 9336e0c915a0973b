"""How fast one socket may go: whatever costs something takes a token, or waits for one."""

import json
from collections.abc import Callable

import pytest

from gateway.access.feed_account import TOKEN_BYTES
from gateway.access.limits import TokenRate
from gateway.market_picture.prices import FEED_BYTES
from gateway.socket import inputs
from gateway.socket.inputs import (
    CommandRefused,
    FeedsJoined,
    FeedsLeft,
    Input,
    PartReceived,
    PingReceived,
    PongReceived,
    TextReceived,
)
from gateway.socket.outputs import (
    Close,
    LeaveFeeds,
    Output,
    Pause,
    SendPong,
    SendReply,
    SubmitCommand,
)
from ledger.refusals import Reason, Refused
from tests.gateway.socket.playbook import (
    Playbook,
    Refusal,
    at,
    greeted,
    logged_on,
    raw,
    session_of,
    text,
)

ONE = TokenRate(burst=1, refill=1)
SECOND = Pause(1_000)

# what a client may send that is no accepted command, made at a number of seconds, with its answer
TAKES: dict[str, tuple[Callable[[float], Input], list[Output | Refusal]]] = {
    "a ping": (lambda s: PingReceived(b"p", at(s)), [SendPong(b"p")]),
    "a pong": (lambda s: PongReceived(at(s)), []),
    "a part": (lambda s: PartReceived(at(s)), []),
    "no JSON": (lambda s: raw("{", s), [Refusal(None, None, "bad_shape")]),
    "no op": (lambda s: text("dance", 7, s), [Refusal("dance", 7, "unknown_route")]),
    "a stranger's order": (
        lambda s: text("order.new", 7, s), [Refusal("order.new", 7, "no_session")],
    ),
    "a wrong order": (
        lambda s: text("order.new", 7, s, x=1), [Refusal("order.new", 7, "bad_shape")],
    ),
}  # fmt: skip
ENDS = {"BinaryReceived", "CloseReceived", "FrameBroken"}  # nothing comes behind them


def play(script: Playbook, happens: Input, *wanted: Output | Refusal) -> None:
    script >> happens
    for each in wanted:
        script << each
    assert script


def test_whatever_a_client_can_send_takes_a_token_or_ends_it() -> None:
    """Also what is added to a reader of frames later: it has a line in `TAKES`."""
    reader = {"TextReceived", "PingReceived", "PongReceived", "PartReceived"}
    from_client = {
        name for name, kind in vars(inputs).items()
        if isinstance(kind, type) and kind in inputs.Input.__args__
        and "now_ns" in kind.__struct_fields__
    } - {"Connected", "TimePassed"}  # fmt: skip

    assert from_client <= reader | ENDS
    assert {type(make(0)).__name__ for make, _ in TAKES.values()} == reader


@pytest.mark.parametrize("name", TAKES)
def test_what_is_no_accepted_command_takes_a_token_and_waits_if_there_is_none(name: str) -> None:
    make, answer = TAKES[name]
    script = greeted(rate=ONE)

    play(script, make(0), *answer)
    play(script, make(0), *answer, SECOND)
    play(script, make(1), *answer)
    play(script, make(1.9), *answer, Pause(100))


@pytest.mark.parametrize("name", TAKES)
def test_who_goes_on_beyond_its_rate_for_ten_seconds_is_let_go(name: str) -> None:
    make, answer = TAKES[name]
    script = greeted(rate=TokenRate(burst=1, refill=1))
    tenth = 0
    play(script, make(0), *answer)
    while script.protocol.is_alive:
        tenth += 1
        outputs = script.protocol.receive(make(tenth / 10))
        assert tenth <= 102, "it is not let go"
    code = 4010 if answer and isinstance(answer[0], Refusal) and answer[0].code in BAD else 4029
    assert [each.code for each in outputs if isinstance(each, Close)] == [code]


BAD = {"bad_shape", "unknown_route"}  # these end it at the twenty-first


def test_messages_beyond_the_rate_are_refused_until_a_token_is_back() -> None:
    assert (
        greeted(rate=TokenRate(burst=2, refill=1))
        >> text("ping", 1)
        << SendReply("ping", 1, {})
        >> text("unsubscribe", 2, feeds=["a/b"])
        << LeaveFeeds(["a/b"])
        >> FeedsLeft([])
        << SendReply("unsubscribe", 2, {"feeds": []})
        >> text("ping", 3)
        << SECOND
        << Refusal("ping", 3, "rate_limited")
        >> text("ping", 4, 0.9)
        << Pause(100)
        << Refusal("ping", 4, "rate_limited")
        >> text("ping", 5, 1)
        << SendReply("ping", 5, {})
        >> text("ping", 6, 1)
        << SECOND
        << Refusal("ping", 6, "rate_limited")
    )


def test_a_command_that_is_refused_before_the_engine_takes_a_token() -> None:
    script = logged_on(session_of())  # its log-on took one of 100
    for number in range(1, 101):
        [submitted] = script.protocol.receive(text("order.new", number, key="k"))
        assert isinstance(submitted, SubmitCommand)
        refused = CommandRefused(submitted.call, Refused(Reason.bad_signature, "No."))
        [refusal, *pauses] = script.protocol.receive(refused)
        assert Refusal("order.new", number, "bad_signature").fits(refusal)
        assert pauses == ([Pause(20)] if number == 100 else [])


def test_a_command_that_the_engine_has_takes_none() -> None:
    script = logged_on(session_of())
    for number in range(1, 300):
        [submitted] = script.protocol.receive(text("order.new", number, key="k"))
        assert not isinstance(submitted, Pause)


@pytest.mark.parametrize(
    ("size", "tokens"), [(TOKEN_BYTES - 1, 1), (TOKEN_BYTES, 2), (16 * TOKEN_BYTES, 17)]
)
def test_a_message_takes_a_token_more_for_each_4_kib(size: int, tokens: int) -> None:
    good = json.dumps({"op": "ping", "id": 1}).encode().ljust(size)
    for message in (good, b"x" * size):
        for there, is_enough in ((tokens, True), (tokens - 1, False)):
            script = greeted(rate=TokenRate(burst=20, refill=1))
            for _ in range(20 - there):
                script.protocol.receive(PongReceived(at(0)))
            outputs = script.protocol.receive(TextReceived(message, at(0)))
            assert any(isinstance(output, Pause) for output in outputs) != is_enough


@pytest.mark.parametrize(("feeds", "tokens"), [(0, 1), (7, 1), (8, 2), (500, 63)])
def test_feeds_that_are_taken_up_take_tokens(feeds: int, tokens: int) -> None:
    for there, is_enough in ((tokens + 1, True), (tokens, False)):  # and one for the message
        script = greeted(rate=TokenRate(burst=100, refill=1))
        for _ in range(100 - there):
            script.protocol.receive(PongReceived(at(0)))
        script.protocol.receive(text("subscribe", 1, feeds=["ticker/*"]))
        outputs = script.protocol.receive(FeedsJoined([{}] * feeds, work=feeds * FEED_BYTES))
        assert any(isinstance(output, Pause) for output in outputs) != is_enough


def test_a_feed_is_named_once() -> None:
    script = greeted()
    twice = ["ticker/*", "trades/T", "ticker/*"]
    for op in ("subscribe", "unsubscribe"):
        assert script >> text(op, 1, feeds=twice) << Refusal(op, 1, "bad_field")


def beyond_its_rate(until_tenth: int) -> Playbook:
    """A client that sends ten messages a second where one is granted."""
    script = greeted(rate=ONE)
    assert script >> text("ping", 0) << SendReply("ping", 0, {})
    for tenth in range(1, until_tenth):
        ping = text("ping", tenth, tenth / 10)
        if tenth % 10:
            short_ns = at(tenth // 10 + 1) - at(tenth / 10)
            wait = Pause(-(-short_ns // 1_000_000))
            assert script >> ping << wait << Refusal("ping", tenth, "rate_limited")
        else:
            assert script >> ping << SendReply("ping", tenth, {})
    return script


def test_who_stays_beyond_the_rate_for_ten_seconds_is_let_go() -> None:
    assert (
        beyond_its_rate(until_tenth=102)
        >> text("ping", 102, 10.2)
        << Close(4029, "too fast")
    )  # fmt: skip


def test_who_pauses_for_more_than_a_second_may_go_on() -> None:
    assert (
        beyond_its_rate(until_tenth=100)
        >> text("ping", 1, 11)
        << SendReply("ping", 1, {})
        >> text("ping", 2, 11)
        << SECOND
        << Refusal("ping", 2, "rate_limited")
    )
