"""The limits of EXCHANGE 4, both sides of each: the last value that passes, the first beyond."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from exchange.books.state import Market, Venue
from exchange.orders import risk
from exchange.orders.entry_band import must_be_in_band
from exchange.words import ASK, BID
from ledger.ids import GroupId, PartyId
from ledger.money import INT64_MOST
from ledger.refusals import Reason, Refused
from ledger.register import Register
from tests.exchange.ground import DAWN_NS, TITLE, Floor

RULE: dict[str, Any] = {
    "tick_minor": 7,
    "entry_band_bp": 500,
    "max_lots": 10,
    "max_notional_minor": 7 * 999,
    "max_open_orders": 3,
    "position_limit_lots": 20,
}
ENDS_NS = DAWN_NS + 1_000
PARTY, GROUP = PartyId("p-0009"), GroupId("g-0009")


class Limit(NamedTuple):
    """A rule, asked with one number that grows out of it."""

    asks: Callable[[Market, int], None]
    last: int  # that passes
    first: int  # that does not
    reason: Reason
    context: dict[str, Any]


def _has_room(market: Market, count: int) -> None:
    market.open_orders[PARTY] = count
    risk.must_have_room(market, PARTY)


LIMITS = {
    "a bid's entry band": Limit(
        lambda market, price: must_be_in_band(Register(), market, BID, price, DAWN_NS),
        *(1_052, 1_053, Reason.outside_band),  # 1,051.05, rounded outward
        {"reference_ticks": 1_001, "edge_ticks": 1_052},
    ),
    "an ask's entry band": Limit(
        lambda market, price: must_be_in_band(Register(), market, ASK, price, DAWN_NS),
        *(950, 949, Reason.outside_band),  # 950.95, rounded outward
        {"reference_ticks": 1_001, "edge_ticks": 950},
    ),
    "lots of an order": Limit(
        lambda market, lots: risk.must_fit_market(Register(), market, BID, 1, lots, DAWN_NS),
        *(10, 11, Reason.too_many_lots),
        {"max_lots": 10},
    ),
    "notional of an order": Limit(
        lambda market, price: risk.must_fit_notional(Register(), market, price, 3),
        *(333, 334, Reason.notional_limit),
        {"limit_minor": 6_993},
    ),
    "open orders of a party": Limit(
        _has_room,
        *(2, 3, Reason.order_limit),
        {"max_open_orders": 3},
    ),
    "lots of a group, more of them": Limit(
        lambda market, more: risk.must_be_within_position_limit(market, GROUP, more),
        *(5, 6, Reason.position_limit),
        {"position_lots": 15, "limit_lots": 20},
    ),
    "lots of a group that has none": Limit(
        lambda market, more: risk.must_be_within_position_limit(market, GroupId("g-0008"), more),
        *(20, 21, Reason.position_limit),
        {"position_lots": 0, "limit_lots": 20},
    ),
    "the last instant of trading": Limit(
        lambda market, at_ns: risk.must_be_placeable(Venue(), market, at_ns, rests=True),
        *(ENDS_NS - 1, ENDS_NS, Reason.window_started),
        {},
    ),
}


@pytest.fixture
def market() -> Market:
    """A market that trades under RULE, 1,001 ticks its last price, lots of one thing."""
    found = Floor().market(TITLE)
    assert found.rule is not None
    found.rule = replace(found.rule, **RULE)
    found.spec = replace(found.spec, last_trade_ns=ENDS_NS, lot_size=1)
    found.last_ticks, found.last_trade_ns = 1_001, DAWN_NS
    found.phase = "continuous"
    found.position_lots[GROUP] = 15
    return found


@pytest.mark.parametrize("name", LIMITS)
def test_the_last_passes_and_the_first_beyond_it_does_not(name: str, market: Market) -> None:
    limit = LIMITS[name]

    limit.asks(market, limit.last)
    with pytest.raises(Refused) as refused:
        limit.asks(market, limit.first)

    assert refused.value.reason is limit.reason
    told = refused.value.context
    assert {member: told[member] for member in limit.context} == limit.context


def test_whatever_a_rule_allows_an_order_fits_the_journals_numbers(market: Market) -> None:
    assert market.rule is not None
    market.rule = replace(market.rule, tick_minor=1, max_notional_minor=2 * INT64_MOST)

    risk.must_fit_notional(Register(), market, INT64_MOST, 1)
    with pytest.raises(Refused) as refused:
        risk.must_fit_notional(Register(), market, INT64_MOST + 1, 1)

    assert refused.value.context["limit_minor"] == INT64_MOST


@pytest.mark.parametrize(
    ("phase", "rests", "is_taken"),
    [
        *(("continuous", True, True), ("continuous", False, True)),
        *(("pre_open", True, True), ("pre_open", False, False)),
        *(("closed", True, False), ("closed", False, False)),
    ],
)
def test_before_the_opening_only_what_rests_is_taken(
    market: Market, phase: Any, rests: bool, is_taken: bool
) -> None:
    market.phase = phase
    if is_taken:
        risk.must_be_placeable(Venue(), market, ENDS_NS - 1, rests)
        return
    with pytest.raises(Refused) as refused:
        risk.must_be_placeable(Venue(), market, ENDS_NS - 1, rests)
    assert refused.value.reason is Reason.phase_forbids


def test_without_a_reference_or_a_limit_nothing_is_beyond_it(market: Market) -> None:
    assert market.rule is not None
    market.last_ticks = 0
    market.spec = replace(market.spec, first_reference_ticks=None)
    must_be_in_band(Register(), market, BID, 10**9, DAWN_NS)
    must_be_in_band(Register(), market, ASK, 1, DAWN_NS)

    market.rule = replace(market.rule, position_limit_lots=None)
    risk.must_be_within_position_limit(market, GROUP, 10**9)
