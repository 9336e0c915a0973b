"""The views' own process: the ledger's rules and the market's, joined, and the runner that follows.

`python -m gateway.server.views_process` reads the database's DSN from the first line of its
standard input (an argument would show a password to everybody on the machine) and ends when that
input ends: so it ends with its parent, however the parent ends. SIGTERM ends it, too.
"""

import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import Callable
from threading import Event, Thread

from exchange.engine.batch_writer import codec_for
from exchange.postings import ALL as POSTINGS
from exchange.views import market_rows
from gateway.interpreter import Optimised, must_keep_asserts
from ledger.journal.codec import UnknownTopic
from ledger.views.rows import balance_rows, projections
from ledger.views.rows.projections import ViewRules
from ledger.views.runner import Runner

STOP_SECONDS = 5.0
RESTART_SECONDS = 1.0
GC_THRESHOLD = 200_000  # rows are many, young and without cycles: 18k -> 25k events/s


def view_rules() -> ViewRules:
    """Every event of the venue, and what it does to the views."""
    return ViewRules(
        codec=codec_for(""),  # it reads; nothing is filed
        rules={**projections.RULES, **market_rows.RULES},
        tables={**projections.TABLES, **market_rows.TABLES},
        postings=POSTINGS,
        kinds={**balance_rows.KINDS, **market_rows.KINDS},
    )


class ViewsProcess:
    """The parent's end: keeps one child that keeps the views."""

    def __init__(self, dsn: str, log: Callable[[str], None] = lambda _: None) -> None:
        self._dsn = dsn
        self._log = log
        self._child: asyncio.subprocess.Process | None = None
        self._supervisor: asyncio.Task[None] | None = None

    @property
    def is_alive(self) -> bool:
        return self._child is not None and self._child.returncode is None

    async def start(self) -> None:
        """Start the child; should it end by itself, another follows after a second."""
        await self._begin()
        self._supervisor = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Let the child end; after STOP_SECONDS it is made to."""
        if self._supervisor is not None:
            self._supervisor.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._supervisor
        child = self._child
        if child is None or child.returncode is not None:
            return
        assert child.stdin is not None
        child.stdin.close()
        try:
            await asyncio.wait_for(child.wait(), STOP_SECONDS)
        except TimeoutError:
            child.kill()
            await child.wait()

    async def _keep(self) -> None:
        while True:
            assert self._child is not None
            code = await self._child.wait()
            self._log(f"views: their process ended with {code}; starting another")
            await asyncio.sleep(RESTART_SECONDS)
            await self._begin()

    async def _begin(self) -> None:
        self._child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway.server.views_process", stdin=asyncio.subprocess.PIPE
        )
        assert self._child.stdin is not None
        self._child.stdin.write(self._dsn.encode() + b"\n")
        await self._child.stdin.drain()


def main() -> int:
    """Keep the views until told to stop. 70: a newer release wrote this journal; 2: no asserts."""
    try:
        must_keep_asserts()
    except Optimised as error:
        _log(f"views: {error}")
        return 2
    over = Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's; it tells us by itself
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    gc.set_threshold(GC_THRESHOLD)
    dsn = sys.stdin.readline().strip()
    Thread(target=_wait_for_the_parent, args=[over], daemon=True).start()
    try:
        Runner(dsn, view_rules()).follow(over.is_set, _log)
    except UnknownTopic as error:
        _log(f"views: {error}")
        return 70
    return 0


def _wait_for_the_parent(over: Event) -> None:
    while sys.stdin.buffer.read(1):
        pass
    over.set()


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
