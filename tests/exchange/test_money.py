"""The figures of EXCHANGE 1 and 4: lot sizes, notional, holds and fees, to the fen."""

import pytest

from exchange.events import OrderAccepted, Traded
from exchange.instruments.symbols import read_symbol
from exchange.replies import fill
from exchange.words import ASK, BID
from ledger.events import LeaseGranted
from ledger.money import fee_minor, lower_limit, upper_limit
from tests.exchange.ground import CASH_MINOR, LEASE, TITLE, Floor, of_kind


def test_a_december_lot_is_5_952_gpu_hours() -> None:
    floor = Floor()
    spec = floor.market(LEASE).spec

    assert (spec.hours, spec.lot_size) == (744, 5_952)
    assert floor.market(LEASE).notional_minor(1302, 1) == 7_749_504
    assert floor.market(TITLE).notional_minor(1035, 1) == 82_800_000


def test_a_bids_hold_is_price_fee_and_deposit() -> None:
    floor = Floor()
    accepted = floor.bid(floor.buyers[0], 2, 1310)[0]

    assert isinstance(accepted, OrderAccepted)
    assert accepted.held_minor == 15_594_240 + 15_594 + 3_898_560 == 19_508_394
    account = f"{floor.buyers[0]}/on_hold/{accepted.hold}"
    assert floor.venue.register.accounts[account] == 19_508_394


def test_a_title_trade_of_domain_3() -> None:
    """Bid 105,000.00 yuan a GPU, traded at 103,500.00 (DOMAIN 3, rows 2, 3 and 4)."""
    floor = Floor()
    floor.ask(floor.owners[0], 1, 1035, market=TITLE)
    events = floor.bid(floor.buyers[0], 1, 1050, market=TITLE)
    traded = of_kind(events, Traded)[0]

    assert events[0].held_minor == 84_084_000  # type: ignore[attr-defined]
    assert (traded.notional_minor, traded.bid_fee_minor) == (82_800_000, 82_800)
    assert (traded.escrow_minor, traded.freed_minor) == (82_882_800, 1_201_200)
    accounts = floor.venue.register.accounts
    assert accounts[f"{floor.buyers[0]}/escrow/{traded.settlement}"] == 82_882_800
    assert floor.venue.register.available_minor(floor.buyers[0]) == CASH_MINOR - 82_882_800
    assert floor.venue.register.available_minor(floor.owners[0]) == CASH_MINOR
    assert not [name for name in accounts if "/on_hold/" in name]


def test_a_fill_is_the_trade_as_one_side_sees_it() -> None:
    floor = Floor()
    floor.ask(floor.owners[0], 2, 1_302)
    (traded,) = of_kind(floor.bid(floor.buyers[0], 2, 1_302), Traded)
    both = {
        "price_ticks": 1_302,
        "lots": 2,
        "notional_minor": 15_499_008,
        "settlement": traded.settlement,
    }

    assert fill(traded, BID) == both | {
        "fill": f"{traded.trade}.bid",
        "role": "taker",
        "fee_minor": 15_499,
    }
    assert fill(traded, ASK) == both | {
        "fill": f"{traded.trade}.ask",
        "role": "maker",
        "fee_minor": 0,
    }


def test_a_lease_trade_prepays_rent_and_fee_and_lays_the_deposit_aside() -> None:
    floor = Floor()
    floor.ask(floor.owners[0], 2, 1302)
    events = floor.bid(floor.buyers[0], 2, 1302)
    leases = of_kind(events, LeaseGranted)

    assert [lease.rent_minor for lease in leases] == [7_749_504, 7_749_504]
    assert sum(lease.prepaid_minor for lease in leases) == 15_499_008 + 15_499
    assert [lease.deposit_minor for lease in leases] == [1_937_376, 1_937_376]
    assert {(lease.lessee_fee_bp, lease.lessor_fee_bp) for lease in leases} == {(10, 0)}
    accounts = floor.venue.register.accounts
    assert accounts[f"{floor.buyers[0]}/rent_escrow/l-0001"] == leases[0].prepaid_minor
    assert not [name for name in accounts if "/on_hold/" in name]


def test_a_lessor_who_takes_pays_the_takers_fee() -> None:
    floor = Floor()
    floor.bid(floor.buyers[0], 1, 1302)
    (lease,) = of_kind(floor.ask(floor.owners[0], 1, 1302), LeaseGranted)

    assert (lease.lessee_fee_bp, lease.lessor_fee_bp) == (0, 10)
    assert lease.prepaid_minor == lease.rent_minor == 7_749_504


@pytest.mark.parametrize("splits", [(1, 1, 1, 1, 1), (2, 3), (4, 1), (5,)])
def test_a_hold_covers_any_split_of_its_fills(splits: tuple[int, ...]) -> None:
    floor = Floor(owners=5, nodes=5)
    floor.bid(floor.buyers[0], 5, 1311)
    for owner, lots in zip(floor.owners, splits, strict=False):
        floor.ask(owner, lots, 1311)

    assert not floor.venue.orders
    assert not [name for name in floor.venue.register.accounts if "/on_hold/" in name]


def test_a_fee_is_cut_toward_zero_and_may_be_a_rebate() -> None:
    assert fee_minor(15_499_008, 10) == 15_499
    assert fee_minor(15_499_008, 5) == 7_749
    assert fee_minor(15_499_008, -5) == -7_749


def test_a_limit_around_a_reference_is_rounded_outward() -> None:
    assert (lower_limit(1300, 500), upper_limit(1300, 500)) == (1235, 1365)
    assert upper_limit(1001, 500) == 1052
    assert lower_limit(1, 10_000) == 1


def test_a_symbol_is_a_key_that_is_read_once() -> None:
    assert read_symbol("T.H100SXM8.A1.CN-BJ") is not None
    for wrong in (
        "T.H100SXM8.D1.CN-BJ",
        "T.H100SXM8.A1.CN-BJ.",
        "L.H100SXM8.CN-BJ.2026-13",
        "l.H100SXM8.CN-BJ.2026-12",
        "H.H100SXM8.CN-BJ.2026120109",
        "",
    ):
        assert read_symbol(wrong) is None
