"""The moment of the command at hand: handed to decide and apply, and no part of the state."""

from msgspec import Struct

from ledger.events import Event


class Moment(Struct, gc=False):
    """Where in the journal, and when: one stamp for a batch, one position for each event.

    Deciders read `at_ns` alone; `position` is the last event's until an event is applied.
    """

    at_ns: int = 0  # the stamp of the batch being decided or applied
    position: int = 0  # of the event being applied
    cause: int = 0  # position of its batch's first event
    command_sha256: str = ""  # of the command behind the batch

    def next(self, at_ns: int, command_sha256: str = "") -> "Moment":
        """The moment of the batch that comes behind this one."""
        assert at_ns > self.at_ns, "stamps never go back"
        return Moment(at_ns, self.position, self.position + 1, command_sha256)

    def follow(self, event: Event, position: int) -> None:
        """Go on to a stored event: as it was for the writer when it applied it."""
        self.position = position
        self.at_ns = event.at_ns
        if event.cause:
            self.cause = event.cause
        else:
            self.cause = position
            self.command_sha256 = event.command_sha256
