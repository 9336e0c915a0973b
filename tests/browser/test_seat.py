"""The seat's own page: its cash and the way out, its leases, and whose the titles are."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Pages
from tests.browser.quarter import Quarter
from tests.exchange.ground import TITLE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.own_venue
async def test_cash_is_paid_out_on_demand_and_what_is_held_names_its_bid(
    quarter: Quarter, pages: Pages
) -> None:
    async with pages() as at:
        await at.sit(await quarter.trader())
        await at.open(f"?#/market/{TITLE}")
        for price in ("90000", "90100"):
            await at.find("#price").fill(price)
            await at.send_order()
            await expect(
                at.find(".own-orders tbody tr", has_text=f"{int(price):,}")
            ).to_be_visible()
        orders = await at.find(".own-orders tbody tr td:first-child").all_inner_texts()

        await at.open("#/seat")
        cash = at.find(".card.cash")
        held = cash.locator("tr", has_text="on hold")
        await expect(held).to_have_count(2)
        for order in orders:
            await expect(held.filter(has_text=order)).to_have_count(1)
        await expect(cash).not_to_contain_text(re.compile(r"\bh-\d"))

        await cash.locator("summary").click()
        await at.find("#withdraw-amount").fill("nothing")
        await expect(cash.locator(".problem")).to_contain_text("not an amount")
        await at.find("#withdraw-amount").fill("1,500.50")
        await at.find("#withdraw-to").fill("ICBC 6222")
        await expect(cash).to_contain_text("1,500.50 yuan leave your available cash for ICBC 6222.")
        await cash.get_by_role("button", name="Ask for it").click()
        await cash.get_by_role("button", name="Sign and send").click()
        await expect(at.find(".notice")).to_contain_text("1,500.50 yuan are on their way out.")
        await expect(cash.locator("tr", has_text="on its way out")).to_contain_text("1,500.50")
        await expect(at.find("#withdraw-amount")).to_have_value("")

        await at.find("#withdraw-amount").fill("5,000,000")
        await at.find("#withdraw-to").fill("ICBC 6222")
        await expect(cash).to_contain_text("waits for the signature of another person")
        await at.find("#withdraw-amount").fill("9,999,999,999,999")
        await expect(cash.locator(".problem")).to_be_visible()
        # Chromium's own line of what the venue refuses
        at.wrongs[:] = [wrong for wrong in at.wrongs if "status of 422" not in wrong]
