"""Makes sql/comments.sql: one COMMENT ON for each table, view and column of the database.

A column that bears an event's field has the field's own text; what else there is stands in
`catalogue.toml`. The names of a table's columns are read from the migrations.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HEADER = """\
-- What each table, view and column means, for whoever opens psql (`\\d+`, `\\dt+`, `\\dv+`).
-- Made by `make catalogue`. This is no migration: its texts may change. The journal's owner applies
-- at each start what differs (ledger/journal/comments.py); run by hand it does the same.

"""
RESERVED = {"order", "group"}
NO_COLUMN = {"PRIMARY", "UNIQUE", "CHECK", "CONSTRAINT", "FOREIGN", "EXCLUDE"}
WORDS = re.compile(r"\W+")

_TABLE = re.compile(r"CREATE TABLE ([\w.]+) \(")
_ADDED = re.compile(r"ALTER TABLE ([\w.]+)\s+ADD COLUMN (?:IF NOT EXISTS )?\"?(\w+)\"?")


class Missing(Exception):
    """Something has no text, or no release: the message names it and where it goes."""


def statements(known: dict[str, Any], data: dict[str, Any], folder: Path) -> str:
    """The whole file. Raises Missing."""
    tables = columns_of("\n".join(path.read_text("utf-8") for path in migrations(folder)))
    listed: dict[str, Any] = data["tables"]
    strangers = [name for name in tables if name not in listed]
    if strangers:
        raise Missing(f"{strangers[0]}: enter it in setup/catalogue.toml, [tables]")
    columns: dict[str, dict[str, str]] = {}
    lines = []
    for name, entry in listed.items():
        kind = "VIEW" if entry.get("is_view") else "TABLE"
        columns[name] = dict(_columns(name, entry, tables, columns, known, data))
        lines.append(f"COMMENT ON {kind} {name} IS {quoted(entry['text'])};")
        lines += [
            f"COMMENT ON COLUMN {name}.{identifier(column)} IS {quoted(text)};"
            for column, text in columns[name].items()
        ]
        lines.append("")
    return HEADER + "\n".join(lines[:-1]) + "\n"


def migrations(folder: Path) -> list[Path]:
    """The numbered files, in order."""
    return sorted(folder.glob("[0-9]*.sql"))


def columns_of(sql: str) -> dict[str, list[str]]:
    """Each table that is created, with the names of its columns."""
    bare = re.sub(r"--[^\n]*", "", sql)
    found: dict[str, list[str]] = {}
    for match in _TABLE.finditer(bare):
        names = (part.split()[0].strip('"') for part in parts(bare, match.end()) if part.strip())
        found[_full(match[1])] = [name for name in names if name not in NO_COLUMN]
    for table, column in _ADDED.findall(bare):
        found[_full(table)].append(column)
    return found


def parts(text: str, start: int) -> list[str]:
    """What stands between commas from *start* to the bracket that closes, brackets inside kept."""
    depth, begin = 0, start
    found: list[str] = []
    for at in range(start, len(text)):
        if text[at] == "(":
            depth += 1
        elif text[at] == ")" and not depth:
            return [*found, text[begin:at]]
        elif text[at] == ")":
            depth -= 1
        elif text[at] == "," and not depth:
            found.append(text[begin:at])
            begin = at + 1
    raise ValueError("a bracket is not closed")


def _columns(
    name: str,
    entry: dict[str, Any],
    tables: dict[str, list[str]],
    columns: dict[str, dict[str, str]],
    known: dict[str, Any],
    data: dict[str, Any],
) -> Iterator[tuple[str, str]]:
    own: dict[str, str] = entry.get("columns", {})
    if "like" in entry:
        without = entry.get("without", [])
        yield from ((c, text) for c, text in columns[entry["like"]].items() if c not in without)
    if name not in tables:
        yield from own.items()
        return
    for column in tables[name]:
        text = own.get(column) or _of_events(column, entry, known) or data["common"].get(column)
        if not text:
            raise Missing(f"{name}.{column} has no text: give it one in setup/catalogue.toml")
        yield column, text
    for column in own:
        if column not in tables[name]:
            raise Missing(f"{name} has no column {column}: see setup/catalogue.toml")


def _of_events(column: str, entry: dict[str, Any], known: dict[str, Any]) -> str:
    """The text of the first event's field of that name, with its unit."""
    for topic in entry.get("from", []):
        for field in known["events"][topic]["fields"]:
            if field["name"] == column:
                return str(field["description"])
    return ""


def with_unit(text: str, unit: str) -> str:
    """A text, and behind it the unit if the text does not name it itself."""
    words = WORDS.split(text)
    is_named = all(word in words for word in WORDS.split(unit) if word and word != "a")
    return text if is_named else f"{text}; {unit}"


def identifier(name: str) -> str:
    """A column's name as SQL takes it."""
    return f'"{name}"' if name in RESERVED else name


def quoted(text: str) -> str:
    """A text as SQL takes it."""
    return "'" + text.replace("'", "''") + "'"


def _full(table: str) -> str:
    return table if "." in table else f"public.{table}"
