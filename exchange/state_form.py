"""Form 1 of the state: what a state hash is taken over, never changed once journals name it.

Titles, leases, open orders, unsettled trades and balances, each a row of canonical JSON, sorted
(ARCHITECTURE 2). A form is frozen code: another view of the state is another number.
"""

from collections.abc import Iterator

import msgspec

from exchange.books.state import Venue
from ledger.base64url import sha256_text

FORM = 1

_encode = msgspec.json.Encoder(order="sorted").encode


def state_sha256(venue: Venue) -> str:
    """The hash of form 1, base64url without padding."""
    return sha256_text(b"\n".join(rows(venue)))


def rows(venue: Venue) -> list[bytes]:
    """The rows of form 1, sorted: `["balance","p-0042/available",100]`, …"""
    return sorted(map(_encode, _facts(venue)))


def _facts(venue: Venue) -> Iterator[list[object]]:
    register = venue.register
    for thing in register.things.values():
        if thing.owner:
            yield ["title", thing.thing, thing.owner]
    for lease in register.leases.values():
        yield [
            "lease",
            lease.lease,
            lease.lessor,
            lease.lessee,
            lease.things,
            lease.from_ns,
            lease.to_ns,
            lease.price_minor_per_gpu_hour,
            lease.rent_minor,
            lease.state,
            lease.metered_to_ns,
        ]
    for order in venue.orders.values():
        yield [
            "order",
            order.order,
            order.market,
            order.party,
            order.side,
            order.price_ticks,
            order.lots,
            order.open_lots,
            order.priority,
            order.nodes,
            venue.held_minor(order),
            order.expires_ns,
        ]
    for settlement in register.settlements.values():
        yield [
            "settlement",
            settlement.settlement,
            settlement.trade,
            settlement.seller,
            settlement.buyer,
            settlement.things,
            settlement.notional_minor,
            settlement.buyer_fee_minor,
            settlement.seller_fee_minor,
            settlement.state,
        ]
    for account, balance in register.accounts.items():
        yield ["balance", account, balance]
