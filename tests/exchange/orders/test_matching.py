"""The examples of EXCHANGE 3.4 that this release's rules reach: X1-X4, X9, X10, X15, and openings.

Each line of a table is one order: `1 ask 4@1300` is order 1, an ask of 4 lots at 1,300 ticks.
"""

from typing import Any

import pytest

from exchange.events import OrderAccepted, OrderAmended, OrderCancelled, OrderExpired, Traded
from ledger.durations import DAY_NS, HOUR_NS
from ledger.events import GroupChanged
from ledger.refusals import Reason, Refused
from tests.exchange.ground import DAWN_NS, LEASE, Floor, of_kind

PRE_OPEN_NS = DAWN_NS + DAY_NS + 60 * 10**9  # 00:01 of the next day
MINUTE_NS = 60 * 10**9


class Scene:
    """Orders by the numbers of a table: each of its own group, unless they share a party."""

    def __init__(self, parties: int = 6) -> None:
        self.floor = Floor(owners=parties, buyers=parties, nodes=12)
        self.ids: dict[int, str] = {}
        self.numbers: dict[str, int] = {}

    def order(
        self, number: int, side: str, lots: int, price_ticks: int, who: int = 0, **more: Any
    ) -> list[str]:
        """Place one; `who` picks its party (0: the one of its number). What followed, in words."""
        people = self.floor.owners if side == "ask" else self.floor.buyers
        party = people[(who or number) - 1]
        place = self.floor.ask if side == "ask" else self.floor.bid
        events = place(party, lots, price_ticks, **more)
        accepted = events[0]
        assert isinstance(accepted, OrderAccepted)
        self.ids[number] = accepted.order
        self.numbers[accepted.order] = number
        return self.words(events[1:])

    def words(self, events: list[Any]) -> list[str]:
        """`2x1: 3@1290` a trade of ask 2 and bid 1; `3 expires 2 ioc`; `4 cancelled 5`."""
        said = []
        for event in of_kind(events, Traded, OrderCancelled, OrderExpired):
            if isinstance(event, Traded):
                ask, bid = self.numbers[event.ask], self.numbers[event.bid]
                said.append(f"{ask}x{bid}: {event.lots}@{event.price_ticks}")
            elif isinstance(event, OrderCancelled):
                said.append(f"{self.numbers[event.order]} cancelled {event.lots}")
            else:
                said.append(f"{self.numbers[event.order]} expires {event.lots} {event.reason}")
        return said

    def left(self) -> list[str]:
        """What stands, by number: `3 ask 3@1300`."""
        standing = self.floor.venue.orders.values()
        return sorted(
            f"{self.numbers[order.order]} {order.side} {order.open_lots}@{order.price_ticks}"
            for order in standing
        )

    def amend(self, number: int, **terms: Any) -> list[str]:
        order = self.floor.venue.orders[self.ids[number]]
        events = self.floor.tell(order.party, "order.amend", order=order.order, **terms)
        return self.words(events[1:])

    def one_group(self, *parties: str) -> None:
        """These parties have one beneficial owner."""
        for party in parties:
            self.floor.happen(GroupChanged(party, min(parties)))


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_x1_price_then_time(scene: Scene) -> None:
    scene.order(1, "ask", 4, 1300)
    scene.order(2, "ask", 3, 1290)
    scene.order(3, "ask", 5, 1300)

    assert scene.order(4, "bid", 9, 1310) == ["2x4: 3@1290", "1x4: 4@1300", "3x4: 2@1300"]
    assert scene.left() == ["3 ask 3@1300"]


def test_x2_the_resting_price(scene: Scene) -> None:
    scene.order(1, "bid", 2, 1320)

    assert scene.order(2, "ask", 5, 1280) == ["2x1: 2@1320"]
    assert scene.left() == ["2 ask 3@1280"]


def test_x3_the_rest_of_an_ioc_expires(scene: Scene) -> None:
    scene.order(1, "ask", 3, 1300)

    said = scene.order(2, "bid", 5, 1300, time_in_force="ioc")
    assert said == ["1x2: 3@1300", "2 expires 2 ioc"]
    assert scene.left() == []


def test_x4_a_fok_takes_all_over_levels_or_nothing(scene: Scene) -> None:
    scene.order(1, "ask", 3, 1300)
    scene.order(2, "ask", 4, 1310)

    assert scene.order(3, "bid", 8, 1310, time_in_force="fok") == ["3 expires 8 fok"]
    assert scene.left() == ["1 ask 3@1300", "2 ask 4@1310"]
    said = scene.order(4, "bid", 7, 1310, time_in_force="fok")
    assert said == ["1x4: 3@1300", "2x4: 4@1310"]
    assert scene.left() == []


def test_x9_a_post_only_order_that_would_take_is_refused(scene: Scene) -> None:
    scene.order(1, "ask", 5, 1300)

    with pytest.raises(Refused) as refused:
        scene.order(2, "bid", 3, 1300, post_only="reject")
    assert refused.value.reason is Reason.would_take
    assert scene.order(3, "bid", 3, 1299, post_only="reject") == []
    assert scene.left() == ["1 ask 5@1300", "3 bid 3@1299"]


def test_x10_the_newest_order_of_a_group_gives_way_to_its_own(scene: Scene) -> None:
    scene.one_group(scene.floor.owners[1], scene.floor.buyers[3])
    scene.order(1, "ask", 4, 1300, who=1)
    scene.order(2, "ask", 4, 1300, who=2)
    scene.order(3, "ask", 6, 1310, who=1)

    assert scene.order(4, "bid", 9, 1310, who=4) == ["1x4: 4@1300", "4 cancelled 5"]
    assert scene.left() == ["2 ask 4@1300", "3 ask 6@1310"]


def test_x15_fewer_lots_keep_the_priority(scene: Scene) -> None:
    scene.order(1, "ask", 5, 1300)
    scene.order(2, "ask", 5, 1300)
    scene.amend(1, lots=3)

    assert scene.order(3, "bid", 4, 1300) == ["1x3: 3@1300", "2x3: 1@1300"]
    assert scene.left() == ["2 ask 4@1300"]


def test_x15_more_lots_lose_the_priority(scene: Scene) -> None:
    scene.order(1, "ask", 5, 1300)
    scene.order(2, "ask", 5, 1300)
    scene.amend(1, lots=6)

    assert scene.order(3, "bid", 4, 1300) == ["2x3: 4@1300"]
    assert scene.left() == ["1 ask 6@1300", "2 ask 1@1300"]


def test_fewer_lots_with_a_new_expiry_lose_the_priority(scene: Scene) -> None:
    now_ns = scene.floor.writer.at_ns
    scene.order(1, "ask", 5, 1300, time_in_force="gtd", expires_ns=now_ns + HOUR_NS)
    scene.order(2, "ask", 5, 1300)
    scene.amend(1, lots=3, expires_ns=now_ns + 2 * HOUR_NS)

    assert scene.order(3, "bid", 4, 1300) == ["2x3: 4@1300"]
    assert scene.left() == ["1 ask 3@1300", "2 ask 1@1300"]


def test_a_fok_that_meets_its_own_group_is_void(scene: Scene) -> None:
    scene.one_group(scene.floor.owners[1], scene.floor.buyers[0])
    scene.order(1, "ask", 2, 1300, who=1)
    scene.order(2, "ask", 2, 1300, who=2)

    said = scene.order(3, "bid", 4, 1300, who=1, time_in_force="fok")
    assert said == ["3 expires 4 fok"]


def test_an_amended_price_arrives_and_takes(scene: Scene) -> None:
    scene.order(1, "ask", 3, 1300)
    scene.order(2, "bid", 5, 1290)

    assert scene.amend(2, price_ticks=1300) == ["1x2: 3@1300"]
    assert scene.left() == ["2 bid 2@1300"]


def test_an_amendment_to_what_is_filled_already_cancels_the_rest(scene: Scene) -> None:
    scene.order(1, "ask", 5, 1300)
    scene.order(2, "bid", 3, 1300)
    order = scene.floor.venue.orders[scene.ids[1]]

    events = scene.floor.tell(order.party, "order.amend", order=order.order, lots=3)
    assert isinstance(events[0], OrderCancelled)
    assert events[0].lots == 2


def test_lots_of_an_amendment_are_the_total_asked_for(scene: Scene) -> None:
    scene.order(1, "ask", 5, 1300)
    scene.order(2, "bid", 3, 1300)
    order = scene.floor.venue.orders[scene.ids[1]]

    (amended,) = scene.floor.tell(order.party, "order.amend", order=order.order, lots=4)
    assert isinstance(amended, OrderAmended)
    assert (amended.lots, amended.open_lots, len(amended.nodes)) == (4, 1, 1)


def test_what_stands_before_the_opening_arrives_in_order_of_priority(scene: Scene) -> None:
    scene.floor.pass_time(PRE_OPEN_NS)
    assert scene.order(1, "ask", 4, 1300) == []
    assert scene.order(2, "bid", 6, 1320) == []
    assert scene.order(3, "ask", 5, 1290) == []
    assert scene.order(4, "bid", 2, 1310) == []

    events = scene.floor.pass_time(PRE_OPEN_NS + 5 * MINUTE_NS)
    assert scene.words(events) == ["1x2: 4@1300", "3x2: 2@1320", "3x4: 2@1290"]
    assert scene.left() == ["3 ask 1@1290"]


@pytest.mark.parametrize("opens", [True, False], ids=["at the opening", "in continuous trading"])
@pytest.mark.parametrize(
    ("side", "first", "second"), [("ask", "1x3: 2", "2x3: 1"), ("bid", "3x1: 2", "3x2: 1")]
)
def test_of_two_orders_at_one_price_the_older_trades_first(
    scene: Scene, side: str, first: str, second: str, opens: bool
) -> None:
    if opens:
        scene.floor.pass_time(PRE_OPEN_NS)
    scene.order(1, side, 2, 1300)
    scene.order(2, side, 2, 1300)
    said = scene.order(3, "bid" if side == "ask" else "ask", 3, 1300)
    if opens:
        said = scene.words(scene.floor.pass_time(PRE_OPEN_NS + 5 * MINUTE_NS))

    assert said == [f"{first}@1300", f"{second}@1300"]
    assert scene.left() == [f"2 {side} 1@1300"]


def test_an_amended_order_stands_behind_its_equals_at_the_opening(scene: Scene) -> None:
    scene.floor.pass_time(PRE_OPEN_NS)
    scene.order(1, "ask", 2, 1300)
    scene.order(2, "ask", 2, 1300)
    scene.order(3, "bid", 3, 1300)
    scene.amend(1, lots=3)

    events = scene.floor.pass_time(PRE_OPEN_NS + 5 * MINUTE_NS)
    assert scene.words(events) == ["2x3: 2@1300", "1x3: 1@1300"]
    assert scene.left() == ["1 ask 2@1300"]


def test_before_the_opening_an_order_that_would_cross_its_own_group_ends(scene: Scene) -> None:
    scene.one_group(scene.floor.owners[0], scene.floor.buyers[1])
    scene.floor.pass_time(PRE_OPEN_NS)
    scene.order(1, "ask", 4, 1300, who=1)

    assert scene.order(2, "bid", 6, 1310, who=2) == ["2 cancelled 6"]
    assert scene.left() == ["1 ask 4@1300"]


def test_day_and_gtd_orders_end_in_time_and_gtc_stays(scene: Scene) -> None:
    now_ns = scene.floor.writer.at_ns
    scene.order(1, "ask", 1, 1300, time_in_force="day")
    scene.order(2, "ask", 1, 1301, time_in_force="gtd", expires_ns=now_ns + HOUR_NS)
    scene.order(3, "ask", 1, 1302)

    assert scene.words(scene.floor.pass_time(now_ns + 2 * HOUR_NS)) == ["2 expires 1 gtd"]
    assert scene.words(scene.floor.pass_time(DAWN_NS + DAY_NS)) == ["1 expires 1 day"]
    assert scene.left() == ["3 ask 1@1302"]


def test_a_new_expiry_counts_and_the_old_one_is_stale(scene: Scene) -> None:
    now_ns = scene.floor.writer.at_ns
    scene.order(1, "ask", 1, 1300, time_in_force="gtd", expires_ns=now_ns + HOUR_NS)
    scene.amend(1, expires_ns=now_ns + 3 * HOUR_NS)

    assert scene.words(scene.floor.pass_time(now_ns + 2 * HOUR_NS)) == []
    assert scene.words(scene.floor.pass_time(now_ns + 4 * HOUR_NS)) == ["1 expires 1 gtd"]


def test_a_market_trades_for_the_last_time_a_day_before_its_window(scene: Scene) -> None:
    scene.order(1, "ask", 1, 1300)
    last_ns = scene.floor.market().spec.last_trade_ns
    assert last_ns is not None

    assert scene.words(scene.floor.pass_time(last_ns)) == ["1 expires 1 window"]
    assert scene.floor.market().phase == "closed"
    scene.floor.pass_time(last_ns + 12 * HOUR_NS)
    with pytest.raises(Refused) as refused:
        scene.order(2, "ask", 1, 1300)
    assert refused.value.reason is Reason.window_started


def test_the_last_trade_is_the_reference_of_the_entry_band(scene: Scene) -> None:
    scene.order(1, "ask", 1, 1000)
    scene.order(2, "bid", 1, 1000)

    scene.order(3, "bid", 1, 1300)
    with pytest.raises(Refused) as refused:
        scene.order(4, "bid", 1, 1301)
    assert refused.value.reason is Reason.outside_band
    assert refused.value.context["edge_ticks"] == 1300
    with pytest.raises(Refused):
        scene.order(5, "ask", 1, 699)
    assert scene.floor.market(LEASE).last_ticks == 1000
