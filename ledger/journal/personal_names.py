"""Natural persons' names, in the one table that may be changed and erased (ARCHITECTURE 2).

Events hold a salted hash alone. The salt lies beside the name, so that erasing the row cuts the
hash loose from the person for good.
"""

import os
from typing import NamedTuple, Protocol

import psycopg

from ledger.authority.holder_name import compared
from ledger.base64url import sha256_text
from ledger.journal.database_connection import connect, unavailable_because

SALT_BYTES = 16


class Personal(Protocol):
    """Who is behind a holder's hash. Synchronous, like the journal."""

    def holder_sha256(self, name: str) -> str:
        """The hash that stands for a person in events: one for all spellings of the name."""
        ...

    def note(self, subject: str, name: str) -> None:
        """Write down whom a principal (`k-0107`) stands for."""
        ...


class Noted(NamedTuple):
    """A person as first noted: every spelling of the name leads to this salt and this name."""

    salt: bytes
    name: str

    @property
    def holder_sha256(self) -> str:
        return hashed(self.salt, self.name)


def _newly_noted(name: str) -> Noted:
    return Noted(os.urandom(SALT_BYTES), normalized(name))


class MemoryPersonal(Personal):
    """For tests and simulation."""

    def __init__(self) -> None:
        self._known: dict[str, Noted] = {}  # by the name as it is compared
        self.names: dict[str, str] = {}  # by subject

    def holder_sha256(self, name: str) -> str:
        return self._known.setdefault(compared(name), _newly_noted(name)).holder_sha256

    def note(self, subject: str, name: str) -> None:
        self.names[subject] = normalized(name)


class PostgresPersonal(Personal):
    """The table `personal`. A name asked for and not yet noted keeps its salt here meanwhile.

    Raises JournalUnavailable when the database does not answer.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._known: dict[str, Noted] = {}  # by the name as it is compared

    def holder_sha256(self, name: str) -> str:
        return self._noted(name).holder_sha256

    def note(self, subject: str, name: str) -> None:
        known = self._noted(name)
        self._query(
            "INSERT INTO personal (subject, salt, name, compared) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (subject) DO NOTHING RETURNING salt, name",
            [subject, known.salt, known.name, compared(name)],
        )

    def _noted(self, name: str) -> Noted:
        key = compared(name)
        if key not in self._known:
            # of rows once noted apart the oldest speaks for the person
            found = self._query(
                "SELECT salt, name FROM personal WHERE compared = %s"
                " ORDER BY noted_at, subject LIMIT 1",
                [key],
            )
            self._known[key] = found if found is not None else _newly_noted(name)
        return self._known[key]

    def _query(self, statement: str, terms: list[object]) -> Noted | None:
        with connect(self._dsn, application="gpubourse names", role="engine") as connection:
            try:
                row = connection.execute(statement.encode(), terms).fetchone()
            except psycopg.Error as error:
                raise unavailable_because(error) from error
        if row is None:
            return None
        salt, name = row
        return Noted(bytes(salt), str(name))  # type: ignore[call-overload]


def normalized(name: str) -> str:
    """A name as it is noted: single spaces, none around it."""
    return " ".join(name.split())


def hashed(salt: bytes, name: str) -> str:
    """SHA-256 of salt and name, base64url without padding."""
    return sha256_text(salt + name.encode())
