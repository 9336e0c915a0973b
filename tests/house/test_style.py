"""What a machine can read of style: names, failures, openings, sizes (STYLE 2, 6, 8 and 10)."""

import ast
import re
import warnings
from collections.abc import Iterator

from tests.house.advice import advise
from tests.house.sources import Source, sources

LINE_MOST = 100
FILE_AIM = 400  # past it a file wants a split, or a reason
FUNCTION_AIM = 50
BROAD = {"Exception", "BaseException"}
NOT_USED = {"qty", "px", "amt", "ts"}  # the glossary has a word for each
NOT_A_NAME = re.compile(r"(Manager|Service|Utils?|Helpers?|Data|Info|Event)$|^Abstract")
A_NAME = {"Event"}  # the record that every event extends


def test_lines_fit() -> None:
    wrong = [
        f"{source.path}:{number} has {len(line)} characters"
        for source in everything()
        for number, line in enumerate(source.text.splitlines(), 1)
        if len(line) > LINE_MOST
    ]
    assert not wrong, advise(wrong, f"a line has at most {LINE_MOST} characters: break it")


def test_only_the_engine_catches_everything() -> None:
    wrong = [
        f"{source.path}:{line}"
        for source in sources()
        if source.path != "exchange/engine/engine.py"
        for line in broad_excepts(source)
    ]
    assert not wrong, advise(
        wrong, "name the errors that you expect; the rest ends the engine, which says so"
    )


def broad_excepts(source: Source) -> Iterator[int]:
    """The lines of `except:` and `except Exception` that do not end by raising it again."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler) and not is_raised_again(node):
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            if any(kind is None or ast.unparse(kind) in BROAD for kind in caught):
                yield node.lineno


def is_raised_again(handler: ast.ExceptHandler) -> bool:
    """Whether it only tidies up: its last word is a bare `raise`."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def test_a_file_opens_with_what_the_room_is_for() -> None:
    wrong = [
        source.path
        for source in everything()
        if source.text.strip() and not ast.get_docstring(source.tree)
    ]
    assert not wrong, advise(wrong, "open the file with one sentence: what this room is for")


def test_names_are_the_glossarys() -> None:
    wrong = [
        f"{source.path}:{line} {name}" for source in sources() for line, name in bad_names(source)
    ]
    assert not wrong, advise(
        wrong,
        "one word per thing, from docs/GLOSSARY.md: lots, price_ticks, amount_minor, at_ns; "
        "a class is named for the thing it is",
    )


def bad_names(source: Source) -> Iterator[tuple[int, str]]:
    """Names given in this file that the glossary does not use."""
    for node in ast.walk(source.tree):
        name = name_given(node)
        if isinstance(node, ast.ClassDef):
            is_bad = bool(NOT_A_NAME.search(name)) and name not in A_NAME
        else:
            is_bad = bool(NOT_USED & set(name.lower().split("_")))
        if is_bad:
            yield getattr(node, "lineno", 0), name


def name_given(node: ast.AST) -> str:
    """The name that this piece of source gives to something; empty if it gives none."""
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return node.name
    if isinstance(node, ast.arg):
        return node.arg
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return node.id
    return ""


def test_sizes_are_reported() -> None:
    """Aims, not fences: what is past them shows in the summary of warnings."""
    long_files = [
        f"{source.path} has {len(source.text.splitlines())} lines"
        for source in everything()
        if len(source.text.splitlines()) > FILE_AIM and not source.is_generated
    ]
    long_functions = [
        f"{source.path}:{node.lineno} {node.name} has {length(node)} lines"
        for source in sources()
        if not source.is_generated
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and length(node) > FUNCTION_AIM
    ]
    if long_files or long_functions:
        advice = "past the aims of STYLE 10: split, or say in the file why not"
        warnings.warn(advise(long_files + long_functions, advice), stacklevel=1)
    assert all(length(node) <= 2 * FUNCTION_AIM for _, node in functions()), advise(
        [f"{path}:{node.lineno} {node.name}" for path, node in functions() if length(node) > 100],
        "a function past 100 lines tells more than one story: give each a name",
    )


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every function of the house, with its file."""
    for source in sources():
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield source.path, node


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How many lines a function has."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def everything() -> tuple[Source, ...]:
    """The house, its tests, its bench and its set-up."""
    return sources() + sources("tests", "bench", "setup")


def test_broad_excepts_and_bad_names_are_found() -> None:
    text = (
        "class OrderManager: pass\n"
        "def f(qty, lots):\n"
        "    try: bid_px = qty\n"
        "    except (ValueError, Exception): pass\n"
        "    except: pass\n"
        "    except KeyError: pass\n"
        "    except BaseException: raise\n"
    )
    source = Source("exchange/example.py", text, ast.parse(text))

    assert list(broad_excepts(source)) == [4, 5]
    assert sorted(bad_names(source)) == [(1, "OrderManager"), (2, "qty"), (3, "bid_px")]
