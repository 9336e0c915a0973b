"""What a party's KYC tier allows is asked of an order's first terms and of every later one."""

from typing import Any

import pytest

from ledger.events import KycTierSet
from ledger.refusals import Reason, Refused
from tests.exchange.ground import LEASE, TITLE, Floor


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
