"""Makes the dictionary: what every event, command and column of the database means.

The texts stand on the structs: a docstring on each, and on each field's line a comment. What code
cannot tell (since when, by whom) stands in `catalogue.toml` beside this file; in which batches an
event stands is told by `exchange/acts/market_grounds.py`, by which the audit judges. Of these are
made, and held current by tests/house/test_catalogue.py:

    docs/CATALOGUE.md       for people
    gateway/catalogue.json  the same as data: /openapi.json takes its texts from it
    sql/comments.sql        COMMENT ON for each table, view and column (setup/catalogue_sql.py)
    gateway/console/wire/terms.js  the words of an order's terms, as the page offers them

Nothing that runs imports this file. `make catalogue` calls it: `python -m setup.catalogue`.
"""

import ast
import inspect
import io
import json
import sys
import tokenize
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import NODEFAULT, Struct
from msgspec.inspect import type_info
from msgspec.structs import fields

from exchange.acts.market_grounds import GROUNDS
from exchange.books.terms import TIME_IN_FORCE
from exchange.ops import ROWS
from exchange.postings import ALL as POSTINGS
from exchange.venue import STREAMS, TOPICS
from ledger.events import Event
from ledger.op import Op
from setup import catalogue_sql
from setup.catalogue_page import page
from setup.catalogue_sql import Missing

ROOT = Path(__file__).resolve().parents[1]
KNOWN: dict[str, Any] = tomllib.loads((ROOT / "setup/catalogue.toml").read_text("utf-8"))
STAMP = ("at_ns", "cause", "command_sha256")


class Amount:
    """An amount of minor units that is not known, only named: `notional_minor - fee_minor`."""

    def __init__(self, terms: dict[str, int]) -> None:
        self.terms = {name: factor for name, factor in terms.items() if factor}

    def __neg__(self) -> "Amount":
        return Amount({name: -factor for name, factor in self.terms.items()})

    def __add__(self, other: "Amount") -> "Amount":
        names = dict.fromkeys([*self.terms, *other.terms])
        return Amount({n: self.terms.get(n, 0) + other.terms.get(n, 0) for n in names})

    def __sub__(self, other: "Amount") -> "Amount":
        return self + -other

    def __str__(self) -> str:
        """Every term with its sign: `+notional_minor -seller_fee_minor`."""
        return " ".join(f"{'+' if factor > 0 else '-'}{n}" for n, factor in self.terms.items())


def main() -> int:
    """Write the catalogue and the comments where they are not current."""
    return write_made("catalogue", files)


def write_made(name: str, make: Callable[[], dict[Path, str]]) -> int:
    """Write what is not current of the files that *make* gives; print what was written."""
    try:
        made = make()
    except Missing as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    for path, text in made.items():
        if not path.is_file() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            print(f"{name}: {path.relative_to(ROOT)} written")
    return 0


def files() -> dict[Path, str]:
    """Each file that is made, with the text that it must hold. Raises Missing."""
    known = catalogue()
    return {
        ROOT / "docs/CATALOGUE.md": page(known),
        ROOT / "gateway/catalogue.json": json.dumps(known, indent=1, ensure_ascii=False) + "\n",
        ROOT / "sql/comments.sql": catalogue_sql.statements(known, KNOWN, ROOT / "sql"),
        ROOT / "gateway/console/wire/terms.js": _page_terms(),
    }


def _page_terms() -> str:
    """What the page's ticket offers: it has no field for a date."""
    names = [row.name for row in TIME_IN_FORCE.values() if not row.needs_expiry]
    return (
        "/** Made by `make catalogue` from exchange/books/terms.py; never edited by hand. */\n\n"
        "/** The times in force that need no date. */\n"
        f"export const TIMES_IN_FORCE = {json.dumps(names)};\n"
    )


def catalogue() -> dict[str, Any]:
    """Everything, as data. Raises Missing."""
    kinds = [*TOPICS.values(), *(op.command for op in ROWS.values())]
    _no_strangers("events", TOPICS)
    _no_strangers("commands", ROWS)
    return {
        "stamp": _fields(Event, "stamp"),
        "events": {topic: _event(topic, kind) for topic, kind in TOPICS.items()},
        "commands": {op: _command(op) for op in ROWS},
        "records": {kind.__name__: _meanings(kind, kind.__name__) for kind in nested(kinds)},
    }


def nested(kinds: list[type[Any]]) -> list[type[Struct]]:
    """The structs that stand inside others, each once."""
    found: dict[type[Struct], None] = {}
    waiting = [type_info(field.type) for kind in kinds for field in fields(kind)]
    for info in waiting:  # grows as it is walked
        if isinstance(info, msgspec.inspect.StructType) and info.cls not in found:
            found[info.cls] = None
            waiting += [field.type for field in info.fields]
        for name in ("item_type", "key_type", "value_type"):
            waiting += [getattr(info, name)] if hasattr(info, name) else []
        for name in ("types", "item_types"):
            waiting += getattr(info, name, ())
    return list(found)


def _event(topic: str, kind: type[Event]) -> dict[str, Any]:
    return {
        "struct": kind.__name__,
        "since": _since("events", topic),
        "stream": _stream(kind),
        "batches": list(GROUNDS.by_topic[topic]),
        "posts": _postings(topic, kind),
        **_meanings(kind, topic),
    }


def _command(op: str) -> dict[str, Any]:
    row = ROWS[op]
    return {
        "struct": row.command.__name__,
        "since": _since("commands", op),
        "scopes": list(row.scopes) if isinstance(row, Op) else [],
        "who": _known("who", op),
        "takes_two": isinstance(row, Op) and row.second.is_always_due,
        "events": [topic for topic, by in GROUNDS.by_topic.items() if op in by],
        **_meanings(row.command, op),
    }


def _meanings(kind: type[Struct], name: str) -> dict[str, Any]:
    """A struct's own words, and its fields."""
    first, _, more = docstring(kind).partition("\n\n")
    return {
        "text": " ".join(first.split()),
        "more": " ".join(more.split()),
        "fields": _fields(kind, name),
    }


def _fields(kind: type[Struct], name: str) -> list[dict[str, Any]]:
    texts = field_texts(kind)
    entries = []
    for field in fields(kind):
        if field.name in STAMP and kind is not Event and issubclass(kind, Event):
            continue
        text, shape = texts.get(field.name, ("", ""))
        if not text and not shape:
            raise Missing(f"{kind.__name__}.{field.name} says nothing: put a comment on its line")
        entries.append(
            {
                "name": field.name,
                "type": kind_of(type_info(field.type)),
                "shape": shape,
                "unit": unit_of(field.name, name),
                "text": text or shape,
                "description": catalogue_sql.with_unit(text or shape, unit_of(field.name, name)),
                **_default(field, kind),
                **_later(name, field.name),
            }
        )
    return entries


def _default(field: Any, kind: type[Struct]) -> dict[str, Any]:
    """`default`, if it may be left out; `stored`: whether it is written down all the same."""
    if field.default is NODEFAULT and field.default_factory is NODEFAULT:
        return {}
    value = field.default if field.default_factory is NODEFAULT else field.default_factory()
    return {"default": value, "is_left_out": bool(kind.__struct_config__.omit_defaults)}


def _later(name: str, field: str) -> dict[str, str]:
    release = KNOWN["since_field"].get(f"{name}.{field}")
    return {"since": release} if release else {}


def unit_of(field: str, owner: str) -> str:
    """The unit that a field's name ends with; "" if it counts nothing."""
    named: dict[str, str] = KNOWN["unit_of"]
    for name in (f"{owner}.{field}", field):
        if name in named:
            return named[name]
    ends: dict[str, str] = KNOWN["units"]
    return next((ends[end] for end in sorted(ends, key=len)[::-1] if field.endswith(end)), "")


def kind_of(info: Any) -> str:
    """A type in words: `list of text`, `whole number or null`."""
    known = msgspec.inspect
    if isinstance(info, known.UnionType):
        parts = sorted(info.types, key=lambda each: isinstance(each, known.NoneType))
        return " or ".join(map(kind_of, parts))
    if isinstance(info, known.ListType | known.VarTupleType):
        return f"list of {kind_of(info.item_type)}"
    if isinstance(info, known.TupleType):
        return f"({', '.join(map(kind_of, info.item_types))})"
    if isinstance(info, known.DictType):
        return f"{kind_of(info.key_type)} -> {kind_of(info.value_type)}"
    if isinstance(info, known.LiteralType):
        return " | ".join(str(value) or '""' for value in info.values)
    if isinstance(info, known.EnumType):
        return " | ".join(str(member.value) for member in info.cls)
    if isinstance(info, known.StructType):
        return info.cls.__name__
    words: dict[Any, str] = {
        known.IntType: "whole number",
        known.StrType: "text",
        known.BoolType: "true or false",
    }
    words |= {known.NoneType: "null", known.AnyType: "JSON"}
    return words[type(info)]


def _postings(topic: str, kind: type[Event]) -> list[dict[str, Any]]:
    """What the event does to cash, read by handing the postings table names for amounts."""
    if kind not in POSTINGS:
        return []
    if topic == "cash_posted":
        return [{"if": "", "rows": [["as written in `postings`", ""]]}]
    case = KNOWN["cases"].get(topic, "")
    cases = [(f"`{case}` is given", ""), (f"`{case}` is empty", case)] if case else [("", "")]
    found = []
    for condition, empty in cases:
        terms: dict[str, Any] = {
            field.name: Amount({field.name: 1})
            if kind_of(type_info(field.type)) == "whole number"
            else ("" if field.name == empty else f"{{{field.name}}}")
            for field in fields(kind)
        }
        rows = POSTINGS[kind](kind(**terms))
        found.append(
            {"if": condition, "rows": [[account, str(amount)] for account, amount in rows]}
        )
    return found


def _stream(kind: type[Event]) -> str:
    """`unit:{unit}`: the prefix, and the field that names the subject."""
    prefix = STREAMS[kind]
    names = [field.name for field in fields(kind)]
    if prefix == "thing":
        subjects = [name for name in ("node", "unit", "party") if name in names]
        return " or ".join(f"{name}:{{{name}}}" for name in subjects)
    if prefix == "venue":
        return "venue:<the venue's name>"
    return f"{prefix}:{{{names[0]}}}"


def _since(kind: str, name: str) -> str:
    for release, names in KNOWN["since"].items():
        if name in names[kind]:
            return str(release)
    raise Missing(f"{name} has no release: enter it in setup/catalogue.toml, [since]")


def _known(table: str, name: str) -> Any:
    try:
        return KNOWN[table][name]
    except KeyError:
        raise Missing(f"{name} is not known: enter it in setup/catalogue.toml, [{table}]") from None


def _no_strangers(kind: str, live: Any) -> None:
    """What once stood in a journal is never forgotten, and nothing else is listed."""
    listed = [name for names in KNOWN["since"].values() for name in names[kind]]
    unknown = [name for name in listed if name not in live]
    twice = [name for name in set(listed) if listed.count(name) > 1]
    if unknown or twice:
        raise Missing(
            f"setup/catalogue.toml, [since]: {(unknown + twice)[0]} is gone, or twice there"
        )


# --- what stands on the structs


def docstring(kind: type[Struct]) -> str:
    """What stands under a struct's name. Raises Missing."""
    node = next((node for name, node in _classes(_path(kind)) if name == kind.__name__), None)
    text = ast.get_docstring(node) if node is not None else None
    if not text:
        raise Missing(f"{kind.__name__} has no docstring: say what fact or what request it is")
    return text


def field_texts(kind: type[Struct]) -> dict[str, tuple[str, str]]:
    """Each field's comment, and the text of its type's alias; an heir's own comment stands."""
    found: dict[str, tuple[str, str]] = {}
    for base in reversed(kind.__mro__):
        if not issubclass(base, Struct) or base is Struct:
            continue
        path = _path(base)
        for name, node in _classes(path):
            if name == base.__name__:
                for field, text, annotation in _commented(node, _notes(path)):
                    shape = _alias(annotation, base)
                    found[field] = (text or found.get(field, ("", ""))[0], shape)
    return found


def _commented(node: ast.ClassDef, notes: dict[int, str]) -> Iterator[tuple[str, str, str]]:
    for line in node.body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
            comments = [notes.get(at, "") for at in range(line.lineno, (line.end_lineno or 0) + 1)]
            yield line.target.id, " ".join(filter(None, comments)), ast.unparse(line.annotation)


def _alias(annotation: str, kind: type[Struct]) -> str:
    """The comment of the alias that an annotation names, wherever it is declared."""
    name = annotation.removesuffix(" | None").partition("[")[0]
    for path in (_path(kind), ROOT / "ledger/shapes.py", ROOT / "ledger/ids.py"):
        if name in _aliases(path):
            return _aliases(path)[name]
    return ""


@cache
def _aliases(path: Path) -> dict[str, str]:
    """What is given a name at a file's top, with the comment behind it."""
    found = {}
    for node in ast.parse(path.read_text("utf-8")).body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        for target in targets:
            if isinstance(target, ast.Name):
                found[target.id] = _notes(path).get(node.end_lineno or 0, "")
    return found


def _path(kind: type[Any]) -> Path:
    return Path(inspect.getfile(kind))


@cache
def _classes(path: Path) -> list[tuple[str, ast.ClassDef]]:
    tree = ast.parse(path.read_text("utf-8"))
    return [(node.name, node) for node in tree.body if isinstance(node, ast.ClassDef)]


@cache
def _notes(path: Path) -> dict[int, str]:
    """The comments of a file that stand behind code, by line; linters' own are left out."""
    notes: dict[int, str] = {}
    for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline):
        is_behind = token.type == tokenize.COMMENT and token.line[: token.start[1]].strip()
        text = token.string.removeprefix("#").strip()
        if is_behind and not text.startswith(("noqa", "type:", "fmt:")):
            notes[token.start[0]] = text
    return notes


if __name__ == "__main__":
    sys.exit(main())
