"""Postings and balances, read from the one table of what each event does to cash (DOMAIN 3)."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from ledger.events import (
    CashPosted,
    Event,
    LeaseEnded,
    LeaseGranted,
    TradeSettled,
    TradeUnwound,
    UsageMetered,
)
from ledger.ids import AccountName
from ledger.views.rows.changes import Change, RowInsert, RowUpdate, ViewTable

Posting: TypeAlias = tuple[AccountName, int]  # account, amount_minor
Postings: TypeAlias = Mapping[type[Event], Callable[[Any], list[Posting]]]

KINDS: dict[type[Event], str] = {  # DOMAIN 3's `kind`; a written entry says its own
    TradeSettled: "settle",
    TradeUnwound: "unwind",
    LeaseGranted: "lease_prepay",
    UsageMetered: "rent_release",
    LeaseEnded: "deposit_return",
}

TABLES = {
    "postings": ViewTable(("position", "line"), is_settled=True),
    "accounts": ViewTable(("account",), deleted_at_zero="balance_minor"),
}


class Account(NamedTuple):
    """An account's name in its parts: `p-0042/escrow/x-000031`."""

    party: str
    kind: str
    reference: str


def parts(account: str) -> Account:
    party, _, rest = account.partition("/")
    kind, _, reference = rest.partition("/")
    return Account(party, kind, reference)


def kind_of(event: Event, kinds: Mapping[type[Event], str]) -> str:
    """Which of DOMAIN 3's kinds an event's postings are."""
    return event.kind if isinstance(event, CashPosted) else kinds[type(event)]


def posted(
    event: Event, position: int, rows: list[Posting], kinds: Mapping[type[Event], str]
) -> list[Change]:
    """The postings of one event as rows, and what they do to the balances."""
    kind = kind_of(event, kinds)
    entry = event.entry if isinstance(event, CashPosted) else ""
    changes: list[Change] = []
    for line, (account, amount_minor) in enumerate(rows):
        party, account_kind, reference = parts(account)
        row = {
            "position": position,
            "line": line,
            "account": account,
            "party": party,
            "amount_minor": amount_minor,
            "kind": kind,
            "entry": entry,
            "at_ns": event.at_ns,
        }
        put = {
            "account": account,
            "party": party,
            "kind": account_kind,
            "reference": reference,
            "position": position,
        }
        changes.append(RowInsert("postings", (position, line), row))
        changes.append(RowUpdate("accounts", (account,), put, {"balance_minor": amount_minor}))
    return changes
