"""What each of the ledger's facts does to cash, read from that fact alone (DOMAIN 3).

`POSTINGS` holds the rows of every event that moves cash; the market's own stand in
`exchange/postings.py`. Live state, trial balance, feeds and exports all read these tables. A row
is (account, amount in minor units); `+` raises what the venue owes its owner; the rows of one
event sum to 0. A changed table would rewrite the past: it means a new topic.
"""

from collections.abc import Callable, Iterable
from typing import Any

from ledger.cash.accounts import (
    available,
    deposit,
    escrow,
    fees,
    is_external,
    on_hold,
    rent_escrow,
)
from ledger.events import (
    CashPosted,
    Event,
    LeaseEnded,
    LeaseGranted,
    TradeSettled,
    TradeUnwound,
    UsageMetered,
)
from ledger.ids import AccountName
from ledger.register import Register

Posting = tuple[AccountName, int]  # account, amount_minor


def cash_posted(event: CashPosted) -> list[Posting]:
    """As written: a deposit, a withdrawal, a reversal (DOMAIN 3, rows 1, 19 and 20)."""
    return event.postings


def trade_settled(event: TradeSettled) -> list[Posting]:
    """Price to the seller, fees to the venue (DOMAIN 3, row 5a); nothing if `entry` has paid."""
    if event.entry:
        return []
    return _moved(
        (escrow(event.buyer, event.settlement), -event.notional_minor - event.buyer_fee_minor),
        (available(event.seller), event.notional_minor - event.seller_fee_minor),
        (fees(event.venue), event.buyer_fee_minor + event.seller_fee_minor),
    )


def trade_unwound(event: TradeUnwound) -> list[Posting]:
    """All back to the buyer, without a fee (DOMAIN 3, row 5b)."""
    return _moved(
        (escrow(event.buyer, event.settlement), -event.returned_minor),
        (available(event.buyer), event.returned_minor),
    )


def lease_granted(event: LeaseGranted) -> list[Posting]:
    """Rent, fee and deposit ahead, from the bid's hold or what is available (DOMAIN 3, row 7)."""
    source = on_hold(event.lessee, event.hold) if event.hold else available(event.lessee)
    return _moved(
        (source, -event.prepaid_minor - event.deposit_minor),
        (rent_escrow(event.lessee, event.lease), event.prepaid_minor),
        (deposit(event.lessee, event.lease), event.deposit_minor),
    )


def usage_metered(event: UsageMetered) -> list[Posting]:
    """Rent to its payee, fees to the venue, down hours back (DOMAIN 3, rows 8-10)."""
    left_minor = event.earned_minor + event.fee_minor + event.returned_minor
    return _moved(
        (rent_escrow(event.lessee, event.lease), -left_minor),
        (event.payee, event.earned_minor),
        (fees(event.venue), event.fee_minor),
        (available(event.lessee), event.returned_minor),
    )


def lease_ended(event: LeaseEnded) -> list[Posting]:
    """What is left of both accounts of a lease, back to the lessee (DOMAIN 3, row 23)."""
    return _moved(
        (rent_escrow(event.lessee, event.lease), -event.returned_minor),
        (deposit(event.lessee, event.lease), -event.deposit_minor),
        (available(event.lessee), event.returned_minor + event.deposit_minor),
    )


POSTINGS: dict[type[Event], Callable[[Any], list[Posting]]] = {
    CashPosted: cash_posted,
    TradeSettled: trade_settled,
    TradeUnwound: trade_unwound,
    LeaseGranted: lease_granted,
    UsageMetered: usage_metered,
    LeaseEnded: lease_ended,
}


def post(register: Register, rows: Iterable[Posting]) -> None:
    """Move the balances of one event's rows; an account that comes to 0 leaves the state.

    Asserts that the rows sum to 0 and that no account but `external` ends below zero (I4).
    """
    accounts = register.accounts
    sum_minor = 0
    touched = []
    for account, amount_minor in rows:
        sum_minor += amount_minor
        balance = accounts.get(account, 0) + amount_minor
        if balance:
            accounts[account] = balance
            if balance < 0:
                touched.append(account)
        else:
            accounts.pop(account, None)
    assert sum_minor == 0, "the postings of one event sum to 0"
    for account in touched:
        is_covered = accounts.get(account, 0) >= 0 or is_external(account)
        assert is_covered, f"{account} is overdrawn"


def _moved(*rows: Posting) -> list[Posting]:
    """The rows that move something."""
    return [row for row in rows if row[1]]
