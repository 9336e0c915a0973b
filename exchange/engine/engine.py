"""The single writer: stamp, decide, apply, append, publish (the exchange's shell).

One task drains what waits, has it decided, appends it in one worker thread, and only then answers
and publishes. While an append is in the air requests only gather. Any error but a refusal ends
this life of the engine; its supervisor begins a new one from the journal.

A little long on purpose: the whole life of a group is read here from top to bottom.
"""

import asyncio
import gc
import logging
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Protocol, TypeVar

from exchange.books.state import Venue
from exchange.engine.batch_writer import Batch, BatchWriter, Request
from exchange.engine.checkpoint_codec import CODEC_VERSION
from exchange.engine.clock import Clock, SystemClock
from exchange.engine.group_decider import (
    Answer,
    ClockJumped,
    CommitGroup,
    GroupDecider,
    Outcome,
    Unavailable,
    answered,
)
from exchange.engine.keys import KnownCommand, UsedKeys, used_keys
from exchange.engine.recent_commits import HistoryLost, RecentCommits
from exchange.engine.repeated_answers import RepeatedAnswers, settle
from exchange.engine.replay import (
    StoredCheckpoint,
    naming_attestation,
    read_batches,
    recover,
    save,
)
from exchange.engine.stored_answer import answerable_batch
from exchange.orders.rate_gate import RateGate
from ledger.journal.checkpoint import Checkpoint, Checkpoints
from ledger.journal.protocol import Commit, Deposed, Journal, JournalUnavailable

INBOX_MOST = 10_000  # requests that may wait at once
COMMIT_GROUP_MOST = 1_000  # requests that one append may hold
SWITCH_S = 0.0005  # the journal's thread gets its turn sooner: p99 117 -> 47 ms at half load
SWEEP_EVERY_S = 60.0
IDLE_S = 0.2  # how often a quiet engine looks at the clock
REBUILDS_MOST = 3  # after faults of ours, in REBUILDS_SPAN_S; then the engine stops for good
PUT_ASIDE_MOST = 2  # commands of one op of a party that failed inside: then its next ones wait
REBUILDS_SPAN_S = 60.0
# What everybody may hear; whose command it was, and which one, stands in the log alone.
FAILED_TOO_OFTEN = "The engine failed too often and has stopped: the venue's own log tells why."
REBUILD_WAIT_S = (0.05, 2.0, 10.0)  # before the first, second, third and any later one
AWAY_RETRY_S = 0.5  # between two attempts to reach it
CHECKPOINT_EVERY = 250_000  # positions
# Objects that can form cycles, made and not yet freed: then the youngest are looked at. The loop is
# not ours alone: what connections leave behind must go while we are busy or wait for the database.
COLLECT_AT = (10_000, 10, 10)

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class _Listener(Protocol):
    def __call__(self, batches: Sequence[Batch], /) -> None: ...


class _Quarantined(Exception):
    """A command whose deciding or applying failed: we were wrong, and the state is in doubt."""


class Engine:
    """One venue's writer. `submit` from the loop it runs in; `venue` is for reading alone."""

    def __init__(
        self,
        journal: Journal,
        *,
        clock: Clock | None = None,
        checkpoints: Checkpoints | None = None,
        accept_jump: bool = False,
    ) -> None:
        self._journal = journal
        self._clock = clock or SystemClock()
        self._checkpoints = checkpoints
        self._accept_jump = accept_jump
        self._has_ended_lines = False  # of the process before ours
        self._worker = ThreadPoolExecutor(1, "journal")
        self._repeated = RepeatedAnswers(self._read_again, ThreadPoolExecutor(1, "repeated"))
        self._inbox: deque[tuple[Request, asyncio.Future[Answer]]] = deque()
        self._futures: list[asyncio.Future[Answer]] = []
        self._listeners: list[_Listener] = []
        self._quarantine: set[tuple[str, str, bytes]] = set()
        self._put_aside = Counter[tuple[str, str]]()  # of a party and an op
        self._has_put_aside = False  # whether this life ended by such a command
        self._gate = RateGate()
        self._wake = asyncio.Event()
        self._stop_requested = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._decider: GroupDecider | None = None
        self._is_caught_up = False
        self._is_stopping = False
        self._saved_at = 0
        self._collected_before = gc.get_threshold()
        self._swept_s = time.monotonic()
        self._published = 0  # the last position that listeners heard of, in this process
        self.commits = RecentCommits()
        self.head = 0  # the last position on record
        self.waits_for = ""  # why the journal refused last, in words; "": our own fault, or never
        self.stop_reason = ""  # words, once the engine has stopped for good

    @property
    def venue(self) -> Venue:
        """The live state: ahead of `head` while an append is in the air."""
        return self._living().writer.venue

    @property
    def position(self) -> int:
        """The last position applied to the live state: beyond `head` while an append is out."""
        return self._living().writer.position

    @property
    def at_ns(self) -> int:
        """The stamp of the last batch decided."""
        return self._living().writer.at_ns

    @property
    def is_ready(self) -> bool:
        """Whether it holds the fence and has run every timer that fell due while it was down."""
        return self._is_caught_up and not self.stop_reason and not self._is_stopping

    def listen(self, callback: _Listener) -> None:
        """Be told of batches, in order, once they are on record. Be quick: the engine waits."""
        self._listeners.append(callback)

    def submit(self, request: Request) -> "asyncio.Future[Answer]":
        """Hand in a request. The future brings its Answer, or raises Refused or Unavailable."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        if self.stop_reason:
            future.set_exception(Unavailable("unavailable", self.stop_reason))
        elif self._is_stopping or self._task is None:
            future.set_exception(Unavailable("draining", "The venue is going down: ask again."))
        elif len(self._inbox) >= INBOX_MOST:
            text = "Too many requests wait: nothing was taken in, ask again in a moment."
            future.set_exception(Unavailable("overloaded", text))
        elif self._is_aside(request):
            text = "This command failed inside the venue: it is kept aside until a person looks."
            future.set_exception(Unavailable("internal", text))
        else:
            self._inbox.append((request, future))
            self._wake.set()
        return future

    def _is_aside(self, request: Request) -> bool:
        failed = self._put_aside[request.caller.party, request.op]
        return failed >= PUT_ASIDE_MOST or _name(request) in self._quarantine

    async def start(self) -> None:
        """Take the fence, rebuild the state, and begin to serve.

        Raises JournalUnavailable when the database does not answer, ClockJumped when the clock
        stands too far ahead.
        """
        gc.disable()  # until the state stands
        gc.set_threshold(*COLLECT_AT)
        sys.setswitchinterval(SWITCH_S)
        await self._recover()
        self._published = self.head
        self._task = asyncio.create_task(self._supervise(), name="engine")

    async def stop(self) -> None:
        """Decide what waits, attest the state, save it, let go of the journal; once is enough."""
        if self._is_stopping:
            return
        self._is_stopping = True
        self._stop_requested.set()
        self._wake.set()
        if self._task is not None:
            await self._task
        self._commit_group_is_lost()
        self._refuse_all("draining", "The venue is going down: ask again.")
        await self._repeated.close()
        await self._in_worker(self._journal.close)
        self._worker.shutdown()
        gc.unfreeze()
        gc.set_threshold(*self._collected_before)
        gc.enable()

    # --- one life

    async def _recover(self) -> None:
        """Start-up and rebuild are this one path."""
        self._is_caught_up = False
        self._decider = None
        last, saved = await self._in_worker(self._take_fence)
        self.commits.begin(last)
        found = await self._in_worker(recover, self._journal, saved, _log.warning)
        writer = BatchWriter(found.venue, found.versions, self._gate, found.moment)
        decider = GroupDecider(writer, UsedKeys())
        self.head = self._saved_at = writer.position
        if not self._accept_jump:
            decider.must_not_jump(self._clock.now_ns())
        self._decider = decider
        gc.collect()
        gc.freeze()  # the state lives as long as we do: no collection looks at it again
        gc.enable()

    def _take_fence(self) -> tuple[Commit, StoredCheckpoint | None]:
        """The last commit, behind all that this process has confirmed, and a saved state."""
        head = self._journal.take_fence()
        before, _ = self._journal.commits_around(self.commits.last.last_position)
        self.commits.must_stand(before)
        if self._checkpoints is None:
            return head.commit, None
        return head.commit, self._checkpoints.newest_valid(head.position, CODEC_VERSION)

    async def _supervise(self) -> None:
        """One life after another: our own faults are counted, what the database lacks is not.

        Nor is a party's command that failed: it is put aside, after two of an op its party's next
        ones are, too, and the venue goes on.
        """
        faults: deque[float] = deque()
        lacks: deque[float] = deque()
        aside: deque[float] = deque()
        loop = asyncio.get_running_loop()
        while True:
            reason = await self._live()
            if self._is_stopping or self.stop_reason:
                return
            self._decider_is_lost()
            rebuilds = lacks if self.waits_for else aside if self._has_put_aside else faults
            while rebuilds and rebuilds[0] < loop.time() - REBUILDS_SPAN_S:
                rebuilds.popleft()
            if len(faults) >= REBUILDS_MOST and rebuilds is faults:
                _log.error("the engine failed too often, at last since %s", reason)
                self._stop_for_good(FAILED_TOO_OFTEN)
                return
            if await self._is_stopped_within(REBUILD_WAIT_S[min(len(rebuilds), REBUILDS_MOST - 1)]):
                return
            rebuilds.append(loop.time())

    async def _live(self) -> str:
        """One life, to its end; why it ended, in words."""
        self.waits_for = ""
        self._has_put_aside = False
        try:
            if self._decider is None:
                await self._recover_once_there()
                await self._publish_what_was_missed()
            await self._serve()
        except (Deposed, ClockJumped, HistoryLost) as error:
            self._stop_for_good(str(error))
        except JournalUnavailable as error:
            _log.error("the engine ends, and is built anew from the journal: %s", error)
            self.waits_for = str(error)
            return str(error)
        except Exception as error:
            _log.exception("the engine ends; a new one is built from the journal")
            return f"{type(error).__name__}: {error} (its log tells more)"
        return ""

    async def _recover_once_there(self) -> None:
        """Wait for a database that is away: until then nothing is built, and nothing taken in."""
        while True:
            try:
                return await self._recover()
            except JournalUnavailable as error:
                self.waits_for = str(error)
                self._refuse_all("unavailable", f"{error}. Ask again with the same key.")
                if await self._is_stopped_within(AWAY_RETRY_S):
                    raise

    async def _is_stopped_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop_requested.wait(), seconds)
        return self._is_stopping

    async def _publish_what_was_missed(self) -> None:
        """An append whose word was lost may be on record: listeners hear of it after all.

        They are called even if there is nothing to tell: who waited for that append waits no more.
        """
        self._publish(
            await self._in_worker(read_batches, self._journal, self._published, self.head)
        )

    async def _serve(self) -> None:
        """Decide, append, answer, publish: until told to stop."""
        decider = self._living()
        await self._resume(decider)
        await self._end_lines(decider)
        while not (self._is_stopping and not self._inbox):
            if not self._inbox and not decider.is_due(self._clock.now_ns()):
                self._is_caught_up = True
                await self._rest()
                continue
            await self._one_commit_group(decider)
            if self.head - self._saved_at >= CHECKPOINT_EVERY:
                await self._save(decider)
        await self._close_down(decider)

    async def _one_commit_group(self, decider: GroupDecider) -> None:
        count = min(len(self._inbox), COMMIT_GROUP_MOST)
        taken = [self._inbox.popleft() for _ in range(count)]
        requests = [request for request, _ in taken]
        self._futures = [future for _, future in taken]
        found = await self._query_used(decider.keys_to_query(requests))
        now_ns = self._clock.now_ns()
        if now_ns > decider.writer.at_ns and not self._accept_jump:
            decider.must_not_jump(now_ns)
        commit_group = self._decide(decider, requests, now_ns, found)
        decided = len(commit_group.outcomes)
        self._inbox.extendleft(reversed(taken[decided:]))
        self._futures = self._futures[:decided]
        await self._append(commit_group)
        if decided == len(requests) and not decider.is_due(self._clock.now_ns()):
            self._is_caught_up = True
        self._answer(requests[:decided], self._futures, commit_group.outcomes)
        self._futures = []
        if commit_group.batches:
            self._publish(commit_group.batches)

    def _decide(
        self,
        decider: GroupDecider,
        requests: Sequence[Request],
        now_ns: int,
        found: dict[tuple[str, str], KnownCommand],
    ) -> CommitGroup:
        """An assert that fails while a command is decided puts that command aside."""
        try:
            return decider.decide(requests, now_ns, found)
        except Exception as error:
            if decider.deciding is None:
                raise
            name = _name(decider.deciding)
            self._quarantine.add(name)
            self._has_put_aside = bool(name[0])  # the engine's own acts are nobody's
            if self._has_put_aside:
                self._put_aside[name[0], decider.deciding.op] += 1
            at = next(n for n, request in enumerate(requests) if request is decider.deciding)
            text = "This command failed inside the venue: it is kept aside until a person looks."
            settle(self._futures[at], Unavailable("internal", text))
            raise _Quarantined(f"{decider.deciding.op} of {name[0]}, key {name[1]}") from error

    async def _query_used(self, keys: list[tuple[str, str]]) -> dict[tuple[str, str], KnownCommand]:
        return await self._in_worker(used_keys, self._journal, keys) if keys else {}

    async def _append(self, commit_group: CommitGroup) -> None:
        for raw in commit_group.reports:
            await self._in_worker(self._journal.keep, raw)
        if commit_group.rows:
            commit = await self._in_worker(
                self._journal.append, commit_group.rows, commit_group.commands
            )
            self.commits.add(commit)
            self.head = commit.last_position

    def _answer(
        self,
        requests: Sequence[Request],
        futures: Sequence["asyncio.Future[Answer]"],
        outcomes: Sequence[Outcome],
    ) -> None:
        """Tell each caller what was decided; what is told again is read beside, in its turn."""
        for request, future, outcome in zip(requests, futures, outcomes, strict=True):
            if isinstance(outcome, KnownCommand):
                self._repeated.submit(request.caller.party, outcome, future)
            else:
                settle(future, outcome)

    def _read_again(self, known: KnownCommand) -> Answer | Unavailable:
        """The first answer once more, from the batch as it was stored. Blocks."""
        first, last = known.first_position, known.last_position
        try:
            batch = answerable_batch(self._journal, first, last, known.op)
            return answered(batch, is_replayed=True)
        except JournalUnavailable as error:
            return Unavailable("unavailable", f"{error}. Ask again with the same key.")
        except Exception:  # of one stored batch: no reason for anybody else to wait
            _log.exception("the answer at position %d cannot be made again", first)
            text = "This command was accepted; its answer cannot be made again: a person must look."
            return Unavailable("internal", text)

    def _publish(self, batches: Sequence[Batch]) -> None:
        self._published = batches[-1].last_position if batches else self._published
        for listener in self._listeners:
            try:
                listener(batches)
            except Exception:  # a listener's fault is not the venue's: it must catch up by itself
                _log.exception("a listener failed at position %d", self._published)

    async def _rest(self) -> None:
        self._wake.clear()
        try:
            await asyncio.wait_for(self._wake.wait(), IDLE_S)
        except TimeoutError:
            is_long_ago = time.monotonic() - self._swept_s > SWEEP_EVERY_S
            gc.collect(2 if is_long_ago else 1)  # the oldest cycles, too, though seldom
            if is_long_ago:
                self._swept_s = time.monotonic()

    async def _resume(self, decider: GroupDecider) -> None:
        """Say first that the journal is an older release's, then that the venue was silent.

        After a silence deadlines of people move by its length.
        """
        if self.commits.last.is_inherited:
            await self._write(decider.writer.upgraded(self.commits.last))
        now_ns = self._clock.now_ns()
        if not decider.writer.at_ns or now_ns <= decider.writer.at_ns:
            return
        batch = decider.writer.resume(now_ns)
        if batch is not None:
            await self._write(batch)

    async def _end_lines(self, decider: GroupDecider) -> None:
        """No line outlives its process: what was to end with one ends before any command.

        A rebuild ends none: the lines of its own process stand, and the gateway knows them.
        """
        while not self._has_ended_lines:
            at_ns = max(decider.writer.at_ns + 1, self._clock.now_ns())
            batch = decider.writer.end_lines(at_ns)
            if batch is None:
                self._has_ended_lines = True
            else:
                await self._write(batch)

    async def _close_down(self, decider: GroupDecider) -> None:
        if decider.writer.position:
            await self._save(decider)

    async def _write(self, batch: Batch) -> None:
        """Store and publish one batch of the engine's own."""
        commit_group = CommitGroup()
        commit_group.add(batch)
        await self._append(commit_group)
        self._publish(commit_group.batches)

    async def _save(self, decider: GroupDecider) -> None:
        """Attest the state; save it, too, once the journal names its very bytes."""
        writer = decider.writer
        at_ns = max(writer.at_ns + 1, self._clock.now_ns())
        if self._checkpoints is None:
            await self._write(writer.attest(at_ns))
        else:
            new = save(writer.venue, writer.versions, self.commits.last)
            naming = await self._in_worker(naming_attestation, writer.venue.register.venue, new)
            await self._write(writer.note([naming], at_ns))
            await self._in_worker(self._checkpoints.store, Checkpoint(*new))
        self._saved_at = self.head

    # --- ends

    def _decider_is_lost(self) -> None:
        self._decider = None
        self._is_caught_up = False
        self._commit_group_is_lost()

    def _commit_group_is_lost(self) -> None:
        """Whoever waits for a reply of this life hears that it is not known yet."""
        text = "The journal has not confirmed. Ask again with the same key."
        for future in self._futures:
            settle(future, Unavailable("unavailable", text))
        self._futures = []

    def _stop_for_good(self, reason: str) -> None:
        self.stop_reason = reason
        _log.error("the engine stops for good: %s", reason)
        self._decider_is_lost()
        self._refuse_all("unavailable", reason)

    def _refuse_all(self, code: str, text: str) -> None:
        while self._inbox:
            settle(self._inbox.popleft()[1], Unavailable(code, text))

    def _living(self) -> GroupDecider:
        if self._decider is None:
            raise Unavailable("recovering", "The engine is rebuilding its state: ask again.")
        return self._decider

    async def _in_worker(self, call: Callable[..., _T], *args: Any) -> _T:
        """Everything that touches the journal runs in its one thread."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, call, *args)


def _name(request: Request) -> tuple[str, str, bytes]:
    return request.caller.party, request.caller.key, request.body_sha256
