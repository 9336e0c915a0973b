"""The transparency log, events a second: entries, hashes and tiles, written as files; and checked.

The rows are those of a day of the flow of `bench/orders.py`, from memory: what is measured is the
notary's own work, without its reading of the database. Each round writes into an empty folder,
waits for the disk and signs; then the published log is verified by its key alone. Beside both, in
the same round, the floor that no such program goes below: SHA-256 of each entry and of each pair of
hashes, called from Python and nothing else.

    python bench/log.py [--events 200000] [--rounds 5]
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.replay import write_day
from gateway.notary.log_folder import VERIFIERS, LogFolder
from gateway.notary.opened_notary import opened_notary
from ledger.journal.protocol import JournalRow
from ledger.log.log_check import check_log
from ledger.log.tiles import HEAD
from ledger.log.tree_head import verified_head
from ledger.log.verifier import read_verifiers
from tests.exchange.ground import Floor

TARGET_PER_S = 100_000
ORDERS = 20_000


class Rows:
    """A journal of so many events: the day's, over and over, each at its own position."""

    def __init__(self, day: list[JournalRow], size: int) -> None:
        self._rows = [day[at % len(day)]._replace(position=at + 1) for at in range(size)]

    def head(self) -> int:
        return len(self._rows)

    def read(self, after: int = 0, upto: int | None = None) -> Iterator[JournalRow]:
        return iter(self._rows[after:upto])


class Took(NamedTuple):
    """How long a thing took: by the clock on the wall, and of a processor."""

    wall_s: float
    processor_s: float

    @classmethod
    def by(cls, work: Callable[[], object]) -> "Took":
        begun = time.perf_counter(), time.process_time()
        work()
        return cls(time.perf_counter() - begun[0], time.process_time() - begun[1])


def publish(rows: Rows, folder: Path) -> None:
    """Write a whole log and sign its head."""
    with opened_notary(rows, folder / "notary", folder / "log", print) as notary:
        notary.publish(int(time.time()))


def verify(folder: Path) -> None:
    """Verify it: every entry, every tile, the root and its signatures."""
    source = LogFolder(folder)
    verifiers = read_verifiers(source.read(VERIFIERS, 10_000))
    check_log(source, verified_head(source.read(HEAD, 10_000), verifiers).head, {})


def bare(rows: Rows) -> None:
    """One hash of each state and one of each pair."""
    row = [sha256(b"\0" + each.state).digest() for each in rows.read()]
    while len(row) > 1:
        row = [sha256(b"\1" + row[at] + row[at + 1]).digest() for at in range(0, len(row) - 1, 2)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    floor = Floor(nodes=64)
    write_day(floor, ORDERS)
    day = [row for batch in floor.batches for row in batch.rows]
    rows = Rows(day, args.events)
    size = sum(len(row.state) for row in rows.read()) // args.events
    print(f"{args.events:,} events of {size} bytes on the average, {args.rounds} rounds")
    found: dict[str, list[Took]] = {"tiles": [], "verify": [], "bare": []}
    for _ in range(args.rounds):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            found["tiles"].append(Took.by(partial(publish, rows, folder)))
            found["verify"].append(Took.by(partial(verify, folder / "log")))
        found["bare"].append(Took.by(partial(bare, rows)))
    for name, words in (
        ("tiles", f"written and signed (at least {TARGET_PER_S:,} wanted)"),
        ("verify", "verified by the key alone"),
        ("bare", "bare SHA-256 of the same, from Python"),
    ):
        rates = [args.events / took.wall_s for took in found[name]]
        own = median(args.events / took.processor_s for took in found[name])
        print(
            f"{name:7} {median(rates):>9,.0f} events/s, {own:>9,.0f} a second of a processor  "
            f"{words}; {min(rates):,.0f} to {max(rates):,.0f}"
        )


if __name__ == "__main__":
    main()
