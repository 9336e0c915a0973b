"""A party's group has changed: what it has standing and bought is judged by the new one.

An order that would now cross one of its own group ends; all else counts for the new group, by a
fact of its own: folding `GroupChanged` moves nothing here (docs/decisions/0101).
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from exchange.books.order import Order
from exchange.books.state import Market, Venue
from exchange.events import PartyRegrouped
from exchange.orders.cancelling import cancelled
from exchange.words import BID
from ledger.events import Event
from ledger.ids import GroupId, MarketSymbol, OrderId, PartyId

ORDERS_MOST: Final = 1_000  # that one fact names: it stays within the bound of an event


def regrouped(venue: Venue, parties: Collection[PartyId]) -> list[Event]:
    """What the groups of *parties*, as they are now, do to their orders and bought lots.

    Asked once, behind the last of several changes: by their half two might cross for a moment.
    """
    crossing = _crossing(venue, parties)
    ends: list[Event] = [cancelled(venue, order, "eligibility") for order in crossing]
    ended = {order.order for order in crossing}
    return ends + [moved for party in parties for moved in _moved(venue, party, ended)]


def _crossing(venue: Venue, parties: Iterable[PartyId]) -> list[Order]:
    """The orders that give way to an older one of their group, as if they arrived by priority."""
    known = venue.register.parties
    groups = {known[party].group for party in parties}
    found: dict[tuple[MarketSymbol, GroupId], list[Order]] = {}
    for party in known.values():
        if party.group in groups:
            for name in venue.party_orders.get(party.party, ()):
                order = venue.orders[name]
                found.setdefault((order.market, party.group), []).append(order)
    return [order for of_one in found.values() for order in _newer_crossing(of_one)]


def _newer_crossing(orders: list[Order]) -> list[Order]:
    """Of the orders of one group in one market, those that cross an older one that stays."""
    ending: list[Order] = []
    bid_ticks: int | None = None
    offer_ticks: int | None = None
    for order in sorted(orders, key=lambda order: order.priority):
        price = order.price_ticks
        if order.side == BID:
            if offer_ticks is not None and price >= offer_ticks:
                ending.append(order)
            elif bid_ticks is None or price > bid_ticks:
                bid_ticks = price
        elif bid_ticks is not None and price <= bid_ticks:
            ending.append(order)
        elif offer_ticks is None or price < offer_ticks:
            offer_ticks = price
    return ending


def _moved(venue: Venue, party: PartyId, ended: Collection[OrderId]) -> Iterator[PartyRegrouped]:
    """What stays of a party and counts for another group than its own, market by market."""
    group = venue.register.parties[party].group
    standing: dict[tuple[MarketSymbol, GroupId], list[Order]] = {}
    for name in venue.party_orders.get(party, ()):
        order = venue.orders[name]
        if order.group != group and name not in ended:
            standing.setdefault((order.market, order.group), []).append(order)
    for symbol, market in venue.markets.items():
        bought = market.bought_lots.get(party, {})
        named = [of_group for at, of_group in standing if at == symbol]
        for from_group in dict.fromkeys([*named, *bought]):  # several in old journals alone
            if from_group != group:
                orders = standing.get((symbol, from_group), [])
                yield from _of(market, party, group, from_group, orders)


def _of(
    market: Market, party: PartyId, group: GroupId, from_group: GroupId, orders: list[Order]
) -> Iterator[PartyRegrouped]:
    bought_lots = market.bought_lots.get(party, {}).get(from_group, 0)
    for first in range(0, max(1, len(orders)), ORDERS_MOST):
        named = orders[first : first + ORDERS_MOST]
        yield PartyRegrouped(
            market=market.spec.market,
            party=party,
            group=group,
            from_group=from_group,
            orders=[order.order for order in named],
            bid_lots=sum(order.open_lots for order in named if order.side == BID),
            bought_lots=0 if first else bought_lots,
        )
