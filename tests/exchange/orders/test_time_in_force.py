"""Each time in force, row by row: what is left of an order stands, or ends as its row says."""

from typing import Any

import pytest

from exchange.books.terms import (
    AT_CLOSE,
    AT_EXPIRY,
    NEVER,
    ON_ARRIVAL,
    ORDER_KINDS,
    TIME_IN_FORCE,
    TimeInForce,
    may_rest,
)
from exchange.commands import PlaceOrder
from exchange.events import OrderExpired, Traded
from exchange.orders.placing import must_expire_in_time
from ledger.durations import DAY_NS, HOUR_NS
from ledger.events import Event
from ledger.moment import Moment
from ledger.refusals import Reason, Refused
from tests.exchange.ground import LEASE, Floor, of_kind

ROWS = list(TIME_IN_FORCE.items())


def test_an_expiry_lies_after_now_and_within_the_markets_days() -> None:
    floor = Floor()
    rule = floor.market(LEASE).rule
    assert rule is not None
    now_ns = floor.writer.at_ns + HOUR_NS  # a command's moment may not be the last batch's
    most_ns = now_ns + rule.gtd_max_days * DAY_NS
    for expires_ns, passes in [
        *((now_ns, False), (now_ns + 1, True)),
        *((most_ns, True), (most_ns + 1, False)),
    ]:
        command = PlaceOrder(LEASE, "bid", 1300, 1, time_in_force="gtd", expires_ns=expires_ns)
        if passes:
            must_expire_in_time(floor.venue, command, Moment(at_ns=now_ns))
            continue
        with pytest.raises(Refused) as refused:
            must_expire_in_time(floor.venue, command, Moment(at_ns=now_ns))
        assert (refused.value.reason, refused.value.field) == (Reason.bad_field, "/expires_ns")
        assert f"at most {rule.gtd_max_days} days" in refused.value.detail


def bid(floor: Floor, name: str, row: TimeInForce, lots: int, ticks: int = 1300) -> list[Event]:
    more: dict[str, Any] = {"time_in_force": name}
    if row.needs_expiry:
        more["expires_ns"] = floor.writer.at_ns + 30 * HOUR_NS
    return floor.bid(floor.buyers[0], lots, ticks, **more)


@pytest.mark.parametrize(("name", "row"), ROWS)
def test_what_finds_nobody_stands_only_if_it_rests(name: str, row: TimeInForce) -> None:
    floor = Floor()
    events = bid(floor, name, row, 2)

    assert bool(floor.venue.orders) is row.rests is (row.ends != ON_ARRIVAL)
    assert [ended.reason for ended in of_kind(events, OrderExpired)] == [name] * (not row.rests)


@pytest.mark.parametrize(("name", "row"), ROWS)
def test_what_is_filled_in_part_trades_unless_it_is_all_or_none(
    name: str, row: TimeInForce
) -> None:
    floor = Floor()
    floor.ask(floor.owners[0], 1, 1300)
    events = bid(floor, name, row, 2)

    assert len(of_kind(events, Traded)) == (0 if row.is_all_or_none else 1)
    left = [order.open_lots for order in floor.venue.orders.values() if order.side == "bid"]
    assert left == [1] * row.rests


@pytest.mark.parametrize(("name", "row"), ROWS)
def test_what_stands_ends_when_its_row_says(name: str, row: TimeInForce) -> None:
    floor = Floor()
    bid(floor, name, row, 2)

    at_close = floor.pass_time(floor.venue.day_ends_ns)
    assert len(of_kind(at_close, OrderExpired)) == (row.ends == AT_CLOSE)
    later = floor.pass_time(floor.writer.at_ns + 2 * DAY_NS)
    assert [ended.reason for ended in of_kind(later, OrderExpired)] == (
        [name] * (row.ends == AT_EXPIRY)
    )
    assert bool(floor.venue.orders) is (row.ends == NEVER)


@pytest.mark.parametrize(("name", "row"), ROWS)
def test_an_expiry_goes_with_the_rows_that_need_one(name: str, row: TimeInForce) -> None:
    floor = Floor()
    expires_ns = 0 if row.needs_expiry else floor.writer.at_ns + HOUR_NS

    with pytest.raises(Refused) as refused:
        floor.bid(floor.buyers[0], 1, 1300, time_in_force=name, expires_ns=expires_ns)
    assert refused.value.reason is Reason.bad_combination
    assert str(refused.value.detail).startswith("expires_ns goes with time_in_force gtd")


@pytest.mark.parametrize(("name", "row"), ROWS)
def test_only_what_rests_may_ask_only_to_rest(name: str, row: TimeInForce) -> None:
    floor = Floor()
    expires_ns = floor.writer.at_ns + HOUR_NS if row.needs_expiry else 0
    terms: dict[str, Any] = {"time_in_force": name, "expires_ns": expires_ns}

    if row.rests:
        assert floor.bid(floor.buyers[0], 1, 1300, post_only="reject", **terms)
        return
    with pytest.raises(Refused) as refused:
        floor.bid(floor.buyers[0], 1, 1300, post_only="reject", **terms)
    assert refused.value.detail == "An order that may only rest cannot be ioc or fok."


def test_an_order_rests_if_its_kind_and_its_time_in_force_do() -> None:
    for kind, order_kind in ORDER_KINDS.items():
        for name, row in ROWS:
            assert may_rest(kind, name) is (order_kind.rests and row.rests)
