"""What a party's KYC tier allows is asked of an order's first terms and of every later one."""

from typing import Any

import pytest

from exchange.events import OrderCancelled
from ledger.durations import DAY_NS
from ledger.events import KycTierSet
from ledger.refusals import Reason, Refused
from tests.exchange.ground import LEASE, TITLE, Floor


def test_an_order_stands_while_its_party_has_the_markets_own_tier_and_no_longer() -> None:
    floor = Floor()
    buyer = floor.buyers[0]
    rule = floor.market(LEASE).rule
    assert rule is not None
    least = rule.eligible.kyc_tier
    assert least > 0
    floor.bid(buyer, 1, 1_000)
    (order,) = floor.venue.party_orders[buyer]

    floor.happen(KycTierSet(buyer, least, "", 0))
    assert list(floor.venue.party_orders[buyer]) == [order]

    (_, ended) = floor.happen(KycTierSet(buyer, least - 1, "", 0))
    assert isinstance(ended, OrderCancelled)
    assert (ended.order, ended.reason) == (order, "eligibility")


@pytest.mark.parametrize(
    ("tier", "market", "price_ticks", "change"),
    [
        (2, TITLE, 250, {"lots": 101}),  # a day's title: 20,000,000.00 yuan
        (2, TITLE, 250, {"price_ticks": 25_001}),
        (1, LEASE, 1_000, {"price_ticks": 8_401}),  # a lease's rent: 500,000.00 yuan
    ],
)
def test_an_amendment_does_not_lead_past_a_tier(
    tier: int, market: str, price_ticks: int, change: dict[str, Any]
) -> None:
    floor = Floor()
    buyer = floor.buyers[0]
    floor.happen(KycTierSet(buyer, tier, "", 0))
    floor.bid(buyer, 1, price_ticks, market=market)
    (order,) = floor.venue.party_orders[buyer]

    with pytest.raises(Refused) as refused:
        floor.tell(buyer, "order.amend", order=order, **change)

    assert refused.value.reason is Reason.tier_too_low
    floor.tell(buyer, "order.amend", order=order, price_ticks=price_ticks - 1)


DAY_MOST_TICKS = 25_000  # one H100 board at this price is the whole day of tier 2


def test_a_days_title_is_the_sum_of_what_was_traded_and_what_is_asked_for() -> None:
    floor = Floor()
    seller, buyer = floor.owners[0], floor.buyers[0]
    for party in (seller, buyer):
        floor.happen(KycTierSet(party, 2, "", 0))
    half, rest = DAY_MOST_TICKS - 15_000, 15_000
    floor.ask(seller, 1, half, market=TITLE)
    floor.bid(buyer, 1, half, market=TITLE)

    for side, party in (("bid", buyer), ("ask", seller)):
        terms = {"market": TITLE, "side": side, "lots": 1}
        with pytest.raises(Refused) as refused:
            floor.tell(party, "order.new", price_ticks=rest + 1, **terms)
        assert refused.value.reason is Reason.tier_too_low
        assert refused.value.context["amount_minor"] == 2_000_080_000, "both of one day"
    floor.market(TITLE).last_ticks = 0
    floor.bid(buyer, 1, rest, market=TITLE)


def test_a_new_day_begins_with_nothing_traded() -> None:
    floor = Floor()
    seller, buyer = floor.owners[0], floor.buyers[0]
    floor.happen(KycTierSet(buyer, 2, "", 0))
    floor.ask(seller, 1, DAY_MOST_TICKS, market=TITLE)
    floor.bid(buyer, 1, DAY_MOST_TICKS, market=TITLE)
    with pytest.raises(Refused):
        floor.bid(buyer, 1, 1, market=TITLE)
    floor.pass_time(floor.writer.at_ns + DAY_NS)

    floor.bid(buyer, 1, DAY_MOST_TICKS, market=TITLE)


def test_the_refusal_says_in_yuan_what_is_left_and_how_many_servers_fit() -> None:
    """A board at 5,000 ticks is worth 4,000,000.00 yuan: five of them are a day of tier 2."""
    floor = Floor()
    seller, buyer = floor.owners[0], floor.buyers[0]
    floor.happen(KycTierSet(seller, 2, "", 0))
    floor.ask(seller, 1, 5_000, market=TITLE)
    floor.bid(buyer, 1, 5_000, market=TITLE)
    terms = {"market": TITLE, "side": "ask", "price_ticks": 5_000}

    with pytest.raises(Refused) as refused:
        floor.tell(seller, "order.new", lots=5, **terms)

    no = refused.value
    assert (no.context["left_minor"], no.context["fits_lots"]) == (1_600_000_000, 4)
    assert "16,000,000.00 yuan of it is left, and this makes 20,000,000.00 yuan" in no.detail
    assert "4 of the 5 servers fit" in no.detail
    assert "or ask compliance for tier 3, which has no limit" in no.detail


def test_a_leases_refusal_says_its_rent_and_the_tier_that_lifts_it() -> None:
    floor = Floor()
    buyer = floor.buyers[0]
    floor.happen(KycTierSet(buyer, 1, "", 0))
    with pytest.raises(Refused) as refused:
        floor.bid(buyer, 3, 9_000)
    assert "left_minor" not in refused.value.context
    assert "500,000.00 yuan of rent of one lease" in refused.value.detail
    assert "order less, or ask compliance for tier 2, which has no limit" in refused.value.detail
