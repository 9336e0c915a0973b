"""Reads in turn: a law over any coming and going, and the waits that end before their turn."""

import asyncio
from collections import Counter
from contextlib import AbstractAsyncContextManager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.problems import ProblemRaised
from gateway.turns.read_turns import ReadTurns, reads_as
from tests.gateway.callers import session_of
from tests.reach import Reach

AT_ONCE, PER_CALLER, HOUR_MS = 3, 2, 3_600_000
STEPS = st.lists(
    st.tuples(st.sampled_from("aabc"), st.sampled_from(["ask", "ask", "end", "leave"])),
    min_size=10,
    max_size=60,
)
REACH = Reach(waited_for_its_share=20, waited_for_a_place=20, left_while_waiting=20)


class Read:
    """One read of a caller: it asks for its turn, has it, and ends."""

    def __init__(self, turns: ReadTurns, caller: str) -> None:
        self.caller = caller
        self.is_in = False
        self._ends = asyncio.Event()
        self.task = asyncio.create_task(self._run(turns.one(caller)))

    async def _run(self, turn: AbstractAsyncContextManager[None]) -> None:
        async with turn:
            self.is_in = True
            await self._ends.wait()
        self.is_in = False

    def end(self) -> None:
        self._ends.set()


async def quiet() -> None:
    """Let all that can happen happen."""
    for _ in range(6):
        await asyncio.sleep(0)


async def all_done(reads: list[Read]) -> None:
    """Reads that were told to end do so, each in its turn."""
    for _ in reads:
        await quiet()
    assert all(read.task.done() for read in reads)


@REACH.demanded
@settings(derandomize=True, max_examples=100)
@given(STEPS)
def test_no_place_is_idle_while_a_caller_with_room_in_his_share_waits(
    steps: list[tuple[str, str]],
) -> None:
    asyncio.run(_follow(steps))


async def _follow(steps: list[tuple[str, str]]) -> None:
    turns = ReadTurns(AT_ONCE, PER_CALLER, HOUR_MS)
    reads: list[Read] = []
    for caller, step in steps:
        own = [read for read in reads if read.caller == caller]
        if step == "ask":
            reads.append(Read(turns, caller))
        elif step == "end" and (ended := [read for read in own if read.is_in]):
            ended[0].end()
            reads.remove(ended[0])
        elif step == "leave" and (left := [read for read in own if not read.is_in]):
            left[-1].task.cancel()
            reads.remove(left[-1])
            REACH.met("left_while_waiting")
        await quiet()
        has = Counter(read.caller for read in reads if read.is_in)
        waits = {read.caller for read in reads if not read.is_in}
        assert has.total() <= AT_ONCE
        assert max(has.values(), default=0) <= PER_CALLER
        assert {caller: turns.under_way(caller) for caller in has} == has
        if has.total() < AT_ONCE:
            assert all(has[caller] == PER_CALLER for caller in waits)
            if waits:
                REACH.met("waited_for_its_share")
        elif any(has[caller] < PER_CALLER for caller in waits):
            REACH.met("waited_for_a_place")
    for read in reads:
        read.end()
    await all_done(reads)
    assert (turns._taken, turns._waiting, turns._next) == (0, {}, {})
    assert not turns._under_way


async def test_a_free_place_goes_to_the_caller_whose_turn_it_is() -> None:
    """And not to the read that came first: one who asks for much waits behind himself."""
    turns = ReadTurns(1, 1, HOUR_MS)
    first = Read(turns, "a")
    crowd = [Read(turns, "a") for _ in range(50)]
    await quiet()
    other = Read(turns, "b")
    await quiet()
    first.end()
    await quiet()
    assert [read for read in (*crowd, other) if read.is_in] == [other]
    for read in (other, *crowd):
        read.end()
    await all_done(crowd)


async def test_a_wait_that_is_over_takes_no_place_when_one_comes_free() -> None:
    turns = ReadTurns(1, 1, 1)
    async with turns.one("a"):
        with pytest.raises(ProblemRaised):
            async with turns.one("b"):
                pytest.fail("there was no place")
    async with turns.one("c"):
        assert turns.under_way("b") == 0


async def test_who_is_patient_waits_on() -> None:
    turns = ReadTurns(1, 1, 1)
    patient = turns.one("b", is_patient=True)
    async with turns.one("a"):
        waiting = asyncio.create_task(patient.__aenter__())
        with pytest.raises(ProblemRaised):  # the same wait, without patience, is over
            async with turns.one("b"):
                pytest.fail("there was no place")
        assert not waiting.done()
    await waiting
    assert turns.under_way("b") == 1


def test_a_share_is_the_partys_with_a_session_else_the_addresss() -> None:
    assert reads_as(session_of("k-0009", "p-0007"), "203.0.113.1") == "p-0007"
    assert reads_as(None, "203.0.113.1") == "203.0.113.1"
    assert reads_as(None, "2001:db8::1") == reads_as(None, "2001:db8::2")
