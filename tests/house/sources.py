"""The house's own source files, parsed once, for the tests that guard its shape."""

import ast
import gc
import os
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
BUILDINGS = ("ledger", "exchange", "gateway")
CLIENT = "gpubourse"  # the Python client: a package of its own, which imports no building
SHELL = (  # the only rooms that may do I/O (ARCHITECTURE 5, STYLE 1)
    "ledger/journal/",
    "ledger/definitions/",
    "ledger/embedded/",
    "ledger/logins/",
    "ledger/overflow/",
    "ledger/views/",
    "exchange/engine/clock.py",
    "exchange/engine/engine.py",
    "exchange/engine/repeated_answers.py",
    "exchange/views/",
    "gateway/",
    "gpubourse/",
)
PURE_IN_THE_SHELL = (
    *("gateway/access/session.py", "gateway/wire.py", "gateway/access/limits.py"),
    *("gateway/socket/inputs.py", "gateway/socket/outputs.py", "gateway/socket/states.py"),
    *("gateway/socket/protocol.py", "gateway/socket/messages.py"),
    *("gateway/socket/pending_commands.py", "gateway/socket/liveness.py"),
    "gateway/socket/admission.py",
    *("gpubourse/wire.py", "gpubourse/documents.py", "gpubourse/book_copy.py"),
    *("gpubourse/errors.py", "gpubourse/held_history.py"),
    *("gpubourse/records.py", "gpubourse/verbs.py"),
    "gpubourse/replies.py",
)
GENERATED = ("gpubourse/records.py", "gpubourse/verbs.py")  # setup/client_verbs.py makes them
IGNORED = {".git", ".venv", "node_modules", "vendor", "__pycache__", "build", "dist", "results"}


# Hundreds of thousands of nodes stay for the run: no later test's collector looks through them.
_put_by = gc.freeze  # as it is while tests are collected: tests/conftest.py


def python_path() -> str:
    """PYTHONPATH of a program elsewhere that imports this tree; what stood there stays behind."""
    return os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))


class Source(NamedTuple):
    """One file: where it stands, what it says, and what that means."""

    path: str  # from the root: "exchange/books/book.py"
    text: str
    tree: ast.Module

    @property
    def module(self) -> str:
        """Its dotted name: "exchange.books.book"; a package's is its folder's."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def is_generated(self) -> bool:
        """Whether a script made it: its length is nobody's to split."""
        return self.path in GENERATED

    @property
    def is_pure(self) -> bool:
        """Whether it belongs to a core: no I/O, no clock, no chance."""
        return self.path in PURE_IN_THE_SHELL or not self.path.startswith(SHELL)


class Import(NamedTuple):
    """One imported module, and the line that says so."""

    module: str
    line: int
    is_deferred: bool  # inside a function: not run when the file is imported


@cache
def sources(*folders: str) -> tuple[Source, ...]:
    """Every Python file under *folders*; unnamed: the three buildings and the client."""
    wanted = [ROOT / folder for folder in folders or (*BUILDINGS, CLIENT)]
    paths = sorted(path for folder in wanted for path in folder.rglob("*.py"))
    found = tuple(read(path) for path in paths if not IGNORED & set(path.relative_to(ROOT).parts))
    _put_by()
    return found


def read(path: Path) -> Source:
    """One file, parsed."""
    text = path.read_text("utf-8")
    return Source(path.relative_to(ROOT).as_posix(), text, ast.parse(text, str(path)))


def imports(source: Source) -> Iterator[Import]:
    """Everything a file imports, but for what only a type checker reads.

    `from a import b` counts as a.b where that is a file of ours, else as a.
    """
    yield from dict.fromkeys(_imports(source, source.tree, is_deferred=False))


def _imports(source: Source, node: ast.AST, *, is_deferred: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(alias.name, child.lineno, is_deferred)
        elif isinstance(child, ast.ImportFrom):
            base = _absolute(source, child)
            for alias in child.names:
                deeper = f"{base}.{alias.name}"
                is_ours = (ROOT / (deeper.replace(".", "/") + ".py")).is_file()
                is_ours = is_ours or (ROOT / deeper.replace(".", "/")).is_dir()
                yield Import(deeper if is_ours else base, child.lineno, is_deferred)
        elif not _is_for_types_only(child):
            is_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _imports(source, child, is_deferred=is_deferred or is_function)


def _absolute(source: Source, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = source.path.split("/")[: -node.level]
    return ".".join([*package, *([node.module] if node.module else [])])


def _is_for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in {
        "TYPE_CHECKING",
        "typing.TYPE_CHECKING",
    }


@cache
def committed() -> tuple[Path, ...]:
    """Every file that git keeps; without git, every file that it would not ignore by habit."""
    asked = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if asked.returncode == 0:
        names = asked.stdout.decode().split("\0")
        return tuple(ROOT / name for name in names if name and (ROOT / name).is_file())
    return tuple(
        path
        for path in sorted(ROOT.rglob("*"))
        if path.is_file() and not IGNORED & set(path.relative_to(ROOT).parts)
    )
