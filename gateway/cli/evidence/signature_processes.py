"""Signatures of an audit on the machine's other cores, while this process reads and folds.

One process for each core but ours. What waits is bounded: where all are busy a batch is verified
here, so that no core rests. A process that ends by itself costs time and no answer: its batches
are verified here, too.
"""

import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import Pipe
from queue import SimpleQueue
from typing import Final

import msgspec

from ledger.authority.signatures import CheckedHere, DueSignature, Forged, SignatureChecker
from ledger.journal.protocol import POSITION_MOST, Journal

BATCHES_EACH: Final = 4  # of a process: one in its hands, the others wait
WORTH_A_PROCESS: Final = 1_000  # commands: fewer are verified before one has started
END_SECONDS: Final = 5.0

_WORKER = "gateway.cli.evidence.signature_worker"
_answer = msgspec.msgpack.Decoder(list[Forged])


@contextmanager
def signature_checker(journal: Journal) -> Iterator[SignatureChecker]:
    """Who verifies a journal's signatures: this process, and others if there are cores for them."""
    others = usable_cores() - 1
    if not others or journal.count_commands(POSITION_MOST) < WORTH_A_PROCESS:
        yield CheckedHere()
        return
    processes = SignatureProcesses(others)
    try:
        yield processes
    finally:
        processes.close()


def usable_cores() -> int:
    """How many cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class SignatureProcesses:
    """The parent's end of some processes that verify."""

    def __init__(self, count: int) -> None:
        self._here = CheckedHere()
        self._most = BATCHES_EACH * count
        self._idle: SimpleQueue[SignatureProcess] = SimpleQueue()
        self._processes = [SignatureProcess() for _ in range(count)]
        for process in self._processes:
            self._idle.put(process)
        self._threads = ThreadPoolExecutor(count)  # each waits for a process, and computes nothing
        self._away: deque[tuple[Sequence[DueSignature], Future[list[Forged]]]] = deque()

    @property
    def away(self) -> int:
        """How many batches are not answered yet."""
        return len(self._away)

    def take(self, batch: Sequence[DueSignature]) -> list[Forged]:
        found = self._answered()
        if len(self._away) == self._most:
            return [*found, *self._here.take(batch)]
        self._away.append((batch, self._threads.submit(self._elsewhere, batch)))
        return found

    def rest(self) -> list[Forged]:
        """What nobody has begun is verified here, the last first: the others begin at the first."""
        found = []
        while self._away:
            batch, future = self._away.pop()
            found += self._here.take(batch) if future.cancel() else future.result()
        return found

    def close(self) -> None:
        """End the processes; what was not verified yet is nobody's any more."""
        self._threads.shutdown(cancel_futures=True)
        for process in self._processes:
            process.close()

    def _answered(self) -> list[Forged]:
        found = []
        while self._away and self._away[0][1].done():
            found += self._away.popleft()[1].result()
        return found

    def _elsewhere(self, batch: Sequence[DueSignature]) -> list[Forged]:
        process = self._idle.get()
        try:
            return process.forged(batch)
        finally:
            self._idle.put(process)


class SignatureProcess:
    """One process that verifies, and the way to it."""

    def __init__(self) -> None:
        ours, theirs = Pipe()
        self._way = ours
        with theirs:
            self.child = subprocess.Popen(
                # -P: no module is taken from the folder that the auditor stands in.
                [sys.executable, "-P", "-m", _WORKER, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                process_group=0,  # Ctrl-C is ours; it ends when we let go of the way
            )

    def forged(self, batch: Sequence[DueSignature]) -> list[Forged]:
        """Those of a batch that do not hold. Blocks until it is answered."""
        try:
            self._way.send_bytes(msgspec.msgpack.encode(batch))
            return _answer.decode(self._way.recv_bytes())
        except (OSError, EOFError):  # it has ended
            return CheckedHere().take(batch)

    def close(self) -> None:
        self._way.close()
        try:
            self.child.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
