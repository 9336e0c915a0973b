"""Stored events become a state: start-up, rebuild, audit and as-of are this one code path.

The ledger does not know the market, so whoever calls hands in what begins a state and what applies
an event to it (`exchange/engine/replay.py`).
"""

from collections.abc import Callable
from typing import Generic, NamedTuple, Protocol, TypeVar

from ledger.events import Event
from ledger.register import Register


class FoldedState(Protocol):
    """Whatever events are folded into: a venue, of which the ledger knows the register."""

    register: Register


State = TypeVar("State", bound=FoldedState)


class Fold(NamedTuple, Generic[State]):
    """How one venue's events become its state."""

    begin: Callable[[], State]  # an empty one
    apply: Callable[[State, Event], None]  # one event and its postings

    def add(self, state: State, event: Event, position: int) -> None:
        """Fold one event, after setting what the writer had set when it was decided."""
        register = state.register
        register.position = position
        register.at_ns = event.at_ns
        if event.cause:
            register.cause = event.cause
        else:
            register.cause = position
            register.command_sha256 = event.command_sha256
        self.apply(state, event)
