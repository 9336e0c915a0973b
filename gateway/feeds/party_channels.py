"""The private feeds of a party: its orders, fills, settlements and cash (WIRE 5)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from exchange.books.open_orders import FOLDED, OPEN, OpenOrders, OrderChange
from exchange.books.order import Order
from exchange.books.state import Venue
from exchange.events import Traded
from gateway.feeds.channel import OWN, FeedName, FeedSnapshot, ItemChannel
from ledger.events import (
    Delivered,
    DeliveryAccepted,
    DeliveryInstructed,
    Event,
    SettlementFailed,
    SettlementOpened,
    TradeSettled,
    TradeUnwound,
)
from ledger.ids import AccountName, OrderId
from ledger.journal.protocol import JournalRow

ENDS_SETTLEMENT: Final = (TradeSettled, TradeUnwound)
SETTLEMENT_STATE: Final[dict[type[Event], str]] = {
    DeliveryInstructed: "delivering",
    Delivered: "inspecting",
    DeliveryAccepted: "accepted",
    SettlementFailed: "failed",
    TradeSettled: "settled",
    TradeUnwound: "unwound",
}


class OrderChannel(ItemChannel):
    """Open orders, and each order in its new state; knows every open order of the venue."""

    name = "orders"
    who = OWN
    event_types = FOLDED

    def __init__(self, orders: OpenOrders | None = None) -> None:
        """*orders* may be shared with who hears the same events."""
        super().__init__()
        self._orders = OpenOrders() if orders is None else orders
        self._of_party: dict[str, dict[OrderId, None]] = {}
        self._touched: dict[str, dict[str, Any]] = {}  # by order, in this batch

    @property
    def open(self) -> dict[OrderId, Order]:
        """Every open order of the venue, by id."""
        return self._orders.by_order

    def fill(self, venue: Venue) -> None:
        """Begin with the orders that stand when nothing is in the air."""
        for order in venue.orders.values():
            self._keep(self._orders.add(order))

    def of_party(self, party: str) -> list[dict[str, Any]]:
        """Its open orders, oldest first."""
        mine = (self.open[name] for name in self._of_party.get(party, ()))
        return [order_row(OrderChange(order, OPEN, None, ())) for order in mine]

    def apply(self, event: Event, row: JournalRow, at_ns: int) -> None:
        for change in self._orders.fold(event):
            self._keep(change)
            self._touched[change.order.order] = order_row(change)

    def take_messages(self) -> Iterator[Any]:
        touched, self._touched = self._touched, {}
        for order in touched.values():
            self.add_item(f"orders/{order['party']}", order)
        return super().take_messages()

    def snapshot(self, name: FeedName) -> FeedSnapshot:
        return FeedSnapshot(self.of_party(name.key))

    def _keep(self, change: OrderChange) -> None:
        order = change.order
        if change.is_open:
            self._of_party.setdefault(order.party, {})[order.order] = None
        else:
            del self._of_party[order.party][order.order]


class FillChannel(ItemChannel):
    """Each trade as one of its two orders sees it."""

    name = "fills"
    who = OWN
    event_types = (Traded,)
    has_snapshot = False
    is_replayable = True

    def apply(self, event: Event, row: JournalRow, at_ns: int) -> None:
        assert isinstance(event, Traded)
        for party, side in ((event.seller, "ask"), (event.buyer, "bid")):
            self.add_item(f"fills/{party}", fill(event, side, at_ns))


class SettlementChannel(ItemChannel):
    """Trades of title that are not settled yet, and each in its new state."""

    name = "settlements"
    who = OWN
    event_types = (SettlementOpened, *SETTLEMENT_STATE)

    def __init__(self) -> None:
        super().__init__()
        self._unsettled: dict[str, dict[str, Any]] = {}

    def fill(self, venue: Venue) -> None:
        """Begin with what is unsettled when nothing is in the air."""
        for kept in venue.register.settlements.values():
            self._unsettled[kept.settlement] = {
                "settlement": kept.settlement,
                "trade": kept.trade,
                "market": kept.market,
                "seller": kept.seller,
                "buyer": kept.buyer,
                "things": list(kept.things),
                "notional_minor": kept.notional_minor,
                "buyer_fee_minor": kept.buyer_fee_minor,
                "seller_fee_minor": kept.seller_fee_minor,
                "state": kept.state,
                "due_ns": kept.due_ns,
                "inspect_until_ns": kept.inspect_until_ns,
            }

    def apply(self, event: Event, row: JournalRow, at_ns: int) -> None:
        if isinstance(event, SettlementOpened):
            kept = self._unsettled[event.settlement] = _opened(event)
        else:
            kept = self._unsettled[event.settlement]  # type: ignore[attr-defined]
            kept["state"] = SETTLEMENT_STATE[type(event)]
            if isinstance(event, DeliveryInstructed):
                kept["due_ns"] = event.due_ns
            elif isinstance(event, Delivered):
                kept["inspect_until_ns"] = event.inspect_until_ns
        for party in dict.fromkeys((kept["seller"], kept["buyer"])):
            self.add_item(f"settlements/{party}", dict(kept))
        if isinstance(event, ENDS_SETTLEMENT):
            del self._unsettled[event.settlement]

    def snapshot(self, name: FeedName) -> FeedSnapshot:
        rows = self._unsettled.values()
        return FeedSnapshot(
            [dict(row) for row in rows if name.key in (row["seller"], row["buyer"])]
        )


Postings = Mapping[type[Event], Callable[[Any], list[tuple[AccountName, int]]]]


class CashChannel(ItemChannel):
    """Accounts with their balances, and each that changed with the postings that changed it."""

    name = "cash"
    who = OWN

    def __init__(self, postings: Postings) -> None:
        super().__init__()
        self.event_types = tuple(postings)
        self._postings = postings
        self._balances: dict[AccountName, int] = {}

    def fill(self, venue: Venue) -> None:
        """Begin with the balances that stand when nothing is in the air."""
        self._balances = dict(venue.register.accounts)

    def apply(self, event: Event, row: JournalRow, at_ns: int) -> None:
        changed: dict[str, list[dict[str, Any]]] = {}
        for account, amount_minor in self._postings[type(event)](event):
            balance = self._balances.get(account, 0) + amount_minor
            self._balances[account] = balance
            if balance == 0:
                del self._balances[account]
            feed = f"cash/{account.partition('/')[0]}"
            if feed in self.feeds:
                posting = {
                    "account": account,
                    "amount_minor": amount_minor,
                    "balance_minor": balance,
                    "position": row.position,
                    "kind": row.topic,
                }
                changed.setdefault(feed, []).append(posting)
        for feed, postings in changed.items():
            for posting in postings:
                self.add_item(feed, posting)

    def snapshot(self, name: FeedName) -> FeedSnapshot:
        start = f"{name.key}/"
        rows = sorted(item for item in self._balances.items() if item[0].startswith(start))
        return FeedSnapshot(
            [{"account": account, "balance_minor": minor} for account, minor in rows]
        )


def fill(event: Traded, side: str, at_ns: int) -> dict[str, Any]:
    """What one order sees of a trade."""
    is_ask = side == "ask"
    return {
        "fill": f"{event.trade}.{side}",
        "order": event.ask if is_ask else event.bid,
        "market": event.market,
        "side": side,
        "price_ticks": event.price_ticks,
        "lots": event.lots,
        "role": "taker" if event.taker == side else "maker",
        "notional_minor": event.notional_minor,
        "fee_minor": event.ask_fee_minor if is_ask else event.bid_fee_minor,
        "settlement": event.settlement,
        "nodes": event.nodes,
        "at_ns": at_ns,
    }


def order_row(change: OrderChange) -> dict[str, Any]:
    """An order as its party sees it."""
    order, terms = change.order, change.order.terms
    return {
        "order": terms.order,
        "key": terms.key,
        "party": terms.party,
        "market": terms.market,
        "side": terms.side,
        "time_in_force": terms.time_in_force,
        "price_ticks": order.price_ticks,
        "lots": order.lots,
        "filled_lots": order.filled_lots,
        "open_lots": change.open_lots,
        "state": change.state,
        "cause": change.cause,
        "nodes": order.nodes,
        "expires_ns": order.expires_ns,
        "label": terms.label,
    }


def _opened(event: SettlementOpened) -> dict[str, Any]:
    return {
        "settlement": event.settlement,
        "trade": event.trade,
        "market": event.market,
        "seller": event.seller,
        "buyer": event.buyer,
        "things": [*event.nodes, *event.units],
        "notional_minor": event.notional_minor,
        "buyer_fee_minor": event.buyer_fee_minor,
        "seller_fee_minor": event.seller_fee_minor,
        "state": "open",
        "due_ns": event.due_ns,
        "inspect_until_ns": 0,
    }
