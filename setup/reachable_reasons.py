"""Which reasons a function can refuse for: those named in whatever it can come to. Read, never run.

A name is followed where it is bound (in its own file, or imported from another of ours), a method
by its name in every class of ours that has one. So more is found than can happen, never less.
"""

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from ledger.refusals import Reason

ROOT: Final = Path(__file__).resolve().parents[1]
ROOMS: Final = ("ledger", "exchange")
PLAIN: Final = {*dir(dict), *dir(list), *dir(set), *dir(str), *dir(bytes)}  # never one of ours
Node = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
READERS: Final = ("ledger.inventory", "ledger.reports", "ledger.inspection")
Place = tuple[str, str]  # a module, and a name at its top


class House:
    """The top names of the files, and what each of them names."""

    def __init__(self, rooms: Iterable[str]) -> None:
        self.named: dict[Place, ast.AST] = {}
        self.imported: dict[Place, Place] = {}
        self.methods: dict[str, list[tuple[str, ast.AST]]] = {}
        self.of_readers: set[str] = set()  # a reader of reports says the code, not the member
        for room in rooms:
            for path in sorted((ROOT / room).rglob("*.py")):
                self._read(path)

    def _read(self, path: Path) -> None:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        tree = ast.parse(path.read_text("utf-8"))
        if module.startswith(READERS):
            texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
            self.of_readers |= {each for each in Reason.__members__ if each in texts}
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and node.module:
                for name in node.names:
                    here = (module, name.asname or name.name)
                    self.imported[here] = (node.module, name.name)
            elif isinstance(node, Node):
                self.named[module, node.name] = node
                if isinstance(node, ast.ClassDef):
                    self._read_methods(module, node)
            elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    if isinstance(target, ast.Name):
                        self.named[module, target.id] = node.value

    def _read_methods(self, module: str, node: ast.ClassDef) -> None:
        for member in node.body:
            if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef):
                self.methods.setdefault(member.name, []).append((module, member))

    def reasons(self, *roots: Place) -> set[str]:
        """Every X of a `Reason.X` in what these names can come to."""
        found: set[str] = set()
        waiting: list[tuple[str, ast.AST]] = []
        followed: set[int] = set()
        for root in roots:
            self._meet(root, waiting)
        while waiting:
            module, node = waiting.pop()
            if id(node) in followed:
                continue
            followed.add(id(node))
            for part in ast.walk(node):
                if isinstance(part, ast.Name):
                    self._meet((module, part.id), waiting)
                elif isinstance(part, ast.Attribute):
                    owner = part.value
                    if _is_reason(owner):
                        found.add(part.attr)
                    elif isinstance(owner, ast.Name) and (module, owner.id) in self.imported:
                        at = self.imported[module, owner.id]
                        self._meet((f"{at[0]}.{at[1]}", part.attr), waiting)
                    if part.attr not in PLAIN:
                        waiting.extend(
                            (where, method)
                            for where, method in self.methods.get(part.attr, ())
                            if where.startswith("ledger") or module.startswith("exchange")
                        )
                elif isinstance(part, ast.Subscript) and _is_reason(part.value):
                    found |= self.of_readers
        return found

    def _meet(self, place: Place, waiting: list[tuple[str, ast.AST]]) -> None:
        for _ in range(8):  # handed on from file to file; a package names its own files, too
            place = self.imported.get(place, place)
        node = self.named.get(place)
        # a class's own methods are met by their names, where they are called
        if node is not None and not isinstance(node, ast.ClassDef):
            waiting.append((place[0], node))


def _is_reason(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "Reason"


@cache
def house() -> House:
    """The register and the market, as they stand."""
    return House(ROOMS)
