"""A real Chromium, a page whose errors are watched, and the venue that it shows (`quarter.py`).

Without Chromium, or without the console's libraries, these tests are skipped and say so; with
CI=true that is a failure (tests/house/reporting.py).
"""

import re
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Route,
    async_playwright,
    expect,
)

from tests.browser.quarter import Quarter, quarter_of
from tests.browser.words import CONSOLE
from tests.gateway.library_log import nothing_logged
from tests.waiting import PATIENCE_S

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = PATIENCE_S * 1_000
expect.set_options(timeout=PATIENCE_MS)

TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
"""


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

    def find(self, selector: str, *, has_text: str | None = None) -> Locator:
        return self.page.locator(selector, has_text=has_text)


Pages = Callable[..., AbstractAsyncContextManager[Watched]]


@pytest.fixture(autouse=True)
def _nothing_logged() -> Iterator[None]:
    with nothing_logged():
        yield


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with launched_browser() as launched:
        yield launched


@asynccontextmanager
async def launched_browser() -> AsyncIterator[Browser]:
    """Chromium for one test, or for all of a module that shares its venue."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium: apt-get install chromium")
    if not (CONSOLE / "vendor" / "manifest.json").is_file():
        pytest.skip("the console's libraries are missing: make setup")
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=path, args=FLAGS, timeout=PATIENCE_MS
        )
        yield launched
        await launched.close()


@pytest.fixture
async def quarter(tmp_path: Path, postgres_dsn: str) -> AsyncIterator[Quarter]:
    async with quarter_of(tmp_path, postgres_dsn) as opened:
        yield opened


@pytest.fixture
async def pages(browser: Browser, quarter: Quarter) -> Pages:
    """Opens a page that nobody used before; at its end it must have done no wrong."""

    @asynccontextmanager
    async def opened(**options: Any) -> AsyncIterator[Watched]:
        size = {"width": 1440, "height": 900}
        context = await browser.new_context(**{"locale": "en-GB", "viewport": size, **options})
        watched = await new_tab(context, quarter.url)
        yield watched
        assert watched.wrongs == []
        await context.close()

    return opened


async def new_tab(context: BrowserContext, url: str) -> Watched:
    """One more tab of a browser, watched."""
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    await page.add_init_script(TELL_VIOLATIONS)
    watched = Watched(page, url)
    _watch(watched)
    return watched


@pytest.fixture
async def modules(browser: Browser) -> AsyncIterator[Page]:
    """A page with nothing on it, into which a test may import the console's modules."""
    page = await browser.new_page()

    async def answer(route: Route) -> None:
        path = CONSOLE / urlsplit(route.request.url).path.lstrip("/")
        if path.is_file():
            await route.fulfill(path=path, content_type="text/javascript")
        else:
            await route.fulfill(body="<!doctype html>", content_type="text/html")

    await page.route("**/*", answer)
    await page.goto("http://localhost/")  # WebCrypto wants a secure origin; nobody is asked
    yield page
    await page.close()


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
