"""One row per op: all that the program knows of an operation stands in it, and in no other table.

The rows stand in `ledger/ops.py` and `exchange/ops.py`. Routes, four eyes, rates, signatures, the
description of the API and the answers are read from them. A row without one of its members cannot
be made, so an op that says nothing about a second signature does not exist.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, Protocol, TypeVar

from ledger.caller import Caller
from ledger.commands import Command
from ledger.events import Event
from ledger.ids import MarketSymbol
from ledger.moment import Moment
from ledger.offices import SCOPES
from ledger.register import Register

State = TypeVar("State")  # what a decider reads: the ledger's register, or the whole venue

Decide = Callable[[State, Any, Caller, Moment], list[Event]]
Result = dict[str, Any]
ResultOf = Callable[[Any, Sequence[Event]], Result]  # (outcome, its batch) -> result

OK, CREATED, ACCEPTED = 200, 201, 202


class Signature(Enum):
    """When a command must bear a signature of its own (WIRE 2)."""

    ALWAYS = "always"
    OR_THE_SESSIONS = "or the session's"  # may ride on a session that was signed
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Pace:
    """How freely an op may be asked for."""

    bucket: str  # of the gateway's rates
    while_suspended: bool  # whether a suspended party still may
    signature: Signature


COMMAND = Pace("commands", while_suspended=False, signature=Signature.ALWAYS)
ORDER = Pace("orders", while_suspended=False, signature=Signature.OR_THE_SESSIONS)
CANCEL = Pace("cancels", while_suspended=True, signature=Signature.NEVER)  # one can always cancel


@dataclass(frozen=True, slots=True)
class Second:
    """Whose yes a command takes besides its caller's own act (DOMAIN 4)."""

    needs: Callable[
        [Register, Any, Caller, Moment], list[str]
    ]  # `scope:operate`, `party:p-0007`; [] none
    is_always_due: bool  # else in some cases alone, or never
    before_waiting: Callable[[Register, Any, Caller, Moment], None] | None = None
    # refuses what may not wait
    stands_in: str = ""  # a scope of the venue whose yes counts in place of a party's


def _no_needs(register: Register, command: Command, caller: Caller, moment: Moment) -> list[str]:
    return []


NOBODY = Second(_no_needs, is_always_due=False)  # one person's act, whatever it is worth


def one_with(
    scope: str,
    before_waiting: Callable[[Register, Any, Caller, Moment], None] | None = None,
) -> Second:
    """Always one more person of the venue, with this scope and an office behind it."""
    return Second(
        lambda register, command, caller, moment: [f"scope:{scope}"],
        is_always_due=True,
        before_waiting=before_waiting,
    )


@dataclass(frozen=True, slots=True)
class Rest:
    """How the gateway takes an op: method and path, whose parts are members of the command."""

    method: str
    path: str
    with_report: bool = False  # whether a raw report may be its body, the args in the address
    by_socket: bool = False  # whether a socket takes it, too


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The gateway makes this command itself, from what another route was told and signed."""

    path: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What its caller gets: the HTTP status, and a result for each fact that may be the outcome."""

    status: int
    results: Mapping[type[Event], ResultOf]
    location: str = ""  # where a thing just made is found again
    nothing: Callable[[Result], Result] = dict  # the result of what `NothingToDo` says stands
    stands_by_args: Callable[[Result], Result] = dict  # of an old `NothingToDo`


class Brought(Protocol):
    """A fact that an op brings, and what ties it to its args: a `Tie` of `ledger/acts/tie.py`."""

    fact: type[Event]


@dataclass(frozen=True, slots=True, kw_only=True)
class Op(Generic[State]):
    """What somebody may ask for."""

    command: type[Command]
    decide: Decide[State]
    scopes: tuple[str, ...]  # any of them
    second: Second
    pace: Pace
    brings: tuple[Brought, ...]  # what follows from these, and a proposal, is not its own
    route: Rest | Elsewhere
    reply: Reply
    whose: Callable[[State, Any, Caller, Moment], object] | None = None
    """what `decide` asks of whose act it is, alone; None: decide does little else"""
    shape: Callable[[State, Any, Caller, Moment], None] | None = None  # what its types let pass
    rated_by: Callable[[State, Any], MarketSymbol | None] | None = None  # whose rate gates it
    not_yet: Mapping[str, str] = field(default_factory=dict)  # member -> words: known, not served

    def __post_init__(self) -> None:
        """Raise ValueError for a row that would leave something open."""
        name = self.command.__name__
        if not self.scopes or not set(self.scopes) <= set(SCOPES):
            raise ValueError(f"{name}: an op is opened by scopes, each one of {SCOPES}")
        if not isinstance(self.second, Second):
            raise ValueError(f"{name}: an op says whose yes it takes; NOBODY is a word, too")
        if not self.reply.results:
            raise ValueError(f"{name}: an op tells what it did")
        if not self.brings:
            raise ValueError(f"{name}: an op brings some fact")
        if (self.pace is ORDER) != (self.rated_by is not None):
            raise ValueError(f"{name}: an order counts against its market's rate, nothing else")

    @property
    def signature(self) -> Signature:
        """When it must be signed by itself."""
        return self.pace.signature if isinstance(self.route, Rest) else Signature.NEVER

    def needs(
        self, register: Register, command: Command, caller: Caller, moment: Moment
    ) -> list[str]:
        """The approvals that a command takes; the engine's own acts take none."""
        return [] if caller.is_engine else self.second.needs(register, command, caller, moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineAct(Generic[State]):
    """What the engine alone does: no caller may ask for it, and no route leads to it."""

    command: type[Command]
    decide: Decide[State]
    reply: Reply
