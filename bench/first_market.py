"""Seconds on a slow line until a visitor sees the first market: 400 kbit/s, 400 ms a question.

A Chromium opens the console with nothing kept, its line slowed over DevTools (which counts what it
delays: each question, and each byte). Told are the instants at which the list shows a price, the
market's ladder its levels, and the chart its candles; what came until then, by kind; and the same
for the second visit, whose files are kept. A venue is made for it, or `--url` names one that runs.

    python bench/first_market.py [--url http://127.0.0.1:8470] [--kbit 400] [--ms 400] [--rounds 3]

Exits 1 if the ladder of the first visit took longer than TARGET_S at the median.
"""

import argparse
import asyncio
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any, Final

from playwright.async_api import Browser, Page, async_playwright

TARGET_S: Final = 6.0
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS: Final = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SHOWN: Final = {  # what a visitor sees, and the element that shows it
    "a price in the list": ".market-list td .ask, .market-list td .bid",
    "the market's ladder": ".level",
    "its candles": ".candles .u-over",
}
PATIENCE_MS: Final = 120_000


class Traffic:
    """What came over the page's line: questions, and bytes by kind."""

    def __init__(self) -> None:
        self.bytes: Counter[str] = Counter()
        self.requests: Counter[str] = Counter()
        self._kinds: dict[str, str] = {}

    async def watch(self, page: Page, kbit: float, ms: float) -> None:
        """Slow the line of a page, and count from now on."""
        line = await page.context.new_cdp_session(page)
        line.on("Network.requestWillBeSent", self._on_request)
        line.on("Network.loadingFinished", self._on_end)
        line.on("Network.webSocketFrameReceived", self._on_frame)
        await line.send("Network.enable")
        await line.send("Network.setCacheDisabled", {"cacheDisabled": False})
        await line.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": ms,
                "downloadThroughput": kbit * 1_000 / 8,
                "uploadThroughput": kbit * 1_000 / 8,
            },
        )

    def _on_request(self, event: dict[str, Any]) -> None:
        kind = str(event.get("type", "Other")).lower()
        self._kinds[event["requestId"]] = kind
        self.requests[kind] += 1

    def _on_end(self, event: dict[str, Any]) -> None:
        kind = self._kinds.get(event["requestId"], "other")
        self.bytes[kind] += int(event["encodedDataLength"])

    def _on_frame(self, event: dict[str, Any]) -> None:
        self.bytes["socket"] += len(event["response"]["payloadData"].encode())

    def __str__(self) -> str:
        return ", ".join(f"{kind} {size / 1_000:.1f} kB" for kind, size in self.bytes.most_common())


async def visit(page: Page, url: str, kbit: float, ms: float) -> tuple[dict[str, float], Traffic]:
    """Seconds from going there until each thing is seen; what came until the ladder was."""
    traffic = Traffic()
    await traffic.watch(page, kbit, ms)
    started_s = perf_counter()
    going = asyncio.ensure_future(page.goto(f"{url}/#/", wait_until="commit"))
    shown_s = {}
    at_ladder = Counter[str]()
    for what, selector in SHOWN.items():
        await page.locator(selector).first.wait_for(timeout=PATIENCE_MS)
        shown_s[what] = perf_counter() - started_s
        if what == "the market's ladder":
            at_ladder = Counter(traffic.bytes)
    await going
    traffic.bytes = at_ladder
    return shown_s, traffic


async def measured(browser: Browser, url: str, kbit: float, ms: float, rounds: int) -> float:
    """Print both visits of each round; the median of the first visits' ladders, in seconds."""
    ladders = []
    for number in range(1, rounds + 1):
        context = await browser.new_context(viewport={"width": 1440, "height": 900})
        for name in ("first visit", "second visit"):
            page = await context.new_page()
            shown_s, traffic = await visit(page, url, kbit, ms)
            times = ", ".join(f"{what} {at:.2f} s" for what, at in shown_s.items())
            print(f"round {number}, {name}: {times}")
            print(f"    until the ladder {sum(traffic.bytes.values()) / 1_000:.1f} kB: {traffic}")
            print(f"    asked {sum(traffic.requests.values())}: {json.dumps(traffic.requests)}")
            if name == "first visit":
                ladders.append(shown_s["the market's ladder"])
            await page.close()
        await context.close()
    return statistics.median(ladders)


@contextmanager
def a_venue() -> Iterator[str]:
    """The address of a demo that was made for this, with 20 days behind it."""
    with tempfile.TemporaryDirectory(prefix="gpubourse-first-market-") as folder:
        command = [sys.executable, "-m", "gateway", "demo", "--days", "20", "--data", folder]
        with subprocess.Popen(
            [*command, "--port", "0", "--no-color"], stdout=subprocess.PIPE, text=True
        ) as demo:
            assert demo.stdout is not None
            try:
                words = (word for line in demo.stdout for word in line.split())
                link = next(word for word in words if word.startswith("http://"))
                yield link.split("/#")[0].rstrip("/")
            finally:
                demo.terminate()
                demo.communicate(timeout=60)


async def run(url: str, kbit: float, ms: float, rounds: int) -> float:
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        raise SystemExit("no Chromium on this machine: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            return await measured(browser, url, kbit, ms, rounds)
        finally:
            await browser.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--url", default="", help="a venue that runs; else one is made")
    parser.add_argument("--kbit", type=float, default=400, help="kbit/s each way")
    parser.add_argument("--ms", type=float, default=400, help="delay of each question")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    if args.url:
        median_s = asyncio.run(run(args.url.rstrip("/"), args.kbit, args.ms, args.rounds))
    else:
        with a_venue() as url:
            median_s = asyncio.run(run(url, args.kbit, args.ms, args.rounds))
    print(f"first market: {median_s:.2f} s (median of {args.rounds}), target {TARGET_S:g} s")
    return 0 if median_s < TARGET_S else 1


if __name__ == "__main__":
    sys.exit(main())
