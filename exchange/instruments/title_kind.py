"""Title: a lot is one thing for good, paid into escrow, delivered after the trade (EXCHANGE 1)."""

import re
from typing import Final

from exchange.books.state import Market, Venue
from exchange.events import InstrumentListed, Traded
from exchange.instruments.kind import DeliveryWindow, InstrumentKind, SymbolParts
from exchange.market.market_rule import MarketRule
from ledger.durations import DAY_NS
from ledger.events import Event
from ledger.ids import MarketSymbol, OrderId, PartyId
from ledger.moment import Moment
from ledger.money import INT64_MOST
from ledger.records import Thing
from ledger.refusals import Reason
from ledger.rights.capacity import hold_title, leased_beyond
from ledger.settlement.delivery_versus_payment import open_settlement

_SYMBOL = re.compile(r"T\.([A-Z0-9]{2,16})\.([ABCU])([012])\.([A-Z]{2}-[A-Z0-9]{1,3})")


def title_symbol(class_: str, delivery_point: str) -> MarketSymbol:
    """`T.H100SXM8.A1.CN-BJ`."""
    return MarketSymbol(f"T.{class_}.{delivery_point}")


def _read_symbol(market: MarketSymbol) -> SymbolParts | None:
    found = _SYMBOL.fullmatch(market)
    if found is None:
        return None
    model, grade, provenance, point = found.groups()
    return SymbolParts(TITLE.name, model, point, grade, f"P{provenance}")


def _asset_class(spec: InstrumentListed) -> str:
    """`H100SXM8.A1`: the symbol without its kind and its point."""
    return spec.market.partition(".")[2].removesuffix(f".{spec.delivery_point}")


def _called_for(venue: Venue, thing: Thing, moment: Moment) -> list[MarketSymbol]:
    del venue  # one for each class, whatever is listed
    return [title_symbol(thing.class_, thing.delivery_point)]


def _span(at_ns: int, market: Market) -> tuple[int, int]:
    """From the day of delivery, without an end."""
    assert market.rule is not None, "a market that takes orders has a rule"
    return at_ns + market.rule.settlement_days * DAY_NS, INT64_MOST


def _is_of_class(spec: InstrumentListed, thing: Thing) -> bool:
    return thing.grade == spec.grade and thing.provenance == spec.provenance


def holding_ends_ns(thing: Thing, rule: MarketRule) -> int:
    """From when on a thing may be sold that was bought; 0 for one that was not."""
    return thing.last_sale_ns and thing.last_sale_ns + rule.holding_days * DAY_NS


def _obstacle(at_ns: int, market: Market, thing: Thing) -> Reason | None:
    rule = market.rule
    assert rule is not None, "a market that takes orders has a rule"
    if any(window.order for window in thing.windows):
        return Reason.on_hold
    if thing.windows and leased_beyond(thing, at_ns + rule.settlement_days * DAY_NS):
        return Reason.leased_beyond
    if at_ns < holding_ends_ns(thing, rule):
        return Reason.holding_period
    return None


def _hold(market: Market, thing: Thing, order: OrderId) -> None:
    del market  # the whole thing, whatever it is
    hold_title(thing, order)


def _is_held(thing: Thing, order: OrderId) -> bool:
    return thing.order == order


def _tier_amount_minor(
    venue: Venue, market: Market, party: PartyId, price_ticks: int, lots: int
) -> int:
    """What the order is worth, and what the party traded today."""
    traded_minor = venue.title_day_minor.get(party, 0)
    return market.notional_minor(price_ticks, lots) + traded_minor


def _settle(venue: Venue, event: Traded, moment: Moment) -> list[Event]:
    """Delivery against payment."""
    rule = venue.markets[event.market].rule
    assert rule is not None, "a market trades under a rule"
    return open_settlement(
        venue.register,
        moment,
        settlement=event.settlement,
        trade=event.trade,
        market=event.market,
        seller=event.seller,
        buyer=event.buyer,
        things=event.nodes,
        lots=event.lots,
        price_minor_per_gpu=event.price_ticks * rule.tick_minor,
        notional_minor=event.notional_minor,
        buyer_fee_minor=event.bid_fee_minor,
        seller_fee_minor=event.ask_fee_minor,
        settlement_days=rule.settlement_days,
        inspection_h=rule.inspection_h,
        is_related=event.is_related,
        delivery="in_place",
    )


TITLE: Final = InstrumentKind(
    name="title",
    form="T.MODEL.CLASS.POINT",
    read_symbol=_read_symbol,
    window=lambda zone, named: DeliveryWindow(),
    asset_class=_asset_class,
    is_series=False,
    called_for=_called_for,
    called_for_monthly=lambda venue, model, delivery_point, moment: [],
    span=_span,
    takes=_is_of_class,
    keeps=_is_of_class,
    obstacle=_obstacle,
    hold=_hold,
    is_held=_is_held,
    tier_limit="title_day_minor",
    tier_limit_of="title a day",
    priced_by="a GPU",
    lot_priced_by="",
    tier_amount_minor=_tier_amount_minor,
    has_deposit=False,
    has_escrow=True,
    settle=_settle,
)
