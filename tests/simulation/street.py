"""A whole venue on one seed: callers, an engine that is killed and started anew, and faults.

Nothing here asserts how the engine works, only what a caller may rely on: an answer once heard is
for ever, whatever falls over in between (`verdict.py` judges the journal that is left).
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from exchange.engine import batch_writer
from exchange.engine import engine as engines
from exchange.engine.batch_writer import Batch, Request
from exchange.engine.engine import Engine
from exchange.engine.group_decider import Answer, ClockJumped, Unavailable
from exchange.venue import execute
from gpubourse import documents
from gpubourse.key_files import KeyFile
from gpubourse.wire import body_sha256
from ledger.caller import Caller
from ledger.events import Event
from ledger.journal.checkpoint import MemoryCheckpoints
from ledger.journal.memory import MemoryJournal, MemoryStore
from ledger.journal.protocol import JournalUnavailable
from ledger.refusals import Refused
from tests.exchange.ground import LEASE, SCOPES, TITLE, Floor
from tests.signing_keys import private_key
from tests.simulation.virtual_time import SlowThread, VirtualLoop
from tests.simulation.weather import Dice, StormyJournal

SECOND_NS = 1_000_000_000
PATIENCE_S = 5.0  # of a caller, as the gateway's
TRIES_MOST = 400
CHECKPOINT_EVERY = 60


class WorldClock:
    """Venue and wall time, from the loop's; a step is what is done to a machine's clock."""

    def __init__(self, loop: VirtualLoop, from_ns: int) -> None:
        self._loop = loop
        self._from_ns = from_ns

    def now_ns(self) -> int:
        return self._from_ns + int(self._loop.time() * SECOND_NS)

    wall_ns = now_ns

    def step(self, by_ns: int) -> None:
        self._from_ns += by_ns


class Street:
    """One venue's whole life: its store stays, its engines come and go."""

    def __init__(self, loop: VirtualLoop, dice: Dice, patch: pytest.MonkeyPatch) -> None:
        self.loop = loop
        self.dice = dice
        self.floor = Floor(owners=2, buyers=3, nodes=20)
        self._keys = {
            party: KeyFile(party, f"k-{number:04d}", "cn-1", private_key(party))
            for number, party in enumerate(self.floor.owners + self.floor.buyers, 3)
        }
        self.store: MemoryStore = self.floor.journal().store
        self.checkpoints = MemoryCheckpoints()
        self.clock = WorldClock(loop, self.floor.writer.at_ns + SECOND_NS)
        self.answers: dict[tuple[str, str], Answer] = {}
        self.refusals: dict[tuple[str, str], Refused] = {}
        self.poisoned: set[str] = set()
        self.told_upto = 0
        self.faults: list[str] = []  # a listener's own errors stay with the listener
        self.counts: dict[str, int] = {}
        self.over = False
        self._accepts_jump = False
        self._down_s, self._step_ns = 1.0, 0
        self._threads: list[SlowThread] = []
        self._really_execute = execute
        patch.setattr(engines, "ThreadPoolExecutor", self._new_thread)
        patch.setattr(engines, "CHECKPOINT_EVERY", CHECKPOINT_EVERY)
        patch.setattr(engines, "PUT_ASIDE_MOST", 10**9)  # its parties order on, poisoned or not
        patch.setattr(batch_writer, "execute", self._execute)

    def count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    # --- the engine's lives

    async def keep_alive(self) -> None:
        """What stands behind the process: whenever it has ended, it is begun anew."""
        while not self.over:
            self._life = asyncio.create_task(self._live())
            await asyncio.wait({self._life})
            if not self._life.cancelled():
                self._life.result()
            await asyncio.sleep(self._down_s)
            self.clock.step(self._step_ns)
            self._down_s, self._step_ns = 1.0, 0

    async def kill(self, *, down_s: float, step_ns: int = 0) -> None:
        """kill -9: whatever is in the air lands unheard, or is lost. Then it is down for a while.

        `step_ns`: how far the clock is set meanwhile, ahead or back.
        """
        self.count("kills")
        self._down_s, self._step_ns = down_s, step_ns
        self._threads[-1].kill(lands=self.dice.happens(50))
        doomed = {task for task in (self.engine._task, self._life) if task is not None}
        for task in doomed:
            task.cancel()
        await asyncio.wait(doomed)

    async def _live(self) -> None:
        """One process, until it stops for good or is killed."""
        self.journal = StormyJournal(self.store, self.loop.time)
        self.engine = self._new_engine()
        try:
            await self.engine.start()
        except JournalUnavailable:
            self.count("starts without a database")
            return
        except ClockJumped:
            self.count("clocks that jumped")
            self._accepts_jump = True
            return
        self.told_upto = self.engine.head
        self._accepts_jump = False
        while not self.engine.stop_reason:
            await asyncio.sleep(0.5)
            if self.over:
                await self.engine.stop()
                return
        self.count("stops for good")

    def _new_engine(self) -> Engine:
        engine = Engine(
            self.journal,
            clock=self.clock,
            checkpoints=self.checkpoints,
            accept_jump=self._accepts_jump,
        )
        engine.listen(self._hear)
        return engine

    # --- callers

    def order(self, party: str, side: str, key: str, **args: Any) -> Request:
        """A limit order near the market; an ask names no things."""
        if "market" not in args:
            args["market"] = TITLE if self.dice.happens(20) else LEASE
        ticks = 4_000 if args["market"] == TITLE else 1_290
        args.setdefault("price_ticks", ticks + self.dice.randrange(20))
        args.setdefault("lots", self.dice.randrange(1, 3))
        return self.signed(party, "order.new", key, side=side, **args)

    def signed(self, party: str, op: str, key: str, **args: Any) -> Request:
        """What the gateway hands on of a party's signed command."""
        now_ns = self.clock.wall_ns()
        signer = self._keys[party]
        document = documents.command_document(
            args=args,
            issued_ns=now_ns,
            key=key,
            op=op,
            party=party,
            principal=signer.principal,
            valid_ms=5_000,
            venue=signer.venue,
        )
        signed = documents.signed_bytes(document)
        signature = signer.private_key.sign(signed)
        caller = Caller(
            party=party, principal=signer.principal, scopes=SCOPES, key=key, received_ns=now_ns
        )
        return Request(op, args, caller, "", body_sha256(op, args), signed, signature)

    def new_key(self) -> str:
        """Mostly a UUIDv7 of a caller whose clock is up to a second off; else any name."""
        if self.dice.happens(10):
            return f"mine-{self.dice.getrandbits(60)}"
        dated_ns = self.clock.wall_ns() + self.dice.randrange(-SECOND_NS, SECOND_NS)
        text = f"{dated_ns // 1_000_000:012x}7{self.dice.getrandbits(12):03x}"
        text += f"{0x8 << 60 | self.dice.getrandbits(60):016x}"
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))

    async def ask(self, request: Request) -> Answer | None:
        """Ask until it is known: the answer, or None for a lawful no (or `internal`)."""
        for _ in range(TRIES_MOST):
            try:
                return await self._ask_once(request)
            except Refused as refused:
                self._heard_no(request, refused)
                return None
            except Unavailable as error:
                self.count(f"heard {error.code}")
                if error.code == "internal":
                    assert request.caller.key in self.poisoned, "only a poisoned one is put aside"
                    return None
            await asyncio.sleep(self.dice.seconds(2))
        raise AssertionError(f"{request.caller.key} was asked {TRIES_MOST} times in vain")

    async def _ask_once(self, request: Request) -> Answer:
        future = self.engine.submit(request)
        done, _ = await asyncio.wait({future}, timeout=PATIENCE_S)
        if not done:
            future.add_done_callback(_look)
            raise Unavailable("unavailable", "no answer in time")
        answer = future.result()
        self.count("answers told again" if answer.is_replayed else "first answers")
        self._heard(request, answer)
        return answer

    def _heard(self, request: Request, answer: Answer) -> None:
        name = request.caller.party, request.caller.key
        first = self.answers.setdefault(name, answer)
        assert (first.position, first.at_ns, first.result) == (
            answer.position,
            answer.at_ns,
            answer.result,
        ), f"{name} was answered twice, and otherwise"
        stored = self.store.keys[name]  # nothing is said before it is on record
        assert stored.last_position == answer.position
        assert name not in self.refusals

    def _heard_no(self, request: Request, refused: Refused) -> None:
        name = request.caller.party, request.caller.key
        self.count("refusals")
        if refused.reason.name != "key_reused":
            assert name not in self.answers, f"{name} was accepted, and refused: {refused}"
            self.refusals[name] = refused

    def _hear(self, batches: Sequence[Batch]) -> None:
        """A listener of the engine, as the gateway is one."""
        for batch in batches:
            first, last = batch.first_position, batch.last_position
            if self.store.rows[first - 1 : last] != batch.rows:
                self.faults.append(f"{first} to {last} were told before they were on record")
            if first != self.told_upto + 1:  # one process tells every batch, once
                self.faults.append(f"{first} was told after {self.told_upto}")
            self.told_upto = last

    # --- underneath

    def _new_thread(self, threads: int, name: str) -> SlowThread:
        assert threads == 1
        self._threads.append(SlowThread(self.loop, lambda: self.dice.seconds(0.02)))
        return self._threads[-1]

    def _execute(self, venue: Any, command: Any, caller: Any, moment: Any) -> list[Event]:
        """A poisoned command fails an assert with the state half changed."""
        events = self._really_execute(venue, command, caller, moment)
        if caller.key in self.poisoned:
            venue.register.accounts.clear()
            raise AssertionError("we were wrong")
        return events


def same_store(street: Street) -> MemoryJournal:
    """The store as an auditor opens it: without a fence."""
    return MemoryJournal(street.store)


def _look(future: "asyncio.Future[Answer]") -> None:
    if not future.cancelled():
        future.exception()
