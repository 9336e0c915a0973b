"""How fast a venue's whole journal is verified: three figures, each beside its peer.

    python bench/audit.py [--days 90] [--rounds 3] [--old ../old]

parts       events a second of all but signatures, on one core: fold, lines, chain, hashes, acts
signatures  verified a second through the audit's own way, on every core, each key loaded once;
            beside bare verifications of the same bytes in as many processes
shared out  what of it the process that folds does, and what the others
whole       `gpubourse audit verify`, as an auditor types it, over the demo: one core, then all;
            OLD: a checkout of another release with its own .venv, over its own demo, in turn

Wall time and, beside it, processor time of all our processes: PostgreSQL's is in the wall time
alone. Told are medians, but of processor time: a busy machine makes wall time mean little.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from statistics import median
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gateway.cli.evidence.signature_processes import (
    SignatureProcesses,
    signature_checker,
    usable_cores,
)
from gateway.server.audit_rules import venue_folding
from ledger.audit.verify import verify
from ledger.authority.signatures import BATCH_SIGNATURES, DueSignature, Forged
from ledger.embedded.embedded_server import EmbeddedPostgres
from ledger.journal.postgres import PostgresJournal

HERE = Path(__file__).resolve().parents[1]
TARGET_PER_S = 40_000
TARGET_OF_BARE = 0.9
TARGET_OF_OLD = 3.0
TARGET_OF_ONE_CORE = 1.6
SIGNATURES = 20_000


class Spent(NamedTuple):
    """What one round took."""

    wall_s: float
    cpu_s: float


class Noted:
    """Verifies nothing, and keeps what is due: the signatures' part left out of a run."""

    def __init__(self) -> None:
        self.due: list[DueSignature] = []

    def take(self, batch: Sequence[DueSignature]) -> list[Forged]:
        self.due += batch
        return []

    def rest(self) -> list[Forged]:
        return []


def spent(work: Callable[[], object]) -> Spent:
    """What a piece of work takes, here and in the processes that end in it."""
    began_s, wall_s = _cpu_s(), time.perf_counter()
    work()
    return Spent(time.perf_counter() - wall_s, _cpu_s() - began_s)


def _cpu_s() -> float:
    return sum(
        used.ru_utime + used.ru_stime for used in map(getrusage, (RUSAGE_SELF, RUSAGE_CHILDREN))
    )


def middle(rounds: Sequence[Spent]) -> Spent:
    return Spent(median(each.wall_s for each in rounds), median(each.cpu_s for each in rounds))


def parts(dsn: str, rounds: int) -> list[DueSignature]:
    """Print the first figure; returns the signatures that were left out."""
    journal, folding = PostgresJournal.for_auditor(dsn), venue_folding()
    found, noted = [], Noted()
    for _ in range(rounds):
        noted = Noted()

        def whole(checker: Noted = noted) -> None:
            assert verify(journal, folding, checker=checker)["ok"]

        found.append(spent(whole))
    head = journal.head()
    journal.close()
    took = middle(found)
    print(
        f"parts       {head / took.cpu_s:>9,.0f} events/s of processor time,"
        f" {head / took.wall_s:,.0f} by wall time: all but signatures, one core"
        f" (target {TARGET_PER_S:,})",
        flush=True,
    )
    return noted.due


def bare(due: Sequence[DueSignature]) -> None:
    """Verifications and nothing else, each key loaded once."""
    keys = {each.public_key: None for each in due}
    loaded = {raw: Ed25519PublicKey.from_public_bytes(raw) for raw in keys}
    for each in due:
        loaded[each.public_key].verify(each.signature, each.signed)


def batches(due: Sequence[DueSignature]) -> Iterator[Sequence[DueSignature]]:
    for first in range(0, len(due), BATCH_SIGNATURES):
        yield due[first : first + BATCH_SIGNATURES]


def signatures(due: list[DueSignature], cores: int, rounds: int) -> None:
    """Print the second figure. The processes run before the clock does, ours and the peer's."""
    due = (due * (SIGNATURES // len(due) + 1))[:SIGNATURES]
    share = -(-len(due) // cores)
    shares = [due[first : first + share] for first in range(0, len(due), share)]
    ours, theirs = [], []
    processes = SignatureProcesses(cores - 1)
    with get_context("spawn").Pool(cores) as pool:
        pool.map(bare, shares)
        for _ in range(rounds):
            theirs.append(spent(lambda: pool.map(bare, shares)).wall_s)

            def through() -> None:
                forged = [each for batch in batches(due) for each in processes.take(batch)]
                assert not [*forged, *processes.rest()]

            ours.append(spent(through).wall_s)
    processes.close()
    ratio = median(theirs) / median(ours)
    print(
        f"signatures  {len(due) / median(ours):>9,.0f} a second by wall time on {cores} cores;"
        f" bare {len(due) / median(theirs):,.0f}: {ratio:.2f} of it (target {TARGET_OF_BARE})",
        flush=True,
    )


def shared_out(dsn: str) -> None:
    """Print who does how much: what two cores could give, however busy the machine is."""
    journal, folding = PostgresJournal.for_auditor(dsn), venue_folding()
    before = getrusage(RUSAGE_CHILDREN)
    began_s = time.process_time()
    with signature_checker(journal) as checker:
        assert verify(journal, folding, checker=checker)["ok"]
    ours_s, after = time.process_time() - began_s, getrusage(RUSAGE_CHILDREN)
    others_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    journal.close()
    print(
        f"shared out  {ours_s:>9.2f} s of processor time in the process that folds,"
        f" {others_s:.2f} s in the others: at most {1 + others_s / ours_s:.2f}x one core",
        flush=True,
    )


def typed(checkout: Path, folder: Path, cores: set[int]) -> Spent:
    """One `gpubourse audit verify` over a demo, on these cores alone."""
    words = [str(checkout / ".venv/bin/gpubourse"), "audit", "verify", "--data", str(folder)]

    def run() -> None:
        subprocess.run(
            words,
            cwd=checkout,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )

    return spent(run)


def whole(days: int, folder: Path, old: Path | None, old_folder: Path, rounds: int) -> None:
    """Print the third figure."""
    cores = os.sched_getaffinity(0)
    one, every, theirs = [], [], []
    for _ in range(rounds):
        one.append(typed(HERE, folder, {min(cores)}))
        every.append(typed(HERE, folder, cores))
        if old is not None:
            theirs.append(typed(old, old_folder, cores))
    single, ours = middle(one), middle(every)
    print(
        f"whole       {ours.wall_s:>9.2f} s over the demo's {days} days on {len(cores)} cores,"
        f" {ours.cpu_s:.2f} s of processor time"
    )
    print(
        f"            {single.wall_s:>9.2f} s on one core, {single.cpu_s:.2f} s of processor time:"
        f" {single.wall_s / ours.wall_s:.2f}x (target {TARGET_OF_ONE_CORE})"
    )
    if theirs:
        release = middle(theirs)
        print(
            f"            {release.wall_s:>9.2f} s the other release,"
            f" {release.cpu_s:.2f} s of processor time:"
            f" {release.wall_s / ours.wall_s:.2f}x (target {TARGET_OF_OLD:.0f})"
        )


def served(checkout: Path, folder: Path, days: int, servers: ExitStack) -> EmbeddedPostgres:
    """A checkout's demo, made and on a running server until the end, as beside a living venue."""
    words = ["demo", "--headless", "--days", str(days), "--seed", "7", "--data", str(folder)]
    server = EmbeddedPostgres(folder)
    servers.callback(server.erase)
    subprocess.run(
        [str(checkout / ".venv/bin/gpubourse"), *words],
        cwd=checkout,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    server.start()
    return server


def main() -> None:
    words = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    words.add_argument("--days", type=int, default=90)
    words.add_argument("--rounds", type=int, default=3)
    words.add_argument("--old", type=Path, help="another release's checkout with its own .venv")
    given = words.parse_args()
    old = given.old.resolve() if given.old is not None else None
    with tempfile.TemporaryDirectory() as place, ExitStack() as servers:
        folder, old_folder = Path(place) / "demo", Path(place) / "old"
        server = served(HERE, folder, given.days, servers)
        if old is not None:
            served(old, old_folder, given.days, servers)
        dsn = server.attach_auditor()
        assert dsn is not None
        due = parts(dsn, given.rounds)
        if usable_cores() > 1:
            signatures(due, usable_cores(), given.rounds)
            shared_out(dsn)
        whole(given.days, folder, old, old_folder, given.rounds)


if __name__ == "__main__":
    main()
