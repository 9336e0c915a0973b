"""The book of one market: what rests, best price first, then smallest priority (EXCHANGE 3.1).

Prices of a side lie in one sorted list of *ranks*, best last: a bid's rank is its price, an ask's
the price below zero. So both sides read alike, and taking from the best end moves nothing.
"""

from bisect import bisect_left, insort
from dataclasses import dataclass, field

from exchange.books.order import Order
from exchange.words import BID, Side
from ledger.ids import OrderId


@dataclass(slots=True)
class Half:
    """One side of a book."""

    sign: int  # 1 for bids, -1 for asks
    ranks: list[int] = field(default_factory=list)  # ascending: the best is the last
    levels: dict[int, dict[OrderId, Order]] = field(default_factory=dict)  # by rank; oldest first

    @property
    def best_ticks(self) -> int | None:
        """The best price that rests here."""
        return self.ranks[-1] * self.sign if self.ranks else None

    def add(self, order: Order) -> None:
        """Stand behind everything of the same price."""
        rank = order.price_ticks * self.sign
        level = self.levels.get(rank)
        if level is None:
            self.levels[rank] = {order.terms.order: order}
            insort(self.ranks, rank)
        else:
            level[order.terms.order] = order

    def remove(self, order: Order) -> None:
        rank = order.price_ticks * self.sign
        level = self.levels[rank]
        del level[order.terms.order]
        if not level:
            del self.levels[rank]
            ranks = self.ranks
            if ranks[-1] == rank:
                ranks.pop()
            else:
                del ranks[bisect_left(ranks, rank)]

    def orders(self) -> list[Order]:
        """Everything that rests, in book order."""
        return [order for rank in reversed(self.ranks) for order in self.levels[rank].values()]


@dataclass(slots=True)
class Book:
    """Both sides of a market."""

    bids: Half = field(default_factory=lambda: Half(1))
    asks: Half = field(default_factory=lambda: Half(-1))

    def half(self, side: Side) -> Half:
        return self.bids if side == BID else self.asks

    def opposite(self, side: Side) -> Half:
        return self.asks if side == BID else self.bids

    def by_priority(self) -> list[Order]:
        """Everything that rests, oldest first."""
        return sorted(self.bids.orders() + self.asks.orders(), key=lambda order: order.priority)
