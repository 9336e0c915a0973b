"""Leases: a lot is one thing for a month of the venue's zone, leased by the trade itself."""

import re
from typing import Final

from exchange.books.state import Market, Venue
from exchange.events import InstrumentListed, Traded
from exchange.instruments.kind import DeliveryWindow, InstrumentKind, SymbolParts
from exchange.market.calendar import months_ahead
from exchange.words import ASK
from ledger.cash.months import month_after, month_ns
from ledger.durations import DAY_NS, HOUR_NS
from ledger.events import Event
from ledger.ids import MarketSymbol, OrderId, PartyId
from ledger.moment import Moment
from ledger.money import deposit_minor
from ledger.records import Thing
from ledger.refusals import Reason
from ledger.rights.capacity import hold_window, is_free, is_offered
from ledger.rights.lease import grant_lease

MONTHS_AHEAD: Final = 6

_SYMBOL = re.compile(r"L\.([A-Z0-9]{2,16})\.([A-Z]{2}-[A-Z0-9]{1,3})\.([0-9]{4})-(0[1-9]|1[0-2])")
_GRADES = ("A", "B")  # that a lessee gets
_UNGRADED = "U"


def lease_symbol(model: str, delivery_point: str, year: int, month: int) -> MarketSymbol:
    """`L.H100SXM8.CN-BJ.2026-12`."""
    return MarketSymbol(f"L.{model}.{delivery_point}.{year:04}-{month:02}")


def _read_symbol(market: MarketSymbol) -> SymbolParts | None:
    found = _SYMBOL.fullmatch(market)
    if found is None:
        return None
    model, point, year, month = found.groups()
    return SymbolParts(LEASE.name, model, point, year=int(year), month=int(month))


def _window(zone: str, named: SymbolParts) -> DeliveryWindow:
    """The month, and trading until a day before it."""
    starts_ns = month_ns(zone, named.year, named.month)
    ends_ns = month_ns(zone, *month_after(named.year, named.month, 1))
    return DeliveryWindow((ends_ns - starts_ns) // HOUR_NS, starts_ns, ends_ns, starts_ns - DAY_NS)


def _asset_class(spec: InstrumentListed) -> str:
    """Any of its model: a lease asks for no class."""
    return spec.model


def _called_for(venue: Venue, thing: Thing, moment: Moment) -> list[MarketSymbol]:
    if (thing.model, thing.delivery_point) in venue.lease_series:
        return []
    return _months(venue, thing.model, thing.delivery_point, moment)


def _months(venue: Venue, model: str, delivery_point: str, moment: Moment) -> list[MarketSymbol]:
    """The months ahead that can still be traded."""
    register = venue.register
    return [
        lease_symbol(model, delivery_point, year, month)
        for year, month in months_ahead(register.zone, moment.at_ns, MONTHS_AHEAD)
        if month_ns(register.zone, year, month) - DAY_NS > moment.at_ns
    ]


def _span(at_ns: int, market: Market) -> tuple[int, int]:
    """The symbol's month."""
    del at_ns  # fixed at listing, whenever it is traded
    starts_ns, ends_ns = market.spec.starts_ns, market.spec.ends_ns
    assert starts_ns is not None
    assert ends_ns is not None
    return starts_ns, ends_ns


def _obstacle(at_ns: int, market: Market, thing: Thing) -> Reason | None:
    from_ns, to_ns = _span(at_ns, market)
    is_taken = not is_free(thing, from_ns, to_ns)
    if is_taken and is_offered(thing, from_ns, to_ns):
        return Reason.on_hold
    if thing.grade == _UNGRADED:
        return Reason.not_ready
    return Reason.lease_overlap if is_taken else None


def _hold(market: Market, thing: Thing, order: OrderId) -> None:
    hold_window(thing, order, *_span(0, market))


def _is_held(thing: Thing, order: OrderId) -> bool:
    return any(window.order == order for window in thing.windows)


def _tier_amount_minor(
    venue: Venue, market: Market, party: PartyId, price_ticks: int, lots: int
) -> int:
    """The rent of one lease: each lot is one."""
    del venue, party, lots
    return market.notional_minor(price_ticks, 1)


def _settle(venue: Venue, event: Traded, moment: Moment) -> list[Event]:
    """The lease itself, and that is all."""
    register, market = venue.register, venue.markets[event.market]
    rule = market.rule
    assert rule is not None, "a market trades under a rule"
    from_ns, to_ns = _span(0, market)
    is_ask_taker = event.taker == ASK
    return grant_lease(
        register,
        register.numbers(),
        trade=event.trade,
        lessor=event.seller,
        lessee=event.buyer,
        things=event.nodes,
        from_ns=from_ns,
        to_ns=to_ns,
        price_minor_per_gpu_hour=event.price_ticks * rule.tick_minor,
        rent_minor=event.notional_minor,
        lessee_fee_bp=rule.fee_bp.bid.maker if is_ask_taker else rule.fee_bp.bid.taker,
        lessor_fee_bp=rule.fee_bp.ask.taker if is_ask_taker else rule.fee_bp.ask.maker,
        prepaid_minor=event.notional_minor + event.bid_fee_minor,
        deposit_minor=deposit_minor(event.notional_minor, rule.deposit_bp),
        hold=event.hold,
    )


LEASE: Final = InstrumentKind(
    name="lease",
    form="L.MODEL.POINT.YYYY-MM",
    read_symbol=_read_symbol,
    window=_window,
    asset_class=_asset_class,
    is_series=True,
    called_for=_called_for,
    called_for_monthly=_months,
    span=_span,
    takes=lambda spec, thing: thing.grade in _GRADES or thing.grade == _UNGRADED,
    keeps=lambda spec, thing: thing.grade in _GRADES,
    obstacle=_obstacle,
    hold=_hold,
    is_held=_is_held,
    tier_limit="lease_minor",
    tier_limit_of="rent of one lease",
    priced_by="a GPU-hour",
    lot_priced_by="a server-month",
    tier_amount_minor=_tier_amount_minor,
    has_deposit=True,
    has_escrow=False,
    settle=_settle,
)
