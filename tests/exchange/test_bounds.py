"""Live state stays bounded: what has ended leaves it, timers and names of ended orders too."""

from exchange.folding import STALE_MOST
from exchange.replay import replayed
from exchange.state import ENDED_REMEMBERED
from ledger.money import HOUR_NS
from tests.exchange.ground import LEASE, Floor


def test_cancelled_gtd_orders_do_not_fill_the_timers() -> None:
    floor = Floor()
    kept_ns = floor.pen.at_ns + 2 * HOUR_NS
    kept = floor.bid(floor.buyers[0], 1, 1300, time_in_force="gtd", expires_ns=kept_ns)
    for number in range(2 * STALE_MOST):
        expires_ns = floor.pen.at_ns + HOUR_NS + number
        terms = {"time_in_force": "gtd", "expires_ns": expires_ns}
        events = floor.bid(floor.buyers[0], 1, 1300, **terms)
        floor.tell(floor.buyers[0], "order.cancel", order=events[0].order)  # type: ignore[attr-defined]

    assert len(floor.venue.register.timers) < STALE_MOST + 100
    assert replayed(floor.journal()) == floor.venue
    expired = floor.pass_time(kept_ns)
    assert [getattr(event, "order", "") for event in expired].count(kept[0].order) == 1  # type: ignore[attr-defined]


def test_ended_orders_are_remembered_for_a_while_and_then_forgotten() -> None:
    floor = Floor()
    first = floor.bid(floor.buyers[0], 1, 1300)[0].order  # type: ignore[attr-defined]
    floor.tell(floor.buyers[0], "order.cancel", order=first)
    assert floor.venue.ended_party(first) == floor.buyers[0]
    for _ in range(2 * ENDED_REMEMBERED):
        order = floor.bid(floor.buyers[0], 1, 1300)[0].order  # type: ignore[attr-defined]
        floor.tell(floor.buyers[0], "order.cancel", order=order)

    assert floor.venue.ended_party(first) is None
    assert floor.venue.ended_party(order) == floor.buyers[0]
    assert len(floor.venue.ended_now) + len(floor.venue.ended_before) <= 2 * ENDED_REMEMBERED
    assert not floor.venue.party_orders
    assert not floor.market(LEASE).open_orders
