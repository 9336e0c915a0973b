"""The chart is one of time: blank where nothing was traded, read out by pointer and by keys."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from ledger.durations import DAY_NS
from tests.browser.conftest import Pages
from tests.browser.quarter import Quarter
from tests.browser.test_modules import told
from tests.browser.test_other_history import Wire
from tests.browser.watched import Watched
from tests.exchange.ground import TITLE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

DAY_S = 86_400
# Days after the first, prices in ticks, lots, trades, turnover: one trade, several, one lower.
DAYS = (
    (0, 1000, 1000, 1000, 1000, 1, 1, 1000),
    (1, 1010, 1040, 1000, 1030, 4, 3, 4080),
    (5, 1020, 1020, 1020, 1020, 2, 1, 2040),
    (6, 1020, 1020, 1020, 1020, 1, 1, 1020),
)


def rows(first_ns: int) -> list[list[Any]]:
    return [[str(first_ns + day * DAY_NS), *rest] for day, *rest in DAYS]


async def test_a_candle_goes_by_its_own_prices_or_by_the_close_before(modules: Page) -> None:
    went = await told(modules, "spans", "m.directions(a[0])", rows(0))

    assert went == [None, True, False, None]  # nothing before, up, below 1030, the same again


async def test_an_instant_is_of_its_span_or_of_none(modules: Page) -> None:
    script = "a[1].map((each) => m.rowAt(a[0], each, 86400))"
    instants = [-1, 0, DAY_S - 1, DAY_S, 2 * DAY_S, 5 * DAY_S, 7 * DAY_S]

    assert await told(modules, "spans", script, rows(0), instants) == [-1, 0, 0, 1, -1, 2, -1]
    assert await told(modules, "spans", script, [], [0]) == [-1]


async def test_a_chart_shows_all_time_up_to_now_that_has_room(modules: Page) -> None:
    script = "m.opening(...a)"
    half = DAY_S / 2

    wide = await told(modules, "spans", script, rows(0), 9 * DAY_S, DAY_S, 2_000)
    assert wide == [-half, 9 * DAY_S + half]
    narrow = await told(modules, "spans", script, rows(0), 9 * DAY_S, DAY_S, 25)
    assert narrow == [4 * DAY_S, 9 * DAY_S + half]
    long_ago = await told(modules, "spans", script, rows(0), 900 * DAY_S, DAY_S, 25)
    assert long_ago == [5 * DAY_S, 900 * DAY_S + half]
    back = await told(modules, "spans", "m.moved(...a)", wide, -9 * DAY_S, rows(0), 0, DAY_S)
    assert back == wide, "no further than the first row"


async def pointed(at: Watched, day: float, days: float) -> None:
    """The pointer over a day of a chart that shows *days* from half a day before the first."""
    box = await at.find(".candles .u-over").bounding_box()
    assert box is not None
    x = box["x"] + box["width"] * (day + 1) / days
    await at.page.mouse.move(x, box["y"] + box["height"] / 2)


@pytest.mark.own_venue
async def test_what_the_pointer_or_a_key_is_at_is_read_out(quarter: Quarter, pages: Pages) -> None:
    await quarter.offer(1035, 1)
    await quarter.buy(1035, 1)
    for width in (390, 2560):
        await is_read_out(pages, width)


async def is_read_out(pages: Pages, width: int) -> None:
    async with pages(viewport={"width": width, "height": 900}) as at:
        first: list[int] = []

        def older(message: dict[str, Any]) -> None:
            """The venue's one day of trade, and four days long before it."""
            if message.get("feed") == f"candles.1d/{TITLE}" and message["kind"] == "snapshot":
                [today] = message["body"]
                first.append(int(today[0]) - 9 * DAY_NS)
                message["body"] = [*rows(first[0]), today]

        wire = Wire(to_page=older)
        await wire.tap(at.page)
        await at.open(f"#/market/{TITLE}")
        reading, chart = at.find(".reading"), at.find(".candles .chart")
        await expect(at.find(".candles .u-over")).to_be_visible()
        await expect(reading).to_contain_text("close 103,500 · 1 server · 828,000 yuan · 1 trade")

        await chart.scroll_into_view_if_needed()
        shown_days = 11  # nine, today, and half a day each side
        await pointed(at, 1, shown_days)
        await expect(reading).to_contain_text(
            "first 101,000 · high 104,000 · low 100,000 · close 103,000 · 4 servers"
            " · 3,264,000 yuan · 3 trades"
        )
        day = await told_day(at, first[0] + 3 * DAY_NS)
        await pointed(at, 3, shown_days)
        await expect(reading).to_have_text(f"{day} · no trade")

        await chart.focus()
        await at.page.keyboard.press("End")
        await expect(chart).to_have_attribute("aria-valuenow", "5")
        await at.page.keyboard.press("ArrowLeft")
        await expect(reading).to_contain_text("1 server · 816,000 yuan")
        await at.page.keyboard.press("Home")
        await expect(chart).to_have_attribute("aria-valuenow", "1")
        await expect(reading).to_contain_text("first 100,000")


async def told_day(at: Watched, ns: int) -> str:
    """A day in the venue's zone."""
    return str(
        await at.page.evaluate(
            """(ms) => new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai" })
              .format(new Date(ms))""",
            ns // 1_000_000,
        )
    )
