"""A journal as a question reads it: rows that follow one another, and events that can be read.

`audit verify` looks at whatever is stored and tells each fault. A question is answered from all
that it reads or not at all: the first row that is missing, or that holds no event of ours, ends it.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, cast

import msgspec

from ledger.audit.audit_fold import BROKEN, AuditFold
from ledger.events import Event
from ledger.fold import State
from ledger.journal.codec import Codec, UnknownTopic
from ledger.journal.protocol import POSITION_MOST, Journal, JournalRow

TOPIC_SHOWN_MOST: Final = 40  # characters
_UNREADABLE: Final = (UnknownTopic, msgspec.MsgspecError, RecursionError, *BROKEN)
_NAME: Final = re.compile(r"[A-Za-z0-9._-]+", re.ASCII)
_ACCOUNT: Final = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)+", re.ASCII)


class UnreadableRow(Exception):
    """A row of a journal that is missing or cannot be told: the text says which, and why."""


def where(row: JournalRow) -> str:
    """`position 7 (unit_registered)`, whatever the topic holds."""
    topic = "".join(each if each.isprintable() else "?" for each in row.topic)
    return f"position {row.position} ({topic[:TOPIC_SHOWN_MOST]})"


def decoded(codec: Codec, row: JournalRow) -> Event:
    """The event of a row, its stamp within bounds. Raises UnreadableRow."""
    try:
        event = codec.decode(row)
    except UnreadableRow:
        raise
    except UnknownTopic:
        raise UnreadableRow(
            f"{where(row)} cannot be read: this release does not know such an event"
        ) from None
    except _UNREADABLE as error:
        raise UnreadableRow(f"{where(row)} cannot be read: {error}") from error
    if not (0 <= event.at_ns <= POSITION_MOST and 0 <= event.cause < row.position):
        raise UnreadableRow(f"{where(row)} cannot be read: its stamp is none")
    return event


def must_be_accounts(row: JournalRow, accounts: Iterable[str]) -> None:
    """Raise UnreadableRow for what is no account: owner, kind, reference, and strokes between."""
    for account in accounts:
        if not _ACCOUNT.fullmatch(account):
            raise UnreadableRow(f"{where(row)} cannot be read: {account!r:.80} is no account")


def must_be_names(row: JournalRow, names: Iterable[str]) -> None:
    """Raise UnreadableRow for what is no id of ours ("" is none at all, and may stand)."""
    for name in names:
        if name and not _NAME.fullmatch(name):
            raise UnreadableRow(f"{where(row)} cannot be read: {name!r:.80} is no name")


def readable(folding: AuditFold[State]) -> AuditFold[State]:
    """The same folding; its codec raises UnreadableRow for what it cannot read."""
    return folding._replace(codec=_Codec(folding.codec))


def in_order(journal: Journal) -> Journal:
    """The same journal; reading it raises UnreadableRow where a row is missing."""
    return cast(Journal, _InOrder(journal))


def must_reach_its_commits(journal: Journal) -> None:
    """Raise UnreadableRow for a journal that ends before its last commit does."""
    _, later = journal.commits_around(journal.head())
    head = journal.head()  # again: beside a living venue more came with that commit
    if later is not None and head < later.last_position:
        raise _missing(head + 1)


class _Codec(Codec):
    """A codec that tells what it cannot read."""

    def __init__(self, codec: Codec) -> None:
        self.__dict__.update(codec.__dict__)
        self._codec = codec

    def decode(self, row: JournalRow) -> Event:
        return decoded(self._codec, row)


class _InOrder:
    """A journal whose rows follow one another, or reading ends."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def __getattr__(self, name: str) -> Any:
        return getattr(self._journal, name)

    def read(self, after: int = 0, upto: int | None = None) -> Iterator[JournalRow]:
        at = max(after, 0)
        for row in self._journal.read(after, upto):
            at += 1
            if row.position != at:
                raise _missing(at)
            yield row
        if upto is not None and at < upto and at < self._journal.head():
            raise _missing(at + 1)

    def read_stream(self, stream: str, after_version: int = 0) -> list[JournalRow]:
        rows = self._journal.read_stream(stream, after_version)
        for version, row in enumerate(rows, max(after_version, 0) + 1):
            if row.version != version:
                raise UnreadableRow(
                    f"version {version} of {stream} is missing: position {row.position} is the "
                    f"next of it, as version {row.version}"
                )
        return rows


def _missing(position: int) -> UnreadableRow:
    return UnreadableRow(f"position {position} is missing")
