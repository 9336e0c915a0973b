"""Where what blocks is run: a pool for each class of work, and in each a share for each caller.

Every place that hands work to a thread is found in the code. A new one runs in a pool of
`gateway/turns/work_pools.py`, or stands here with the reason why no caller can fill it.
"""

import ast
import asyncio
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from gateway.turns.work_pools import THREADS, WorkPools
from tests.house.sources import sources
from tests.waiting import soon, until

AT_A_START = "before anybody is served, or when nobody is any more"
ONE_AT_A_TIME = "by the venue alone, one call at a time: no caller makes it do more"
BY_AIOHTTP = "aiohttp opens the console's files in the loop's own pool; paid by `anonymous`"

NO_CALLERS = {  # file -> why what it hands to the loop's own pool is no caller's
    "gateway/server/server.py": AT_A_START,
    "gateway/server/assembly.py": AT_A_START,
    "gateway/server/published_log.py": AT_A_START,
    "gateway/server/postgres_supervisor.py": ONE_AT_A_TIME,
    "gateway/demo/live_demo.py": AT_A_START,
    "gateway/turns/work_pools.py": "the pools themselves",
    "gateway/cli/evidence/signature_processes.py": "an auditor's own process, no venue's",
}
HANDS_OVER = {"to_thread", "run_in_executor", "ThreadPoolExecutor", "FileResponse"}
RUNS = {"in_pool", "run"}  # of ApiRequest, of WorkPools


def calls() -> Iterator[tuple[str, str, ast.AST]]:
    """File, name and node of every call or base class in the gateway."""
    for source in sources("gateway"):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call):
                yield source.path, ast.unparse(node.func).rpartition(".")[2], node
            elif isinstance(node, ast.Attribute | ast.Name):
                yield source.path, ast.unparse(node).rpartition(".")[2], node


def test_nothing_that_a_caller_asks_for_runs_in_a_pool_that_all_share() -> None:
    found = {path for path, name, _ in calls() if name in HANDS_OVER}
    assert found == set(NO_CALLERS)
    whole = {path for path, name, _ in calls() if name == "to_thread"}
    assert not {path for path in whole if path.startswith(("gateway/routes", "gateway/feeds"))}


def test_every_class_of_work_has_its_pool_and_every_pool_its_work() -> None:
    used: set[str] = set()
    for path, name, node in calls():
        if name in RUNS and isinstance(node, ast.Call) and node.args:
            first = node.args[0]
            is_class = isinstance(first, ast.Constant) and isinstance(first.value, str)
            if is_class and ast.unparse(node.func).rpartition(".")[0] not in {"uvloop", "asyncio"}:
                used.add(first.value)
                is_asked_for = name == "in_pool"  # a request's: its caller waits
                assert not (is_asked_for and first.value == "venue"), (path, "no caller's pool")
    assert used == set(THREADS)


@pytest.mark.parametrize("work", THREADS)
async def test_who_fills_a_pool_holds_up_nobody_else(work: str) -> None:
    pools, go, order = WorkPools(), threading.Event(), list[str]()

    def block(caller: str) -> None:
        go.wait()
        order.append(caller)

    filled = [asyncio.create_task(pools.run(work, "A", block, "A")) for _ in range(40)]
    await asyncio.sleep(0)
    other = [asyncio.create_task(pools.run(work, "B", block, "B")) for _ in range(3)]
    for elsewhere in THREADS.keys() - {work}:
        assert await soon(pools.run(elsewhere, "A", lambda: 7)) == 7
    go.set()
    await soon(asyncio.gather(*filled, *other))
    pools.close()

    assert len(order) == 43
    last = max(at for at, caller in enumerate(order) if caller == "B")
    assert order[:last].count("A") <= 2 * THREADS[work] + 3


async def test_a_turn_is_passed_on_when_the_thread_is_done_and_not_before() -> None:
    pools, go, begun = WorkPools(), threading.Event(), threading.Event()

    def block() -> None:
        begun.set()
        go.wait()

    task = asyncio.create_task(pools.run("resume", "A", block))
    await until(begun.is_set)
    task.cancel()
    later = asyncio.create_task(pools.run("resume", "B", lambda: 7))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not task.done()
    assert not later.done()
    go.set()
    assert await soon(later) == 7
    with suppress(asyncio.CancelledError):
        await task
    assert task.cancelled()
    pools.close()


async def test_what_a_call_raises_reaches_who_asked() -> None:
    pools = WorkPools()
    with pytest.raises(ZeroDivisionError):
        await soon(pools.run("audit", "A", lambda: 1 // 0))
    assert await soon(pools.run("audit", "A", lambda: 7)) == 7
    pools.close()
