"""The history of one thing, from its first event, and who asked for each (DOMAIN 7)."""

from collections.abc import Iterator
from typing import Any, TypedDict

import msgspec

from ledger.audit.audit_fold import AuditFold
from ledger.audit.progress import Progress, no_progress, rows_upto
from ledger.events import Event, LeaseGranted, UnitRegistered
from ledger.fold import State
from ledger.ids import UnitId
from ledger.journal.batches import first_position
from ledger.journal.protocol import CommandRow, Journal, JournalRow

_STREAMS = {"u": "unit", "n": "node", "p": "party", "s": "site", "l": "lease", "x": "settlement"}
_RIGHTS = frozenset(
    ("title_issued", "title_transferred", "hold_placed", "hold_released", "custody_moved")
)


class HistoryLine(TypedDict):
    """One event of a history; the caller's fields are empty where the engine itself acted."""

    position: int
    at_ns: int
    stream: str
    version: int
    topic: str
    event: dict[str, Any]
    party: str
    principal: str
    op: str
    key: str


class TitleLink(TypedDict):
    """One step of a chain of title."""

    position: int
    at_ns: int
    thing: str
    from_party: str
    to_party: str
    basis: str
    price_minor: int
    settlement: str


def history(
    journal: Journal,
    folding: AuditFold[State],
    subject: str,
    upto: int | None = None,
    progress: Progress = no_progress,
) -> list[HistoryLine]:
    """Every event of *subject* (an id or a market's symbol), oldest first; none: it is unknown.

    A unit's includes its board's rights, for the time it sits there, and the leases of both.
    """
    callers = _Callers(journal)
    lines: list[HistoryLine] = []
    for row, event in _rows(journal, folding, subject, upto, progress):
        command = callers.of(event, row.position)
        lines.append(
            HistoryLine(
                position=row.position,
                at_ns=event.at_ns,
                stream=row.stream,
                version=row.version,
                topic=row.topic,
                event=msgspec.json.decode(row.state),
                party=command.party if command else "",
                principal=command.principal if command else "",
                op=command.op if command else "",
                key=command.key if command else "",
            )
        )
    return lines


def chain_of_title(lines: list[HistoryLine]) -> list[TitleLink]:
    """Who had it from whom, of a history."""
    return [
        TitleLink(
            position=one["position"],
            at_ns=one["at_ns"],
            thing=event.get("node") or event.get("unit", ""),
            from_party=event.get("from_party", ""),
            to_party=event.get("to_party") or event.get("holder", ""),
            basis=event["basis"],
            price_minor=event.get("price_minor", 0),
            settlement=event.get("settlement", ""),
        )
        for one in lines
        if one["topic"] in ("title_issued", "title_transferred")
        for event in [one["event"]]
    ]


def _rows(
    journal: Journal, folding: AuditFold[State], subject: str, upto: int | None, progress: Progress
) -> Iterator[tuple[JournalRow, Event]]:
    last = journal.head() if upto is None else upto
    is_thing = subject[:2] in ("u-", "n-")
    if not is_thing:
        kind = _STREAMS.get(subject[:1], "market") if subject[1:2] == "-" else "market"
        for row in journal.read_stream(f"{kind}:{subject}"):
            if row.position <= last:
                yield row, folding.codec.decode(row)
        return
    life = _Life(subject)
    for row in rows_upto(journal, last, progress):
        if life.is_candidate(row):
            event = folding.codec.decode(row)
            if life.includes(row, event):
                yield row, event


class _Life:
    """Which rows belong to the life of a unit or a node, found in one reading."""

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._stream = f"{_STREAMS[subject[0]]}:{subject}"
        self._node = subject if subject.startswith("n-") else ""
        self._leases: set[str] = set()  # streams

    def is_candidate(self, row: JournalRow) -> bool:
        """Whether a row is worth decoding."""
        stream = row.stream
        return (
            stream == self._stream
            or stream in self._leases
            or row.topic == "lease_granted"
            or (row.topic in _RIGHTS and stream == f"node:{self._node}")
        )

    def includes(self, row: JournalRow, event: Event) -> bool:
        if isinstance(event, LeaseGranted):
            if event.node != self._node or not self._is_in(event.units):
                return False
            self._leases.add(row.stream)
        elif isinstance(event, UnitRegistered):
            self._node = event.node
        return True

    def _is_in(self, units: list[UnitId]) -> bool:
        """A lease of a whole board names no units; a node's history has all its leases."""
        return not units or self._subject == self._node or self._subject in units


class _Callers:
    """Who asked for a batch; each is looked up once."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._found: dict[int, CommandRow | None] = {}

    def of(self, event: Event, position: int) -> CommandRow | None:
        first = first_position(event, position)
        if first not in self._found:
            self._found[first] = self._journal.command_at(first)
        return self._found[first]
