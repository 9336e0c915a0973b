"""Where a page begins: a new address at its top, one come back to where it was left."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Pages
from tests.browser.quarter import Quarter
from tests.browser.watched import Watched
from tests.exchange.ground import TITLE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PHONE = {"width": 390, "height": 360}
DOWN = 160


async def is_at(at: Watched, top: int) -> None:
    await at.page.wait_for_function("(top) => Math.abs(scrollY - top) < 2", arg=top)


async def test_another_address_begins_at_its_top_and_one_come_back_to_where_it_was_left(
    quarter: Quarter, pages: Pages
) -> None:
    await quarter.offer(1035, 2)
    async with pages(viewport=PHONE) as at:
        await at.open("#/")
        await expect(at.find(".level-ask")).to_have_count(1)
        await at.page.evaluate(f"scrollTo(0, {DOWN})")
        link = at.find(f".market-list a[href='#/market/{TITLE}']")
        await link.evaluate("(link) => link.click()")  # a click by hand would scroll it into sight
        await expect(at.find("main")).to_have_class("page-market")
        await is_at(at, 0)

        await at.page.evaluate(f"scrollTo(0, {DOWN // 2})")
        await at.find("nav a").nth(1).evaluate("(link) => link.click()")
        await expect(at.page).to_have_title("Import · gpubourse")
        await is_at(at, 0)

        await at.page.go_back()
        await is_at(at, DOWN // 2)
        await at.page.go_back()
        await is_at(at, DOWN)
        await at.page.reload()
        await is_at(at, DOWN)
        await at.page.go_forward()
        await is_at(at, DOWN // 2)


async def test_a_change_on_the_same_page_leaves_it_where_it_is(
    quarter: Quarter, pages: Pages
) -> None:
    async with pages(viewport=PHONE) as at:
        await at.sit(await quarter.auditor())
        await at.open("?#/audit/at/300..402")
        await expect(at.find(".past td").first).to_be_visible()
        await at.page.evaluate(f"scrollTo(0, {DOWN})")
        await at.page.evaluate("location.hash = '#/audit/at/310..402'")
        await expect(at.find("h2", has_text="310")).to_be_visible()
        await is_at(at, DOWN)


async def test_who_leaves_a_seat_begins_at_the_top_of_what_stands_there_then(
    quarter: Quarter, pages: Pages
) -> None:
    async with pages(viewport={"width": 390, "height": 240}) as at:
        await at.sit(await quarter.trader())
        await at.open("?#/seat")
        rise = at.page.get_by_role("button", name="Leave the seat")
        await expect(rise).to_be_visible()
        await at.page.evaluate(f"scrollTo(0, {DOWN})")
        await rise.evaluate("(button) => button.click()")
        await expect(at.find("h1")).to_have_text("Take a seat")
        await is_at(at, 0)
