"""What the evidence costs an order: chain, leaf and log on, beside the same venue without them.

In each round a venue is opened twice on an embedded PostgreSQL (fsync on), in turn the one and the
other first, and clients of another process trade at its door as in `bench/orders.py`. *With* hashes
each commit into the chain, bears the leaf of its entry in each reply, and publishes the log of what
was traded, in files and signed, as the notary's process does beside a venue. *Without* does none of
it. Counted is processor time, so that what else the machine does matters little: the venue's own,
and the notary's. PostgreSQL stores the same rows in both, and is not counted, nor are the clients.

    python bench/evidence.py [--seconds 4] [--rounds 11] [--clients 16]
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import count
from pathlib import Path
from statistics import median
from typing import NamedTuple
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench._through_the_door import DoorFigures, through_the_door
from bench.orders import make_database
from gateway.access.leaves import Leaves
from gateway.notary.opened_notary import opened_notary
from gateway.server.published_log import NO_LOG, PublishedLog
from ledger.embedded.embedded_server import EmbeddedPostgres
from ledger.journal import postgres
from ledger.journal.commit_chain import next_commit
from ledger.journal.migrations import migrate
from ledger.journal.postgres import PostgresJournal
from ledger.journal.protocol import CommandRow, Commit, JournalRow

MOST_PERCENT = 12
LOG = PublishedLog(Leaves(bytes(32)))  # its salt key: as good as any here
FLOORS_EPOCH = 1  # of whoever wrote what a venue begins from, whose chain it proves as it starts
_numbers = count(1)


class Cost(NamedTuple):
    """Processor time of one run, microseconds an order: each is one event here."""

    venue_us: float
    notary_us: float


def unchained(
    previous: Commit, epoch: int, rows: Sequence[JournalRow], commands: Sequence[CommandRow]
) -> Commit:
    """A commit that no hash is made of, from the venue's start on."""
    if epoch == FLOORS_EPOCH:
        return next_commit(previous, epoch, rows, commands)
    return Commit(rows[-1].position, rows[0].position, epoch, bytes(32))


class UpTo:
    """A journal's rows up to a position: what its notary had published before."""

    def __init__(self, journal: PostgresJournal, last: int) -> None:
        self._journal = journal
        self._last = last

    def head(self) -> int:
        return self._last

    def read(self, after: int = 0, upto: int | None = None) -> Iterator[JournalRow]:
        return self._journal.read(after, self._last if upto is None else upto)


def traded(server: str, folder: Path, given: argparse.Namespace, *, is_with: bool) -> Cost:
    """What an order costs in a venue of its own, with all of it or without."""
    dsn = make_database(server, f"run_{next(_numbers)}")
    migrate(dsn)
    chain: AbstractContextManager[object] = nullcontext()
    if not is_with:
        chain = patch.object(postgres, "next_commit", unchained)
    terms = (given.clients, given.listeners, given.seconds)
    with chain:
        door = asyncio.run(through_the_door(dsn, folder, *terms, LOG if is_with else NO_LOG))
    return Cost(door.venue_us, publish_us(dsn, door) if is_with else 0.0)


def publish_us(dsn: str, door: DoorFigures) -> float:
    """What the notary's process takes for an event of what was traded."""
    journal = PostgresJournal.for_auditor(dsn)
    try:
        with tempfile.TemporaryDirectory() as name:
            own, out = Path(name) / "own", Path(name) / "log"
            with opened_notary(UpTo(journal, door.head), own, out, print) as notary:
                notary.publish(int(time.time()))
            with opened_notary(journal, own, out, print) as notary:
                began = time.process_time()
                published = notary.publish(int(time.time()))
                return 1e6 * (time.process_time() - began) / published.appended
    finally:
        journal.close()


def main() -> None:
    words = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    words.add_argument("--seconds", type=float, default=4.0)
    words.add_argument("--rounds", type=int, default=11)
    words.add_argument("--clients", type=int, default=16)
    words.add_argument("--listeners", type=int, default=8)
    given = words.parse_args()
    found: dict[bool, list[Cost]] = {True: [], False: []}
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        server = EmbeddedPostgres(Path(name))
        try:
            dsn = server.start()
            for number in range(given.rounds):
                for is_with in (True, False) if number % 2 else (False, True):
                    found[is_with].append(traded(dsn, Path(name), given, is_with=is_with))
        finally:
            server.erase()
    report(found[True], found[False])


def report(with_it: list[Cost], without: list[Cost]) -> None:
    """The medians, and what they come to."""
    base = median(each.venue_us for each in without)
    venue = median(each.venue_us for each in with_it)
    notary = median(each.notary_us for each in with_it)
    all_us, more = venue + notary, 100 * ((venue + notary) / base - 1)
    print(f"without          {base:>8.1f} us of a processor an order")
    print(f"chain and leaf   {venue:>8.1f} us ({100 * (venue / base - 1):+.1f} %)")
    print(
        f"and the log      {all_us:>8.1f} us ({more:+.1f} %; at most {MOST_PERCENT} wanted)", end=""
    )
    print(f"; medians of {len(without)} rounds, in turn")


if __name__ == "__main__":
    main()
