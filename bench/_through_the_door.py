"""Orders through a venue's door: signed by clients over sockets, checked, journaled, and told.

Clients and listeners are a process of their own; the venue is the caller's. Each of *clients* waits
for the answer to one order before it sends the next: a bid that rests, then its cancel.
"""

import asyncio
import multiprocessing
import statistics
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exchange.engine.engine import Engine
from gateway.access.limits import RATES, TokenRate
from gateway.server.assembly import assemble
from gateway.server.listener import Listener
from gateway.server.published_log import NO_LOG, PublishedLog
from gateway.settings import Limits, Settings
from gpubourse import connect
from gpubourse.key_files import KeyFile, public_key_of
from ledger.authority.public_key import PUBLIC_KEY_RULE
from ledger.events import PrincipalEnrolled
from ledger.journal.personal_names import MemoryPersonal
from ledger.journal.postgres import PostgresJournal
from tests.exchange.ground import LEASE, Floor
from tests.gateway.town import TownClock

FIRST_KEY = 1_000  # of the principals that are enrolled for this
PRICE_TICKS = 900  # far below every ask: nothing is taken
RESTED_S = 1.0  # before the count begins


class DoorFigures(NamedTuple):
    """What the clients saw."""

    per_s: float
    p50_ms: float
    p99_ms: float
    messages: int  # of the feeds, to all listeners
    venue_us: float = 0.0  # of a processor, the venue's own process, an event stored meanwhile
    head: int = 0  # where the journal ended before


def enrolled(floor: Floor, clients: int) -> list[KeyFile]:
    """A key for each client, of the floor's buyers in turn."""
    keys = []
    for number in range(clients):
        party = floor.buyers[number % len(floor.buyers)]
        private_key = Ed25519PrivateKey.generate()
        key = KeyFile(party, f"k-{FIRST_KEY + number}", "cn-1", private_key)
        floor.happen(
            PrincipalEnrolled(
                party=party,
                principal=key.principal,
                holder_sha256="C" * 42 + "A",
                public_key=public_key_of(private_key),
                scopes=["read", "trade"],
                ip_allow=[],
                signing="every",
                label=f"bench {number}",
                valid_to_ns=0,
                public_key_rule=PUBLIC_KEY_RULE,
            )
        )
        keys.append(key)
    return keys


async def through_the_door(
    dsn: str,
    folder: Path,
    clients: int,
    listeners: int,
    seconds: float,
    log: PublishedLog = NO_LOG,
) -> DoorFigures:
    """Open a venue on an empty journal, and let a process of clients trade at its door."""
    floor = Floor(owners=2, buyers=clients, nodes=8, enrols=False)
    keys = enrolled(floor, clients)
    journal = PostgresJournal(dsn)
    journal.take_fence()
    for batch in floor.batches:
        journal.append(batch.rows, [])
    journal.close()
    clock = TownClock(floor.writer.at_ns + 1_000_000)
    own = PostgresJournal(dsn)
    engine = Engine(own, clock=clock)
    await engine.start()
    reading = PostgresJournal.for_auditor(dsn)
    parts = await assemble(
        Settings(data_folder=folder),
        Limits(),
        engine,
        journal=reading,
        keep=own.keep,
        personal=MemoryPersonal(),
        reader=None,
        clock=clock,
        speed=lambda: 1,
        log=log,
    )
    parts.buckets.rates = dict.fromkeys(RATES, TokenRate(10**6, 10**6))  # rates are not at stake
    parts.heartbeat.start()
    listener = Listener(parts)
    port = await listener.open("127.0.0.1", [0])
    head, began = engine.head, time.process_time()
    try:
        figures = await _figures(f"http://127.0.0.1:{port}", keys, listeners, seconds)
        venue_us = 1e6 * (time.process_time() - began) / (engine.head - head)
        return figures._replace(venue_us=venue_us, head=head)
    finally:
        await parts.heartbeat.stop()
        await listener.close()
        await engine.stop()
        reading.close()


async def _figures(url: str, keys: list[KeyFile], listeners: int, seconds: float) -> DoorFigures:
    """What a process of clients reports."""
    raw = [(key.party, key.principal, key.private_key.private_bytes_raw()) for key in keys]
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_clients, args=(there, url, raw, listeners, seconds)
    )
    process.start()
    there.close()  # so that clients who end without a word are an end of file
    try:
        return DoorFigures(*await asyncio.to_thread(here.recv))
    finally:
        await asyncio.to_thread(process.join)


def _clients(
    pipe: Connection,
    url: str,
    raw: list[tuple[str, str, bytes]],
    listeners: int,
    seconds: float,
) -> None:
    keys = [
        KeyFile(party, principal, "cn-1", Ed25519PrivateKey.from_private_bytes(secret))
        for party, principal, secret in raw
    ]
    pipe.send(tuple(asyncio.run(_trade(url, keys, listeners, seconds))))


async def _trade(url: str, keys: list[KeyFile], listeners: int, seconds: float) -> DoorFigures:
    """All clients and listeners at once, for so many seconds; the figures."""
    counting = asyncio.Event()
    latencies: list[float] = []
    messages = 0

    async def listen() -> None:
        nonlocal messages
        async with connect(url) as venue:
            async for _ in venue.watch(f"book.10.0/{LEASE}"):
                messages += counting.is_set()

    async def trade(key: KeyFile) -> None:
        async with connect(url, key=key) as venue:
            while True:
                for step in (0, 1):
                    began = time.perf_counter()
                    if step == 0:
                        order = await venue.place(
                            market=LEASE, side="bid", price_ticks=PRICE_TICKS, lots=1
                        )
                    else:
                        await venue.cancel(order=order.order)
                    if counting.is_set():
                        latencies.append(time.perf_counter() - began)

    tasks = [asyncio.create_task(listen()) for _ in range(listeners)]
    tasks += [asyncio.create_task(trade(key)) for key in keys]
    await asyncio.sleep(RESTED_S)
    counting.set()
    began = time.perf_counter()
    done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    spent = time.perf_counter() - began
    counting.clear()
    for task in tasks:
        task.cancel()
    for failed in done:
        failed.result()
    await asyncio.gather(*tasks, return_exceptions=True)
    ordered = sorted(latencies)
    return DoorFigures(
        len(ordered) / spent,
        1e3 * statistics.median(ordered),
        1e3 * ordered[len(ordered) * 99 // 100],
        messages,
    )
