"""Makes docs/console.png: the console with a market open and an order typed, as a trader sees it.

    make demo                                     # in another terminal: it prints three links
    python setup/console_picture.py LINK          # the trader's

LINK is the invitation of the trader's seat; the picture shows the market that the page opens with,
or `--market SYMBOL`. Needs a Chromium and the test tools (`make setup .venv/stamps/tests`).
"""

import argparse
import asyncio
import shutil
from pathlib import Path
from typing import Final

from playwright.async_api import Page, ViewportSize, async_playwright

PICTURE: Final = Path(__file__).resolve().parents[1] / "docs" / "console.png"
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SIZE: Final[ViewportSize] = {"width": 1440, "height": 1080}


async def shown(page: Page, link: str, market: str) -> None:
    """The page when all of it has been heard: seated, a market open, its best ask on the ticket."""
    await page.goto(link)
    await page.locator(".seat-chip.is-seated").wait_for()
    if market:
        await page.goto(f"{link.split('#', maxsplit=1)[0]}?#/market/{market}")
    await page.locator(".candles .u-over").wait_for()
    await page.locator(".depth .u-over").wait_for()
    await page.locator(".level-ask").last.click()
    await page.locator(".reckoning .sum").wait_for()
    await page.locator("main .unheard").first.wait_for(state="hidden")
    await page.evaluate("document.activeElement.blur(); document.fonts.ready")
    await page.locator(".notice p").first.wait_for(state="hidden")


async def picture(link: str, market: str, path: Path) -> None:
    chromium = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if chromium is None:
        raise SystemExit("no Chromium on this machine: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = await browser.new_page(locale="en-GB", color_scheme="light", viewport=SIZE)
        await shown(page, link, market)
        await page.screenshot(path=path)
        await browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("link", help="the trader's invitation, as the demo printed it")
    parser.add_argument("--market", default="", help="another market than the page opens with")
    parser.add_argument("--out", type=Path, default=PICTURE)
    args = parser.parse_args()
    asyncio.run(picture(args.link, args.market, args.out))
    print(f"{args.out}: {args.out.stat().st_size / 1_000:,.0f} kB")


if __name__ == "__main__":
    main()
