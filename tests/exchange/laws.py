"""What must hold of a market whatever happened, told by the facts alone (EXCHANGE 11)."""

from exchange.events import (
    InstrumentListed,
    OrderAccepted,
    OrderAmended,
    OrderCancelled,
    OrderExpired,
    Traded,
)
from gateway.board import Board
from ledger.events import Event, LeaseGranted, TradeSettled
from tests.exchange.ground import CASH_MINOR, TITLE, Floor, of_kind
from tests.oracles.naive_book import Said

# Each side and role has a rate of its own: whoever is charged another's is found out.
FEES_BP = {"ask": {"maker": 1, "taker": 7, "flat": 5}, "bid": {"maker": 3, "taker": 11, "flat": 5}}


def said(events: list[Event]) -> list[Said]:
    """The facts in the naive book's words."""
    told: list[Said] = []
    for event in events:
        if isinstance(event, Traded):
            told.append(("trade", event.ask, event.bid, event.price_ticks, event.lots))
        elif isinstance(event, OrderCancelled):
            told.append(("cancelled", event.order, event.lots))
        elif isinstance(event, OrderExpired):
            told.append(("expired", event.order, event.lots))
    return told


def trade_is_lawful(event: Traded, events: list[Event]) -> None:
    """E5, E9 and E10 of one trade, in the batch that holds it."""
    assert event.seller_group != event.buyer_group
    assert event.freed_minor >= 0
    for side, fee_minor in (("ask", event.ask_fee_minor), ("bid", event.bid_fee_minor)):
        rate_bp = FEES_BP[side]["taker" if event.taker == side else "maker"]
        assert fee_minor == event.notional_minor * rate_bp // 10_000
    if event.market == TITLE:
        assert event.escrow_minor == event.notional_minor + event.bid_fee_minor
        return
    leases = [lease for lease in of_kind(events, LeaseGranted) if lease.reference == event.trade]
    assert sum(lease.rent_minor for lease in leases) == event.notional_minor
    prepaid = sum(lease.prepaid_minor for lease in leases)
    assert prepaid == event.notional_minor + event.bid_fee_minor
    assert len(leases) == event.lots == len(event.nodes)


class Wealth:
    """E10: what each party has in all its accounts, from the sales that were settled."""

    def __init__(self, parties: list[str]) -> None:
        self._minor = dict.fromkeys(parties, CASH_MINOR)
        self._sales: dict[str, Traded] = {}

    def hear(self, event: Event) -> None:
        if isinstance(event, Traded) and event.settlement:
            self._sales[event.settlement] = event
        elif isinstance(event, TradeSettled):
            sale = self._sales[event.settlement]
            self._minor[sale.buyer] -= sale.notional_minor + sale.bid_fee_minor
            self._minor[sale.seller] += sale.notional_minor - sale.ask_fee_minor

    def must_be_that_of(self, floor: Floor) -> None:
        """Holds, escrow and deposits are still their party's: no lease has begun."""
        found = dict.fromkeys(self._minor, 0)
        for account, balance in floor.venue.register.accounts.items():
            party = account.partition("/")[0]
            if party in found:
                found[party] += balance
        assert found == self._minor


def levels_are_the_orders(floor: Floor) -> None:
    """E15: the public levels, folded from events alone, are the sums of the orders."""
    boards: dict[str, Board] = {}
    for batch in floor.batches:
        for event in batch.events:
            if isinstance(event, InstrumentListed):
                boards[event.market] = Board(event, "Asia/Shanghai")
            elif isinstance(event, OrderAccepted):
                boards[event.market].accepted(event)
            elif isinstance(event, OrderAmended):
                boards[event.market].amended(event)
            elif isinstance(event, Traded):
                boards[event.market].traded(event, batch.at_ns)
            elif isinstance(event, OrderCancelled | OrderExpired):
                boards[event.market].ended(event)
    for symbol, market in floor.venue.markets.items():
        for half, told in (
            (market.book.bids, boards[symbol].bids.best()),
            (market.book.asks, boards[symbol].asks.best()),
        ):
            sums: dict[int, list[int]] = {}
            for order in half.orders():
                level = sums.setdefault(order.price_ticks, [order.price_ticks, 0, 0, 0])
                level[1] += order.open_lots
                level[2] += 1
            assert told == list(sums.values())
