"""CONTRIBUTING's recipes are true: each way to add something names files that are there."""

import re

import pytest

from tests.house.advice import advise
from tests.house.sources import ROOT

PAGE = ROOT / "CONTRIBUTING.md"
TITLE = "## How to add …"
PATH = re.compile(r"`([\w.-]+/[\w./-]*)`|\]\(([\w./-]+)\)")  # `ledger/events.py`, (docs/house.svg)
RECIPE = re.compile(r"^\*\*(.+?)\*\*", re.MULTILINE)
RECIPES = (
    "An event",
    "A command",
    "A right on a thing",
    "A time in force",
    "An order kind",
    "A kind of instrument",
    "A view",
    "A list by REST",
    "A feed",
    "A console page",
    "A verb of the command line",
)
FILES_LEAST = 40  # that the recipes name: fewer, and the page is no longer read


def section() -> str:
    """The recipes alone, up to the next heading."""
    _, found, after = PAGE.read_text("utf-8").partition(f"{TITLE}\n")
    assert found, f"CONTRIBUTING.md has no section {TITLE!r}"
    return after.partition("\n## ")[0]


def paths_in(text: str) -> list[str]:
    """Every file and folder that a text names, once each."""
    return list(dict.fromkeys(code or link for code, link in PATH.findall(text)))


def test_each_file_of_the_recipes_is_there() -> None:
    named = paths_in(section())

    assert len(named) >= FILES_LEAST
    wrong = [path for path in named if not (ROOT / path).exists()]
    assert not wrong, advise(wrong, "mend CONTRIBUTING.md: a newcomer begins with these files")


def test_each_thing_that_is_often_added_has_its_recipe() -> None:
    found = RECIPE.findall(section())

    assert found == [*RECIPES, "Then"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("`ledger/ops.py`, and `sql/` once more: `sql/`", ["ledger/ops.py", "sql/"]),
        ("the picture ![house](docs/house.svg)", ["docs/house.svg"]),
        ("`OPS`, `make catalogue`, `/openapi.json`", []),
    ],
)
def test_what_looks_like_a_path_is_one(text: str, named: list[str]) -> None:
    assert paths_in(text) == named
