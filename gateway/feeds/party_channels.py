"""The private feeds of a party: its orders, fills, settlements and cash (WIRE 5)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from exchange.books.state import Venue
from exchange.events import (
    OrderAccepted,
    OrderAmended,
    OrderCancelled,
    OrderExpired,
    Traded,
)
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
    event_types = (OrderAccepted, OrderAmended, Traded, OrderCancelled, OrderExpired)

    def __init__(self) -> None:
        super().__init__()
        self.open: dict[str, dict[str, Any]] = {}  # by order
        self._of_party: dict[str, dict[str, None]] = {}
        self._touched: dict[str, dict[str, Any]] = {}  # by order, in this batch

    def fill(self, venue: Venue) -> None:
        """Begin with the orders that stand when nothing is in the air."""
        for order in venue.orders.values():
            self._keep(
                {
                    "order": order.order,
                    "key": order.key,
                    "party": order.party,
                    "market": order.market,
                    "side": order.side,
                    "time_in_force": order.time_in_force,
                    "price_ticks": order.price_ticks,
                    "lots": order.lots,
                    "filled_lots": order.filled_lots,
                    "open_lots": order.open_lots,
                    "state": "open",
                    "cause": None,
                    "nodes": list(order.nodes),
                    "expires_ns": order.expires_ns,
                    "label": order.label,
                }
            )

    def of_party(self, party: str) -> list[dict[str, Any]]:
        """Its open orders, oldest first."""
        return [dict(self.open[order]) for order in self._of_party.get(party, ())]

    def apply(self, event: Event, row: JournalRow, at_ns: int) -> None:
        match event:
            case OrderAccepted():
                self._keep(_accepted(event))
                self._touch(event.order)
            case Traded():
                for order in (event.ask, event.bid):
                    self._fill(order, event.lots)
            case OrderAmended():
                self.open[event.order] |= {
                    "price_ticks": event.price_ticks,
                    "lots": event.lots,
                    "open_lots": event.open_lots,
                    "filled_lots": event.lots - event.open_lots,
                    "expires_ns": event.expires_ns,
                    "nodes": event.nodes,
                }
                self._touch(event.order)
            case OrderCancelled():
                self._end(event.order, "cancelled", event.reason)
            case OrderExpired():
                self._end(event.order, "expired", event.reason)

    def take_messages(self) -> Iterator[Any]:
        touched, self._touched = self._touched, {}
        for order in touched.values():
            self.add_item(f"orders/{order['party']}", order)
        return super().take_messages()

    def snapshot(self, name: FeedName) -> FeedSnapshot:
        return FeedSnapshot(self.of_party(name.key))

    def _keep(self, order: dict[str, Any]) -> None:
        self.open[order["order"]] = order
        self._of_party.setdefault(order["party"], {})[order["order"]] = None

    def _touch(self, order: str) -> None:
        self._touched[order] = dict(self.open[order])

    def _fill(self, order: str, lots: int) -> None:
        held = self.open[order]
        held["open_lots"] -= lots
        held["filled_lots"] += lots
        held["nodes"] = held["nodes"][lots:]
        if held["open_lots"] == 0:
            self._end(order, "filled", None)
        else:
            self._touch(order)

    def _end(self, order: str, state: str, cause: str | None) -> None:
        held = self.open.pop(order)
        del self._of_party[held["party"]][order]
        self._touched[order] = {**held, "open_lots": 0, "state": state, "cause": cause}


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


Postings = Mapping[type[Event], Callable[[Any], list[tuple[str, int]]]]


class CashChannel(ItemChannel):
    """Accounts with their balances, and each that changed with the postings that changed it."""

    name = "cash"
    who = OWN

    def __init__(self, postings: Postings) -> None:
        super().__init__()
        self.event_types = tuple(postings)  # type: ignore[misc]
        self._postings = postings
        self._balances: dict[str, int] = {}

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


def _accepted(event: OrderAccepted) -> dict[str, Any]:
    return {
        "order": event.order,
        "key": event.key,
        "party": event.party,
        "market": event.market,
        "side": event.side,
        "time_in_force": event.time_in_force,
        "price_ticks": event.price_ticks,
        "lots": event.lots,
        "filled_lots": 0,
        "open_lots": event.lots,
        "state": "open",
        "cause": None,
        "nodes": event.nodes,
        "expires_ns": event.expires_ns,
        "label": event.label,
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
