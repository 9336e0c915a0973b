"""A party's group changes: its orders and what it bought are judged by the new one (B6)."""

import msgspec
import pytest
from msgspec.structs import replace

from exchange.books.open_orders import FOLDED, OpenOrders
from exchange.events import OrderAccepted, OrderCancelled, PartyRegrouped, Traded
from exchange.invariants import check, sweep
from exchange.orders import group_moves
from exchange.orders.matching import Arrival, trade
from exchange.views.market_rows import RULES
from ledger.durations import DAY_NS
from ledger.events import (
    Event,
    GroupChanged,
    JournalUpgraded,
    PartySuspended,
    RuleSet,
    SettlementOpened,
)
from ledger.refusals import Reason, Refused
from ledger.views.rows.changes import RowUpdate
from tests.exchange.ground import DAWN_NS, LEASE, TITLE, Floor, of_kind

PRE_OPEN_NS = DAWN_NS + DAY_NS + 60 * 10**9  # 00:01 of the next day
OPEN_NS = PRE_OPEN_NS + 5 * 60 * 10**9
LIMIT_LOTS = 10


@pytest.fixture
def floor() -> Floor:
    return Floor(owners=4, buyers=4, nodes=4)


def limited() -> Floor:
    """A group may have so many lots of the lease, from the next day on."""
    floor = Floor(owners=4, buyers=4, nodes=6)
    rule = floor.market(LEASE).rule
    assert rule is not None
    value = msgspec.json.decode(msgspec.json.encode(rule)) | {"position_limit_lots": LIMIT_LOTS}
    floor.happen(RuleSet("market:L.*", value, floor.writer.at_ns, ""))
    floor.pass_time(OPEN_NS)
    return floor


def declare(floor: Floor, owner: str, owned: str, share_bp: int = 5_000) -> list[Event]:
    """One says it and the other agrees: the batch in which it counts."""
    args = {"owner": owner, "owned": owned, "share_bp": share_bp}
    (made, *_) = floor.tell(owner, "party.declare_ownership", **args)
    name = made.proposal  # type: ignore[attr-defined]
    return floor.tell(owned, "proposal.approve", proposal=name)


def order(events: list[Event]) -> str:
    accepted = events[0]
    assert isinstance(accepted, OrderAccepted)
    return accepted.order


def lawful(floor: Floor) -> None:
    assert sweep(floor.venue) == []


def refused_lots(floor: Floor, party: str, lots: int) -> None:
    with pytest.raises(Refused) as refused:
        floor.bid(party, lots, 1)
    assert refused.value.reason is Reason.position_limit


def test_what_stands_and_was_bought_counts_for_the_new_group(floor: Floor) -> None:
    first, second = floor.buyers[:2]
    floor.ask(floor.owners[0], 2, 1300)
    floor.bid(second, 2, 1300)
    standing = [order(floor.bid(second, 3, 1290)), order(floor.bid(second, 1, 1280))]

    batch = declare(floor, first, second)

    assert of_kind(batch, GroupChanged, OrderCancelled, PartyRegrouped) == [
        GroupChanged(second, first),
        PartyRegrouped(LEASE, second, first, second, standing, bid_lots=4, bought_lots=2),
    ]
    assert floor.market().position_lots == {first: 6}
    assert {floor.venue.orders[name].group for name in standing} == {first}
    lawful(floor)


def test_from_then_on_the_two_do_not_trade_with_each_other(floor: Floor) -> None:
    """The defect: what stood kept its old group, and met its own."""
    seller, buyer = floor.owners[0], floor.buyers[0]
    floor.ask(seller, 2, 1300)
    declare(floor, seller, buyer)

    events = floor.bid(buyer, 2, 1300)

    assert of_kind(events, Traded) == []
    assert [end.reason for end in of_kind(events, OrderCancelled)] == ["self_trade"]


@pytest.mark.parametrize("is_early", [True, False])
def test_what_stood_when_its_party_moved_is_their_own_to_the_others(
    floor: Floor, is_early: bool
) -> None:
    seller, buyer = floor.owners[0], floor.buyers[0]
    if is_early:
        floor.pass_time(PRE_OPEN_NS)
    floor.bid(buyer, 2, 1300)
    declare(floor, seller, buyer)

    events = floor.ask(seller, 2, 1300)

    assert [type(event) for event in events[1:]] == [OrderCancelled]
    assert events[1].reason == "self_trade"  # type: ignore[attr-defined]


def test_an_amended_order_meets_those_of_its_new_group(floor: Floor) -> None:
    seller, buyer = floor.owners[0], floor.buyers[0]
    floor.ask(seller, 2, 1300)
    standing = order(floor.bid(buyer, 2, 1290))
    declare(floor, seller, buyer)

    events = floor.tell(buyer, "order.amend", order=standing, price_ticks=1300)

    assert [end.reason for end in of_kind(events, OrderCancelled)] == ["self_trade"]
    assert of_kind(events, Traded) == []


def test_a_trade_and_an_end_are_the_new_groups(floor: Floor) -> None:
    first, second = floor.buyers[:2]
    traded_later, ended_later = order(floor.bid(second, 1, 1290)), order(floor.bid(second, 1, 1280))
    declare(floor, first, second)

    (traded,) = of_kind(floor.ask(floor.owners[0], 1, 1290), Traded)
    floor.tell(second, "order.cancel", order=ended_later)

    assert (traded.bid, traded.buyer_group) == (traded_later, first)
    assert floor.market().position_lots == {first: 1}
    lawful(floor)


@pytest.mark.parametrize(
    ("side", "first", "second", "third"), [("bid", 1300, 1290, 1295), ("ask", 1300, 1310, 1305)]
)
def test_the_best_of_several_older_ones_decides(
    floor: Floor, side: str, first: int, second: int, third: int
) -> None:
    seller, buyer = floor.owners[0], floor.buyers[0]
    floor.pass_time(PRE_OPEN_NS)
    sides = (floor.bid, buyer), (floor.ask, seller)
    (place, party), (meet, other) = sides if side == "bid" else sides[::-1]
    for price in (first, second):
        place(party, 1, price)
    newest = order(meet(other, 1, third))

    batch = declare(floor, seller, buyer)

    assert [end.order for end in of_kind(batch, OrderCancelled)] == [newest]


def test_who_parts_trades_again(floor: Floor) -> None:
    seller, buyer = floor.owners[0], floor.buyers[0]
    declare(floor, seller, buyer)
    floor.ask(seller, 2, 1300)
    standing = order(floor.bid(buyer, 1, 1290))

    batch = declare(floor, seller, buyer, share_bp=0)

    assert of_kind(batch, PartyRegrouped) == [
        PartyRegrouped(LEASE, buyer, buyer, seller, [standing], bid_lots=1, bought_lots=0)
    ]
    (traded,) = of_kind(floor.bid(buyer, 2, 1300), Traded)
    assert (traded.seller_group, traded.buyer_group) == (seller, buyer)
    lawful(floor)


def test_each_market_and_each_side_follows(floor: Floor) -> None:
    first, second = floor.owners[:2]
    names = {
        LEASE: [order(floor.ask(second, 1, 1300)), order(floor.bid(second, 2, 1200))],
        TITLE: [order(floor.ask(second, 1, 1300, market=TITLE))],
    }

    moved = of_kind(declare(floor, first, second), PartyRegrouped)

    assert {each.market: each.orders for each in moved} == names
    assert {each.market: each.bid_lots for each in moved} == {LEASE: 2, TITLE: 0}
    lawful(floor)


def test_a_proposal_that_waits_moves_nothing(floor: Floor) -> None:
    first, second = floor.buyers[:2]
    standing = order(floor.bid(second, 3, 1290))

    floor.tell(first, "party.declare_ownership", owner=first, owned=second, share_bp=5_000)

    assert floor.venue.orders[standing].group == second


def test_a_link_that_moves_nobody_brings_nothing(floor: Floor) -> None:
    first, second = floor.buyers[:2]
    floor.bid(second, 3, 1290)

    assert of_kind(declare(floor, first, second, 2_499), PartyRegrouped) == []


@pytest.mark.parametrize("is_bid_older", [True, False])
@pytest.mark.parametrize(("ask_ticks", "ends"), [(1300, True), (1301, False)])
def test_before_an_opening_the_newer_of_two_that_cross_ends(
    floor: Floor, is_bid_older: bool, ask_ticks: int, ends: bool
) -> None:
    seller, buyer = floor.owners[0], floor.buyers[0]
    floor.pass_time(PRE_OPEN_NS)
    before = dict(floor.venue.register.accounts)
    if is_bid_older:
        older, newer = order(floor.bid(buyer, 2, 1300)), order(floor.ask(seller, 2, ask_ticks))
    else:
        older, newer = order(floor.ask(seller, 2, ask_ticks)), order(floor.bid(buyer, 2, 1300))

    batch = declare(floor, seller, buyer)

    found = [(end.order, end.reason) for end in of_kind(batch, OrderCancelled)]
    assert found == ([(newer, "eligibility")] if ends else [])
    assert (newer in floor.venue.orders) != ends
    assert older in floor.venue.orders
    if ends and not is_bid_older:
        assert dict(floor.venue.register.accounts) == before, "the hold is released"
    lawful(floor)
    assert of_kind(floor.pass_time(OPEN_NS), Traded) == []
    lawful(floor)


def test_an_amended_order_is_as_new_as_its_amendment(floor: Floor) -> None:
    seller, buyer = floor.owners[0], floor.buyers[0]
    floor.pass_time(PRE_OPEN_NS)
    bid, ask = order(floor.bid(buyer, 2, 1299)), order(floor.ask(seller, 2, 1300))
    floor.tell(buyer, "order.amend", order=bid, price_ticks=1300)

    batch = declare(floor, seller, buyer)

    assert [end.order for end in of_kind(batch, OrderCancelled)] == [bid]
    assert ask in floor.venue.orders


def test_who_gives_way_to_one_that_ends_itself_stands(floor: Floor) -> None:
    """Three in a row: the second ends by the first, so that the third has nothing to cross."""
    seller, buyer = floor.owners[0], floor.buyers[0]
    floor.pass_time(PRE_OPEN_NS)
    first = order(floor.ask(seller, 1, 1300))
    second = order(floor.bid(buyer, 1, 1305))
    third = order(floor.ask(seller, 1, 1302))

    batch = declare(floor, seller, buyer)

    assert [end.order for end in of_kind(batch, OrderCancelled)] == [second]
    assert {first, third} <= set(floor.venue.orders)


def test_several_changes_are_judged_once_behind_the_last() -> None:
    """One after the other, the ask of the third would end for a bid that ends itself."""
    floor = Floor(owners=4, buyers=4, nodes=4)
    head, second, third = floor.owners[:3]
    floor.pass_time(PRE_OPEN_NS)
    oldest = order(floor.ask(third, 1, 1300))
    bid = order(floor.bid(head, 1, 1305))
    newest = order(floor.ask(second, 1, 1304))

    batch = floor.happen(GroupChanged(second, head), GroupChanged(third, head))

    assert [end.order for end in of_kind(batch, OrderCancelled)] == [bid]
    assert {oldest, newest} == set(floor.venue.orders)
    kinds = [type(event) for event in batch]
    assert kinds == [GroupChanged] * 2 + [OrderCancelled] + [PartyRegrouped] * 2


def test_an_order_that_changed_groups_is_amended_as_one_of_the_new() -> None:
    floor = limited()
    first, second = floor.buyers[:2]
    floor.bid(first, 6, 1290)
    standing = order(floor.bid(second, 4, 1290))
    declare(floor, first, second)

    with pytest.raises(Refused) as refused:
        floor.tell(second, "order.amend", order=standing, lots=5)
    assert refused.value.reason is Reason.position_limit
    floor.tell(second, "order.amend", order=standing, lots=3)
    assert floor.market().position_lots == {first: 9}
    lawful(floor)


def test_a_group_over_its_limit_keeps_what_it_has_and_takes_no_more() -> None:
    floor = limited()
    first, second = floor.buyers[:2]
    floor.ask(floor.owners[0], 4, 1300)
    floor.bid(second, 4, 1300)
    for party in (first, second):
        floor.bid(party, 6, 1290)

    assert of_kind(declare(floor, first, second), OrderCancelled) == []

    assert floor.market().position_lots == {first: 16}
    refused_lots(floor, first, 1)
    refused_lots(floor, second, 1)


def test_a_group_that_parts_takes_exactly_its_part() -> None:
    floor = limited()
    first, second = floor.buyers[:2]
    declare(floor, first, second)
    floor.ask(floor.owners[0], 5, 1300)
    floor.bid(first, 2, 1300)
    floor.bid(second, 3, 1300)
    floor.bid(second, 4, 1290)

    declare(floor, first, second, share_bp=0)

    assert floor.market().position_lots == {first: 2, second: 7}
    refused_lots(floor, first, LIMIT_LOTS - 1)
    floor.bid(first, LIMIT_LOTS - 2, 1)
    refused_lots(floor, second, LIMIT_LOTS - 6)
    floor.bid(second, LIMIT_LOTS - 7, 1)
    lawful(floor)


def test_a_suspended_partys_bought_lots_follow_too(floor: Floor) -> None:
    first, second = floor.buyers[:2]
    floor.ask(floor.owners[0], 2, 1300)
    floor.bid(second, 2, 1300)
    floor.happen(PartySuspended(second, "asked"))

    moved = of_kind(floor.happen(GroupChanged(second, first)), PartyRegrouped)

    assert moved == [PartyRegrouped(LEASE, second, first, second, [], bid_lots=0, bought_lots=2)]


def test_a_fact_names_so_many_orders_at_most(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_moves, "ORDERS_MOST", 2)
    first, second = floor.buyers[:2]
    floor.ask(floor.owners[0], 1, 1300)
    floor.bid(second, 1, 1300)
    standing = [order(floor.bid(second, 1 + n, 1200)) for n in range(5)]

    moved = of_kind(declare(floor, first, second), PartyRegrouped)

    assert [each.orders for each in moved] == [standing[:2], standing[2:4], standing[4:]]
    assert [(each.bid_lots, each.bought_lots) for each in moved] == [(3, 1), (7, 0), (5, 0)]
    lawful(floor)


# --- who reads the facts


def test_a_projection_of_the_facts_follows_and_shows_nobody_anything(floor: Floor) -> None:
    first, second = floor.buyers[:2]
    floor.bid(second, 2, 1290)
    floor.ask(floor.owners[0], 1, 1300)
    declare(floor, first, second)
    orders = OpenOrders()

    shown = {
        type(event)
        for batch in floor.batches
        for event in of_kind(batch.events, *FOLDED)
        if orders.fold(event)
    }

    assert shown == {OrderAccepted}
    assert orders.by_order == floor.venue.orders


def test_the_views_say_for_which_group_an_order_counts() -> None:
    event = PartyRegrouped(LEASE, "p-0003", "p-0002", "p-0003", ["o-000001", "o-000002"], 3, 1)

    assert RULES[PartyRegrouped](event, 7) == [
        RowUpdate("orders", (name,), {"group": "p-0002", "changed_ns": 0}) for name in event.orders
    ]


# --- journals of the first release


def left_behind() -> Floor:
    """What the first release made: a party moved, and what it had stayed in its group."""
    floor = Floor(owners=4, buyers=4, nodes=4)
    first, second = floor.buyers[:2]
    floor.ask(floor.owners[0], 4, 1300)
    floor.bid(second, 2, 1300)
    floor.bid(second, 3, 1290)
    party = floor.venue.register.parties[second]
    party.group = first  # as folding the fact alone leaves it
    floor.bid(second, 1, 1300)
    floor.bid(second, 5, 1280)
    return floor


def test_folding_a_change_alone_moves_nothing() -> None:
    floor = left_behind()
    first, second = floor.buyers[:2]

    assert floor.market().position_lots == {second: 5, first: 6}
    assert {breach.line for breach in sweep(floor.venue)} == {"I19"}


def test_an_upgrade_brings_over_what_an_older_release_left() -> None:
    floor = left_behind()
    first, second = floor.buyers[:2]

    batch = floor.happen(JournalUpgraded("cn-1", floor.writer.position, "C" * 43))

    (moved,) = of_kind(batch, PartyRegrouped)
    assert (moved.from_group, moved.group, len(moved.orders)) == (second, first, 1)
    assert (moved.bid_lots, moved.bought_lots) == (3, 2)
    assert floor.market().position_lots == {first: 11}
    assert floor.market().bought_lots[second] == {first: 3}
    lawful(floor)
    assert floor.happen(JournalUpgraded("cn-1", floor.writer.position, "C" * 43))[1:] == []


# --- whether both sides are one


@pytest.mark.parametrize("market", [LEASE, TITLE])
@pytest.mark.parametrize("is_one", [True, False])
def test_whether_a_trade_is_related_is_computed_from_both_groups(
    floor: Floor, market: str, is_one: bool
) -> None:
    """A book never brings it about (E5); whatever else trades is told by the same function."""
    seller, buyer = floor.owners[0], floor.buyers[0]
    ask, bid = (
        floor.venue.orders[order(floor.ask(seller, 1, 1300, market=market))],
        floor.venue.orders[order(floor.bid(buyer, 1, 1200, market=market))],
    )
    resting, taker = (
        Arrival(
            terms=each.terms,
            group=seller if is_one else each.group,
            total_lots=1,
            price_ticks=1200,
            lots=1,
            nodes=each.nodes,
            held_minor=floor.venue.held_minor(each),
        )
        for each in (bid, ask)
    )

    traded = trade(floor.market(market), taker, resting, 1, floor.venue.register.numbers())

    assert traded.is_related is is_one
    assert traded.buyer_group == (seller if is_one else buyer)
    batch = floor.happen(traded)
    assert [each.is_related for each in of_kind(batch, SettlementOpened)] == (
        [is_one] if market == TITLE else []
    )
    assert {breach.line for breach in check(floor.venue, traded)} == ({"I19"} if is_one else set())


# --- what `audit verify` asks


def test_a_trade_that_names_another_group_than_its_partys_is_a_breach(floor: Floor) -> None:
    floor.ask(floor.owners[0], 1, 1300)
    (traded,) = of_kind(floor.bid(floor.buyers[0], 1, 1300), Traded)

    assert check(floor.venue, traded) == []
    for field in ("seller_group", "buyer_group"):
        other = replace(traded, **{field: floor.owners[3]})
        assert [breach.line for breach in check(floor.venue, other)] == ["I19"]
    assert [breach.line for breach in check(floor.venue, replace(traded, is_related=True))]
    assert check(floor.venue, GroupChanged("p-0002", "p-0002")) == []


def test_each_way_to_leave_a_group_wrong_is_a_breach(floor: Floor) -> None:
    first, second = floor.buyers[:2]
    floor.ask(floor.owners[0], 4, 1300)
    floor.bid(second, 2, 1300)
    standing = floor.venue.orders[order(floor.bid(second, 3, 1290))]
    market = floor.market()

    def breaches() -> int:
        return [breach.line for breach in sweep(floor.venue)].count("I19")

    assert breaches() == 0
    market.position_lots[second] += 1
    assert breaches() == 1
    market.position_lots[second] -= 1
    market.position_lots[first] = 1
    assert breaches() == 1
    del market.position_lots[first]
    standing.group = first
    assert breaches() == 2, "the order, and the sums"
    standing.group = second
    market.bought_lots[second] = {first: 2}
    assert breaches() == 2, "the lots, and the sums"
    market.bought_lots[second] = {second: 2}
    ask = next(each for each in market.book.asks.orders())
    ask.group = second
    assert breaches() == 1, "the order; it is above the bid"
    ask.price_ticks = 1290
    assert breaches() == 2
