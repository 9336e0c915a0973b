"""What a live socket takes and sends is what /asyncapi.json says: every op, feed and control.

A message counts as heard only if something stands in its body: an empty list fits any schema.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from gateway.routes import asyncapi
from gateway.routes.asyncapi import CONTROLS
from gateway.routes.command_routes import COMMANDS as REST_COMMANDS
from gateway.socket.messages import COMMANDS, MEMBERS
from gpubourse import documents
from gpubourse.key_files import KeyFile
from tests.exchange.ground import LEASE, TITLE, Floor
from tests.gateway.bare_client import BareClient
from tests.gateway.contract.published import Published
from tests.gateway.town import Town, town_of
from tests.signing_keys import private_key

FEEDS = {  # one name of each channel, as the clerk may hear it
    "ticker": f"ticker/{LEASE}",
    "book": f"book.10.0/{LEASE}",
    "trades": f"trades/{LEASE}",
    "candles": f"candles.1m/{LEASE}",
    "instruments": "instruments/venue",
    "orders": "orders/{party}",
    "fills": "fills/{party}",
    "settlements": "settlements/{party}",
    "cash": "cash/{party}",
    "units": "units/u-000001",
    "ledger": "ledger/*",
}
NO_SNAPSHOT = {"feed.fills", "feed.ledger"}  # they begin with what comes next


class Line(BareClient):
    """One socket whose every message, either way, is held to the document."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse, published: Published) -> None:
        super().__init__(ws)
        self.published = published
        self.seen: set[tuple[str, str]] = set()  # (message, kind)
        self.faults: list[str] = []
        self._ops: dict[Any, str] = {}

    async def next(self) -> dict[str, Any]:
        """The next message, once it was held to its schema."""
        told = await super().next()
        name, kind = self._named(told)
        if "body" not in told or told["body"]:
            self.seen.add((name, kind))
        self.faults += self.published.message_faults(name, told)
        return told

    def _named(self, told: dict[str, Any]) -> tuple[str, str]:
        if "control" in told:
            return str(told["control"]), ""
        if "feed" in told:
            is_end = told["kind"] == "end"
            channel = str(told["feed"]).partition("/")[0].partition(".")[0]
            return "feed.end" if is_end else f"feed.{channel}", str(told["kind"])
        return f"{told['re']}.reply" if told["re"] in MEMBERS else "refusal", str(told["ok"])

    async def ask(self, op: str, *, is_taken: bool = True, **members: Any) -> dict[str, Any]:
        """A message and its reply; what comes between is heard, too."""
        if is_taken:
            message = {"op": op, "id": self._number + 1, **members}
            self.faults += self.published.message_faults(op, message)
        return await super().ask(op, **members)

    async def command(self, town: Town, name: str, op: str, args: dict[str, Any]) -> dict[str, Any]:
        """A signed command by socket."""
        headers = town.signed(name, op, args)
        return await self.ask(
            op,
            key=headers["Idempotency-Key"],
            issued_ns=headers["Command-Issued-Ns"],
            signature=headers["Command-Signature"],
            args=args,
        )


@asynccontextmanager
async def busy_town(folder: Path) -> AsyncIterator[Town]:
    """A town in which each feed has something to begin with: orders, trades, a settlement."""

    def begun(floor: Floor) -> None:
        seller, buyer = floor.owners[0], floor.buyers[0]
        floor.ask(seller, 1, 10_350, market=TITLE, nodes=["n-0001"])
        floor.bid(buyer, 1, 10_350, market=TITLE)
        floor.ask(seller, 1, 1_302)
        floor.bid(buyer, 2, 1_302)

    async with town_of(folder, before=begun) as town:
        town.lift_rates()
        yield town


async def test_all_that_a_live_socket_says_is_published(tmp_path: Path) -> None:
    async with busy_town(tmp_path) as town:
        await _all_is_published(town)


async def _all_is_published(town: Town) -> None:
    async with town.http.get(f"{town.url}/asyncapi.json") as response:
        published = Published(await response.json())
    assert set(FEEDS) == set(asyncapi.feeds()), "name a feed of each channel"
    party = town.keys["trader"].party
    async with (
        town.http.ws_connect(f"{town.url}/v1/ws") as ws,
        town.http.ws_connect(f"{town.url}/v1/ws") as other,
    ):
        clerk, trader = Line(ws, published), Line(other, published)
        hello = await clerk.hear()
        await trader.hear()
        assert (await clerk.ask("logon", **_logon(town, "clerk", hello["challenge"])))["ok"]
        names = [name.format(party=party) for name in FEEDS.values()]
        assert (await trader.ask("logon", token=await town.log_on("trader"), language="zh"))["ok"]
        taken = await clerk.ask("subscribe", feeds=names)
        assert [row for row in taken["result"]["feeds"] if not row["ok"]] == []
        await _trade(town, trader)
        await _move_a_title(town)
        await _list_a_market(town)
        wanted = {(f"feed.{name}", "delta") for name in FEEDS}
        wanted |= {("heartbeat", "")}
        while not wanted <= clerk.seen:
            await clerk.hear()
        anew = [name for name in names if name.startswith(("trades", "candles"))]
        assert (await clerk.ask("subscribe", feeds=anew))["ok"], "now there is one to begin with"
        heartbeat = await clerk.hear()
        since = hello["position"]
        seen = [since, hello["chain"]]
        again = await clerk.ask("subscribe", feeds=names[:3], since=since, seen=seen)
        assert again["ok"], heartbeat
        assert (await clerk.ask("unsubscribe", feeds=names[:1]))["ok"]
        assert (await clerk.ask("ping"))["ok"]
        await _be_refused(clerk)
        shutdown = asyncio.ensure_future(town.parts.heartbeat.stop())
        while ("shutdown", "") not in clerk.seen:
            await clerk.hear()
        closed = await clerk.end()
        assert (closed.type, clerk.ws.close_code) == (aiohttp.WSMsgType.CLOSE, 1001)
        await trader.ws.close()
        await shutdown
    assert clerk.faults + trader.faults == []
    messages = published.document["components"]["messages"]
    heard = {name for name, _ in clerk.seen | trader.seen}
    not_heard = set(messages) - heard - set(MEMBERS)
    assert not_heard == {"feed.end"}, "told by tests/gateway/feeds/test_feed_rights.py"
    assert set(CONTROLS) <= heard
    snapshots = {name for name, kind in clerk.seen if kind == "snapshot"}
    assert {f"feed.{name}" for name in FEEDS} - snapshots == NO_SNAPSHOT


def _logon(town: Town, name: str, challenge: str) -> dict[str, Any]:
    key = town.keys[name]
    document = documents.logon_document(
        challenge=challenge,
        party=key.party,
        principal=key.principal,
        scopes=["read", "audit", "operate"],
        ttl_s=60,
        venue="cn-1",
    )
    return {"document": document, "signature": documents.sign(key.private_key, document)}


async def _trade(town: Town, trader: Line) -> None:
    """Bids, a trade, and each other command that a socket takes."""
    seller = await town.log_on("seller")
    await town.order("seller", seller, side="ask", price_ticks=1_302, lots=1)
    placed = await trader.command(
        town,
        "trader",
        "order.new",
        {"market": LEASE, "side": "bid", "price_ticks": 1_302, "lots": 2},
    )
    assert placed["ok"], placed
    order = placed["result"]["order"]
    amended = await trader.command(
        town, "trader", "order.amend", {"order": order, "price_ticks": 1_301}
    )
    assert amended["ok"], amended
    assert (await trader.command(town, "trader", "order.cancel", {"order": order}))["ok"]
    assert (await trader.command(town, "trader", "order.cancel_all", {}))["ok"]
    refused = await trader.command(town, "trader", "settlement.accept", {"settlement": "x-000099"})
    assert refused["error"]["detail"].startswith("没有结算 x-000099")
    assert {f"{op}.reply" for op in COMMANDS} <= {name for name, _ in trader.seen}


async def _move_a_title(town: Town) -> None:
    """A board is offered and sold, and a paper filed for a card of the one that was sold before."""
    seller, trader = await town.log_on("seller"), await town.log_on("trader")
    await town.order("seller", seller, market=TITLE, side="ask", price_ticks=10_350, lots=1)
    await town.order("trader", trader, market=TITLE, side="bid", price_ticks=10_350, lots=1)
    body = {"kind": "invoice", "document_sha256": "A" * 43, "names_serial": True}
    await _act(town, "seller", "/v1/units/u-000001/file_provenance", body, unit="u-000001")


async def _list_a_market(town: Town) -> None:
    """By the venue's two clerks."""
    for name in ("clerk-1", "clerk-2"):
        number = int(name[-1])
        town.keys[name] = KeyFile("p-0001", f"k-{number:04d}", "cn-1", private_key(name))
    market = {"market": "L.H100SXM8.CN-BJ.2026-12"}
    result = await _act(town, "clerk-1", "/v1/instruments", market)
    proposal = result["proposal"]
    await _act(town, "clerk-2", f"/v1/proposals/{proposal}/approve", proposal=proposal)


async def _act(
    town: Town, name: str, path: str, body: dict[str, Any] | None = None, **named: str
) -> dict[str, Any]:
    """A signed command by REST; its result."""
    (op,) = (
        op for method, form, op in REST_COMMANDS
        if method == "POST" and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", form), path)
    )  # fmt: skip
    headers = town.signed(name, op, {**named, **(body or {})})
    token = await town.log_on(name)
    status, told, _ = await town.ask("POST", path, token=token, body=body or {}, **headers)
    assert status < 300, told
    result: dict[str, Any] = told["result"]
    return result


async def _be_refused(line: Line) -> None:
    """Messages that cannot be read, or are not taken, are refused in the form that is published."""
    assert not (await line.ask("nonsense", is_taken=False))["ok"]
    assert not (await line.ask("subscribe", is_taken=False, feeds="all"))["ok"]
    assert not (await line.ask("logon", is_taken=False, language="fr"))["ok"]
    await line.ws.send_str("{")
    assert (await line.hear())["re"] is None
