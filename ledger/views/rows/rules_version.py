"""The version of the views: a hash of what makes their rows, so that a change rebuilds them.

It is taken over the source of the modules that hold the rules, the fields of the events that they
read, and the tables as the database has them. Nobody has to raise a number: after any change the
runner finds another version beside the rows, empties the tables and reads the journal again.
"""

import inspect
import sys
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

import psycopg

from ledger.views.rows import balance_rows, changes, projections, row_batch
from ledger.views.rows.projections import ViewRules

_TABLES = """
    SELECT table_name, column_name, data_type, column_default, generation_expression
    FROM information_schema.columns WHERE table_schema = 'views' AND table_name = ANY(%s)
    ORDER BY table_name, ordinal_position"""
_EVERY_ROW = (balance_rows, changes, projections, row_batch)  # all rows go through these


def rules_version(connection: psycopg.Connection[tuple[object, ...]], rules: ViewRules) -> int:
    """The version of the rows that these rules make in this database; at least 1."""
    columns = connection.execute(_TABLES, [list(rules.tables)]).fetchall()
    parts = [*_sources(rules), *_shapes(rules), *sorted(map(repr, columns))]
    return hash_of(parts)


def hash_of(parts: Iterable[str]) -> int:
    """A whole number that a `bigint` holds, from the SHA-256 of these texts in their order."""
    found = sha256()
    for part in parts:
        raw = part.encode()
        found.update(len(raw).to_bytes(8, "big") + raw)
    return int.from_bytes(found.digest()[:8], "big") >> 1 or 1


def _sources(rules: ViewRules) -> Iterator[str]:
    """The text of each module that holds a rule, in the order of their names."""
    functions: list[Any] = [*rules.rules.values(), *rules.postings.values()]
    names = {function.__module__ for function in functions}
    names |= {module.__name__ for module in _EVERY_ROW}
    for name in sorted(names):
        yield f"{name}\n{inspect.getsource(sys.modules[name])}"


def _shapes(rules: ViewRules) -> Iterator[str]:
    """Which rule and which kind of posting belongs to each event, its fields, and each table."""
    for kind in sorted({*rules.rules, *rules.postings}, key=lambda kind: kind.__name__):
        rule = rules.rules.get(kind)
        name = rule.__qualname__ if rule else ""
        yield f"{kind.__name__} {kind.__struct_fields__} {name} {rules.kinds.get(kind, '')}"
    for table in sorted(rules.tables):
        yield f"{table} {rules.tables[table]!r}"
