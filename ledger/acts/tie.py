"""A tie: which fields of a fact must say what its command has signed (DOMAIN 6).

A field that both command and fact bear is tied by its name, unless its row says otherwise: by whom
(`signer`), by another source of the args (`read`), or not at all (`computed`). A row that leaves a
field of its fact open cannot be made.
"""

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Any, Final, NamedTuple

from ledger.commands import Command
from ledger.events import Event
from ledger.ids import PartyId, PrincipalId

STAMPS: Final = frozenset({"at_ns", "cause", "command_sha256"})


class Signatory(NamedTuple):
    """Who signed, as the command's row names them; of an approved act, who proposed it."""

    party: PartyId
    principal: PrincipalId
    op: str
    key: str = ""  # of the command; an approved act has none of its own


class _Computed:
    """What the rules make themselves: nothing was signed that it would have to equal."""


COMPUTED: Final = _Computed()
Source = Callable[[Any, Signatory, Any], object]  # command, signer, fact -> what the field must say


class Tie:
    """One fact of one op."""

    def __init__(
        self,
        fact: type[Event],
        *,
        signer: Iterable[str] = (),
        read: Mapping[str, Source] | None = None,
        computed: Iterable[str] = (),
        may_repeat: bool = False,
        case: object = None,
    ) -> None:
        self.fact = fact
        self.case = case  # of a fact that says itself what it was: its word when this op brings it
        self.may_repeat = may_repeat  # one such fact for each thing that the command names
        self._signer = tuple(signer)
        self._read = dict(read or {})
        self.computed = frozenset(computed)

    def bound(self, command: type[Command]) -> "BoundTie":
        """The tie for a command of this type. Raises ValueError for a field that is left open."""
        fields = [name for name in self.fact.__struct_fields__ if name not in STAMPS]
        named = [*self._signer, *self._read, *self.computed]
        same = [name for name in fields if name in command.__struct_fields__ and name not in named]
        missing = [name for name in fields if name not in same and name not in named]
        if missing or len(set(named)) != len(named) or not set(named) <= set(fields):
            raise ValueError(
                f"{self.fact.__name__} by {command.__name__}: say once of each field what it "
                f"must equal, or that it is computed ({', '.join(missing) or named})"
            )
        return BoundTie(self.may_repeat, tuple(same), self._signer, self._read, self.computed)


class BoundTie:
    """A tie, ready to be asked of each batch."""

    def __init__(
        self,
        may_repeat: bool,
        same: tuple[str, ...],
        signer: tuple[str, ...],
        read: Mapping[str, Source],
        computed: frozenset[str],
    ) -> None:
        self.may_repeat = may_repeat
        self.same = same
        self.tied = frozenset((*same, *signer, *read))
        self.computed = computed
        self._same_of = attrgetter(*same) if same else None
        self._signer = signer
        self._read = tuple(read.items())

    def fault(self, command: Command, signer: Signatory, fact: Event) -> str:
        """The first field that says something else than what was signed, in words; "" if none."""
        if self._same_of is not None and self._same_of(command) != self._same_of(fact):
            for name in self.same:
                if getattr(command, name) != getattr(fact, name):
                    return _differs(name, getattr(fact, name), getattr(command, name))
        for name in self._signer:
            if getattr(fact, name) != getattr(signer, name):
                return _differs(name, getattr(fact, name), getattr(signer, name))
        for name, source in self._read:
            signed = source(command, signer, fact)
            if signed is not COMPUTED and signed != getattr(fact, name):
                return _differs(name, getattr(fact, name), signed)
        return ""


def _differs(name: str, found: object, signed: object) -> str:
    return f"{name} is {found!r:.80}, and {signed!r:.80} was signed"


def if_given(name: str) -> Source:
    """The command's member of this name if it says something; else the rules compute it."""
    return lambda command, signer, fact: getattr(command, name) or COMPUTED


def spelt(name: str, form: Callable[[str], str] = str.strip) -> Source:
    """The command's member in the spelling that is kept."""
    return lambda command, signer, fact: form(getattr(command, name))


def always(value: object) -> Source:
    """The one value that this op gives a field."""
    return lambda command, signer, fact: value
