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
