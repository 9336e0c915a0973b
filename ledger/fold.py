"""Stored events become a state: start-up, rebuild, audit and as-of are this one code path.

The ledger does not know the market, so whoever calls hands in what begins a state and what applies
an event to it (`exchange/engine/replay.py`).
"""

from collections.abc import Callable
from typing import Generic, NamedTuple, Protocol, TypeVar

from ledger.events import Event
from ledger.moment import Moment
from ledger.register import Register


class FoldedState(Protocol):
    """Whatever events are folded into: a venue, of which the ledger knows the register."""

    register: Register


State = TypeVar("State", bound=FoldedState)


class Fold(NamedTuple, Generic[State]):
    """How one venue's events become its state."""

    begin: Callable[[], State]  # an empty one
    apply: Callable[[State, Event, Moment], None]  # one event and its postings

    def add(self, state: State, event: Event, position: int, moment: Moment) -> None:
        """Fold one stored event; *moment* goes on to it, as it did for the writer."""
        moment.follow(event, position)
        self.apply(state, event, moment)
