"""The answer to a command, as a pure function of its batch's events: the same at every asking."""

from collections.abc import Sequence

from exchange.ops import ROWS
from ledger.events import Event, NothingToDo, ProposalMade
from ledger.op import ACCEPTED, OK, Result
from ledger.replies import outcome_event, outcome_result, proposed


def answer(op: str, events: Sequence[Event]) -> tuple[int, Result]:
    """(HTTP status, result) of an accepted command, told by the facts of its batch (WIRE 3)."""
    reply = ROWS[op].reply
    outcome = outcome_event(events)
    if isinstance(outcome, ProposalMade):  # whatever op it was: it waits
        return ACCEPTED, proposed(outcome, events)
    if isinstance(outcome, NothingToDo):
        return OK, reply.nothing(outcome.stands)
    return reply.status, outcome_result(reply.results, events)


def stands_by_args(event: NothingToDo, args: Result) -> Result:
    """What an act that changed nothing was about, if its batch bears the op alone: an old one."""
    return ROWS[event.op].reply.stands_by_args({"party": event.party} | args)
