"""What auth and the engine answer, for the scripts of a socket."""

from typing import Any

from exchange.engine.group_decider import Answer
from gateway.access.command_intake import CommandRequest
from gateway.access.limits import TokensLeft
from gateway.socket.outputs import (
    SendReply,
)
from ledger.refusals import Reason, Refused

LEFT = TokensLeft("orders", 399, 1, 0)
NO = Refused(Reason.insufficient_cash, "Not enough cash.")


def placed(order: str, **more: Any) -> Answer:
    """What the engine answers to an order."""
    return Answer(
        184_541, 1_796_090_400_000_000_000, {"order": order, "state": "open"}, 201, **more
    )


def granted(number: int, answer: Answer, op: str = "order.new") -> SendReply:
    """The reply that such an answer makes."""
    return SendReply(
        op,
        number,
        answer.result,
        position=answer.position,
        at_ns=answer.at_ns,
        paid=LEFT,
        is_replayed=answer.is_replayed,
        is_first=True,
    )


def command(op: str = "order.new", key: str | None = "k1", **members: Any) -> CommandRequest:
    return CommandRequest(op, members.pop("args", {}), key, **members)
