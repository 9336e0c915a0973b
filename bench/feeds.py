"""Server CPU for each feed message delivered: our hub, beside a plain `await ws.send_str` loop.

One server and one process of readers on loopback, same run, same 200-byte messages, rounds
interleaved, medians. Then the same with a reader that never reads among them, and what a healthy
reader waits for its messages.

    python bench/feeds.py [--readers 200] [--messages 600] [--rounds 3]
"""

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import socket
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aiohttp import web

from exchange.engine.batch_writer import Batch
from exchange.events import OrderAccepted, Traded
from gateway.feeds.channel import FeedName
from gateway.feeds.feed import message_frame
from gateway.feeds.hub import Hub
from gateway.feeds.market_channels import TradeChannel
from gateway.feeds.outbox import Outbox
from gateway.market_picture.market_view import trade_row
from gateway.market_picture.market_views import MarketViews
from gateway.settings import Limits
from ledger.events import Event
from ledger.journal.protocol import JournalRow
from tests.exchange.ground import LEASE, Floor

GROUPS = (1, 4, 16)  # messages that come in one turn, as the engine's groups bring them
FEED = f"trades/{LEASE}"
AT_NS = 1_731_600_000_000_000_000
PACE_EVERY = 16  # turns between two checks of what waits
WAITING_MOST = 32 << 10
STALLED_S = 2.0  # how long the test beside a stalled reader lasts: no wait is longer
MEDIUM_HEADER = 4  # bytes of a frame's head, of a message of 126 to 65,535 bytes
UPGRADE = (
    "GET /{path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
)


class Server:
    """Both ways of telling the same readers, behind one port."""

    def __init__(self) -> None:
        self.plain: list[web.WebSocketResponse] = []
        market_views = MarketViews()
        floor = Floor()
        market_views.fill(floor.venue, floor.writer.at_ns, floor.batch_ends())
        for order, side in (("o-000001", "ask"), ("o-000002", "bid")):
            market_views.apply(_accepted(order, side), 0)
        self.hub = Hub(market_views, [TradeChannel(market_views)], Limits())
        self.feed = self.hub.feed(FeedName("trades", (), LEASE))
        self.outboxes: list[Outbox] = []
        self.position = 0
        trades = [trade_row(_trade(1), AT_NS)]
        self.text = message_frame(FEED, "delta", 1, AT_NS, trades, prev=0)[MEDIUM_HEADER:].decode()

    async def take_plain(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(compress=False)
        await ws.prepare(request)
        self.plain.append(ws)
        async for _ in ws:
            pass
        return ws

    async def take_hub(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(compress=False)
        await ws.prepare(request)
        assert request.transport is not None
        outbox = Outbox(request.transport, self.hub.limits)
        self.outboxes.append(outbox)
        self.hub.outboxes[outbox] = None
        self.hub.attach(outbox, self.feed)
        async for _ in ws:
            pass
        self.hub.leave(outbox)
        return ws

    async def send_plainly(self, count: int) -> None:
        """The loop that one writes first: each reader awaited, one after the other."""
        for _ in range(count):
            for ws in self.plain:
                await ws.send_str(self.text)
            await asyncio.sleep(0)

    async def publish_by_hub(self, count: int, group: int) -> None:
        """Published batches, `group` in each turn of the loop."""
        for turn in range(0, count, group):
            self.hub.publish([self.batch() for _ in range(min(group, count - turn))])
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            if turn // group % PACE_EVERY == 0:
                while max(map(_waiting, self.outboxes)) > WAITING_MOST:
                    await asyncio.sleep(0.001)

    def batch(self) -> Batch:
        """The next one: a trade."""
        self.position += 1
        row = JournalRow(self.position, f"market:{LEASE}", self.position, "traded", b"{}")
        events: list[Event] = [_trade(self.position)]
        return Batch(self.position, self.position, AT_NS, events, [row], None)


def _trade(number: int) -> Traded:
    return Traded(
        market=LEASE, ask="o-000001", bid="o-000002", price_ticks=1302, lots=1,
        trade=f"t-{number:06d}", mode="continuous", taker="bid", notional_minor=1,
        ask_fee_minor=0, bid_fee_minor=0, nodes=[], seller="p-0002", buyer="p-0003",
        seller_group="p-0002", buyer_group="p-0003", hold="", settlement="", escrow_minor=0,
        freed_minor=0,
    )  # fmt: skip


def _accepted(order: str, side: str) -> OrderAccepted:
    """One of the two orders that trade all the time: it never ends."""
    return OrderAccepted(
        market=LEASE, order=order, key=order, party="p-0002", principal="k-0001", group="p-0002",
        side=side, time_in_force="gtc", lots=10**9, price_ticks=1302, priority=1,
    )  # fmt: skip


def _waiting(outbox: Outbox) -> int:
    return 0 if outbox.is_closed else outbox.transport.get_write_buffer_size()


def read_all(port: int, path: str, readers: int, pipe: Connection) -> None:
    """The readers' process: reads and throws away; reports when it has read so many bytes."""
    asyncio.run(_read_all(port, path, readers, pipe))


async def _read_all(port: int, path: str, readers: int, pipe: Connection) -> None:
    loop = asyncio.get_running_loop()
    taken = bytearray(65_536)
    lines: list[socket.socket] = []
    for _ in range(readers):
        line = socket.create_connection(("127.0.0.1", port))
        line.sendall(UPGRADE.format(path=path).encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += line.recv(1)
        line.setblocking(False)
        lines.append(line)

        def drain(line: socket.socket = line) -> None:
            with contextlib.suppress(BlockingIOError):
                if not line.recv_into(taken):
                    loop.remove_reader(line)

        loop.add_reader(line, drain)
    pipe.send("ready")
    await loop.run_in_executor(None, pipe.recv)
    for line in lines:
        loop.remove_reader(line)
        line.close()


async def measured(
    server: Server, port: int, path: str, readers: int, send: Callable[[], Awaitable[None]]
) -> float:
    """Server CPU seconds of one round, with fresh readers in a process of their own."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    context = multiprocessing.get_context("spawn")
    child = context.Process(target=read_all, args=(port, path, readers, theirs))
    child.start()
    try:
        await asyncio.get_running_loop().run_in_executor(None, ours.recv)
        while len(server.plain) + len(server.outboxes) < readers:
            await asyncio.sleep(0.01)
        begun = time.process_time()
        await send()
        spent = time.process_time() - begun
        ours.send("enough")
        await asyncio.get_running_loop().run_in_executor(None, child.join)
    finally:
        child.kill()
        server.plain.clear()
        server.outboxes.clear()
    return spent


async def beside_a_stalled_one(server: Server, port: int, path: str, is_hub: bool) -> float:
    """The longest a healthy reader waited for a message while another never read; milliseconds."""
    stalled = socket.create_connection(("127.0.0.1", port))
    stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    stalled.sendall(UPGRADE.format(path=path).encode())
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(UPGRADE.format(path=path).encode())
    await reader.readuntil(b"\r\n\r\n")
    while len(server.plain) + len(server.outboxes) < 2:
        await asyncio.sleep(0.01)
    longest, deadline = 0.0, time.monotonic() + STALLED_S

    async def publish_always() -> None:
        while True:
            if is_hub:
                server.hub.publish([server.batch() for _ in range(64)])
            else:
                for ws in server.plain:
                    for _ in range(64):
                        await ws.send_str(server.text)
            await asyncio.sleep(0.002)

    publishing = asyncio.create_task(publish_always())
    while (left := deadline - time.monotonic()) > 0:
        begun = time.monotonic()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(left):
                await reader.read(65_536)
        longest = max(longest, time.monotonic() - begun)
    publishing.cancel()
    stalled.close()
    writer.close()
    server.plain.clear()
    server.outboxes.clear()
    return longest * 1_000


async def run(readers: int, messages: int, rounds: int) -> dict[str, float]:
    server = Server()
    app = web.Application()
    app.router.add_get("/plain", server.take_plain)
    app.router.add_get("/hub", server.take_hub)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    spent: dict[str, list[float]] = {}
    for _ in range(rounds):
        plain = await measured(
            server, port, "plain", readers, partial(server.send_plainly, messages)
        )
        spent.setdefault("plain", []).append(plain)
        for group in GROUPS:
            before = server.hub.delivered
            by_hub = await measured(
                server, port, "hub", readers, partial(server.publish_by_hub, messages, group)
            )
            assert server.hub.delivered - before == readers * messages, "a figure of nothing"
            spent.setdefault(f"hub_{group}", []).append(by_hub)
    delivered = readers * messages
    results = {name: statistics.median(each) / delivered * 1e6 for name, each in spent.items()}
    results["stalled_plain_ms"] = await beside_a_stalled_one(server, port, "plain", False)
    results["stalled_hub_ms"] = await beside_a_stalled_one(server, port, "hub", True)
    await runner.cleanup()
    return results


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=200)
    parser.add_argument("--messages", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    terms = parser.parse_args()
    results = asyncio.run(run(terms.readers, terms.messages, terms.rounds))
    if terms.json:
        print(json.dumps(results))
        return 0
    print(f"server CPU per delivered message, {terms.readers} readers:")
    print(f"  await ws.send_str loop      {results['plain']:6.2f} us")
    for group in GROUPS:
        us = results[f"hub_{group}"]
        less = results["plain"] / us
        print(f"  hub, {group:2} a turn              {us:6.2f} us   {less:5.1f}x less")
    print("longest wait of a healthy reader beside one that never reads:")
    print(f"  await ws.send_str loop      {results['stalled_plain_ms']:6.0f} ms")
    print(f"  hub                         {results['stalled_hub_ms']:6.0f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
