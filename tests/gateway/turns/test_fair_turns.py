"""Turns by caller: who asks for much waits behind himself alone, whatever ends while it waits."""

import asyncio
from collections import Counter

import pytest

from gateway.turns.fair_turns import FairTurns
from tests.waiting import soon

A, B, C = "203.0.113.7", "198.51.100.1", "192.0.2.9"


async def taken(turns: FairTurns, caller: str, order: list[str], held: Counter[str]) -> None:
    async with turns.one(caller):
        held["now"] += 1
        held["most"] = max(held["most"], held["now"])
        order.append(caller)
        try:
            await asyncio.sleep(0)
        finally:
            held["now"] -= 1


@pytest.mark.parametrize("at_once", [1, 2, 3])
async def test_each_callers_first_comes_before_anothers_second(at_once: int) -> None:
    turns, order, held = FairTurns(at_once), [], Counter[str]()
    asked = [A] * 50 + [B] * 5 + [C]
    await soon(asyncio.gather(*(taken(turns, caller, order, held) for caller in asked)))

    assert Counter(order) == Counter(asked)
    assert held["most"] == at_once
    assert C in order[: at_once + 3]
    for number in range(1, 6):
        upto = [at for at, caller in enumerate(order) if caller == B][number - 1]
        assert order[:upto].count(A) <= at_once + number


@pytest.mark.parametrize("given_up", range(1, 6))
async def test_who_gives_up_costs_no_turn(given_up: int) -> None:
    """Each of those who wait is cancelled at each moment: the others all have theirs."""
    turns, order, held = FairTurns(), [], Counter[str]()
    waiting = [
        asyncio.create_task(taken(turns, caller, order, held)) for caller in (A, A, B, A, C, B)
    ]
    for _ in range(given_up):
        await asyncio.sleep(0)
    waiting[given_up].cancel()
    await soon(asyncio.wait(waiting))
    await soon(taken(turns, B, order, held))

    assert len(order) in {6, 7}
    assert held["now"] == 0
    assert not turns._waiting
    assert turns._free == 1
