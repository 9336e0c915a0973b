"""The notice of a price that lies far from its market's: a slip of the unit (WIRE 3)."""

from typing import Any, Final

from exchange.books.book import Half
from exchange.books.state import Market
from exchange.instruments.kinds import kind_of
from exchange.words import ASK, BID, Side
from ledger.durations import SECOND_NS
from ledger.ids import OrderId

FAR: Final = 3  # times the market's price, or that fraction of it
NEAR_PERCENT: Final = (75, 133)  # of a unit's size: a ratio that is about it


def far_price(
    market: Market, side: Side, price_ticks: int, order: OrderId, at_ns: int
) -> dict[str, Any] | None:
    """The notice of a price more than 3 times the market's or less than a third; else None.

    The market's price is that of its last trade, however old, else the first reference, else the
    best of the other side, else the best of this one that is not *order* itself.
    """
    bid, ask = (_best(market.book.half(each), order) for each in (BID, ASK))
    remembered = market.remembered_by(market.rule)
    age_s = None
    if remembered is not None:
        source, ticks = str(remembered.source), remembered.price_ticks
        age_s = max(0, at_ns - remembered.at_ns) // SECOND_NS
    else:
        best = {"best_bid": bid, "best_ask": ask}
        order_of_sides = ("best_ask", "best_bid") if side == BID else ("best_bid", "best_ask")
        found = next(((name, best[name]) for name in order_of_sides if best[name]), None)
        if found is None or found[1] is None:
            return None
        source, ticks = found[0], found[1]
    is_above = price_ticks > ticks
    high, low = max(price_ticks, ticks), min(price_ticks, ticks)
    if high <= FAR * low:
        return None
    return {
        "code": "far_price",
        "reference_ticks": ticks,
        "reference_source": source,
        "reference_age_s": age_s,
        "is_above": is_above,
        "times": (2 * high + low) // (2 * low),
        "best_bid_ticks": bid,
        "best_ask_ticks": ask,
        "looks_like": _unit_meant(market, high, low, is_above=is_above),
    }


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
