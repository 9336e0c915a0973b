"""A copy of the tree to plant faults in, with folders of its own: the checkout is never touched."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

LEFT = (".git", ".venv", "build", "dist", ".mypy_cache", ".ruff_cache", ".hypothesis", "results")
FIRST_TESTS = 40  # most mutants die in these; the rest is collected for those that do not


class Verdict(NamedTuple):
    """What became of one mutant."""

    outcome: str  # "killed", "timed out" or "survived"
    by: str = ""  # the test that failed or hung; "" where the tests could not even be loaded


class Workplace:
    """One copy, and the runs of pytest in it, one after the other."""

    def __init__(self, root: Path) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="gpubourse-mutants-"))
        self.home.chmod(0o755)  # so that an embedded server's own user gets through
        self.tree = self.home / "tree"
        shutil.copytree(root, self.tree, ignore=shutil.ignore_patterns("__pycache__", *LEFT))
        shared = root.parent / "shared"
        if shared.is_dir():
            (self.home / "shared").symlink_to(shared)
        self._written = 0

    def close(self) -> None:
        """Remove the copy."""
        shutil.rmtree(self.home, ignore_errors=True)

    def try_mutant(self, path: str, text: str, tests: dict[str, float]) -> Verdict:
        """Run these tests on the mutated file, the first of them first; the file is put back."""
        file = self.tree / path
        whole = file.read_text("utf-8")
        self._write(file, text)
        try:
            names = list(tests)
            for part in (names[:FIRST_TESTS], names[FIRST_TESTS:]):
                verdict = self.run({name: tests[name] for name in part})
                if verdict.outcome != "survived":
                    return verdict
            return Verdict("survived")
        finally:
            self._write(file, whole)

    def run(self, tests: dict[str, float]) -> Verdict:
        """Run these tests, {name: seconds that each takes}, in this order, until one fails.

        A name is a test's id, or that of its function without what it is given, or its file.
        """
        if not tests:
            return Verdict("survived")
        chosen, verdict = self.home / "tests.json", self.home / "verdict"
        chosen.write_text(json.dumps(tests), "utf-8")
        verdict.unlink(missing_ok=True)
        files = dict.fromkeys(test.partition("::")[0] for test in tests)
        words = ["-x", "--hypothesis-seed=0", "-p", "setup.mutants.chosen", "-m", "", *files]
        done = self.python(
            ["-m", "pytest", *words],
            MUTANTS_TESTS=str(chosen),
            MUTANTS_VERDICT=str(verdict),
        )
        if verdict.exists():
            outcome, _, by = verdict.read_text("utf-8").rpartition(" tests/")
            return Verdict(outcome, f"tests/{by}")
        if done.returncode == 0:
            return Verdict("survived")
        if "rror" not in done.stdout:
            raise RuntimeError(f"pytest ended with {done.returncode}:\n{done.stdout}")
        return Verdict("killed")

    def python(self, words: list[str], **environment: str) -> "subprocess.CompletedProcess[str]":
        """One Python in the copy, its processes ended with it and its temporary files gone."""
        folder = self.home / "t"
        folder.mkdir(mode=0o755)
        ours = {"PYTHONPATH": str(self.tree), "TMPDIR": str(folder), **environment}
        others = {name: word for name, word in os.environ.items() if name[:7] != "PYTEST_"}
        process = subprocess.Popen(
            [sys.executable, *words],
            cwd=self.tree,
            env={**others, **ours},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            output, _ = process.communicate()
        finally:
            _end_group(process.pid)
            self._end_servers(folder)
            shutil.rmtree(folder, ignore_errors=True)
        return subprocess.CompletedProcess(words, process.returncode, output)

    def _write(self, file: Path, text: str) -> None:
        """Write it under a time that no compiled file bears: Python compares whole seconds."""
        file.write_text(text, "utf-8")
        self._written += 1
        os.utime(file, (self._written, self._written))

    @staticmethod
    def _end_servers(folder: Path) -> None:
        """End the servers of our own tests that outlived them: each by the number it left."""
        pointed = [Path(each.read_text("utf-8").strip()) for each in folder.rglob("postgres.place")]
        for place in [folder, *pointed]:
            for note in place.rglob("postmaster.pid"):
                number = note.read_text("utf-8").partition("\n")[0]
                if number.isdigit():
                    _send(int(number), signal.SIGQUIT)


def _end_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def _send(number: int, what: signal.Signals) -> None:
    try:
        os.kill(number, what)
    except ProcessLookupError:
        return
