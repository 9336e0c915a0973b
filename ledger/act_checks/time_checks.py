"""Time inside a journal: each batch is later than the one before it, and says so.

The clock on the wall may be set back, and a venue's time is its own (WIRE 1): how far the two part
is told, and is no breach.
"""

from ledger.act_checks.act import Act
from ledger.audit.check_result import Check, CheckResult
from ledger.durations import SECOND_NS
from ledger.events import TimeAdvanced, VenueResumed


class TimeChecks:
    """Holds the stamps of each batch against the last one's."""

    def __init__(self) -> None:
        self._result = CheckResult("times")
        self._last_ns = 0
        self._received_ns = 0  # the latest that a command came in
        self._back_ns = 0  # the furthest that one came in before another that was decided first

    def begin(self, act: Act) -> None:
        """The next batch."""
        first, position, last_ns = act.first, act.batch.first, self._last_ns
        if first.at_ns <= last_ns:
            detail = f"its time, {first.at_ns}, is not later than the last batch's, {last_ns}"
            self._result.breach(position, detail)
        if isinstance(first, TimeAdvanced) and first.at_ns != max(last_ns + 1, first.to_ns):
            detail = f"time passes to {first.to_ns}, and the batch is stamped {first.at_ns}"
            self._result.breach(position, detail)
        if isinstance(first, VenueResumed) and first.silent_from_ns != last_ns:
            detail = f"silence from {first.silent_from_ns}, and the last stamp is {last_ns}"
            self._result.breach(position, detail)
        if act.row is not None:
            back_ns = self._received_ns - act.row.received_ns
            self._back_ns = max(self._back_ns, back_ns)
            self._received_ns = max(self._received_ns, act.row.received_ns)

    def remember(self, at_ns: int) -> None:
        """The stamp of the batch at hand, from whichever release."""
        self._last_ns = at_ns

    def check(self) -> Check:
        back_s = -(-self._back_ns // SECOND_NS)
        order = "in the order in which they were decided"
        if back_s:
            order = f"at most {back_s:,} s before one that was decided earlier"
        return self._result.check(
            "each batch is later than the last, and passing time names its stamp; by the clock on"
            f" the wall the commands came in {order}"
        )
