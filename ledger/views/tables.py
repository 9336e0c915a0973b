"""The contents page of the ledger's views: event -> rule, and which tables there are.

The market's own rules stand in `exchange/views.py`; whoever starts the runner joins the two.
"""

from collections.abc import Mapping
from typing import NamedTuple

from ledger.events import Event
from ledger.journal.codec import Codec
from ledger.views import oversight, people, postings, rights, settlement, things
from ledger.views.changes import Change, Rules, Table
from ledger.views.postings import Postings, posted

RULES: Rules = {
    **people.RULES,
    **things.RULES,
    **rights.RULES,
    **settlement.RULES,
    **oversight.RULES,
}

TABLES: dict[str, Table] = {
    **people.TABLES,
    **things.TABLES,
    **rights.TABLES,
    **settlement.TABLES,
    **oversight.TABLES,
    **postings.TABLES,
}


class ViewRules(NamedTuple):
    """Everything that makes rows of a venue's events. An event without a rule changes no view."""

    codec: Codec
    rules: Rules
    tables: Mapping[str, Table]
    postings: Postings
    kinds: Mapping[type[Event], str]

    def changes(self, event: Event, position: int) -> list[Change]:
        """What one event does to all views."""
        kind = type(event)
        rule = self.rules.get(kind)
        changes = rule(event, position) if rule else []
        cash = self.postings.get(kind)
        if cash is not None and (rows := cash(event)):
            changes += posted(event, position, rows, self.kinds)
        return changes
