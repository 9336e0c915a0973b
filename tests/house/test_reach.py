"""Every law that is checked on drawn examples says what it met, and draws the same each time."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.advice import advise
from tests.house.sources import ROOT
from tests.reach import Reach

DRAWN = ("given", "run_state_machine_as_test")


def laws() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Each test function that hypothesis draws for, with its place."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and is_drawn(node):
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node


def is_drawn(function: ast.FunctionDef) -> bool:
    called = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    return any(isinstance(name, ast.Name) and name.id in DRAWN for name in called)


def test_each_law_demands_what_it_met() -> None:
    wrong = [place for place, law in laws() if not is_demanded(law)]

    assert list(laws())
    assert not wrong, advise(wrong, "wrap the law in `@REACH.demanded` (tests/reach.py), outermost")


def is_demanded(law: ast.FunctionDef) -> bool:
    """Whether its outermost decorator is a reach's."""
    first = law.decorator_list[0] if law.decorator_list else None
    return isinstance(first, ast.Attribute) and first.attr == "demanded"


def test_each_law_draws_the_same_each_time() -> None:
    wrong = [place for place, law in laws() if "derandomize=True" not in ast.unparse(law)]
    assert not wrong, advise(wrong, "add `derandomize=True` to its settings, or its counts wander")


def test_a_law_that_met_too_little_fails_and_says_what() -> None:
    reach = Reach(ties=2, trades=1)

    @reach.demanded
    def law() -> None:
        reach.met("ties")
        reach.saw(["trades", "dawns", "trades"])

    with pytest.raises(AssertionError, match=r"ties: met 1 times of at least 2$"):
        law()


def test_each_run_is_counted_from_nothing() -> None:
    reach = Reach(ties=2)

    @reach.demanded
    def law(times: int) -> None:
        reach.met("ties", times)

    law(2)
    with pytest.raises(AssertionError):
        law(1)


def test_an_event_that_nobody_named_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        Reach(ties=1).met("tied")
