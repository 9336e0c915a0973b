"""A real Chromium, a page whose errors are watched, and the venue that it shows (`quarter.py`).

All of a run share one Chromium: each test has pages of a context that nobody used before. They
share one venue, too, which each leaves as it found it, and that is looked at after each; what
trades, registers or stops something has one of its own (`own_venue`).

Without Chromium, or without the console's libraries, these tests are skipped and say so; with
CI=true that is a failure (tests/house/reporting.py).
"""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import (
    Browser,
    Page,
    Route,
    async_playwright,
)

from tests.browser.desk import NETWORK, Desk, Desks, desk_in
from tests.browser.quarter import Quarter, quarter_of
from tests.browser.watched import PATIENCE_MS, Watched, close_tabs, new_tab
from tests.browser.words import CONSOLE
from tests.conftest import database_of
from tests.gateway.library_log import nothing_logged

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
Pages = Callable[..., AbstractAsyncContextManager[Watched]]


@pytest.fixture(autouse=True)
def _nothing_logged() -> Iterator[None]:
    with nothing_logged():
        yield


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, begun by the first test that needs it."""
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


class SharedQuarter:
    """The venue that tests share, made for the first of them."""

    def __init__(self, server: str, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._quarter: Quarter | None = None
        self.stack = AsyncExitStack()

    async def get(self) -> Quarter:
        if self._quarter is None:
            dsn = self.stack.enter_context(database_of(self._server))
            self._quarter = await self.stack.enter_async_context(quarter_of(self._folder, dsn))
        return self._quarter


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_quarter(
    postgres_server: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[SharedQuarter]:
    shared = SharedQuarter(postgres_server, tmp_path_factory.mktemp("shared"))
    async with shared.stack:
        yield shared


@pytest_asyncio.fixture(loop_scope="session")
async def quarter(
    request: pytest.FixtureRequest,
    shared_quarter: SharedQuarter,
    tmp_path: Path,
    postgres_server: str,
) -> AsyncIterator[Quarter]:
    """The shared venue as it was made, or one of the test's own: `own_venue(more=…)`."""
    mark = request.node.get_closest_marker("own_venue")
    if mark is not None:
        with database_of(postgres_server) as dsn:
            async with quarter_of(tmp_path, dsn, **mark.kwargs) as opened:
                yield opened
        return
    shared = await shared_quarter.get()
    yield shared
    await shared.clear()


@pytest_asyncio.fixture(loop_scope="session")
async def pages(browser: Browser, quarter: Quarter) -> Pages:
    """Opens a page that nobody used before; at its end it must have done no wrong."""

    @asynccontextmanager
    async def opened(**options: Any) -> AsyncIterator[Watched]:
        size = {"width": 1440, "height": 900}
        context = await browser.new_context(**{"locale": "en-GB", "viewport": size, **options})
        watched = await new_tab(context, quarter.url)
        yield watched
        assert watched.wrongs == []
        await close_tabs(context)

    return opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def modules(browser: Browser) -> AsyncIterator[Page]:
    """A page with nothing on it: tests import the console's modules, which keep nothing."""
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


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def trading_quarter(
    postgres_server: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Quarter]:
    """The venue of those who trade: they share it, and each leaves no order standing."""
    with database_of(postgres_server) as dsn:
        async with quarter_of(tmp_path_factory.mktemp("trading"), dsn) as opened:
            yield opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def desks(browser: Browser, trading_quarter: Quarter) -> Desks:
    """Opens a tab in a browser of its own, with the trader seated and its commands overheard."""

    @asynccontextmanager
    async def opened(link: str = "", **options: Any) -> AsyncIterator[Desk]:
        context = await browser.new_context(
            **{"locale": "en-GB", "viewport": {"width": 1440, "height": 900}, **options}
        )
        at = await desk_in(context, trading_quarter)
        await at.sit(link or await trading_quarter.trader())
        yield at
        await at.is_in_peoples_units()
        wrongs = [wrong for wrong in at.wrongs if not any(each in wrong for each in NETWORK)]
        assert wrongs == []
        await close_tabs(context)

    return opened
