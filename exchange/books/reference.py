"""What the entry band of a market lies around, and how long that serves (EXCHANGE 4)."""

from typing import NamedTuple

from exchange.market.market_rule import MarketRule
from exchange.words import ReferenceSource
from ledger.durations import HOUR_NS


class DatedReference(NamedTuple):
    """The price of the last trade, else the first reference; a later instant may not ask it."""

    price_ticks: int
    source: ReferenceSource
    at_ns: int  # when it was made: traded, or listed with the market
    until_ns: int | None  # from then on it is too old; None: the rule lets it serve for ever

    def serves(self, at_ns: int) -> bool:
        """Whether the band lies around it at an instant."""
        return self.until_ns is None or at_ns < self.until_ns


class BandReference(NamedTuple):
    """What the band of one side lies around at an instant."""

    price_ticks: int
    source: ReferenceSource
    at_ns: int | None  # when it was made; None: it stands in the book now


def band_reference(
    remembered: DatedReference | None, standing_ticks: int | None, at_ns: int
) -> BandReference | None:
    """What a side's band lies around; None: no band. *standing_ticks*: best of the other side.

    A remembered price that is too old gives way to what stands (EXCHANGE 4).
    """
    if remembered is not None and remembered.serves(at_ns):
        return BandReference(remembered.price_ticks, remembered.source, remembered.at_ns)
    if remembered is None or standing_ticks is None:
        return None
    return BandReference(standing_ticks, "standing", None)


def dated_reference(
    last_ticks: int | None,
    last_trade_ns: int | None,
    first_ticks: int | None,
    listed_ns: int,
    rule: MarketRule | None,
) -> DatedReference | None:
    """The price that a market remembers, and until when its rule lets it serve; None: none.

    Prices in ticks; *rule* None: the market has never opened.
    """
    most_ns = rule.reference_max_age_h * HOUR_NS if rule is not None else 0
    if last_ticks and last_trade_ns is not None:
        until_ns = last_trade_ns + most_ns if most_ns else None
        return DatedReference(last_ticks, "last_trade", last_trade_ns, until_ns)
    if first_ticks:
        until_ns = listed_ns + most_ns if most_ns else None
        return DatedReference(first_ticks, "first_reference", listed_ns, until_ns)
    return None
