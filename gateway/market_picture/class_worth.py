"""What lots of one class are worth here today, by the public figures alone (WIRE 3).

Whole minor units, each price for one GPU; a sum is for all the lots. What is not known is None.
"""

from typing import Any, Final, NamedTuple

from exchange.books.reference import band_reference, dated_reference
from exchange.instruments.kind import SymbolParts
from exchange.instruments.kinds import KINDS
from exchange.instruments.symbols import read_symbol
from exchange.market.market_rule import MarketRule
from gateway.market_picture.market_view import MarketView
from gateway.market_picture.market_views import MarketViews
from ledger.durations import DAY_NS, SECOND_NS
from ledger.ids import MarketSymbol
from ledger.money import lower_limit, notional_minor
from ledger.refusals import Reason, Refused, sentence_of

LIKE_AGE_NS: Final = (
    7 * DAY_NS
)  # two sales further apart say more of the time between than of papers
DAYS: Final = "1d"
UNGRADED: Final = "U"
HEALTHY: Final = "A"
COMPLETE: Final = "P1"


class _RuledMarket(NamedTuple):
    """A market that stands here, with the rule that it trades under."""

    view: MarketView
    rule: MarketRule

    def minor(self, price_ticks: int | None) -> int | None:
        """A price for one GPU, or GPU-hour."""
        return None if price_ticks is None else price_ticks * self.rule.tick_minor

    def notional(self, price_ticks: int | None, lots: int) -> int | None:
        """What so many lots come to."""
        if price_ticks is None:
            return None
        return notional_minor(price_ticks, self.rule.tick_minor, self.view.spec.lot_size, lots)


def title_symbol(text: str) -> SymbolParts:
    """The class that is asked about; refuses `bad_field` what is no title market's symbol."""
    parts = read_symbol(MarketSymbol(text))
    if parts is None or KINDS[parts.kind].is_series:
        raise Refused(
            Reason.bad_field,
            sentence_of(
                "{class_!r} names no class that is sold: say it like T.H100SXM8.A1.CN-BJ.",
                class_=text[:64],
            ),
            field="/market",
        )
    return parts


def classes_compared(own: SymbolParts) -> list[tuple[str, SymbolParts]]:
    """What would change the class, and to which: complete papers, and a report that grades it A."""
    graded = HEALTHY if own.grade == UNGRADED else own.grade
    changes = []
    if own.grade == UNGRADED:
        changes.append(("report", own._replace(grade=HEALTHY)))
    if own.provenance != COMPLETE:
        changes.append(("papers", own._replace(grade=graded, provenance=COMPLETE)))
    return changes


def symbol_of(parts: SymbolParts) -> str:
    """A title class's market, listed or not."""
    return f"T.{parts.model}.{parts.grade}{parts.provenance[1]}.{parts.delivery_point}"


def worth_of(views: MarketViews, own: SymbolParts, lots: int) -> dict[str, Any]:
    """Today's figures of the class, what would change it, and the next month that can be let."""
    listed = _listed(views, symbol_of(own))
    now = None if listed is None else _now(listed, lots, views.at_ns)
    return {
        "market": symbol_of(own),
        "model": own.model,
        "grade": own.grade,
        "provenance": own.provenance,
        "delivery_point": own.delivery_point,
        "lots": lots,
        "now": now,
        "changes": [_change(views, listed, by, other, lots) for by, other in classes_compared(own)],
        "rent": _rent(views, own, lots),
    }


def _listed(views: MarketViews, market: str) -> _RuledMarket | None:
    view = views.by_market.get(market)
    rule = views.rule(market) if view is not None else None
    return None if view is None or rule is None else _RuledMarket(view, rule)


def _now(listed: _RuledMarket, lots: int, at_ns: int) -> dict[str, Any]:
    """What stands and was paid last; what the bids that an ask may reach would pay for the lots."""
    view = listed.view
    bids, asks = view.bids.best(lots), view.asks.best(1)  # each level has a lot or more
    remembered = dated_reference(
        view.last_ticks,
        view.last_trade_ns,
        view.spec.first_reference_ticks,
        view.listed_ns,
        listed.rule,
    )
    around = band_reference(remembered, bids[0][0] if bids else None, at_ns)
    least = lower_limit(around.price_ticks, listed.rule.entry_band_bp) if around else None
    fetched, left = 0, lots
    for price_ticks, standing, *_ in bids:
        if not left or price_ticks < (least or 0):
            break
        taken = min(left, standing)
        fetched += listed.notional(price_ticks, taken) or 0
        left -= taken
    return {
        "phase": view.phase,
        "best_bid_minor": listed.minor(bids[0][0] if bids else None),
        "best_bid_lots": bids[0][1] if bids else None,
        "best_ask_minor": listed.minor(asks[0][0] if asks else None),
        "best_ask_lots": asks[0][1] if asks else None,
        "last_minor": listed.minor(view.last_ticks),
        "last_at_ns": view.last_trade_ns,
        "last_age_s": _age_s(view.last_trade_ns, at_ns),
        "least_ask_minor": listed.minor(least),
        "reference_source": around.source if around else None,
        "reference_minor": listed.minor(around.price_ticks if around else None),
        "reference_age_s": _age_s(around.at_ns if around else None, at_ns),
        "proceeds_lots": lots - left,
        "proceeds_minor": fetched if left < lots else None,
    }


def _change(
    views: MarketViews, own: _RuledMarket | None, by: str, other: SymbolParts, lots: int
) -> dict[str, Any]:
    """What a class would be worth beside another, by figures of like age alone."""
    found = _listed(views, symbol_of(other))
    pair = _bids(own, found) or _sales(own, found)
    basis, own_ticks, other_ticks, at_ns = pair or (None, None, None, None)
    change = None
    if own is not None and found is not None and own_ticks is not None:
        before, after = own.notional(own_ticks, lots), found.notional(other_ticks, lots)
        change = None if before is None or after is None else after - before
    return {
        "by": by,
        "market": symbol_of(other),
        "now": None if found is None else _now(found, lots, views.at_ns),
        "basis": basis,
        "own_minor": own.minor(own_ticks) if own else None,
        "other_minor": found.minor(other_ticks) if found else None,
        "basis_at_ns": at_ns,
        "basis_age_s": _age_s(at_ns, views.at_ns),
        "change_minor": change,
    }


_Pair = tuple[str, int, int, int | None]  # basis, ticks of the one, of the other, the older's day


def _bids(own: _RuledMarket | None, other: _RuledMarket | None) -> _Pair | None:
    """Two bids that stand now are of one age."""
    if own is None or other is None:
        return None
    mine, theirs = own.view.bids.best(1), other.view.bids.best(1)
    return ("bids", mine[0][0], theirs[0][0], None) if mine and theirs else None


def _sales(own: _RuledMarket | None, other: _RuledMarket | None) -> _Pair | None:
    """The newest two days, at most LIKE_AGE_NS apart, at whose end each was sold; else None."""
    if own is None or other is None:
        return None
    mine, theirs = own.view.candles.closes(DAYS), other.view.candles.closes(DAYS)
    while mine and theirs:
        (one_ns, one_ticks), (other_ns, other_ticks) = mine[-1], theirs[-1]
        if abs(one_ns - other_ns) <= LIKE_AGE_NS:
            return ("sales", one_ticks, other_ticks, min(one_ns, other_ns))
        (mine if one_ns > other_ns else theirs).pop()
    return None


def _rent(views: MarketViews, own: SymbolParts, lots: int) -> dict[str, Any] | None:
    """The first month that can still be traded: what it brings for all the lots; None: none."""
    months = [
        view
        for view in views.by_market.values()
        if KINDS[view.spec.kind].is_series
        and (view.spec.model, view.spec.delivery_point) == (own.model, own.delivery_point)
        and view.spec.last_trade_ns is not None
        and views.at_ns < view.spec.last_trade_ns
    ]
    if not months:
        return None
    view = min(months, key=lambda each: each.spec.starts_ns or 0)
    listed = _listed(views, view.spec.market)
    if listed is None:
        return None
    bid, ask = view.bids.best(1), view.asks.best(1)
    takes = listed.rule.eligible.provenance
    return {
        "market": view.spec.market,
        "month": view.spec.market.rpartition(".")[2],
        "last_trade_ns": view.spec.last_trade_ns,
        "best_bid_minor": listed.notional(bid[0][0] if bid else None, lots),
        "best_ask_minor": listed.notional(ask[0][0] if ask else None, lots),
        "last_minor": listed.notional(view.last_ticks, lots),
        "last_at_ns": view.last_trade_ns,
        "last_age_s": _age_s(view.last_trade_ns, views.at_ns),
        "takes_class": own.grade in ("A", "B") and (not takes or own.provenance in takes),
    }


def _age_s(then_ns: int | None, now_ns: int) -> int | None:
    return None if then_ns is None else max(0, now_ns - then_ns) // SECOND_NS
