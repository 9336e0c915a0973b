"""Whatever happens to a socket, in whatever order: laws of its protocol, and how much they met."""

import json
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.engine.group_decider import Answer
from gateway.access.limits import TokenBuckets, TokenRate, TokensLeft
from gateway.access.session import Session
from gateway.problems import ProblemRaised
from gateway.settings import Limits
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
from gateway.socket.outputs import (
    AdoptSession,
    Close,
    EndLine,
    JoinFeeds,
    JudgeLogon,
    LeaveFeeds,
    Output,
    Pause,
    SendFrames,
    SendHello,
    SendPing,
    SendPong,
    SendRefusal,
    SendReply,
    SendShutdown,
    SubmitCommand,
)
from gateway.socket.protocol import SocketProtocol
from ledger.refusals import Reason, Refused
from tests.gateway.socket.playbook import at, raw, session_of
from tests.reach import Reach

SENT = (SendHello, SendReply, SendRefusal, SendFrames, SendShutdown, SendPing, SendPong)
MESSAGES: list[dict[str, Any]] = [
    {"op": "ping"},
    {"op": "ping", "x": 1},
    {"op": "dance"},
    {"op": "logon", "token": "secret"},
    {"op": "logon", "token": "secret", "cancel_on_disconnect": True, "grace_ms": 200},
    {"op": "logon", "ticket": "once", "grace_ms": -1},
    {"op": "subscribe", "feeds": ["trades/T"], "since": 5},
    {"op": "subscribe", "feeds": []},
    {"op": "unsubscribe", "feeds": ["trades/T"]},
    {"op": "order.new", "key": "k", "args": {}},
    {"op": "order.new", "key": "k"},
    {"op": "order.new", "args": []},
    {"op": "order.cancel", "args": {}},
]
# what happens; the common ones stand there several times, the ends of a line once
KINDS = [
    *["text"] * 10, *["order"] * 5, *["answer"] * 12, *["engine"] * 4, *["wait"] * 6, "late",
    "ping", "pong", "part", "stray", "burst",
]  # fmt: skip
ENDS = [
    "binary",
    "bye",
    "broken",
    "session",
    "draining",
    "faulted",
    "outbox",
    "full",
    "greeting",
    *["gone"] * 6,
]
STEPS = st.lists(
    st.tuples(st.sampled_from(KINDS * 4 + ENDS), st.integers(0, 11)), min_size=15, max_size=80
)
BURST = 21
NO = Refused(Reason.bad_field, "No.")
LEFT = TokensLeft("orders", 1, 1, 0)
# how often each must be met; a run meets two to four times as much
REACH = Reach(
    reply=500,
    refusal=800,
    log_on=150,
    feeds=15,
    order=70,
    waited=400,
    answer_in_time=40,
    answer_too_late=5,
    overdue=25,
    cancelled=20,
    close=100,
    after_the_end=3_000,
    bad_shape=300,
    rate_limited=200,
    pause=500,
    code_1000=3,
    code_1002=3,
    code_1001=3,
    code_1003=8,
    code_1011=40,
    code_4001=3,
    code_4010=10,
    code_4013=8,
)


def count(name: str, times: int = 1) -> None:
    """One more of these, if the law asks for it."""
    REACH.saw([name] * times)


class World:
    """What surrounds one socket: it answers questions, sometimes wrongly, and keeps the laws."""

    def __init__(self) -> None:
        rate = TokenRate(burst=12, refill=1)
        self.protocol = SocketProtocol(Limits(), TokenBuckets({"control": rate}))
        self.now_ns = 0
        self.sent_ids: list[int] = []
        self.answered: Counter[int] = Counter()
        self.question: Output | None = None
        self.calls: dict[int, str] = {}  # with the engine; by number: its op
        self.orders = 0
        self.is_closed = self.is_gone = False
        self.turns: list[int] = []  # ids of requests, in the order of their replies

    def step(self, kind: str, pick: int) -> None:
        if kind == "burst":
            for _ in range(BURST):
                self._happens(
                    self._text({"op": "ping"}) if pick % 3 else raw("{", self.now_ns / at(1))
                )
        elif (happens := self._input(kind, pick)) is not None:
            self._happens(happens)

    def _happens(self, happens: Input) -> None:
        was_over = self.is_closed or self.is_gone
        self.is_closed = self.is_closed or isinstance(happens, LineClosed)
        self.is_gone = self.is_gone or isinstance(happens, Disconnected)
        waits = self.protocol.state.value in {"judging", "adopting", "joining", "leaving"}
        count("after_the_end", int(was_over))
        count("waited", int(waits and isinstance(happens, TextReceived)))
        outputs = self.protocol.receive(happens)
        for output in outputs:
            self._check(output, happens)
        if isinstance(happens, CommandAnswered) and not was_over:
            count("answer_in_time" if outputs else "answer_too_late")

    def _check(self, output: Output, happens: Input) -> None:
        if isinstance(output, SENT):
            assert not self.is_closed, f"{output} after the end, by {happens}"
            assert not self.is_gone, f"{output} to nobody, by {happens}"
        if isinstance(output, Pause):
            assert not self.is_closed, "a pause after the end"
            assert output.wait_ms > 0
            count("pause")
        if isinstance(output, Close):
            assert not self.is_closed, "closed twice"
            assert not self.is_gone, "closed when gone"
            self.is_closed = True
            count("close")
            count(f"code_{output.code}")
        if isinstance(output, SendReply | SendRefusal):
            self._check_answer(output)
        if isinstance(output, JudgeLogon | AdoptSession | JoinFeeds | LeaveFeeds):
            assert self.question is None or isinstance(output, AdoptSession), "two questions"
            self.question = output
        if isinstance(output, SubmitCommand):
            self.calls[output.call] = output.command.op
        if isinstance(output, EndLine):
            assert self.is_gone, "orders are cancelled while the line stands"
            is_late = isinstance(happens, SessionAdopted) and happens.takes_over
            assert is_late or isinstance(happens, Disconnected), "ended twice"
            count("cancelled")

    def _check_answer(self, output: SendReply | SendRefusal) -> None:
        is_reply = isinstance(output, SendReply)
        count("reply" if is_reply else "refusal")
        if isinstance(output, SendReply):
            count("log_on", int(output.op == "logon"))
            count("feeds", int(output.op == "subscribe"))
        else:
            count(output.problem["code"])
            count("overdue", int(output.problem["code"] == "unavailable" and output.is_first))
        if not isinstance(output.id, int):
            return  # a message that had none
        assert output.id in self.sent_ids, "an answer to what was not asked"
        self.answered[output.id] += 1
        assert self.answered[output.id] == 1, "answered twice"
        if not (output.op or "").startswith("order."):
            assert not self.turns or self.turns[-1] < output.id, "out of turn"
            self.turns.append(output.id)

    # --- what happens

    def _input(self, kind: str, pick: int) -> Input | None:
        if kind == "text":
            return self._text(MESSAGES[pick % len(MESSAGES)])
        if kind == "order":
            return self._text({"op": "order.new", "key": "k", "args": {}})
        if kind == "answer":
            return self._answer(pick)
        if kind == "engine":
            return self._engine(pick)
        if kind in {"wait", "late"}:
            self.now_ns += at(pick / 4) if kind == "wait" else at(2 + 2 * pick)
            return TimePassed(self.now_ns)
        if kind == "gone":
            return None if self.is_gone else Disconnected()
        return self._plain(kind, pick)

    def _text(self, members: dict[str, Any]) -> TextReceived:
        number = len(self.sent_ids) + 1
        self.sent_ids.append(number)
        self.now_ns += at(0.05)
        return TextReceived(json.dumps({**members, "id": number}).encode(), self.now_ns)

    def _answer(self, pick: int) -> Input | None:
        """The answer to the question that is open: mostly granted."""
        question, self.question = self.question, None
        if question is None:
            return None
        if isinstance(question, AdoptSession):
            return SessionAdopted(pick == 0, pick in {1, 2, 3})
        if pick < 3:
            return RequestRefused(NO if pick else ProblemRaised("unavailable"))
        if isinstance(question, JudgeLogon):
            return LogonJudged(session_of("k-0108" if pick == 3 else "k-0107"))
        if isinstance(question, JoinFeeds):
            row = {"feed": "trades/T", "ok": True, "mode": "resumed", "seq": 9}
            return FeedsJoined([row], [b"frame"] if pick % 2 else [], ["trades/T"])
        return FeedsLeft([])

    def _engine(self, pick: int) -> Input | None:
        """What becomes of the oldest command."""
        if not self.calls:
            return None
        call = next(iter(self.calls))
        op = self.calls.pop(call)
        if pick == 0:
            return CommandRefused(call, NO)
        if pick == 1:
            return CommandFailed(call, NO)
        count("order", int(op == "order.new"))
        return CommandAnswered(call, Answer(1, 1, {"order": self._order()}, 201), LEFT)

    def _order(self) -> str:
        self.orders += 1
        return f"o-{self.orders}"

    def _plain(self, kind: str, pick: int) -> Input:
        """What comes unasked, at any time: also answers that nobody waits for."""
        session: Session = session_of()
        stray: list[Input] = [
            RequestRefused(NO), LogonJudged(session), SessionAdopted(takes_over=True),
            FeedsJoined([]), FeedsLeft([]), Connected("again", self.now_ns),
        ]  # fmt: skip
        return {
            "ping": PingReceived(b"", self.now_ns),
            "pong": PongReceived(self.now_ns),
            "part": PartReceived(self.now_ns),
            "bye": CloseReceived(1000),
            "broken": FrameBroken(1002, "incorrect masking"),
            "stray": stray[self.orders % len(stray)]
            if pick == 0 and self.question is None  # else it would be the answer
            else CommandFailed(1_000 + pick, NO),
            "binary": BinaryReceived(self.now_ns),
            "session": SessionEnded(),
            "draining": Draining(100),
            "faulted": Faulted(),
            "outbox": LineClosed(),
            "full": GatewayFull(),
            "greeting": Connected("late", self.now_ns),
        }[kind]


@REACH.demanded
@settings(derandomize=True, max_examples=600, database=None)
@given(begins=st.integers(0, 19), steps=STEPS)
def test_no_order_of_events_breaks_a_socket(begins: int, steps: list[tuple[str, int]]) -> None:
    """Never an exception, nothing after the end, one close, one answer an id, each in its turn."""
    world = World()
    if begins:
        world.protocol.receive(Connected("challenge", 0))
    if begins > 5:
        world.step("text", begins % 2 + 3)  # a logon
        world.step("answer", 5)
        world.step("answer", 1 if begins == 19 else 5)  # 1: one socket too many
    for kind, pick in steps:
        world.step(kind, pick)
