"""An order's terms are written once: the acceptance bears them, the standing order holds it."""

import ast

import pytest

from exchange.books.order import AMENDABLE, Order
from exchange.books.terms import KEPT
from exchange.commands import PlaceOrder
from exchange.engine.replay import replayed
from exchange.events import OrderAccepted, OrderAmended
from exchange.orders.matching import Arrival
from tests.exchange.ground import Floor
from tests.exchange.test_stored_bytes import ASK, BID
from tests.house.sources import sources

# Asked for, and not kept: why.
NOT_KEPT = {
    "self_trade": "one way is served, and it is the market's, not the order's",
    "dry_run": "what is only judged leaves no order",
}
# Said by the acceptance alone.
ADDED = {
    *("order", "key", "party", "principal", "group", "priority", "hold", "held_minor", "line"),
    *("at_ns", "cause", "command_sha256"),
}


def test_what_is_asked_for_is_what_is_accepted() -> None:
    wanted, accepted = set(PlaceOrder.__struct_fields__), set(OrderAccepted.__struct_fields__)

    assert wanted - accepted == set(NOT_KEPT)
    assert accepted - wanted == ADDED


def test_what_is_kept_word_for_word_is_so_in_both() -> None:
    floor = Floor()
    expires_ns = floor.writer.at_ns + 10**9
    kept = {"expires_ns": expires_ns, "label": "a", "cancel_on_disconnect": True}
    accepted = floor.bid(floor.buyers[0], 1, 1300, time_in_force="gtd", line="a line", **kept)[0]

    assert set(kept) == set(KEPT)
    assert {name: getattr(accepted, name) for name in KEPT} == kept


def test_a_standing_order_is_its_acceptance_and_what_may_change() -> None:
    assert Order.__struct_fields__[0] == "terms"
    changed_by_its_group = {"group"}  # of its party: PartyRegrouped alone changes it
    assert set(Order.__struct_fields__[1:]) == set(AMENDABLE) | changed_by_its_group
    assert set(AMENDABLE) <= set(OrderAmended.__struct_fields__)


def test_it_stands_with_all_its_lots_and_without_the_moment_of_its_acceptance() -> None:
    floor = Floor()
    floor.ask(floor.owners[0], 3, 1302, label="a", post_only="reject")
    (order,) = floor.venue.orders.values()

    assert (order.lots, order.open_lots, order.filled_lots) == (3, 3, 0)
    assert (order.terms.label, order.terms.post_only, order.terms.at_ns) == ("a", "reject", 0)
    assert replayed(floor.journal()).orders == floor.venue.orders


def test_a_fill_takes_the_first_things_and_an_amendment_all_new_terms() -> None:
    order = Order.of(ASK)
    order.fill(1)
    assert (order.open_lots, order.filled_lots, order.nodes) == (1, 1, ["n-0002"])

    order.amend(
        OrderAmended(
            market=ASK.market,
            order=ASK.order,
            lots=5,
            open_lots=4,
            price_ticks=7,
            expires_ns=8,
            priority=9,
            nodes=["n-0002", "n-0003", "n-0004", "n-0005"],
            party=ASK.party,
            hold="",
            held_minor=0,
            freed_minor=0,
        )
    )
    assert (order.lots, order.open_lots, order.price_ticks) == (5, 4, 7)
    assert (order.expires_ns, order.priority, len(order.nodes)) == (8, 9, 4)
    assert order.terms == ASK


@pytest.mark.parametrize("kind", [Order, Arrival])
def test_nobody_can_swap_two_members_by_their_place(kind: type[Order | Arrival]) -> None:
    with pytest.raises(TypeError):
        kind(BID, 1302, 2, [], 0)  # type: ignore[misc]


def test_what_an_amendment_may_change_is_never_read_from_the_terms() -> None:
    """`order.terms.lots` is how it was at first: only the order itself knows how it is now."""
    stale = [
        f"{source.path}:{node.lineno} reads terms.{node.attr}"
        for source in sources("exchange", "gateway")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr in AMENDABLE
        if isinstance(node.value, ast.Attribute) and node.value.attr == "terms"
    ]
    assert not stale
