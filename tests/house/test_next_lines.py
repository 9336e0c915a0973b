"""A line that the command line tells people to type bears the flags of the one they typed."""

import ast
from collections.abc import Iterator

from tests.house.sources import Source, sources


def test_a_line_that_signs_is_made_in_one_place() -> None:
    told = [
        f"{source.path}:{line}"
        for source in sources()
        if source.path.startswith("gateway/cli/")
        for line, text in _texts(source)
        if "gpubourse " in text and "--me" in text
    ]
    assert told == [], "say it with VerbContext.line: it adds --me, --data and --venue as given"


def _texts(source: Source) -> Iterator[tuple[int, str]]:
    """Every text but docstrings, one that is put together as a whole."""
    docs = {
        id(node.body[0].value)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(source.tree):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value for part in node.values if isinstance(part, ast.Constant)]
            yield node.lineno, " ".join(map(str, parts))
        elif isinstance(node, ast.Constant) and id(node) not in docs:
            yield node.lineno, str(node.value)
