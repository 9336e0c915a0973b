"""Natural persons' names, in the one table that may be changed and erased (ARCHITECTURE 2).

Events hold a salted hash alone. The salt lies beside the name, so that erasing the row cuts the
hash loose from the person for good.
"""

import os
from typing import Protocol

import psycopg

from ledger.base64url import sha256_text
from ledger.journal.database_connection import connect, unavailable_because

SALT_BYTES = 16


class Personal(Protocol):
    """Who is behind a holder's hash. Synchronous, like the journal."""

    def holder_sha256(self, name: str) -> str:
        """The hash that stands for a person in events: the same for the same name."""
        ...

    def note(self, subject: str, name: str) -> None:
        """Write down whom a principal (`k-0107`) stands for."""
        ...


class MemoryPersonal(Personal):
    """For tests and simulation."""

    def __init__(self) -> None:
        self._salts: dict[str, bytes] = {}
        self.names: dict[str, str] = {}  # by subject

    def holder_sha256(self, name: str) -> str:
        plain = normalized(name)
        return hashed(self._salts.setdefault(plain, os.urandom(SALT_BYTES)), plain)

    def note(self, subject: str, name: str) -> None:
        self.names[subject] = normalized(name)


class PostgresPersonal(Personal):
    """The table `personal`. A name asked for and not yet noted keeps its salt here meanwhile.

    Raises JournalUnavailable when the database does not answer.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._salts: dict[str, bytes] = {}

    def holder_sha256(self, name: str) -> str:
        plain = normalized(name)
        if plain not in self._salts:
            found = self._query("SELECT salt FROM personal WHERE name = %s LIMIT 1", [plain])
            self._salts[plain] = found if found is not None else os.urandom(SALT_BYTES)
        return hashed(self._salts[plain], plain)

    def note(self, subject: str, name: str) -> None:
        self.holder_sha256(name)
        self._query(
            "INSERT INTO personal (subject, salt, name) VALUES (%s, %s, %s)"
            " ON CONFLICT (subject) DO NOTHING RETURNING salt",
            [subject, self._salts[normalized(name)], normalized(name)],
        )

    def _query(self, statement: str, terms: list[object]) -> bytes | None:
        with connect(self._dsn, application="gpubourse names", role="engine") as connection:
            try:
                row = connection.execute(statement.encode(), terms).fetchone()
            except psycopg.Error as error:
                raise unavailable_because(error) from error
        return row[0] if row is not None and isinstance(row[0], bytes) else None


def normalized(name: str) -> str:
    """A name as it is compared: single spaces, none around it."""
    return " ".join(name.split())


def hashed(salt: bytes, name: str) -> str:
    """SHA-256 of salt and name, base64url without padding."""
    return sha256_text(salt + name.encode())
