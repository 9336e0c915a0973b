"""Replayed events a second: read, decoded, applied; beside the stock library's read alone.

The journal replayed is a day of the flow of `bench/orders.py`. The peer reads the same rows with
the library's own recorder (`select_notifications`), and neither decodes nor applies them.

    python bench/replay.py [--orders 40000]
"""

import argparse
import gc
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from exchange.engine.replay import replayed
from exchange.state_form import state_sha256
from ledger.embedded.embedded_server import EmbeddedPostgres
from ledger.journal.migrations import migrate
from ledger.journal.postgres import PostgresJournal
from ledger.refusals import Refused
from tests.exchange.ground import LEASE, TITLE, Floor

COMMIT_GROUP_ROWS = 1_000
SYMBOLS = [TITLE, LEASE, *(f"L.H100SXM8.CN-BJ.2025-{month:02}" for month in range(1, 6))]
TICKS = {"T": 1_035, "L": 1_302}
TARGET_PER_S = 100_000


def write_day(floor: Floor, orders: int, seed: int = 7) -> None:
    """Orders that rest, trade and are cancelled, written with the batch writer."""
    draw = random.Random(seed)
    open_orders: list[tuple[str, str]] = []
    while orders:
        if open_orders and draw.random() < 0.35:
            at = draw.randrange(len(open_orders))
            open_orders[at], open_orders[-1] = open_orders[-1], open_orders[at]
            order, party = open_orders.pop()
            op, args = "order.cancel", {"order": order}
        else:
            op, party, args = _new(floor, draw)
        try:
            events = floor.tell(party, op, **args)
        except Refused:
            continue
        orders -= 1
        if op == "order.new":
            open_orders.append((events[0].order, party))  # type: ignore[attr-defined]


def _new(floor: Floor, draw: random.Random) -> tuple[str, str, dict[str, Any]]:
    side = draw.choice(("bid", "ask"))
    market = draw.choice(SYMBOLS)
    away = draw.randint(-2, 40)
    ticks = TICKS[market[0]] + (-away if side == "bid" else away)
    party = draw.choice(floor.buyers if side == "bid" else floor.owners)
    return "order.new", party, {"market": market, "side": side, "lots": 1, "price_ticks": ticks}


def store(dsn: str, floor: Floor) -> None:
    """The floor's batches, in groups."""
    journal = PostgresJournal(dsn)
    journal.take_fence()
    rows, commands = [], []
    for batch in floor.batches:
        rows += batch.rows
        commands += [batch.command] if batch.command else []
        if len(rows) >= COMMIT_GROUP_ROWS:
            journal.append(rows, commands)
            rows, commands = [], []
    if rows:
        journal.append(rows, commands)
    journal.close()


def measure(dsn: str, expected: str) -> tuple[float, float]:
    """Events a second of our replay, and rows a second of the stock read."""
    journal = PostgresJournal.for_auditor(dsn)
    head = journal.head()
    gc.collect()
    gc.disable()  # as the engine replays
    began = time.perf_counter()
    venue = replayed(journal)
    ours = head / (time.perf_counter() - began)
    gc.enable()
    assert state_sha256(venue) == expected, "replay is not what was lived"
    began = time.perf_counter()
    after = 0
    while after < head:
        after = journal.select_notifications(after + 1, 1_000)[-1].id
    stock = head / (time.perf_counter() - began)
    journal.close()
    return ours, stock


def main() -> None:
    words = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    words.add_argument("--orders", type=int, default=40_000)
    caller = words.parse_args()
    floor = Floor(owners=40, buyers=40, nodes=80)
    write_day(floor, caller.orders)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        server = EmbeddedPostgres(Path(folder))
        try:
            dsn = server.start()
            migrate(dsn)
            store(dsn, floor)
            found = sorted(measure(dsn, state_sha256(floor.venue)) for _ in range(3))
        finally:
            server.erase()
    ours, stock = found[1]
    print(f"replay           {ours:>10,.0f} events/s: read, decoded, applied", end=" ")
    print(f"(median of 3; target {TARGET_PER_S:,})")
    print(f"stock library    {stock:>10,.0f} rows/s: read alone, same rows")


if __name__ == "__main__":
    main()
