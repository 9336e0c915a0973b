"""Threads for work that blocks, a few of each class, each with turns by caller.

In a pool that all share, whoever fills it holds up everybody. So what a caller asks for runs in the
pool of its class, and there each caller waits behind himself alone. The loop's own pool is left to
what a start does before anybody is served, and to aiohttp, which opens the console's files there:
who fills that one holds up the console's files.
"""

import asyncio
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple, TypeVar

from gateway.turns.fair_turns import FairTurns

Result = TypeVar("Result")

THREADS: Final[Mapping[str, int]] = {  # by class of work; what each one does
    "resume": 1,  # pages of the journal, decoded, for feeds that are resumed; anybody's
    "history": 1,  # one commit looked up in the journal, for a `seen`; anybody's
    "audit": 2,  # rows of the journal, for reads by REST
    "reports": 1,  # reports of servers, read before their command is decided
    "keep": 2,  # raw bytes stored: evidence of log-ons, reports
    "log": 1,  # files of the transparency log; anybody's
    "venue": 1,  # what the venue does for itself: no caller waits for it, nor it for one
    "names": 1,  # names of holders, at an enrolment
}


class _Pool(NamedTuple):
    threads: ThreadPoolExecutor
    turns: FairTurns


class WorkPools:
    """The pools of one gateway. A thread is begun when it is first wanted."""

    def __init__(self) -> None:
        self._pools = {
            name: _Pool(ThreadPoolExecutor(count, name), FairTurns(count))
            for name, count in THREADS.items()
        }

    async def run(
        self, work: str, caller: Hashable, call: Callable[..., Result], *args: object
    ) -> Result:
        """What *call* returns, made in a thread of that class when the caller's turn has come."""
        pool = self._pools[work]
        async with pool.turns.one(caller):
            made = asyncio.get_running_loop().run_in_executor(pool.threads, call, *args)
            try:
                return await asyncio.shield(made)
            except asyncio.CancelledError:
                # The thread goes on: its turn is not another's before it is done.
                await asyncio.wait({made})
                if not made.cancelled():
                    made.exception()  # seen: nobody waits for it
                raise

    def close(self) -> None:
        """End the threads, each behind what it does now."""
        for pool in self._pools.values():
            pool.threads.shutdown(wait=False, cancel_futures=True)
