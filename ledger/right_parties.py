"""Whom an event names, held against the state that it is about to join (I1, I3, I4, I7, I10).

A fold moves what an event says; whether the seller that is paid is the sale's, the holder who gives
a title has it, and a deposit was not recorded before, only the state before it can tell. Pure; a
breach means that we were wrong, never the caller. Behind an event asks `ledger/invariants.py`.
"""

from collections.abc import Callable, Iterator
from typing import Any

from ledger.cash.accounts import available, is_external
from ledger.events import (
    CashPosted,
    Event,
    LeaseEnded,
    TitleTransferred,
    TradeSettled,
    TradeUnwound,
    UsageMetered,
)
from ledger.invariants import Breach
from ledger.register import Register


def check_before(register: Register, event: Event) -> list[Breach]:
    """What the names and sums in an event must be, as things stand before it."""
    lines = BEFORE.get(type(event))
    return list(lines(register, event)) if lines else []


def _given_by_its_owner(register: Register, event: TitleTransferred) -> Iterator[Breach]:
    """I1, I7: who gives a title has it; a sale's goes from its seller to its buyer."""
    thing = register.things.get(event.thing)
    if thing is not None and thing.owner != event.from_party:
        yield Breach("I1", f"{event.thing} goes from {event.from_party}, and is {thing.owner}'s")
    settlement = register.settlements.get(event.settlement)
    if settlement is None:
        return
    sides = settlement.seller, settlement.buyer
    if (event.from_party, event.to_party) != sides or event.thing not in settlement.things:
        way = f"from {event.from_party} to {event.to_party}"
        yield Breach("I7", f"{event.thing} goes {way} by {event.settlement}, which is {sides}'s")


def _paid_as_agreed(register: Register, event: TradeSettled) -> Iterator[Breach]:
    """I7: the sides and the sums are those of the sale."""
    settlement = register.settlements.get(event.settlement)
    if settlement is None:
        return
    for name in ("seller", "buyer", "notional_minor", "buyer_fee_minor", "seller_fee_minor"):
        stated, agreed = getattr(event, name), getattr(settlement, name)
        if stated != agreed:
            yield Breach("I7", f"{event.settlement} is settled with {name} {stated}, not {agreed}")


def _given_back_as_paid(register: Register, event: TradeUnwound) -> Iterator[Breach]:
    """I7: who gets it back is who paid it, all of it."""
    settlement = register.settlements.get(event.settlement)
    if settlement is None:
        return
    paid = settlement.buyer, settlement.notional_minor + settlement.buyer_fee_minor
    stated = event.buyer, event.returned_minor
    if stated != paid:
        yield Breach("I7", f"{event.settlement} gives back {stated}, and was paid {paid}")


def _metered_for_its_sides(register: Register, event: UsageMetered) -> Iterator[Breach]:
    """I10: rent goes from the lease's lessee to its payee."""
    lease = register.leases.get(event.lease)
    if lease is None:
        return
    agreed = lease.lessee, f"{lease.payee}/available"
    stated = event.lessee, event.payee
    if stated != agreed:
        yield Breach("I10", f"{event.lease} is paid from and to {stated}, and is {agreed}'s")


def _ended_for_its_lessee(register: Register, event: LeaseEnded) -> Iterator[Breach]:
    """I10: what is left goes back to who paid it."""
    lease = register.leases.get(event.lease)
    if lease is not None and lease.lessee != event.lessee:
        yield Breach("I10", f"{event.lease} gives back to {event.lessee}, and is {lease.lessee}'s")


def _deposited_once(register: Register, event: CashPosted) -> Iterator[Breach]:
    """I4: a sum at the bank is recorded once, by the bank's reference, and taken back as it was."""
    known = register.deposits.get(event.reference)
    if event.kind == "deposit" and event.reference and known is not None:
        detail = f"the bank's reference {event.reference} was recorded at position {known.position}"
        yield Breach("I4", f"{detail} already")
    if event.kind != "reversal" or not any(map(is_external, dict(event.postings))):
        return
    if known is None or event.reverses_position != known.position:
        yield Breach("I4", f"{event.entry} takes back a deposit that does not stand")
        return
    credited = {available(known.party): -known.amount_minor}
    if {each: minor for each, minor in event.postings if not is_external(each)} != credited:
        yield Breach("I4", f"{event.entry} takes back another sum than {event.reference} brought")


BEFORE: dict[type[Event], Callable[[Register, Any], Iterator[Breach]]] = {
    TitleTransferred: _given_by_its_owner,
    TradeSettled: _paid_as_agreed,
    TradeUnwound: _given_back_as_paid,
    UsageMetered: _metered_for_its_sides,
    LeaseEnded: _ended_for_its_lessee,
    CashPosted: _deposited_once,
}
