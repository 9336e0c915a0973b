"""Numbers in texts are the ten digits of ASCII: no pattern and no habit takes another script's."""

import ast
from collections.abc import Iterator

from tests.house.advice import advise
from tests.house.sources import Source, sources

ROOMS = ("ledger", "exchange", "gateway", "gpubourse")
FROM_OUTSIDE = ("gateway/access/", "gateway/routes/", "gateway/socket/", "gateway/feeds/")
DIGIT_METHODS = {"isdigit", "isdecimal", "isnumeric"}
KEPT = {  # what these read is bounded elsewhere
    "ledger/inventory/query_csv.py": "whether a cell is bare; it is read by a pattern",
}
# What `int` is given in the rooms that read from outside: no text, or one that Whole has read.
GIVEN_TO_INT = {
    "gateway/addresses.py": {"known"},  # an address of the library's
    "gateway/routes/audit_reads.py": {"POSITION.read(request.path('position'))"},
    "gateway/routes/request.py": {
        "self.query.get('limit', self.parts.limits.rows_by_default)",
    },
    "gateway/feeds/subscriptions.py": {"loop.time() * SECOND_NS"},
    "gateway/socket/protocol.py": {"received.error.context['retry_after_ms']"},  # our own refusal's
    "gateway/socket/connection.py": {"asyncio.get_running_loop().time() * SECOND_NS"},
    "gateway/socket/heartbeat.py": {"now * SECOND_NS"},
}


def patterns(source: Source) -> Iterator[tuple[int, str]]:
    r"""Each text with a `\d` in it outside of a negated class, and without re.ASCII beside it."""
    ascii_texts = {
        id(text)
        for call in ast.walk(source.tree)
        if isinstance(call, ast.Call) and "re.ASCII" in ast.unparse(call)
        for text in ast.walk(call)
    }
    for node in ast.walk(source.tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if not is_text or id(node) in ascii_texts:
            continue
        assert isinstance(node, ast.Constant)
        if "\\d" in str(node.value).replace(r"[^\W\d_]", ""):
            yield node.lineno, str(node.value)


def docstrings(source: Source) -> set[str]:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        ast.get_docstring(node, clean=False) or ""
        for node in ast.walk(source.tree)
        if isinstance(node, kinds)
    }


def calls(source: Source) -> Iterator[tuple[int, str]]:
    """Each `int` of what comes from outside, and each method that knows every script's digits."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Attribute) and node.func.attr in DIGIT_METHODS:
            if source.path not in KEPT:
                yield node.lineno, ast.unparse(node)
        elif isinstance(node.func, ast.Name) and node.func.id == "int" and node.args:
            given = ast.unparse(node.args[0])
            is_outside = source.path.startswith(FROM_OUTSIDE)
            if is_outside and given not in GIVEN_TO_INT.get(source.path, set()):
                yield node.lineno, ast.unparse(node)


def test_no_pattern_takes_another_scripts_digits() -> None:
    wrong = [
        f"{source.path}:{line} {text!r}"
        for source in sources(*ROOMS)
        for line, text in patterns(source)
        if text not in docstrings(source)
    ]
    assert not wrong, advise(wrong, r"write [0-9], or give re.ASCII: \d takes every script's")


def test_no_text_from_outside_is_made_a_number_but_in_one_place() -> None:
    wrong = [
        f"{source.path}:{line} {text}" for source in sources(*ROOMS) for line, text in calls(source)
    ]
    assert not wrong, advise(wrong, "whole_number of ledger/shapes.py reads numbers from texts")


def test_each_number_that_is_let_through_is_still_there() -> None:
    for path, given in GIVEN_TO_INT.items():
        (source,) = (each for each in sources(*ROOMS) if each.path == path)
        texts = {
            ast.unparse(node.args[0])
            for node in ast.walk(source.tree)
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "int" and node.args
        }
        assert given <= texts, (path, given - texts)
