"""Answers to keys that come again, made beside the engine: each party's in its turn.

To read a stored batch again takes longer than to decide a new command, so it holds up neither
the engine nor another party. Who asks for the same answer many times at once has it read once.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import NamedTuple

from exchange.engine.group_decider import Answer, Unavailable
from exchange.engine.keys import KnownCommand
from ledger.ids import PartyId

Read = Callable[[KnownCommand], Answer | Unavailable]  # blocks, and raises nothing


class _Waiting(NamedTuple):
    """Who waits for one answer."""

    known: KnownCommand
    futures: list["asyncio.Future[Answer]"]


class RepeatedAnswers:
    """Reads stored answers in a thread of its own, one at a time, the parties in turn."""

    def __init__(self, read: Read, worker: Executor) -> None:
        """*worker*: a thread of its own, which `close` ends."""
        self._read = read
        self._worker = worker
        self._waiting: dict[PartyId, dict[int, _Waiting]] = {}  # by the batch's first position
        self._task: asyncio.Task[None] | None = None

    def submit(self, party: PartyId, known: KnownCommand, future: "asyncio.Future[Answer]") -> None:
        """Answer a future as the stored command was answered; it raises Unavailable otherwise."""
        of_party = self._waiting.setdefault(party, {})
        waiting = of_party.setdefault(known.first_position, _Waiting(known, []))
        waiting.futures.append(future)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._answer_all(), name="repeated answers")

    async def close(self) -> None:
        """Finish the answer at hand; whoever else waits hears that the venue goes down."""
        waiting, self._waiting = self._waiting, {}
        for of_party in waiting.values():
            for each in of_party.values():
                for future in each.futures:
                    settle(future, Unavailable("draining", "The venue is going down: ask again."))
        if self._task is not None:
            await self._task
        self._worker.shutdown()

    async def _answer_all(self) -> None:
        while self._waiting:
            for party in list(self._waiting):
                await self._answer_next(party)

    async def _answer_next(self, party: PartyId) -> None:
        of_party = self._waiting.get(party, {})
        first = next(iter(of_party), None)
        if first is None:
            return
        waiting = of_party[first]  # it stays there meanwhile: who asks for the same has it, too
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._worker, self._read, waiting.known)
        of_party.pop(first, None)
        if not of_party and self._waiting.get(party) is of_party:
            del self._waiting[party]
        for future in waiting.futures:
            if isinstance(found, Unavailable):  # each has an error of its own, with its traceback
                settle(future, Unavailable(found.code, str(found)))
            else:
                settle(future, found)


def settle(future: "asyncio.Future[Answer]", outcome: Answer | Exception) -> None:
    """Tell the caller, if he is still there."""
    if future.done():
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
