"""The answer to a command, as a pure function of its batch's events: the same at every asking."""

from collections.abc import Sequence

from exchange.ops import ROWS
from ledger.events import Event, NothingToDo, ProposalMade
from ledger.op import ACCEPTED, OK, Result
from ledger.replies import proposed, speaking


def answer(op: str, events: Sequence[Event]) -> tuple[int, Result]:
    """(HTTP status, result) of an accepted command, told by the facts of its batch (WIRE 3)."""
    reply = ROWS[op].reply
    speaker = speaking(events)
    if isinstance(speaker, ProposalMade):  # whatever op it was: it waits
        return ACCEPTED, proposed(speaker, events)
    if isinstance(speaker, NothingToDo):
        return OK, reply.nothing()
    render = reply.tells.get(type(speaker))
    return (reply.status, render(speaker, events)) if render is not None else (OK, {})
