"""Orders given to the market (EXCHANGE 12), as far as this release's rules go.

A member of WIRE's order args that these rules do not know yet is refused as `bad_field`, by name.
"""

from typing import Annotated

from msgspec import Meta

from ledger.commands import Command
from ledger.shapes import ONE_LINE, Id, Nanos

Symbol = Annotated[str, Meta(pattern=r"^[TL]\.[A-Z0-9]{2,16}\.[A-Z0-9.-]{4,20}$")]
Ticks = Annotated[int, Meta(ge=1, le=2**53 - 1)]
Lots = Annotated[int, Meta(ge=1, le=2**53 - 1)]


class PlaceOrder(Command, frozen=True, gc=False):
    market: str
    side: str  # bid, ask
    price_ticks: int
    lots: int
    type: str = "limit"
    time_in_force: str = "gtc"  # gtc, day, gtd, ioc, fok
    expires_ns: Nanos = 0  # with gtd alone
    post_only: str = "none"  # none, reject
    nodes: list[str] = []  # asks: the things offered, one lot each; empty: the lowest free ones
    delivery: str = ""  # T asks: in_place
    self_trade: str = ""  # cancel_newest
    label: Annotated[str, Meta(max_length=64, pattern=ONE_LINE)] = ""
    cancel_on_disconnect: bool = False


class AmendOrder(Command, frozen=True, gc=False):
    """New terms; what is left out stays. Fewer lots alone keep priority."""

    order: Id
    price_ticks: int | None = None
    lots: int | None = None  # the new total
    expires_ns: Nanos | None = None


class CancelOrder(Command, frozen=True, gc=False):
    order: Id


class CancelAll(Command, frozen=True, gc=False):
    """Every open order of the party that fits each filter given."""

    market: str = ""
    side: str = ""
    label: str = ""
    orders: list[Id] = []


class ListInstrument(Command, frozen=True, gc=False):
    """By hand (the calendar lists its own): a symbol, and a first reference if one is known."""

    market: Symbol
    first_reference_ticks: Ticks | None = None
