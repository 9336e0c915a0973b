"""The console in a real Chromium: the market moves, seats are taken, chains read, dumps dropped."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Pages
from tests.browser.quarter import TITLE, Quarter

pytestmark = pytest.mark.browser

DUMP = Path(__file__).parents[2] / "../shared/data/inventories/nvidia-smi-q_H100SXMx8.txt"
SECONDS = 10_000


async def test_a_visitor_sees_the_book_move_and_a_trade_appear(
    quarter: Quarter, pages: Pages
) -> None:
    async with pages() as at:
        await at.open(f"#/market/{TITLE}")
        ladder, tape = at.text(".ladder"), at.text(".tape")
        await expect(ladder).to_contain_text("No asks.", timeout=SECONDS)
        await expect(ladder).to_contain_text("No bids.")

        await quarter.offer(1035, 2)
        await quarter.offer(1040, 1)
        await expect(at.text(".level-ask")).to_have_count(2)
        await expect(at.text(".level-ask").nth(1)).to_contain_text("103,500")
        await expect(at.text(".quote-ask")).to_contain_text("2 asks")

        await quarter.buy(1035, 1)
        await expect(tape.locator("tbody tr")).to_have_count(1)
        await expect(tape).to_contain_text("103,500")
        await expect(tape).to_contain_text("buyer")
        await expect(at.text(".level-ask").nth(1)).to_contain_text("1")
        await expect(at.text(".quote-last")).to_contain_text("103,500")
        await expect(ladder).to_contain_text("No bids.")


async def test_an_empty_venue_of_bids_is_said_in_words(quarter: Quarter, pages: Pages) -> None:
    await quarter.offer(1035, 2)

    async with pages() as at:
        await at.open("#/")
        await expect(at.text(".totals-line")).to_have_text("2 asks, 0 bids", timeout=SECONDS)
        row = at.text(".market-list tr").filter(has_text="P1").first
        await expect(row).to_contain_text("no bids")


async def test_without_a_seat_it_is_said_who_may_see_a_unit(pages: Pages) -> None:
    async with pages() as at:
        await at.open("#/thing/u-000001")
        await expect(at.text(".seat-needed")).to_contain_text("auditors", timeout=SECONDS)
        await expect(at.text(".seat-needed")).to_contain_text("The demo printed a link")
        await expect(at.text(".chain")).to_have_count(0)
        at.wrongs[:] = [wrong for wrong in at.wrongs if "401" not in wrong]


async def test_the_auditor_enrols_by_link_and_reads_a_chain_of_title(
    quarter: Quarter, pages: Pages
) -> None:
    async with pages() as at:
        await at.open(await quarter.auditor())
        await expect(at.text(".seat-chip")).to_contain_text("auditor", timeout=SECONDS)
        assert "enrol" not in at.page.url

        await at.text("#search").fill("n-0008")
        await at.page.keyboard.press("Enter")
        links = at.text(".chain-links li")
        await expect(links).to_have_count(2, timeout=SECONDS)
        await expect(links.nth(0)).to_contain_text(quarter.floor.owners[1])
        await expect(links.nth(1)).to_contain_text(quarter.floor.owners[0])
        await expect(links.nth(1)).to_contain_text("828,000.00 yuan")
        await expect(links.nth(1)).to_contain_text("holds title now")
        await expect(links.nth(1)).to_contain_text("+08:00")

        await at.text(".about a").filter(has_text="u-0000").first.click()
        await expect(at.text(".about")).to_contain_text("strong: serial and part number")
        await expect(at.text(".life tbody tr").first).to_contain_text("registered")


async def test_the_key_stays_in_the_page_and_serves_again(quarter: Quarter, pages: Pages) -> None:
    async with pages() as at:
        await at.open(await quarter.auditor())
        await expect(at.text(".seat-chip")).to_contain_text("auditor", timeout=SECONDS)
        await at.page.reload()
        await expect(at.text(".seat-chip")).to_contain_text("auditor", timeout=SECONDS)
        exportable = await at.page.evaluate(
            """async () => {
              const { seatsOf } = await import("/wire/keyring.js");
              return (await seatsOf("cn-1")).map((seat) => seat.keys.privateKey.extractable);
            }"""
        )
        assert exportable == [False]


async def test_the_seller_drops_a_dump_and_gets_title(quarter: Quarter, pages: Pages) -> None:
    async with pages() as at:
        await at.open(await quarter.seller())
        await expect(at.text(".seat-chip")).to_contain_text("seller", timeout=SECONDS)
        await at.open("#/import")
        await expect(at.text(".dump-site")).to_contain_text("s-0001")
        await at.text("#dump").set_input_files(DUMP)

        findings = at.text(".findings")
        await expect(findings).to_contain_text("8", timeout=SECONDS)
        await expect(findings.locator("tbody tr")).to_have_count(8)
        await expect(findings).to_contain_text("strong: serial and part number")
        await expect(findings).to_contain_text("Worth of 1 lot of H100SXM8.A0 in Beijing")
        await expect(findings).to_contain_text("no market of this class yet")

        await at.text("button.primary").click()
        proposal = at.text(".proposal")
        await expect(proposal).to_contain_text("waits for a clerk", timeout=SECONDS)
        await quarter.approve(str(await proposal.locator(".id").inner_text()))
        await expect(proposal).to_contain_text("approved", timeout=SECONDS)
        await expect(at.text(".registered-nodes")).to_contain_text(quarter.floor.owners[0])


async def test_the_trader_sees_what_an_order_costs_before_it_is_sent(
    quarter: Quarter, pages: Pages
) -> None:
    await quarter.offer(1035, 2)

    async with pages() as at:
        await at.open(await quarter.trader())
        await expect(at.text(".seat-chip")).to_contain_text("trader", timeout=SECONDS)
        await at.open(f"#/market/{TITLE}")
        await at.text("#price").fill("１０５，０００")  # full-width, as typed in Chinese
        await at.text("#lots").fill("3")
        reckoning = at.text(".reckoning")
        await expect(reckoning).to_contain_text("2,520,000.00")
        await expect(reckoning).to_contain_text("2,522,520.00")  # with 10 bp
        await expect(reckoning).to_contain_text("2 of 3 lots would trade at once")

        await at.text("button.send").click()
        await expect(at.text("button.send")).to_have_text("Sign and send the bid")
        await at.text("button.send").click()
        await expect(at.text(".own-orders")).to_contain_text("o-", timeout=SECONDS)
        await expect(at.text(".level-bid .own")).to_contain_text("● 1")
        await expect(at.text(".notice")).to_contain_text("2 lots traded at once")

        await at.page.keyboard.press("Escape")
        await at.page.keyboard.press("Shift+X")
        await expect(at.text(".own-orders")).to_contain_text("No open order.", timeout=SECONDS)
        await expect(at.text(".ladder")).to_contain_text("No bids.")


async def test_a_price_off_the_tick_is_not_sent(quarter: Quarter, pages: Pages) -> None:
    async with pages() as at:
        await at.open(await quarter.trader())
        await expect(at.text(".seat-chip")).to_contain_text("trader", timeout=SECONDS)
        await at.open(f"#/market/{TITLE}")
        await at.text("#price").fill("103550")
        await expect(at.text(".reckoning")).to_contain_text("103,500 or 103,600")
        await expect(at.text("button.send")).to_be_disabled()


async def test_a_silent_venue_greys_the_figures_and_says_why(
    quarter: Quarter, pages: Pages
) -> None:
    async with pages() as at:
        await at.open(f"#/market/{TITLE}")
        await expect(at.text(".light")).to_contain_text("live", timeout=SECONDS)
        await quarter.parts.pulse.stop()
        await expect(at.text("main")).to_have_class("page-market is-silent", timeout=SECONDS)
        await expect(at.text(".stale")).to_contain_text("no word from the venue for 3 s")


async def test_chinese_by_the_browser_and_by_a_switch(pages: Pages) -> None:
    async with pages(locale="zh-CN") as at:
        await at.open(f"#/market/{TITLE}")
        await expect(at.text(".ladder")).to_contain_text("无买单", timeout=SECONDS)
        await at.page.get_by_role("button", name="EN", exact=True).click()
        await expect(at.text(".ladder")).to_contain_text("No bids.")


@pytest.mark.parametrize("width", [320, 768, 1440])
async def test_nothing_runs_out_of_the_page(pages: Pages, width: int) -> None:
    async with pages(viewport={"width": width, "height": 800}) as at:
        for address in (f"#/market/{TITLE}", "#/", "#/import", "#/seat"):
            await at.open(address)
            await expect(at.text("main")).not_to_contain_text("does not answer", timeout=SECONDS)
            assert await at.page.evaluate("document.documentElement.scrollWidth") <= width
