"""This checkout beside another one, round by round: engine, replay and feeds (`make against`).

Both checkouts run their own bench scripts in turn, old, new, old, new, …, so that whatever else the
machine does meets both. Told: the median of each, wall time (the scripts' own figures) and the
processor time of the whole script, and new over old as a speed (above 1: new is faster).

    python bench/_against.py ../old [--rounds 11] [--only engine,replay,feeds]
"""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

HERE = Path(__file__).resolve().parents[1]
FLOOR = 0.95


class Script(NamedTuple):
    """A script of bench/, its words, and how its figure is read: more is better, or less."""

    words: tuple[str, ...]
    figure: str
    is_speed: bool


SCRIPTS = {
    "engine": Script(
        ("bench/orders.py", "--orders", "20000", "--stock-seconds", "0.2"),
        r"^engine +([\d,]+) durable",
        is_speed=True,
    ),
    "replay": Script(
        ("bench/replay.py", "--orders", "15000"), r"^replay +([\d,]+) events/s", is_speed=True
    ),
    "feeds": Script(
        ("bench/feeds.py", "--rounds", "3", "--readers", "100", "--messages", "800"),
        r"hub, 16 a turn +([\d.]+) us",
        is_speed=False,
    ),
}


def run(checkout: Path, script: Script) -> tuple[float, float]:
    """(the script's figure as a speed, processor seconds of its process)."""
    python = checkout / ".venv/bin/python"
    child = subprocess.Popen(
        [python, *script.words], cwd=checkout, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert child.stdout is not None
    text = child.stdout.read().decode()
    _, status, used = os.wait4(child.pid, 0)
    found = re.search(script.figure, text, re.MULTILINE)
    if status or found is None:
        sys.exit(f"{checkout}: {' '.join(script.words)} went wrong:\n{text}")
    figure = float(found[1].replace(",", ""))
    return figure if script.is_speed else 1 / figure, used.ru_utime + used.ru_stime


def main() -> None:
    words = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    words.add_argument("old", type=Path, help="a checkout with its own .venv")
    words.add_argument("--rounds", type=int, default=11)
    words.add_argument("--only", default=",".join(SCRIPTS))
    given = words.parse_args()
    middle: Callable[[list[float]], float] = median
    is_slower = False
    for name in given.only.split(","):
        old: list[tuple[float, float]] = []
        new: list[tuple[float, float]] = []
        for _ in range(given.rounds):
            old.append(run(given.old.resolve(), SCRIPTS[name]))
            new.append(run(HERE, SCRIPTS[name]))
        wall = middle([n[0] for n in new]) / middle([o[0] for o in old])
        cpu = middle([o[1] for o in old]) / middle([n[1] for n in new])
        is_slower = is_slower or min(wall, cpu) < FLOOR
        print(
            f"{name:<8} new over old: {wall:.3f} by the script's figure, {cpu:.3f} by processor"
            f" time (medians of {given.rounds} rounds in turn; floor {FLOOR})",
            flush=True,
        )
    sys.exit(is_slower)


if __name__ == "__main__":
    main()
