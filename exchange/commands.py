"""Commands to the market (EXCHANGE 12), as far as this release's rules go.

A member of the order args (WIRE 3) that these rules do not know yet is refused by name, as
`bad_field`.
"""

from typing import Annotated

from msgspec import Meta

from exchange.words import SYMBOL_LETTERS
from ledger.commands import Command
from ledger.ids import NO_ID, MarketSymbol, OrderId, PartyId, ThingId
from ledger.shapes import ONE_LINE, Digest, Id, Nanos, Positive, form

Symbol = Annotated[
    MarketSymbol,
    form(
        f"[{SYMBOL_LETTERS}]" + r"\.[A-Z0-9]{2,16}\.[A-Z0-9.-]{4,20}",
        "a market's symbol, such as T.L40S.CN-BJ.B1",
    ),
]  # a symbol
Ticks = Annotated[int, Meta(ge=1, le=2**53 - 1)]  # a price in ticks of the market's rule
Label = Annotated[str, Meta(max_length=64, pattern=ONE_LINE)]
Lots = Annotated[int, Meta(ge=1, le=2**53 - 1)]  # a quantity in lots


class PlaceOrder(Command, frozen=True, gc=False):
    """Buy or sell so many lots at a price or better; what does not trade at once may rest."""

    market: MarketSymbol  # the market's symbol
    side: str  # bid: buy; ask: sell or let
    price_ticks: int  # the limit, ticks of the market's rule for one GPU or GPU-hour
    lots: int  # how many lots
    type: str = "limit"  # the only type yet
    time_in_force: str = "gtc"  # how long it stands: gtc, day, gtd, ioc, fok
    expires_ns: Nanos = 0  # when it ends; with gtd alone
    post_only: str = "none"  # none; reject: refused if it would trade at once
    nodes: list[ThingId] = []  # asks: the things offered, one lot each; empty: the lowest free ones
    delivery: str = ""  # T asks: how the buyer gets it: in_place
    self_trade: str = ""  # what ends if it meets its own group: cancel_newest
    label: Label = ""  # your own word for it
    cancel_on_disconnect: bool = False  # it ends with the socket it came by; by REST refused


class AmendOrder(Command, frozen=True, gc=False):
    """New terms; what is left out stays. Fewer lots alone keep priority."""

    order: Id[OrderId]  # the order's id, o-000912
    price_ticks: int | None = None  # the new limit, ticks; null: as it is
    lots: int | None = None  # the new total
    expires_ns: Nanos | None = None  # gtd: the new end; null: as it is


class CancelOrder(Command, frozen=True, gc=False):
    """End one own open order; what it held is free at once."""

    order: Id[OrderId]  # the order's id, o-000912


class CancelAll(Command, frozen=True, gc=False):
    """Every open order of the party that fits each filter given."""

    market: MarketSymbol = NO_ID  # only there; "": in every market
    side: str = ""  # bid, ask; "": both
    label: Label = ""  # only those that bear it; "": all
    orders: list[Id[OrderId]] = []  # only these; empty: all


class EndLines(Command, frozen=True, gc=False):
    """Lines of a party are cut, and their grace is over: the orders that end with them do."""

    party: PartyId  # whose lines they were
    lines: list[str]  # each as `OrderAccepted.line` tells it


class AttestState(Command, frozen=True, gc=False):
    """The root of a day's close is known: the journal is to bear it. Nobody judges it here."""

    form: Annotated[int, Meta(ge=2, le=2)]  # 2: one place per subject
    upto_position: Positive  # the state after this event
    root: Digest  # of that state, made by a process that follows the journal


class ListInstrument(Command, frozen=True, gc=False):
    """By hand (the calendar lists its own): a symbol, and a first reference if one is known."""

    market: Symbol  # what to list: T.MODEL.CLASS.POINT or L.MODEL.POINT.YYYY-MM
    first_reference_ticks: Ticks | None = None  # price that bands lie around until a trade
