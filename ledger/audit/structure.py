"""I14, first half: positions and versions without a gap; stored bytes that encode the same."""

import msgspec
from msgspec.structs import replace

from ledger.audit.check_result import Check, CheckResult
from ledger.events import Event
from ledger.journal.codec import Codec, UnknownTopic
from ledger.journal.protocol import JournalRow
from ledger.overflow.numbered_names import NumberedNames

_encode = msgspec.json.Encoder().encode


class StructureCheck:
    """Looks at every row as it is stored, and hands on the event in it if there is one."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._positions = CheckResult("positions")
        self._versions = CheckResult("versions")
        self._bytes = CheckResult("bytes")
        self._stamps = CheckResult("stamps")
        self._streams = NumberedNames()  # each with its last version
        self._last_position = 0
        self._batch = 0  # its first position
        self._at_ns = 0
        self.rows = 0

    def read(self, row: JournalRow) -> Event | None:
        """Check one row against those before it; None if it holds no event of ours."""
        self.rows += 1
        self._check_order(row)
        event = self._decoded(row)
        if event is not None:
            self._check_stamp(row.position, event)
        return event

    def close(self) -> None:
        """Let go of what was noted."""
        self._streams.close()

    def checks(self) -> list[Check]:
        last = self._last_position
        return [
            self._positions.check(f"1 to {last:,} without a gap"),
            self._versions.check(f"{self._streams.count:,} streams, each without a gap"),
            self._bytes.check(f"{self.rows:,} events decode, and encode to the bytes stored"),
            self._stamps.check("time never goes back, and every event names its batch"),
        ]

    def _check_order(self, row: JournalRow) -> None:
        expected = self._last_position + 1
        if row.position != expected:
            self._positions.breach(row.position, f"it stands where {expected} comes next")
        self._last_position = row.position
        expected = self._streams.replaced(row.stream, row.version) + 1
        if row.version != expected:
            detail = f"{row.stream} version {row.version} stands where {expected} comes next"
            self._versions.breach(row.position, detail)

    def _decoded(self, row: JournalRow) -> Event | None:
        try:
            event = self._codec.decode(row)
        except UnknownTopic:
            self._bytes.breach(row.position, f"no event is called {row.topic!r}")
            return None
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            self._bytes.breach(row.position, f"{row.topic} does not decode: {error}")
            return None
        if _encode(event) != row.state and self._encoded_as_written(event) != row.state:
            self._bytes.breach(row.position, f"{row.topic} is not in its canonical form")
        return event

    def _encoded_as_written(self, event: Event) -> bytes:
        """As the writer encodes: a right's own fields stand behind the stamps, but for this."""
        bare = replace(event, at_ns=0, cause=0, command_sha256="")
        return self._codec.encode(bare, event.at_ns, event.cause, event.command_sha256)

    def _check_stamp(self, position: int, event: Event) -> None:
        if event.cause == 0:
            if event.at_ns <= self._at_ns:
                self._stamps.breach(position, f"{event.at_ns} comes after {self._at_ns}")
            self._batch = position
            self._at_ns = event.at_ns
        elif event.cause != self._batch:
            detail = f"its cause is {event.cause}, and its batch began at {self._batch}"
            self._stamps.breach(position, detail)
        elif event.at_ns != self._at_ns:
            self._stamps.breach(position, "its time is not that of its batch")
