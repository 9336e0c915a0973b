"""What a class is worth: figures of like age, bids that an ask may reach, months not over."""

from typing import Any

import pytest

from gateway.market_picture.class_worth import title_symbol, worth_of
from gateway.market_picture.market_views import MarketViews
from ledger.durations import DAY_NS
from ledger.refusals import Refused
from tests.exchange.ground import LEASE, TITLE, Floor

UNPROVEN = "T.H100SXM8.A0.CN-BJ"
GPUS = 8
TICK_MINOR = 10_000


@pytest.fixture
def floor() -> Floor:
    """A venue where both classes are listed."""
    floor = Floor(owners=1, buyers=2, nodes=4)
    asked = floor.clerk(0, "instrument.new", market=UNPROVEN)
    floor.clerk(1, "proposal.approve", proposal=asked[0].proposal)  # type: ignore[attr-defined]
    return floor


def pictured(floor: Floor, **sales: list[tuple[int, int]]) -> MarketViews:
    """The public picture; *sales*: days ago and ticks by class, oldest first."""
    views = MarketViews()
    views.fill(floor.venue, floor.writer.at_ns, floor.batch_ends())
    for grade, made in sales.items():
        view = views.by_market[f"T.H100SXM8.{grade}.CN-BJ"]
        for days, ticks in made:
            view.last_ticks, view.last_trade_ns = ticks, views.at_ns - days * DAY_NS
            view.candles.add(view.last_trade_ns, ticks, 1)
    return views


def worth(views: MarketViews, symbol: str = UNPROVEN, lots: int = 1) -> dict[str, Any]:
    return worth_of(views, title_symbol(symbol), lots)


def test_a_class_fetches_what_the_standing_bids_would_pay_level_by_level(floor: Floor) -> None:
    floor.bid(floor.buyers[0], 1, 100, market=UNPROVEN)
    floor.bid(floor.buyers[1], 1, 90, market=UNPROVEN)

    now = worth(pictured(floor), lots=3)["now"]

    assert (now["best_bid_minor"], now["best_bid_lots"]) == (100 * TICK_MINOR, 1)
    assert (now["proceeds_lots"], now["proceeds_minor"]) == (2, 190 * TICK_MINOR * GPUS)
    assert (now["last_minor"], now["last_age_s"], now["least_ask_minor"]) == (None, None, None)


@pytest.mark.parametrize(
    ("days", "least_ticks", "source", "fetched_ticks"),
    [(6, 140, "last_trade", None), (149, 70, "standing", 100)],
)
def test_a_bid_that_the_band_keeps_from_an_ask_fetches_nothing(
    floor: Floor, days: int, least_ticks: int, source: str, fetched_ticks: int | None
) -> None:
    floor.bid(floor.buyers[0], 1, 100, market=UNPROVEN)

    now = worth(pictured(floor, A0=[(days, 200)]))["now"]

    assert now["least_ask_minor"] == least_ticks * TICK_MINOR
    assert now["reference_source"] == source
    assert now["last_age_s"] == days * 86_400
    fetched = None if fetched_ticks is None else fetched_ticks * TICK_MINOR * GPUS
    assert now["proceeds_minor"] == fetched


@pytest.mark.parametrize(
    ("own", "other", "basis"),
    [
        ([(149, 80), (1, 60)], [(149, 100)], ("sales", 80, 100, 149)),
        ([(149, 80), (1, 60)], [(142, 100), (30, 70)], ("sales", 80, 100, 149)),
        ([(149, 80), (1, 60)], [(141, 100)], None),
        ([(9, 60)], [(2, 75)], ("sales", 60, 75, 9)),
        ([(10, 60)], [(2, 75)], None),
        ([(1, 60)], [], None),
        ([], [(1, 60)], None),
    ],
)
def test_papers_are_measured_by_sales_of_like_age_or_not_at_all(
    floor: Floor,
    own: list[tuple[int, int]],
    other: list[tuple[int, int]],
    basis: tuple[str, int, int, int] | None,
) -> None:
    (papers,) = worth(pictured(floor, A0=own, A1=other), lots=2)["changes"]

    assert (papers["by"], papers["market"]) == ("papers", TITLE)
    if basis is None:
        assert (papers["basis"], papers["change_minor"], papers["own_minor"]) == (None, None, None)
        return
    name, own_ticks, other_ticks, days = basis
    assert papers["basis"] == name
    assert papers["own_minor"] == own_ticks * TICK_MINOR
    assert papers["other_minor"] == other_ticks * TICK_MINOR
    assert papers["change_minor"] == (other_ticks - own_ticks) * TICK_MINOR * GPUS * 2
    assert papers["basis_age_s"] // 86_400 == days, "the day began before the sale"


def test_bids_that_stand_now_come_before_any_sale(floor: Floor) -> None:
    floor.bid(floor.buyers[0], 1, 50, market=UNPROVEN)
    floor.bid(floor.buyers[1], 1, 70, market=TITLE)

    (papers,) = worth(pictured(floor, A0=[(1, 60)], A1=[(1, 99)]))["changes"]

    assert (papers["basis"], papers["basis_age_s"]) == ("bids", None)
    assert papers["change_minor"] == 20 * TICK_MINOR * GPUS


def test_an_ungraded_server_hears_what_a_report_and_what_papers_change(floor: Floor) -> None:
    changes = worth(pictured(floor), "T.H100SXM8.U0.CN-BJ")["changes"]

    assert [(each["by"], each["market"]) for each in changes] == [
        ("report", UNPROVEN),
        ("papers", TITLE),
    ]
    assert worth(pictured(floor), TITLE)["changes"] == []


def test_the_rent_is_of_the_first_month_that_can_still_be_let(floor: Floor) -> None:
    floor.ask(floor.owners[0], 1, 1_302)
    floor.bid(floor.buyers[0], 1, 1_302)
    rent = worth(pictured(floor))["rent"]
    assert (rent["market"], rent["last_minor"]) == (LEASE, 7_749_504)
    assert rent["takes_class"] is False, "a lease takes P1 and P2"
    assert worth(pictured(floor), TITLE)["rent"]["takes_class"] is True
    last_ns = floor.market(LEASE).spec.last_trade_ns
    assert last_ns is not None
    floor.pass_time(last_ns)

    following = worth(pictured(floor))["rent"]

    assert (following["month"], following["last_minor"]) == ("2025-01", None)


def test_a_class_that_nobody_sells_has_no_figures_and_no_rent(floor: Floor) -> None:
    told = worth(pictured(floor), "T.B200SXM8.A0.CN-SH")

    assert (told["now"], told["rent"]) == (None, None)
    assert [each["now"] for each in told["changes"]] == [None]


@pytest.mark.parametrize("text", [LEASE, "H100", "T.H100SXM8.A9.CN-BJ"])
def test_what_is_no_class_is_refused_in_words(text: str) -> None:
    with pytest.raises(Refused) as refused:
        title_symbol(text)
    assert "T.H100SXM8.A1.CN-BJ" in refused.value.detail
