"""The journal beside the stock recorder of the library it stands on, in the same run.

    python bench/journal.py [--seconds 20]

Events per second at 1, 100 and 1,000 events a commit (330-byte JSON, 10,000 streams, fsync on,
one connection each, rounds interleaved, medians), then rows read per second.
"""

import argparse
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

sys.path.insert(0, str(Path(__file__).parents[1]))

from ledger.embedded.embedded_server import EmbeddedPostgres
from ledger.journal.migrations import migrate
from ledger.journal.postgres import PostgresJournal
from ledger.journal.protocol import JournalRow

COMMIT_GROUPS = (1, 100, 1_000)
ROUNDS = 5
STREAMS = 10_000
STATE = b'{"at_ns":1731600000000000000,"note":"' + b"x" * 291 + b'"}'
PAGE = 1_000  # what a stock reader may ask at once; its default is 10

Append = Callable[[list[JournalRow]], None]


def rows() -> Iterator[JournalRow]:
    """Events without end, spread over the streams."""
    for position in itertools.count(1):
        version, stream = divmod(position - 1, STREAMS)
        yield JournalRow(position, f"order:o-{stream:06d}", version + 1, "order_accepted", STATE)


def rate(append: Append, supply: Iterator[JournalRow], group: int, seconds: float) -> float:
    """Events per second of groups of `group`; making the rows is not counted."""
    spent, stored = 0.0, 0
    while spent < seconds:
        batch = list(itertools.islice(supply, group))
        begun = time.perf_counter()
        append(batch)
        spent += time.perf_counter() - begun
        stored += group
    return stored / spent


def stock_recorder(dsn: str) -> PostgresApplicationRecorder:
    """The library's recorder, with its own table in a database of its own."""
    with psycopg.connect(dsn, autocommit=True) as owner:
        owner.execute("CREATE DATABASE stock")
    terms = {name: str(term) for name, term in conninfo_to_dict(dsn).items()}
    recorder = PostgresApplicationRecorder(
        PostgresDatastore(
            *("stock", terms["host"], terms["port"], terms["user"], ""), originator_id_type="text"
        )
    )
    recorder.create_table()
    return recorder


def read_stock(recorder: PostgresApplicationRecorder) -> int:
    """Read the whole notification log, page by page."""
    last = 0
    while page := recorder.select_notifications(last, PAGE, inclusive_of_start=False):
        last = page[-1].id
    return last


def timed(read: Callable[[], int]) -> float:
    """Rows per second of one reading of everything."""
    begun = time.perf_counter()
    count = read()
    return count / (time.perf_counter() - begun)


def compare(dsn: str, seconds: float) -> None:
    """Run both, print what came out."""
    migrate(dsn)
    ours, stock = PostgresJournal(dsn), stock_recorder(dsn)
    ours.take_fence()

    def append_stock(batch: list[JournalRow]) -> None:
        stock.insert_events(
            [StoredEvent(row.stream, row.version, row.topic, row.state) for row in batch]
        )

    our_rows, stock_rows = rows(), rows()
    each = seconds * 0.8 / (ROUNDS * len(COMMIT_GROUPS) * 2)
    print(f"{'events a commit':<18}{'ours, events/s':>16}{'stock, events/s':>17}{'ratio':>8}")
    for group in COMMIT_GROUPS:
        mine, theirs = [], []
        for _ in range(ROUNDS):
            mine.append(rate(ours.append, our_rows, group, each))
            theirs.append(rate(append_stock, stock_rows, group, each))
        show(f"{group:,}", statistics.median(mine), statistics.median(theirs))
    show("read, rows", timed(lambda: sum(1 for _ in ours.read())), timed(lambda: read_stock(stock)))
    ours.close()
    stock.datastore.close()


def show(what: str, mine: float, theirs: float) -> None:
    """One line of the table."""
    print(f"{what:<18}{mine:>16,.0f}{theirs:>17,.0f}{mine / theirs:>7.1f}x", flush=True)


def main() -> None:
    """A server of its own, made for this run and erased after it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder) / "venue", print)
        try:
            compare(server.start(), seconds)
        finally:
            server.erase()


if __name__ == "__main__":
    main()
