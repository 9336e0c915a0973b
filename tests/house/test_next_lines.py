"""A line that the command line tells people to type bears the flags of the one they typed."""

import ast
import re
from collections.abc import Iterator
from typing import Final

import click

from gateway.cli.command_line import LazyVerbs
from tests.house.sources import Source, sources

QUOTED: Final = re.compile(r"`gpubourse ([a-z][a-z -]*)")


def test_a_line_that_signs_is_made_in_one_place() -> None:
    told = [
        f"{source.path}:{line}"
        for source in sources()
        if source.path.startswith("gateway/cli/")
        for line, text in _texts(source)
        if "gpubourse " in text and "--me" in text
    ]
    assert told == [], "say it with VerbContext.line: it adds --me, --data and --venue as given"


def test_a_line_that_takes_a_key_is_made_in_the_same_place() -> None:
    """Else it would be refused as it is printed: it needs whose key signs it, and which folder."""
    told = [
        f"{source.path}:{line}: {found[1]}"
        for source in sources()
        if source.path.startswith("gateway/cli/")
        for line, text in _texts(source)
        for found in QUOTED.finditer(text)
        if _takes_a_key(found[1].split())
    ]
    assert told == [], "say it with VerbContext.line"


WHOSE: Final = re.compile(r"clerk|custodian|buyer|owns|another|cashier", re.IGNORECASE)


def test_a_next_line_is_for_whoever_typed_the_one_before() -> None:
    """`then=` of an act prints `Next: LINE`: one that another's key signs is told by `turn=`."""
    told = [
        f"{source.path}:{call.lineno}"
        for source in _command_line()
        for keyword in ast.walk(source.tree)
        if isinstance(keyword, ast.keyword) and keyword.arg == "then"
        for call in _signed_by_another(keyword.value)
    ]
    assert told == [], "say it with turn=, and whose turn it is"


def test_a_line_of_another_says_whose_it_is() -> None:
    told = [
        f"{source.path}:{call.lineno}"
        for source in _command_line()
        for function in ast.walk(source.tree)
        if isinstance(function, ast.FunctionDef) and function.name != "approve_line"
        for call in _signed_by_another(function)
        if not WHOSE.search(" ".join(_said_beside(function, call)))
    ]
    assert told == [], "say beside it whose line it is: a clerk's, the buyer's"


def test_the_lines_that_complete_a_proposal_say_that_they_are_anothers() -> None:
    told = [
        text
        for source in _command_line()
        if source.path.endswith("confirmed_act.py")
        for _, text in _texts(source)
        if re.search(r"completes? it", text)
    ]
    assert len(told) == 2
    assert all(WHOSE.search(text) for text in told)


def _command_line() -> Iterator[Source]:
    return (source for source in sources() if source.path.startswith("gateway/cli/"))


def _signed_by_another(tree: ast.AST) -> Iterator[ast.Call]:
    """The calls of `line` that name whose key signs, but for the one that hands a name on."""
    for call in ast.walk(tree):
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "line"
            and any(
                keyword.arg == "me"
                and not (isinstance(keyword.value, ast.Name) and keyword.value.id == "me")
                for keyword in call.keywords
            )
        ):
            yield call


def _said_beside(function: ast.FunctionDef, call: ast.Call) -> Iterator[str]:
    """The texts of the expression that a call stands in, its own words left out."""
    own = {id(node) for node in ast.walk(call)}
    for statement in ast.walk(function):
        if isinstance(statement, ast.BinOp | ast.JoinedStr) and id(call) in map(
            id, ast.walk(statement)
        ):
            yield from (
                str(node.value)
                for node in ast.walk(statement)
                if isinstance(node, ast.Constant) and id(node) not in own
            )


def _takes_a_key(words: list[str]) -> bool:
    """Whether the verb that these words begin with has --me, and no venue that answers anybody."""
    root = LazyVerbs(name="gpubourse")
    verb: click.Command | None = root
    for word in words:
        if isinstance(verb, click.Group):
            verb = verb.get_command(click.Context(verb), word)
    assert verb is not None, words
    return any(param.name == "me" for param in verb.params)


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
