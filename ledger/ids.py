"""Stable ids: a letter, a dash, a number that is never reused (WIRE 1). Each kind is a type.

All are text, stored and shown as they are; to the type checker an order's id is no party's, so
that two of them cannot change places unseen. What is not yet known to be an id is plain text.
"""

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, Final, NewType, TypeGuard, TypeVar

VenueName = NewType("VenueName", str)
MarketSymbol = NewType("MarketSymbol", str)
AccountName = NewType("AccountName", str)

PartyId = NewType("PartyId", str)
GroupId = NewType("GroupId", str)
PrincipalId = NewType("PrincipalId", str)
SiteId = NewType("SiteId", str)
ThingId = NewType("ThingId", str)
NodeId = NewType("NodeId", ThingId)
UnitId = NewType("UnitId", ThingId)
InspectionId = NewType("InspectionId", str)
HoldId = NewType("HoldId", str)
LeaseId = NewType("LeaseId", str)
OrderId = NewType("OrderId", str)
TradeId = NewType("TradeId", str)
SettlementId = NewType("SettlementId", str)
PaymentId = NewType("PaymentId", str)
EntryId = NewType("EntryId", str)
ProposalId = NewType("ProposalId", str)

# Where an id may stand and none does. It fits every kind, as nobody's name can be swapped.
NO_ID: Final[Any] = ""
VENUE_PARTY: Final = PartyId("p-0001")  # the venue itself: the first party of every journal

# kind -> its letter, and how many digits at least
_FORM: Final[dict[Any, tuple[str, int]]] = {
    UnitId: ("u", 6),
    NodeId: ("n", 4),
    SiteId: ("s", 4),
    PartyId: ("p", 4),
    PrincipalId: ("k", 4),
    InspectionId: ("i", 6),
    HoldId: ("h", 6),
    LeaseId: ("l", 4),
    OrderId: ("o", 6),
    TradeId: ("t", 6),
    SettlementId: ("x", 6),
    PaymentId: ("y", 6),
    EntryId: ("j", 6),
    ProposalId: ("z", 6),
}

_Id = TypeVar("_Id", bound=str)


def form_of(kind: Any) -> tuple[str, int]:
    """The letter of a kind's ids, and how many digits they have at least."""
    return _FORM[kind]


def is_node(thing: ThingId) -> TypeGuard[NodeId]:
    """Whether the id of a thing names a board node; else it names a single unit."""
    return thing.startswith("n-")


def named_by(thing: ThingId) -> tuple[NodeId, UnitId]:
    """How an event names a thing: its `node` or its `unit`; the other one is empty."""
    return (thing, NO_ID) if is_node(thing) else (NO_ID, UnitId(thing))


class Numbers:
    """The numbers one decision takes: it reads the counters and moves none of them.

    The counters move when the events that bear the ids are applied (`seen`).
    """

    __slots__ = ("_counters", "_taken")

    def __init__(self, counters: MutableMapping[str, int]) -> None:
        self._counters = counters
        self._taken: dict[str, int] = {}

    def next(self, kind: Callable[[Any], _Id]) -> _Id:
        """The next free id of a kind: `next(UnitId)` -> "u-000018"."""
        letter, width = _FORM[kind]
        taken = self._taken.get(letter, 0) + 1
        self._taken[letter] = taken
        return kind(f"{letter}-{self._counters.get(letter, 0) + taken:0{width}d}")


def advance_counter(counters: MutableMapping[str, int], identifier: str) -> None:
    """Move the counter of this id's kind up to it."""
    number = int(identifier[2:])
    letter = identifier[0]
    if number > counters.get(letter, 0):
        counters[letter] = number


def is_given(counters: Mapping[str, int], identifier: str) -> bool:
    """Whether this very id was given to something, be it ended by now."""
    letter, _, digits = identifier.partition("-")
    width = dict(_FORM.values()).get(letter, 0)
    last = f"{counters.get(letter, 0):0{width}d}"
    if not (width and digits.strip("0") and set(digits) <= set("0123456789")):
        return False
    is_written_so = len(digits) == width or (len(digits) > width and digits[0] != "0")
    return is_written_so and (len(digits), digits) <= (len(last), last)
