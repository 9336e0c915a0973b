"""Each act of the page, cut in the middle: by a reload, by the line, by a shut storage."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, Route, expect

from tests.browser.desk import NETWORK, Desk, Desks, desk_in
from tests.browser.quarter import Quarter
from tests.browser.test_outbox_sources import COMMAND, sources
from tests.browser.watched import close_tabs
from tests.exchange.ground import TITLE
from tests.waiting import until

pytestmark = pytest.mark.browser
ON_ONE_LOOP = pytest.mark.asyncio(loop_scope="session")

DUMP = Path(__file__).parents[2] / "../shared/data/inventories/nvidia-smi-q_RTX6000Ada_x8.txt"

Press = Callable[[], Awaitable[None]]


async def placing(at: Desk, quarter: Quarter) -> tuple[Press, str]:
    price = await at.type_order()
    await at.review()
    return at.find("button.send").click, f"Bid for 1 lot of {TITLE} at {price} yuan a GPU: o-"


async def amending(at: Desk, quarter: Quarter) -> tuple[Press, str]:
    await at.stands(await at.bid())
    await at.find(".own-orders button", has_text="Change").click()
    form = at.find(".amending")
    await expect(form.locator("input").first).to_be_focused()
    await form.locator("input").nth(1).fill("2")
    return form.get_by_role("button", name="Sign and send the change").click, "Change of o-"


async def cancelling(at: Desk, quarter: Quarter) -> tuple[Press, str]:
    await at.stands(await at.bid())
    button = at.find(".own-orders tbody").get_by_role("button", name="Cancel")
    return button.click, "Cancel o-"


async def cancelling_all(at: Desk, quarter: Quarter) -> tuple[Press, str]:
    await at.stands(await at.bid())
    await at.find(".own-orders").get_by_role("button", name="Cancel all of this").click()
    sign = at.find(".own-orders .asking button.primary")
    await expect(sign).to_be_enabled()  # not in its first moment
    return sign.click, f"Cancel all of {TITLE}: 1 order cancelled"


async def accepting(at: Desk, quarter: Quarter) -> tuple[Press, str]:
    await quarter.offer(1035, 1)
    await at.open(f"#/market/{TITLE}")
    await at.find("#price").fill("103500")
    await at.review()
    await at.find("button.send").click()
    await at.is_told("1 lot traded at once; filled.")
    settlement = await at.find(".own-orders .id", has_text="x-").first.inner_text()
    await quarter.deliver(settlement)
    await at.open("#/seat")
    await at.page.get_by_role("button", name="Accept …").click()
    sign = at.page.get_by_role("button", name="Sign and accept")
    await expect(sign).to_be_focused()
    await expect(sign).to_be_enabled()  # not in its first moment
    return sign.click, f"Acceptance of {settlement}: {settlement} is settled"


async def withdrawing(at: Desk, quarter: Quarter) -> tuple[Press, str]:
    await at.open("#/seat")
    await at.find(".withdraw summary").click()
    await at.find("#withdraw-amount").fill("1000")
    await at.find("#withdraw-to").fill("ICBC 6222")
    await at.page.get_by_role("button", name="Ask for it").click()
    sign = at.find(".withdraw .asking button.primary")
    await expect(sign).to_be_enabled()  # not in its first moment
    return sign.click, "Payout of 1,000.00 yuan to ICBC 6222: y-"


async def taking_back(at: Desk, quarter: Quarter) -> tuple[Press, str]:
    known = set(quarter.engine.venue.register.proposals)  # the venue is shared with other tests
    await at.open("#/seat")
    await at.find(".withdraw summary").click()
    await at.find("#withdraw-amount").fill("5,000,000")
    await at.find("#withdraw-to").fill("ICBC 6222")
    await at.page.get_by_role("button", name="Ask for it").click()
    await at.find(".withdraw .asking button.primary").click()
    await at.is_told("waits for a second signature")
    (proposal,) = set(quarter.engine.venue.register.proposals) - known
    await at.page.get_by_role("button", name="Take back").click()
    sign = at.find(".own-proposals .asking button.primary")
    await expect(sign).to_be_enabled()  # not in its first moment
    return sign.click, f"Taking back {proposal}: {proposal} is taken back."


async def registering(at: Desk, quarter: Quarter) -> tuple[Press, str]:
    await at.open("#/import")
    await at.find("#dump").set_input_files(DUMP)
    return at.find("button.primary").click, "Registering a report at s-0001: 1 node registered"


ACTS = {
    "order.new": placing,
    "order.amend": amending,
    "order.cancel": cancelling,
    "order.cancel_all": cancelling_all,
    "withdrawal.new": withdrawing,
    "proposal.withdraw": taking_back,
    "settlement.accept": accepting,
    "import.new": registering,
}


def test_no_act_of_the_page_is_forgotten() -> None:
    assert set(ACTS) == {op for op, *_ in COMMAND.findall(sources()["wire/acts.js"])}


@ON_ONE_LOOP
@pytest.mark.parametrize("op", ACTS)
async def test_an_act_cut_by_a_reload_ends_once_and_is_told(
    op: str, desks: Desks, trading_quarter: Quarter
) -> None:
    async with desks(await trading_quarter.seller() if op == "import.new" else "") as at:
        press, words = await ACTS[op](at, trading_quarter)
        sent, done = len(at.line.keys), at.line.done
        at.line.held = asyncio.Event()  # the venue does it, the page does not know
        await press()
        await until(lambda: at.line.done > done)
        await at.page.reload()
        await at.is_told(words)
        at.line.held.set()
        assert len(at.line.keys) == sent + 1
        await expect(at.find(".unanswered")).to_have_count(0)
        if at.orders():
            await at.cancel_all()
        assert at.orders() == 0


@ON_ONE_LOOP
async def test_a_line_cut_in_the_middle_is_one_order_when_it_is_back(desks: Desks) -> None:
    async with desks() as at:
        await at.line.tap_socket(at.page)
        price = await at.type_order()
        await at.page.reload()
        await at.find("#price").fill(price)
        await at.review()
        at.line.held = asyncio.Event()
        await at.find("button.send").click()
        await until(lambda: at.line.done)
        await at.line.cut()
        at.line.held.set()
        await expect(at.find(".light")).to_have_class(re.compile("is-silent"))
        await expect(at.find("button.send")).to_have_attribute("aria-busy", "true")
        await at.find("#price").press("Enter")  # again, in vain
        at.line.is_cut = False
        await at.is_told("open; nothing traded at once.")
        await at.stands(price)
        assert at.orders() == 1
        assert len(set(at.line.keys)) == 1
        await at.cancel_all()


# Each pause before the line is tried again is as long as it may be, and a long one has no end.
ENDLESS_PAUSES = """
Math.random = () => 1;
const sooner = setTimeout;
window.setTimeout = (run, ms, ...more) => sooner(run, ms > 3_000 ? 2 ** 31 - 1 : ms, ...more);
"""


@ON_ONE_LOOP
async def test_a_browser_that_has_its_network_back_does_not_wait_for_the_next_try(
    desks: Desks,
) -> None:
    async with desks() as at:
        await at.line.tap_socket(at.page)
        await at.page.add_init_script(ENDLESS_PAUSES)
        await at.page.reload()
        light = at.find(".light")
        await expect(light).to_contain_text("live")
        tried = at.line.tries
        await at.line.cut()
        await until(lambda: at.line.tries - tried >= 4)  # after 0.2, 0.4, 0.8 and 1.6 s
        at.line.is_cut = False
        await expect(light).to_have_class(re.compile("is-silent"))
        await at.page.evaluate("dispatchEvent(new Event('online'))")
        await expect(light).to_contain_text("live")


@ON_ONE_LOOP
async def test_an_enrolment_whose_reply_was_lost_is_asked_again(
    browser: Browser, trading_quarter: Quarter
) -> None:
    """By the page itself, and when its link is opened anew: no code is lost with a reply."""
    context = await browser.new_context(locale="en-GB")
    keys: list[str] = []
    lost = 1

    async def lose(route: Route) -> None:
        nonlocal lost
        keys.append(json.loads(route.request.post_data or "")["public_key"])
        reply = await route.fetch()
        lost -= 1
        if lost >= 0:
            await route.abort()
        else:
            await route.fulfill(response=reply)

    at = await desk_in(context, trading_quarter)
    await at.page.route("**/v1/principals/enrol", lose)
    await at.sit(await trading_quarter.trader())
    assert len(keys) == 2
    assert len(set(keys)) == 1

    lost = 1
    keys.clear()
    again = await desk_in(context, trading_quarter)
    await again.page.route("**/v1/principals/enrol", lose)
    link = await trading_quarter.seller()
    await again.open(link)
    await until(lambda: keys)
    await again.open("about:blank")
    await again.open(link)
    await expect(again.find(".seat-chip.is-seated")).to_contain_text(
        trading_quarter.floor.owners[0]
    )
    assert len(set(keys)) == 1
    await close_tabs(context)


FORBID_ALL_STORAGE = """
for (const name of ["localStorage", "sessionStorage", "indexedDB"]) {
  Object.defineProperty(window, name, { get() { throw new DOMException("no", "SecurityError"); } });
}
"""


@ON_ONE_LOOP
async def test_a_browser_that_keeps_nothing_trades_all_the_same(
    browser: Browser, trading_quarter: Quarter
) -> None:
    context = await browser.new_context(locale="en-GB")
    at = await desk_in(context, trading_quarter)
    await at.page.add_init_script(FORBID_ALL_STORAGE)
    await at.sit(await trading_quarter.trader())
    at.line.lose("reply")
    price = await at.bid()
    await at.is_told("open; nothing traded at once.")
    await at.stands(price)
    assert len(set(at.line.keys)) == 1
    await at.page.keyboard.press("Escape")
    await at.page.keyboard.press("d")
    await at.page.keyboard.press("l")
    await expect(at.find("html")).to_have_attribute("lang", "zh-CN")
    await at.cancel_all()
    assert not [wrong for wrong in at.wrongs if not any(each in wrong for each in NETWORK)]
    await close_tabs(context)


@ON_ONE_LOOP
async def test_a_key_is_deleted_after_a_look_alone_and_focus_is_kept(desks: Desks) -> None:
    async with desks() as at:
        await at.open("#/seat")
        press = at.page.keyboard.press
        await at.find("button", has_text="Leave, and delete the key").focus()
        await press("Enter")
        sign = at.page.get_by_role("button", name="Leave and delete the key")
        await expect(sign).to_be_focused()
        await press("Enter")  # in the same breath: nobody can have read it
        await expect(at.find(".asking")).to_contain_text("takes a new invitation")
        await expect(at.find(".seat-chip.is-seated")).to_be_visible()
        await press("Tab")
        await press("Enter")
        await expect(sign).to_have_count(0)
        await until(lambda: at.page.evaluate("document.activeElement !== document.body"))

        await at.find("button", has_text="Leave, and delete the key").click()
        await expect(sign).to_be_enabled()
        await sign.click()
        await at.is_told("its key is deleted")
        await expect(at.find(".seat-chip")).to_have_text("No seat")
