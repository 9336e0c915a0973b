"""Live state stays bounded: what has ended leaves it, timers and names of ended orders too."""

import pytest
from msgspec import json
from msgspec.structs import replace

from exchange.apply import STALE_MOST
from exchange.engine.replay import replayed
from exchange.events import OrderAccepted, OrderExpired
from exchange.venue import must_fit_journal
from ledger.durations import HOUR_NS
from ledger.events import Event, ReportFiled
from ledger.ids import SiteId
from ledger.journal.protocol import EVENT_BYTES_MOST, STAMP_BYTES
from ledger.records import ENDED_REMEMBERED
from ledger.refusals import Reason, Refused
from tests.exchange.ground import LEASE, Floor, of_kind


def name(events: list[Event]) -> str:
    """The order that a placement accepted."""
    accepted = events[0]
    assert isinstance(accepted, OrderAccepted)
    return accepted.order


def test_cancelled_gtd_orders_do_not_fill_the_timers() -> None:
    floor = Floor()
    kept_ns = floor.writer.at_ns + 2 * HOUR_NS
    kept = floor.bid(floor.buyers[0], 1, 1300, time_in_force="gtd", expires_ns=kept_ns)
    for number in range(2 * STALE_MOST):
        expires_ns = floor.writer.at_ns + HOUR_NS + number
        terms = {"time_in_force": "gtd", "expires_ns": expires_ns}
        events = floor.bid(floor.buyers[0], 1, 1300, **terms)
        floor.tell(floor.buyers[0], "order.cancel", order=name(events))

    assert len(floor.venue.register.timers) < STALE_MOST + 100
    assert replayed(floor.journal()) == floor.venue
    expired = floor.pass_time(kept_ns)
    assert [event.order for event in of_kind(expired, OrderExpired)] == [name(kept)]


def test_each_expiry_whose_order_ended_is_counted_once() -> None:
    floor = Floor()
    terms = {"time_in_force": "gtd", "expires_ns": floor.writer.at_ns + HOUR_NS}
    for number in range(1, 4):
        order = name(floor.bid(floor.buyers[0], 1, 1300, **terms))
        floor.tell(floor.buyers[0], "order.cancel", order=order)
        assert floor.venue.stale_timers == number
    dateless = name(floor.bid(floor.buyers[0], 1, 1300))
    floor.tell(floor.buyers[0], "order.cancel", order=dateless)
    assert floor.venue.stale_timers == 3


def test_ended_orders_are_remembered_for_a_while_and_then_forgotten() -> None:
    floor = Floor()
    first = name(floor.bid(floor.buyers[0], 1, 1300))
    floor.tell(floor.buyers[0], "order.cancel", order=first)
    assert floor.venue.ended_order(first) == (floor.buyers[0], "cancelled")
    for _ in range(2 * ENDED_REMEMBERED):
        order = name(floor.bid(floor.buyers[0], 1, 1300))
        floor.tell(floor.buyers[0], "order.cancel", order=order)

    assert floor.venue.ended_order(first) is None
    assert floor.venue.ended_order(order) == (floor.buyers[0], "cancelled")
    assert len(floor.venue.ended_now) + len(floor.venue.ended_before) <= 2 * ENDED_REMEMBERED
    assert not floor.venue.party_orders
    assert not floor.market(LEASE).open_orders


@pytest.mark.parametrize("over", [0, 1])
def test_an_event_that_no_journal_holds_is_refused_before_it_is_applied(over: int) -> None:
    """Counted as it is stored: JSON makes six bytes of a sign that cannot be printed."""
    event = ReportFiled(SiteId("s-0001"), "x", "csv", 0, [])
    room = EVENT_BYTES_MOST - STAMP_BYTES - len(json.encode(event)) - 2
    signs, rest = divmod(room, 6)
    event = replace(event, warnings=["\x01" * signs + "a" * (rest + over)])
    assert len(json.encode(event)) == EVENT_BYTES_MOST - STAMP_BYTES + over

    if not over:
        assert must_fit_journal([event]) == [event]
        return
    with pytest.raises(Refused) as refused:
        must_fit_journal([event])
    assert refused.value.reason is Reason.too_large
