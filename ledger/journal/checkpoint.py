"""Saved states: opaque blobs that make a start short. Derived, and trusted no further than checked.

What a blob holds is the engine's business. A damaged or foreign one is passed over with a warning.
"""

import hashlib
import logging
from collections.abc import Callable
from typing import NamedTuple, Protocol

import psycopg

from ledger.journal.database_connection import Connection, connect, unavailable_because

_log = logging.getLogger(__name__)

BLOB_BYTES_MOST = 512 * 1024 * 1024  # PostgreSQL holds 1 GiB, and hex doubles it in a dump

_FOUND = (
    "SELECT form, codec_version, position FROM public.checkpoints"
    " WHERE position <= %s ORDER BY position DESC, saved_at DESC"
)
_ONE = (
    "SELECT position, form, state_sha256, codec_version, blob, coalesce(chain, ''), blob_sha256"
    " FROM public.checkpoints WHERE form = %s AND codec_version = %s AND position = %s"
)
_STORE = (
    "INSERT INTO public.checkpoints"
    " (position, form, state_sha256, codec_version, blob, chain, blob_sha256)"
    " VALUES (%s, %s, %s, %s, %b, %s, %s) ON CONFLICT DO NOTHING"
)
_FORGET = (
    "DELETE FROM public.checkpoints WHERE position NOT IN"
    " (SELECT position FROM public.checkpoints ORDER BY position DESC LIMIT %s)"
)


class Checkpoint(NamedTuple):
    """A state at a position: `state_sha256` is its hash by `form`, `blob` what rebuilds it."""

    position: int
    form: int
    state_sha256: bytes
    codec_version: int
    blob: bytes
    chain: bytes = b""  # of the commit that ends at `position`; empty: an older release's


class Checkpoints(Protocol):
    """Where saved states lie."""

    def store(self, checkpoint: Checkpoint, keep: int = 3) -> None:
        """Save one, and forget all but the newest `keep` positions."""
        ...

    def newest_valid(self, head: int, codec_version: int) -> Checkpoint | None:
        """The newest whole one not after `head` that `codec_version` can read."""
        ...


class PostgresCheckpoints(Checkpoints):
    """Saved states in the journal's own database. Raises JournalUnavailable as a journal does."""

    def __init__(self, dsn: str, warn: Callable[[str], None] = _log.warning) -> None:
        self._dsn = dsn
        self._warn = warn

    def store(self, checkpoint: Checkpoint, keep: int = 3) -> None:
        assert len(checkpoint.blob) <= BLOB_BYTES_MOST, "a state too large to be saved as one blob"
        with self._connection() as connection:
            try:
                connection.execute(_STORE, [*checkpoint, _sha256(checkpoint.blob)])
                connection.execute(_FORGET, [keep])
            except psycopg.Error as error:
                raise unavailable_because(error) from error

    def newest_valid(self, head: int, codec_version: int) -> Checkpoint | None:
        with self._connection() as connection:
            try:
                for form, version, position in connection.execute(_FOUND, [head]).fetchall():
                    if version != codec_version:
                        self._warn(f"checkpoint {position} is passed over: codec {version}")
                        continue
                    found = _whole(connection, [form, version, position])
                    if found is not None:
                        return found
                    self._warn(f"checkpoint {position} is passed over: it is damaged")
            except psycopg.Error as error:
                raise unavailable_because(error) from error
        return None

    def _connection(self) -> Connection:
        return connect(self._dsn, application="gpubourse checkpoints", role="engine")


class MemoryCheckpoints(Checkpoints):
    """Saved states beside a journal in memory."""

    def __init__(self) -> None:
        self._saved: dict[int, Checkpoint] = {}

    def store(self, checkpoint: Checkpoint, keep: int = 3) -> None:
        self._saved[checkpoint.position] = checkpoint
        for position in sorted(self._saved)[:-keep]:
            del self._saved[position]

    def newest_valid(self, head: int, codec_version: int) -> Checkpoint | None:
        readable = [
            saved
            for saved in self._saved.values()
            if saved.position <= head and saved.codec_version == codec_version
        ]
        return max(readable, default=None)


def _whole(connection: Connection, place: list[object]) -> Checkpoint | None:
    row = connection.cursor(binary=True).execute(_ONE, place).fetchone()
    if row is None:  # forgotten meanwhile
        return None
    *fields, blob_sha256 = row
    found = Checkpoint(*fields)  # type: ignore[arg-type]
    return found if _sha256(found.blob) == blob_sha256 else None


def _sha256(blob: bytes) -> bytes:
    return hashlib.sha256(blob).digest()
