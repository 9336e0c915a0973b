"""The answer to a command, as a pure function of its batch's events: the same at every asking."""

from collections.abc import Sequence
from typing import Final

from exchange.events import OrderCancelled
from exchange.ops import ROWS
from ledger.events import Event, NothingToDo, ProposalMade
from ledger.op import ACCEPTED, OK, Result
from ledger.replies import outcome_event, outcome_result, proposed

CONSEQUENCES: Final = ("hold", "eligibility", "rules")  # causes that nobody asked for by order


def answer(op: str, events: Sequence[Event]) -> tuple[int, Result]:
    """(HTTP status, result) of an accepted command, told by the facts of its batch (WIRE 3)."""
    reply = ROWS[op].reply
    outcome = outcome_event(events)
    if isinstance(outcome, ProposalMade):  # whatever op it was: it waits
        return ACCEPTED, proposed(outcome, events)
    if isinstance(outcome, NothingToDo):
        return OK, reply.nothing(outcome.stands)
    result = outcome_result(reply.results, events)
    ended = ended_with(events)
    return reply.status, {**result, "ended_orders": ended} if ended else result


def ended_with(events: Sequence[Event]) -> list[Result]:
    """The orders that an act ended besides, for what they offered or who placed them changed."""
    return [
        {"order": event.order, "market": event.market, "party": event.party, "reason": event.reason}
        for event in events
        if isinstance(event, OrderCancelled) and event.reason in CONSEQUENCES
    ]


def stands_by_args(event: NothingToDo, args: Result) -> Result:
    """What an act that changed nothing was about, if its batch bears the op alone: an old one."""
    return ROWS[event.op].reply.stands_by_args({"party": event.party} | args)
