"""A tab of the browser, and everything that it should not have done."""

import os
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, Locator, Page, expect

from tests.waiting import PATIENCE_S

PATIENCE_MS = PATIENCE_S * 1_000
NONE_OPEN = re.compile("No open order|没有未成交委托")
expect.set_options(timeout=PATIENCE_MS)

TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
"""


# `make flaky` puts every Python's clock so many hours ahead: the page's goes with it.
HOURS_AHEAD = int(os.environ.get("TESTS_HOURS_AHEAD", "0"))
ANOTHER_HOUR = """
{
  const Real = Date;
  const ahead = AHEAD_MS;
  globalThis.Date = class extends Real {
    constructor(...given) {
      given.length ? super(...given) : super(Real.now() + ahead);
    }
    static now() {
      return Real.now() + ahead;
    }
  };
}
""".replace("AHEAD_MS", str(HOURS_AHEAD * 3_600_000))


@dataclass
class Watched:
    """A page, and everything it should not have done."""

    page: Page
    url: str
    wrongs: list[str] = field(default_factory=list)

    async def open(self, address: str) -> None:
        """Go to an address of the console (`#/seat`), or to a whole one."""
        whole = address if address.startswith("http") else f"{self.url}/{address}"
        await self.page.goto(whole)

    async def sit(self, link: str) -> None:
        """Open an invitation's link, and wait until the page has enrolled a key of its own."""
        await self.open(link)
        await expect(self.find(".seat-chip.is-seated")).to_be_visible()

    async def send_order(self) -> None:
        """Look at what is typed on the ticket, then sign and send it."""
        send = self.find("button.send")
        await send.click()
        await expect(send).to_have_text(re.compile("Sign and send|签名并发出"))
        await send.click()

    async def cancel_all(self) -> None:
        """No order of this seat is left."""
        await self.find("h1").first.click()
        await self.page.keyboard.press("Shift+X")
        await expect(self.find(".own-orders")).to_contain_text(NONE_OPEN)

    def find(self, selector: str, *, has_text: str | None = None) -> Locator:
        return self.page.locator(selector, has_text=has_text)


async def new_tab(context: BrowserContext, url: str) -> Watched:
    """One more tab of a browser, watched."""
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    await page.add_init_script(TELL_VIOLATIONS)
    if HOURS_AHEAD:
        await page.add_init_script(ANOTHER_HOUR)
    watched = Watched(page, url)
    _watch(watched)
    return watched


async def close_tabs(context: BrowserContext) -> None:
    """Close a browser's tabs; an answer that a test held back may then fail, and is nobody's."""
    for page in context.pages:
        await page.unroute_all(behavior="ignoreErrors")
    await context.unroute_all(behavior="ignoreErrors")
    await context.close()


def _watch(watched: Watched) -> None:
    """Note console errors, uncaught ones, policy violations, and requests to anyone else."""
    home = urlsplit(watched.url).netloc
    page, wrongs = watched.page, watched.wrongs

    def requested(request: Any) -> None:
        address = urlsplit(request.url)
        if address.scheme not in {"data", "blob"} and address.netloc != home:
            wrongs.append(f"asked {request.url}")

    page.on("request", requested)
    page.on("websocket", requested)
    page.on("pageerror", lambda error: wrongs.append(f"uncaught: {error}"))

    def said(message: Any) -> None:
        if message.type == "error":
            wrongs.append(f"console: {message.text} ({message.location.get('url')})")

    page.on("console", said)


async def speak(at: Watched, language: str) -> None:
    """By its key; where the list of keys is open, it is closed for that."""
    page, press = at.find("html"), at.page.keyboard.press
    if await page.get_attribute("lang") == language:
        return
    is_listed = await at.find("dialog").count() > 0
    if is_listed:
        await press("Escape")
    await at.page.evaluate("document.activeElement.blur()")
    await press("l")
    await expect(page).to_have_attribute("lang", language)
    if is_listed:
        await press("?")
        await expect(at.find("dialog")).to_be_visible()
