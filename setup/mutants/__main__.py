"""Plants a sample of faults, one by one, and reports which of them no test finds.

    python -m setup.mutants [--seed 1] [--count 300] [--minutes 120] [--workers 2] [room …]

Works in copies of the tree; what it has found lies in build/mutants, where a run that was broken
off goes on: coverage/ (which tests run a line), results.jsonl, report.txt. Rooms, such as
`exchange/orders`, are a short look: of the sample what lies in them, with their own tests and
those of their building's ground alone. Ends with 1 unless every mutant was
tried, 92 % of those not shown equivalent were found, and at most 8 % are claimed to be equivalent
(tests/mutants/equivalent.txt).
"""

import argparse
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Lock
from typing import TypeVar

from setup.mutants.coverage_map import CoverageMap, digest, folders, measure
from setup.mutants.mutant import Name, read_names
from setup.mutants.results import Result, Results, figures, is_good, report, text_digest
from setup.mutants.sample import Mutant, draw_once
from setup.mutants.workplace import Verdict, Workplace

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "mutants"
EQUIVALENT = ROOT / "tests" / "mutants" / "equivalent.txt"
TESTS_S = 60.0  # of covering tests, as long as they take without a mutant: the rest is left

_Item = TypeVar("_Item")


class Run:
    """One run: the map, then every mutant of the sample that is not known yet."""

    def __init__(self, terms: argparse.Namespace) -> None:
        self._end_s = time.monotonic() + terms.minutes * 60
        self._workers: int = terms.workers
        self._map = CoverageMap(WORK)
        self._lock = Lock()
        self._is_over = Event()
        suite = f"{digest((ROOT / 'tests').rglob('*.py'))} {' '.join(sorted(terms.rooms))}"
        self._results = Results(WORK / "results.jsonl", suite)
        self._found: dict[Name, Result] = {}
        self._sample: list[Mutant] = []
        self._is_tried = 0

    def take(self, terms: argparse.Namespace) -> int:
        """Measure, plant, report; what the shell is given."""
        print(f"drawing {terms.count} mutants by seed {terms.seed}", flush=True)
        drawn = draw_once(ROOT, terms.seed, terms.count, WORK / "sample.json")
        rooms = tuple(f"{room}/" for room in terms.rooms)
        self._sample = [each for each in drawn if not rooms or each.name.path.startswith(rooms)]
        stale = [
            each for each in folders(ROOT, terms.rooms) if not self._map.is_current(ROOT, each)
        ]
        self._share(stale, self._measure)
        for folder in folders(ROOT, terms.rooms):
            if self._map.file_of(folder).is_file():
                self._map.join(folder)
        self._share(self._unknown(), self._try)
        return self._close(terms)

    def _share(self, items: list[_Item], work: Callable[[Workplace, _Item], None]) -> None:
        """Give the items out to the workers, each with a copy of the tree."""
        waiting: SimpleQueue[_Item] = SimpleQueue()
        for item in items:
            waiting.put(item)

        def serve() -> None:
            workplace = Workplace(ROOT)
            try:
                while not self._is_over.is_set() and time.monotonic() < self._end_s:
                    work(workplace, waiting.get_nowait())
            except Empty:
                return
            finally:
                workplace.close()

        with ThreadPoolExecutor(self._workers) as pool:
            runs = [pool.submit(serve) for _ in range(min(self._workers, len(items)))]
            try:
                wait(runs, return_when=FIRST_EXCEPTION)
            finally:
                self._is_over.set()
        self._is_over.clear()
        for run in runs:
            run.result()

    def _measure(self, workplace: Workplace, folder: str) -> None:
        began_s = time.monotonic()
        measure(workplace, folder, self._map.file_of(folder))
        print(f"measured {folder} in {time.monotonic() - began_s:.0f} s", flush=True)

    def _unknown(self) -> list[Mutant]:
        """Those that must be tried; of the others it is noted what is known."""
        claimed = {name for name, _ in read_names(EQUIVALENT.read_text("utf-8"))}
        unknown = []
        for mutant in self._sample:
            known = self._results.known(mutant, self._whole(mutant))
            if mutant.name in claimed:
                self._found[mutant.name] = self._result(mutant, Verdict("equivalent"), {}, {}, 0)
            elif known is not None:
                self._found[mutant.name] = known
            else:
                unknown.append(mutant)
        if self._found:
            print(f"known already: {figures(self._found, len(self._sample))}", flush=True)
        return unknown

    def _try(self, workplace: Workplace, mutant: Mutant) -> None:
        began_s = time.monotonic()
        covering = self._map.tests(mutant.name.path, mutant.line, mutant.statement)
        chosen: dict[str, float] = {}
        for test, seconds in covering.items():
            if sum(chosen.values()) + seconds <= TESTS_S or not chosen:
                chosen[test] = seconds
        if covering:
            verdict = workplace.try_mutant(mutant.name.path, mutant.text, chosen)
        else:
            verdict = Verdict("not covered")
        result = self._result(mutant, verdict, covering, chosen, time.monotonic() - began_s)
        with self._lock:
            self._results.add(result)
            self._found[mutant.name] = result
            self._is_tried += 1
            self._print_progress(mutant, result)

    def _result(
        self,
        mutant: Mutant,
        verdict: Verdict,
        covering: dict[str, float],
        chosen: dict[str, float],
        seconds: float,
    ) -> Result:
        return Result(
            str(mutant.name),
            verdict.outcome,
            verdict.by,
            len(covering),
            len(covering) - len(chosen),
            round(seconds, 1),
            text_digest(self._whole(mutant)),
            self._results.suite,
        )

    def _print_progress(self, mutant: Mutant, result: Result) -> None:
        left = len(self._sample) - len(self._found)
        spent_s = sum(each.seconds for each in self._found.values()) or result.seconds
        minutes = left * spent_s / max(1, len(self._found)) / self._workers / 60
        place = f"{mutant.name.path}:{mutant.line} {mutant.name.operator}"
        print(
            f"{result.outcome} in {result.seconds} s: {place}\n"
            f"    {figures(self._found, len(self._sample))}; about {minutes:.0f} min left",
            flush=True,
        )

    def _close(self, terms: argparse.Namespace) -> int:
        dropped = sum(1 for each in self._found.values() if each.left)
        remarks = [
            f"seed {terms.seed}; rooms: {' '.join(terms.rooms) or 'all'}",
            f"{dropped} mutants had more tests than {TESTS_S:.0f} s hold; "
            f"{len(self._map.failed)} tests failed or were left out without any mutant",
        ]
        (WORK / "report.txt").write_text(report(self._sample, self._found, remarks), "utf-8")
        print(f"{figures(self._found, len(self._sample))}\nsee {WORK / 'report.txt'}")
        left = len(self._sample) - len(self._found)
        if left:
            print(f"{left} were not tried in the time: say it again, it goes on from here")
        return 0 if is_good(self._found, len(self._sample)) else 1

    @staticmethod
    def _whole(mutant: Mutant) -> str:
        return (ROOT / mutant.name.path).read_text("utf-8")


def main() -> int:
    """Read the words and run."""
    parser = argparse.ArgumentParser(prog="make mutants", description="Faults that tests must find")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--minutes", type=float, default=120.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("rooms", nargs="*")
    terms = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the copies go, too
    WORK.mkdir(parents=True, exist_ok=True)
    return Run(terms).take(terms)


if __name__ == "__main__":
    sys.exit(main())
