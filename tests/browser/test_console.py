"""The console in a real Chromium: the market moves, seats are taken, chains read, dumps dropped."""

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from gateway.access.session import Session
from ledger.refusals import Reason, Refused
from tests.browser.conftest import Pages
from tests.browser.quarter import Quarter
from tests.exchange.ground import LEASE, TITLE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

DUMP = Path(__file__).parents[2] / "../shared/data/inventories/nvidia-smi-q_H100SXMx8.txt"


@pytest.mark.own_venue
async def test_a_visitor_sees_the_book_move_and_a_trade_appear(
    quarter: Quarter, pages: Pages
) -> None:
    async with pages() as at:
        await at.open(f"#/market/{TITLE}")
        ladder, tape = at.find(".ladder"), at.find(".tape")
        await expect(ladder).to_contain_text("No asks.")
        await expect(ladder).to_contain_text("No bids.")

        await quarter.offer(1035, 2)
        await quarter.offer(1040, 1)
        await expect(at.find(".level-ask")).to_have_count(2)
        await expect(at.find(".level-ask").nth(1)).to_contain_text("103,500")
        await expect(at.find(".quote-ask")).to_contain_text("2 asks")

        await quarter.buy(1035, 1)
        await expect(tape.locator("tbody tr")).to_have_count(1)
        await expect(tape).to_contain_text("103,500")
        await expect(tape).to_contain_text("buyer")
        await expect(at.find(".level-ask").nth(1)).to_contain_text("1")
        await expect(at.find(".quote-last")).to_contain_text("103,500")
        await expect(ladder).to_contain_text("No bids.")


async def test_an_empty_venue_of_bids_is_said_in_words(quarter: Quarter, pages: Pages) -> None:
    await quarter.offer(1035, 2)

    async with pages() as at:
        await at.open("#/")
        await expect(at.find(".totals-line")).to_have_text("1 ask, 0 bids")
        row = at.find(".market-list tr").filter(has_text="P1").first
        await expect(row).to_contain_text("no bids")


async def test_without_a_seat_it_is_said_who_may_see_a_unit(pages: Pages) -> None:
    async with pages() as at:
        await at.open("#/thing/u-000001")
        await expect(at.find(".seat-needed")).to_contain_text("auditors")
        await expect(at.find(".seat-needed")).to_contain_text("The demo printed a link")
        await expect(at.find(".chain")).to_have_count(0)


async def test_a_demo_offers_the_auditors_seat_where_a_unit_would_stand(
    quarter: Quarter, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (await quarter.auditor()).partition("#enrol=")[2]
    monkeypatch.setitem(quarter.parts.offered, "auditor", code)

    async with pages() as at:
        await at.open("#/thing/u-000001")
        await at.find("button.primary", has_text="Take the auditor's seat").click()
        await expect(at.find(".chain-links li")).to_have_count(1)
        await expect(at.find(".seat-chip")).to_contain_text("Visiting Auditor")


async def test_the_auditor_enrols_by_link_and_reads_a_chain_of_title(
    quarter: Quarter, pages: Pages
) -> None:
    async with pages() as at:
        await at.sit(await quarter.auditor())
        assert "enrol" not in at.page.url

        await at.find("#search").fill("n-0008")
        await at.page.keyboard.press("Enter")
        links = at.find(".chain-links li")
        await expect(links).to_have_count(2)
        await expect(links.nth(0)).to_contain_text(quarter.floor.owners[1])
        await expect(links.nth(1)).to_contain_text(quarter.floor.owners[0])
        await expect(links.nth(1)).to_contain_text("828,000.00 yuan")
        await expect(links.nth(1)).to_contain_text("holds title now")
        await expect(links.nth(1)).to_contain_text("+08:00")

        await at.find(".about a").filter(has_text="u-0000").first.click()
        await expect(at.find(".about")).to_contain_text("strong: serial and part number")
        await expect(at.find(".life tbody tr").first).to_contain_text("registered")


async def test_the_key_stays_in_the_page_and_serves_again(quarter: Quarter, pages: Pages) -> None:
    async with pages() as at:
        await at.sit(await quarter.auditor())
        await at.page.reload()
        await expect(at.find(".seat-chip")).to_contain_text("Visiting Auditor")
        exportable = await at.page.evaluate(
            """async () => {
              const { seatsOf } = await import("/wire/keyring.js");
              return (await seatsOf("cn-1")).map((seat) => seat.keys.privateKey.extractable);
            }"""
        )
        assert exportable == [False]


@pytest.mark.own_venue
async def test_the_seller_drops_a_dump_and_gets_title(quarter: Quarter, pages: Pages) -> None:
    async with pages() as at:
        await at.sit(await quarter.seller())
        await at.open("#/import")
        await expect(at.find(".dump-site")).to_contain_text("s-0001")
        await at.find("#dump").set_input_files(DUMP)

        findings = at.find(".findings")
        await expect(findings).to_contain_text("8")
        await expect(findings.locator("tbody tr")).to_have_count(8)
        await expect(findings).to_contain_text("strong: serial and part number")
        await expect(findings).to_contain_text("Worth of 1 lot of H100SXM8.A0 in Beijing")
        await expect(findings).to_contain_text("no market of this class yet")

        await at.find("button.primary").click()
        proposal = at.find(".proposal")
        await expect(proposal).to_contain_text("waits for a clerk")
        await quarter.approve(str(await proposal.locator(".id").inner_text()))
        await expect(proposal).to_contain_text("approved")
        await expect(at.find(".registered-nodes")).to_contain_text(quarter.floor.owners[0])


@pytest.mark.own_venue
async def test_the_trader_sees_what_an_order_costs_before_it_is_sent(
    quarter: Quarter, pages: Pages
) -> None:
    await quarter.offer(1035, 2)

    async with pages() as at:
        await at.sit(await quarter.trader())
        await at.open(f"#/market/{TITLE}")
        await at.find("#price").fill("１０５，０００")  # full-width, as typed in Chinese
        await at.find("#lots").fill("3")
        reckoning = at.find(".reckoning")
        await expect(reckoning).to_contain_text("2,520,000.00")
        await expect(reckoning).to_contain_text("2,522,520.00")  # with 10 bp
        await expect(reckoning).to_contain_text(
            "2 lots would trade at once: you pay 1,657,656.00 yuan"
        )

        await at.send_order()
        await expect(at.find(".own-orders")).to_contain_text("o-")
        await expect(at.find(".level-bid .own")).to_contain_text("● 1")
        await expect(at.find(".notice")).to_contain_text("2 lots traded at once")

        await at.page.keyboard.press("Escape")
        await at.page.keyboard.press("Shift+X")
        await expect(at.find(".notice")).to_contain_text("1 order cancelled, in all markets.")
        await expect(at.find(".own-orders")).to_contain_text("No open order.")
        await expect(at.find(".ladder")).to_contain_text("No bids.")


async def test_the_review_says_what_the_venue_would_refuse(quarter: Quarter, pages: Pages) -> None:
    await quarter.offer(1035, 2)

    async with pages() as at:
        await at.sit(await quarter.trader())
        await at.open(f"#/market/{TITLE}")
        await at.find("#price").fill("105000")
        await at.find(".ticket-form .check input").check()
        await expect(at.find(".ticket-form .problem")).to_contain_text("103,500.00 yuan a GPU")
        await at.find("button.send").click()
        await expect(at.find("button.send")).to_have_text("Review")
        await at.find("#price").fill("103400")  # no longer what was refused
        await expect(at.find(".reckoning")).to_contain_text("1 lot would wait on the book.")
        await expect(at.find(".ticket-form .problem")).to_have_count(0)
        # Chromium's own line of the request that was refused
        at.wrongs[:] = [wrong for wrong in at.wrongs if "status of 4" not in wrong]


async def test_a_price_off_the_tick_is_not_sent(quarter: Quarter, pages: Pages) -> None:
    async with pages() as at:
        await at.sit(await quarter.trader())
        await at.open(f"#/market/{TITLE}")
        await at.find("#price").fill("103550")
        await expect(at.find(".reckoning")).to_contain_text("whole steps: 103,500 or 103,600")
        await expect(at.find("button.send")).to_be_disabled()


@pytest.mark.own_venue
async def test_a_silent_venue_greys_the_figures_and_says_why(
    quarter: Quarter, pages: Pages
) -> None:
    async with pages() as at:
        await at.sit(await quarter.trader())
        await at.open(f"#/market/{TITLE}")
        await expect(at.find(".light")).to_contain_text("live")
        send = at.find("button.send")
        await at.find("#price").fill("90000")
        await send.click()
        await expect(send).to_have_text("Sign and send the bid")
        await quarter.parts.heartbeat.stop()
        await expect(at.find("main")).to_have_class("page-market is-silent")
        await expect(at.find(".stale")).to_contain_text("no word from the venue for 3 s")
        await expect(send).to_have_text("Review")  # what was looked at may be another by now


async def test_an_address_is_taken_in_any_case_and_without_noughts(pages: Pages) -> None:
    async with pages() as at:
        await at.open(f"#/market/{TITLE.lower()}")
        await expect(at.find(".ladder")).to_contain_text("No bids.")
        await at.find("#search").fill(" N-8 ")
        await at.page.keyboard.press("Enter")
        await expect(at.page).to_have_title("n-0008 · gpubourse")


@pytest.mark.own_venue
async def test_the_search_finds_each_id_that_the_page_shows_and_says_once_what_it_takes(
    quarter: Quarter, pages: Pages
) -> None:
    await quarter.offer(1035, 1)
    async with pages() as at:
        await at.sit(await quarter.trader())
        await at.open(f"?#/market/{TITLE}")
        await at.find("#price").fill("103500")
        await at.send_order()
        await at.open("#/seat")
        await expect(at.find(".settlements tbody tr")).to_have_count(1)
        await expect(at.find(".own-orders h3 ~ div tbody tr")).to_have_count(1)
        ids = {*await at.find(".settlements .id, .settlements .symbol").all_inner_texts()}
        ids |= {*await at.find(".holdings a.id").all_inner_texts()}
        assert {each.partition("-")[0].partition(".")[0] for each in ids} == {"x", "T", "n"}
        order = "o-000002"  # behind the one that it met
        for name in sorted(ids | {order}):
            await at.open("#/seat")
            await at.find("#search").fill(name.upper())
            await at.page.keyboard.press("Enter")
            await expect(at.find("#search")).to_have_value("")
            await expect(at.page).to_have_url(re.compile(r"#/(thing|market)/"))
            said = {order: ": filled; 1 of 1 lots traded.", "x-000001": ": being delivered; of n-"}
            await expect(at.find(".notice")).to_contain_text(said.get(name, ""))

        for _ in range(4):
            await at.find("#search").fill("nonsense")
            await at.page.keyboard.press("Enter")
        told = at.find(".notice p", has_text="Type an id")
        await expect(told).to_have_count(1)
        await at.find("#search").fill("o-4711")
        await at.page.keyboard.press("Enter")
        await expect(at.find(".notice")).to_contain_text("o-004711")
        # Chromium's own line of the order that is none
        at.wrongs[:] = [wrong for wrong in at.wrongs if "status of 404" not in wrong]


async def test_a_price_typed_in_the_other_unit_is_the_same_price(
    quarter: Quarter, pages: Pages
) -> None:
    async with pages() as at:
        await at.sit(await quarter.trader())
        await at.open(f"#/market/{LEASE}")
        await at.find("#price").fill("75000")
        reckoning = at.find(".reckoning dl")
        await expect(reckoning).to_contain_text("yuan a GPU-hour")
        figures = await reckoning.locator("dd").first.inner_text()
        await at.page.get_by_role("button", name="yuan a GPU-hour").click()
        await expect(reckoning.locator("dd").first).to_have_text(figures)
        assert f"= {await at.find('#price').input_value()} yuan a GPU-hour" in figures


async def test_chinese_by_the_browser_and_by_a_switch(pages: Pages) -> None:
    async with pages(locale="zh-CN") as at:
        await at.open(f"#/market/{TITLE}")
        await expect(at.find(".ladder")).to_contain_text("无买单")
        await at.page.get_by_role("button", name="EN", exact=True).click()
        await expect(at.find(".ladder")).to_contain_text("No bids.")


@pytest.mark.parametrize("width", [320, 768, 1440])
async def test_nothing_runs_out_of_the_page(pages: Pages, width: int) -> None:
    async with pages(viewport={"width": width, "height": 800}) as at:
        for address in (f"#/market/{TITLE}", "#/", "#/import", "#/seat"):
            await at.open(address)
            await expect(at.find("main")).not_to_contain_text("does not answer")
            assert await at.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.own_venue
async def test_the_buyer_takes_what_was_delivered_in_the_page(
    quarter: Quarter, pages: Pages
) -> None:
    await quarter.offer(1035, 1)

    async with pages() as at:
        await at.sit(await quarter.trader())
        await at.open(f"#/market/{TITLE}")
        await at.find("#price").fill("103500")
        await at.send_order()
        await expect(at.find(".own-orders")).to_contain_text("x-000001")

        await at.open("#/seat")
        await expect(at.find(".settlements")).to_contain_text("being delivered")
        await quarter.deliver("x-000001")
        await at.page.get_by_role("button", name="Accept …").click()
        await expect(at.find(".settlements")).to_contain_text("828,828.00 yuan")
        await at.page.get_by_role("button", name="Sign and accept").click()
        await expect(at.find(".settlements")).to_contain_text("Nothing is being settled.")


async def test_a_session_that_the_venue_forgot_is_opened_anew(
    quarter: Quarter, pages: Pages
) -> None:
    async with pages() as at:
        await at.sit(await quarter.trader())
        quarter.parts.auth.sessions.drop_expired(2**63 - 1)  # as a restart forgets them

        await at.open(f"#/market/{TITLE}")
        await at.find("#price").fill("100000")
        await at.send_order()
        await expect(at.find(".level-bid")).to_have_count(1)
        await expect(at.find(".level-bid .own")).to_contain_text("● 1")
        await at.cancel_all()
        # Chromium's own line of the request that was answered "log on"
        at.wrongs[:] = [wrong for wrong in at.wrongs if "status of 401" not in wrong]


async def test_a_ticket_that_came_too_late_is_replaced(
    quarter: Quarter, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session may end between a ticket and its log-on: the seat's own feeds come after all."""
    auth, late = quarter.parts.auth, []
    redeem = auth.redeem

    def too_late_once(ticket: str, address: str) -> Session:
        if not late:
            late.append(ticket)
            raise Refused(Reason.no_session, "This ticket is used up or too old: ask for another.")
        return redeem(ticket, address)

    monkeypatch.setattr(auth, "redeem", too_late_once)
    async with pages() as at:
        await at.sit(await quarter.trader())
        await at.open(f"#/market/{TITLE}")
        await at.find("#price").fill("100000")
        await at.send_order()
        await expect(at.find(".level-bid .own")).to_contain_text("● 1")
        await at.cancel_all()
    assert late


async def test_the_page_is_used_by_keyboard(quarter: Quarter, pages: Pages) -> None:
    await quarter.offer(1035, 1)

    async with pages() as at:
        await at.sit(await quarter.seller())
        await at.open(f"#/market/{TITLE}")
        await expect(at.find(".level-ask")).to_have_count(1)
        press = at.page.keyboard.press

        await at.find(".level-ask").focus()
        await press("?")
        dialog = at.page.get_by_role("dialog")
        await expect(dialog).to_contain_text("cancel all own orders")
        await expect(dialog.get_by_role("button")).to_be_focused()
        await press("a")  # what is read is not acted on
        await press("Tab")
        assert await at.page.evaluate("!document.querySelector('.bar :focus, main :focus')")
        await press("Escape")
        await expect(dialog).to_have_count(0)
        await expect(at.find(".level-ask")).to_be_focused()
        await expect(at.find(".side-bid")).to_have_attribute("aria-pressed", "true")
        await press("a")
        await expect(at.find(".side-ask")).to_have_attribute("aria-pressed", "true")
        await press("p")
        await at.page.keyboard.type("103500")
        await expect(at.find(".reckoning")).to_contain_text("827,172.00")  # less 10 bp
        await press("Escape")
        await press("j")
        await expect(at.find(".market-list tr.is-chosen")).not_to_contain_text("P1")
        await press("d")
        await expect(at.find("html")).to_have_attribute("data-theme", "dark")
