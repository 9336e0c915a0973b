"""The tour is true: each file that it points at still holds the name that it claims."""

import ast
from pathlib import Path

import pytest

from tests.house.documents import stops
from tests.house.sources import ROOT

TOUR = ROOT / "docs" / "TOUR.md"
STOPS_LEAST = 10


def test_the_tour_has_ten_stops() -> None:
    assert TOUR.is_file(), "write docs/TOUR.md: one order followed in ten stops, by file and name"
    found = stops(TOUR)
    assert len(found) >= STOPS_LEAST, (
        f"docs/TOUR.md has {len(found)} stops: a stop is a link [`name`](../path/file.py)"
    )


def test_each_stop_stands_where_the_tour_says() -> None:
    wrong = []
    for stop in stops(TOUR) if TOUR.is_file() else []:
        if not stop.path.is_file():
            wrong.append(f"{stop.path} is not there")
        elif not holds(stop.path, stop.name):
            wrong.append(f"{stop.path} holds no {stop.name}")
    assert not wrong, "\n".join(["", *wrong, "=> mend docs/TOUR.md: it is read by newcomers"])


def holds(path: Path, name: str) -> bool:
    """Whether a file declares *name*; `Class.method` is looked for inside the class."""
    text = path.read_text("utf-8")
    if path.suffix != ".py":
        return name in text
    bodies = [ast.parse(text).body]
    for part in name.split("."):
        nodes = [node for body in bodies for node in body if part in declared(node)]
        if not nodes:
            return False
        bodies = [getattr(node, "body", []) for node in nodes]
    return True


def declared(node: ast.stmt) -> set[str]:
    """The names that one statement gives."""
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return {node.name}
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    return {target.id for target in targets if isinstance(target, ast.Name)}


@pytest.mark.parametrize(
    ("name", "is_held"),
    [("Book", True), ("Book.place", True), ("LIMIT", True), ("place", False), ("Book.gone", False)],
)
def test_a_name_is_looked_for_where_it_is_declared(
    tmp_path: Path, name: str, is_held: bool
) -> None:
    path = tmp_path / "book.py"
    path.write_text(
        "LIMIT: int = 3\nclass Book:\n    def place(self):\n        gone = 1\n", "utf-8"
    )

    assert holds(path, name) is is_held
