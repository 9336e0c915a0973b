"""What the venue has not said yet is never shown as nought or none, on any page of the console."""

import asyncio
import re

import pytest
from playwright.async_api import Page, Route, WebSocketRoute, expect

from tests.browser.conftest import Pages
from tests.browser.quarter import Quarter
from tests.browser.watched import Watched
from tests.browser.words import catalogue, modules
from tests.exchange.ground import LEASE, TITLE
from tests.waiting import until

pytestmark = pytest.mark.browser
ON_ONE_LOOP = pytest.mark.asyncio(loop_scope="session")

NONE = re.compile(r"\b(no|none|never|nothing|nobody|not? .* yet)\b", re.IGNORECASE)
# Words that deny something and are true before anything was heard, by family or key.
OF_THE_PAGE = (
    "silence.", "problem.", "reason.", "replaced.", "thing.", "dump.", "ticket.", "seat.", "venue.",
    "provenance.", "chain.", "settlement.last", "registered.", "proposal.", "markets.no_match",
    "market.unknown", "key.", "orders.nothing_to_cancel", "orders.cancelled", "worth.unknown",
    "findings.", "word.", "phase_takes.", "cause.", "rest.", "reckon.meets", "act.", "notice.",
    "unknown.", "candles.no_trade", "worth.not_alike", "stored.", "asked.", "log_key.",
    "audit.upto", "topic.", "check.", "summed.", "because.",
)  # fmt: skip
LISTS = (
    "/v1/holdings",
    "/v1/leases",
    "/v1/markets",
    "/v1/nodes",
    "/v1/units",
    "/v1/fills",
    "/v1/orders",
    "/v1/settlements",
)
NOUGHT = re.compile(r"(?<![\d.,])0 (asks?|bids?|lots?|orders?)|#0\b")


def claims() -> list[str]:
    """Every sentence of the catalogue by which the page says that there is none of something."""
    return [
        words
        for key, words in catalogue("en").items()
        if NONE.search(words) and not key.startswith(OF_THE_PAGE)
    ]


# Where a word that denies may be asked for: `inThree`, `Rows` and whoever hands it on to them. Or,
# in a chart, behind whether its figures have been heard.
TAKEN_BY = re.compile(
    r"\bnone\b\s*[:=]|\bempty\s*=|\bisEmpty\b|\bisOneSided\b|rows && !rows\.length"
)


def asked_on(key: str, line: str) -> bool:
    """Whether a line of a module asks for a key, also by its beginning alone."""
    start = re.escape(re.sub(r"_(bid|ask|last|rent)s?$", "_", key))
    return re.search(rf"""["'`](?:{re.escape(key)}["'`]|{start}\$\{{)""", line) is not None


def test_every_word_that_denies_goes_through_one_helper() -> None:
    """Three states: asking, none, some. No view may say none without having asked whether."""
    keys = [
        key for key in catalogue("en") if NONE.search(catalogue("en")[key])
        and not key.startswith(OF_THE_PAGE)
    ]  # fmt: skip
    found: dict[str, list[str]] = {key: [] for key in keys}
    for path in modules():
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            for key in keys:
                if asked_on(key, line):
                    taken = "" if TAKEN_BY.search(line) else f"{path.name}:{number}"
                    found[key].append(taken)
    assert not {key: lines for key, lines in found.items() if any(lines)}
    assert not [key for key, lines in found.items() if not lines], "asked for in another way"


NOT_OF_THE_VENUE = (
    "one.slot",  # only to sort by
    "keptHere.get",
    "followed(known ?? [], body)",  # a candle's change comes behind its snapshot
)


def test_nothing_heard_is_made_up() -> None:
    """A list or a figure that is not there is not taken for an empty one."""
    made_up = re.compile(r"\?\? (\[\]|0n?\b|new (Map|Set)\(\))|\|\| (\[\]|0\b)")
    wrong = [
        f"{path.name}:{number}: {line.strip()}"
        for path in modules()
        if path.parent.name == "views"
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if made_up.search(line) and not any(each in line for each in NOT_OF_THE_VENUE)
    ]
    assert not wrong


async def hold_back(page: Page, let_go: asyncio.Event) -> None:
    """No feed and no list of the seat's says anything until it is let go; the rest answers."""

    async def wait(route: Route) -> None:
        await let_go.wait()
        await route.continue_()

    def silent(line: WebSocketRoute) -> None:
        """Taken, and not a word."""

    await page.route_web_socket("**/v1/ws", silent)
    for path in LISTS:
        await page.route(re.compile(re.escape(path) + r"(\?|$)"), wait)


async def denied(at: Watched) -> list[str]:
    """What the page shows that nobody has told it."""
    main = at.find("body")
    texts = [await main.inner_text()]
    labels = await at.page.eval_on_selector_all(
        "[aria-label], [title]",
        "all => all.map((each) => `${each.ariaLabel ?? ''} ${each.title}`)",
    )
    whole = " ".join([*texts, *labels])
    return [words for words in claims() if words in whole] + [
        found[0] for found in NOUGHT.finditer(whole)
    ]


def test_what_the_page_may_deny_is_in_the_catalogue() -> None:
    assert {"no bids", "no asks", "no trade yet", "No open order.", "No cash at the venue."} <= set(
        claims()
    )


@ON_ONE_LOOP
async def test_what_was_not_heard_is_no_nought(quarter: Quarter, pages: Pages) -> None:
    async with pages() as at:
        await at.sit(await quarter.trader())
        let_go = asyncio.Event()
        await hold_back(at.page, let_go)
        wrong = {}
        for address, place in (
            ("#/", ".market-list tbody tr"),
            (f"#/market/{TITLE}", ".ladder"),
            (f"#/market/{LEASE}", ".ladder"),
            ("#/seat", ".holdings"),
            ("#/import", ".dump"),
        ):
            await at.open(address)
            await at.page.reload()
            await expect(at.find(place).first).to_be_visible()
            await expect(at.find(".seat-chip.is-seated")).to_be_visible()
            for folded in await at.find("details.as-table").all():
                await folded.evaluate("each => { each.open = true; }")
            if address.startswith("#/market"):
                await at.find("#price").fill("1000")
            found = await denied(at)
            if found:
                wrong[address] = found
            assert address == "#/import" or await at.find("main .unheard").count(), address
        let_go.set()
        assert wrong == {}


@ON_ONE_LOOP
async def test_what_was_heard_as_none_is_said_so(quarter: Quarter, pages: Pages) -> None:
    async with pages() as at:
        await at.sit(await quarter.trader())
        await at.open("#/seat")
        await expect(at.find(".settlements")).to_contain_text("Nothing is being settled.")
        await expect(at.find(".own-orders")).to_contain_text("No open order.")
        await until(lambda: _none_unheard(at))


async def _none_unheard(at: Watched) -> bool:
    return await at.find("main .unheard").count() == 0
