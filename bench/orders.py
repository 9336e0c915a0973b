"""Durable orders a second: engine alone, through the door, and the stock library three ways.

All write to the same embedded PostgreSQL (fsync on) in the same run. The engine alone: its flow
places, cancels and trades on title and lease markets, with risk and settlement on, IN_FLIGHT
requests waiting at once, handed to it in this process with no signature to check; every order
counted was acknowledged after its commit. Through the door: clients of another process sign each
order and wait for its answer over sockets, while others listen to the book.

Stock is `Application.save` of one aggregate per order, without a market, rule or money: by one
caller that waits for each commit, by several that do, and by one that saves many in one commit.

    python bench/orders.py [--orders 60000] [--parties 80] [--stock-seconds 5] [--clients 16]
"""

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psycopg
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bench._through_the_door import through_the_door
from exchange.engine.batch_writer import Request
from exchange.engine.engine import Engine
from exchange.engine.group_decider import Answer
from ledger.caller import Caller
from ledger.embedded.embedded_server import EmbeddedPostgres
from ledger.journal.migrations import migrate
from ledger.journal.postgres import PostgresJournal
from ledger.refusals import Refused
from tests.exchange.ground import LEASE, SCOPES, TITLE, Floor

SIGNED_REST = b"x" * 254  # behind the key: what WIRE 2's example has
SIGNATURE = bytes(64)
IN_FLIGHT = 1_500  # requests that the clients keep waiting at once, all together
BATCH = 100  # aggregates of the stock library in one commit
NODES = 120  # of each owner: more than it has on offer or sold at once
SYMBOLS = [TITLE, LEASE, *(f"L.H100SXM8.CN-BJ.2025-{month:02}" for month in range(1, 6))]
TICKS = {"T": 1_035, "L": 1_302}
LATE = {"order_closed", "unknown_order"}  # of a cancel whose order was taken before it came
LATE_SHARE = 0.15  # of what is accepted
TARGET_PER_S = 8_000
TARGET_RATIO = 10


class FloorClock:
    """Venue time goes on from where the floor's journal ends; wall time is the machine's."""

    def __init__(self, from_ns: int) -> None:
        self._offset_ns = from_ns - time.monotonic_ns()

    def now_ns(self) -> int:
        return time.monotonic_ns() + self._offset_ns

    def wall_ns(self) -> int:
        return time.time_ns()


class Flow:
    """Clients of every party: 40 % place to rest, 35 % cancel, 25 % come to trade."""

    def __init__(self, engine: Engine, floor: Floor, seed: int = 7) -> None:
        self.engine = engine
        self.floor = floor
        self.draw = random.Random(seed)
        self.open: list[tuple[str, str]] = []
        self.accepted = self.trades = 0
        self.refused = Counter[str]()  # by reason
        self.latencies: list[float] = []
        self.waiting = 0
        self.has_room = asyncio.Event()

    def send(self) -> None:
        """One more request; its answer is taken when it comes."""
        request = self._next()
        began = time.perf_counter()
        self.waiting += 1
        future = self.engine.submit(request)
        future.add_done_callback(lambda done: self._take(done, request, began))

    def _take(self, done: "asyncio.Future[Answer]", request: Request, began: float) -> None:
        self.waiting -= 1
        self.has_room.set()
        try:
            answer = done.result()
        except Refused as refused:
            self.refused[refused.reason.name] += 1
            return
        self.accepted += 1
        self.latencies.append(time.perf_counter() - began)
        self.trades += len(answer.result.get("fills", ()))  # type: ignore[arg-type]
        if answer.result["state"] == "open":
            self.open.append((str(answer.result["order"]), request.caller.party))

    def _next(self) -> Request:
        draw = self.draw
        origin = draw.random()
        if self.open and (origin < 0.35 or len(self.open) > 4_000):
            at = draw.randrange(len(self.open))
            self.open[at], self.open[-1] = self.open[-1], self.open[at]
            order, party = self.open.pop()
            return self._request(party, "order.cancel", {"order": order})
        side = draw.choice(("bid", "ask"))
        market = draw.choice(SYMBOLS)
        party = draw.choice(self.floor.buyers if side == "bid" else self.floor.owners)
        away = draw.randint(-2, 2) if origin > 0.75 else draw.randint(3, 40)
        ticks = TICKS[market[0]] + (-away if side == "bid" else away)
        terms = {"market": market, "side": side, "lots": 1, "price_ticks": ticks}
        return self._request(party, "order.new", terms)

    def _request(self, party: str, op: str, args: dict[str, Any]) -> Request:
        """As the gateway hands it on: a fresh UUIDv7, 290 signed bytes and their signature."""
        self.floor.keys += 1
        wall_ns = time.time_ns()
        head = f"{wall_ns // 1_000_000:012x}"
        key = f"{head[:8]}-{head[8:]}-7000-8000-{self.floor.keys:012x}"
        signed = key.encode() + SIGNED_REST
        body = sha256(signed).digest()
        principal = self.floor.venue.register.parties[party].principals[0]
        caller = Caller(party, principal, SCOPES, key, "3f9c", wall_ns)
        return Request(op, args, caller, "", body, signed, SIGNATURE)


async def run_engine(dsn: str, orders: int, parties: int) -> dict[str, float]:
    """Accepted orders a second at full load, then the delay to acknowledgement at half of it."""
    floor = Floor(owners=parties // 2, buyers=parties - parties // 2, nodes=NODES)
    journal = PostgresJournal(dsn)
    journal.take_fence()
    for batch in floor.batches:
        journal.append(batch.rows, [])
    journal.close()
    clock = FloorClock(floor.writer.at_ns + 1_000_000)
    engine = Engine(PostgresJournal(dsn), clock=clock)
    await engine.start()
    await full_load(Flow(engine, floor, 1), orders // 10)  # warm
    flow = Flow(engine, floor)
    head = engine.head
    seconds = await full_load(flow, orders)
    rows = engine.head - head
    per_s = flow.accepted / seconds
    must_be_late(flow)
    half = Flow(engine, floor, 3)
    half.open = flow.open
    await half_load(half, per_s / 2, min(orders // 2, int(per_s * 4)))
    half.latencies.sort()
    size, accepted = stored_bytes(dsn, head, head + rows), flow.accepted
    await engine.stop()
    return {
        "per_s": per_s,
        "rows": rows / accepted,
        "bytes": size / accepted,
        "trades": flow.trades / accepted,
        "refused": sum(flow.refused.values()),
        "p50_ms": 1e3 * half.latencies[len(half.latencies) // 2],
        "p99_ms": 1e3 * half.latencies[len(half.latencies) * 99 // 100],
        "half_per_s": per_s / 2,
    }


def must_be_late(flow: Flow) -> None:
    """End the bench where anything was refused but cancels of what had just been taken."""
    refused = sum(flow.refused.values())
    if flow.refused.keys() - LATE or refused > LATE_SHARE * flow.accepted:
        raise SystemExit(
            f"Not measured: {refused:,} refused beside {flow.accepted:,} accepted, by reason: "
            f"{dict(flow.refused)}."
        )


async def full_load(flow: Flow, orders: int) -> float:
    """Keep IN_FLIGHT requests waiting until *orders* were accepted; the seconds it took."""
    began = time.perf_counter()
    while flow.accepted < orders:
        while flow.waiting < IN_FLIGHT:
            flow.send()
        flow.has_room.clear()
        await flow.has_room.wait()
    seconds = time.perf_counter() - began
    while flow.waiting:
        await asyncio.sleep(0.001)
    return seconds


async def half_load(flow: Flow, per_s: float, orders: int) -> None:
    """Send at an even pace, whatever comes back."""
    began = time.perf_counter()
    sent = 0
    while sent < orders:
        due = int((time.perf_counter() - began) * per_s)
        while sent < due:
            flow.send()
            sent += 1
        await asyncio.sleep(0.0005)
    while flow.waiting:
        await asyncio.sleep(0.001)


def stored_bytes(dsn: str, after: int, upto: int) -> int:
    """The bytes of the events of a span, as they lie in the journal."""
    journal = PostgresJournal.for_auditor(dsn)
    try:
        return sum(len(row.state) for row in journal.read(after, upto))
    finally:
        journal.close()


class Order(Aggregate):
    """One order, as the library's own examples would keep it."""

    @event("Accepted")
    def __init__(self, market: str, side: str, price_ticks: int, lots: int, party: str) -> None:
        self.market = market
        self.side = side
        self.price_ticks = price_ticks
        self.lots = lots
        self.party = party


def run_stock(dsn: str, seconds: float, callers: int = 1, batch: int = 1) -> float:
    """Orders a second of the stock library: *callers* that wait, *batch* aggregates a commit."""
    terms = conninfo_to_dict(dsn)
    app: Application[Any] = Application(
        env={
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": "stock",
            "POSTGRES_HOST": str(terms["host"]),
            "POSTGRES_PORT": str(terms.get("port", "5432")),
            "POSTGRES_USER": str(terms["user"]),
            "POSTGRES_PASSWORD": "",
            "POSTGRES_POOL_SIZE": str(callers),
        }
    )

    def save_on() -> int:
        saved = 0
        while time.perf_counter() - began < seconds:
            app.save(*(Order(LEASE, "bid", 1_302, 1, "p-0042") for _ in range(batch)))
            saved += batch
        return saved

    with ThreadPoolExecutor(callers) as pool:
        began = time.perf_counter()
        counts = [pool.submit(save_on) for _ in range(callers)]
        saved = sum(each.result() for each in counts)
        per_s = saved / (time.perf_counter() - began)
    app.close()
    return per_s


def main() -> None:
    words = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    words.add_argument("--orders", type=int, default=60_000)
    words.add_argument("--parties", type=int, default=80)
    words.add_argument("--stock-seconds", type=float, default=5.0)
    words.add_argument("--clients", type=int, default=16)
    words.add_argument("--listeners", type=int, default=8)
    words.add_argument("--door-seconds", type=float, default=8.0)
    caller = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        server = EmbeddedPostgres(Path(folder))
        try:
            dsn = server.start()
            migrate(dsn)
            make_database(dsn, "stock")
            door_dsn = make_database(dsn, "door")
            migrate(door_dsn)
            stock = run_stock(dsn, caller.stock_seconds)
            ours = asyncio.run(run_engine(dsn, caller.orders, caller.parties))
            again = run_stock(dsn, caller.stock_seconds)
            several = run_stock(dsn, caller.stock_seconds, callers=caller.clients)
            batched = run_stock(dsn, caller.stock_seconds, batch=BATCH)
            terms = (Path(folder), caller.clients, caller.listeners, caller.door_seconds)
            door = asyncio.run(through_the_door(door_dsn, *terms))
        finally:
            server.erase()
    report(ours, (stock + again) / 2, caller.parties)
    print(f"stock, {caller.clients} callers {several:>9,.0f} aggregates/s, each waits for its own")
    print(f"stock, batched   {batched:>10,.0f} aggregates/s, {BATCH} in one commit, one caller")
    print(f"through the door {door.per_s:>10,.0f} orders/s of {caller.clients} clients:", end=" ")
    print(f"p50 {door.p50_ms:.1f} ms, p99 {door.p99_ms:.1f} ms; signatures checked,")
    print(f"{'':28}{caller.listeners} listeners on the book, {door.messages:,} messages told")


def make_database(dsn: str, name: str) -> str:
    """A database of its own beside the journal's; its address."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return make_conninfo(dsn, dbname=name)


def report(ours: dict[str, float], stock: float, parties: int) -> None:
    ratio = ours["per_s"] / stock
    print(f"engine           {ours['per_s']:>10,.0f} durable orders/s, {parties} parties")
    print(f"stock library    {stock:>10,.0f} aggregates saved/s, same server, same run")
    print(f"ratio            {ratio:>10.1f} x   (target {TARGET_RATIO} x, {TARGET_PER_S:,}/s)")
    print(f"at half load     {ours['half_per_s']:>10,.0f} orders/s:", end=" ")
    print(f"p50 {ours['p50_ms']:.1f} ms, p99 {ours['p99_ms']:.1f} ms to acknowledgement")
    print(f"an order costs   {ours['rows']:>10.2f} rows, {ours['bytes']:,.0f} bytes of events")
    print(f"trades an order  {ours['trades']:>10.2f};  {ours['refused']:,.0f} refused besides")


if __name__ == "__main__":
    main()
