"""The contents page of the ledger's views: event -> rule, and which tables there are.

The market adds its own (`exchange/views/market_rows.py`); whoever starts the runner joins the two.
"""

from collections.abc import Mapping
from typing import NamedTuple

from ledger.events import Event
from ledger.journal.codec import Codec
from ledger.views.rows import (
    balance_rows,
    party_rows,
    proposal_rows,
    right_rows,
    settlement_rows,
    thing_rows,
)
from ledger.views.rows.balance_rows import Postings, posted
from ledger.views.rows.changes import Change, Rules, ViewTable

RULES: Rules = {
    **party_rows.RULES,
    **thing_rows.RULES,
    **right_rows.RULES,
    **settlement_rows.RULES,
    **proposal_rows.RULES,
}

TABLES: dict[str, ViewTable] = {
    **party_rows.TABLES,
    **thing_rows.TABLES,
    **right_rows.TABLES,
    **settlement_rows.TABLES,
    **proposal_rows.TABLES,
    **balance_rows.TABLES,
}


class ViewRules(NamedTuple):
    """Everything that makes rows of a venue's events. An event without a rule changes no view."""

    codec: Codec
    rules: Rules
    tables: Mapping[str, ViewTable]
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
