"""What was written is read back through the views: each list and record, by who may see it."""

from typing import Any

import aiohttp
import pytest

from gateway.routes.view_reads import LISTINGS
from gateway.server.server import VenueServer
from gpubourse import Refused, connect, documents
from gpubourse.key_files import KeyFile
from tests.exchange.ground import LEASE
from tests.gateway.bare_client import BareClient
from tests.waiting import patience

pytestmark = pytest.mark.postgres


async def test_every_list_answers_an_auditor_and_its_own_party(
    opened: tuple[VenueServer, dict[str, KeyFile]],
) -> None:
    server, keys = opened
    async with connect(server.url, key=keys["clerk"]) as clerk:
        clerk.position = server.engine.head
        counts = {}
        for served in (listing.served for listing in LISTINGS if listing.served):
            counts[served.path] = len([row async for row in clerk.rows(served.path)])
        assert counts["/v1/units"] == 64
        assert counts["/v1/nodes"] == counts["/v1/holdings"] == 8
        assert counts["/v1/orders"] == 3
        assert counts["/v1/fills"] == 2
        assert counts["/v1/leases"] == 1
        assert counts["/v1/parties"] == 5


async def test_a_party_sees_its_own_and_no_other(
    opened: tuple[VenueServer, dict[str, KeyFile]],
) -> None:
    server, keys = opened
    async with connect(server.url, key=keys["trader"]) as trader:
        trader.position = server.engine.head
        orders = [row async for row in trader.rows("/v1/orders")]
        assert {row["party"] for row in orders} == {keys["trader"].party}
        order = await trader.get(f"/v1/orders/{orders[-1]['order']}")
        assert [fill["price_ticks"] for fill in order["fills"]] == [1302]
        lease = await anext(trader.rows("/v1/leases"))
        assert lease["lessee"] == keys["trader"].party
        units = [row async for row in trader.rows("/v1/units")]
        assert {row["node"] for row in units} == {lease["node"]}  # what it rents
        for path, code in (
            ("/v1/units/u-000064", "unknown_unit"),
            ("/v1/parties/p-0002", "unknown_party"),
            ("/v1/orders/o-000001", "unknown_order"),
            ("/v1/audit/trial_balance", "scope_missing"),
        ):
            with pytest.raises(Refused) as refused:
                await trader.get(path)
            assert refused.value.code == code
        with pytest.raises(Refused) as refused:
            _ = [row async for row in trader.rows("/v1/orders", party="p-0002")]
        assert refused.value.code == "not_your_party"


async def test_a_unit_shows_its_chain_and_its_whole_life(
    opened: tuple[VenueServer, dict[str, KeyFile]],
) -> None:
    server, keys = opened
    async with connect(server.url, key=keys["seller"]) as seller:
        seller.position = server.engine.head
        unit = await seller.get("/v1/units/u-000001")
        assert unit["owner"] == keys["seller"].party
        assert [(row["to_party"], row["basis"]) for row in unit["chain"]] == [
            (keys["seller"].party, "opening")
        ]
        topics = [row["topic"] async for row in seller.rows("/v1/units/u-000001/history")]
        assert topics[0] == "unit_registered"
        assert {"title_issued", "lease_granted"} <= set(topics)


async def test_pages_follow_one_another_without_a_gap(
    opened: tuple[VenueServer, dict[str, KeyFile]],
) -> None:
    server, keys = opened
    async with connect(server.url, key=keys["auditor"]) as auditor:
        auditor.position = server.engine.head
        whole = [row["unit"] async for row in auditor.rows("/v1/units")]
        paged = [row["unit"] async for row in auditor.rows("/v1/units", limit=7)]
        assert paged == whole
        rows = [row["position"] async for row in auditor.rows("/v1/audit/events", limit=50)]
        assert rows == list(range(1, server.engine.head + 1))
        with pytest.raises(Refused) as refused:
            await auditor.get("/v1/orders/x")
        assert refused.value.code == "unknown_order"
        with pytest.raises(Refused) as refused:
            _ = [row async for row in auditor.rows("/v1/units", cursor="nonsense")]
        assert refused.value.code == "bad_cursor"
        balance = await auditor.get("/v1/audit/trial_balance")
        assert balance["sum_minor"] == sum(row["balance_minor"] for row in balance["accounts"]) == 0


async def test_what_was_before_the_door_opened_is_in_tape_and_candles(
    opened: tuple[VenueServer, dict[str, KeyFile]],
) -> None:
    server, keys = opened
    async with connect(server.url, key=keys["trader"]) as trader:
        tape = await anext(trader.watch(f"trades/{LEASE}"))
        assert [row["price_ticks"] for row in tape["body"]] == [1302]
        candles = await anext(trader.watch(f"candles.1d/{LEASE}"))
        assert [row[1:] for row in candles["body"]] == [[1302, 1302, 1302, 1302, 1, 1, 1302]]
        told = await trader.get(f"/v1/markets/{LEASE}/candles", interval="1h")
        assert len(told["candles"]) == 1
        book = await trader.book(LEASE)
        assert (book.bids, book.asks) == ([(1000, 3, 1, 0)], [(1302, 1, 1, 0)])


async def test_what_is_older_than_the_ring_comes_from_the_journal(
    opened: tuple[VenueServer, dict[str, KeyFile]],
) -> None:
    server, keys = opened
    head = server.parts.hub.position
    fills = f"fills/{keys['trader'].party}"
    async with aiohttp.ClientSession() as http:
        told = await resumed(http, server, keys["trader"], fills, since=1)
        assert (told[0]["prev"], [row["lots"] for row in told[0]["body"]]) == (1, [1])
        assert told[0]["body"][0]["role"] == "taker"
        told = await resumed(http, server, keys["auditor"], "ledger/*", since=0, upto=head)
        positions = [row["position"] for message in told for row in message["body"]]
        assert positions == list(range(1, positions[-1] + 1))
        told = await resumed(http, server, keys["trader"], f"trades/{LEASE}", since=1)
        assert [row["price_ticks"] for row in told[0]["body"]] == [1302]


async def resumed(
    http: aiohttp.ClientSession,
    server: VenueServer,
    key: KeyFile,
    feed: str,
    *,
    since: int,
    upto: int = 0,
) -> list[dict[str, Any]]:
    """A feed's messages after a position, as a fresh socket hears them, up to a `seq`."""
    found: list[dict[str, Any]] = []
    async with patience(), http.ws_connect(f"{server.url}v1/ws") as ws:
        line = BareClient(ws)
        hello = await line.hello()
        document = documents.logon_document(
            challenge=hello["challenge"],
            party=key.party,
            principal=key.principal,
            scopes=["read"] if feed != "ledger/*" else ["audit"],
            ttl_s=60,
            venue="cn-1",
        )
        signature = documents.sign(key.private_key, document)
        assert (await line.ask(op="logon", document=document, signature=signature))["ok"]
        told = await line.ask(op="subscribe", feeds=[feed], since=since)
        assert told["result"]["feeds"][0]["mode"] == "resumed"
        while not found or found[-1]["seq"] < upto:
            message = await line.hear(feed=feed)
            assert message["kind"] == "delta"
            found.append(message)
    return found


async def test_a_holding_names_every_ask_and_every_lease_on_it(
    opened: tuple[VenueServer, dict[str, KeyFile]],
) -> None:
    """A thing may be offered for many months, and let for one that has not begun."""
    server, keys = opened
    months = [LEASE.replace("2024-12", month) for month in ("2025-02", "2025-01")]
    async with connect(server.url, key=keys["seller"]) as seller:
        terms = {"side": "ask", "lots": 1, "price_ticks": 1302, "nodes": ["n-0001"]}
        asks = [(await seller.place(market=market, **terms)).order for market in months]
        rows = {row.thing: row async for row in seller.holdings()}
        (lease,) = [row async for row in seller.leases()]
    assert (rows["n-0001"].orders, rows["n-0001"].leases) == (asks, [lease.lease])
    assert (rows["n-0001"].order, rows["n-0001"].lease) == (asks[0], None)
    assert lease.state == "agreed"
    assert (rows["n-0002"].orders, rows["n-0002"].leases) == (["o-000001"], [])
    idle = [row for row in rows.values() if row.thing > "n-0002"]
    assert idle
    assert not any(row.orders or row.leases or row.order for row in idle)
