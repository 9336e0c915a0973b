"""Which days a journal closes, and which of their roots of form 2 it bears."""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import msgspec

from ledger.events import StateAttested
from ledger.journal.protocol import Journal
from ledger.state_map.salted_map import FORM

TOPIC: Final = "state_attested"
_decode = msgspec.json.Decoder(StateAttested).decode


class AttestedRoot(NamedTuple):
    """A root that stands in the journal."""

    position: int  # of the event that bears it
    upto_position: int  # whose state it is
    root: str  # base64url


@dataclass(slots=True)
class AttestedDays:
    """The day's closes of a journal, each by the last position before its hash, in order."""

    closes: list[int] = field(default_factory=list)
    roots: dict[int, AttestedRoot] = field(default_factory=dict)  # by close; of two the first

    def read(self, event: StateAttested, position: int) -> None:
        """The next attestation of the journal."""
        if event.form == FORM:
            found = AttestedRoot(position, event.upto_position, event.state_sha256)
            self.roots.setdefault(event.upto_position, found)
        elif closes_day(event):
            self.closes.append(event.upto_position)

    def waiting(self) -> list[int]:
        """The closes that bear no root."""
        return [close for close in self.closes if close not in self.roots]


def closes_day(event: StateAttested) -> bool:
    """A day is closed by a hash among what time brings; one that opens its batch closes none."""
    return event.form != FORM and event.cause > 0


def attested_days(journal: Journal) -> AttestedDays:
    """All of them, from the venue's own stream: no other event is read.

    One that cannot be read is passed over: who folds the journal ends at it.
    """
    days = AttestedDays()
    first = next(iter(journal.read(0, 1)), None)
    for row in journal.read_stream(first.stream) if first is not None else ():
        if row.topic == TOPIC:
            with suppress(msgspec.MsgspecError, UnicodeDecodeError):
                days.read(_decode(row.state), row.position)
    return days
