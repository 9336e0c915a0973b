"""I5 of DOMAIN 6: whatever is offered is held and whatever is bid is paid for, or it is found."""

from collections.abc import Callable

import pytest

from exchange.invariants import sweep
from ledger.invariants import Breach
from tests.exchange.ground import LEASE, TITLE, Floor


@pytest.fixture
def floor() -> Floor:
    """A title ask, a lease ask and a bid that stand."""
    floor = Floor()
    floor.ask(floor.owners[0], 1, 2_000, market=TITLE)
    floor.ask(floor.owners[1], 1, 2_000, market=LEASE)
    floor.bid(floor.buyers[0], 1, 1_000)
    assert sweep(floor.venue) == []
    return floor


def lose_a_thing(floor: Floor) -> str:
    ask = next(iter(floor.venue.orders.values()))
    thing = ask.nodes.pop()
    return f"{ask.order} offers 1 lots and holds 0 things|{thing} is held for {ask.order}, "


def sell_it_elsewhere(floor: Floor) -> str:
    ask = next(iter(floor.venue.orders.values()))
    floor.venue.register.things[ask.nodes[0]].owner = floor.buyers[0]
    return f"{ask.order} offers {ask.nodes[0]}, which is not its party's"


def let_it_go(floor: Floor) -> str:
    ask = next(iter(floor.venue.orders.values()))
    floor.venue.register.things[ask.nodes[0]].order = ""
    return f"{ask.order} offers {ask.nodes[0]} and does not hold it"


def take_a_fen(floor: Floor) -> str:
    bid = list(floor.venue.orders.values())[-1]
    worth = floor.market().notional_minor(bid.price_ticks, bid.open_lots)
    floor.venue.register.accounts[bid.hold_account] = worth
    assert sweep(floor.venue) == [], "exactly enough"
    floor.venue.register.accounts[bid.hold_account] = worth - 1
    return f"{bid.order} may cost {worth} and {worth - 1} lies on hold for it"


def forget_the_bid(floor: Floor) -> str:
    order, bid = list(floor.venue.orders.items())[-1]
    del floor.venue.orders[order]
    held = floor.venue.register.accounts[bid.hold_account]
    return f"{bid.hold_account} has {held}, and no open bid is behind it"


@pytest.mark.parametrize(
    "spoil", [lose_a_thing, sell_it_elsewhere, let_it_go, take_a_fen, forget_the_bid]
)
def test_each_breach_is_found(floor: Floor, spoil: Callable[[Floor], str]) -> None:
    words = spoil(floor).split("|")

    found = sweep(floor.venue)

    assert [type(breach) for breach in found] == [Breach] * len(words)
    assert [breach.line for breach in found] == ["I5"] * len(words)
    assert all(breach.detail.startswith(word) for breach, word in zip(found, words, strict=True)), (
        found
    )
