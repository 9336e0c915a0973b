"""The figures of a market's day: first, highest and lowest price, lots; null after its midnight."""

from exchange.books.day_figures import DayFigures

ZONE = "Asia/Shanghai"
MIDNIGHT_NS = 1_731_600_000_000_000_000  # 2024-11-15T00:00+08:00
NO_TRADE = {"open_ticks": None, "high_ticks": None, "low_ticks": None, "lots": 0}


def test_a_day_without_a_trade_has_no_prices() -> None:
    assert DayFigures().at(MIDNIGHT_NS) == NO_TRADE


def test_a_day_has_its_first_highest_and_lowest_price_and_ends_at_midnight() -> None:
    day = DayFigures()
    for price_ticks, lots in [(100, 2), (103, 1), (99, 4), (101, 3)]:
        day.add(ZONE, MIDNIGHT_NS - 10, price_ticks, lots)

    figures = {"open_ticks": 100, "high_ticks": 103, "low_ticks": 99, "lots": 10}
    assert day.at(MIDNIGHT_NS - 1) == figures
    assert day.at(MIDNIGHT_NS) == NO_TRADE


def test_the_first_trade_of_the_next_day_begins_it_anew() -> None:
    day = DayFigures()
    day.add(ZONE, MIDNIGHT_NS - 1, 100, 2)
    day.add(ZONE, MIDNIGHT_NS, 50, 1)

    figures = {"open_ticks": 50, "high_ticks": 50, "low_ticks": 50, "lots": 1}
    assert day.at(MIDNIGHT_NS) == figures
