"""Whom an event names is held against the state before it: each wrong name or sum is a breach."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from exchange.books.state import Venue
from exchange.engine.replay import READING_CODEC, VENUE_FOLD
from exchange.events import OrderAccepted, Traded
from exchange.invariants import check_before as market_before
from ledger.durations import DAY_NS
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
from ledger.moment import Moment
from ledger.right_parties import BEFORE, check_before
from tests.ledger.audit.scene import SignedFloor, a_week

pytestmark = pytest.mark.xdist_group("verify")  # one season is made once

WRONG: dict[type[Event], tuple[tuple[str, Any, str], ...]] = {  # a member, and what breaks then
    TitleTransferred: (("from_party", "p-0005", "I1 I7"), ("to_party", "p-0005", "I7")),
    TradeSettled: (
        *(("seller", "p-0005", "I7"), ("buyer", "p-0005", "I7"), ("notional_minor", 1, "I7")),
        *(("buyer_fee_minor", 1, "I7"), ("seller_fee_minor", 1, "I7")),
    ),
    TradeUnwound: (("buyer", "p-0003", "I7"), ("returned_minor", 1, "I7")),
    UsageMetered: (("lessee", "p-0005", "I10"), ("payee", "p-0005/available", "I10")),
    LeaseEnded: (("lessee", "p-0005", "I10"),),
    CashPosted: (("reference", "bank-1", "I4"),),
    Traded: (
        *(("price_ticks", 1_034, "I15"), ("lots", 99, "I15"), ("seller", "p-0005", "I15")),
        *(("buyer", "p-0002", "I15"), ("notional_minor", 1, "I15")),
        *(("ask_fee_minor", 1, "I15"), ("bid_fee_minor", 1, "I15")),
    ),
}


@pytest.fixture(scope="module")
def season() -> SignedFloor:
    """A week, and what follows: a sale that is undone, a lease that is metered and ends."""
    floor = a_week()
    floor.pass_time(floor.writer.at_ns + 60 * DAY_NS)
    return floor


def walk(floor: SignedFloor, look: Callable[[Venue, Event, int], None]) -> None:
    """Each event, and the state that it is about to join."""
    venue, moment = Venue(), Moment()
    for batch in floor.batches:
        for row in batch.rows:
            event = READING_CODEC.decode(row)
            look(venue, event, row.position)
            VENUE_FOLD.add(venue, event, row.position, moment)


def before(venue: Venue, event: Event) -> list[Breach]:
    return check_before(venue.register, event) + market_before(venue, event)


def test_nothing_lawful_is_a_breach(season: SignedFloor) -> None:
    seen: set[type[Event]] = set()

    def look(venue: Venue, event: Event, position: int) -> None:
        seen.add(type(event))
        assert before(venue, event) == [], position

    walk(season, look)
    assert seen >= {*BEFORE, *WRONG}


@pytest.mark.parametrize("kind", WRONG, ids=lambda kind: kind.__name__)
def test_each_wrong_name_and_sum_is_a_breach(season: SignedFloor, kind: type[Event]) -> None:
    tried: list[str] = []

    def look(venue: Venue, event: Event, position: int) -> None:
        if type(event) is not kind or tried:
            return
        if isinstance(event, CashPosted) and not venue.register.deposits:
            return
        for member, value, lines in WRONG[kind]:
            found = before(venue, replace(event, **{member: value}))
            assert {breach.line for breach in found} == set(lines.split()), (member, found)
            tried.append(member)

    walk(season, look)
    assert tried == [member for member, _, _ in WRONG[kind]]


def test_each_kind_that_is_looked_at_has_its_wrong_ones() -> None:
    assert set(WRONG) == {*BEFORE, Traded}


def test_who_stood_before_is_not_passed_over() -> None:
    """The trade takes from the second of two asks: of a worse price, or later at the same."""
    floor = SignedFloor()
    floor.pass_time(floor.writer.at_ns + DAY_NS)
    floor.ask(floor.owners[0], 1, 1_302)
    floor.ask(floor.owners[1], 1, 1_302)
    (first, second) = (
        event.order
        for batch in floor.batches
        for event in batch.events
        if isinstance(event, OrderAccepted)
    )
    floor.bid(floor.buyers[0], 1, 1_302)
    tried: list[str] = []

    def look(venue: Venue, event: Event, position: int) -> None:
        if isinstance(event, Traded):
            assert event.ask == first
            other = venue.orders[second]
            wrong = replace(event, ask=second, seller=other.party, nodes=other.nodes)
            (breach,) = market_before(venue, wrong)
            assert breach == Breach(
                "I15", f"{event.trade} passes over {first}, which stands before {second}"
            )
            tried.append(event.trade)

    walk(floor, look)
    assert len(tried) == 1
