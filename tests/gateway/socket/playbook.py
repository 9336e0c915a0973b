"""A script of a socket: `>>` is what happens to it, `<<` what its protocol then wants done.

    assert (
        Playbook()
        >> Connected("challenge", at(0))
        << SendHello("challenge")
        >> text("ping", 1)
        << SendReply("ping", 1, {})
    )

Every output is written down: one that is missing, wrong or too many fails with the script so far.
"""

import json
from collections import deque
from typing import Any, NamedTuple, Self

from gateway.access.limits import TokenBuckets, TokenRate
from gateway.access.session import Session
from gateway.settings import Limits
from gateway.socket.inputs import Connected, Input, LogonJudged, SessionAdopted, TextReceived
from gateway.socket.messages import COMMANDS
from gateway.socket.outputs import (
    AdoptSession,
    JudgeLogon,
    Output,
    SendHello,
    SendRefusal,
    SendReply,
)
from gateway.socket.protocol import SocketProtocol
from ledger.durations import SECOND_NS


class Refusal(NamedTuple):
    """A refusal by its code, whatever its words."""

    op: str | None
    id: Any
    code: str

    def fits(self, output: Output) -> bool:
        return isinstance(output, SendRefusal) and self == (
            output.op,
            output.id,
            output.problem["code"],
        )


class Playbook:
    """Steps, played when the script is asserted; it can be continued after that."""

    def __init__(self, limits: Limits | None = None, rate: TokenRate | None = None) -> None:
        buckets = TokenBuckets({"control": rate} if rate else None)
        self.protocol = SocketProtocol(limits or Limits(), buckets)
        self._steps: list[tuple[str, Any]] = []
        self._played: list[str] = []

    def __rshift__(self, happens: Input) -> Self:
        self._steps.append((">>", happens))
        return self

    def __lshift__(self, wanted: Output | Refusal) -> Self:
        self._steps.append(("<<", wanted))
        return self

    def __bool__(self) -> bool:
        steps, self._steps = self._steps, []
        outputs: deque[Output] = deque()
        for arrow, value in steps:
            if arrow == ">>":
                self._nothing_more(outputs)
                outputs = deque(self.protocol.receive(value))
            else:
                came = outputs.popleft() if outputs else None
                if not _fits(value, came):
                    raise AssertionError(self._told(f"wanted {value!r}", f"came   {came!r}"))
            self._played.append(f"{arrow} {value!r}")
        self._nothing_more(outputs)
        return True

    def _nothing_more(self, outputs: deque[Output]) -> None:
        if outputs:
            raise AssertionError(self._told("wanted nothing more", f"came   {outputs[0]!r}"))

    def _told(self, *lines: str) -> str:
        return "\n".join(["the script went so far:", *self._played, *lines])


def _fits(wanted: Output | Refusal, came: Output | None) -> bool:
    if came is None:
        return False
    return wanted.fits(came) if isinstance(wanted, Refusal) else wanted == came


def at(seconds: float) -> int:
    """An instant of the loop's clock."""
    return int(seconds * SECOND_NS)


def text(op: str, number: Any, seconds: float = 0.0, **members: Any) -> TextReceived:
    """A client's message, and when it came."""
    body = {"op": op, "id": number, **({"args": {}} if op in COMMANDS else {}), **members}
    return TextReceived(json.dumps(body).encode(), at(seconds))


def raw(body: str, seconds: float = 0.0) -> TextReceived:
    """A message that is not well formed."""
    return TextReceived(body.encode(), at(seconds))


def session_of(principal: str = "k-0107", name: str = "3f9c") -> Session:
    """A session of a trader's key."""
    return Session(
        session=name,
        party="p-0042",
        principal=principal,
        scopes=("read", "trade"),
        expires_ns=at(3_600),
        signing="session",
        public_key="",
        ip_allow=(),
        logon=b"",
        logon_signature=b"",
    )


def shown(session: Session) -> dict[str, Any]:
    """A session as its logon's reply shows it."""
    return {
        "session": session.session,
        "party": session.party,
        "scopes": list(session.scopes),
        "expires_ns": session.expires_ns,
    }


def greeted(limits: Limits | None = None, rate: TokenRate | None = None) -> Playbook:
    """A socket that has got its hello."""
    script = Playbook(limits, rate)
    assert script >> Connected("challenge", at(0)) << SendHello("challenge")
    return script


def logged_on(session: Session, **terms: Any) -> Playbook:
    """A socket that speaks for a session; *terms* are members of its logon."""
    script = greeted()
    assert (
        script
        >> text("logon", 0, token="secret", **terms)
        << JudgeLogon(token="secret")
        >> LogonJudged(session)
        << AdoptSession(session)
        >> SessionAdopted()
        << SendReply("logon", 0, shown(session))
    )
    return script
