"""A pytest plugin: coverage is told which test runs, and how long each took is noted down.

A world that several tests share (a fixture of a file or of the run) is made in the first of them,
and its lines count for every test of that file: their context is the file's path alone.
"""

import json
import os
import time
from collections.abc import Generator
from pathlib import Path

import coverage
import pytest


class Contexts:
    """Names the tests to coverage; keeps what passed, with its seconds, and what failed."""

    def __init__(self, measured: coverage.Coverage) -> None:
        self._measured = measured
        self._passed: dict[str, float] = {}
        self._failed: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        self._measured.switch_context(item.nodeid)
        began_s = time.monotonic()
        result = yield
        self._passed[item.nodeid] = round(time.monotonic() - began_s, 3)
        self._measured.switch_context("")
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: "pytest.FixtureDef[object]", request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        node = request._pyfuncitem
        is_shared = fixturedef.scope != "function"
        if is_shared:
            self._measured.switch_context(node.nodeid.partition("::")[0])
        result = yield
        if is_shared:
            self._measured.switch_context(node.nodeid)
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed or report.skipped:
            self._failed.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        passed = {test: s for test, s in self._passed.items() if test not in self._failed}
        kept = {"passed": passed, "failed": sorted(self._failed)}
        Path(os.environ["MUTANTS_TESTS"]).write_text(json.dumps(kept), "utf-8")


def pytest_configure(config: pytest.Config) -> None:
    """Only under coverage, which then stands around this run."""
    measured = coverage.Coverage.current()
    if measured is not None:
        config.pluginmanager.register(Contexts(measured), "gpubourse-contexts")
