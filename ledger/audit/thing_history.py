"""The history of one thing, from its first event, and who asked for each (DOMAIN 7)."""

import re
from collections.abc import Callable, Iterator
from typing import Any, TypedDict

import msgspec

from ledger.audit.audit_fold import AuditFold
from ledger.events import Event, LeaseGranted, UnitRegistered
from ledger.fold import State
from ledger.journal.batches import first_position
from ledger.journal.protocol import CommandRow, Journal, JournalRow

_STREAMS = {"u": "unit", "n": "node", "p": "party", "s": "site", "l": "lease", "x": "settlement"}
MARKET = "market"
VENUE = "venue"
_ID = re.compile(r"[a-z]-[0-9]{1,18}", re.ASCII)
_RIGHTS = frozenset(
    ("title_issued", "title_transferred", "hold_placed", "hold_released", "custody_moved")
)


class HistoryLine(TypedDict):
    """One event of a history. The caller's fields are empty where the engine itself acted, and
    where it is read from a log: then `command_sha256` stands."""

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
    command_sha256: str  # of what was signed for it; "": the engine itself acted


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
) -> list[HistoryLine]:
    """Every event of *subject* (an id or a market's symbol), oldest first; none: it is unknown.

    A unit's includes its board's rights, for the time it sits there, and the leases of both. Read
    from the streams concerned; what has none of its own (an order, trade, proposal, key, hold,
    entry or payment) from position 1: its events are those that name it.
    """
    last = journal.head() if upto is None else upto
    callers = _Callers(journal, folding.codec.decode)
    lines: list[HistoryLine] = []
    for row, event in _rows(journal, folding, subject, last):
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
                command_sha256=callers.command_sha256(event, row.position),
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
    journal: Journal, folding: AuditFold[State], subject: str, last: int
) -> Iterator[tuple[JournalRow, Event]]:
    """The rows of a subject's own stream; of a thing also those that its life rests on."""
    decode = folding.codec.decode
    if _ID.fullmatch(subject) and subject[0] not in _STREAMS:
        yield from _naming(journal, folding, subject, last)
        return
    kind = _STREAMS.get(subject[:1], MARKET) if subject[1:2] == "-" else MARKET
    if kind == MARKET and journal.read_stream(f"{VENUE}:{subject}"):
        kind = VENUE
    own = [(row, decode(row)) for row in journal.read_stream(f"{kind}:{subject}")]
    own = [pair for pair in own if pair[0].position <= last]
    if not own or kind not in ("unit", "node"):
        yield from own
        return
    found = [*own, *_of_its_node(journal, folding, *own[0], last)]
    node = getattr(own[0][1], "node", "")
    for row in journal.begun_streams("lease"):
        granted = decode(row)
        if isinstance(granted, LeaseGranted) and _is_of(granted, node, subject):
            stream = journal.read_stream(row.stream)
            found += [(each, decode(each)) for each in stream if each.position <= last]
    yield from sorted(found, key=lambda pair: pair[0].position)


def _naming(
    journal: Journal, folding: AuditFold[State], subject: str, last: int
) -> Iterator[tuple[JournalRow, Event]]:
    """Every row that names an id, by itself or as the end of an account."""
    alone, as_reference = f'"{subject}"'.encode(), f'/{subject}"'.encode()
    for row in journal.read(upto=last):
        if alone in row.state or as_reference in row.state:
            yield row, folding.codec.decode(row)


def _of_its_node(
    journal: Journal, folding: AuditFold[State], since: JournalRow, registered: Event, last: int
) -> Iterator[tuple[JournalRow, Event]]:
    """The rights on a unit's board, since it sits there."""
    if not isinstance(registered, UnitRegistered):
        return
    for row in journal.read_stream(f"node:{registered.node}"):
        if row.topic in _RIGHTS and since.position < row.position <= last:
            yield row, folding.codec.decode(row)


def _is_of(granted: LeaseGranted, node: str, subject: str) -> bool:
    """A lease of a whole board names no units; a node's history has all its leases."""
    named: list[str] = [*granted.units]
    return granted.node == node and (not named or subject == node or subject in named)


class _Callers:
    """Who asked for a batch; each is looked up once."""

    def __init__(self, journal: Journal, decode: Callable[[JournalRow], Event]) -> None:
        self._journal = journal
        self._decode = decode
        self._hashes: dict[int, str] = {}
        self._found: dict[int, CommandRow | None] = {}

    def of(self, event: Event, position: int) -> CommandRow | None:
        first = first_position(event, position)
        if first not in self._found:
            self._found[first] = self._journal.command_at(first)
        return self._found[first]

    def command_sha256(self, event: Event, position: int) -> str:
        """What the batch's first event says of its command, which a log does not hold."""
        first = first_position(event, position)
        if first not in self._hashes:
            rows = self._journal.read(first - 1, first) if event.cause else ()
            opening = next((self._decode(row) for row in rows), event)
            self._hashes[first] = opening.command_sha256
        return self._hashes[first]
