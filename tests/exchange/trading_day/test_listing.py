"""The calendar lists what stands to be sold and leased; orders end with what they offer."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from exchange.commands import ListInstrument
from exchange.events import InstrumentListed, OrderCancelled, OrderExpired, PhaseChanged
from exchange.market.calendar import (
    day_end_ns,
    months_ahead,
    next_month_ns,
    next_time_of_day,
    time_of_day_before,
)
from exchange.trading_day.listing import list_instrument
from ledger.caller import Caller
from ledger.cash.months import month_ns
from ledger.durations import DAY_NS, HOUR_NS
from ledger.events import (
    HoldPlaced,
    KycTierSet,
    ProvenanceGraded,
    RoleRevoked,
    TitleTransferred,
    UnitGraded,
)
from ledger.refusals import Reason, Refused
from tests.exchange.ground import LEASE, TITLE, Floor, of_kind, server
from tests.exchange.laws import levels_are_the_orders

DECEMBER_2026 = (1_796_054_400_000_000_000, 1_798_732_800_000_000_000)  # its ends (DOMAIN 2)


def test_contract_months_run_in_the_venues_zone() -> None:
    zone = "Asia/Shanghai"
    assert (month_ns(zone, 2026, 12), month_ns(zone, 2027, 1)) == DECEMBER_2026
    assert months_ahead(zone, DECEMBER_2026[0], 2) == [(2027, 1), (2027, 2)]
    assert months_ahead(zone, DECEMBER_2026[0] - 1, 2) == [(2026, 12), (2027, 1)]


UTC_OF_BERLIN = [  # a day of summer time's ends, its 02:30 as the table means it, its length
    ("2025-03-29", "2025-03-29T01:30Z", 24),
    ("2025-03-30", "2025-03-30T01:30Z", 23),  # 02:30 is skipped: an hour later, 03:30 there
    ("2025-03-31", "2025-03-31T00:30Z", 24),
    ("2025-10-25", "2025-10-25T00:30Z", 24),
    ("2025-10-26", "2025-10-26T00:30Z", 25),  # 02:30 comes twice: the first counts
    ("2025-10-27", "2025-10-27T01:30Z", 24),
]


@pytest.mark.parametrize(("day", "opens", "hours"), UTC_OF_BERLIN)
def test_an_hour_that_a_zone_skips_or_repeats_has_its_own_instant(
    day: str, opens: str, hours: int
) -> None:
    zone = "Europe/Berlin"
    table = (("02:30", "open"), ("23:00", "closed"))
    begins_ns = instant_ns(f"{day}T00:00", zone)
    opens_ns = instant_ns(opens.removesuffix("Z"), "UTC")

    assert next_time_of_day(zone, begins_ns, table) == (opens_ns, "open")
    assert day_end_ns(zone, begins_ns) == begins_ns + hours * HOUR_NS
    assert day_end_ns(zone, begins_ns - 1) == begins_ns
    assert time_of_day_before(zone, opens_ns - 1, table) == "closed"
    assert time_of_day_before(zone, opens_ns, table) == "open"
    assert next_time_of_day(zone, opens_ns, table)[1] == "closed"


def test_months_of_summer_and_winter_begin_at_midnight_there() -> None:
    for year, month, begins in ((2025, 4, "2025-03-31T22:00"), (2025, 11, "2025-10-31T23:00")):
        begins_ns = instant_ns(begins, "UTC")
        assert month_ns("Europe/Berlin", year, month) == begins_ns
        assert next_month_ns("Europe/Berlin", begins_ns - 1) == begins_ns


def instant_ns(text: str, zone: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * 10**9


def test_a_title_market_and_six_months_stand_as_soon_as_a_titled_thing_does() -> None:
    floor = Floor(nodes=1)
    listed = [event for batch in floor.batches for event in of_kind(batch.events, InstrumentListed)]

    assert [event.market for event in listed] == [
        TITLE,
        *(f"L.H100SXM8.CN-BJ.{month}" for month in ("2024-12", "2025-01", "2025-02", "2025-03")),
        *(f"L.H100SXM8.CN-BJ.{month}" for month in ("2025-04", "2025-05")),
    ]


def test_a_listed_market_opens_in_its_own_batch_by_the_timetable() -> None:
    floor = Floor(nodes=1)
    batch = floor.batches[1]
    changed = [e for e in of_kind(batch.events, PhaseChanged) if e.market == TITLE]

    assert [(e.from_phase, e.to_phase, e.reason) for e in changed] == [
        ("closed", "pre_open", "listed"),
        ("pre_open", "continuous", "listed"),
    ]


def test_another_grade_calls_for_another_market_and_ends_the_asks_of_the_old_class() -> None:
    floor = Floor(nodes=1)
    floor.ask(floor.owners[0], 1, 1035, market=TITLE)
    floor.bid(floor.buyers[0], 1, 1000, market=TITLE)
    events = floor.happen(UnitGraded("u-000003", "B", ["worn"], 0))

    (ended,) = of_kind(events, OrderCancelled)
    assert (ended.reason, ended.freed_nodes) == ("eligibility", ["n-0001"])
    assert [e.market for e in of_kind(events, InstrumentListed)] == ["T.H100SXM8.B1.CN-BJ"]
    assert [order.side for order in floor.venue.orders.values()] == ["bid"]


def test_a_lease_ask_survives_a_change_from_a_to_b_and_ends_with_its_papers() -> None:
    floor = Floor(nodes=1)
    floor.ask(floor.owners[0], 1, 1300)
    kept = floor.happen(UnitGraded("u-000003", "B", ["worn"], 0))
    ended = floor.happen(ProvenanceGraded("u-000003", "P0", ["none"]))

    assert not of_kind(kept, OrderCancelled)
    assert [event.reason for event in of_kind(ended, OrderCancelled)] == ["eligibility"]


def test_a_hold_a_transfer_and_a_lost_role_end_the_orders_concerned() -> None:
    floor = Floor(nodes=3)
    owner = floor.owners[0]
    for node in ("n-0001", "n-0002", "n-0003"):
        floor.ask(owner, 1, 1300, nodes=[node])
    held = floor.happen(
        HoldPlaced(
            node="n-0001", hold="h-900000", kind="court", from_ns=0, to_ns=0, reference="",
            basis_sha256="",
        )
    )  # fmt: skip
    moved = floor.happen(
        TitleTransferred(
            node="n-0002", from_party=owner, to_party=floor.buyers[0], settlement="",
            basis="transfer", price_minor=0, subject_to=[], effective_ns=0,
        )
    )  # fmt: skip
    lost = floor.happen(RoleRevoked(owner, "owner", ""))

    reasons = [e.reason for e in of_kind([*held, *moved, *lost], OrderCancelled)]
    assert reasons == ["hold", "eligibility", "eligibility"]
    assert not floor.venue.orders
    assert not any(thing.windows for thing in floor.venue.register.things.values())


def test_a_lower_tier_ends_a_partys_bids_and_their_cash_is_free() -> None:
    floor = Floor()
    before = floor.venue.register.available_minor(floor.buyers[0])
    floor.bid(floor.buyers[0], 1, 1300)
    events = floor.happen(KycTierSet(floor.buyers[0], 0, "", 0))

    assert [event.reason for event in of_kind(events, OrderCancelled)] == ["eligibility"]
    assert floor.venue.register.available_minor(floor.buyers[0]) == before


def test_each_month_s_roll_lists_one_more_month_and_forgets_the_one_that_ran_out() -> None:
    floor = Floor(nodes=1)
    december_ns = month_ns("Asia/Shanghai", 2024, 12)
    rolled = floor.pass_time(december_ns)
    floor.pass_time(month_ns("Asia/Shanghai", 2025, 1))

    assert [e.market for e in of_kind(rolled, InstrumentListed)] == ["L.H100SXM8.CN-BJ.2025-06"]
    assert LEASE not in floor.venue.markets
    assert "L.H100SXM8.CN-BJ.2025-07" in floor.venue.markets


def test_no_month_is_listed_that_could_no_longer_be_traded() -> None:
    floor = Floor(owners=1, nodes=1)
    floor.venue.lease_series.clear()
    floor.venue.markets.clear()
    floor.pass_time(month_ns("Asia/Shanghai", 2024, 12) - 12 * HOUR_NS)
    events = floor.happen(*server(2, floor.owners[0]))

    listed = [e.market for e in of_kind(events, InstrumentListed) if e.kind == "lease"]
    assert listed[0] == "L.H100SXM8.CN-BJ.2025-01"


@pytest.mark.parametrize(
    ("market", "reason"),
    [
        (TITLE, Reason.wrong_state),
        ("T.H100SXM8.A9.CN-BJ", Reason.bad_field),
        ("T.NOSUCH.A1.CN-BJ", Reason.unknown_model),
        ("L.H100SXM8.CN-BJ.2024-11", Reason.window_started),
    ],
)
def test_a_listing_by_hand_is_refused_for_what_cannot_be_listed(
    market: str, reason: Reason
) -> None:
    floor = Floor()
    with pytest.raises(Refused) as refused:
        list_instrument(floor.venue, ListInstrument(market), Caller(), floor.writer.moment)
    assert refused.value.reason is reason


def test_a_listing_by_hand_takes_two_people_and_may_give_a_first_reference() -> None:
    floor = Floor()
    symbol = "L.H100SXM8.CN-SH.2025-03"
    clerk = floor.clerk(0, "instrument.new", market=symbol, first_reference_ticks=1300)
    proposal = clerk[0].proposal  # type: ignore[attr-defined]
    events = floor.clerk(1, "proposal.approve", proposal=proposal)

    (listed,) = of_kind(events, InstrumentListed)
    assert (listed.market, listed.first_reference_ticks) == (symbol, 1300)
    with pytest.raises(Refused) as refused:
        floor.bid(floor.buyers[0], 1, 1691, market=symbol)
    assert refused.value.reason is Reason.outside_band
    floor.bid(floor.buyers[0], 1, 1690, market=symbol)


def test_a_market_stays_until_its_orders_have_ended_however_long_the_silence() -> None:
    """After a silence all that fell due is done at one instant: months are listed before closes."""
    floor = Floor(nodes=1)
    months = [symbol for symbol in floor.venue.markets if symbol.startswith("L.")]
    for symbol in months:
        floor.ask(floor.owners[0], 1, 1300, market=symbol)
    back_ns = floor.writer.at_ns + 400 * DAY_NS  # beyond the windows, not beyond the grades
    resumed = floor.writer.resume(back_ns)
    assert resumed is not None
    floor.keep(resumed)

    events = floor.pass_time(back_ns)

    ended = of_kind(events, OrderExpired)
    assert [(end.market, end.reason) for end in ended] == [(symbol, "window") for symbol in months]
    assert not floor.venue.orders
    floor.pass_time(back_ns + 31 * DAY_NS)  # the next month is listed: what is empty leaves
    assert not set(months) & set(floor.venue.markets)
    floor.pass_time(back_ns + 900 * DAY_NS)  # the grades expire
    levels_are_the_orders(floor)
