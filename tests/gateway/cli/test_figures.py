"""Figures as people say them become exact ticks and amounts, or a clear no."""

import json
from pathlib import Path

import pytest

from gateway.cli import figures
from gateway.cli.exit_codes import VerbFailed
from ledger.durations import HOUR_NS, SECOND_NS


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("103500", 10_350_000),
        ("103,500.00", 10_350_000),
        ("１０３５００", 10_350_000),
        ("75000元", 7_500_000),
        ("13.02", 1_302),
        ("¥0.5", 50),
        ("7万", 7_000_000),
        ("2 万元", 2_000_000),
        ("7.0w", 7_000_000),
        ("10.35W", 10_350_000),
        ("７．０７０７万", 7_070_700),
        ("7.070707万", 7_070_707),
        ("75k", 7_500_000),
        ("75千元", 7_500_000),
        ("1.2亿", 12_000_000_000),
        ("1,035万", 1_035_000_000),
    ],
)
def test_an_amount_is_read_as_it_is_said(text: str, minor: int) -> None:
    assert figures.amount_minor(text) == minor


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "-5",
        "1,00",
        "1e5",
        "0x10",
        "1.005",
        "nan",
        "9" * 30,
        "1/3",
        "万",
        "7万万",
        "7.0707071万",
        "7万5",
        "1.5m",
    ],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(VerbFailed) as refused:
        figures.amount_minor(text)
    assert refused.value.code == 2


def test_money_is_shown_with_its_unit() -> None:
    assert figures.money(165_600_000) == "1,656,000.00 yuan"
    assert figures.money(-5) == "-0.05 yuan"
    assert figures.money(7, "JPY", 0) == "7 JPY"


def test_a_title_is_priced_per_gpu_and_only_on_a_tick() -> None:
    assert figures.ticks_per_gpu(10_350_000, 10_000) == 1_035
    with pytest.raises(VerbFailed, match=r"103,500.00 yuan and 103,600.00 yuan"):
        figures.ticks_per_gpu(10_355_050, 10_000)


@pytest.mark.parametrize(
    ("lot_size", "side", "ticks"),
    [
        (5_760, "bid", 1_302),
        (5_760, "ask", 1_303),
        (5_952, "bid", 1_260),
        (5_952, "ask", 1_261),
    ],
)
def test_a_rent_in_ticks_is_never_worse_than_was_said(lot_size: int, side: str, ticks: int) -> None:
    """75,000.00 yuan for 8 GPUs: 1,302.08 fen in a month of 720 h, 1,260.08 in one of 744 h."""
    assert figures.ticks_per_lot(7_500_000, 1, lot_size, side) == ticks


@pytest.mark.parametrize("side", ["bid", "ask"])
def test_no_bid_passes_its_rent_and_no_ask_falls_short(side: str) -> None:
    for said in range(10, 200):
        meant = figures.ticks_per_lot(said, 1, 10, side) * 10
        assert said - 10 < meant <= said if side == "bid" else said <= meant < said + 10


def test_a_rent_below_the_least_tick_is_an_ask_of_one_and_no_bid() -> None:
    assert figures.ticks_per_lot(1, 1, 10, "ask") == 1
    with pytest.raises(VerbFailed, match=r"0\.09 yuan is no price: the least here is 0\.10 yuan"):
        figures.ticks_per_lot(9, 1, 10, "bid")
    with pytest.raises(VerbFailed, match=r"0\.00 yuan is no price"):
        figures.ticks_per_lot(0, 1, 10, "bid")


def test_an_ask_of_nothing_is_none() -> None:
    with pytest.raises(VerbFailed, match="is no price"):
        figures.ticks_per_lot(0, 1, 10, "ask")


def test_a_time_is_the_venues_unless_it_says_otherwise() -> None:
    midnight = 1_731_600_000_000_000_000
    assert figures.moment("2024-11-15", "Asia/Shanghai") == midnight
    assert figures.moment("2024-11-14T16:00:00Z", "Asia/Shanghai") == midnight
    assert figures.instant(midnight, "Asia/Shanghai") == "2024-11-15 00:00:00+08:00"


def test_an_age_is_told_in_its_largest_unit() -> None:
    day = 86_400_000_000_000
    assert figures.age(0, 3 * day) == "3 days ago"
    assert figures.age(0, day) == "24 hours ago"
    assert figures.age(5, 5) == "0 seconds ago"


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([], []),
        (["n-0001"], ["n-0001"]),
        (["n-0001", "n-0002", "n-0003"], ["n-0001..n-0003"]),
        (["n-0009", "n-0010", "n-0012"], ["n-0009..n-0010", "n-0012"]),
        (["n-0001", "u-000002", "u-000003"], ["n-0001", "u-000002..u-000003"]),
        (["n-0002", "n-0001"], ["n-0002", "n-0001"]),
    ],
)
def test_ids_that_follow_one_another_are_told_as_a_range(names: list[str], told: list[str]) -> None:
    assert figures.ranges(names) == told


def test_a_length_is_no_date_and_an_instant_is_one() -> None:
    """Over every member of the catalogue that is named in nanoseconds, by its own unit."""
    catalogue = json.loads((Path(figures.__file__).parents[1] / "catalogue.json").read_text())
    kinds = [*catalogue["events"].values(), *catalogue["commands"].values()]
    units = {
        field["name"]: field["unit"]
        for kind in kinds
        for field in kind["fields"]
        if field["name"].endswith("_ns")
    }
    assert len(units) >= 15
    assert len({unit.partition(" since")[0] for unit in units.values()}) >= 2
    for name, unit in units.items():
        told = figures.member_text(name, 72 * HOUR_NS, "Asia/Shanghai")
        assert told.startswith("1970-") == ("since 1970" in unit), (name, unit, told)


def test_gpu_time_is_told_in_hours() -> None:
    zone = "Asia/Shanghai"
    assert figures.member_text("available_gpu_ns", 192 * HOUR_NS, zone) == "192 GPU-hours"
    told = figures.member_text("down_gpu_ns", HOUR_NS + 90 * SECOND_NS, zone)
    assert told == "1 GPU-hour and 90 GPU-seconds"
    assert figures.member_text("down_gpu_ns", 0, zone) == "0 GPU-hours"
    assert figures.member_text("inspection_ns", 72 * HOUR_NS, zone) == "3 days"


def test_a_member_may_hold_whatever_json_can() -> None:
    """An older or a foreign document may have anything under a name that we know."""
    names = ("price_minor", "rows_minor", "at_ns", "inspection_ns", "available_gpu_ns", "", "venue")
    values = (
        *(None, True, False, 0, -7, 10**17, 10**30, 1.5, "", "x", "12", "-", "\n", [], {}),
        *([1, 2], [["p-0001/available", -5]], {"a": [None, {"b": 1.0}]}, [[[]]], ["12", None]),
    )
    for name in names:
        for value in values:
            assert isinstance(figures.member_text(name, value, "Asia/Shanghai"), str)
    told = figures.member_text("tiers_minor", [["A", 500], [100]], "Asia/Shanghai")
    assert told == "A; 5.00 yuan; 1.00 yuan"
