"""A private channel that followed every batch holds what one begun from the venue holds."""

from collections import Counter

import pytest

from exchange.postings import ALL as POSTINGS
from gateway.feeds.channel import Channel, FeedName
from gateway.feeds.hub import Hub
from gateway.feeds.party_channels import CashChannel, OrderChannel, SettlementChannel
from ledger.durations import DAY_NS
from tests.exchange.ground import TITLE, Floor
from tests.gateway.feeds.hub_ground import HubGround, session_with

FIRST = "x-000001"


def begun(floor: Floor, channel: Channel) -> Channel:
    """One of the same kind that begins now."""
    fresh = CashChannel(POSTINGS) if channel.name == "cash" else type(channel)()
    fresh.fill(floor.venue)
    return fresh


def must_agree(floor: Floor, hub: Hub, met: Counter[str]) -> None:
    """Every private channel of parties, for every party."""
    for kind in (OrderChannel, SettlementChannel, CashChannel):
        channel = hub.channels[kind.name]
        fresh = begun(floor, channel)
        for party in (*floor.owners, *floor.buyers):
            name = FeedName(channel.name, (), party)
            followed, anew = channel.snapshot(name), fresh.snapshot(name)
            assert followed == anew, name.text
            assert followed is not None
            met[channel.name] += bool(followed.body)


@pytest.mark.parametrize("ends", ["settled", "unwound"])
def test_a_sale_is_told_in_each_state_and_held_as_the_venue_holds_it(ends: str) -> None:
    floor = Floor()
    seller, buyer = floor.owners[0], floor.buyers[0]
    ground, met = HubGround(floor), Counter[str]()
    _, pipe = ground.joined(f"settlements/{buyer}", session_with(buyer, "read"))

    def hear() -> None:
        ground.hear()
        must_agree(floor, ground.hub, met)

    floor.bid(buyer, 1, 900)  # which stays
    floor.ask(seller, 1, 1_000, market=TITLE)
    floor.bid(buyer, 1, 1_000, market=TITLE)
    hear()
    sale = floor.venue.register.settlements[FIRST]
    if ends == "settled":
        floor.tell(floor.owners[0], "settlement.confirm", settlement=FIRST)
        hear()
        floor.tell(sale.buyer, "settlement.accept", settlement=FIRST)
        hear()
    else:
        floor.clerk(0, "settlement.fail", settlement=FIRST, reason="differs")
        hear()
        floor.pass_time(floor.writer.at_ns + 30 * DAY_NS)
        hear()

    messages = pipe.read()
    states = [item["state"] for message in messages for item in message["body"]]
    told = {
        "settled": ["inspecting", "accepted", "settled"],
        "unwound": ["failed", "unwound"],
    }[ends]
    assert list(dict.fromkeys(states))[-len(told) :] == told
    assert min(met[name] for name in ("orders", "settlements", "cash")) > 0
