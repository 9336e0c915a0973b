"""What the checks of acts are handed: tables of grounds and ties, and the deciders' own questions.

The ledger does not know the market, so whoever calls joins these (`gateway/server/audit_rules.py`).
"""

from collections.abc import Callable, Mapping
from typing import Any, Generic, NamedTuple

from ledger.acts.grounds import Grounds
from ledger.acts.tie import BoundTie
from ledger.caller import Caller
from ledger.commands import Command
from ledger.events import Event
from ledger.fold import State
from ledger.moment import Moment


class ActRules(NamedTuple, Generic[State]):
    """All that is known of which facts an act may bring, and whose acts they may be."""

    grounds: Grounds
    own_acts: Mapping[type[Event], str]  # what begins a batch of the engine's own -> its name
    ties: Mapping[str, Mapping[type[Event], BoundTie]]  # op -> each fact that it brings
    command_of: Callable[[str, dict[str, Any]], Command]  # op, args as signed; raises Refused
    proposed_of: Callable[[str, dict[str, Any]], Command]  # op, args as proposed; raises Refused
    decided: Callable[[State, Command, str, Caller, Moment], list[Event]]
    """what the op's decider would bring; raises Refused where its signer had no right to it"""
    needs_of: Callable[[State, Command, str, Caller, Moment], list[str]]
    disagreement: Callable[[State, Event], str]  # with the record that a fact names; "": none
