"""The kinds of instrument that this venue trades; a new kind is a file beside these, and a row."""

from typing import Final

from exchange.books.state import Market
from exchange.instruments.kind import InstrumentKind
from exchange.instruments.lease_kind import LEASE
from exchange.instruments.title_kind import TITLE

KINDS: Final[dict[str, InstrumentKind]] = {kind.name: kind for kind in (TITLE, LEASE)}


def kind_of(market: Market) -> InstrumentKind:
    """The kind of a market that is listed."""
    return KINDS[market.spec.kind]
