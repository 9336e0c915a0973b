"""Every sentence with which the house refuses, as its code has it: read from the files, not run."""

import ast
from collections.abc import Iterator

from gateway.problems import TROUBLES
from tests.house.sources import Source, sources

ROOMS = ("ledger/", "exchange/", "gateway/")
NO_REFUSALS = ("ledger/audit/", "ledger/journal/", "exchange/simulation/")
NAMES = {"text", "detail", "wrong", "PRESENT"}  # what a sentence is called before it is raised
SAYS = {"Refused", "ProblemRaised"}


def sentences() -> dict[str, list[str]]:
    """Each template of a refusal, and where it stands; English is its own template."""
    found: dict[str, list[str]] = {}
    for source in sources():
        if source.path.startswith(ROOMS) and not source.path.startswith(NO_REFUSALS):
            for line, template in _templates(source):
                found.setdefault(template, []).append(f"{source.path}:{line}")
    for trouble in TROUBLES.values():
        found.setdefault(trouble.detail, []).append(f"gateway/problems.py: {trouble.code}")
    return found


def unsaid() -> list[str]:
    """Where a refusal's values are put into its sentence by an f-string: no template is kept."""
    return [
        f"{source.path}:{node.lineno}"
        for source in sources()
        if source.path.startswith(ROOMS) and not source.path.startswith(NO_REFUSALS)
        for node in ast.walk(source.tree)
        if _called(node) in SAYS
        and isinstance(node, ast.Call)
        and any(isinstance(part, ast.JoinedStr) for part in node.args)
    ]


def told_twice() -> list[str]:
    """Where a value of a refusal's sentence is given once more as its context, maybe another."""
    found = []
    for source in sources():
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.Call) or _called(node) not in SAYS:
                continue
            given = {each.arg for each in node.keywords}
            for part in node.args:
                if isinstance(part, ast.Call) and _called(part) == "sentence_of":
                    twice = given & {each.arg for each in part.keywords}
                    found += [f"{source.path}:{node.lineno}: {name}" for name in twice]
    return found


def _templates(source: Source) -> Iterator[tuple[int, str]]:
    tables = {
        target.id: node.value
        for node in source.tree.body
        if isinstance(node, ast.AnnAssign | ast.Assign)
        for target in ([node.target] if isinstance(node, ast.AnnAssign) else node.targets)
        if isinstance(target, ast.Name) and isinstance(node.value, ast.Dict)
    }
    refuses = {
        id(node)
        for function in ast.walk(source.tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module)
        and any(_called(part) in {*SAYS, "_bad_field", "_no_route"} for part in ast.walk(function))
        for node in ast.walk(function)
    }
    for node in ast.walk(source.tree):
        if _called(node) == "sentence_of" and isinstance(node, ast.Call):
            first = node.args[0]
            if isinstance(first, ast.Subscript) and isinstance(first.value, ast.Name):
                table = tables[first.value.id]
                yield from ((node.lineno, text) for text in _texts(table))
            else:
                yield from ((node.lineno, text) for text in _texts(first))
        elif _called(node) in SAYS and isinstance(node, ast.Call) and len(node.args) > 1:
            if isinstance(node.args[1], ast.Constant):
                yield node.lineno, str(node.args[1].value)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and id(node) in refuses:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            value = node.value.value if isinstance(node.value, ast.Constant) else None
            if isinstance(target, ast.Name) and target.id in NAMES and isinstance(value, str):
                yield node.lineno, value


def _called(node: ast.AST) -> str:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def _texts(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and len(part.value) > 4:
            yield part.value
