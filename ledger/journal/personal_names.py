"""Natural persons' names, in the one table that may be changed and erased (ARCHITECTURE 2).

Events hold a salted hash alone. The salt lies beside the name, so that erasing the row cuts the
hash loose from the person for good.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, Protocol

import psycopg

from ledger.authority.holder_name import compared, skeletons
from ledger.base64url import sha256_text
from ledger.journal.database_connection import Connection, connect, unavailable_because

SALT_BYTES = 16


class Personal(Protocol):
    """Who is behind a holder's hash. Synchronous, like the journal."""

    def holder_sha256(self, name: str) -> str:
        """The hash that stands for a person in events: one for all spellings of the name, and for
        all that look like it."""
        ...

    def note(self, subject: str, name: str) -> None:
        """Write down whom a principal (`k-0107`) stands for."""
        ...


class Noted(NamedTuple):
    """A person as first noted: all that looks like the name leads to this salt and this name."""

    salt: bytes
    name: str

    @property
    def holder_sha256(self) -> str:
        return hashed(self.salt, self.name)


def _newly_noted(name: str) -> Noted:
    return Noted(os.urandom(SALT_BYTES), normalized(name))


class _Known:
    """Whom this process was asked for, by each skeleton of the name."""

    def __init__(self) -> None:
        self._people: dict[str, Noted] = {}

    def find(self, forms: Iterable[str]) -> Noted | None:
        return next((self._people[form] for form in forms if form in self._people), None)

    def add(self, forms: Iterable[str], person: Noted) -> Noted:
        for form in forms:
            self._people.setdefault(form, person)
        return person


class MemoryPersonal(Personal):
    """For tests and simulation."""

    def __init__(self) -> None:
        self._known = _Known()
        self.names: dict[str, str] = {}  # by subject

    def holder_sha256(self, name: str) -> str:
        forms = skeletons(name)
        return self._known.add(forms, self._known.find(forms) or _newly_noted(name)).holder_sha256

    def note(self, subject: str, name: str) -> None:
        self.names[subject] = normalized(name)


class PostgresPersonal(Personal):
    """The table `personal`. A name asked for and not yet noted keeps its salt here meanwhile.

    Skeletons of names that were noted under another table of letters, or before there was one, are
    written before the first question. Raises JournalUnavailable when the database does not answer.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._known = _Known()
        self._is_current = False

    def holder_sha256(self, name: str) -> str:
        return self._noted(name).holder_sha256

    def note(self, subject: str, name: str) -> None:
        known = self._noted(name)
        self._query(
            "INSERT INTO personal (subject, salt, name, compared, skeletons)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (subject) DO NOTHING RETURNING salt, name",
            [subject, known.salt, known.name, compared(name), skeletons(name)],
        )

    def _noted(self, name: str) -> Noted:
        forms = skeletons(name)
        if found := self._known.find(forms):
            return self._known.add(forms, found)
        self._write_skeletons()
        # of rows once noted apart the oldest speaks for the person
        found = self._query(
            "SELECT salt, name FROM personal WHERE skeletons && %s"
            " ORDER BY noted_at, subject LIMIT 1",
            [forms],
        )
        return self._known.add(forms, found or _newly_noted(name))

    def _write_skeletons(self) -> None:
        if self._is_current:
            return
        with self._connected() as connection:
            rows = connection.execute("SELECT subject, name, skeletons FROM personal").fetchall()
            found = [(skeletons(str(name)), subject, kept) for subject, name, kept in rows]
            stale = [(now, subject) for now, subject, kept in found if kept != now]
            with connection.cursor() as cursor:
                cursor.executemany("UPDATE personal SET skeletons = %s WHERE subject = %s", stale)
        self._is_current = True

    def _query(self, statement: str, terms: list[object]) -> Noted | None:
        with self._connected() as connection:
            row = connection.execute(statement.encode(), terms).fetchone()
        if row is None:
            return None
        salt, name = row
        return Noted(bytes(salt), str(name))  # type: ignore[call-overload]

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        with connect(self._dsn, application="gpubourse names", role="engine") as connection:
            try:
                yield connection
            except psycopg.Error as error:
                raise unavailable_because(error) from error


def normalized(name: str) -> str:
    """A name as it is noted: single spaces, none around it."""
    return " ".join(name.split())


def hashed(salt: bytes, name: str) -> str:
    """SHA-256 of salt and name, base64url without padding."""
    return sha256_text(salt + name.encode())
