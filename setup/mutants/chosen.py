"""A pytest plugin: of what was collected it runs the chosen tests alone, in the order given.

A test that takes much longer than it did without a mutant is broken off, as by Ctrl-C, so that
fixtures still close; what ended the run is written down for `setup/mutants/workplace.py`.
"""

import json
import os
import resource
import signal
from collections.abc import Generator
from pathlib import Path
from types import FrameType

import pytest

HANGS_S = 30.0
SLOWER = 8  # times what it took when it was measured
GRACE_S = 15.0  # for the fixtures of a test that was broken off

MEMORY_BYTES = 6 << 30  # a list that grows without end fails before the machine does


class Chosen:
    """Keeps to the list, and breaks off what hangs."""

    def __init__(self, tests: dict[str, float], verdict: Path) -> None:
        self._tests = tests
        self._verdict = verdict
        self._running = ""
        self._is_broken_off = False
        signal.signal(signal.SIGALRM, self._break_off)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        order = {test: number for number, test in enumerate(self._tests)}
        names = {item: self._name(item.nodeid) for item in items}
        chosen = [item for item in items if names[item]]
        config.hook.pytest_deselected(items=[item for item in items if not names[item]])
        items[:] = sorted(chosen, key=lambda item: order[names[item]])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        self._running = item.nodeid
        usual_s = self._tests[self._name(item.nodeid)]
        signal.setitimer(signal.ITIMER_REAL, HANGS_S + SLOWER * usual_s, GRACE_S)
        result = yield
        signal.setitimer(signal.ITIMER_REAL, 0)
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self._is_broken_off:
            self._verdict.write_text(f"killed {report.nodeid}", "utf-8")

    def _name(self, test: str) -> str:
        """Under which name a test was chosen: its own, its function's, its file's; "" if not."""
        names = (test, test.partition("[")[0], test.partition("::")[0])
        return next((name for name in names if name in self._tests), "")

    def _break_off(self, _number: int, _frame: FrameType | None) -> None:
        self._verdict.write_text(f"timed out {self._running}", "utf-8")
        if self._is_broken_off:
            os._exit(1)
        self._is_broken_off = True
        raise KeyboardInterrupt


def pytest_configure(config: pytest.Config) -> None:
    """The list is a file, {test: seconds}; so is the verdict."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    tests = json.loads(Path(os.environ["MUTANTS_TESTS"]).read_text("utf-8"))
    chosen = Chosen(tests, Path(os.environ["MUTANTS_VERDICT"]))
    config.pluginmanager.register(chosen, "gpubourse-chosen")
