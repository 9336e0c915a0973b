"""Async generators that a program holds: a loop that ends must be able to close each alone."""

import ast

from tests.house.advice import advise
from tests.house.sources import CLIENT, sources

MAKERS = {"asynccontextmanager", "contextmanager"}


def test_no_generator_of_the_client_holds_another() -> None:
    """`asyncio.run` closes all open ones at once; one inside another is then closed twice."""
    generators, wrong = 0, []
    for source in sources(CLIENT):
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.AsyncFunctionDef):
                continue
            yields = [each for each in ast.walk(node) if isinstance(each, ast.Yield)]
            generators += bool(yields)
            named = {
                name.id
                for each in node.decorator_list
                for name in ast.walk(each)
                if isinstance(name, ast.Name)
            }
            if named & MAKERS:
                wrong.append(f"{source.path}:{node.lineno} {node.name}")

    assert generators > 4, "the walk sees the generators"
    assert not wrong, advise(wrong, "make it a class with __aenter__ and __aexit__")
