"""What the views say, for an audit to hold against its replay: each compared view, in one snapshot.

A compared view is a query and the same told from a state: nothing of the runner's own rules is
asked again. What the market's views are compared by, whoever calls passes in.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Self

import msgspec
import psycopg

from ledger.journal.database_connection import connect, unavailable_because
from ledger.register import Register

_SHOWN = 120  # characters of a row in a breach


class ComparedView(NamedTuple):
    """A view that an audit compares: what it shows by its key, and what a state says of it."""

    name: str
    query: str  # SQL: one row, one column, a JSON object from key to what is shown
    of_state: Callable[[Any], dict[str, Any]]


def compared(
    table: str, key: str, columns: str, of_state: Callable[[Any], dict[str, Any]], where: str = ""
) -> ComparedView:
    """A view `views.TABLE`: these columns by its key, of the rows under a condition."""
    shown = ", ".join(f'"{name}"' for name in columns.split())
    condition = f" WHERE {where}" if where else ""
    query = (
        f"SELECT coalesce(json_object_agg(\"{key}\", json_build_array({shown})), '{{}}')"
        f" FROM views.{table}{condition}"
    )
    return ComparedView(table, query, of_state)


class AuditSnapshot(NamedTuple):
    """The compared views as they stood at one position."""

    position: int
    views: Sequence[ComparedView]
    shown: dict[str, dict[str, Any]]  # by view, by key

    @classmethod
    def of(cls, dsn: str, views: Sequence[ComparedView]) -> Self:
        """Read them as role `auditor`, in one snapshot. Raises JournalUnavailable."""
        parts = ", ".join(f"'{view.name}', ({view.query})" for view in views)
        query = (
            f"SELECT json_build_object('position', progress.position,"
            f" 'shown', json_build_object({parts}))::text FROM views.progress"
        )
        with connect(dsn, application="gpubourse audit", role="auditor") as connection:
            try:
                found = connection.execute(query.encode()).fetchone()
            except psycopg.Error as error:
                raise unavailable_because(error) from error
        assert found is not None
        snapshot = msgspec.json.decode(str(found[0]))
        return cls(snapshot["position"], views, snapshot["shown"])

    def differences(self, state: Any) -> Iterator[str]:
        """Where these differ from the state at their position."""
        for view in self.views:
            shown, replayed = self.shown[view.name], view.of_state(state)
            for key in sorted({*shown, *replayed}):
                row, wanted = shown.get(key), replayed.get(key)
                if row != wanted:
                    shows, gives = _in_short(row), _in_short(wanted)
                    yield f"{view.name} {key}: the view shows {shows}, the replay gives {gives}"

    @property
    def counts(self) -> str:
        """Which views these are, and how many rows of each."""
        return ", ".join(f"{name} {len(rows):,}" for name, rows in self.shown.items())


def _in_short(row: Any) -> str:
    if row is None:
        return "none"
    text = ", ".join(str(each) for each in row)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _parties(register: Register) -> dict[str, Any]:
    return {
        party.party: [
            *(party.legal_name, party.kind, party.jurisdiction, party.registration_no),
            *(party.group, party.kyc_tier, party.is_suspended),
        ]
        for party in register.parties.values()
    }


def _principals(register: Register) -> dict[str, Any]:
    return {
        each.principal: [
            *(each.party, each.holder_sha256, each.public_key, list(each.scopes)),
            *(list(each.ip_allow), each.signing, each.label, each.valid_to_ns, each.is_revoked),
        ]
        for each in register.principals.values()
    }


def _units(register: Register) -> dict[str, Any]:
    return {
        unit.unit: [
            *(unit.vendor, unit.model, unit.serial, unit.identity, unit.node, unit.slot),
            *(unit.registrant, unit.grade, unit.provenance, unit.state),
        ]
        for unit in register.units.values()
    }


def _titles(register: Register) -> dict[str, Any]:
    return {name: [thing.owner] for name, thing in register.things.items() if thing.owner}


def _accounts(register: Register) -> dict[str, Any]:
    return {account: [balance] for account, balance in register.accounts.items() if balance}


REGISTER_VIEWS = (
    compared(
        "parties",
        "party",
        "legal_name kind jurisdiction registration_no group kyc_tier is_suspended",
        lambda state: _parties(state.register),
    ),
    compared(
        "principals",
        "principal",
        "party holder_sha256 public_key scopes ip_allow signing label valid_to_ns is_revoked",
        lambda state: _principals(state.register),
    ),
    compared(
        "units",
        "unit",
        "vendor model serial identity node slot registrant grade provenance state",
        lambda state: _units(state.register),
    ),
    compared("titles", "thing", "holder", lambda state: _titles(state.register)),
    compared(
        "accounts",
        "account",
        "balance_minor",
        lambda state: _accounts(state.register),
        where="balance_minor <> 0",
    ),
)
