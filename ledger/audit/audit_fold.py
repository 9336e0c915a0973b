"""What an audit is handed to fold events with, and the stamps that every fold needs.

The ledger does not know the market, so whoever calls passes the venue's own folding in
(`gateway/server/audit_rules.py`). An audit begins from nothing and trusts no saved state.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from ledger.events import Event
from ledger.invariants import Breach
from ledger.journal.codec import Codec
from ledger.op import Signature
from ledger.register import Register


class FoldedState(Protocol):
    """Whatever events are folded into: a venue, of which an audit knows the register."""

    register: Register


class AuditFold(NamedTuple):
    """How one venue's events become its state."""

    codec: Codec
    begin: Callable[[], Any]  # an empty State
    fold: Callable[[Any, Event], None]  # one event and its postings; the stamps are set
    forms: Mapping[int, Callable[[Any], str]]  # number of a state hash's form -> the hash
    postings: Mapping[type[Event], Callable[[Any], list[tuple[str, int]]]]
    sweep: Callable[[Any], list[Breach]]  # the market's own lines over a whole state
    lines: tuple[str, ...]  # which lines those are: ("I5",)
    signature_of: Callable[[str], Signature]  # when an op must be signed by itself


# What folding a tampered journal may raise: apply asserts, and never asks.
BROKEN = (AssertionError, LookupError, ValueError, TypeError, AttributeError)


def stamp(register: Register, event: Event, position: int) -> None:
    """Set what the pen set when the event was written."""
    if event.cause == 0:
        register.cause = position
        register.command_sha256 = event.command_sha256
    register.at_ns = event.at_ns
    register.position = position


def newest_form(folding: AuditFold) -> int:
    """The form in which a state is named when nobody asks for another."""
    return max(folding.forms)
