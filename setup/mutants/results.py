"""What is known of each mutant of the sample, kept line by line, and the report made of it.

A result is taken again as long as the mutant's file is the same; one that survived is tried again
once the tests have changed. So a run may be broken off, and goes on where it was.
"""

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from setup.mutants.mutant import Name
from setup.mutants.sample import Mutant

LEAST_KILLED = 0.92  # of those that are not shown equivalent
MOST_EQUIVALENT = 0.08  # of the sample
DEAD = ("killed", "timed out")
LIVING = ("survived", "not covered")


class Result(NamedTuple):
    """What became of one mutant, and with which tests."""

    name: str
    outcome: str  # "killed", "timed out", "survived", "not covered" or "equivalent"
    by: str  # the test that found it
    tests: int  # how many cover its line
    left: int  # how many of them there was no time for
    seconds: float
    file: str  # digest of the mutated file as it is in the tree
    suite: str  # digest of the tests


class Results:
    """The file of results, and those of it that speak of this sample."""

    def __init__(self, file: Path, suite: str) -> None:
        self._file = file
        self.suite = suite
        self._known: dict[str, Result] = {}
        if file.is_file():
            for line in file.read_text("utf-8").splitlines():
                result = Result(**json.loads(line))
                self._known[result.name] = result

    def known(self, mutant: Mutant, whole: str) -> Result | None:
        """What is known of this mutant and still holds."""
        found = self._known.get(str(mutant.name))
        if found is None or found.file != text_digest(whole):
            return None
        is_same = found.suite == self.suite
        return found if found.outcome in DEAD or (is_same and found.outcome in LIVING) else None

    def add(self, result: Result) -> None:
        """Keep it, at once."""
        self._known[result.name] = result
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(result._asdict()) + "\n")


def text_digest(text: str) -> str:
    """The digest of a file's text."""
    return hashlib.sha256(text.encode()).hexdigest()


def figures(results: dict[Name, Result], whole: int) -> str:
    """The figures in one line."""
    counts = Counter(result.outcome for result in results.values())
    dead = sum(counts[outcome] for outcome in DEAD)
    judged = dead + sum(counts[outcome] for outcome in LIVING)
    share = f"{dead * 100 / judged:.1f} %" if judged else "none"
    words = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
    return f"{len(results)} of {whole} mutants: {words or 'nothing yet'}; found: {share}"


def is_good(results: dict[Name, Result], whole: int) -> bool:
    """Whether all were tried, enough were found, and few enough are claimed to be equivalent."""
    counts = Counter(result.outcome for result in results.values())
    dead = sum(counts[outcome] for outcome in DEAD)
    equivalent = counts["equivalent"]
    return (
        len(results) == whole
        and dead >= LEAST_KILLED * (whole - equivalent)
        and equivalent <= MOST_EQUIVALENT * whole
    )


def report(sample: list[Mutant], results: dict[Name, Result], remarks: list[str]) -> str:
    """The report: figures, each room's row, then every mutant that lives, ready to read."""
    rows: dict[str, Counter[str]] = {}
    for name, result in results.items():
        rows.setdefault(name.path.rpartition("/")[0], Counter())[result.outcome] += 1
    lines = [figures(results, len(sample)), *remarks, ""]
    for room, counts in rows.items():
        words = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
        lines.append(f"{room}: {words}")
    for mutant in sample:
        its = results.get(mutant.name)
        if its is not None and its.outcome in LIVING:
            ran = f"{its.tests - its.left} of {its.tests} tests that cover it pass"
            lines += ["", f"line {mutant.line}, {its.outcome}: {ran}", str(mutant.name)]
    return "\n".join(lines) + "\n"
