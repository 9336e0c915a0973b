"""What the views say of balances and owners, for an audit to hold against its replay."""

from collections.abc import Iterator
from typing import NamedTuple, Self

import msgspec
import psycopg

from ledger.ids import NO_ID, AccountName, PartyId, ThingId
from ledger.journal.database_connection import connect, unavailable_because
from ledger.register import Register

_SNAPSHOT = """
    SELECT json_build_object(
        'position', progress.position,
        'accounts', (SELECT coalesce(json_object_agg(account, balance_minor), '{}')
                     FROM views.accounts),
        'titles', (SELECT coalesce(json_object_agg(thing, holder), '{}') FROM views.titles)
    )::text FROM views.progress"""


class AuditSnapshot(NamedTuple):
    """The views in one snapshot."""

    position: int
    accounts: dict[AccountName, int]
    titles: dict[ThingId, PartyId]

    @classmethod
    def of(cls, dsn: str) -> Self:
        """Read them as role `auditor`. Raises JournalUnavailable."""
        with connect(dsn, application="gpubourse audit", role="auditor") as connection:
            try:
                found = connection.execute(_SNAPSHOT).fetchone()
            except psycopg.Error as error:
                raise unavailable_because(error) from error
        assert found is not None
        snapshot = msgspec.json.decode(str(found[0]))
        return cls(snapshot["position"], snapshot["accounts"], snapshot["titles"])

    def differences(self, register: Register) -> Iterator[str]:
        """Where these differ from the state at their position."""
        for account in sorted({*self.accounts, *register.accounts}):
            stored, replayed = self.accounts.get(account, 0), register.accounts.get(account, 0)
            if stored != replayed:
                yield f"{account}: the views show {stored}, the replay gives {replayed}"
        owners = {name: thing.owner for name, thing in register.things.items() if thing.owner}
        for thing in sorted({*self.titles, *owners}):
            held, owned = self.titles.get(thing, NO_ID), owners.get(thing, NO_ID)
            if held != owned:
                yield f"{thing}: the views show {held or 'no'} title, the replay gives {owned}"
