"""Says last which tests did not run and why; under CI=true that is a failure.

A pytest plugin, named in pyproject.toml. A test that cannot run here skips with a reason that
says what is missing and how to get it ("no Chromium: apt install chromium"). Somebody's laptop
passes all the same; continuous integration, which can install what it likes, does not. Where
several workers share the tests, the one that gave them out counts for all.

The one exception is a test that has no meaning on this machine, however well equipped (stepping
down from root, when one is not root): its reason begins with "not here: ".
"""

import os
from collections import Counter
from collections.abc import Generator

import pytest

NO_MEANING_HERE = "not here: "
PLUGIN = "gpubourse-not-run"


class NotRun:
    """Counts what was skipped, by reason and folder."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()  # (reason, folder) -> tests

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test was skipped, by its mark or from its inside."""
        if report.skipped and not hasattr(report, "wasxfail"):
            self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A whole file was skipped, by `pytest.skip(…, allow_module_level=True)`."""
        if report.skipped:
            self._note(report)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, None, None]:
        """Fail under CI before pytest closes; speak after its closing line, so as to be last."""
        wanted = [reason for reason, _ in self.counts if not reason.startswith(NO_MEANING_HERE)]
        is_failed = bool(wanted) and is_ci() and session.exitstatus == pytest.ExitCode.OK
        if is_failed:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        yield
        terminal = session.config.pluginmanager.get_plugin("terminalreporter")
        if self.counts and terminal is not None:
            terminal.write_line(self.sentence(is_failed))

    def sentence(self, is_failed: bool) -> str:
        """One line: how many tests of which folder did not run, and why."""
        parts = [
            f"{count} in {folder} ({reason})"
            for (reason, folder), count in sorted(self.counts.items())
        ]
        ending = "; with CI=true that is a failure" if is_failed else ""
        return f"did not run: {'; '.join(parts)}{ending}"

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        told = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        folder = report.nodeid.split("::")[0].rpartition("/")[0] or "."
        self.counts[told.removeprefix("Skipped: "), folder] += 1


def is_worker(config: pytest.Config) -> bool:
    """Whether this process runs a share of the tests for another, which hears of each report."""
    return hasattr(config, "workerinput")


def is_ci() -> bool:
    """Whether this run is continuous integration, which may skip nothing."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def pytest_configure(config: pytest.Config) -> None:
    """One counter for each session, so that a session inside a test keeps its own."""
    if not is_worker(config):
        config.pluginmanager.register(NotRun(), PLUGIN)
