"""The page and the venue's history: what it has seen rides on a resume, and another one is told."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.async_api import Page, WebSocketRoute, expect

from tests.browser.conftest import Pages
from tests.browser.quarter import Quarter
from tests.browser.watched import Watched
from tests.exchange.ground import TITLE
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

Change = Callable[[dict[str, Any]], None]
OTHER_CHAIN = "A" * 43


def as_it_is(_: dict[str, Any]) -> None:
    """No change."""


@dataclass
class Wire:
    """The page's socket, overheard; *to_page* and *to_venue* may change a message on its way."""

    said: list[dict[str, Any]] = field(default_factory=list)  # by the page
    heard: list[dict[str, Any]] = field(default_factory=list)
    to_page: Change = as_it_is
    to_venue: Change = as_it_is
    lines: list[WebSocketRoute] = field(default_factory=list)

    async def tap(self, page: Page) -> None:
        await page.route_web_socket("**/v1/ws", self._taken)

    def _taken(self, line: WebSocketRoute) -> None:
        venue = line.connect_to_server()
        self.lines.append(line)

        def from_page(text: str | bytes) -> None:
            message = json.loads(text)
            self.said.append(message)
            self.to_venue(message)
            venue.send(json.dumps(message))

        def from_venue(text: str | bytes) -> None:
            message = json.loads(text)
            self.to_page(message)
            self.heard.append(message)
            line.send(json.dumps(message))

        line.on_message(from_page)
        venue.on_message(from_venue)

    def pairs(self) -> list[list[Any]]:
        """What heartbeats named, in order."""
        beats = [each for each in self.heard if each.get("control") == "heartbeat"]
        return [[each["position"], each["chain"]] for each in beats]

    def resumes(self) -> list[dict[str, Any]]:
        return [each for each in self.said if "seen" in each]

    async def cut(self) -> None:
        await self.lines[-1].close(code=1001)


async def at_a_market(at: Watched) -> Wire:
    """The page at a market, its feeds whole and a pair seen."""
    wire = Wire()
    await wire.tap(at.page)
    await at.open(f"#/market/{TITLE}")
    await expect(at.find(".ladder")).to_contain_text("No bids.")
    beats = len(wire.pairs())
    await until(lambda: len(wire.pairs()) > beats + 1)
    return wire


async def test_a_resume_says_what_was_seen(quarter: Quarter, pages: Pages) -> None:
    async with pages() as at:
        wire = await at_a_market(at)
        await wire.cut()
        await until(wire.resumes)
        [resume] = wire.resumes()
        assert resume["seen"] in wire.pairs()
        assert resume["since"] == resume["seen"][0]

        await quarter.offer(1035, 2)
        await expect(at.find(".level-ask")).to_have_count(1)
        await expect(at.find(".replaced")).to_have_count(0)


def a_foreign_pair(message: dict[str, Any]) -> None:
    """To the venue, as if the page had held another history: then it says so itself."""
    if "seen" in message:
        message["seen"][1] = OTHER_CHAIN


def a_shorter_journal(message: dict[str, Any]) -> None:
    if message.get("control") == "hello":
        message["position"] = 1


def another_chain(message: dict[str, Any]) -> None:
    if message.get("control") == "heartbeat":
        message["chain"] = OTHER_CHAIN


@pytest.mark.parametrize(
    ("to_venue", "to_page"),
    [(a_foreign_pair, as_it_is), (as_it_is, a_shorter_journal), (as_it_is, another_chain)],
    ids=["the venue says so", "it ends before what was seen", "it has another chain there"],
)
async def test_a_replaced_history_is_said_until_it_was_read(
    to_venue: Change, to_page: Change, quarter: Quarter, pages: Pages
) -> None:
    async with pages() as at:
        wire = await at_a_market(at)
        wire.to_venue, wire.to_page = to_venue, to_page
        await wire.cut()

        told = at.find(".replaced")
        await expect(told).to_contain_text("The venue's history was replaced.")
        await expect(told).to_contain_text(f"#{wire.pairs()[0][0]:,}")
        wire.to_venue = wire.to_page = as_it_is
        await expect(at.find(".ladder")).to_contain_text("No bids.")
        await at.page.reload()
        await expect(told).to_be_visible()
        await told.get_by_role("button").click()
        await expect(told).to_have_count(0)
        await at.page.reload()
        await expect(at.find(".ladder")).to_contain_text("No bids.")
        await expect(told).to_have_count(0)


async def test_what_is_sent_again_must_be_what_was_heard(modules: Page) -> None:
    """As the Python client has it (tests/gpubourse/test_held_history.py), case by case."""
    told = await modules.evaluate(
        """async () => {
          const { HeldHistory, OtherHistory } = await import("/core/history.js");
          const message = (seq, body = seq) => ({ feed: "f", seq, prev: seq - 1, body });
          const begun = () => {
            const held = new HeldHistory();
            held.begun("f", 1);
            held.heartbeat({ position: 2, chain: "x" }, true);
            [3, 4].forEach((seq) => held.taken("f", message(seq)));
            held.met({ position: 4, chain: "y" });
            held.resumed("f", 4);
            return held;
          };
          const cases = {
            same: (held) => [3, 4].forEach((seq) => held.cameAgain("f", message(seq))),
            same_with_another_prev: (held) =>
              held.cameAgain("f", { ...message(3), prev: 0 }),
            differs: (held) => held.cameAgain("f", message(3, "other")),
            unheard: (held) => held.cameAgain("f", message(3.5)),
            missing_at_the_next: (held) => held.taken("f", message(5)),
            missing_at_a_beat: (held) => held.heartbeat({ position: 4, chain: "y" }, true),
            beat_of_a_shorter: (held) => { held.pair = [9, "z"]; held.heartbeat(
              { position: 2, chain: "x" }, true); },
            hello_of_a_shorter: (held) => held.met({ position: 3, chain: "y" }),
            hello_of_another: (held) => held.met({ position: 2, chain: "z" }),
            left: (held) => { held.left("f"); held.heartbeat({ position: 4, chain: "y" }, true); },
          };
          const said = {};
          Object.entries(cases).forEach(([name, step]) => {
            try { step(begun()); said[name] = "ours"; }
            catch (error) { said[name] = error instanceof OtherHistory ? error.seen : `${error}`; }
          });
          return said;
        }"""
    )
    assert told == {
        "same": "ours",
        "same_with_another_prev": "ours",
        "differs": 4,
        "unheard": 4,
        "missing_at_the_next": 4,
        "missing_at_a_beat": 4,
        "beat_of_a_shorter": "ours",
        "hello_of_a_shorter": 4,
        "hello_of_another": 4,
        "left": "ours",
    }
