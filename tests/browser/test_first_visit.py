"""A first visit: few bytes and questions, nothing moves or is cut off, and axe finds nothing."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.conftest import Pages
from tests.browser.quarter import Quarter
from tests.browser.test_words import MACHINES_UNITS
from tests.browser.watched import Watched, speak
from tests.exchange.ground import LEASE, TITLE
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

DUMP = Path(__file__).parents[2] / "../shared/data/inventories/nvidia-smi-q_H100SXMx8.txt"
ENGLISH = re.compile(r"\b[A-Za-z]+( [a-z]{2,}){2,}")  # more words in a row than a name has
AXE = Path(__file__).parents[2] / ".venv" / "browser-tests" / "axe.min.js"
SHIFT_MOST = 0.1  # of the page, over all that moved by itself
BYTES_MOST = 120_000  # until the first market: 2.4 s at 400 kbit/s
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


CONTRAST = "color-contrast"  # the dearest of axe's rules


async def found(at: Watched, *rules: str, without: Sequence[str] = ()) -> list[str]:
    """What axe finds wrong on the page as it stands; with *rules*, of these alone."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = rules
    options["rules"] = {rule: {"enabled": False} for rule in without}
    wrong = await at.page.evaluate(f"axe.run(document, {json.dumps(options)})")
    return [
        f"{each['id']}: {node['target']}" for each in wrong["violations"] for node in each["nodes"]
    ]


# Cells of a row that lie under its buttons, or whose words reach into the next one.
COVERED = """[...document.querySelectorAll("td:has(button)")].flatMap((buttons) => {
  const over = buttons.getBoundingClientRect();
  return [...buttons.parentElement.cells].filter((cell) => {
    const at = cell.getBoundingClientRect();
    const meets = at.left + 1 < over.right && over.left + 1 < at.right
      && at.top + 1 < over.bottom && over.top + 1 < at.bottom;
    return cell !== buttons && (meets || cell.scrollWidth > cell.clientWidth + 1);
  }).map((cell) => `covered: ${cell.textContent}`);
})"""


# Text of which a part lies outside of what is seen: cut off by a box that does not show it, or by
# the window. A table that could be moved sideways does not show that it can: it is cut off, too.
SLICED = """() => {
  const cut = (rect, left, right) => rect.left < left - 1 || rect.right > right + 1;
  const isCut = (element, rect) => {
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.position === "fixed" && at !== element) return false;
      if (style.overflowX === "visible") continue;
      if (style.textOverflow === "ellipsis") return false;
      const left = at.getBoundingClientRect().left + at.clientLeft;
      if (cut(rect, left, left + at.clientWidth)) return true;
    }
    return cut(rect, 0, document.documentElement.clientWidth);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const wrong = [];
  while (walker.nextNode()) {
    const { currentNode: node } = walker;
    const element = node.parentElement;
    const isSeen = element.checkVisibility({ visibilityProperty: true });
    if (!node.data.trim() || !isSeen || element.closest(".unseen, .skip, option, title")) continue;
    const head = element.closest("thead"); // of rows that are cards it is for a reader's ear
    if (head && getComputedStyle(head).clipPath !== "none") continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const rects = [...range.getClientRects()];
    if (rects.some((rect) => rect.width && isCut(element, rect))) wrong.push(node.data.trim());
  }
  return wrong;
}"""
SIZES = {
    "en": ((1920, 1080), (1280, 720), (1024, 720), (390, 844), (320, 640)),
    "zh-CN": ((1280, 720), (320, 640)),
}
WIDE_FONT = "body { letter-spacing: 0.05em !important; }"  # as of a browser that lacks ours


async def sliced(at: Watched) -> list[str]:
    """What is cut off at any size of the window, in the page's language, in a wide font."""
    wrong = []
    await at.page.evaluate(
        """(css) => {
          const sheet = new CSSStyleSheet();
          sheet.replaceSync(css);
          document.adoptedStyleSheets = [sheet];
        }""",
        WIDE_FONT,
    )
    for width, height in SIZES[str(await at.find("html").get_attribute("lang"))]:
        await at.page.set_viewport_size({"width": width, "height": height})
        cut = await at.page.evaluate(SLICED)
        wrong += [f"cut off at {width}: {text}" for text in cut]
    await at.page.evaluate("document.adoptedStyleSheets = []")
    return wrong


async def looked_at(at: Watched) -> list[str]:
    """What is wrong with what stands there: in both languages and themes, wide and narrow.

    A colour is the same in both languages: it is looked at in the dark in one of them.
    """
    size, wear = at.page.set_viewport_size, "document.documentElement.dataset.theme = '{}'"
    await at.page.evaluate(AXE.read_text("utf-8"))
    wrong = await found(at)
    await at.page.evaluate(wear.format("dark"))
    wrong += await found(at, CONTRAST)
    await size({"width": 390, "height": 844})
    wrong += await found(at)
    wrong += await at.page.evaluate(COVERED)
    wrong += await sliced(at)
    await size({"width": 390, "height": 844})
    english = await at.find("body").inner_text()
    await at.page.evaluate(wear.format("light"))
    await speak(at, "zh-CN")
    wrong += await found(at, without=[CONTRAST]) + await left_in_english(at)
    wrong += await sliced(at)
    await size({"width": 390, "height": 844})
    chinese = await at.find("body").inner_text()
    await speak(at, "en")
    return wrong + [text for text in (english, chinese) if MACHINES_UNITS.search(text)]


async def left_in_english(at: Watched) -> list[str]:
    """Lines that stay so; what the venue says is asked for anew in the page's other language."""
    left: list[str] = []

    async def none() -> bool:
        lines = (await at.find("body").inner_text()).splitlines()
        left[:] = [line for line in lines if ENGLISH.search(line)]
        return not left

    with suppress(AssertionError):
        await until(none)
    return left


Prepare = Callable[[Watched], Awaitable[None]]


async def as_it_is(_: Watched) -> None:
    """The page as it opens."""


async def with_keys(at: Watched) -> None:
    await at.page.keyboard.press("?")


async def before_it_is_sent(at: Watched) -> None:
    """An order stands and is being changed, and another waits for its last look."""
    await at.find("#price").fill("90000")
    await at.send_order()
    await at.find(".own-orders button", has_text="Change").click()
    await at.find(".amending input").first.fill("90100")
    await expect(at.find(".amending .primary")).to_be_visible()
    await at.find("#price").fill("90200")
    await at.find("button.send").click()
    await expect(at.find("button.send")).to_have_text("Sign and send the bid")


async def after_a_look(at: Watched) -> None:
    await at.find("#dump").set_input_files(DUMP)
    await expect(at.find(".findings tbody tr").first).to_be_visible()


async def with_the_log_key(at: Watched) -> None:
    await at.find(".log-key summary").click()
    await expect(at.find(".log-key input")).to_be_visible()


async def with_a_subject_open(at: Watched) -> None:
    await at.find(".subjects summary").last.click()


async def before_a_key_is_deleted(at: Watched) -> None:
    await at.find("button", has_text="delete the key").click()
    await expect(at.find(".asking")).to_be_visible()
    await at.find(".withdraw summary").click()
    await at.find("#withdraw-amount").fill("5,000,000")
    await at.find("#withdraw-to").fill("ICBC 6222")
    await expect(at.find(".withdraw button")).to_be_visible()


async def with_all_that_a_seat_has(at: Watched) -> None:
    """Each table of the page has a row: fills, a settlement, a lease, payouts, a proposal."""
    for market, price in ((TITLE, "103500"), (LEASE, "13.69")):
        await at.open(f"?#/market/{market}")
        if market == LEASE:
            await at.page.get_by_role("button", name="yuan a GPU-hour").click()
        await at.find("#price").fill(price)
        await at.send_order()
        await expect(at.find(".own-orders h3 ~ div tbody tr")).to_have_count(1)
    await at.open("?#/seat")
    await at.find(".withdraw summary").click()
    for amount, table in (("1,000", ".cash h3 ~ div"), ("5,000,000", ".own-proposals")):
        await at.find("#withdraw-amount").fill(amount)
        await at.find("#withdraw-to").fill("ICBC 6222 0202 0000 1234 567")
        await at.find(".withdraw button", has_text="Ask for it").click()
        await at.find(".withdraw button", has_text="Sign and send").click()
        await expect(at.find(f"{table} tbody tr")).to_have_count(1)
    await expect(at.find(".leases tbody tr")).to_have_count(1)
    await expect(at.find("main .unheard")).to_have_count(0)


async def before_it_is_offered(at: Watched) -> None:
    await at.find(".side-ask").click()
    await at.find(".offering label").first.click()


SIGHTS: dict[str, list[tuple[str, Prepare, str]]] = {  # seat -> (address, what is done, what shows)
    "": [
        (f"#/market/{TITLE}", as_it_is, ".seat-needed"),
        ("#/market/T.NONE", as_it_is, "main h1"),
        ("#/thing/n-0008", as_it_is, ".seat-first"),
        ("#/audit", as_it_is, ".seat-first"),
        ("#/seat", as_it_is, ".invited"),
    ],
    "trader": [
        ("#/", as_it_is, ".level-ask"),
        (f"#/market/{TITLE}", before_it_is_sent, ".candles .u-over"),
        (f"#/market/{LEASE}", as_it_is, ".ladder"),
        ("#/thing/n-0008", as_it_is, "main h1"),
        ("#/import", as_it_is, ".seat-first"),
        ("#/seat", before_a_key_is_deleted, ".holdings"),
        ("#/seat", with_all_that_a_seat_has, ".leases tbody tr"),
        ("#/nonsense", as_it_is, "main h1"),
        ("#/", with_keys, "dialog"),
    ],
    "seller": [
        ("#/import", after_a_look, ".findings"),
        ("#/seat", as_it_is, ".holdings td"),
        (f"#/market/{TITLE}", before_it_is_offered, ".offering label"),
        ("#/thing/n-0008", as_it_is, ".chain-links"),
    ],
    "auditor": [
        ("#/thing/n-0008", as_it_is, ".chain-links"),
        ("#/audit", as_it_is, ".found tbody tr"),
        ("#/audit/1", with_the_log_key, ".checks li"),
        ("#/audit/402", as_it_is, ".checks li"),
        ("#/audit/at/402", with_a_subject_open, ".subjects dd"),
        ("#/audit/at/380..402", as_it_is, ".past td"),
        ("#/audit/n-0008", as_it_is, ".checks li"),
    ],
}


@pytest.mark.own_venue
@pytest.mark.parametrize("seat", SIGHTS)
async def test_axe_finds_nothing_on_any_page(quarter: Quarter, pages: Pages, seat: str) -> None:
    """Each page by all rules, and no machine's unit and no English among Chinese on it."""
    if not AXE.is_file():
        pytest.skip("axe is missing: make setup")
    await quarter.offer(1035, 2)
    await quarter.offer(1369, 1, LEASE)
    await quarter.buy(1035, 1)
    wrong = {}
    async with pages(reduced_motion="reduce") as at:  # no colour on its way to another
        if seat:
            await at.sit(await getattr(quarter, seat)())
        for address, prepare, place in SIGHTS[seat]:
            await at.page.set_viewport_size({"width": 1440, "height": 900})
            await at.open("?" + address)
            if seat:
                await expect(at.find(".seat-chip.is-seated")).to_be_visible()
            await expect(at.find(".light")).to_contain_text("live")
            await prepare(at)
            await expect(at.find(place).first).to_be_visible()
            if seen := await looked_at(at):
                wrong[f"{address} {prepare.__name__}"] = seen
        # Chromium's own line of what a seat may not see
        at.wrongs[:] = [each for each in at.wrongs if "status of 4" not in each]
    assert wrong == {}
