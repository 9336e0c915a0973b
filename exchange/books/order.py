"""An order as it stands: the terms it was accepted with, and what is left of it now (EXCHANGE 2).

The terms are the acceptance itself (docs/decisions/0073-terms-once.md): they are spelled in
`exchange/events.py` and nowhere again. What an amendment or a trade may change stands beside them.
"""

from typing import Final, Self

from msgspec import Struct
from msgspec.structs import replace

from exchange.events import OrderAccepted, OrderAmended
from exchange.words import Side
from ledger.cash.accounts import on_hold
from ledger.ids import AccountName, GroupId, MarketSymbol, OrderId, PartyId, ThingId

# What an amendment may change; of these, the terms say only how it was at acceptance.
AMENDABLE: Final = ("lots", "open_lots", "price_ticks", "expires_ns", "priority", "nodes")


class Order(Struct, kw_only=True, gc=False):
    """An open order; written by apply alone. What a bid holds is the balance of its account."""

    terms: OrderAccepted  # never changed; `order.terms.lots` is what was asked for at first
    group: GroupId  # for which it counts now; its party's, but in journals of the first release
    lots: int  # asked for in all
    open_lots: int
    price_ticks: int
    expires_ns: int  # gtd
    priority: int
    nodes: list[ThingId]  # asks: a thing for each open lot, in order

    @classmethod
    def of(cls, accepted: OrderAccepted) -> Self:
        """The order that an acceptance lets stand."""
        if accepted.at_ns:  # read from the journal: the terms, not the moment
            accepted = replace(accepted, at_ns=0, cause=0, command_sha256="")
        return cls(
            terms=accepted,
            group=accepted.group,
            lots=accepted.lots,
            open_lots=accepted.lots,
            price_ticks=accepted.price_ticks,
            expires_ns=accepted.expires_ns,
            priority=accepted.priority,
            nodes=accepted.nodes,
        )

    def amend(self, amended: OrderAmended) -> None:
        """Take the new terms."""
        for name in AMENDABLE:
            setattr(self, name, getattr(amended, name))

    def fill(self, lots: int) -> None:
        """Lose what a trade takes: an ask delivers its first things."""
        self.open_lots -= lots
        self.nodes = self.nodes[lots:]

    @property
    def order(self) -> OrderId:
        return self.terms.order

    @property
    def party(self) -> PartyId:
        return self.terms.party

    @property
    def market(self) -> MarketSymbol:
        return self.terms.market

    @property
    def side(self) -> Side:
        return self.terms.side

    @property
    def shown_lots(self) -> int:
        """What the public sees of it: all that is open."""
        return self.open_lots

    @property
    def filled_lots(self) -> int:
        return self.lots - self.open_lots

    @property
    def hold_account(self) -> AccountName:
        """Where a bid's cash lies."""
        return on_hold(self.terms.party, self.terms.hold)
