"""The socket itself: hello, snapshots, `seq` and `prev`, heartbeats, slow readers, goodbyes."""

import asyncio
import json
import socket
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.feeds.frames import text_frame
from gateway.feeds.outbox import Outbox
from gateway.settings import Limits
from tests.exchange.ground import LEASE
from tests.gateway.bare_client import bare_client
from tests.gateway.frames import read_up_to
from tests.gateway.town import Town, town_of
from tests.waiting import patience, until


async def test_hello_says_where_the_venue_stands(town: Town) -> None:
    async with bare_client(town) as line:
        hello = await line.hear()
        assert hello["control"] == "hello"
        assert (hello["venue"], hello["v"], hello["speed"]) == ("cn-1", 1, 1)
        assert hello["position"] == town.engine.head
        assert len(hello["challenge"]) == 43
        assert (await line.ask(op="ping"))["position"] == town.engine.head


async def test_a_book_begins_whole_and_each_change_names_the_one_before(town: Town) -> None:
    token = await town.log_on("seller")
    async with bare_client(town) as line:
        feed = f"book.10.0/{LEASE}"
        reply = await line.ask(op="subscribe", feeds=[feed])
        assert reply["result"]["feeds"][0]["mode"] == "snapshot"
        whole = await line.hear(feed=feed)
        assert (whole["kind"], whole["body"]["asks"]) == ("snapshot", [])
        assert "prev" not in whole
        held = whole["seq"]
        for lots in (1, 2):
            await town.order("seller", token, side="ask", price_ticks=1302, lots=lots)
            delta = await line.hear(feed=feed)
            assert (delta["kind"], delta["prev"]) == ("delta", held)
            assert delta["seq"] == town.engine.head
            held = delta["seq"]
        assert delta["body"]["asks"] == [[1302, 3, 2, 0]]
        beat = await line.hear(control="heartbeat")
        assert (beat["position"], beat["seqs"][feed]) == (held, held)


async def test_since_brings_what_was_missed(town: Town) -> None:
    token = await town.log_on("seller")
    feed = f"book.10.0/{LEASE}"
    async with bare_client(town) as line:
        await line.ask(op="subscribe", feeds=[feed])
        held = (await line.hear(feed=feed))["seq"]
    for _ in range(2):
        await town.order("seller", token, side="ask", price_ticks=1302, lots=1)
    async with bare_client(town) as line:
        reply = await line.ask(op="subscribe", feeds=[feed], since=held)
        assert reply["result"]["feeds"][0]["mode"] == "resumed"
        first, second = await line.hear(feed=feed), await line.hear(feed=feed)
        assert [first["prev"], second["prev"]] == [held, first["seq"]]
        ahead = await line.ask(op="subscribe", feeds=[feed], since=held + 1_000)
        assert ahead["result"]["feeds"][0]["reason"] == "other_history"


async def test_what_is_no_longer_kept_is_said_to_be_too_old(tmp_path: Path) -> None:
    async with town_of(tmp_path, Limits(replay_positions=1)) as town, bare_client(town) as line:
        await line.ask(op="logon", token=await town.log_on("trader"))
        fills = f"fills/{town.keys['trader'].party}"
        reply = await line.ask(op="subscribe", feeds=[fills], since=1)
        assert reply["result"]["feeds"][0]["error"]["code"] == "too_old"


async def test_a_reply_comes_before_the_feed_messages_it_causes(town: Town) -> None:
    async with bare_client(town) as line:
        token = await town.log_on("maker")
        assert (await line.ask(op="logon", token=token))["ok"]
        party = town.keys["maker"].party
        await line.ask(op="subscribe", feeds=[f"orders/{party}"])
        await line.hear(kind="snapshot")
        for number in range(2, 5):
            args = {"market": LEASE, "side": "ask", "price_ticks": 1302, "lots": 1}
            await line.ws.send_json(
                {"op": "order.new", "id": number, "key": f"m-{number}", "args": args}
            )
            seen: list[dict[str, Any]] = []
            while len(seen) < 2:
                told = await line.hear()
                if "control" not in told:
                    seen.append(told)
            assert [told.get("re"), "feed" in seen[1]] == [None, True]
            assert seen[0]["id"] == number
            assert seen[0]["limits"]["orders"] > 0
            assert seen[1]["seq"] == seen[0]["position"]


async def test_private_feeds_are_for_their_party(town: Town) -> None:
    async with bare_client(town) as line:
        feeds = ["fills/p-0002", "ledger/*", "nonsense", f"trades/{LEASE}", "units/u-000001"]
        rows = (await line.ask(op="subscribe", feeds=feeds))["result"]["feeds"]
        codes = [row.get("error", {}).get("code") for row in rows]
        assert codes == ["no_session", "no_session", "bad_field", None, "no_session"]
        await line.ask(op="logon", token=await town.log_on("trader"))
        rows = (await line.ask(op="subscribe", feeds=feeds))["result"]["feeds"]
        codes = [row.get("error", {}).get("code") for row in rows]
        assert codes == ["not_your_party", "scope_missing", "bad_field", None, "not_your_party"]
    async with bare_client(town) as line:
        await line.ask(op="logon", token=await town.log_on("seller"))
        rows = (await line.ask(op="subscribe", feeds=["units/u-000001"]))["result"]["feeds"]
        assert rows[0]["mode"] == "snapshot"
        record = (await line.hear(feed="units/u-000001"))["body"][0]
        assert (record["owner"], record["grade"]) == (town.keys["seller"].party, "A")


async def test_a_socket_speaks_for_one_principal_and_renews_it(town: Town) -> None:
    seller, reader = await town.log_on("seller"), await town.log_on("reader")
    async with bare_client(town) as line:
        assert (await line.ask(op="logon", token=seller))["ok"]
        refused = await line.ask(op="logon", token=reader)
        assert (refused["ok"], refused["error"]["code"]) == (False, "wrong_state")
        assert (await line.ask(op="logon", token=await town.log_on("seller")))["ok"]


async def test_each_market_there_is_or_will_be(town: Town) -> None:
    async with bare_client(town) as line:
        rows = (await line.ask(op="subscribe", feeds=["ticker/*"]))["result"]["feeds"]
        assert {row["feed"] for row in rows} == {
            f"ticker/{market}" for market in town.engine.venue.markets
        }
        token = await town.log_on("seller")
        await town.order("seller", token, side="ask", price_ticks=1302, lots=2)
        told = await line.hear(feed=f"ticker/{LEASE}", kind="delta")
        assert told["body"]["best_ask_ticks"] == 1302
        assert told["body"]["best_bid_ticks"] is None


async def test_tickers_candles_and_cash_follow_a_trade(town: Town) -> None:
    seller, trader = await town.log_on("seller"), await town.log_on("trader")
    party = town.keys["trader"].party
    async with bare_client(town) as line:
        await line.ask(op="logon", token=trader)
        feeds = [f"candles.1m/{LEASE}", f"cash/{party}", f"settlements/{party}"]
        await line.ask(op="subscribe", feeds=feeds)
        await town.order("seller", seller, side="ask", price_ticks=1302, lots=1)
        await town.order("trader", trader, side="bid", price_ticks=1302, lots=1)
        cash = await line.hear(feed=f"cash/{party}", kind="delta")
        assert {row["account"].split("/")[1] for row in cash["body"]} <= {
            "available",
            "on_hold",
            "rent_escrow",
            "deposit",
        }
        candle = await line.hear(feed=f"candles.1m/{LEASE}", kind="delta")
        (row,) = candle["body"]
        assert row[1:] == [1302, 1302, 1302, 1302, 1, 1, 1302]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"op":"ping"}', "bad_shape"),
        ('{"op":"ping","id":1,"id":2}', "bad_shape"),
        ('{"op":"dance","id":1}', "unknown_route"),
        ('{"op":"ping","id":1,"x":1}', "bad_shape"),
        ("[]", "bad_shape"),
        ("{", "bad_shape"),
        ('{"op":"subscribe","id":1,"feeds":"ticker/*"}', "bad_field"),
        ('{"op":"subscribe","id":1,"feeds":["ticker/*"],"since":-1}', "bad_field"),
        ('{"op":"order.new","id":1,"args":{}}', "no_session"),
    ],
)
async def test_a_bad_message_is_answered_and_the_line_lives(
    town: Town, text: str, code: str
) -> None:
    async with bare_client(town) as line:
        await line.hear()
        await line.ws.send_str(text)
        told = await line.hear(ok=False)
        assert told["error"]["code"] == code
        assert (await line.ask(op="ping"))["ok"]


async def test_too_many_bad_messages_end_it(town: Town) -> None:
    async with bare_client(town) as line:
        for _ in range(21):
            await line.ws.send_str("{")
        assert await line.close_code() == 4010


@pytest.mark.parametrize(("size", "code"), [(65_537, 1009), (0, 1003)])
async def test_a_bad_frame_ends_it(town: Town, size: int, code: int) -> None:
    async with bare_client(town) as line:
        await line.hear()
        if size:
            await line.ws.send_str("x" * size)
        else:
            await line.ws.send_bytes(b"x")
        assert await line.close_code() == code


async def test_a_page_of_another_site_gets_no_socket(town: Town) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await town.http.ws_connect(f"{town.url}/v1/ws", headers={"Origin": "http://evil.test"})
    assert refused.value.status == 403


async def test_who_asks_for_nothing_is_sent_away(tmp_path: Path) -> None:
    async with town_of(tmp_path, Limits(nothing_asked_ms=100)) as town, bare_client(town) as line:
        assert await line.close_code() == 4000


def stalled_socket(town: Town, feeds: list[str]) -> socket.socket:
    """A reader that subscribes and then never reads again, with small buffers of its own."""
    host, port = town.url.removeprefix("http://").split(":")
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    raw.connect((host, int(port)))
    raw.sendall(
        b"GET /v1/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n"
        b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
    )
    message = json.dumps({"op": "subscribe", "id": 1, "feeds": feeds}).encode()
    frame = bytearray(text_frame(message))
    frame[1] |= 0x80  # masked, with a key of zeros
    head = 2 if len(message) <= 125 else 4
    raw.sendall(bytes(frame[:head]) + bytes(4) + message)
    return raw


async def _storm(town: Town, token: str, turns: int) -> None:
    """Orders in and out: two messages of the book each."""
    for turn in range(turns):
        order = await town.order("maker", token, side="ask", price_ticks=1302 + turn % 7, lots=1)
        await town.ask(
            "DELETE",
            f"/v1/orders/{order['order']}",
            token=token,
            Idempotency_Key=f"storm-{turn}-{time.time_ns()}",
        )


async def test_a_stalled_reader_delays_nobody_and_holds_little(tmp_path: Path) -> None:
    limits = Limits(
        send_buffer_bytes=4_096,
        conflate_above_bytes=1_024,
        lossless_upto_bytes=8_192,
        lossless_upto_ms=60_000,
    )
    async with town_of(tmp_path, limits) as town:
        token = await town.log_on("maker")
        book = f"book.10.0/{LEASE}"
        asleep = stalled_socket(town, [book])
        lossless = stalled_socket(town, ["instruments/venue", f"trades/{LEASE}"])
        trades = f"trades/{LEASE}"
        await until(lambda: holding(town, book) and holding(town, trades), "both hold their feeds")
        sleepers = list(town.parts.hub.outboxes)
        assert len(sleepers) == 2
        async with bare_client(town) as line:
            await line.ask(op="subscribe", feeds=[book])
            held = (await line.hear(feed=book))["seq"]
            storm = asyncio.create_task(_storm(town, token, 80))
            waits = []
            for _ in range(160):
                delta = await line.hear(feed=book)
                assert delta["prev"] == held
                held = delta["seq"]
                waits.append(town.engine.head - delta["seq"])
            await storm
            assert max(waits) <= 4  # the healthy one keeps up with the venue
        stuck = next(outbox for outbox in sleepers if book in outbox.held)
        assert _waits(stuck) < 16_384
        assert stuck.held[book].behind_at  # it did fall behind
        asleep.close()
        lossless.close()


async def test_who_reads_again_gets_one_snapshot_that_says_what_was_missed(
    tmp_path: Path,
) -> None:
    """One for each time it fell behind: the system's own buffers may let it catch up in between."""
    limits = Limits(send_buffer_bytes=4_096, conflate_above_bytes=512)
    async with town_of(tmp_path, limits) as town:
        token = await town.log_on("maker")
        book = f"book.50.0/{LEASE}"
        asleep = stalled_socket(town, [book])
        (outbox,) = await until(lambda: holding(town, book), "the stalled reader holds its feed")
        begun = outbox.held[book].reported_seq
        async with patience():
            while not outbox.held[book].missed:
                await _storm(town, token, 15)
        feed = town.parts.hub.feeds[book]
        said = feed.missed_since(begun)
        assert said is not None
        told = await read_up_to(asleep, book, feed.seq)

        assert not outbox.held[book].missed
        kinds = [message["kind"] for message in told]
        missed = [message["missed"] for message in told if "missed" in message]
        assert len(missed) == kinds.count("snapshot") - 1  # the first is the one it began with
        assert kinds.count("delta") + sum(missed) == len(said)
        for before, after in pairwise(told):
            assert after.get("prev", before["seq"]) == before["seq"]
        asleep.close()


def holding(town: Town, feed: str) -> list[Outbox]:
    """The sockets that a feed's messages go to."""
    return [outbox for outbox in town.parts.hub.outboxes if feed in outbox.held]


async def test_a_lossless_reader_that_lags_too_far_is_let_go(tmp_path: Path) -> None:
    limits = Limits(send_buffer_bytes=4_096, conflate_above_bytes=512, lossless_upto_bytes=4_096)
    async with town_of(tmp_path, limits) as town:
        token = await town.log_on("maker")
        auditor = await town.log_on("auditor")
        async with bare_client(town) as line:
            await line.ask(op="logon", token=auditor)
            await line.ask(op="subscribe", feeds=["ledger/*"])
            (outbox,) = town.parts.hub.outboxes
            _never_reads(line.ws)
            for _ in range(40):
                await _storm(town, token, 10)
                if outbox.is_closed:
                    break
            assert outbox.close_code == 4008
            _transport(line.ws).abort()


def _transport(ws: aiohttp.ClientWebSocketResponse) -> Any:
    return ws._response.connection.transport  # type: ignore[union-attr]


def _never_reads(ws: aiohttp.ClientWebSocketResponse) -> None:
    """Stop the client's own transport from reading."""
    transport = _transport(ws)
    raw = transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    transport.pause_reading()


def _waits(outbox: Outbox) -> int:
    return outbox.transport.get_write_buffer_size()
