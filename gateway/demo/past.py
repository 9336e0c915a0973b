"""The demo's past: written day by day with the engine's own batch writer, before it goes live.

The same seed and start give the same bytes: stamps come from the calendar, keys from the seed, and
nothing is remembered but what the venue holds, so that a run may stop after any day and go on.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from exchange.engine.batch_writer import Batch, BatchWriter, Request
from exchange.engine.replay import Recovered
from exchange.simulation.day import World, hour
from exchange.simulation.founding import digest
from exchange.simulation.intents import Intent
from gateway.demo.participants import ParticipantKeys
from gpubourse.wire import body_sha256
from ledger.caller import Caller
from ledger.durations import DAY_NS, HOUR_NS, SECOND_NS
from ledger.journal.protocol import CommandRow, Journal, JournalRow
from ledger.refusals import Refused
from ledger.timers import next_due_ns

VENUE = "cn-1"
ZONE = "Asia/Shanghai"
APART_NS = SECOND_NS  # two commands of one hour, at the least
HOURS = 24


def local_midnight_ns(at_ns: int) -> int:
    """The midnight before an instant, in the venue's zone."""
    local = datetime.fromtimestamp(at_ns // SECOND_NS, ZoneInfo(ZONE))
    return int(local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()) * SECOND_NS


def zone_offset_ns() -> int:
    """Local time of the demo's sites less UTC; China keeps one time all year."""
    offset = ZoneInfo(ZONE).utcoffset(datetime(2024, 11, 15))
    assert offset is not None, "a zone of the tz database has an offset"
    return int(offset.total_seconds()) * SECOND_NS


@dataclass(slots=True)
class PastWriter:
    """Writes the past of one demo into a journal. Each batch is handed to `publish`."""

    journal: Journal
    writer: BatchWriter
    participants: ParticipantKeys
    world: World
    start_ns: int  # midnight of day 0 in the venue's zone
    publish: Callable[[Batch], None] = lambda batch: None
    refusals: dict[str, int] = field(default_factory=dict)  # reason -> how often
    _rows: list[JournalRow] = field(default_factory=list)
    _commands: list[CommandRow] = field(default_factory=list)

    @classmethod
    def of(cls, journal: Journal, found: Recovered, seed: int, start_ns: int) -> "PastWriter":
        """Over a journal whose fence is taken; an empty one is opened as a demo's."""
        participants = ParticipantKeys.of(seed, VENUE)
        world = World.of(seed, participants.public_key, zone_offset_ns())
        writer = BatchWriter(found.venue, found.versions, moment=found.moment)
        history = cls(journal, writer, participants, world, start_ns)
        last, _ = journal.commits_around(journal.head())
        if last is not None and last.is_inherited:
            history._add(writer.upgraded(last))
        if not found.venue.register.venue:
            history._open()
        return history

    def day(self, day: int, upto_hour: int = HOURS) -> None:
        """Make one day, or the first hours of it, and store it in one append: all of it or none."""
        for of_day in range(upto_hour):
            self._hour(day, of_day)
        if upto_hour == HOURS:
            self._pass_time(self.start_ns + (day + 1) * DAY_NS - 1)
        self._store()

    def _hour(self, day: int, of_day: int) -> None:
        """Intents a second apart, each after what falls due before it."""
        at_ns = self.start_ns + day * DAY_NS + of_day * HOUR_NS
        self._pass_time(at_ns)
        intents = hour(self.writer.venue, self.world, day, of_day, lambda: self.writer.at_ns)
        for number, intent in enumerate(intents):
            at_ns = max(self.writer.at_ns + 1, at_ns + APART_NS)
            self._pass_time(at_ns)
            self._send(intent, f"day-{day}-{of_day}-{number}", at_ns)

    def _send(self, intent: Intent, key: str, at_ns: int) -> None:
        register = self.writer.venue.register
        request = self.participants.request(register, intent, key, at_ns)
        if intent.attachment:
            self.journal.keep(intent.attachment)
        try:
            self._add(self.writer.write(request, max(self.writer.at_ns + 1, at_ns)))
        except Refused as refused:
            self.refusals[refused.reason.name] = self.refusals.get(refused.reason.name, 0) + 1

    def _open(self) -> None:
        args = {
            "venue": VENUE,
            "currency": "CNY",
            "zone": ZONE,
            "minor_digits": 2,
            "kind": "demo",
            "legal_name": "gpubourse demo venue",
            "clerks": [
                {
                    "holder_sha256": digest(f"holder|{name}"),
                    "public_key": self.participants.public_key(name),
                    "label": name,
                }
                for name in ("clerk-1", "clerk-2")
            ],
        }
        body = body_sha256("venue.open", args)
        request = Request("venue.open", args, Caller(), body_sha256=body)
        self._add(self.writer.write(request, self.start_ns))

    def _pass_time(self, to_ns: int) -> None:
        """Everything due up to an instant, one batch for each instant at which something is."""
        while (due_ns := next_due_ns(self.writer.venue.register)) is not None and due_ns <= to_ns:
            self._add(self.writer.advance(due_ns))

    def _add(self, batch: Batch) -> None:
        self._rows += batch.rows
        if batch.command is not None:
            self._commands.append(batch.command)
        self.publish(batch)

    def _store(self) -> None:
        if self._rows:
            self.journal.append(self._rows, self._commands)
            self._rows, self._commands = [], []
