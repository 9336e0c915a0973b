"""A tab at which somebody trades: its line, what it was told, and what stands at the venue."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import parse_qs, urlsplit

from playwright.async_api import BrowserContext, Page, Route, TimeoutError, WebSocketRoute, expect

from tests.browser.quarter import Quarter
from tests.browser.test_words import MACHINES_UNITS
from tests.browser.watched import Watched, new_tab
from tests.exchange.ground import TITLE

NETWORK = ("Failed to load resource", "ERR_", "WebSocket")  # Chromium's own lines
prices = count(90_000, 100)  # of each order another, so that it can be told from all others

REFUSED = {"code": "insufficient_cash", "status": 422, "detail": "Only 7.00 yuan are available."}
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


@dataclass
class Line:
    """The page's commands on their way; dry runs and reads pass untouched."""

    keys: list[tuple[str, str]] = field(default_factory=list)  # (path, key) of each sending
    loses: str = ""  # "reply": done and not told; "request": never arrives; "late": out of time;
    # "refused": the venue's no, though its dry run took it
    times: int = 0  # how many are lost
    held: asyncio.Event | None = None  # replies wait for it
    done: int = 0  # how many the venue has answered, told or not
    is_cut: bool = False  # nothing comes or goes
    tries: int = 0  # how often the socket was opened, or tried to be
    looks_lost: int = 0  # so many dry runs get no answer
    sockets: list[WebSocketRoute] = field(default_factory=list)

    async def tap(self, page: Page) -> None:
        await page.route("**/v1/**", self._pass)

    async def tap_socket(self, page: Page) -> None:
        """From the next load on the socket can be cut, too."""
        await page.route_web_socket("**/v1/ws", self._open)

    async def _open(self, socket: WebSocketRoute) -> None:
        self.tries += 1
        if self.is_cut:
            await socket.close(code=1001)
            return
        self.sockets.append(socket)
        socket.connect_to_server()

    async def cut(self) -> None:
        self.is_cut = True
        for socket in self.sockets:
            await socket.close(code=1001)

    async def _pass(self, route: Route) -> None:
        request = route.request
        if self.is_cut:
            await route.abort()
            return
        key = request.headers.get("idempotency-key")
        if key is None or _is_dry(request.post_data_buffer, request.url):
            if key is not None and self.looks_lost:
                self.looks_lost -= 1
                await route.abort()
                return
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
        if is_lost and self.loses == "refused":
            await route.fulfill(status=422, json=REFUSED)
            return
        reply = await route.fetch()
        self.done += 1
        if self.held is not None:
            await self.held.wait()
        if is_lost or self.is_cut:
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
            await self.page.wait_for_function(HAS_TOLD, arg=words, polling=100)
        except TimeoutError:
            told = await self.page.evaluate("window.told")
            raise AssertionError(f"{words!r} was not told: {told}; sent {self.line.keys}") from None

    def orders(self, market: str = TITLE) -> int:
        """Bids that stand in a market, by the venue's own book."""
        return self.quarter.parts.market_views.market_view(market).bids.orders

    async def is_in_peoples_units(self) -> None:
        """Nothing that a person reads here, or was told, is in ticks or minor units."""
        texts = [await self.find("body").inner_text(), *await self.page.evaluate("window.told")]
        assert not [text for text in texts if MACHINES_UNITS.search(text)]


Desks = Callable[..., AbstractAsyncContextManager[Desk]]


async def desk_in(context: BrowserContext, quarter: Quarter) -> Desk:
    tab = await new_tab(context, quarter.url)
    at = Desk(tab.page, tab.url, tab.wrongs, quarter=quarter)
    await at.page.add_init_script(HEAR_NOTICES)
    await at.line.tap(at.page)
    return at
