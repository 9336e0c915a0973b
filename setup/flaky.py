"""Runs the tests again and again in random order, each second round beside two busy loops.

    python setup/flaky.py [--rounds 4] [--seed 123] [pytest's own words]

Each round is at another hour of the day: every Python of it reads a clock that is so far ahead.
Prints a line a round, with its seed, by which the same order, hour and drawn examples come again:
`make flaky ROUNDS=1 SEED=123 ARGS=tests/gateway`. Ends with 1 if any round failed.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BUSY = "while True: pass"
LOOPS = 2
SHOWN = 60  # lines of a failed round
DAY_H = 24
ANOTHER_HOUR = Path(__file__).with_name("another_hour")


def main(rounds: int, given: str, words: list[str]) -> int:
    """Run the rounds, all with the seed that is given, or each with its own."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the busy loops end, too
    failed = 0
    for number in range(1, rounds + 1):
        seed = given or str(random.randrange(10**6))
        is_loaded = number % 2 == 0
        began_s = time.monotonic()
        with busy_loops(LOOPS if is_loaded else 0):
            done = run_tests(seed, words)
        took_s = time.monotonic() - began_s
        lines = done.stdout.strip().splitlines() or ["no output"]
        load = f" beside {LOOPS} busy loops" if is_loaded else ""
        if done.returncode:
            failed += 1
            print("\n".join(lines[-SHOWN:]))
        state = "FAILED" if done.returncode else "green"
        load += f", {hours_ahead(seed)} h ahead"
        outcome = f"{state} in {took_s:.0f} s: {closing(lines)}"
        print(f"round {number} of {rounds}{load}, seed {seed}: {outcome}", flush=True)
    print(f"{rounds - failed} of {rounds} rounds green")
    return 1 if failed or not rounds else 0


def hours_ahead(seed: str) -> int:
    """How far ahead of this machine's clock the round's is: less than a day, by its seed."""
    return random.Random(seed).randrange(DAY_H)


def run_tests(seed: str, words: list[str]) -> "subprocess.CompletedProcess[str]":
    """One run, its order, its hour and its drawn examples by this seed."""
    path = os.pathsep.join(filter(None, (str(ANOTHER_HOUR), os.environ.get("PYTHONPATH", ""))))
    hours = str(hours_ahead(seed))
    order = ["--random-order-bucket=global", f"--random-order-seed={seed}"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *order, f"--hypothesis-seed={seed}", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path, "TESTS_HOURS_AHEAD": hours},
    )


def closing(lines: list[str]) -> str:
    """pytest's own closing line, wherever the plugins put theirs."""
    found = [line for line in lines if " in " in line and ("passed" in line or "failed" in line)]
    return (found or lines)[-1].strip("= ")


@contextmanager
def busy_loops(count: int) -> Iterator[None]:
    """So many processes that take whatever a processor gives; ended by their own numbers."""
    loops = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description="The tests in random order, some rounds under load."
    )
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seed", default="")
    terms, words = parser.parse_known_args()
    sys.exit(main(terms.rounds, terms.seed, words))
