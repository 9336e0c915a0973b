"""Makes gateway/contract/contract.json: what each op, read and feed answers, and may refuse for.

The structs of replies are the typed client's (setup/client.toml); the reasons of an op are read
from the code that decides it (setup/reachable_reasons.py). /openapi.json and /asyncapi.json are
built from it. `make catalogue` calls it: `python -m setup.contract`.
"""

import ast
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from exchange.ops import OPS
from gateway.contract.answers import UNTYPED_FEEDS
from ledger.op import NOBODY
from ledger.refusals import Reason
from setup.catalogue import write_made
from setup.catalogue_sql import Missing
from setup.client_tables import operations
from setup.client_verbs import KNOWN, ROOT
from setup.reachable_reasons import house

PLACE: Final = ROOT / "gateway/contract/contract.json"
BY_HAND: Final = (  # where structs of requests and replies are written
    "gateway/contract/answers.py",
    "gateway/contract/previews.py",
    "gateway/access/auth.py",
    "gateway/access/invitations.py",
    "gateway/routes/access.py",
)
TABLES: Final = (("ledger.ops", "OPS"), ("exchange.ops", "_MARKET_OPS"))


def main() -> int:
    """Write the table where it is not current."""
    return write_made("contract", files)


def files() -> dict[Path, str]:
    """The file that is made, with the text that it must hold. Raises Missing."""
    return {PLACE: json.dumps(contract(), indent=1, ensure_ascii=False) + "\n"}


def contract() -> dict[str, Any]:
    """The whole table. Raises Missing for what is not told."""
    return {
        "replies": {each.op: _reply(each.op, each.always_waits) for each in operations()},
        "reads": {path: record for path, (_, record) in KNOWN["reads"].items()},
        "feeds": {name: feed["body"] for name, feed in KNOWN["feeds"].items()} | UNTYPED_FEEDS,
        "meanings": {name: _meanings(each) for name, each in KNOWN["records"].items()}
        | written_meanings(),
        "reasons": _reasons(),
        "contexts": _contexts(),
    }


def _reply(op: str, always_waits: bool) -> dict[str, Any]:
    known = KNOWN["replies"][op]
    record = known.get("record", known.get("nothing", ""))
    return {
        "record": "" if always_waits and "nothing" not in known else record,
        "list": known.get("list", ""),
        "dry_run": known["dry_run"][1] if "dry_run" in known else "",
    }


def _contexts() -> dict[str, list[str]]:
    """Per code the members of its context: the values of its sentences, and those beside them."""
    trees = [
        ast.parse(path.read_text("utf-8"))
        for room in ("ledger", "exchange", "gateway")
        for path in sorted((ROOT / room).rglob("*.py"))
        if "cli" not in path.parts
    ]
    tellers = _tellers(trees)
    found: dict[str, set[str]] = {}
    for tree in trees:
        for code, names in contexts_in(tree, tellers):
            found.setdefault(code, set()).update(names)
    return {code: sorted(found[code]) for code in sorted(found) if found[code]}


Values = Mapping[str, Mapping[str, set[str]]]  # by function: code, or "" for any -> names of values


def _tellers(trees: Iterable[ast.AST]) -> Values:
    """What the functions that give back a sentence put into it, and what they hand on of others."""
    given: dict[str, dict[str, set[str]]] = {}
    handed_on: list[tuple[str, str, str]] = []
    for tree in trees:
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef):
                continue
            for code, value in _returned(function.body, ""):
                if isinstance(value, ast.Call) and _callee(value) == "sentence_of":
                    names = {word.arg for word in value.keywords if word.arg}
                    given.setdefault(function.name, {}).setdefault(code, set()).update(names)
                elif isinstance(value, ast.Call):
                    handed_on.append((function.name, code, _callee(value)))
    for name, code, other in handed_on:
        for names in given.get(other, {}).values():
            given.setdefault(name, {}).setdefault(code, set()).update(names)
    return given


def _returned(body: Sequence[ast.stmt], code: str) -> Iterator[tuple[str, ast.expr | None]]:
    """What a function gives back, and for which code: that of the `Reason` it asks for before."""
    for each in body:
        if isinstance(each, ast.Assert):
            code = _reason_in(each.test) or code
        elif isinstance(each, ast.If):
            yield from _returned(each.body, _reason_in(each.test) or code)
            yield from _returned(each.orelse, code)
        elif isinstance(each, ast.For | ast.While | ast.With):
            yield from _returned(each.body, code)
        elif isinstance(each, ast.Return):
            yield code, each.value


def _reason_in(test: ast.expr) -> str:
    found = [
        part.attr
        for part in ast.walk(test)
        if isinstance(part, ast.Attribute)
        and isinstance(part.value, ast.Name)
        and part.value.id == "Reason"
    ]
    return found[0] if found else ""


def contexts_in(
    tree: ast.AST, tellers: Values = MappingProxyType({})
) -> Iterator[tuple[str, set[str]]]:
    """Each code that a file refuses with, and the names of the values that it gives.

    *tellers*: what a sentence bears that another function makes.
    """
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
        sentences = [node for node in calls if _callee(node) == "sentence_of"]
        for node in calls:
            if _callee(node) not in {"Refused", "ProblemRaised"} or not node.args:
                continue
            own = [each for each in sentences if any(each is part for part in node.args)]
            is_made_before = len(node.args) > 1 and not own
            names = {
                word.arg
                for each in [node, *(own or (sentences if is_made_before else []))]
                for word in each.keywords
                if word.arg not in {None, "field", "retry_after_ms"}
            }
            for call in _made_by(node, function):
                for code, more in tellers.get(_callee(call), {}).items():
                    if code:
                        yield code, more
                    else:
                        names |= more
            yield from ((code, names) for code in _codes(node.args[0], function))


def _made_by(refused: ast.Call, function: ast.AST) -> Iterator[ast.Call]:
    """The calls that may make a refusal's sentence: said in it, or named before."""
    text = refused.args[1] if len(refused.args) > 1 else None
    if isinstance(text, ast.Call):
        yield text
    elif isinstance(text, ast.Name):
        for node in ast.walk(function):
            targets = node.targets if isinstance(node, ast.Assign) else []
            if isinstance(node, ast.NamedExpr):
                targets = [node.target]
            if any(isinstance(each, ast.Name) and each.id == text.id for each in targets):
                assert isinstance(node, ast.Assign | ast.NamedExpr)
                yield from (part for part in ast.walk(node.value) if isinstance(part, ast.Call))


def _codes(node: ast.AST, function: ast.AST) -> set[str]:
    """The codes that a call's first argument may be."""
    if isinstance(node, ast.Constant):
        return {str(node.value)}
    named = {
        part.attr
        for part in ast.walk(node if isinstance(node, ast.Attribute | ast.IfExp) else function)
        if isinstance(part, ast.Attribute)
        and isinstance(part.value, ast.Name)
        and part.value.id == "Reason"
    }
    return named or house().of_readers


def _callee(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _meanings(record: dict[str, str]) -> dict[str, str]:
    """Each member of a record in words, those of what it rests on first."""
    base = record.get("_base", "")
    return (_meanings(KNOWN["records"][base]) if base else {}) | {
        name: text.partition(": ")[2] for name, text in record.items() if not name.startswith("_")
    }


def written_meanings() -> dict[str, dict[str, str]]:
    """Each member of a struct that is written by hand: the docstring below it."""
    found: dict[str, dict[str, str]] = {}
    for place in BY_HAND:
        for node in ast.parse((ROOT / place).read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef):
                bases = [
                    found.get(base.id, {}) for base in node.bases if isinstance(base, ast.Name)
                ]
                own = dict(_documented(node))
                if own:
                    found[node.name] = {k: v for each in [*bases, own] for k, v in each.items()}
    return found


def _documented(struct: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for member, below in zip(struct.body, struct.body[1:], strict=False):
        if (
            isinstance(member, ast.AnnAssign)
            and isinstance(member.target, ast.Name)
            and isinstance(below, ast.Expr)
            and isinstance(below.value, ast.Constant)
        ):
            yield member.target.id, " ".join(str(below.value.value).split())


def _reasons() -> dict[str, list[str]]:
    """Per op what its decider can refuse for, in the order of looking."""
    ours = house()
    found: dict[str, set[str]] = {}
    for module, name in TABLES:
        table = ours.named[module, name]
        for node in ast.walk(table):
            if isinstance(node, ast.Dict):
                for key, row in zip(node.keys, node.values, strict=True):
                    op = _named(module, key)
                    if op in OPS:
                        ours.named[module, f"row {op}"] = row
                        found[op] = ours.reasons((module, f"row {op}"))
    if found.keys() != OPS.keys():
        raise Missing(f"no row was found of {OPS.keys() - found.keys()}")
    proposed = set().union(*(found[op] for op in OPS if OPS[op].second is not NOBODY))
    found["proposal.approve"] |= proposed  # the last approval judges the proposed command
    return {op: [each.name for each in Reason if each.name in found[op]] for op in sorted(found)}


def _named(module: str, key: ast.expr | None) -> str:
    """The op that a table's key says, as a text or by a name of its file."""
    if isinstance(key, ast.Name):
        return str(getattr(import_module(module), key.id))
    return str(key.value) if isinstance(key, ast.Constant) else ""


if __name__ == "__main__":
    sys.exit(main())
