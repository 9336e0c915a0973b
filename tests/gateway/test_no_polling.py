"""No request asks again and again whether something is so: it is woken. Each loop is looked at."""

import ast

from tests.house.advice import advise
from tests.house.sources import sources

ROOMS = ("gateway", "ledger/views", "exchange/views")
# file, function -> why this loop may sleep
MAY_SLEEP = {
    ("gateway/feeds/backfill.py", "fill_all"): "one, by the heartbeat",
    ("gateway/feeds/subscriptions.py", "_until_read"): "as long as its reader is slow",
    ("gateway/server/assembly.py", "_fetch"): "one, while the database is away",
    ("gateway/server/assembly.py", "_until_settled"): "one, before the venue opens",
    ("gateway/server/listener.py", "_listen"): "one for each port",
    ("gateway/server/child_process.py", "_keep"): "one for each process of ours",
    ("gateway/server/server.py", "until_over"): "one, for the whole process",
    ("gateway/socket/heartbeat.py", "_run"): "one, for all sockets",
    ("gateway/feeds/consistent_read.py", "run"): "woken by each append, and else 20 times a second",
    ("ledger/views/view_reader.py", "_poll"): "one, for all who wait for the views",
}
SLEEPS = {"sleep", "wait", "wait_for"}


def sleepers() -> set[tuple[str, str]]:
    """Every function with a loop that awaits the passing of time."""
    found = set()
    for source in sources(*ROOMS):
        if source.path.startswith("gateway/demo/"):  # the stage set is begun by no request
            continue
        for function in ast.walk(source.tree):
            if not isinstance(function, ast.AsyncFunctionDef):
                continue
            for loop in ast.walk(function):
                if isinstance(loop, ast.While) and any(map(_sleeps, ast.walk(loop))):
                    found.add((source.path, function.name))
    return found


def _sleeps(node: ast.AST) -> bool:
    if not isinstance(node, ast.Await) or not isinstance(node.value, ast.Call):
        return False
    called = node.value
    if not isinstance(called.func, ast.Attribute) or called.func.attr not in SLEEPS:
        return False
    is_a_turn = any(isinstance(each, ast.Constant) and each.value == 0 for each in called.args)
    is_timed = called.func.attr != "wait" or any(each.arg == "timeout" for each in called.keywords)
    return is_timed and not is_a_turn


def test_no_loop_that_a_request_begins_looks_again_and_again() -> None:
    found = sleepers()
    assert len(found) > 5, "the walk sees the loops"
    new = sorted(f"{path} {name}" for path, name in found - set(MAY_SLEEP))
    assert not new, advise(new, "wake it when it is so (PositionWaits), or write here why not")
    assert set(MAY_SLEEP) <= found, f"gone: {set(MAY_SLEEP) - found}"
