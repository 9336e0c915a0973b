"""Tests wait on conditions (tests/waiting.py): none sleeps and hopes, none reads a watch.

A test that sleeps is slow on a quiet machine and wrong on a busy one; a test that measures time
judges the machine. `asyncio.sleep(0)` is a turn of the loop, not a length of time.
"""

import ast
from collections.abc import Iterator
from typing import Final

from tests.house.advice import advise
from tests.house.sources import Source, sources

SLEEPS: Final = {"asyncio.sleep", "time.sleep"}
WATCHES: Final = {
    "time.monotonic",
    "time.monotonic_ns",
    "time.perf_counter",
    "time.perf_counter_ns",
    "time.process_time",
    "time.process_time_ns",
    "time.thread_time",
    "time.time",
}
LIMITS: Final = {"asyncio.timeout", "asyncio.timeout_at", "asyncio.wait_for"}
LIMITED: Final = {"wait", "join", "result", "communicate"}  # their number is a limit of seconds
NAMED_LIMITS: Final = {"timeout", "timeout_s", "within_s"}
PATIENT: Final = {"PATIENCE_S", "PROCESS_S", "PATIENCE_MS"}

READS: Final = {"receive_bytes", "receive_json", "receive_str"}  # whatever comes next
READERS: Final = {
    "tests/gateway/bare_client.py": "the one way to read",
    "tests/gpubourse/test_socket_connection.py": "the venue's end: a client says nothing unasked",
}

EXCEPTIONS: Final = {
    "tests/waiting.py": "the one place that waits",
    "tests/simulation/virtual_time.py": "a loop whose time nobody waits for",
    "tests/simulation/street.py": "runs on that loop",
    "tests/simulation/test_storms.py": "runs on that loop",
    "tests/gateway/town.py": "the venue's clock runs as the machine's does; nothing is measured",
    "tests/scenes/stage.py": "the same",
    "tests/storm/callers.py": "a caller, no test: it comes again when the venue told it to",
    "tests/storm/watchers.py": "no test: it enters again, and says now and then how far it is",
    "tests/storm/process.py": "says when a server was seen, for the storm's report",
    "tests/storm/test_kills.py": "kills come at random moments; how long it was down is reported",
    "tests/storm/test_endings.py": "a measurement; `make test` does not run it",
}


def test_no_test_sleeps_and_none_reads_a_watch() -> None:
    wrong = [
        f"{source.path}:{line} {what}"
        for source in sources("tests")
        if source.path not in EXCEPTIONS
        for line, what in impatience(source)
    ]
    assert not wrong, advise(
        wrong,
        "wait on a condition: until, wait_until, soon or patience of tests/waiting.py; "
        "a speed is measured in bench/",
    )


def test_no_test_takes_whatever_a_socket_says_next() -> None:
    """A heartbeat comes when its second is over, and would be taken for an answer."""
    wrong = [
        f"{source.path}:{line}"
        for source in sources("tests")
        if source.path not in READERS
        for line in hasty_reads(source)
    ]
    assert not wrong, advise(wrong, "hear, reply, end or ask of tests/gateway/bare_client.py")


def hasty_reads(source: Source) -> Iterator[int]:
    """The lines that take a socket's next message, as text or as a frame."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            whose = ast.unparse(node.func.value)
            is_socket = whose == "ws" or whose.endswith(".ws")
            if node.func.attr in READS or (node.func.attr == "receive" and is_socket):
                yield node.lineno


def test_tabs_are_closed_in_one_way() -> None:
    """An answer on its way would fail in whatever test comes next."""
    closing = [source.path for source in sources("tests") if "context.close()" in source.text]
    assert closing == ["tests/browser/watched.py", "tests/house/test_waiting.py"]


def test_no_test_counts_tokens_that_come_back_meanwhile() -> None:
    """A bucket fills by the clock: on a busy machine what was taken is there again."""
    counting = [*counters_of_tokens()]
    wrong = [place for place, stands_still in counting if not stands_still]
    assert len(counting) >= 6
    assert not wrong, advise(wrong, "town.clock.stand_still(), or a socket's `_now_ns` set")


def counters_of_tokens() -> Iterator[tuple[str, bool]]:
    """The tests that draw on a town's buckets themselves, and whether its clock stands still."""
    for source in sources("tests/gateway"):
        for node in source.tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                text = ast.unparse(node)
                draws = any(f"buckets.{verb}(" in text for verb in ("take", "charge", "owe"))
                if draws and ".parts.buckets" in text:
                    still = "clock.stand_still()" in text or "'_now_ns'" in text
                    yield f"{source.path}:{node.lineno} {node.name}", still


def test_each_exception_is_still_needed() -> None:
    files = {source.path: source for source in sources("tests")}
    idle = [path for path in EXCEPTIONS if path not in files or not [*impatience(files[path])]]
    assert not idle, advise(idle, "take it out of EXCEPTIONS")


def impatience(source: Source) -> Iterator[tuple[int, str]]:
    """The lines that sleep, read a clock that measures, or give less than a generous end."""
    names = imported(source.tree)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            head, dot, rest = called.partition(".")
            whole = names.get(head, head) + dot + rest
            if whole in SLEEPS and not is_number(node.args[0], 0):
                yield node.lineno, "sleeps"
            if whole in LIMITS:
                yield node.lineno, "sets a limit of its own"
            if called.endswith(("loop.time", "get_running_loop().time")):
                yield node.lineno, "reads a watch"
            yield from short_limits(node)
        elif isinstance(node, ast.Attribute | ast.Name):
            called = ast.unparse(node)
            head, dot, rest = called.partition(".")
            if names.get(head, head) + dot + rest in WATCHES:
                yield node.lineno, "reads a watch"


def short_limits(node: ast.Call) -> Iterator[tuple[int, str]]:
    """Seconds written into a call, a waiting or a rule of hypothesis; 0 does not wait at all."""
    is_limited = (
        isinstance(node.func, ast.Attribute)
        and node.func.attr in LIMITED
        and not isinstance(node.func.value, ast.Constant)  # "|".join(names) waits for nobody
    )
    limits = [*node.args] if is_limited else []
    limits += [each.value for each in node.keywords if each.arg in NAMED_LIMITS]
    for limit in limits:
        if isinstance(limit, ast.Constant) and type(limit.value) in (int, float) and limit.value:
            yield node.lineno, f"waits {limit.value!r} s at most"
        elif isinstance(limit, ast.Name) and limit.id.isupper() and limit.id not in PATIENT:
            yield node.lineno, f"waits {limit.id} at most"
    for each in node.keywords:
        if each.arg == "deadline" and not is_number(each.value, None):
            yield node.lineno, "has a deadline"


def imported(tree: ast.Module) -> dict[str, str]:
    """What the names of a file's imports stand for."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {each.asname or each.name: each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
    return names


def is_number(node: ast.expr, wanted: int | None) -> bool:
    return isinstance(node, ast.Constant) and node.value == wanted


def test_what_a_page_is_waited_for_is_a_function() -> None:
    """An expression is looked at once; after that the console's own policy forbids it."""
    looks = [
        (f"{source.path}:{node.lineno}", node.args[0].value)
        for source in sources("tests")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "wait_for_function"
        and isinstance(node.args[0], ast.Constant)
    ]
    assert looks
    assert [place for place, script in looks if "=>" not in str(script)] == []


def test_a_hasty_read_is_found() -> None:
    text = "await ws.receive()\nawait line.ws.receive()\nsocket.receive(Draining(0))\n"
    text += "json = await soon(other.receive_json())\nawait line.hear(id=1)\n"
    assert [*hasty_reads(Source("tests/x.py", text, ast.parse(text)))] == [1, 2, 4]


def test_what_does_not_wait_well_is_found() -> None:
    text = (
        "import asyncio, time\n"
        "from time import monotonic as now, sleep\n"
        "from asyncio import wait_for\n"
        "sleep(1)\n"
        "time.sleep(after)\n"
        "asyncio.sleep(0)\n"
        "asyncio.sleep(0.1)\n"
        "asyncio.timeout(5)\n"
        "wait_for(answer, 5)\n"
        "began = now()\n"
        "Journal(time.monotonic)\n"
        "asyncio.get_running_loop().time()\n"
        "process.wait(5)\n"
        "run(words, timeout=OPENING_S)\n"
        "run(words, timeout=PROCESS_S)\n"
        "reader.wait_for(7, timeout_s=0)\n"
        "settings(max_examples=5, deadline=200)\n"
        "settings(max_examples=5, deadline=None)\n"
        "time.time_ns()\n"
    )
    source = Source("tests/example.py", text, ast.parse(text))

    lines = sorted({line for line, _ in impatience(source)})
    assert lines == [4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 17]
