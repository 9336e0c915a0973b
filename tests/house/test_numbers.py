"""Whole numbers only: a float in a price is a bug, and so is a true division on the way to one."""

import ast
from collections.abc import Iterator

from tests.house.advice import advise
from tests.house.sources import Source, sources

EXACT = {"fractions", "decimal"}  # a file that divides fractions may say so with a slash


def test_the_cores_know_no_floats() -> None:
    wrong = [
        f"{source.path}:{line} {what}"
        for source in sources("ledger", "exchange")
        if source.is_pure
        for line, what in floats(source)
    ]
    assert not wrong, advise(
        wrong,
        "count in the smallest unit (fen, ticks, ns, bp) and divide with //, multiplying first",
    )


def floats(source: Source) -> Iterator[tuple[int, str]]:
    """Each place where a file of a core writes, names or makes a float."""
    is_exact = any(
        isinstance(node, ast.ImportFrom) and node.module in EXACT for node in ast.walk(source.tree)
    )
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            yield node.lineno, f"writes the float {node.value!r}"
        elif isinstance(node, ast.Name) and node.id == "float":
            yield node.lineno, "names float"
        elif is_exact or not isinstance(node, ast.BinOp | ast.AugAssign):
            continue
        elif isinstance(node.op, ast.Div):
            yield node.lineno, f"divides to a float: {ast.unparse(node)}"


def test_a_float_is_found_in_each_of_its_forms() -> None:
    text = "a = 1.5\nb = float('2')\nc = a / b\nc /= 2\nd = 7 // 2\n"

    lines = [line for line, _ in floats(Source("exchange/example.py", text, ast.parse(text)))]

    assert sorted(lines) == [1, 2, 3, 4]


def test_fractions_may_be_divided() -> None:
    text = "from fractions import Fraction\na = Fraction(1) / 3\n"

    assert not list(floats(Source("ledger/example.py", text, ast.parse(text))))
