"""The seat's own page: its cash and the way out, its leases, and whose the titles are."""

import re

import pytest
from playwright.async_api import expect

from ledger.durations import DAY_NS
from ledger.events import (
    NodeRegistered,
    ProvenanceGraded,
    TitleIssued,
    TitleTransferred,
    UnitGraded,
    UnitRegistered,
)
from tests.browser.conftest import Pages
from tests.browser.quarter import Quarter
from tests.exchange.ground import LEASE, NOON_NS, TITLE, Floor

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
        await at.find("#withdraw-amount").fill("1,500.50")
        await at.find("#withdraw-to").fill("ICBC 6222")
        await expect(cash).to_contain_text("1,500.50 yuan leave your available cash for ICBC 6222.")
        await cash.get_by_role("button", name="Ask for it").click()
        await cash.get_by_role("button", name="Sign and send").click()
        await expect(at.find(".notice")).to_contain_text("1,500.50 yuan are on their way out.")
        leaving = cash.locator("table").first.locator("tr", has_text="on its way out")
        await expect(leaving).to_contain_text("1,500.50")
        await expect(at.find("#withdraw-amount")).to_have_value("")

        await at.find("#withdraw-amount").fill("5,000,000")
        await at.find("#withdraw-to").fill("ICBC 6222")
        await expect(cash).to_contain_text("waits for the signature of another person")
        await at.find("#withdraw-amount").fill("9,999,999,999,999")
        await expect(cash.locator(".problem")).to_be_visible()
        # Chromium's own line of what the venue refuses
        at.wrongs[:] = [wrong for wrong in at.wrongs if "status of 422" not in wrong]


@pytest.mark.own_venue
async def test_a_payout_says_what_is_lacking_waits_for_its_second_signature_and_is_followed(
    quarter: Quarter, pages: Pages
) -> None:
    async with pages() as at:
        await at.sit(await quarter.trader())
        await at.open("#/seat")
        cash = at.find(".card.cash")
        await cash.locator("summary").click()
        for typed, told in (
            ("nothing", "not an amount"),
            ("0", "An amount above 0"),
            ("0.00", "An amount above 0"),
            ("1.234", "2 decimals at most"),
            ("1000", "Name the account"),
        ):
            await at.find("#withdraw-amount").fill(typed)
            await expect(cash.locator("form [role=status]")).to_contain_text(told)
        await at.find("#withdraw-amount").fill("")
        await at.find("#withdraw-to").fill("ICBC 6222")
        await expect(cash.locator("form [role=status]")).to_contain_text("Say how much")

        await at.find("#withdraw-amount").fill("5,000,000")
        await expect(cash).to_contain_text("waits for the signature of another person")
        await cash.get_by_role("button", name="Ask for it").click()
        await cash.get_by_role("button", name="Sign and send").click()
        await expect(at.find(".notice")).to_contain_text("waits for a second signature")
        waits = at.find(".own-proposals tbody tr")
        await expect(waits).to_contain_text("Payout of 5,000,000.00 yuan to ICBC 6222")
        await expect(waits).to_contain_text("another person of your party")
        (proposal,) = quarter.engine.venue.register.proposals
        await expect(waits).to_contain_text(proposal)
        await waits.get_by_role("button", name="Take back").click()
        await waits.get_by_role("button", name="Sign and take back").click()
        await expect(at.find(".own-proposals")).to_have_count(0)
        await expect(at.find(".notice")).to_contain_text(f"{proposal} is taken back.")
        assert not quarter.engine.venue.register.proposals

        await at.find("#withdraw-amount").fill("1,500.50")
        await at.find("#withdraw-to").fill("ICBC 6222")
        await cash.get_by_role("button", name="Ask for it").click()
        await cash.get_by_role("button", name="Sign and send").click()
        await expect(cash.locator("h3 ~ div tbody tr")).to_contain_text("1,500.50")
        (payment,) = quarter.engine.venue.register.payments
        paid = cash.locator("h3 ~ div tbody tr")
        await expect(paid).to_contain_text("on its way out")
        args = {"payer_reference": "BANK-9"}
        path = f"/v1/withdrawals/{payment}/confirm"
        await quarter.act("clerk", "POST", path, "withdrawal.confirm", args, payment=payment)
        await expect(paid).to_contain_text("paid, by the bank's BANK-9")
        await expect(paid).to_contain_text(payment)


@pytest.mark.own_venue
async def test_leases_fills_and_titles_say_whose_they_are_and_in_which_unit(
    quarter: Quarter, pages: Pages
) -> None:
    await quarter.offer(1035, 1)
    await quarter.offer(1369, 1, LEASE)
    async with pages() as at:
        await at.sit(await quarter.trader())
        for market, price in ((TITLE, "103500"), (LEASE, "13.69")):
            await at.open(f"?#/market/{market}")
            if market == LEASE:
                await at.page.get_by_role("button", name="yuan a GPU-hour").click()
            await at.find("#price").fill(price)
            await at.send_order()
            await expect(at.find(".own-orders h3 ~ div tbody tr")).to_have_count(1)

        await at.open("#/")
        rows = at.find(".market-list tbody tr")
        await expect(rows.filter(has_text="13.69")).to_contain_text("yuan a GPU-hour")
        await expect(rows.filter(has_text="103,500")).to_contain_text("yuan a GPU")

        await at.open("#/seat")
        fills = at.find(".own-orders h3 ~ div tbody tr")
        await expect(fills.filter(has_text=TITLE)).to_contain_text("103,500 yuan a GPU")
        await expect(fills.filter(has_text=LEASE)).to_contain_text("13.69 yuan a GPU-hour")
        await expect(fills.filter(has_text=LEASE)).to_contain_text("yuan a server-month")

        lease = at.find(".leases tbody tr")
        await expect(lease).to_have_count(1)
        await expect(lease).to_contain_text(f"hired from {quarter.floor.owners[1]}")
        await expect(lease).to_contain_text("13.69 yuan a GPU-hour")
        await expect(lease).to_contain_text("agreed")
        await expect(lease).to_contain_text(LEASE.rpartition(".")[2])
        titles = at.find(".holdings tbody tr")
        await expect(titles.filter(has_text=f"of {quarter.floor.owners[1]}").first).to_be_visible()

        settlement = await at.find(".settlements .id").first.inner_text()
        await quarter.deliver(settlement)
        await at.find(".settlements button", has_text="Accept").click()
        await at.find(".asking button.primary").click()
        await expect(titles.filter(has_text="yours")).to_have_count(1)


@pytest.mark.own_venue
async def test_a_servers_own_page_offers_it_and_the_ticket_says_which_goes(
    quarter: Quarter, pages: Pages
) -> None:
    async with pages() as at:
        await at.open("#/thing/n-0008")
        needed = at.find(".seat-needed")
        for seat in ("seller", "auditor"):  # who may see it: the first of them may sell it, too
            await expect(needed).to_contain_text(f"“{seat}”")

        await at.sit(await quarter.seller())
        await expect(at.page).to_have_url(re.compile("#/seat$"))  # its own things, not a market
        await at.open("#/thing/n-0008")
        await at.find("button", has_text="Offer this for sale").click()
        offering = at.find(".offering")
        await expect(at.page).to_have_url(re.compile(re.escape(TITLE)))
        await expect(offering.locator("label", has_text="n-0008").locator("input")).to_be_checked()

        await offering.locator("label", has_text="n-0008").click()  # not this one, then
        free = await offering.locator("label").all_inner_texts()
        assert len(free) > 1
        await expect(offering).to_contain_text(f"{len(free)} lots of yours are free to sell here.")
        await expect(offering).to_contain_text(f"takes the lowest numbers: {min(free)}.")
        await offering.locator("label", has_text="n-0008").click()

        await at.find("#price").fill("1")
        await expect(at.find(".reckoning")).to_have_text("The least price is 100.")
        await at.find("#price").fill("103500")
        await at.find("button.send").click()
        await expect(at.find("button.send")).to_have_text("Sign and send the ask")
        await at.find("button.send").click()
        await expect(at.find(".own-orders tbody tr")).to_have_count(1)
        await expect(offering).to_contain_text(f"{len(free) - 1} lot")
        await expect(offering).not_to_contain_text("n-0008")
        (order,) = quarter.engine.venue.orders.values()
        assert order.nodes == ["n-0008"]

        await at.find("#price").fill("103600")  # none is chosen: the page says which one goes
        await at.find("button.send").click()
        await expect(at.find(".ticket-form")).to_contain_text(f"It offers {min(free)}.")
        await at.find("button.send").click()
        await expect(at.find(".notice")).to_contain_text(f"It offers {min(free)}.")
        for thing in ("n-0008", min(free)):
            await expect(at.find(".own-orders tbody tr", has_text=thing)).to_have_count(1)
        assert [each.nodes for each in quarter.engine.venue.orders.values()] == [
            ["n-0008"],
            [min(free)],
        ]
        await at.open("#/seat")
        row = at.find(".holdings tbody tr", has_text="n-0008")
        await expect(row).to_contain_text(f"yours, on offer in {order.order}")


CARDS = [f"u-{number:06d}" for number in range(901, 905)]


def cards_bought(floor: Floor) -> None:
    """The first buyer has bought two cards of four in the second owner's node: long ago, and now.

    The rest of what it owns is one board; the seller's seat sees none of the node.
    """
    owner, buyer = floor.owners[1], floor.buyers[0]
    node = "n-0901"
    floor.happen(
        NodeRegistered(
            node, "Maker", "4U", "C901", "", "pcie", "s-0001", owner, False, 100_000, owner
        ),
        *(
            UnitRegistered(
                card, "NVIDIA", "L40S", f"1901{slot}", "PART", "", "strong", node, slot, owner
            )
            for slot, card in enumerate(CARDS)
        ),
        *(UnitGraded(card, "A", [], NOON_NS + 900 * DAY_NS) for card in CARDS),
        *(ProvenanceGraded(card, "P1", []) for card in CARDS),
        *(
            TitleIssued(
                unit=card, holder=owner, basis="opening", document_sha256="", effective_ns=0
            )
            for card in CARDS
        ),
    )
    floor.happen(sale(CARDS[0], owner, buyer))
    floor.pass_time(floor.writer.at_ns + 6 * DAY_NS)
    floor.happen(sale(CARDS[1], owner, buyer))


def sale(card: str, owner: str, buyer: str) -> TitleTransferred:
    return TitleTransferred(
        unit=card,
        from_party=owner,
        to_party=buyer,
        settlement="",
        basis="sale",
        price_minor=5_000_000,
        subject_to=[],
        effective_ns=0,
    )


@pytest.mark.own_venue(more=cards_bought)
async def test_all_that_one_has_title_to_stands_on_the_seats_page_and_says_when_it_can_be_sold(
    quarter: Quarter, pages: Pages
) -> None:
    """Single cards in other people's nodes as well as boards; each one's page offers it, or not."""
    async with pages() as at:
        scopes = ["read", "trade", "seller"]
        buyer = quarter.floor.buyers[0]
        await at.sit(await quarter.invitation("holder", buyer, scopes))
        await at.open("#/seat")
        titles = at.find(".holdings tbody tr", has_text="yours")
        things = quarter.engine.venue.register.things.items()
        own = {str(name) for name, thing in things if thing.owner == buyer}
        assert own == {*CARDS[:2]}
        await expect(titles).to_have_count(len(own))
        assert {await row.locator("td").first.inner_text() for row in await titles.all()} == own

        await at.find(".holdings a", has_text=CARDS[1]).click()
        about = at.find(".about")
        days = quarter.parts.market_views.instrument("T.L40S.A1.CN-BJ")["holding_days"]
        await expect(about).to_contain_text("it can be offered for sale from 2024-11-26 12:00:00")
        await expect(about).to_contain_text(f"{days} days after a sale")
        await expect(about.locator("button")).to_have_count(0)

        await at.open(f"#/thing/{CARDS[0]}")
        await about.locator("button", has_text="Offer this for sale").click()
        chosen = at.find(".offering label", has_text=CARDS[0]).locator("input")
        await expect(chosen).to_be_checked()
        await at.find("#price").fill("50000")
        await at.send_order()
        await expect(at.find(".own-orders tbody tr")).to_have_count(1)
        (order,) = quarter.engine.venue.orders.values()
        assert order.nodes == [CARDS[0]]
        await at.open(f"#/thing/{CARDS[0]}")
        await expect(about).to_contain_text(f"On offer: {order.order}.")
        await expect(about.locator("button")).to_have_count(0)


@pytest.mark.own_venue
async def test_a_key_that_waits_for_a_second_signature_is_kept_and_sits_down_afterwards(
    quarter: Quarter, pages: Pages
) -> None:
    async with pages() as at:
        await at.open(await quarter.invitation("clerk-3", "p-0001", ["read", "operate"]))
        pending = at.find(".pending")
        proposal = re.search(r"z-\d+", await pending.inner_text())
        assert proposal
        await expect(pending).to_contain_text(f"gpubourse operator approve {proposal[0]}")
        await expect(at.find(".kept button", has_text="Sit down as")).to_have_count(0)

        await at.page.reload()
        await pending.locator("input").fill("k-0003")  # another's number
        await pending.get_by_role("button", name="Sit down").click()
        await expect(at.find(".notice")).to_contain_text("k-0003 is not the number of this key")
        at.wrongs.clear()  # Chromium calls a 401 an error

        path = f"/v1/proposals/{proposal[0]}/approve"
        done = await quarter.act(
            "second clerk", "POST", path, "proposal.approve", {}, proposal=proposal[0]
        )
        await pending.locator("input").fill(f" {done['outcome']['principal'].upper()} ")
        await pending.get_by_role("button", name="Sit down").click()
        await expect(at.find(".seat-chip.is-seated")).to_be_visible()
        await expect(pending).to_have_count(0)
        await expect(at.find(".facts").first).to_contain_text(done["outcome"]["principal"])

        await at.page.reload()
        await expect(at.find(".seat-chip.is-seated")).to_be_visible()
