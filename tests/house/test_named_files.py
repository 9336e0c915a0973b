"""A file that a docstring, a comment or a page names is there: beside it, or from the root."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.house.advice import advise
from tests.house.design import page_files
from tests.house.sources import ROOT, Source, committed, sources

ROOMS = ("gpubourse", "ledger", "exchange", "gateway", "tests", "bench", "setup", "examples")
NAMED = re.compile(r"(?<![\w./-])((?:\w+/)*\w+\.py)\b")
FROM_THE_ROOT = re.compile(rf"(?<![\w./-])((?:{'|'.join(ROOMS)})/(?:\w+/)*\w+\.py)\b")
OF_EVERY_ROOM = "__init__.py"
WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def words(source: Source) -> Iterator[str]:
    """Each docstring and each comment of a file."""
    for node in ast.walk(source.tree):
        if isinstance(node, WITH_DOCSTRING):
            yield ast.get_docstring(node) or ""
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def missing(source: Source, there: set[str]) -> Iterator[str]:
    """The files that its words name, and that are neither beside it nor where they say."""
    folder = PurePosixPath(source.path).parent
    for text in words(source):
        for name in NAMED.findall(text):
            if not {name, str(folder / name)} & there and name != OF_EVERY_ROOM:
                yield name


def names() -> set[str]:
    return {path.relative_to(ROOT).as_posix() for path in committed()}


def test_a_file_that_code_names_is_there() -> None:
    there = names()
    wrong = [
        f"{source.path} names {name}"
        for source in sources(*ROOMS)
        for name in missing(source, there)
    ]
    assert not wrong, advise(wrong, "write its path of today")


def test_a_file_that_a_design_page_names_is_there() -> None:
    there = names()
    wrong = [
        f"docs/design/{path.name} names {name}"
        for path in page_files()
        for name in FROM_THE_ROOT.findall(path.read_text("utf-8"))
        if name not in there
    ]
    assert not wrong, advise(wrong, "write its path of today")


def test_a_file_that_is_gone_is_found() -> None:
    text = '"""As in `book.py` and gone.py."""\nBOOK = 1  # of ledger/op.py, not ledger/gone.py\n'
    source = Source("exchange/books/example.py", text, ast.parse(text))
    there = {"exchange/books/book.py", "ledger/op.py"}

    assert list(missing(source, there)) == ["gone.py", "ledger/gone.py"]
