"""The views of a journal in memory, as a database would show them: for tests without one."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from exchange.engine.replay import READING_CODEC
from gateway.server.views_process import view_rules
from ledger.definitions.release_facts import Definitions
from ledger.journal.protocol import Journal
from ledger.views.row_shadow import Columns, ViewShadow, literal

Rows = list[tuple[str, dict[str, Any]]]


def columns() -> Columns:
    """Each column that is stored, with its default, by the release's own definitions."""
    found: dict[str, dict[str, Any]] = {}
    for name, fact in Definitions.released().facts.items():
        if name.startswith("column views.") and " generated" not in fact:
            _, table, column = name.removeprefix("column ").split(".")
            found.setdefault(table, {})[column] = literal(fact.partition(" default ")[2])
    return found


def shadow_of(journal: Journal, change: Callable[[Rows], Iterable[Any] | None]) -> ViewShadow:
    """What somebody would read of the views up to the head after *change* was at their rows."""
    made = ViewShadow(view_rules(), columns(), (), journal.head(), 0)
    at_ns = 0
    for row in journal.read():
        event = READING_CODEC.decode(row)
        made.add(event, row.position)
        at_ns = event.at_ns
    rows = [(name, msgspec.json.decode(line)) for name, line in made.lines()]
    made.close()
    change(rows)
    return ViewShadow(view_rules(), columns(), rows, journal.head(), at_ns)
