"""The lines of DOMAIN 6, over every event, every batch and whole states."""

from typing import Generic

from ledger.audit.audit_fold import AuditFold
from ledger.audit.check_result import Check, CheckResult
from ledger.events import Event
from ledger.fold import State
from ledger.invariants import Breach, check, check_batch, sweep
from ledger.right_parties import check_before

_MEANING = {
    "I1": "every titled thing has one holder",
    "I2": "no instant of a thing is leased twice",
    "I3": "nothing barred was sold",
    "I4": "every event's postings sum to 0, and so do all accounts",
    "I5": "things are of their class, and every open order is held for",
    "I6": "every settlement ends once, none is overdue",
    "I7": "title and cash moved together",
    "I10": "rent released and returned is what was escrowed",
    "I15": "each trade is at the price that stood, and passes over nobody who stood before",
    "I17": "no two live units share a strong key",
    "I19": "each order and each lot bought counts for its party's group, and none crosses itself",
}
_LEDGERS = ("I1", "I2", "I3", "I4", "I5", "I6", "I7", "I10", "I17")


class InvariantChecks(Generic[State]):
    """Keeps each line's first breach, with the position that brought it to light."""

    def __init__(self, folding: AuditFold[State]) -> None:
        self._folding = folding
        names = sorted({*_LEDGERS, *folding.lines}, key=lambda line: int(line[1:]))
        self._results = {line: CheckResult(line) for line in names}
        self._sweeps = 0
        self.rules_from = 1
        """the first position of which this release's own lines are demanded"""

    def before(self, state: State, event: Event, position: int) -> None:
        """Right before an event is folded."""
        if found := check_before(state.register, event):
            self._note(position, found)
        if found := self._folding.check_before(state, event):
            self._note(position, found)

    def applied(self, state: State, event: Event, position: int) -> None:
        """Right after an event and its postings."""
        if found := check(state.register, event):
            self._note(position, found)
        if found := self._folding.check(state, event):
            self._note(position, found)

    def batched(self, events: list[Event], position: int) -> None:
        """When a batch is whole; *position* is its last."""
        self._note(position, check_batch(events))

    def swept(self, state: State, at_ns: int, position: int) -> None:
        """Over the whole state, between two batches."""
        self._sweeps += 1
        self._note(position, sweep(state.register, at_ns))
        self._note(position, self._folding.sweep(state))

    def checks(self) -> list[Check]:
        swept = f"; whole states swept: {self._sweeps:,}"
        return [result.check(_MEANING[line] + swept) for line, result in self._results.items()]

    def _note(self, position: int, breaches: list[Breach]) -> None:
        for breach in breaches:
            if breach.line in self._folding.lines_anew and position < self.rules_from:
                continue  # an older release's part of the journal
            self._results[breach.line].breach(position, breach.detail)
