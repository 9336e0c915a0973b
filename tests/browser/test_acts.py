"""Each act of the page ends exactly once, and the page says how: on any line, in any tab.

All of these share one venue and one browser; each leaves no order standing.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Route, TimeoutError, expect

from tests.browser.conftest import Watched, launched_browser, new_tab
from tests.browser.quarter import Quarter, quarter_of
from tests.browser.test_words import MACHINES_UNITS
from tests.conftest import database_of
from tests.exchange.ground import LEASE, TITLE
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

DUMP = Path(__file__).parents[2] / "../shared/data/inventories/nvidia-smi-q_H100SXMx8.txt"
NETWORK = ("Failed to load resource", "ERR_", "WebSocket")  # Chromium's own lines
NONE_OPEN = re.compile("No open order|没有未成交委托")
prices = count(90_000, 100)  # of each order another, so that it can be told from all others


HEAR_NOTICES = """
window.told = [];
new MutationObserver(() => document.querySelectorAll(".notice p").forEach((line) =>
  window.told.includes(line.textContent) || window.told.push(line.textContent)
)).observe(document, { subtree: true, childList: true, characterData: true });
"""
# Each saying answers one question: an older one in the same words is not taken for its answer.
HAS_TOLD = """(words) => {
  const heard = window.heard ??= new Set();
  const at = window.told.findIndex((each, at) => !heard.has(at) && each.includes(words));
  if (at >= 0) heard.add(at);
  return at >= 0;
}"""
# A second press in the very moment in which the button asks for it: nobody can have read it.
PRESS_AS_SOON_AS_IT_CAN_BE = """() => {
  const send = document.querySelector("button.send");
  new MutationObserver(() => {
    if (window.pressed || !send.textContent.includes("Sign and send")) return;
    window.pressed = true;
    send.click();
  }).observe(send, { subtree: true, childList: true, characterData: true });
}"""


@dataclass
class Line:
    """The page's commands on their way; dry runs and reads pass untouched."""

    keys: list[tuple[str, str]] = field(default_factory=list)  # (path, key) of each sending
    loses: str = ""  # "reply": done and not told; "request": never arrives; "late": out of time
    times: int = 0  # how many are lost
    held: asyncio.Event | None = None  # replies wait for it

    async def tap(self, page: Page) -> None:
        await page.route("**/v1/**", self._pass)

    async def _pass(self, route: Route) -> None:
        request = route.request
        key = request.headers.get("idempotency-key")
        if key is None or _is_dry(request.post_data_buffer, request.url):
            await route.continue_()
            return
        self.keys.append((urlsplit(request.url).path, key))
        is_lost, self.times = self.times > 0, self.times - 1
        if is_lost and self.loses == "request":
            await route.abort()
            return
        if is_lost and self.loses == "late":
            await route.fulfill(status=401, json={"code": "too_late", "status": 401})
            return
        reply = await route.fetch()
        if self.held is not None:
            await self.held.wait()
        if is_lost:
            await route.abort()
            return
        await route.fulfill(response=reply)

    def lose(self, what: str, times: int = 1) -> None:
        self.loses, self.times = what, times

    def sendings(self, path: str) -> list[str]:
        """The keys under which something was sent there."""
        return [key for each, key in self.keys if each == path]


def _is_dry(body: bytes | None, url: str) -> bool:
    if "dry_run" in parse_qs(urlsplit(url).query):
        return True
    try:
        return "dry_run" in json.loads(body or b"{}")
    except ValueError:  # a report
        return False


@dataclass
class Desk(Watched):
    """A tab at which somebody trades."""

    quarter: Quarter = field(kw_only=True)
    line: Line = field(default_factory=Line)

    async def type_order(self, market: str = TITLE) -> str:
        """A bid that nobody meets, at a price of its own, typed and looked at: as shown."""
        price = next(prices)
        if not self.page.url.endswith(market):
            await self.open(f"#/market/{market}")
        await self.find("#price").fill(str(price))
        return f"{price:,}"

    async def review(self) -> None:
        await self.find("button.send").click()
        await expect(self.find("button.send")).to_have_text("Sign and send the bid")

    async def bid(self, market: str = TITLE) -> str:
        """Order typed, looked at, and sent; its price."""
        price = await self.type_order(market)
        await self.send_order()
        return price

    async def stands(self, price: str, times: int = 1) -> None:
        """Wait until so many own orders stand at a price."""
        await expect(self.find(".own-orders tbody tr", has_text=price)).to_have_count(times)

    async def is_told(self, words: str) -> None:
        """Wait until the page has said it, however briefly, and nobody has heard it yet."""
        try:
            await self.page.wait_for_function(HAS_TOLD, arg=words)
        except TimeoutError:
            told = await self.page.evaluate("window.told")
            raise AssertionError(f"{words!r} was not told: {told}; sent {self.line.keys}") from None

    def orders(self, market: str = TITLE) -> int:
        """Bids that stand in a market, by the venue's own book."""
        return self.quarter.parts.market_views.market_view(market).bids.orders

    async def clear(self) -> None:
        """No order is left to the next scene."""
        await self.find("h1").first.click()
        await self.page.keyboard.press("Shift+X")
        await expect(self.find(".own-orders")).to_contain_text(NONE_OPEN)

    async def is_in_peoples_units(self) -> None:
        """Nothing that a person reads here, or was told, is in ticks or minor units."""
        texts = [await self.find("body").inner_text(), *await self.page.evaluate("window.told")]
        assert not [text for text in texts if MACHINES_UNITS.search(text)]


Desks = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with launched_browser() as launched:
        yield launched


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def quarter(
    postgres_server: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Quarter]:
    with database_of(postgres_server) as dsn:
        async with quarter_of(tmp_path_factory.mktemp("quarter"), dsn) as opened:
            yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks(browser: Browser, quarter: Quarter) -> Desks:
    """Opens a tab in a browser of its own, with the trader seated and its commands overheard."""

    @asynccontextmanager
    async def opened(link: str = "", **options: Any) -> AsyncIterator[Desk]:
        context = await browser.new_context(
            **{"locale": "en-GB", "viewport": {"width": 1440, "height": 900}, **options}
        )
        at = await desk_in(context, quarter)
        await at.sit(link or await quarter.trader())
        yield at
        await at.is_in_peoples_units()
        wrongs = [wrong for wrong in at.wrongs if not any(each in wrong for each in NETWORK)]
        assert wrongs == []
        await context.close()

    return opened


async def desk_in(context: BrowserContext, quarter: Quarter) -> Desk:
    tab = await new_tab(context, quarter.url)
    at = Desk(tab.page, tab.url, tab.wrongs, quarter=quarter)
    await at.page.add_init_script(HEAR_NOTICES)
    await at.line.tap(at.page)
    return at


async def test_a_double_click_sends_nothing_unseen(desks: Desks) -> None:
    async with desks() as at:
        await at.type_order()
        await at.page.evaluate(PRESS_AS_SOON_AS_IT_CAN_BE)
        await at.find("button.send").dblclick()
        await at.page.wait_for_function("() => window.pressed")
        await expect(at.find("button.send")).to_be_enabled()  # now it has been there for a while
        await expect(at.find("button.send")).to_have_text("Sign and send the bid")
        assert at.line.keys == []
        assert at.orders() == 0


async def test_on_a_slow_line_a_second_press_is_the_same_order(desks: Desks) -> None:
    async with desks() as at:
        at.line.held = asyncio.Event()
        price = await at.bid()
        send = at.find("button.send")
        await expect(send).to_have_attribute("aria-busy", "true")
        await expect(send).to_have_text("waiting for the venue …")
        await send.dispatch_event("click")
        await at.find("#price").press("Enter")
        await at.stands(price)
        assert len(at.line.keys) == 1
        at.line.held.set()
        await at.is_told("open; nothing traded at once.")
        assert at.orders() == 1

        await at.review()  # the same once more is another intent, with a key of its own
        await send.click()
        await at.stands(price, times=2)
        assert len({key for _, key in at.line.keys}) == 2
        await at.clear()


async def test_a_lost_reply_is_asked_for_under_the_same_key(desks: Desks) -> None:
    async with desks() as at:
        at.line.lose("reply")
        price = await at.bid()
        await at.is_told("open; nothing traded at once.")
        await at.stands(price)
        assert len(at.line.keys) == 2
        assert len(set(at.line.keys)) == 1

        order = await at.find(".own-orders tbody .id").first.inner_text()
        await at.find(".own-orders button", has_text="Change").click()
        form = at.find(".amending")
        await form.locator("input").nth(1).fill("2")
        at.line.lose("reply")
        await form.get_by_role("button", name="Sign and send the change").click()
        await expect(at.find(".own-orders tbody tr td.n").nth(1)).to_have_text("2")
        assert len(set(at.line.sendings(f"/v1/orders/{order}"))) == 1

        at.line.lose("late")  # it is signed anew, under its key
        await at.find(".own-orders tbody").get_by_role("button", name="Cancel").click()
        await at.is_told(f"{order} is cancelled: 2 lots no longer stand.")
        assert at.orders() == 0


async def test_cancel_all_of_a_market_is_of_that_market(desks: Desks) -> None:
    async with desks() as at:
        await at.bid(LEASE)
        await at.is_told("nothing traded at once")
        await at.bid(TITLE)
        await expect(at.find(".own-orders tbody tr")).to_have_count(1)
        at.line.lose("reply")
        await at.find(".own-orders").get_by_role("button", name="Cancel all of this").click()
        await at.is_told(f"1 order cancelled in {TITLE}; other markets are untouched.")
        assert len(set(at.line.sendings("/v1/orders/cancel_all"))) == 1
        assert (at.orders(TITLE), at.orders(LEASE)) == (0, 1)

        await at.page.keyboard.press("Shift+X")
        await at.is_told("1 order cancelled, in all markets.")
        assert at.orders(LEASE) == 0


async def test_a_reload_in_the_middle_finds_out_how_it_ended(desks: Desks) -> None:
    async with desks() as at:
        at.line.held = asyncio.Event()  # the venue has it, the page does not know
        price = await at.bid()
        await until(lambda: at.orders() == 1)
        await at.page.reload()
        await at.is_told(f"Bid for 1 lot of {TITLE} at {price} yuan: o-")
        await at.stands(price)
        at.line.held.set()
        assert len(at.line.keys) == 1
        await expect(at.find(".unanswered")).to_have_count(0)
        await at.page.reload()
        await at.stands(price)
        assert await at.page.evaluate("window.told") == []  # told once
        await at.clear()


async def test_a_laptop_that_slept_says_what_was_not_done(desks: Desks) -> None:
    async with desks() as at:
        await at.type_order()
        await at.review()
        await at.page.clock.install()
        at.line.lose("request", times=1_000)
        await at.find("button.send").click()
        await until(lambda: at.line.keys)
        await at.page.clock.fast_forward("10:00")
        await at.is_told("It did not reach the venue in time: it was not done, and will not be.")
        assert len(set(at.line.keys)) == 1
        assert at.orders() == 0
        await expect(at.find(".unanswered")).to_have_count(0)


async def test_in_chinese_an_order_is_seen_sent_and_ended(desks: Desks) -> None:
    async with desks(locale="zh-CN") as at:
        await at.type_order(LEASE)
        await expect(at.find(".reckoning")).to_contain_text("至多支付")
        await expect(at.find(".reckoning")).to_contain_text("押金")
        await expect(at.find(".limits")).to_contain_text("每笔至多")
        await at.send_order()
        await at.is_told("未立即成交")
        await at.find(".own-orders button", has_text="撤销本市场全部委托").click()
        await at.is_told(f"{LEASE} 已撤销 1 笔委托")
        await expect(at.find(".own-orders")).to_contain_text(NONE_OPEN)

        # far above what the rule allows: said in yuan, and gone once the input is another
        await at.find("#price").fill("90000000")
        await expect(at.find(".ticket-form .problem")).to_contain_text(",")
        await at.is_in_peoples_units()
        await at.type_order(LEASE)
        await expect(at.find(".ticket-form .problem")).to_have_count(0)


async def test_two_tabs_have_two_seats(desks: Desks, quarter: Quarter) -> None:
    async with desks() as at:
        other = await desk_in(at.page.context, quarter)
        await other.sit(await quarter.seller())
        await expect(other.find(".seat-chip")).to_contain_text(quarter.floor.owners[0])
        price = await at.bid()
        await at.stands(price)
        await at.page.reload()
        await expect(at.find(".seat-chip")).to_contain_text(quarter.floor.buyers[0])
        await at.stands(price)

        await other.open("#/seat")
        await other.find("button", has_text="Leave the seat").click()
        await other.is_told(f"You have left the seat of {quarter.floor.owners[0]}.")
        await other.page.reload()
        await expect(other.find(".seat-chip")).to_have_text("No seat")
        await expect(other.find("button", has_text="Sit down as").first).to_be_visible()
        await at.clear()
        assert at.orders() == 0


async def test_what_was_delivered_is_taken_once(desks: Desks, quarter: Quarter) -> None:
    async with desks() as at:
        ask = await quarter.offer(1035, 1)
        assert ask
        await at.open(f"#/market/{TITLE}")
        await at.find("#price").fill("103500")
        await at.review()
        await at.find("button.send").click()
        await at.is_told("1 lot traded at once; filled.")
        settlement = await at.find(".own-orders .id", has_text="x-").first.inner_text()
        await quarter.deliver(settlement)
        await at.open("#/seat")
        await at.page.get_by_role("button", name="Accept …").click()
        at.line.lose("reply")
        await at.page.get_by_role("button", name="Sign and accept").click()
        await at.is_told(f"{settlement} is settled: title and cash have changed hands.")
        assert len(set(at.line.sendings(f"/v1/settlements/{settlement}/accept"))) == 1


async def test_a_report_is_registered_once(desks: Desks, quarter: Quarter) -> None:
    async with desks(await quarter.seller()) as at:
        await at.open("#/import")
        await at.find("#dump").set_input_files(DUMP)
        at.line.lose("reply")
        await at.find("button.primary").click()
        await at.is_told("1 node registered; ")
        await expect(at.find(".proposal")).to_contain_text("waits for a clerk")
        keys = at.line.sendings("/v1/imports")
        assert len(keys) == 2
        assert len(set(keys)) == 1
