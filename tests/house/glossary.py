"""docs/GLOSSARY.md, read: its words, the words that collide, and the names given in a file."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from tests.house.sources import ROOT
from tests.house.test_style import name_given

ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
COLLISION = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")
PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
COLLIDE = "## Words that collide"
EXCEPTED = "### Names that stay"


class Collision(NamedTuple):
    """A word with one meaning here, the rooms in which it stands, and what is another thing."""

    word: str
    rooms: tuple[str, ...]  # prefixes of paths
    others: tuple[tuple[str, ...], ...]  # names of other things that have the word in them

    def is_in(self, words: tuple[str, ...]) -> bool:
        """Whether a name's words hold this one by itself, outside those other things."""
        at = 0
        while at < len(words):
            other = next((o for o in self.others if words[at : at + len(o)] == o), ())
            if not other and words[at] == self.word:
                return True
            at += len(other) or 1
        return False


def section(heading: str) -> str:
    """The text under a heading, up to the next of its rank or above."""
    text = (ROOT / "docs" / "GLOSSARY.md").read_text("utf-8")
    _, found, rest = text.partition(f"\n{heading}\n")
    assert found, f"docs/GLOSSARY.md has no {heading!r}"
    rank = heading.partition(" ")[0]
    return re.split(rf"^#{{1,{len(rank)}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


@cache
def rows() -> tuple[tuple[str, str, str], ...]:
    """Each word, what it is, and what it is called in Chinese."""
    text = (ROOT / "docs" / "GLOSSARY.md").read_text("utf-8").partition(f"\n{COLLIDE}\n")[0]
    return tuple(row for row in ROW.findall(text) if row[0] not in {"word", "---"})


@cache
def collisions() -> dict[str, Collision]:
    """The table of words that collide, by word."""
    table = section(COLLIDE).partition(f"\n{EXCEPTED}\n")[0]
    found = [row for row in COLLISION.findall(table) if row[0] not in {"word", "---"}]
    return {
        word: Collision(
            word,
            tuple(CODE.findall(rooms)),
            tuple(other for name in CODE.findall(others) if word in (other := words_of(name))),
        )
        for word, _, rooms, others in found
    }


@cache
def exceptions() -> dict[str, tuple[str, ...]]:
    """Names that stay as they are, each with the rooms in which they do."""
    found: dict[str, tuple[str, ...]] = {}
    for names, rooms, _ in ROW.findall(section(EXCEPTED)):
        for name in CODE.findall(names):
            found[name] = found.get(name, ()) + tuple(CODE.findall(rooms))
    return found


def definitions(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every name that a file gives: classes, functions, arguments, names and attributes."""
    for node in ast.walk(tree):
        is_attribute = isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        name = node.attr if isinstance(node, ast.Attribute) and is_attribute else name_given(node)
        if name:
            yield getattr(node, "lineno", 0), name


@cache
def words_of(name: str) -> tuple[str, ...]:
    """`BookCopy`, `held_books`: the words of a name, small and in the singular."""
    return tuple(_singular(part.lower()) for part in PART.findall(name))


def _singular(word: str) -> str:
    is_plural = word.endswith("s") and not word.endswith(("ss", "us"))
    return word.removesuffix("s") if is_plural else word
