"""Whom a unit concerns: the index is what a walk over the register finds, and costs no walk."""

import random
from contextlib import suppress
from typing import Any

import pytest

from exchange.books.state import Venue
from gateway.feeds.unit_parties import UnitParties
from ledger.cash.months import month_ns
from ledger.events import LeaseEnded, ProvenanceGraded
from ledger.refusals import Refused
from tests.exchange.ground import LEASE, TITLE, Floor
from tests.gateway.feeds.hub_ground import HubGround
from tests.gateway.feeds.test_feed_rights import ended, issued, lease, sold
from tests.gateway.work import counted
from tests.reach import Reach

REACH = Reach(asked=2_000, leased=200, sold=100, ended=4)


def found_in(venue: Venue) -> dict[str, set[str]]:
    """By a walk over all of the register: each unit with its parties."""
    register, found = venue.register, {}
    for unit in register.units.values():
        titles = [register.things[key] for key in (unit.unit, unit.node) if key in register.things]
        owner = next((thing.owner for thing in titles if thing.owner), unit.registrant)
        lessees = {each.lessee for each in register.leases.values() if each.node == unit.node}
        found[str(unit.unit)] = {str(party) for party in {owner, *lessees}}
    return found


def must_be(index: UnitParties, found: dict[str, set[str]]) -> None:
    assert {unit: set(index.parties_of(unit)) for unit in found} == found
    for party in {party for parties in found.values() for party in parties}:
        assert index.units_of(party) == sorted(unit for unit in found if party in found[unit])
    assert index.units_of("p-9999") == []


@REACH.demanded
def test_the_index_is_what_a_walk_over_the_register_finds() -> None:
    """Wherever a gateway was started, and whatever is traded and ends after that."""
    draw, floor = random.Random(7), Floor(nodes=20)
    grounds = [HubGround(floor)]
    for step in range(40):
        market = draw.choice((LEASE, TITLE))
        price_ticks = 1302 if market == LEASE else 10_350
        with suppress(Refused):  # once all is sold or let
            floor.ask(draw.choice(floor.owners), 1, price_ticks, market=market)
            floor.bid(draw.choice(floor.buyers), 1, price_ticks, market=market)
        if step == 25:
            floor.pass_time(month_ns("Asia/Shanghai", 2025, 3))
        _sell_one(draw, floor)
        found = found_in(floor.venue)
        for ground in grounds:
            for batch in ground.hear():
                REACH.met("ended", sum(isinstance(each, LeaseEnded) for each in batch.events))
            must_be(ground.parties, found)
        if step % 10 == 0:
            grounds.append(HubGround(floor))
        filled = UnitParties()
        filled.fill(floor.venue)
        must_be(filled, found)
        REACH.met("asked", len(found))
        REACH.met("leased", sum(len(parties) > 1 for parties in found.values()))
        REACH.met("sold", sum(not parties & set(floor.owners) for parties in found.values()))


def _sell_one(draw: random.Random, floor: Floor) -> None:
    """A node that stands in nothing passes to a buyer."""
    free = [
        thing
        for thing in floor.venue.register.things.values()
        if thing.owner in floor.owners and not thing.order and not thing.settlement
    ]
    thing = draw.choice(free)
    floor.happen(sold(floor.buyers[0], thing.owner, node=thing.thing))


# --- what it costs

SIZES = (8, 16, 32, 64)  # nodes, each with leases of as many parties


def crowded(nodes: int) -> HubGround:
    """So many nodes of one owner, each leased once for each node there is."""
    ground = HubGround(Floor(owners=1, buyers=2, nodes=nodes))
    for number in range(nodes * nodes):
        node = f"n-{number % nodes + 1:04d}"
        ground.happen(lease(number + 1, "p-0002", f"p-{100 + number:04d}", node))
    return ground


STEPS: dict[str, Any] = {
    "a unit's parties": lambda ground: ground.parties.parties_of("u-000001"),
    "a lessee's units": lambda ground: ground.parties.units_of("p-0100"),
    "an event of a unit": lambda ground: ground.happen(ProvenanceGraded("u-000001", "P2", [])),
    "a lease": lambda ground: ground.happen(lease(9_999, "p-0002", "p-0003", "n-0002")),
    "its end": lambda ground: ground.happen(ended(9_999, "p-0003")),
    "an issue": lambda ground: ground.happen(issued("p-0003", "n-0003")),
    "a sale": lambda ground: ground.happen(sold("p-0003", node="n-0002")),
}


@pytest.mark.parametrize("step", STEPS)
def test_no_step_costs_more_where_there_are_more_leases(step: str) -> None:
    """Over four sizes: all leases grow by 64, those of a node by 8, the units of one not at all."""
    spent = []
    for nodes in SIZES:
        ground = crowded(nodes)
        for earlier, take in STEPS.items():
            if earlier == step:
                break
            take(ground)
        with counted() as work:
            STEPS[step](ground)
        spent.append(work.units)
    least, most = spent[0], spent[-1]
    assert least > 0, "nothing was counted"
    assert most <= 2 * least + 200, spent
