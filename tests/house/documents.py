"""What the documents say, taken apart: code blocks, and links that name a thing in a file."""

import re
from pathlib import Path
from typing import NamedTuple

from tests.house.sources import ROOT

BLOCK = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```\s*$", re.MULTILINE | re.DOTALL)
STOP = re.compile(r"\[`([\w.]+)`\]\(([^)#\s]+)\)")


class Block(NamedTuple):
    """One fenced block of a document."""

    path: str  # from the root: "docs/TOUR.md"
    line: int  # of its first line
    language: str
    text: str

    @property
    def place(self) -> str:
        """Where it stands, as an editor jumps to it."""
        return f"{self.path}:{self.line}"


class Stop(NamedTuple):
    """A link whose words are a name and whose target is the file that holds it."""

    name: str
    path: Path


def documents() -> list[Path]:
    """Every page of the repository: those at the top, of the examples, and under docs/."""
    top = sorted(path for folder in (ROOT, ROOT / "examples") for path in folder.glob("*.md"))
    return top + sorted((ROOT / "docs").rglob("*.md"))


def blocks(*languages: str) -> list[Block]:
    """Every fenced block of the documents; of these languages only, if any are named."""
    found = []
    for path in documents():
        text = path.read_text("utf-8")
        for match in BLOCK.finditer(text):
            line = text.count("\n", 0, match.start(2)) + 1
            where = path.relative_to(ROOT).as_posix()
            found.append(Block(where, line, match[1], match[2]))
    return [block for block in found if not languages or block.language in languages]


def stops(document: Path) -> list[Stop]:
    """Each link of the form [`name`](../path/file.py) in a document, in reading order."""
    text = document.read_text("utf-8")
    return [Stop(name, (document.parent / path).resolve()) for name, path in STOP.findall(text)]
