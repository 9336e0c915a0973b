"""The process that folds past states for auditors, so that neither loop nor engine waits for it.

`python -m gateway.server.history_process` reads its terms, then a question a line, and answers each
by a line; it ends when its input does. The parent starts it at the first question, and lets it go
when nobody has asked for a while.
"""

import asyncio
import gc
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import msgspec
from msgspec.structs import replace

from exchange.engine.checkpoint_codec import pack, restored
from gateway.interpreter import Optimised, must_keep_asserts
from gateway.problems import ProblemRaised
from gateway.server.audit_rules import venue_folding
from gateway.server.child_process import ChildProcess
from gateway.server.views_process import GC_THRESHOLD
from gateway.turns.fair_turns import FairTurns
from ledger.audit.as_of import BadAsOf
from ledger.audit.state_at import ReplayFailed
from ledger.journal.codec import UnknownTopic
from ledger.journal.postgres import PostgresJournal
from ledger.journal.protocol import JournalUnavailable
from ledger.questions.state_history import PAGE_BYTES, PastPage, Question, StateHistory
from ledger.refusals import sentence_of

NICE: Final = 10  # whoever trades goes first
WORK_S: Final = 2.0  # of one question; then the asker hears how far it is, and asks again
IDLE_S: Final = 600.0  # then the states that were folded are let go
LINE_MOST: Final = 64 * PAGE_BYTES  # of an answer: a page, and what is escaped in it

LEFT: Final = sentence_of("That state was not folded to its end; the venue's log tells why.")

_page_of = msgspec.json.Decoder(PastPage).decode
_question_of = msgspec.json.Decoder(Question).decode


class HistoryProcess:
    """The parent's end: one question at a time, each caller's in turn."""

    def __init__(self, dsn: str, log: Callable[[str], None] = lambda _: None) -> None:
        self._dsn = dsn
        self._log = log
        self._turns = FairTurns()
        self._child: ChildProcess | None = None
        self._pending: asyncio.Future[PastPage] | None = None
        self._number = 0
        self._idle: asyncio.TimerHandle | None = None

    async def query(self, caller: str, question: Question) -> PastPage:
        """The page, in the caller's turn. Raises ProblemRaised `unavailable`."""
        async with self._turns.one(caller):
            pending = await self._send(question)
            try:
                page = await asyncio.shield(pending)
            except asyncio.CancelledError:
                # He left, and the child is busy with his question all the same.
                with suppress(ProblemRaised, asyncio.CancelledError):
                    await pending
                raise
        if page.failed:
            self._log(f"history: {page.failed}")
            raise ProblemRaised("unavailable", LEFT)
        return page

    async def stop(self) -> None:
        """Let the child go; a question that waits is refused."""
        if self._idle is not None:
            self._idle.cancel()
        child, self._child = self._child, None
        self._refuse()
        if child is not None:
            await child.stop()

    async def _send(self, question: Question) -> "asyncio.Future[PastPage]":
        if self._child is None or not self._child.is_alive:
            self._child = await self._start()
        if self._idle is not None:
            self._idle.cancel()
        loop = asyncio.get_running_loop()
        self._idle = loop.call_later(IDLE_S, self._rest)
        self._number += 1
        self._pending = loop.create_future()
        self._child.send(msgspec.json.encode(replace(question, number=self._number)))
        return self._pending

    async def _start(self) -> ChildProcess:
        child = ChildProcess(
            "gateway.server.history_process",
            json.dumps({"dsn": self._dsn}),
            "history: its process ended",
            self._log,
            rests=self._ended,
            receive=self._receive,
            line_most=LINE_MOST,
        )
        await child.start()
        return child

    def _receive(self, line: bytes) -> None:
        page = _page_of(line)
        if self._pending is not None and not self._pending.done() and page.number == self._number:
            self._pending.set_result(page)

    def _ended(self, code: int) -> bool:
        """It is started again by the next question."""
        if code:
            self._log(f"history: its process ended with {code}")
        self._refuse()
        return True

    def _refuse(self) -> None:
        if self._pending is not None and not self._pending.done():
            self._pending.set_exception(ProblemRaised("unavailable", LEFT))

    def _rest(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            self._resting = asyncio.ensure_future(child.stop())


def main() -> int:
    """Answer until the input ends. 2: asserts are off."""
    try:
        must_keep_asserts()
    except Optimised as error:
        print(f"history: {error}", file=sys.stderr, flush=True)
        return 2
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's; it tells us by itself
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.nice(NICE)
    gc.set_threshold(GC_THRESHOLD)
    lines = sys.stdin.buffer
    terms = json.loads(lines.readline())
    journal = PostgresJournal.for_auditor(terms["dsn"])
    history = StateHistory(
        journal,
        venue_folding(),
        keep=lambda venue: pack(venue, {}),
        restore=lambda blob: restored(blob)[0],
    )
    try:
        while line := lines.readline():
            page = _within_its_time(history.page, _question_of(line))
            sys.stdout.buffer.write(msgspec.json.encode(page) + b"\n")
            sys.stdout.buffer.flush()
    except BrokenPipeError:
        pass  # the parent has gone
    finally:
        journal.close()
    return 0


def _within_its_time(
    page: Callable[[Question, Callable[[], bool]], PastPage], question: Question
) -> PastPage:
    """The page within WORK_S, or how far it is, or why there is none."""
    end_s = time.monotonic() + WORK_S
    try:
        return page(question, lambda: time.monotonic() >= end_s)
    except (JournalUnavailable, UnknownTopic, ReplayFailed, BadAsOf) as error:
        return PastPage(question.number, failed=str(error))


if __name__ == "__main__":
    sys.exit(main())
