"""The mutants of one file: what mutmut's operators make of it, each under a name that stays.

A mutant is known by its file, function, operator and by its changed lines as they were and as
they become: lines above it may come and go. mutmut says what can be changed; what it leaves out
here is prose: the words of a message (a string with a blank in it) or of the log are no behaviour.
"""

import ast
import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import libcst as cst
import libcst.matchers as m
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.file_mutation import Mutation, MutationVisitor
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

Maker = Callable[[Any], Iterable[cst.CSTNode]]
REACH = 40  # lines: no statement that can be changed is longer
Placed = ast.FunctionDef | ast.AsyncFunctionDef


class Name(NamedTuple):
    """What a mutant is known by, in whatever line it stands."""

    path: str
    function: str  # "open_lease", "Engine.append"; the outermost, where one stands in another
    operator: str  # mutmut's, without its "operator_"
    number: int  # 1, or more where the same change is possible on several equal lines
    before: tuple[str, ...]
    after: tuple[str, ...]

    def __str__(self) -> str:
        """As it stands in a list: a line of its place, then the change."""
        nth = f" #{self.number}" if self.number > 1 else ""
        lines = [f"{self.path} :: {self.function} :: {self.operator}{nth}"]
        lines += [f"- {line}" for line in self.before] + [f"+ {line}" for line in self.after]
        return "\n".join(lines)


class Candidate(NamedTuple):
    """A change that an operator can make; the changed text is made when it is wanted."""

    operator: str
    function: str
    line: int  # where the changed node begins
    statement: int  # where its statement begins
    mutation: Mutation


class MutableFile:
    """A source file, and all that can be changed in its functions."""

    def __init__(self, root: Path, path: str) -> None:
        self.path = path
        self.text = (root / path).read_text("utf-8")
        self._lines = self.text.splitlines()
        self._meaning = ast.dump(ast.parse(self.text))

    @cached_property
    def candidates(self) -> list[Candidate]:
        """Every change, in the order of the lines."""
        wrapper = MetadataWrapper(cst.parse_module(self.text), unsafe_skip_copy=True)
        operators: dict[int, str] = {}
        visitor = _Visitor(
            [(kind, _noted(make, operators)) for kind, make in mutation_operators],
            IgnoredCode(set(), set(), set()),
        )
        wrapper.visit(visitor)
        self._module = wrapper.module
        places = wrapper.resolve(PositionProvider)
        functions, statements = _places(ast.parse(self.text))
        found = []
        for mutation in visitor.mutations:
            place = places.get(mutation.original_node)
            operator = operators[id(mutation.mutated_node)]
            if place is None or mutation.contained_by_top_level_function is None:
                continue
            line = place.start.line
            if line in functions and not _is_prose(operator, mutation):
                found.append(
                    Candidate(operator, functions[line], line, statements.get(line, line), mutation)
                )
        return sorted(found, key=lambda each: each.line)

    def mutated(self, candidate: Candidate) -> str:
        """The whole file with this change; "" if the change is none, or is no Python."""
        mutation = candidate.mutation
        changed = self._module.deep_replace(mutation.original_node, mutation.mutated_node)
        text = cst.ensure_type(changed, cst.Module).code
        try:
            is_other = ast.dump(ast.parse(text)) != self._meaning
        except SyntaxError:
            return ""
        return text if is_other else ""

    def name(self, candidate: Candidate, mutated: str) -> Name:
        """The name of a change whose text has been made."""
        before, after = _change(self._lines, mutated.splitlines())
        earlier = [
            each
            for each in self._alike(candidate)
            if _change(self._lines, self.mutated(each).splitlines()) == (before, after)
        ]
        operator, function = candidate.operator, candidate.function
        return Name(self.path, function, operator, len(earlier) + 1, before, after)

    def find(self, name: Name) -> tuple[Candidate, str] | None:
        """The change of this name and its text, if this file still has it."""
        for candidate in self.candidates:
            if (candidate.operator, candidate.function) != (name.operator, name.function):
                continue
            if not self._may_begin(candidate, name.before):
                continue
            text = self.mutated(candidate)
            if text and self.name(candidate, text) == name:
                return candidate, text
        return None

    def line_names(self) -> Iterator[tuple[str, list[Candidate]]]:
        """Each line that can be changed, under a name that stays, and its changes."""
        lines: dict[int, list[Candidate]] = {}
        for candidate in self.candidates:
            lines.setdefault(candidate.line, []).append(candidate)
        counts: Counter[str] = Counter()
        for line, there in lines.items():
            words = f"{self.path}|{there[0].function}|{self._lines[line - 1].strip()}"
            counts[words] += 1
            yield f"{words}|{counts[words]}", there

    def _alike(self, candidate: Candidate) -> Iterator[Candidate]:
        """The earlier changes by the same operator of a line with the same words."""
        words = self._lines[candidate.line - 1]
        for each in self.candidates:
            if each.line >= candidate.line:
                return
            is_same = (each.operator, each.function) == (candidate.operator, candidate.function)
            if is_same and self._lines[each.line - 1] == words:
                yield each

    def _may_begin(self, candidate: Candidate, before: tuple[str, ...]) -> bool:
        """Whether a change at this place can change these lines: a cheap look before the dear."""
        first = min(candidate.statement, candidate.line) - 1  # a head stands before its statement
        last = candidate.line + REACH
        there = {line.strip() for line in self._lines[first:last]}
        return there.issuperset(before)


class _Visitor(MutationVisitor):
    """mutmut's own choice, and decorated functions, too: nothing is wrapped here."""

    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.FunctionDef) and node.decorators:
            return False
        return super()._skip_node_and_children(node)


def read_names(text: str) -> Iterator[tuple[Name, dict[str, str]]]:
    """The names in a list such as tests/mutants/equivalent.txt, with the words under each.

    A block is a name as `str(Name)` writes it, then lines `word: text`; blank lines stand between
    blocks, and a line that begins with # is a remark.
    """
    kept = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for block in kept.split("\n\n"):
        lines = block.strip("\n").splitlines()
        if not lines:
            continue
        path, function, rest = lines[0].split(" :: ")
        operator, _, number = rest.partition(" #")
        words = dict(line.split(": ", 1) for line in lines[1:] if line[:2] not in {"- ", "+ "})
        before = tuple(line[2:] for line in lines[1:] if line.startswith("- "))
        after = tuple(line[2:] for line in lines[1:] if line.startswith("+ "))
        yield Name(path, function, operator, int(number or 1), before, after), words


def _noted(make: Maker, operators: dict[int, str]) -> Maker:
    """The operator, which notes down of each node that it made it."""
    name = make.__name__.removeprefix("operator_")

    def noted(node: Any) -> Iterator[cst.CSTNode]:
        for made in make(node):
            operators[id(made)] = name
            yield made

    return noted


def _is_prose(operator: str, mutation: Mutation) -> bool:
    """Whether all that changes is the words of a message."""
    node = mutation.original_node
    if operator == "string":
        return _has_blanks(node)
    if operator == "arg_removal":
        call = cst.ensure_type(node, cst.Call)
        if m.matches(call.func, m.Attribute(value=m.Name("_log"))):
            return True
        kept = {id(arg) for arg in cst.ensure_type(mutation.mutated_node, cst.Call).args}
        return all(_has_blanks(arg.value) for arg in call.args if id(arg) not in kept)
    return False


def _has_blanks(node: cst.CSTNode) -> bool:
    match node:
        case cst.SimpleString() | cst.FormattedStringText():
            return " " in node.value.strip()
        case cst.FormattedString():
            return any(_has_blanks(part) for part in node.parts)
        case cst.ConcatenatedString():
            return _has_blanks(node.left) or _has_blanks(node.right)
    return False


def _places(tree: ast.Module) -> tuple[dict[int, str], dict[int, int]]:
    """The outermost function of each line, and the first line of each line's statement.

    The head of a function runs once, when the file is imported: its lines count as the first
    statement's of its body.
    """
    functions: dict[int, str] = {}
    statements: dict[int, int] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt):
            continue
        body = getattr(node, "body", None) or getattr(node, "cases", None)
        first = body[0] if body else None
        inner = getattr(first, "lineno", None) or (first.pattern.lineno if first else None)
        last = node.end_lineno or node.lineno
        last = max(node.lineno, inner - 1) if inner else last
        start = inner if isinstance(node, Placed) and inner else node.lineno
        statements.update(dict.fromkeys(range(node.lineno, last + 1), start))
    for name, node in _functions(tree):
        first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
        span = range(first, (node.end_lineno or node.lineno) + 1)
        functions.update(dict.fromkeys(span, name))
    return functions, statements


def _functions(tree: ast.Module) -> Iterator[tuple[str, Placed]]:
    for node in tree.body:
        if isinstance(node, Placed):
            yield node.name, node
        elif isinstance(node, ast.ClassDef) and not _is_protocol(node):
            for inner in node.body:
                if isinstance(inner, Placed):
                    yield f"{node.name}.{inner.name}", inner


def _is_protocol(node: ast.ClassDef) -> bool:
    """Whether a class only says what others must have: nothing of it ever runs."""
    return any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases)


def _change(old: list[str], new: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The lines that went and those that came, without their indentation."""
    before: list[str] = []
    after: list[str] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, False).get_opcodes():
        if kind != "equal":
            before += old[a:b]
            after += new[c:d]
    return _bare(before), _bare(after)


def _bare(lines: list[str]) -> tuple[str, ...]:
    return tuple(line.strip() for line in lines if line.strip())
