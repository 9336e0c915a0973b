"""The page's clock: it never goes back, and every age on a page is reckoned by it."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Pages
from tests.browser.quarter import Quarter

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

HOUR_NS = 3_600 * 10**9
HEARTBEATS = 2
COUNT_HEARTBEATS = """
window.beats = 0;
const Real = WebSocket;
window.WebSocket = class extends Real {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", ({ data }) => {
      if (JSON.parse(data).control === "heartbeat") window.beats += 1;
    });
  }
};
"""
AGES = re.compile(r"\d+ (?:s|min|h|d) ago")


@pytest.mark.own_venue
async def test_each_age_on_a_page_goes_by_one_clock_that_quiet_feeds_do_not_set_back(
    quarter: Quarter, pages: Pages
) -> None:
    await quarter.offer(1035, 2)
    await quarter.buy(1035, 1)
    quarter.clock.go_on(5 * HOUR_NS)  # nothing happens for five hours

    async with pages() as at:
        await at.page.add_init_script(COUNT_HEARTBEATS)
        await at.open("#/")
        await expect(at.find(".level-ask")).to_have_count(1)
        await at.page.wait_for_function("(least) => window.beats >= least", arg=HEARTBEATS)
        text = await at.find("main").inner_text()
        ages = AGES.findall(text)
        assert len(ages) >= 3, text  # the head's, the ladder's and the list's
        assert set(ages) == {"5 h ago"}


async def clock(modules: Page, script: str) -> list[int]:
    """What a script gives that has a clock of its own as `m`, and `told`: the times that it told.

    `skip(ms)` lets the page's own clock go on.
    """
    answer = await modules.evaluate(
        f"""async () => {{
          const m = await import(`/core/clock.js?${{Math.random()}}`);
          const real = performance.now;
          const began = real.call(performance);
          let ahead = 0;
          performance.now = () => began + ahead;
          const skip = (ms) => {{ ahead += ms; }};
          const told = [];
          const tell = () => told.push(String(m.nowNs() / 1_000_000_000n));
          try {{ {script} }} finally {{ performance.now = real; }}
          return told;
        }}"""
    )
    return [int(each) for each in answer]


async def test_an_old_stamp_does_not_set_the_clock_back(modules: Page) -> None:
    assert await clock(
        modules,
        """
        tell();
        m.hear("1000000000000"); tell();
        m.setSpeed(60); skip(1000); tell();
        m.hear("1000000000000"); tell();  // a heartbeat repeats the last event's time
        m.hear("900000000000"); tell();  // a snapshot of a quiet feed
        skip(1000); tell();
        m.hear("2000000000000"); tell();
        """,
    ) == [0, 1000, 1060, 1060, 1060, 1120, 2000]


async def test_a_clock_that_ran_ahead_stands_until_it_is_right(modules: Page) -> None:
    assert await clock(
        modules,
        """
        m.hearNow("1000000000000", 60); skip(10000); tell();
        m.hearNow("1500000000000", 10); tell();  // the demo was slowed meanwhile
        skip(10000); tell();
        skip(10000); tell();
        m.hearNow("1800000000000", 0); skip(10000); tell();
        """,
    ) == [1600, 1600, 1600, 1700, 1800]
