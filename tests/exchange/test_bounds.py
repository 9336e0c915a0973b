"""Live state stays bounded: what has ended leaves it, timers and names of ended orders too."""

from exchange.apply import STALE_MOST
from exchange.books.state import ENDED_REMEMBERED
from exchange.engine.replay import replayed
from exchange.events import OrderAccepted, OrderExpired
from ledger.durations import HOUR_NS
from ledger.events import Event
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


def test_ended_orders_are_remembered_for_a_while_and_then_forgotten() -> None:
    floor = Floor()
    first = name(floor.bid(floor.buyers[0], 1, 1300))
    floor.tell(floor.buyers[0], "order.cancel", order=first)
    assert floor.venue.ended_party(first) == floor.buyers[0]
    for _ in range(2 * ENDED_REMEMBERED):
        order = name(floor.bid(floor.buyers[0], 1, 1300))
        floor.tell(floor.buyers[0], "order.cancel", order=order)

    assert floor.venue.ended_party(first) is None
    assert floor.venue.ended_party(order) == floor.buyers[0]
    assert len(floor.venue.ended_now) + len(floor.venue.ended_before) <= 2 * ENDED_REMEMBERED
    assert not floor.venue.party_orders
    assert not floor.market(LEASE).open_orders
