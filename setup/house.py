"""The page of the house: every room and every file in one line, and who may import whom.

`MAY_IMPORT` is the law: a room imports what it names here and nothing else, and no circle is made.
`python setup/house.py` writes docs/HOUSE.md and docs/house.svg from it, from the first sentence of
each room's `__init__.py` and of each file; `python setup/house.py sizes` prints how large the house
is. tests/house/test_rooms.py holds page, picture and imports to it.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parents[1]
BUILDINGS = {  # from left to right in the picture, each in a few words
    "gpubourse": "the Python client",
    "ledger": "who owns, uses and owes what",
    "exchange": "who wants to buy and sell",
    "gateway": "bytes in, bytes out",
}
TITLE = "A room may import only rooms that stand below it"
LEGEND = "Box: a room, and how many files it has. A line: the end of a floor."
STYLES = (
    "rect{fill:#f3f1ec;stroke:#8a8577}text{font:13px sans-serif;fill:#222}.t{font-size:17px}"
    ".n{fill:#666}.r{text-anchor:end}.h,.t{font-weight:bold}path{stroke:#ddd}"
    ".gpubourse{fill:#eeeaf6}.ledger{fill:#e8f1e6}.exchange{fill:#e5eef7}.gateway{fill:#f8ecdf}"
)
OUTSIDE = {
    "sql": "The journal's tables, its roles and the auditors' views, applied in order, each once.",
    "setup": "What `make setup` runs, and the scripts that write the generated pages.",
    "bench": "One script a claim of README, each beside a peer in the same run.",
    "tests": "Mirrors the rooms; `house/` holds the house to its rules.",
    "docs": "The law (`design/`), why things are as they are (`decisions/`), tour and glossary.",
    "examples": "Short programs that a user may copy; the tests run each.",
}

# room -> the rooms it may import. A building's own files are its ground floor (`ledger`); those
# that stand above its rooms are rooms of their own (`ledger/ops.py`).
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "gpubourse": (),
    "ledger": (),
    "ledger/act_checks": (
        "ledger",
        "ledger/acts",
        "ledger/audit",
        "ledger/authority",
        "ledger/journal",
    ),
    "ledger/acts": (
        "ledger",
        "ledger/cash",
    ),
    "ledger/audit": (
        "ledger",
        "ledger/authority",
        "ledger/definitions",
        "ledger/invariants.py",
        "ledger/journal",
        "ledger/overflow",
        "ledger/right_parties.py",
        "ledger/state_map",
        "ledger/views",
    ),
    "ledger/authority": ("ledger",),
    "ledger/cash": (
        "ledger",
        "ledger/state_map",
    ),
    "ledger/deadlines.py": (
        "ledger",
        "ledger/cash",
        "ledger/rights",
        "ledger/settlement",
    ),
    "ledger/definitions": ("ledger/journal",),
    "ledger/embedded": ("ledger/journal",),
    "ledger/exports": (
        "ledger",
        "ledger/audit",
        "ledger/journal",
    ),
    "ledger/handlers.py": (
        "ledger",
        "ledger/cash",
        "ledger/deadlines.py",
        "ledger/inspection",
        "ledger/opening",
        "ledger/oversight",
        "ledger/parties",
        "ledger/rights",
        "ledger/settlement",
        "ledger/things",
    ),
    "ledger/inspection": (
        "ledger",
        "ledger/inventory",
        "ledger/reports",
        "ledger/oversight",
        "ledger/rights",
        "ledger/things",
    ),
    "ledger/invariants.py": (
        "ledger",
        "ledger/cash",
        "ledger/rights",
        "ledger/settlement",
        "ledger/things",
    ),
    "ledger/inventory": (
        "ledger",
        "ledger/reports",
    ),
    "ledger/journal": (
        "ledger",
        "ledger/authority",
        "ledger/logins",
    ),
    "ledger/log": (
        "ledger",
        "ledger/journal",
    ),
    "ledger/logins": (),
    "ledger/opening": (
        "ledger",
        "ledger/authority",
        "ledger/reports",
        "ledger/things",
    ),
    "ledger/ops.py": (
        "ledger",
        "ledger/acts",
        "ledger/cash",
        "ledger/inspection",
        "ledger/opening",
        "ledger/oversight",
        "ledger/parties",
        "ledger/replies.py",
        "ledger/rights",
        "ledger/settlement",
        "ledger/things",
    ),
    "ledger/overflow": ("ledger/journal",),
    "ledger/oversight": (
        "ledger",
        "ledger/authority",
        "ledger/cash",
    ),
    "ledger/parties": (
        "ledger",
        "ledger/authority",
    ),
    "ledger/replies.py": (
        "ledger",
        "ledger/cash",
        "ledger/inspection",
        "ledger/settlement",
    ),
    "ledger/questions": (
        "ledger",
        "ledger/audit",
        "ledger/authority",
        "ledger/cash",
        "ledger/journal",
        "ledger/settlement",
        "ledger/state_map",
    ),
    "ledger/reports": ("ledger",),
    "ledger/right_parties.py": (
        "ledger",
        "ledger/cash",
        "ledger/invariants.py",
    ),
    "ledger/rights": (
        "ledger",
        "ledger/cash",
        "ledger/things",
    ),
    "ledger/settlement": (
        "ledger",
        "ledger/inspection",
        "ledger/rights",
        "ledger/things",
    ),
    "ledger/state_map": (
        "ledger",
        "ledger/journal",
        "ledger/log",
    ),
    "ledger/things": (
        "ledger",
        "ledger/inventory",
        "ledger/reports",
    ),
    "ledger/views": (
        "ledger",
        "ledger/journal",
        "ledger/logins",
        "ledger/overflow",
        "ledger/views/lists",
        "ledger/views/rows",
    ),
    "ledger/views/lists": ("ledger",),
    "ledger/views/rows": (
        "ledger",
        "ledger/journal",
    ),
    "exchange": (
        "ledger",
        "ledger/cash",
    ),
    "exchange/acts": (
        "ledger",
        "ledger/acts",
        "ledger/authority",
        "ledger/cash",
        "exchange",
        "exchange/books",
        "exchange/ops.py",
        "exchange/venue.py",
    ),
    "exchange/answer.py": (
        "ledger",
        "ledger/replies.py",
        "exchange",
        "exchange/ops.py",
    ),
    "exchange/apply.py": (
        "ledger",
        "exchange",
        "exchange/books",
        "exchange/instruments",
        "exchange/market",
        "exchange/orders",
    ),
    "exchange/books": (
        "ledger",
        "ledger/cash",
        "exchange",
        "exchange/market",
    ),
    "exchange/engine": (
        "ledger",
        "ledger/authority",
        "ledger/deadlines.py",
        "ledger/inspection",
        "ledger/journal",
        "ledger/things",
        "exchange",
        "exchange/answer.py",
        "exchange/books",
        "exchange/market",
        "exchange/orders",
        "exchange/parse_args.py",
        "exchange/replies.py",
        "exchange/state_form.py",
        "exchange/venue.py",
    ),
    "exchange/follow_ups.py": (
        "ledger",
        "ledger/settlement",
        "exchange",
        "exchange/books",
        "exchange/instruments",
        "exchange/orders",
        "exchange/trading_day",
    ),
    "exchange/instruments": (
        "ledger",
        "ledger/cash",
        "ledger/rights",
        "ledger/settlement",
        "exchange",
        "exchange/books",
        "exchange/market",
    ),
    "exchange/invariants.py": (
        "ledger",
        "ledger/invariants.py",
        "exchange",
        "exchange/books",
        "exchange/instruments",
    ),
    "exchange/market": (
        "ledger",
        "ledger/cash",
        "exchange",
        "ledger/opening",
    ),
    "exchange/ops.py": (
        "ledger",
        "ledger/acts",
        "ledger/ops.py",
        "ledger/oversight",
        "ledger/replies.py",
        "exchange",
        "exchange/books",
        "exchange/market",
        "exchange/orders",
        "exchange/replies.py",
        "exchange/trading_day",
    ),
    "exchange/orders": (
        "ledger",
        "ledger/acts",
        "ledger/cash",
        "ledger/rights",
        "ledger/things",
        "exchange",
        "exchange/books",
        "exchange/instruments",
        "exchange/market",
    ),
    "exchange/parse_args.py": (
        "ledger",
        "exchange/ops.py",
    ),
    "exchange/questions": (
        "ledger",
        "exchange",
        "exchange/books",
    ),
    "exchange/replies.py": (
        "ledger",
        "exchange",
        "exchange/books",
    ),
    "exchange/simulation": (
        "ledger",
        "ledger/cash",
        "ledger/rights",
        "exchange",
        "exchange/books",
    ),
    "exchange/state_form.py": (
        "ledger",
        "exchange/books",
    ),
    "exchange/state_rows.py": (
        "ledger/state_map",
        "exchange",
        "exchange/books",
    ),
    "exchange/trading_day": (
        "ledger",
        "exchange",
        "exchange/books",
        "exchange/instruments",
        "exchange/market",
        "exchange/orders",
        "ledger/cash",
        "exchange/state_form.py",
    ),
    "exchange/venue.py": (
        "exchange",
        "exchange/apply.py",
        "exchange/books",
        "exchange/follow_ups.py",
        "exchange/market",
        "exchange/ops.py",
        "exchange/orders",
        "exchange/state_form.py",
        "exchange/trading_day",
        "ledger",
        "ledger/cash",
        "ledger/deadlines.py",
        "ledger/handlers.py",
        "ledger/journal",
        "ledger/oversight",
    ),
    "exchange/views": (
        "ledger",
        "ledger/views",
        "ledger/views/lists",
        "ledger/views/rows",
        "exchange",
        "exchange/books",
    ),
    "gateway": (
        "gpubourse",
        "ledger",
        "ledger/inventory",
        "ledger/journal",
        "ledger/views/lists",
        "exchange/engine",
    ),
    "gateway/__main__.py": ("gateway/cli",),
    "gateway/access": (
        "gpubourse",
        "ledger",
        "ledger/authority",
        "ledger/journal",
        "ledger/log",
        "ledger/parties",
        "exchange/engine",
        "exchange/ops.py",
        "gateway",
    ),
    "gateway/cli": (
        "gpubourse",
        "ledger",
        "ledger/audit",
        "ledger/exports",
        "ledger/journal",
        "ledger/log",
        "ledger/questions",
        "ledger/state_map",
        "ledger/things",
        "exchange/questions",
        "gateway",
    ),
    "gateway/cli/auditor": (
        "gpubourse",
        "ledger",
        "ledger/audit",
        "ledger/cash",
        "ledger/questions",
        "exchange/questions",
        "ledger/exports",
        "ledger/journal",
        "ledger/logins",
        "ledger/state_map",
        "exchange/books",
        "gateway/cli",
        "gateway/cli/evidence",
        "ledger/log",
        "gateway/notary",
    ),
    "gateway/cli/evidence": (
        "gpubourse",
        "ledger",
        "ledger/audit",
        "ledger/authority",
        "ledger/definitions",
        "ledger/embedded",
        "ledger/exports",
        "ledger/journal",
        "ledger/log",
        "ledger/logins",
        "ledger/views",
        "exchange/books",
        "gateway/cli",
        "gateway/notary",
        "gateway/server",
        "gateway",
    ),
    "gateway/cli/host": (
        "gpubourse",
        "ledger",
        "ledger/journal",
        "gateway",
        "gateway/cli",
        "gateway/cli/evidence",
        "gateway/cli/seller",
        "gateway/demo",
        "gateway/server",
    ),
    "gateway/cli/offices": (
        "gpubourse",
        "ledger",
        "ledger/inspection",
        "ledger/inventory",
        "ledger/settlement",
        "ledger/things",
        "gateway/cli",
        "gateway/cli/seller",
        "gateway/contract",
    ),
    "gateway/cli/seller": (
        "ledger",
        "ledger/inspection",
        "ledger/inventory",
        "ledger/things",
        "gateway/cli",
        "gateway/contract",
    ),
    "gateway/cli/trader": (
        "gpubourse",
        "ledger",
        "exchange",
        "gateway/cli",
        "gateway/cli/seller",
        "gateway/contract",
    ),
    "gateway/contract": (
        "gpubourse",
        "ledger",
        "ledger/inspection",
        "ledger/parties",
        "ledger/rights",
        "ledger/things",
        "exchange",
        "exchange/books",
        "exchange/ops.py",
        "gateway",
        "gateway/access",
    ),
    "gateway/demo": (
        "gpubourse",
        "ledger",
        "ledger/embedded",
        "ledger/journal",
        "exchange/books",
        "exchange/engine",
        "exchange/simulation",
        "exchange/state_form.py",
        "gateway",
        "gateway/access",
        "gateway/server",
    ),
    "gateway/feeds": (
        "gpubourse",
        "ledger",
        "ledger/journal",
        "ledger/views",
        "ledger/views/lists",
        "exchange",
        "exchange/books",
        "exchange/engine",
        "exchange/market",
        "exchange/views",
        "gateway",
        "gateway/access",
        "gateway/market_picture",
        "gateway/turns",
    ),
    "gateway/notary": (
        "gpubourse",
        "ledger",
        "ledger/journal",
        "ledger/log",
    ),
    "gateway/market_picture": (
        "gpubourse",
        "ledger",
        "exchange",
        "exchange/books",
        "exchange/instruments",
        "exchange/market",
    ),
    "gateway/routes": (
        "gpubourse",
        "ledger",
        "ledger/authority",
        "ledger/inventory",
        "ledger/journal",
        "ledger/parties",
        "ledger/questions",
        "ledger/state_map",
        "ledger/views/lists",
        "exchange",
        "exchange/answer.py",
        "exchange/books",
        "exchange/engine",
        "exchange/ops.py",
        "exchange/views",
        "gateway",
        "gateway/access",
        "gateway/contract",
        "gateway/feeds",
        "gateway/market_picture",
        "gateway/socket",
        "gateway/turns",
        "ledger/log",
        "gateway/notary",
    ),
    "gateway/server": (
        "gpubourse",
        "ledger",
        "ledger/act_checks",
        "ledger/audit",
        "ledger/authority",
        "ledger/cash",
        "ledger/embedded",
        "ledger/journal",
        "ledger/log",
        "ledger/logins",
        "ledger/questions",
        "ledger/state_map",
        "ledger/views",
        "ledger/views/rows",
        "exchange",
        "exchange/acts",
        "exchange/books",
        "exchange/engine",
        "exchange/invariants.py",
        "exchange/ops.py",
        "exchange/parse_args.py",
        "exchange/questions",
        "exchange/state_form.py",
        "exchange/state_rows.py",
        "exchange/views",
        "gateway",
        "gateway/access",
        "gateway/contract",
        "gateway/feeds",
        "gateway/market_picture",
        "gateway/routes",
        "gateway/socket",
        "gateway/turns",
        "gateway/notary",
    ),
    "gateway/socket": (
        "gpubourse",
        "ledger",
        "ledger/journal",
        "exchange/engine",
        "exchange/ops.py",
        "gateway",
        "gateway/access",
        "gateway/contract",
        "gateway/feeds",
        "gateway/turns",
    ),
    "gateway/turns": (
        "gateway",
        "gateway/access",
    ),
}


class File(NamedTuple):
    """One source file: where it stands, its room, what it is for, and whom it imports."""

    path: str
    room: str
    purpose: str
    lines: int
    functions: tuple[tuple[str, int], ...]  # name and length
    imports: tuple[str, ...]  # paths of our own files

    @property
    def is_made(self) -> bool:
        """Whether a script writes it: its first lines state it."""
        return "Made by setup/" in self.purpose


def files(root: Path = ROOT) -> list[File]:
    """Every Python file of the buildings."""
    paths = [
        path.relative_to(root).as_posix()
        for building in BUILDINGS
        for path in sorted((root / building).rglob("*.py"))
        if "vendor" not in path.parts
    ]
    return [_read(root, path, set(paths)) for path in paths]


def room_of(path: str) -> str:
    """The room of a file: its own name if the law gives it one, else its folder."""
    return path if path in MAY_IMPORT else path.rpartition("/")[0]


def edges(found: list[File]) -> dict[str, dict[str, str]]:
    """room -> the rooms that it imports, each with one import as the proof."""
    rooms = {file.path: file.room for file in found}
    found_edges: dict[str, dict[str, str]] = {}
    for file in found:
        for target in file.imports:
            if rooms[target] != file.room:
                proof = f"{file.path} imports {target}"
                found_edges.setdefault(file.room, {}).setdefault(rooms[target], proof)
    return found_edges


def floors(may_import: dict[str, tuple[str, ...]]) -> dict[str, int]:
    """How high each room stands: above every room that it may import. ValueError for a circle."""
    heights: dict[str, int] = {}

    def height(room: str, way: tuple[str, ...]) -> int:
        if room in way:
            raise ValueError(" -> ".join([*way[way.index(room) :], room]))
        if room not in heights:
            below = may_import.get(room, ())
            heights[room] = 1 + max((height(each, (*way, room)) for each in below), default=0)
        return heights[room]

    for room in may_import:
        height(room, ())
    return heights


def page(found: list[File]) -> str:
    """docs/HOUSE.md."""
    purposes = _purposes(found)
    importers = {
        room: [other for other, below in MAY_IMPORT.items() if room in below] for room in MAY_IMPORT
    }
    lines = [
        "# The house",
        "",
        "Every room in one line: what it is for, what it may import, and who may import it. A room",
        "imports nothing that is not named here, and no circle is made: a test holds imports to",
        "this page. It is made by `make catalogue` (`setup/house.py`) from the first lines of each",
        "file; the law of directions stands in that script.",
        "",
        "![The house: each room stands above those that it imports](house.svg)",
        "",
        "| room | what it is for | may import | is imported by |",
        "|---|---|---|---|",
    ]
    for room in sorted(MAY_IMPORT, key=_order):
        below = ", ".join(f"`{each}`" for each in MAY_IMPORT[room]) or "nothing of ours"
        above = ", ".join(f"`{each}`" for each in importers[room]) or "nobody"
        lines.append(f"| `{room}` | {purposes[room]} | {below} | {above} |")
    lines += ["", "Besides the three buildings and the client:", ""]
    lines += ["| folder | what it is for |", "|---|---|"]
    there = [(name, text) for name, text in OUTSIDE.items() if (ROOT / name).is_dir()]
    lines += [f"| `{name}/` | {text} |" for name, text in there]
    lines += ["", "## Every file", ""]
    for room in sorted(MAY_IMPORT, key=_order):
        lines += [f"### `{room}`", "", "| file | what it is for |", "|---|---|"]
        inside = [file for file in found if file.room == room]
        lines += [
            f"| `{file.path.rpartition('/')[2]}` | {file.purpose} |"
            for file in inside
            if file.lines > 3 or not file.path.endswith("__init__.py")
        ]
        lines.append("")
    return "\n".join(lines)


def picture(found: list[File]) -> str:
    """docs/house.svg: one column a building, a room above all that it may import."""
    heights = floors(MAY_IMPORT)
    counts = {room: sum(file.room == room for file in found) for room in MAY_IMPORT}
    width, height, gap, margin = 196, 28, 6, 24
    left = {name: margin + n * (width + margin) for n, name in enumerate(BUILDINGS)}
    wide = margin + len(BUILDINGS) * (width + margin)
    parts = [
        f'<text x="{margin}" y="28" class="t">{TITLE}</text>',
        f'<text x="{margin}" y="48" class="n">{LEGEND}</text>',
    ]
    for name, words in BUILDINGS.items():
        parts.append(f'<text x="{left[name]}" y="80" class="h">{name}</text>')
        parts.append(f'<text x="{left[name]}" y="97" class="n">{escape(words)}</text>')
    y = 112
    for floor in range(max(heights.values()), 0, -1):
        rows = 0
        for name in BUILDINGS:
            rooms = [room for room in sorted(heights) if heights[room] == floor]
            rooms = [room for room in rooms if room.partition("/")[0] == name]
            rows = max(rows, len(rooms))
            for n, room in enumerate(rooms):
                x, at = left[name], y + n * (height + gap)
                parts.append(
                    f'<rect x="{x}" y="{at}" width="{width}" height="{height}" rx="4" '
                    f'class="{name}"/><text x="{x + 10}" y="{at + 19}">{escape(room)}</text>'
                    f'<text x="{x + width - 10}" y="{at + 19}" class="n r">{counts[room]}</text>'
                )
        y += rows * (height + gap)
        parts.append(f'<path d="M{margin // 2} {y}H{wide - margin // 2}"/>')
        y += gap
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {y + 8}" width="{wide}" '
        f'role="img"><title>{TITLE}</title><style>{STYLES}</style>'
        f'<rect width="{wide}" height="{y + 8}" style="fill:#fff;stroke:none"/>'
        + "\n".join(parts)
        + "</svg>\n"
    )


def sizes(found: list[File]) -> str:
    """Longest file, longest function, files, median file; the fullest rooms."""
    longest = max((file for file in found if not file.is_made), key=lambda file: file.lines)
    name, length, path = max(
        ((name, length, file.path) for file in found for name, length in file.functions),
        key=lambda each: each[1],
    )
    real = [file.lines for file in found if file.purpose]
    counts = {room: sum(file.room == room for file in found) for room in {f.room for f in found}}
    fullest = max(counts, key=lambda room: counts[room])
    return (
        f"house: {len(real)} files, median {median(real):.0f} lines, {sum(real):,} in all; "
        f"longest file {longest.path} ({longest.lines}); "
        f"longest function {name} in {path} ({length}); "
        f"fullest room {fullest} ({counts[fullest]} files)"
    )


def _read(root: Path, path: str, ours: set[str]) -> File:
    text = (root / path).read_text("utf-8")
    tree = ast.parse(text)
    words = ast.get_docstring(tree) or ""
    first = words.partition("\n\n")[0].replace("\n", " ").replace("|", "\\|")
    functions = tuple(
        (node.name, (node.end_lineno or node.lineno) - node.lineno + 1)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    imports = tuple(dict.fromkeys(_imports(tree, ours)))
    return File(path, room_of(path), first, len(text.splitlines()), functions, imports)


def _imports(tree: ast.Module, ours: set[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            for dotted in (name, name.rpartition(".")[0]):
                stem = dotted.replace(".", "/")
                found = next((p for p in (f"{stem}.py", f"{stem}/__init__.py") if p in ours), "")
                if found:
                    yield found
                    break


def _purposes(found: list[File]) -> dict[str, str]:
    by_path = {file.path: file.purpose for file in found}
    return {
        room: by_path.get(room) or by_path.get(f"{room}/__init__.py", "") for room in MAY_IMPORT
    }


def _order(room: str) -> tuple[int, str]:
    return list(BUILDINGS).index(room.partition("/")[0]), room


def main() -> None:
    found = files()
    if sys.argv[1:] == ["sizes"]:
        print(sizes(found))
        return
    (ROOT / "docs" / "HOUSE.md").write_text(page(found), "utf-8")
    (ROOT / "docs" / "house.svg").write_text(picture(found), "utf-8")


if __name__ == "__main__":
    main()
