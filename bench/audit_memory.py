"""What an audit needs of memory, by the length of the journal: it should not grow with it.

    python bench/audit_memory.py [--events 250000,1000000]

The journal is a flow of signed orders, each with a stream and a key of its own: what an audit must
know by name grows as fast as it can. Told is the peak of one process that verifies all of it.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.replay import COMMIT_GROUP_ROWS, write_day
from gateway.server.audit_rules import venue_folding
from ledger.audit.verify import verify
from ledger.embedded.embedded_server import EmbeddedPostgres
from ledger.journal.migrations import migrate
from ledger.journal.postgres import PostgresJournal
from tests.ledger.audit.scene import SignedFloor

ORDERS_AT_ONCE = 2_000
GROWTH_MOST = 1.1  # of the peak, however much longer the journal is


def grow(journal: PostgresJournal, floor: SignedFloor, events: int) -> int:
    """Write orders until the journal is so long; returns its head."""
    while floor.writer.position < events:
        write_day(floor, ORDERS_AT_ONCE, seed=floor.writer.position)
        rows, commands = [], []
        for batch in floor.batches:
            rows += batch.rows
            commands += [batch.command] if batch.command else []
            if len(rows) >= COMMIT_GROUP_ROWS:
                journal.append(rows, commands)
                rows, commands = [], []
        if rows:
            journal.append(rows, commands)
        floor.batches.clear()
    return floor.writer.position


def peak_mib(dsn: str) -> int:
    """The peak of another process that verifies the journal."""
    words = [sys.executable, __file__, "--verify", dsn]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    return int(done.stdout)


def verify_here(dsn: str) -> None:
    """Verify, and print this process's own peak in MiB. The scene's ready-made facts are not whole
    acts, so the verdict is not asked: that every event was read and folded is.
    """
    journal = PostgresJournal.for_auditor(dsn)
    verdict = verify(journal, venue_folding())
    assert verdict["positions"] == journal.head()
    assert verdict["state_hash"], "every event folds"
    journal.close()
    print(getrusage(RUSAGE_SELF).ru_maxrss // 1024)


def main() -> None:
    words = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    words.add_argument("--events", default="250000,1000000")
    words.add_argument("--verify", metavar="DSN", help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.verify:
        verify_here(given.verify)
        return
    floor, peaks = SignedFloor(), []
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder) / "venue")
        try:
            dsn = server.start()
            migrate(dsn)
            journal = PostgresJournal(dsn)
            journal.take_fence()
            for events in map(int, given.events.split(",")):
                head = grow(journal, floor, events)
                peaks.append(peak_mib(dsn))
                print(f"{head:>11,} events: {peaks[-1]:>6,} MiB at most", flush=True)
            journal.close()
        finally:
            server.erase()
    growth = peaks[-1] / peaks[0]
    print(f"the last over the first: {growth:.2f} (target at most {GROWTH_MOST})")


if __name__ == "__main__":
    main()
