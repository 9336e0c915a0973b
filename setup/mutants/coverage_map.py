"""Which tests run a line: measured once for each folder of tests, kept in the work folder.

A folder is measured anew when its own files, the tests' helpers or the measured code have
changed. Counted are tests that pass, and lines that run in the test's own process.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from coverage import CoverageData

from setup.mutants.workplace import Workplace

# Not tests/house, which compares sources and would fail for any change; nor what runs the venue in
# other processes (scenes, examples, browser, storm, command line) or makes long histories (demo).
FOLDERS = ("tests/ledger", "tests/exchange", "tests/gateway", "tests/gpubourse", "tests/simulation")
LEFT_OUT = ("tests/gateway/demo", "tests/gateway/cli")
CODE = ("ledger", "exchange", "gateway")


def folders(root: Path, rooms: Sequence[str] = ()) -> list[str]:
    """Every folder whose tests are measured; with *rooms*, those of their buildings' and own."""
    found = {
        path.parent.relative_to(root).as_posix()
        for folder in FOLDERS
        for path in (root / folder).rglob("test_*.py")
    }
    wanted = sorted(folder for folder in found if not folder.startswith(LEFT_OUT))
    if not rooms:
        return wanted
    inside = tuple(f"tests/{room}" for room in rooms)
    ground = {f"tests/{room.partition('/')[0]}" for room in rooms}
    return [folder for folder in wanted if folder.startswith(inside) or folder in ground]


def digest(paths: Iterable[Path]) -> str:
    """One digest of so many files."""
    whole = hashlib.sha256()
    for path in sorted(paths):
        whole.update(f"{path.name}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return whole.hexdigest()


def digest_of(root: Path, folder: str) -> str:
    """What a folder's measurement depends on."""
    code = [path for room in CODE for path in (root / room).rglob("*.py")]
    helpers = [path for path in (root / "tests").rglob("*.py") if path.name[:5] != "test_"]
    return digest([*code, *helpers, *(root / folder).glob("test_*.py")])


def measure(workplace: Workplace, folder: str, kept: Path) -> None:
    """Run a folder's tests under coverage, and keep what each of them ran."""
    data, tests = workplace.home / "coverage", workplace.home / "passed.json"
    files = sorted(
        path.relative_to(workplace.tree).as_posix()
        for path in (workplace.tree / folder).glob("test_*.py")
    )
    source = f"--source={','.join(CODE)}"
    begin = ["-m", "coverage", "run", f"--data-file={data}", source, "-m", "pytest"]
    words = ["--hypothesis-seed=0", "-p", "setup.mutants.contexts", *files]
    marked = digest_of(workplace.tree, folder)
    done = workplace.python(
        [*begin, *words], MUTANTS_TESTS=str(tests), COVERAGE_CORE="ctrace", COVERAGE_RCFILE=""
    )
    if not tests.exists():
        raise RuntimeError(f"{folder} could not be measured:\n{done.stdout}")
    found = json.loads(tests.read_text("utf-8"))
    lines = _lines(data, workplace.tree)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps({"digest": marked, **found, "lines": lines}), "utf-8")
    tests.unlink()
    data.unlink(missing_ok=True)


def _lines(data: Path, tree: Path) -> dict[str, dict[int, list[str]]]:
    read = CoverageData(str(data))
    read.read()
    found = {}
    for name in read.measured_files():
        contexts = read.contexts_by_lineno(name)
        kept = {line: sorted(filter(None, tests)) for line, tests in contexts.items()}
        found[Path(name).relative_to(tree).as_posix()] = {n: t for n, t in kept.items() if t}
    return found


class CoverageMap:
    """The measurements of all folders, read together."""

    def __init__(self, work: Path) -> None:
        self._work = work
        self._seconds: dict[str, float] = {}
        self._lines: dict[str, dict[str, set[str]]] = {}
        self.failed: list[str] = []

    def file_of(self, folder: str) -> Path:
        """Where a folder's measurement is kept."""
        return self._work / "coverage" / f"{folder.replace('/', '.')}.json"

    def is_current(self, root: Path, folder: str) -> bool:
        """Whether a folder need not be measured."""
        file = self.file_of(folder)
        return file.is_file() and _read(file)["digest"] == digest_of(root, folder)

    def join(self, folder: str) -> None:
        """Add a folder's measurement."""
        kept = _read(self.file_of(folder))
        self._seconds |= kept["passed"]
        self.failed += kept["failed"]
        for path, lines in kept["lines"].items():
            there = self._lines.setdefault(path, {})
            for line, tests in lines.items():
                there.setdefault(line, set()).update(tests)

    def tests(self, path: str, line: int, statement: int) -> dict[str, float]:
        """The tests that run this line, or else its statement, those of its own room first.

        A function's head runs when its file is loaded: those count that run its body. So may a line
        that no test is seen to run (what makes a table does): then all of its file's tests count.
        In the room and outside of it the fastest come first. {test: seconds that it takes}
        """
        lines = self._lines.get(path, {})
        at, other = (statement, line) if statement > line else (line, statement)
        named = lines.get(str(at)) or lines.get(str(other)) or set().union(*lines.values())
        room = f"tests/{path.rpartition('/')[0]}/"
        found = {test: self._seconds[test] for test in self._each_of(named)}
        return dict(sorted(found.items(), key=lambda row: (not row[0].startswith(room), row[1])))

    def _each_of(self, named: set[str]) -> Iterator[str]:
        """The passing tests of these contexts: a file's path alone stands for all its tests."""
        shared = tuple(f"{name}::" for name in named if "::" not in name)
        yield from (name for name in named if name in self._seconds)
        if shared:
            yield from (test for test in self._seconds if test.startswith(shared))


def _read(file: Path) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return kept
