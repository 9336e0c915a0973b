"""Each fact stands on a ground: what its command brings about, or what the engine may alone."""

from collections.abc import Mapping

from ledger.act_checks.act import Act
from ledger.acts.grounds import Grounds
from ledger.acts.tie import BoundTie
from ledger.audit.check_result import Check, CheckResult
from ledger.events import Event, VenueOpened
from ledger.journal.protocol import JournalRow


class GroundChecks:
    """Asks of each fact whether its batch may hold it, and counts the acts."""

    def __init__(
        self, grounds: Grounds, ties: Mapping[str, Mapping[type[Event], BoundTie]]
    ) -> None:
        self._grounds = grounds
        self._ties = ties
        self._result = CheckResult("acts")
        self._commands = 0
        self._own = 0

    def begin(self, act: Act) -> None:
        """The next batch, before its facts."""
        act.acts = {act.op}
        if act.row is None:
            self._own += 1
        else:
            self._commands += 1
            if act.op not in self._ties:
                self._result.breach(act.batch.first, f"nobody may ask for {act.op!r:.40}")
        if isinstance(act.first, VenueOpened) and act.batch.first != 1:
            self._result.breach(act.batch.first, "a venue opens once, at position 1")

    def fact(self, act: Act, row: JournalRow, event: Event) -> None:
        """The next fact of the batch at hand."""
        if self._grounds.of(event).isdisjoint(act.acts):
            if act.row is None:
                detail = f"{row.topic} without a command, and the engine does not write it here"
            else:
                detail = f"{row.topic} is not brought about by {act.op}"
            self._result.breach(row.position, detail)
        act.acts.add(row.topic)

    def check(self) -> Check:
        return self._result.check(
            f"{self._commands:,} commands' batches hold what their op brings about, and"
            f" {self._own:,} of the engine's own what it may write alone"
        )
