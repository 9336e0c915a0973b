"""A socket's feeds as scripts: joined, resumed and left, each message in its turn."""

from gateway.problems import ProblemRaised
from gateway.socket.inputs import (
    CommandAnswered,
    FeedsJoined,
    FeedsLeft,
    RequestRefused,
)
from gateway.socket.outputs import (
    JoinFeeds,
    LeaveFeeds,
    ResumeFeeds,
    SendFrames,
    SendReply,
    SubmitCommand,
)
from ledger.refusals import Reason, Refused
from tests.gateway.socket.answers import LEFT, command, granted, placed
from tests.gateway.socket.playbook import (
    Refusal,
    greeted,
    logged_on,
    session_of,
    text,
)


def test_a_feed_begins_with_its_snapshot() -> None:
    row = {"feed": "book.10.0/T", "ok": True, "mode": "snapshot", "seq": 184_533}
    assert (
        greeted()
        >> text("subscribe", 1, feeds=["book.10.0/T"])
        << JoinFeeds(None, ["book.10.0/T"], None)
        >> FeedsJoined([row], [b"frame"])
        << SendReply("subscribe", 1, {"feeds": [row]})
        << SendFrames([b"frame"])
    )


def test_feeds_are_joined_as_the_session_may_read_them() -> None:
    session = session_of()
    row = {"feed": "fills/p-0042", "ok": True, "mode": "live", "seq": 5}
    assert (
        logged_on(session)
        >> text("subscribe", 1, feeds=["fills/p-0042"])
        << JoinFeeds(session, ["fills/p-0042"], None)
        >> FeedsJoined([row])
        << SendReply("subscribe", 1, {"feeds": [row]})
    )


def test_what_the_ring_lost_is_read_from_the_journal() -> None:
    row = {"feed": "trades/T", "ok": True, "mode": "resumed", "seq": 90}
    assert (
        greeted()
        >> text("subscribe", 1, feeds=["trades/T"], since=5)
        << JoinFeeds(None, ["trades/T"], 5)
        >> FeedsJoined([row], [], ["trades/T"])
        << SendReply("subscribe", 1, {"feeds": [row]})
        << ResumeFeeds(["trades/T"], 5)
    )


def test_feeds_that_cannot_be_joined_now_are_refused() -> None:
    assert (
        greeted()
        >> text("subscribe", 1, feeds=["trades/T"])
        << JoinFeeds(None, ["trades/T"], None)
        >> RequestRefused(ProblemRaised("recovering"))
        << Refusal("subscribe", 1, "recovering")
    )


def test_feeds_are_left_and_the_rest_is_named() -> None:
    assert (
        greeted()
        >> text("unsubscribe", 1, feeds=["book.10.0/T"])
        << LeaveFeeds(["book.10.0/T"])
        >> FeedsLeft(["trades/T"])
        << SendReply("unsubscribe", 1, {"feeds": ["trades/T"]})
        >> text("unsubscribe", 2, feeds=["nonsense"])
        << LeaveFeeds(["nonsense"])
        >> RequestRefused(Refused(Reason.bad_field, "No feed."))
        << Refusal("unsubscribe", 2, "bad_field")
    )


def test_messages_wait_their_turn_and_answers_of_the_engine_do_not() -> None:
    session, answer = session_of(), placed("o-1")
    row = {"feed": "trades/T", "ok": True, "mode": "live", "seq": 5}
    assert (
        logged_on(session)
        >> text("order.new", 1, key="k1")
        << SubmitCommand(1, command(), session)
        >> text("subscribe", 2, feeds=["trades/T"])
        << JoinFeeds(session, ["trades/T"], None)
        >> text("ping", 3)
        >> text("subscribe", 4, feeds=["ticker/T"])
        >> text("ping", 5)
        >> CommandAnswered(1, answer, LEFT)
        << granted(1, answer)
        >> FeedsJoined([row])
        << SendReply("subscribe", 2, {"feeds": [row]})
        << SendReply("ping", 3, {})
        << JoinFeeds(session, ["ticker/T"], None)
        >> RequestRefused(Refused(Reason.too_large, "Too many feeds."))
        << Refusal("subscribe", 4, "too_large")
        << SendReply("ping", 5, {})
    )
