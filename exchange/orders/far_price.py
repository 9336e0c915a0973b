"""The notice of a price that lies far from its market's: a slip of the unit (WIRE 3)."""

from typing import Any, Final, NamedTuple

from exchange.books.book import Half
from exchange.books.state import Market, Venue
from exchange.events import InstrumentListed
from exchange.instruments.kinds import kind_of
from exchange.words import ASK, BID, Side
from ledger.durations import SECOND_NS
from ledger.ids import OrderId

FAR: Final = 3  # times the market's price, or that fraction of it
NEAR_PERCENT: Final = (75, 133)  # of a unit's size: a ratio that is about it


class _MarketPrice(NamedTuple):
    """A price that a market has, and where it is from."""

    market: Market
    source: str
    ticks: int
    age_s: int | None  # None: it stands in the book now

    @property
    def minor(self) -> int:
        """The same for one GPU, or one GPU-hour; minor units."""
        assert self.market.rule is not None, "what is compared has a tick"
        return self.ticks * self.market.rule.tick_minor


def far_price(
    venue: Venue, market: Market, side: Side, price_ticks: int, order: OrderId, at_ns: int
) -> dict[str, Any] | None:
    """The notice of a price more than 3 times the market's or less than a third; else None.

    The market's price is that of its last trade, however old, else the first reference, else the
    best of the other side, else the best of this one that is not *order* itself. A market without
    any is held against the nearest sister that has one: the same kind of right to the same model,
    at the same place first, then of the same class. Without such a sister the notice is `no_price`.
    """
    bid, ask = (_best(market.book.half(each), order) for each in (BID, ASK))
    found = _price_of(market, side, order, at_ns) or _sister_price(venue, market, side, at_ns)
    if found is None:
        return {"code": "no_price"}
    assert market.rule is not None, "what takes orders has a rule"
    own_minor = price_ticks * market.rule.tick_minor
    is_above = own_minor > found.minor
    high, low = max(own_minor, found.minor), min(own_minor, found.minor)
    if high <= FAR * low:
        return None
    is_own = found.market is market
    return {
        "code": "far_price",
        "reference_ticks": max(1, found.minor // market.rule.tick_minor),
        "reference_source": found.source,
        "reference_age_s": found.age_s,
        "is_above": is_above,
        "times": (2 * high + low) // (2 * low),
        "best_bid_ticks": bid,
        "best_ask_ticks": ask,
        "looks_like": _unit_meant(market, high, low, is_above=is_above),
        "reference_market": None if is_own else found.market.spec.market,
    }


def _price_of(market: Market, side: Side, order: OrderId, at_ns: int) -> _MarketPrice | None:
    """What a market's price is, for one who comes on a side with *order*; None: it has none."""
    remembered = market.remembered_by(market.rule)
    if remembered is not None:
        age_s = max(0, at_ns - remembered.at_ns) // SECOND_NS
        return _MarketPrice(market, str(remembered.source), remembered.price_ticks, age_s)
    for each in (ASK, BID) if side == BID else (BID, ASK):
        if (best := _best(market.book.half(each), order)) is not None:
            return _MarketPrice(market, f"best_{each}", best, None)
    return None


def _sister_price(venue: Venue, market: Market, side: Side, at_ns: int) -> _MarketPrice | None:
    """The price of the nearest market of the same model that has one: one look at each market."""
    spec = market.spec
    sisters = [
        each
        for each in venue.markets.values()
        if each.spec.model == spec.model
        and each.spec.kind == spec.kind
        and each is not market
        and each.rule is not None
        and (each.last_ticks or each.spec.first_reference_ticks or each.open_orders)
    ]
    for sister in sorted(sisters, key=lambda each: _distance(spec, each.spec)):
        if found := _price_of(sister, side, OrderId(""), at_ns):
            return found
    return None


def _distance(own: InstrumentListed, other: InstrumentListed) -> tuple[Any, ...]:
    """How far two markets of one model lie apart: place, class, month; then by symbol."""
    return (
        own.delivery_point != other.delivery_point,
        own.grade != other.grade,
        own.provenance != other.provenance,
        abs((own.starts_ns or 0) - (other.starts_ns or 0)),
        other.market,
    )


def _best(half: Half, but: OrderId) -> int | None:
    """The best price of one side, of all orders but one."""
    for rank in reversed(half.ranks):
        if any(order != but for order in half.levels[rank]):
            return rank * half.sign
    return None


def _unit_meant(market: Market, high: int, low: int, *, is_above: bool) -> str:
    """What the figure is the usual price of: "lot", "gpu", "gpu_hour"; "" where of nothing known.

    A title is priced by the GPU, and a lease by what a lot costs for its month.
    """
    gpus, lot_size = market.spec.gpus_per_lot, market.spec.lot_size
    is_by_lot = bool(kind_of(market).lot_priced_by)
    if is_above:
        units = {} if is_by_lot else {"lot": gpus}
    else:
        units = {"gpu": gpus, "gpu_hour": lot_size} if is_by_lot else {}
    least, most = NEAR_PERCENT
    return next(
        (
            unit
            for unit, size in units.items()
            if size > 1 and least * size * low <= 100 * high <= most * size * low
        ),
        "",
    )
