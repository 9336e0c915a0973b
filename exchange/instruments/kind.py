"""What a kind of instrument decides: what a lot is, what it delivers, how it settles (EXCHANGE 1).

One value per kind, filled in `title_kind.py` and `lease_kind.py`, listed in `kinds.py`. Nothing
else asks which kind a market is: it takes the step that the market's kind gives.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from exchange.books.state import Market, Venue
from exchange.events import InstrumentListed, Traded
from exchange.words import InstrumentKindName
from ledger.events import Event
from ledger.ids import MarketSymbol, OrderId, PartyId
from ledger.moment import Moment
from ledger.records import Thing
from ledger.refusals import Reason


class SymbolParts(NamedTuple):
    """A symbol, read."""

    kind: InstrumentKindName
    model: str
    delivery_point: str
    grade: str = ""
    provenance: str = ""
    year: int = 0
    month: int = 0


class DeliveryWindow(NamedTuple):
    """The time that a lot delivers, as far as the symbol fixes it; a title's is for good."""

    hours: int = 1  # that one GPU of a lot counts for
    starts_ns: int | None = None
    ends_ns: int | None = None
    last_trade_ns: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentKind:
    """One kind: its words, and its step wherever kinds differ."""

    name: InstrumentKindName

    # The symbol, and which symbols are listed without being asked for.
    form: str  # how a symbol reads
    read_symbol: Callable[[MarketSymbol], SymbolParts | None]
    window: Callable[[str, SymbolParts], DeliveryWindow]  # in the venue's zone
    asset_class: Callable[[InstrumentListed], str]
    is_series: bool  # a new window is listed each month
    called_for: Callable[[Venue, Thing, Moment], list[MarketSymbol]]  # by a titled thing
    # By a model at a delivery point, when a month has rolled.
    called_for_monthly: Callable[[Venue, str, str, Moment], list[MarketSymbol]]

    # What an ask may hold, and how it holds it.
    span: Callable[[int, Market], tuple[int, int]]  # that one lot delivers, traded at an instant
    takes: Callable[[InstrumentListed, Thing], bool]  # a thing of this class, perhaps not ready
    keeps: Callable[[InstrumentListed, Thing], bool]  # in a resting ask
    obstacle: Callable[[int, Market, Thing], Reason | None]  # of its own, at an instant
    hold: Callable[[Market, Thing, OrderId], None]  # apply: for an order
    is_held: Callable[[Thing, OrderId], bool]  # by an order

    # What a trade may be worth, and what follows from it.
    tier_limit: str  # the member of the rule `kyc_limits`
    tier_limit_of: str  # its words: what is limited
    priced_by: str  # what one price is for: a GPU
    lot_priced_by: str  # what a lot is said to cost, beside it: a server-month; "": not said
    tier_amount_minor: Callable[[Venue, Market, PartyId, int, int], int]  # party, price_ticks, lots
    has_deposit: bool  # the buyer leaves a security deposit
    has_escrow: bool  # the cash waits in escrow for a settlement; else the right takes it at once
    settle: Callable[[Venue, Traded, Moment], list[Event]]
