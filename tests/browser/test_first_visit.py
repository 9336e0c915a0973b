"""A first visit: few bytes and questions, nothing moves or flashes, and axe finds nothing."""

import asyncio
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.conftest import Pages, Watched
from tests.browser.quarter import Quarter
from tests.exchange.ground import LEASE, TITLE

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / ".venv" / "browser-tests" / "axe.min.js"
SHIFT_MOST = 0.1  # of the page, over all that moved by itself
BYTES_MOST = 110_000  # until the first market: 2.2 s at 400 kbit/s
QUESTIONS_MOST = 12
CHARTS = "/uPlot.esm.js"  # asked for once there is something to draw
TELL_SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => list.getEntries().forEach((each) => {
  if (!each.hadRecentInput) window.shifted += each.value;
})).observe({ type: "layout-shift", buffered: true });
"""


class Line:
    """What comes over a page's line, counted."""

    def __init__(self) -> None:
        self.bytes: Counter[str] = Counter()
        self.asked: list[str] = []
        self._paths: dict[str, str] = {}

    async def watch(self, page: Page) -> None:
        line = await page.context.new_cdp_session(page)
        line.on("Network.requestWillBeSent", self._asked)
        line.on("Network.loadingFinished", self._came)
        line.on("Network.webSocketFrameReceived", self._told)
        await line.send("Network.enable")

    def _asked(self, event: dict[str, Any]) -> None:
        path = urlsplit(event["request"]["url"]).path
        self._paths[event["requestId"]] = path
        self.asked.append(path)

    def _came(self, event: dict[str, Any]) -> None:
        self.bytes[self._paths.get(event["requestId"], "?")] += int(event["encodedDataLength"])

    def _told(self, event: dict[str, Any]) -> None:
        self.bytes["socket"] += len(event["response"]["payloadData"])


async def test_the_first_market_takes_few_bytes_and_questions(
    quarter: Quarter, pages: Pages
) -> None:
    await quarter.offer(1035, 2)
    async with pages() as at:
        await at.page.add_init_script(TELL_SHIFTS)
        line = Line()
        await line.watch(at.page)
        await at.open("#/")
        await expect(at.find(".level-ask")).to_have_count(1)
        await expect(at.find(".market-list td .ask").first).to_be_visible()
        first = {path: size for path, size in line.bytes.items() if not path.endswith(CHARTS)}
        assert 0 < sum(first.values()) < BYTES_MOST, first
        assert len(line.asked) <= QUESTIONS_MOST, line.asked

        await expect(at.find(".depth .u-over")).to_be_visible()
        await expect(at.find(".light")).to_contain_text("live")
        await expect(at.find(".totals-line")).to_have_text("1 ask, 0 bids")
        assert await at.page.evaluate("window.shifted") < SHIFT_MOST

        before = len(line.asked)
        await at.page.reload()
        await expect(at.find(".level-ask")).to_have_count(1)
        assert len(line.asked) - before <= QUESTIONS_MOST
        from_cache = await at.page.evaluate(
            """performance.getEntriesByType("resource")
              .filter((each) => each.name.includes("/assets/"))
              .map((each) => each.transferSize)"""
        )
        assert from_cache
        assert not any(from_cache), "what lies under its hash is not asked for again"


@pytest.mark.parametrize("width", [390, 1440])
async def test_nothing_moves_while_a_market_fills(
    quarter: Quarter, pages: Pages, width: int
) -> None:
    await quarter.offer(1035, 2)
    async with pages(viewport={"width": width, "height": 844}) as at:
        await at.page.add_init_script(TELL_SHIFTS)
        for address in (f"#/market/{TITLE}", "#/", "#/import"):
            await at.open("?" + address)
            await expect(at.find("main")).not_to_have_class(re.compile("is-silent"))
            await expect(at.find(".light")).not_to_have_class(re.compile("is-silent"))
            assert await at.page.evaluate("window.shifted") < SHIFT_MOST, address


@pytest.mark.parametrize("width", [390, 1440])
async def test_nothing_moves_while_a_seat_fills(quarter: Quarter, pages: Pages, width: int) -> None:
    await quarter.offer(1035, 2)
    async with pages(viewport={"width": width, "height": 844}) as at:
        await at.sit(await quarter.trader())
        await at.page.add_init_script(TELL_SHIFTS)
        await at.open("?#/seat")
        await expect(at.find(".seat-chip.is-seated")).to_be_visible()
        await expect(at.find("main .unheard")).to_have_count(0)
        assert await at.page.evaluate("window.shifted") < SHIFT_MOST


async def test_a_kept_look_is_worn_before_anything_is_painted(pages: Pages) -> None:
    async with pages(color_scheme="light") as at:
        let_go = asyncio.Event()

        async def wait(route: Route) -> None:
            await let_go.wait()
            await route.continue_()

        await at.page.add_init_script("localStorage.setItem('gpubourse.theme', 'dark');")
        await at.page.route(re.compile(r"/main\.js$"), wait)
        going = asyncio.ensure_future(at.open("#/"))
        await expect(at.find("body")).to_be_attached()
        ground = "getComputedStyle(document.body).backgroundColor"
        assert await at.page.evaluate(ground) == "rgb(12, 15, 20)"
        let_go.set()
        await going
        await expect(at.find("html")).to_have_attribute("data-theme", "dark")
        await expect(at.find(".totals")).to_be_visible()


async def test_titles_say_where_one_is_and_an_unknown_address_is_a_page(
    quarter: Quarter, pages: Pages
) -> None:
    async with pages() as at:
        for address, title in (
            ("#/", "Markets · gpubourse"),
            (f"#/market/{TITLE}", "H100SXM8 A·P1 Beijing · gpubourse"),
            ("#/import", "Import · gpubourse"),
            ("#/thing/n-0008", "n-0008 · gpubourse"),
            ("#/nonsense/x", "No such page · gpubourse"),
            ("#/constructor", "No such page · gpubourse"),
        ):
            await at.open(address)
            await expect(at.page).to_have_title(title)
        await at.open("markets/h100")
        await expect(at.find("main h1")).to_have_text("No such page")
        await expect(at.find("main")).to_contain_text("/markets/h100")
        await at.page.get_by_role("link", name="To the markets").click()
        await expect(at.page).to_have_title("Markets · gpubourse")
        assert at.page.url == f"{quarter.url}/#/"
        # Chromium's own line of the address that is none
        at.wrongs[:] = [wrong for wrong in at.wrongs if "status of 404" not in wrong]


async def found(at: Watched, *rules: str) -> list[str]:
    """What axe finds wrong on the page as it stands; with *rules*, of these alone."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = rules
    wrong = await at.page.evaluate(f"axe.run(document, {json.dumps(options)})")
    return [
        f"{each['id']}: {node['target']}" for each in wrong["violations"] for node in each["nodes"]
    ]


async def test_axe_finds_nothing_on_any_page(quarter: Quarter, pages: Pages) -> None:
    """Each page wide and narrow by all rules; and its colours in the dark."""
    if not AXE.is_file():
        pytest.skip("axe is missing: make setup")
    await quarter.offer(1035, 2)
    await quarter.buy(1035, 1)
    axe = AXE.read_text("utf-8")
    async with pages(reduced_motion="reduce") as at:  # no colour on its way to another
        await at.sit(await quarter.trader())
        wrong = {}
        for address, place in (
            ("#/", ".level-ask"),
            (f"#/market/{TITLE}", ".candles .u-over"),
            (f"#/market/{LEASE}", ".ladder"),
            ("#/thing/n-0008", "main h1"),
            ("#/import", ".drop"),
            ("#/seat", ".holdings"),
            ("#/nonsense", "main h1"),
            ("#/?", "dialog"),
        ):
            await at.page.set_viewport_size({"width": 1440, "height": 900})
            await at.open("?" + address.removesuffix("?"))
            await expect(at.find(".seat-chip.is-seated")).to_be_visible()
            await expect(at.find(".light")).to_contain_text("live")
            if address.endswith("?"):
                await at.page.keyboard.press("?")
            await expect(at.find(place).first).to_be_visible()
            await at.page.evaluate(axe)
            seen = await found(at)
            await at.page.evaluate("document.documentElement.dataset.theme = 'dark'")
            seen += await found(at, "color-contrast")
            await at.page.set_viewport_size({"width": 390, "height": 844})
            seen += await found(at)
            if seen:
                wrong[address] = seen
        # Chromium's own line of what a trader's seat may not see
        at.wrongs[:] = [each for each in at.wrongs if "status of 40" not in each]
        assert wrong == {}
