"""Each act of the page ends exactly once, and the page says how: on any line, in any tab."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import expect

from gateway.contract.problem_words import described
from tests.browser.desk import REFUSED, Desks, desk_in
from tests.browser.quarter import Quarter
from tests.browser.watched import NONE_OPEN, speak
from tests.exchange.ground import LEASE, TITLE
from tests.waiting import until

pytestmark = pytest.mark.browser
ON_ONE_LOOP = pytest.mark.asyncio(loop_scope="session")

DUMP = Path(__file__).parents[2] / "../shared/data/inventories/nvidia-smi-q_H100SXMx8.txt"
# A second press in the very moment in which the button asks for it: nobody can have read it.
PRESS_AS_SOON_AS_IT_CAN_BE = """() => {
  const send = document.querySelector("button.send");
  new MutationObserver(() => {
    if (window.pressed || !send.textContent.includes("Sign and send")) return;
    window.pressed = true;
    send.click();
  }).observe(send, { subtree: true, childList: true, characterData: true });
}"""


@ON_ONE_LOOP
async def test_a_double_click_sends_nothing_unseen(desks: Desks) -> None:
    async with desks() as at:
        await at.type_order()
        await at.page.evaluate(PRESS_AS_SOON_AS_IT_CAN_BE)
        await at.find("button.send").dblclick()
        await at.page.wait_for_function("() => window.pressed")
        await expect(at.find("button.send")).to_be_enabled()  # now it has been there for a while
        await expect(at.find("button.send")).to_have_text("Sign and send the bid")
        assert at.line.keys == []
        assert at.orders() == 0


@ON_ONE_LOOP
async def test_on_a_slow_line_a_second_press_is_the_same_order(desks: Desks) -> None:
    async with desks() as at:
        at.line.held = asyncio.Event()
        price = await at.bid()
        send = at.find("button.send")
        await expect(send).to_have_attribute("aria-busy", "true")
        await expect(send).to_have_text("waiting for the venue …")
        await send.dispatch_event("click")
        await at.find("#price").press("Enter")
        await at.stands(price)
        assert len(at.line.keys) == 1
        at.line.held.set()
        await at.is_told("open; nothing traded at once.")
        assert at.orders() == 1

        await at.review()  # the same once more is another intent, with a key of its own
        await send.click()
        await at.stands(price, times=2)
        assert len({key for _, key in at.line.keys}) == 2
        await at.cancel_all()


@ON_ONE_LOOP
async def test_a_lost_reply_is_asked_for_under_the_same_key(desks: Desks) -> None:
    async with desks() as at:
        at.line.lose("reply")
        price = await at.bid()
        await at.is_told("open; nothing traded at once.")
        await at.stands(price)
        assert len(at.line.keys) == 2
        assert len(set(at.line.keys)) == 1

        order = await at.find(".own-orders tbody .id").first.inner_text()
        await at.find(".own-orders button", has_text="Change").click()
        form = at.find(".amending")
        await form.locator("input").nth(1).fill("2")
        at.line.lose("reply")
        await form.get_by_role("button", name="Sign and send the change").click()
        await expect(at.find(".own-orders tbody tr td.n").nth(1)).to_have_text("2")
        await at.is_told(f"{order} is changed: {price} yuan a GPU, lots open: 2; nothing traded")
        assert len(set(at.line.sendings(f"/v1/orders/{order}"))) == 1

        at.line.lose("late")  # it is signed anew, under its key
        await at.find(".own-orders tbody").get_by_role("button", name="Cancel").click()
        await at.is_told(f"{order} is cancelled: 2 lots no longer stand.")
        assert at.orders() == 0


@ON_ONE_LOOP
async def test_a_preview_that_did_not_come_is_asked_for_again(desks: Desks) -> None:
    async with desks() as at:
        await at.bid()
        await at.is_told("open; nothing traded at once.")
        await at.find(".own-orders button", has_text="Change").click()
        form = at.find(".amending")
        at.line.looks_lost = 2

        await form.locator("input").nth(1).fill("2")

        await form.get_by_role("button", name="Sign and send the change").click()
        assert at.line.looks_lost == 0
        await expect(at.find(".own-orders tbody tr td.n").nth(1)).to_have_text("2")
        await at.cancel_all()


@ON_ONE_LOOP
async def test_cancel_all_of_a_market_is_of_that_market(desks: Desks) -> None:
    async with desks() as at:
        await at.bid(LEASE)
        await at.is_told("nothing traded at once")
        await at.bid(TITLE)
        await expect(at.find(".own-orders tbody tr")).to_have_count(1)
        at.line.lose("reply")
        await at.find(".own-orders").get_by_role("button", name="Cancel all of this").click()
        await expect(at.find(".own-orders .asking")).to_contain_text("1 order here is cancelled.")
        assert at.line.sendings("/v1/orders/cancel_all") == []
        await at.find(".own-orders .asking button.primary").click()
        await at.is_told(f"1 order cancelled in {TITLE}; other markets are untouched.")
        assert len(set(at.line.sendings("/v1/orders/cancel_all"))) == 1
        assert (at.orders(TITLE), at.orders(LEASE)) == (0, 1)

        await at.page.keyboard.press("Shift+X")
        await at.is_told("1 order cancelled, in all markets.")
        assert at.orders(LEASE) == 0


@ON_ONE_LOOP
async def test_a_reload_in_the_middle_finds_out_how_it_ended(desks: Desks) -> None:
    async with desks() as at:
        at.line.held = asyncio.Event()  # the venue has it, the page does not know
        price = await at.bid()
        await until(lambda: at.orders() == 1)
        await at.page.reload()
        await at.is_told(f"Bid for 1 lot of {TITLE} at {price} yuan a GPU: o-")
        await at.stands(price)
        at.line.held.set()
        assert len(at.line.keys) == 1
        await expect(at.find(".unanswered")).to_have_count(0)
        await at.page.reload()
        await at.stands(price)
        assert await at.page.evaluate("window.told") == []  # told once
        await at.cancel_all()


@ON_ONE_LOOP
async def test_a_laptop_that_slept_says_what_was_not_done(desks: Desks) -> None:
    async with desks() as at:
        await at.type_order()
        await at.review()
        await at.page.clock.install()
        at.line.lose("request", times=1_000)
        await at.find("button.send").click()
        await until(lambda: at.line.keys)
        await at.page.clock.fast_forward("10:00")
        await at.is_told("It did not reach the venue in time: it was not done, and will not be.")
        assert len(set(at.line.keys)) == 1
        assert at.orders() == 0
        await expect(at.find(".unanswered")).to_have_count(0)


@ON_ONE_LOOP
async def test_in_chinese_an_order_is_seen_sent_and_ended(desks: Desks) -> None:
    async with desks(locale="zh-CN") as at:
        await at.type_order(LEASE)
        await expect(at.find(".reckoning")).to_contain_text("至多支付")
        await expect(at.find(".reckoning")).to_contain_text("押金")
        await expect(at.find(".limits")).to_contain_text("每笔至多")
        await at.send_order()
        await at.is_told("未立即成交")
        await at.find(".own-orders button", has_text="撤销本市场全部委托").click()
        await at.find(".own-orders .asking button", has_text="签名并撤单").click()
        await at.is_told(f"{LEASE} 已撤销 1 笔委托")
        await expect(at.find(".own-orders")).to_contain_text(NONE_OPEN)

        # far above what the rule allows: said in yuan, and gone once the input is another
        await at.find("#price").fill("90000000")
        await expect(at.find(".ticket-form .problem")).to_contain_text(",")
        await at.is_in_peoples_units()
        await at.type_order(LEASE)
        await expect(at.find(".ticket-form .problem")).to_have_count(0)


@ON_ONE_LOOP
async def test_the_refusal_of_what_was_sent_is_told_in_the_language_that_the_page_has_now(
    desks: Desks,
) -> None:
    async with desks() as at:
        at.line.lose("refused")
        await at.bid()
        refusal = at.find(".ticket-form > .problem")
        await expect(refusal).to_have_text(REFUSED["detail"])
        kind = described(REFUSED["code"], "zh")

        await speak(at, "zh-CN")
        await expect(refusal).to_have_text(f"{kind['title']}。{kind['detail']}")
        await speak(at, "en")
        await expect(refusal).to_have_text(REFUSED["detail"])
        await at.cancel_all()


@ON_ONE_LOOP
async def test_two_tabs_have_two_seats(desks: Desks, trading_quarter: Quarter) -> None:
    async with desks() as at:
        other = await desk_in(at.page.context, trading_quarter)
        await other.sit(await trading_quarter.seller())
        await expect(other.find(".seat-chip")).to_contain_text(trading_quarter.floor.owners[0])
        price = await at.bid()
        await at.stands(price)
        await at.page.reload()
        await expect(at.find(".seat-chip")).to_contain_text(trading_quarter.floor.buyers[0])
        await at.stands(price)

        await other.open("#/seat")
        await other.find("button", has_text="Leave the seat").click()
        await other.is_told(f"You have left the seat of {trading_quarter.floor.owners[0]}.")
        await other.page.reload()
        await expect(other.find(".seat-chip")).to_have_text("No seat")
        await expect(other.find("button", has_text="Sit down as").first).to_be_visible()
        await at.cancel_all()
        assert at.orders() == 0


@ON_ONE_LOOP
async def test_what_was_delivered_is_taken_once(desks: Desks, trading_quarter: Quarter) -> None:
    async with desks() as at:
        ask = await trading_quarter.offer(1035, 1)
        assert ask
        await at.open(f"#/market/{TITLE}")
        await at.find("#price").fill("103500")
        await at.review()
        await at.find("button.send").click()
        await at.is_told("1 lot traded at once; filled.")
        settlement = await at.find(".own-orders .id", has_text="x-").first.inner_text()
        await trading_quarter.deliver(settlement)
        await at.open("#/seat")
        await at.page.get_by_role("button", name="Accept …").click()
        at.line.lose("reply")
        await at.page.get_by_role("button", name="Sign and accept").click()
        await at.is_told(f"{settlement} is settled: title and cash have changed hands.")
        assert len(set(at.line.sendings(f"/v1/settlements/{settlement}/accept"))) == 1


@ON_ONE_LOOP
async def test_a_report_is_registered_once(desks: Desks, trading_quarter: Quarter) -> None:
    async with desks(await trading_quarter.seller()) as at:
        await at.open("#/import")
        await at.find("#dump").set_input_files(DUMP)
        at.line.lose("reply")
        await at.find("button.primary").click()
        await at.is_told("1 node registered; ")
        await expect(at.find(".proposal")).to_contain_text("waits for a clerk")
        keys = at.line.sendings("/v1/imports")
        assert len(keys) == 2
        assert len(set(keys)) == 1
