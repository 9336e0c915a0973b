"""The feeds of things and of the journal itself: units, ledger (WIRE 5)."""

from typing import Final

import msgspec

from exchange.books.state import Venue
from gateway.feeds.channel import AUDIT, OWN, FeedName, ItemChannel, no_such_feed
from gateway.feeds.unit_parties import UnitParties
from ledger.events import Event
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
        self._unit_parties = UnitParties()
        self._reopened: dict[str, None] = {}

    def fill(self, venue: Venue) -> None:
        """Begin with the things there are when nothing is in the air."""
        self._unit_parties.fill(venue)

    def check(self, name: FeedName) -> None:
        super().check(name)
        if name.key[:2] not in {"u-", "p-"}:
            raise no_such_feed(name.text)

    def is_own(self, name: FeedName, party: str) -> bool:
        return name.key == party or party in self._unit_parties.parties_of(name.key)

    def take_reopened(self) -> list[str]:
        reopened, self._reopened = self._reopened, {}
        return list(reopened)

    def apply(self, event: Event, row: JournalRow, at_ns: int) -> None:
        prefix, _, subject = row.stream.partition(":")
        if prefix not in THINGS:
            return
        index = self._unit_parties
        units, parties = index.concerned_by(prefix, subject)
        for unit in index.fold(event):
            self._reopened[f"units/{unit}"] = None
        units_now, parties_now = index.concerned_by(prefix, subject)
        concerned = (*dict.fromkeys((*units, *units_now)), *sorted(parties | parties_now))
        followed = [name for key in concerned if (name := f"units/{key}") in self.feeds]
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

    def keys_of(self, key: str) -> list[str]:
        """The units behind a key: itself, or all that a party is concerned by."""
        return self._unit_parties.units_of(key)


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

    def is_own(self, name: FeedName, party: str) -> bool:
        return name.key == f"party:{party}"

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
