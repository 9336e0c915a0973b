"""What each of the market's facts does to cash, read from that fact alone (DOMAIN 3).

The rows of the ledger's events stand in `ledger/cash/postings.py`; `ALL` is both tables. A trade of
leases moves only what a better price frees: `LeaseGranted` takes the rest from the same hold.
"""

from collections.abc import Callable
from typing import Any

from exchange.events import OrderAccepted, OrderAmended, OrderCancelled, OrderExpired, Traded
from ledger.cash.accounts import available, escrow, on_hold
from ledger.cash.postings import POSTINGS as LEDGER_POSTINGS
from ledger.cash.postings import Posting
from ledger.events import Event
from ledger.ids import HoldId, PartyId


def order_accepted(event: OrderAccepted) -> list[Posting]:
    """A bid's greatest cost goes on hold (DOMAIN 3, rows 2 and 6)."""
    return _freed(event.party, event.hold, -event.held_minor)


def order_amended(event: OrderAmended) -> list[Posting]:
    """A bid's hold follows its new terms (DOMAIN 3, row 22)."""
    return _freed(event.party, event.hold, event.freed_minor)


def traded(event: Traded) -> list[Posting]:
    """Price and fee into escrow, what a better price frees comes back (DOMAIN 3, rows 3 and 4)."""
    rows = _freed(event.buyer, event.hold, event.freed_minor)
    if event.escrow_minor:
        rows.append((on_hold(event.buyer, event.hold), -event.escrow_minor))
        rows.append((escrow(event.buyer, event.settlement), event.escrow_minor))
    return rows


def order_ended(event: OrderCancelled | OrderExpired) -> list[Posting]:
    """What an ended bid still held comes free (DOMAIN 3, row 21)."""
    return _freed(event.party, event.hold, event.freed_minor)


def _freed(party: PartyId, hold: HoldId, freed_minor: int) -> list[Posting]:
    if not freed_minor:
        return []
    return [(on_hold(party, hold), -freed_minor), (available(party), freed_minor)]


POSTINGS: dict[type[Event], Callable[[Any], list[Posting]]] = {
    OrderAccepted: order_accepted,
    OrderAmended: order_amended,
    Traded: traded,
    OrderCancelled: order_ended,
    OrderExpired: order_ended,
}

ALL: dict[type[Event], Callable[[Any], list[Posting]]] = {**LEDGER_POSTINGS, **POSTINGS}
