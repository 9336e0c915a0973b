"""The auditor's page: each check is made in the browser, and what somebody spoiled is WRONG."""

import base64
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.async_api import Browser, Locator, Route, expect

from gpubourse.key_files import public_key_of
from ledger.base64url import text64
from ledger.journal.postgres import PostgresJournal
from tests.browser.quarter import Quarter, quarter_of
from tests.browser.watched import Watched, close_tabs, new_tab
from tests.conftest import database_of
from tests.ledger.log.published import Log

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

RIGHT, WRONG, UNKNOWN = "checked: right", "checked: WRONG", "could not be checked"
OF_LOG = ("stored", "included", "head")
OF_COMMAND = ("command", "document", "signature", "enrolled")
WORDS = {  # of each check, as the page begins its line
    "stored": "What is shown below",
    "included": "The log's tree",
    "head": "The tree's head",
    "command": "It rests on the command",
    "document": "The signed words",
    "signature": "The signature",
    "enrolled": "The key is the one",
}


@dataclass
class Audited:
    """A venue with a published log, an order's event in it, and its auditor's invitations."""

    quarter: Quarter
    log: Log
    order: int  # the position of an order that somebody signed
    bid: int  # the position of another one, which was met at once
    last: int  # of its batch
    size: int  # of the log


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def audited(
    postgres_server: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Audited]:
    with database_of(postgres_server) as dsn:
        async with quarter_of(tmp_path_factory.mktemp("audited"), dsn) as quarter:
            await quarter.offer(1035, 2)
            order = quarter.engine.head
            await quarter.buy(1035, 1)
            last = quarter.engine.head
            await quarter.auditor()
            log = Log(quarter.parts.settings.data_folder)
            journal = PostgresJournal(dsn)
            log.publish(journal)
            size = journal.head()
            journal.close()
            yield Audited(quarter, log, order, order + 1, last, size)


Seats = Callable[..., AbstractAsyncContextManager[Watched]]


@pytest_asyncio.fixture(loop_scope="session")
async def seats(browser: Browser, audited: Audited) -> Seats:
    """Opens a page with the auditor seated; at its end it must have done no wrong."""

    @asynccontextmanager
    async def opened(link: str = "", **options: Any) -> AsyncIterator[Watched]:
        size = {"width": 1440, "height": 900}
        context = await browser.new_context(**{"locale": "en-GB", "viewport": size, **options})
        at = await new_tab(context, audited.quarter.url)
        await at.sit(link or await audited.quarter.auditor())
        yield at
        assert at.wrongs == []
        await close_tabs(context)

    return opened


def line(at: Watched, check: str) -> Locator:
    return at.find(".checks li", has_text=WORDS[check])


async def verdicts(at: Watched) -> dict[str, str]:
    """Check -> what the page says of it, once all is said."""
    await expect(at.find(".checks li").first).to_be_visible()
    told = {}
    for check in WORDS:
        if await line(at, check).count():
            told[check] = (await line(at, check).locator(".verdict").inner_text())[2:]
    return told


async def spoil(at: Watched, path: str, change: Callable[[str], str]) -> list[str]:
    """Change every answer of a path on its way; the list says which came by."""
    met: list[str] = []

    async def answer(route: Route) -> None:
        reply = await route.fetch()
        text = await reply.text()
        changed = change(text)
        assert changed != text, f"nothing of {route.request.url} was spoiled"
        met.append(route.request.url)
        await route.fulfill(response=reply, body=changed)

    await at.page.route(re.compile(path), answer)
    return met


def swapped(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new)


def signed_by_another(text: str) -> str:
    """The same words, truly signed, by a key that nobody enrolled."""
    reply = json.loads(text)
    key = Ed25519PrivateKey.generate()
    reply["result"]["public_key"] = public_key_of(key)
    reply["result"]["signature"] = text64(key.sign(reply["result"]["signed"].encode()))
    return json.dumps(reply)


def other_words(text: str) -> str:
    reply = json.loads(text)
    reply["result"]["signed"] = reply["result"]["signed"].replace('"lots":2', '"lots":9')
    return json.dumps(reply)


def other_caller(text: str) -> str:
    reply = json.loads(text)
    reply["result"]["party"] = "p-0005"
    return json.dumps(reply)


def by_nobody(text: str) -> str:
    reply = json.loads(text)
    reply["result"] = {"position": reply["result"]["first_position"], "by": "engine"}
    return json.dumps(reply)


def in_receipt(number: int, change: Callable[[bytes], bytes]) -> Callable[[str], str]:
    """Change one line of a receipt: 1 its entry, from 3 on its hashes."""

    def changed(text: str) -> str:
        begin, _, head = text.partition("\n\n")
        lines = begin.split("\n")
        name, blank, raw = lines[number].rpartition(" ")
        lines[number] = name + blank + base64.b64encode(change(base64.b64decode(raw))).decode()
        return "\n".join(lines) + "\n\n" + head

    return changed


def flipped(raw: bytes) -> bytes:
    return raw[:-1] + bytes([raw[-1] ^ 1])


def head_of(change: Callable[[list[str]], None]) -> Callable[[str], str]:
    """Change the lines of a receipt's head: origin, size, root, blank, signatures."""

    def changed(text: str) -> str:
        begin, _, head = text.partition("\n\n")
        lines = head.split("\n")
        change(lines)
        return f"{begin}\n\n" + "\n".join(lines)

    return changed


def rooted_otherwise(lines: list[str]) -> None:
    lines[2] = base64.b64encode(flipped(base64.b64decode(lines[2]))).decode()


def signed_otherwise(lines: list[str]) -> None:
    name, raw = lines[4].rsplit(" ", 1)
    lines[4] = f"{name} {base64.b64encode(flipped(base64.b64decode(raw))).decode()}"


async def test_an_event_is_checked_from_its_bytes_to_the_signed_head(
    audited: Audited, seats: Seats
) -> None:
    async with seats() as at:
        await at.open(f"#/audit/{audited.order}")
        assert await verdicts(at) == dict.fromkeys((*OF_LOG, *OF_COMMAND), RIGHT)
        await expect(at.find(".summed")).to_contain_text("is right")
        await expect(line(at, "head")).to_contain_text(f"{audited.size} events")
        await expect(line(at, "head")).to_contain_text(audited.log.verifiers.origin)
        await expect(at.find(".card.stored")).to_contain_text("103,500 yuan a GPU")
        await expect(at.find(".card.asked")).to_contain_text("order.new")
        await line(at, "enrolled").locator("a").click()
        await expect(at.find(".card.stored")).to_contain_text("key enrolled")
        await expect(at.find(".card.stored")).to_contain_text("as a salted hash")


EVENT, SIGNED = r"/v1/audit/events\?from={}&", r"/v1/audit/signatures/{}$"
RECEIPT, KEY = r"/v1/proofs/inclusion/{}$", r"/log/key$"
SPOILED: dict[str, tuple[str, Callable[[str], str], tuple[str, ...]]] = {
    "the event's data": (EVENT, swapped('\\"lots\\":2', '\\"lots\\":9'), ("stored",)),
    "the event's number": (EVENT, swapped('\\"version\\":', '\\"version\\":1'), ("stored",)),
    "the event's position": (
        EVENT,
        swapped('{\\"position\\":', '{\\"position\\":1'),
        ("stored", "included", "command"),
    ),
    "the words that were signed": (SIGNED, other_words, ("command", "signature")),
    "who is said to have asked": (SIGNED, other_caller, ("document",)),
    "another key's true signature": (SIGNED, signed_by_another, ("enrolled",)),
    "a command that is held back": (SIGNED, by_nobody, ("command",)),
    "the log's entry": (RECEIPT, in_receipt(1, flipped), ("stored", "included")),
    "the proof's first hash": (RECEIPT, in_receipt(3, flipped), ("included",)),
    "the proof's last hash": (RECEIPT, in_receipt(-1, flipped), ("included",)),
    "another position's receipt": (
        RECEIPT,
        lambda text: re.sub(r"index (\d+)", lambda found: f"index {int(found[1]) - 1}", text),
        ("included",),
    ),
    "the head's root": (RECEIPT, head_of(rooted_otherwise), ("included", "head")),
    "the head's signature": (RECEIPT, head_of(signed_otherwise), ("head",)),
    "no receipt at all": (RECEIPT, lambda text: "tlog" + text, OF_LOG),
    "another log's key": (KEY, lambda _: "not a key", ("head",)),
}


@pytest.mark.parametrize("what", SPOILED)
async def test_what_is_spoiled_on_its_way_is_wrong_and_nothing_else_is(
    audited: Audited, seats: Seats, what: str
) -> None:
    path, change, wrong = SPOILED[what]
    async with seats() as at:
        met = await spoil(at, path.format(audited.order), change)
        await at.open(f"#/audit/{audited.order}")
        told = await verdicts(at)
        assert met
        assert tuple(check for check, verdict in told.items() if verdict != RIGHT) == wrong
        assert {told[check] for check in wrong} == {WRONG}
        await expect(at.find(".summed")).to_contain_text("Something is WRONG")


async def test_the_event_that_bears_the_key_is_held_to_the_log_too(
    audited: Audited, seats: Seats
) -> None:
    async with seats() as at:
        await at.open(f"#/audit/{audited.order}")
        text = await line(at, "enrolled").locator("a").inner_text()
        enrolled = EVENT.format(text.removeprefix("#"))
        met = await spoil(at, enrolled, swapped('\\"scopes\\":[', '\\"scopes\\":[\\"admin\\",'))
        await at.page.reload()
        assert (await verdicts(at))["enrolled"] == WRONG
        assert met
        await expect(line(at, "enrolled")).to_contain_text("The log holds another event")


async def test_an_event_that_followed_rests_on_the_one_that_names_the_command(
    audited: Audited, seats: Seats
) -> None:
    assert audited.last > audited.bid
    async with seats() as at:
        await at.open(f"#/audit/{audited.last}")
        assert await verdicts(at) == dict.fromkeys((*OF_LOG, *OF_COMMAND), RIGHT)
        begun = at.find(".card.stored a", has_text=f"#{audited.bid}")
        await expect(begun).to_be_visible()

        met = await spoil(at, EVENT.format(audited.bid), swapped('\\"lots\\":1', '\\"lots\\":9'))
        await at.page.reload()
        told = await verdicts(at)
        assert met
        assert {check for check, verdict in told.items() if verdict != RIGHT} == {"command"}
        assert told["command"] == WRONG
        await expect(line(at, "command")).to_contain_text("The log holds another event")


async def test_what_the_venue_does_not_give_is_not_said_to_be_right(
    audited: Audited, seats: Seats
) -> None:
    async with seats() as at:

        async def away(route: Route) -> None:
            reply = {"code": "not_published", "status": 404, "detail": "There is no log here."}
            await route.fulfill(status=404, json=reply)

        await at.page.route(re.compile(RECEIPT.format(r"\d+")), away)
        await at.open(f"#/audit/{audited.order}")
        told = await verdicts(at)
        assert {told[check] for check in OF_LOG} == {UNKNOWN}
        assert {told[check] for check in OF_COMMAND} == {RIGHT}
        await expect(line(at, "stored")).to_contain_text("There is no log here.")
        await expect(at.find(".summed")).to_contain_text("not all could be checked")
        at.wrongs[:] = [each for each in at.wrongs if "status of 404" not in each]


async def test_a_browser_without_ed25519_says_so_and_checks_the_rest(
    audited: Audited, seats: Seats
) -> None:
    async with seats() as at:
        await at.page.add_init_script(
            """crypto.subtle.importKey = () =>
                 Promise.reject(new DOMException("no such algorithm", "NotSupportedError"));"""
        )
        await at.open(f"?#/audit/{audited.order}")
        told = await verdicts(at)
        left = {check for check, verdict in told.items() if verdict == UNKNOWN}
        assert left == {"head", "signature"}
        assert WRONG not in told.values()
        await expect(line(at, "signature")).to_contain_text("does not know Ed25519")


async def test_a_head_is_held_to_the_key_that_the_reader_keeps(
    audited: Audited, seats: Seats
) -> None:
    own, other = audited.log.verifiers.ed25519, Ed25519PrivateKey.from_private_bytes(bytes(32))
    another = own._replace(public_key=other.public_key().public_bytes_raw())
    async with seats() as at:
        await at.open(f"#/audit/{audited.order}")
        await at.find(".log-key summary").click()
        keep = at.find(".log-key button")
        for text, verdict, words in (
            ("nonsense", RIGHT, "by the key that the venue serves"),
            (another.text, WRONG, "The key that you keep did not sign"),
            (own.text, RIGHT, "by the key that you keep"),
            ("", RIGHT, "by the key that the venue serves"),
        ):
            await at.find(".log-key input").fill(text)
            await keep.click()
            await expect(line(at, "head")).to_contain_text(words)
            await expect(line(at, "head").locator(".verdict")).to_contain_text(verdict)
            await expect(at.find(".log-key .problem")).to_have_count(int(text == "nonsense"))


async def test_the_venues_own_act_and_one_of_a_session_are_told_apart(
    audited: Audited, seats: Seats
) -> None:
    quarter = audited.quarter
    async with seats() as at:
        await at.open("#/audit/1")
        assert (await verdicts(at))["command"] == RIGHT
        await expect(line(at, "command")).to_contain_text("Nobody asked")
        await expect(line(at, "signature")).to_have_count(0)

        enrolled = quarter.engine.head  # this page's own key, by the clerk's invitation
        await at.open(f"#/audit/{enrolled}")
        told = await verdicts(at)
        assert {told[check] for check in OF_COMMAND} == {RIGHT}
        await expect(line(at, "signature")).to_contain_text("rode on a session")
        await expect(line(at, "stored")).to_contain_text("covers")  # no head is so large yet
        assert {told[check] for check in OF_LOG} == {UNKNOWN}
        at.wrongs[:] = [each for each in at.wrongs if "status of 503" not in each]

        spoiled = await spoil(
            at, SIGNED.format(enrolled), swapped('\\"op\\":\\"logon\\"', '\\"op\\":\\"logoff\\"')
        )
        await at.page.reload()
        assert (await verdicts(at))["signature"] == WRONG
        assert spoiled
        at.wrongs[:] = [each for each in at.wrongs if "status of 503" not in each]


async def chain(at: Watched) -> list[str]:
    """What the page says of a thing as a whole: log, who asked, numbers, holders."""
    await expect(at.find(".checks li")).to_have_count(4)
    return [text[2:] for text in await at.find(".checks .verdict").all_inner_texts()]


async def test_a_chain_of_title_is_proven_event_by_event(audited: Audited, seats: Seats) -> None:
    async with seats() as at:
        await at.open("#/thing/n-0008")
        await at.find("a", has_text="each checked in this page").click()
        assert await chain(at) == [RIGHT] * 4
        await expect(at.find(".chain-links .verdict")).to_have_text([f"✓ {RIGHT}"] * 2)
        await expect(at.find(".life tbody tr")).to_have_count(3)
        await expect(at.find(".checked")).to_contain_text("3 of 3 events checked")


async def test_a_long_life_is_checked_as_far_as_the_reader_wants(seats: Seats) -> None:
    """What waits for a press is neither asked for nor judged, and says so."""
    async with seats() as at:
        fewer = await spoil(at, r"/audit\.js", swapped("AT_ONCE = 100", "AT_ONCE = 2"))
        await at.open("#/audit/n-0008")
        await expect(at.find(".checked")).to_contain_text("2 of 3 events checked")
        assert fewer
        await expect(at.find(".checked .nothing, .checked .checks")).to_have_count(0)
        await at.find("button", has_text="Check 1 more").click()
        assert await chain(at) == [RIGHT] * 4


async def test_of_a_part_of_a_life_nothing_is_said_that_only_the_whole_says(seats: Seats) -> None:
    """A life that is longer than the page asks for: no holder of today, no "whole life"."""

    def longer(text: str) -> str:
        page = json.loads(text)
        last = page["rows"][-1]
        page["rows"] += [
            {**last, "position": n, "topic": "node_site_set"} for n in range(500, 2_497)
        ]
        return json.dumps({**page, "next": "more"})

    async with seats() as at:
        met = await spoil(at, "/v1/nodes/n-0008/history", longer)
        for address in ("#/thing/n-0008", "#/audit/n-0008"):
            await at.open(address)
            await expect(at.find(".life")).to_contain_text("Its first 2000 events; there are more")
            await expect(at.find(".chain")).to_contain_text("among its first 2000 events")
            await expect(at.find(".chain-links li")).to_have_count(2)
            await expect(at.find(".chain .is-holder")).to_have_count(0)
        assert len(met) == 2
        # The page may have begun to check the events that were made up: the venue has none of them.
        await at.page.goto("about:blank")
        at.wrongs[:] = [wrong for wrong in at.wrongs if "status of 400" not in wrong]


async def test_a_chain_of_which_something_was_changed_or_left_out_is_wrong(
    audited: Audited, seats: Seats
) -> None:
    async with seats() as at:
        await at.open("#/audit/n-0008")
        await chain(at)
        sale = (await at.find(".life tbody tr a").last.inner_text()).removeprefix("#")

        one = await spoil(at, EVENT.format(sale), swapped("p-0002", "p-0004"))
        await at.page.reload()
        assert await chain(at) == [WRONG, RIGHT, RIGHT, RIGHT]
        await expect(at.find(".chain-links .verdict").first).to_contain_text(RIGHT)
        await expect(at.find(".chain-links .verdict").last).to_contain_text(WRONG)
        await at.page.unroute_all()

        two = await spoil(at, EVENT.format(sale), swapped("p-0003", "p-0004"))
        await at.page.reload()
        assert await chain(at) == [WRONG, RIGHT, RIGHT, WRONG]
        await at.page.unroute_all()

        def without_the_second(text: str) -> str:
            page = json.loads(text)
            del page["rows"][1]
            return json.dumps(page)

        three = await spoil(at, "/v1/nodes/n-0008/history", without_the_second)
        await at.page.reload()
        assert await chain(at) == [RIGHT, RIGHT, WRONG, WRONG]
        assert one
        assert two
        assert three


LOOKED = re.compile("That is all|before it")


async def search(at: Watched, **terms: str) -> list[str]:
    """What the page finds: each row's event."""
    await at.open("#/audit")
    await at.page.reload()  # the terms before are forgotten
    await expect(at.find(".found tbody tr").first).to_be_visible()
    for name, text in terms.items():
        if name == "topic":
            await at.find(".terms select").select_option(text)
        else:
            await at.find(f".term-{name} input").fill(text)
    async with at.page.expect_response(lambda reply: "/v1/audit/search" in reply.url) as asked:
        await at.find(".terms button").click()
    query = parse_qs(urlsplit((await asked.value).url).query)
    assert query.keys() - {"limit"} == terms.keys()
    await expect(at.find(".found [role=status]")).to_contain_text(LOOKED)
    return await at.find(".found tbody td:nth-child(2)").all_inner_texts()


async def test_the_journal_is_searched_by_what_it_names_who_asked_and_when(
    audited: Audited, seats: Seats
) -> None:
    quarter = audited.quarter
    async with seats() as at:
        serial = next(iter(quarter.engine.venue.register.units.values())).serial
        assert await search(at, names=serial) == ["registered"]
        assert await search(at, names="o-000001", topic="order_accepted") == ["order accepted"]
        assert await search(at, party=quarter.floor.owners[1]) == ["order accepted"]
        place = {"from": str(audited.order), "to": f"#{audited.order}"}
        assert await search(at, **place) == ["order accepted"]
        assert await search(at, until="2024-11-15 12:00:01", topic="title_transferred") == [
            "title transferred"
        ]
        assert await search(at, since="2024-11-15 12:00:01", topic="title_transferred") == []
        await expect(at.find(".found")).to_contain_text("No event is so.")
        await at.find(".term-names input").fill(f"#{audited.order}")
        await at.page.keyboard.press("Enter")
        await expect(at.page).to_have_title(f"#{audited.order} · gpubourse")


async def test_a_long_search_says_how_far_it_looked_and_goes_on_when_told(
    audited: Audited, seats: Seats
) -> None:
    async with seats() as at:
        await at.open("#/audit")
        rows = at.find(".found tbody tr")
        await expect(rows).to_have_count(50)
        oldest = int((await rows.last.locator("a").inner_text()).removeprefix("#"))
        await expect(at.find(".found [role=status]")).to_contain_text(f"Looked back to #{oldest}")
        await at.find(".found button").click()
        await expect(rows).to_have_count(100)
        await expect(rows.nth(50).locator("a")).to_have_text(f"#{oldest - 1}")
        await rows.nth(50).locator("a").click()
        await expect(at.find(".card.stored")).to_be_visible()
        await at.page.go_back()
        await expect(rows).to_have_count(100)  # what was found is still there


async def test_the_register_is_shown_at_any_position_and_what_changed_between_two(
    audited: Audited, seats: Seats
) -> None:
    before = audited.order - 1
    async with seats() as at:
        await at.open("#/audit")
        await at.find(".ways a").click()
        slider, subjects = at.find(".slider"), at.find(".subjects details")
        await expect(subjects.first).to_be_visible()
        read = await slider.input_value()  # the head when the page came; it may move on by itself
        head = await slider.get_attribute("max") or ""
        assert audited.order <= int(read) <= int(head)

        # the journal goes on: what is being read stays, and is not asked for again
        reads: list[str] = []
        at.page.on("request", lambda request: reads.append(urlsplit(request.url).path))
        await subjects.first.locator("summary").click()
        await audited.quarter.offer(1036, 1)
        await expect(slider).not_to_have_attribute("max", head)
        await expect(slider).to_have_value(read)
        await expect(subjects.first).to_have_attribute("open", "")
        assert "/v1/audit/state" not in reads

        # to where the order had not been placed, and a step on by keyboard
        await at.find(".figure input").fill(f"#{before:,}")
        await at.page.keyboard.press("Enter")
        await expect(at.page).to_have_url(re.compile(f"#/audit/at/{before}$"))
        await expect(at.find(".past")).to_contain_text(f"What was known at #{before:,}")
        await at.find(".past-terms select").select_option("order")
        await expect(at.find(".past")).to_contain_text("Nothing of this kind stood there.")
        await slider.focus()
        await at.page.keyboard.press("ArrowRight")
        await expect(at.page).to_have_url(re.compile(f"#/audit/at/{audited.order}/order$"))
        await expect(subjects).to_have_count(1)
        await expect(slider).to_be_focused()
        await subjects.first.locator("summary").click()
        await expect(subjects.first).to_contain_text("o-000001")
        await expect(subjects.first).to_contain_text("103,500 yuan a GPU")

        # what that step changed: the order is new, and its things are offered
        await at.find(".past-terms input[type=checkbox]").check()
        await at.open(f"#/audit/at/{before}..{audited.order}")
        rows = at.find(".past tbody tr")
        await expect(rows.filter(has_text="o-000001").first).to_be_visible()
        told = await rows.all_inner_texts()
        assert any(re.search(r"Order o-000001\s+new", line) for line in told), told
        assert any(re.search(r"Node n-\d{4}\s+lot\.", line) for line in told), told
        await rows.get_by_role("link", name="Order", exact=True).first.click()
        await expect(at.page).to_have_url(re.compile(f"at/{before}\\.\\.{audited.order}/order$"))
        await expect(rows).to_have_count(1)
        await at.open(f"#/audit/at/{before}..{before}")
        await expect(at.find(".past")).to_contain_text("Nothing changed.")

        # from an event to the register then
        await at.open(f"#/audit/{audited.order}")
        await at.find(".ways a", has_text="The register then").click()
        await expect(at.find(".past")).to_contain_text(f"What was known at #{audited.order:,}")


async def test_who_is_no_auditor_is_told_who_may_read_the_journal(
    audited: Audited, seats: Seats
) -> None:
    async with seats(await audited.quarter.trader()) as at:
        asked: list[str] = []
        at.page.on("request", lambda request: asked.append(urlsplit(request.url).path))
        for address in ("#/audit", f"#/audit/{audited.order}", "#/audit/n-0008", "#/audit/at/9"):
            await at.open(address)
            await expect(at.find(".seat-first")).to_contain_text("read by auditors alone")
        assert not [path for path in asked if path.startswith(("/v1/audit", "/v1/proofs"))]


@pytest.mark.parametrize("width", [320, 400, 2560])
async def test_nothing_of_it_runs_out_of_the_page(
    audited: Audited, seats: Seats, width: int
) -> None:
    async with seats(viewport={"width": width, "height": 900}) as at:
        for address, place in (
            ("#/audit", ".found tbody tr"),
            (f"#/audit/{audited.order}", ".checks li"),
            ("#/audit/n-0008", ".life tbody tr"),
        ):
            await at.open(address)
            await expect(at.find(place).first).to_be_visible()
            assert await at.page.evaluate("document.documentElement.scrollWidth") <= width
