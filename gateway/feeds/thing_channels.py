"""The feeds of things and of the journal itself: units, ledger (WIRE 5)."""

from typing import Final

import msgspec

from exchange.books.state import Venue
from gateway.access.session import Session
from gateway.feeds.channel import AUDIT, OWN, FeedName, ItemChannel, no_such_feed
from ledger.events import (
    Event,
    LeaseEnded,
    LeaseGranted,
    NodeRegistered,
    TitleIssued,
    TitleTransferred,
    UnitRegistered,
)
from ledger.journal.protocol import JournalRow

THINGS: Final = ("unit", "node", "lease")  # streams that tell of a thing


class UnitChannel(ItemChannel):
    """The events of a unit (and of the board it sits in), for who is concerned by it.

    The record as it stands is read from the register (`gateway/feeds/unit_record.py`); this
    follows it.
    """

    name = "units"
    who = OWN
    event_types = (Event,)  # every kind

    def __init__(self) -> None:
        super().__init__()
        self._node_of: dict[str, str] = {}
        self._units_of: dict[str, list[str]] = {}
        self._registrant: dict[str, str] = {}  # by thing
        self._owner: dict[str, str] = {}  # by thing: node or unit
        self._lessees: dict[str, tuple[str, str, str]] = {}  # lease -> node, lessor, lessee

    def fill(self, venue: Venue) -> None:
        """Begin with the things there are when nothing is in the air."""
        register = venue.register
        for node in register.nodes.values():
            self._registrant[node.node] = node.registrant
            self._units_of[node.node] = list(node.units)
        for unit in register.units.values():
            self._node_of[unit.unit] = unit.node
            self._registrant[unit.unit] = unit.registrant
        for thing in register.things.values():
            if thing.owner:
                self._owner[thing.thing] = thing.owner
        for lease in register.leases.values():
            self._lessees[lease.lease] = (lease.node, lease.lessor, lease.lessee)

    def check(self, name: FeedName) -> None:
        super().check(name)
        if name.key[:2] not in {"u-", "p-"}:
            raise no_such_feed(name.text)

    def parties_of(self, unit: str) -> set[str]:
        """Who is concerned by a unit: its owner, its lessees, and who registered it."""
        node = self._node_of.get(unit, "")
        owner = self._owner.get(unit) or self._owner.get(node)
        parties = {owner or self._registrant.get(unit, "")}
        parties |= {lessee for at, _, lessee in self._lessees.values() if at == node}
        return parties - {""}

    def apply(self, event: Event, row: JournalRow, at_ns: int) -> None:
        prefix, _, subject = row.stream.partition(":")
        if prefix not in THINGS:
            return
        units, parties = self._fold(event, prefix, subject)
        names = [f"units/{concerned}" for concerned in (*units, *sorted(parties))]
        followed = [name for name in names if name in self.feeds]
        if followed:
            item = {
                "position": row.position,
                "stream": row.stream,
                "version": row.version,
                "topic": row.topic,
                "event": msgspec.json.decode(row.state),
            }
            for name in followed:
                self.add_item(name, item)

    def must_be_open_to(self, name: FeedName, session: Session | None) -> None:
        if session is not None and session.party in self.parties_of(name.key):
            return
        super().must_be_open_to(name, session)

    def keys_of(self, key: str) -> list[str]:
        """The units behind a key: itself, or all that a party is concerned by."""
        if key in self._node_of:
            return [key]
        return [unit for unit in self._node_of if key in self.parties_of(unit)]

    def _fold(self, event: Event, prefix: str, subject: str) -> tuple[list[str], set[str]]:
        """The units and the parties that an event concerns."""
        if isinstance(event, UnitRegistered):
            self._node_of[event.unit] = event.node
            self._units_of.setdefault(event.node, []).append(event.unit)
            self._registrant[event.unit] = event.registrant
        elif isinstance(event, NodeRegistered):
            self._registrant[event.node] = event.registrant
        elif isinstance(event, LeaseGranted):
            self._lessees[event.lease] = (event.node, event.lessor, event.lessee)
        before = self._owner.get(subject, "")
        if isinstance(event, TitleIssued):
            self._owner[event.thing] = event.holder
        elif isinstance(event, TitleTransferred):
            self._owner[event.thing] = event.to_party
        if prefix == "unit":
            return [subject], self.parties_of(subject) | ({before} - {""})
        if prefix == "node":
            owner = self._owner.get(subject) or self._registrant.get(subject, "")
            return self._units_of.get(subject, []), {owner, before} - {""}
        node, lessor, lessee = self._lessees.get(subject, ("", "", ""))
        if isinstance(event, LeaseEnded):
            self._lessees.pop(subject, None)
        return self._units_of.get(node, []), {lessor, lessee} - {""}


class LedgerChannel(ItemChannel):
    """Every event as it is stored: `ledger/*`, or one stream, `ledger/unit:u-000017`."""

    name = "ledger"
    who = AUDIT
    has_snapshot = False
    is_replayable = True
    event_types = (Event,)  # every kind

    def check(self, name: FeedName) -> None:
        super().check(name)
        if name.key != "*" and ":" not in name.key:
            raise no_such_feed(name.text)

    def must_be_open_to(self, name: FeedName, session: Session | None) -> None:
        if session is None or name.key != f"party:{session.party}":
            super().must_be_open_to(name, session)

    def apply(self, event: Event, row: JournalRow, at_ns: int) -> None:
        stream_feed = f"ledger/{row.stream}"
        if "ledger/*" in self.feeds or stream_feed in self.feeds:
            item = {
                "position": row.position,
                "stream": row.stream,
                "version": row.version,
                "topic": row.topic,
                "at_ns": at_ns,
                "entry": entry(row),
            }
            self.add_item("ledger/*", item)
            self.add_item(stream_feed, item)


def entry(row: JournalRow) -> str:
    """The row in the journal's own form: one JSON line whose `event` is the stored bytes."""
    head = (
        f'{{"position":{row.position},"stream":"{row.stream}","version":{row.version},'
        f'"topic":"{row.topic}","event":'
    )
    return f"{head}{row.state.decode()}}}"
