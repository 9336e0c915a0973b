"""Roots of form 2: a day's close waits for the one root that the journal is to bear of it.

Which close waits is no part of what a root tells (`exchange/state_rows.py`): a claim about the
state is none of its rows.
"""

from exchange.books.state import Venue
from exchange.commands import AttestState
from exchange.state_form import FORM
from ledger.caller import Caller
from ledger.events import Event, StateAttested
from ledger.moment import Moment
from ledger.refusals import Reason, Refused, sentence_of


def attest_state(venue: Venue, command: AttestState, caller: Caller, moment: Moment) -> list[Event]:
    """Write the root of a day's close, once, however far behind it lies (the engine's own act).

    Whether it is the state's root is not judged: an audit that has the salt key does that.
    """
    if command.upto_position not in venue.rootless:
        raise Refused(
            Reason.wrong_state,
            sentence_of(
                "No day's close at position {position} waits for its root: it bears one, or no "
                "day was closed there.",
                position=command.upto_position,
            ),
        )
    return [
        StateAttested(
            venue=venue.register.venue,
            form=command.form,
            upto_position=command.upto_position,
            state_sha256=command.root,
        )
    ]


def apply_state_attested(venue: Venue, event: StateAttested, moment: Moment) -> None:
    """A day is closed by the hash of form 1 among what time brings; its root is another event."""
    if event.form != FORM:
        venue.rootless.pop(event.upto_position, None)
    elif moment.position != moment.cause:
        venue.rootless[event.upto_position] = None
