"""Every act is tied to its command: the checks of one pass, asked batch by batch (DOMAIN 6)."""

from typing import Generic

from ledger.act_checks.act import Act
from ledger.act_checks.act_rules import ActRules
from ledger.act_checks.ground_checks import GroundChecks
from ledger.act_checks.record_checks import RecordChecks
from ledger.act_checks.right_checks import RightChecks
from ledger.act_checks.tie_checks import TieChecks
from ledger.act_checks.time_checks import TimeChecks
from ledger.acts.grounds import ENGINE
from ledger.audit.check_result import Check
from ledger.audit.signed_commands import document_of
from ledger.events import Event
from ledger.fold import State
from ledger.journal.batches import StoredBatch
from ledger.journal.protocol import CommandRow, Journal, JournalRow
from ledger.refusals import Refused


class ActChecks(Generic[State]):
    """What an older release left is passed over, and counted: it promised none of this."""

    def __init__(self, rules: ActRules[State], journal: Journal) -> None:
        self._rules = rules
        self._grounds = GroundChecks(rules.grounds, rules.ties)
        self._ties = TieChecks(rules.grounds, rules.ties, rules.proposed_of)
        self._records: RecordChecks[State] = RecordChecks(rules.disagreement)
        self._rights: RightChecks[State] = RightChecks(rules, journal.kept)
        self._times = TimeChecks()
        self._act: Act | None = None
        self._older = 0

    def begin(
        self,
        batch: StoredBatch[Event | None],
        row: CommandRow | None,
        state: State | None,
        rules_from: int,
    ) -> None:
        """The next batch, and its command's row; *state* is None once something did not fold."""
        self._act = None
        first = batch.events[0]
        if first is None:
            return
        if batch.first < rules_from:
            self._older += 1
        else:
            self._act = self._begun(batch, first, row, state)
        self._times.remember(first.at_ns)

    def pass_over(self, batch: StoredBatch[Event | None]) -> None:
        """The next batch, which is not to be judged: what later ones rest on is noted."""
        self._act = None
        if (first := batch.events[0]) is not None:
            self._times.remember(first.at_ns)

    def fact(self, row: JournalRow, event: Event, state: State | None) -> None:
        """The next fact of the batch, right before it is folded."""
        if self._act is not None:
            self._grounds.fact(self._act, row, event)
            self._ties.fact(self._act, row, event)
            if state is not None:
                self._records.fact(row, event, state)
        self._ties.remember(event)

    def checks(self) -> list[Check]:
        checks = [
            self._grounds.check(),
            self._ties.check(),
            self._records.check(),
            *self._rights.checks(),
            self._times.check(),
        ]
        if self._older:
            for check in (each for each in checks if each["ok"]):
                check["detail"] += f"; not asked of {self._older:,} batches of an older release"
        return checks

    def _begun(
        self,
        batch: StoredBatch[Event | None],
        first: Event,
        row: CommandRow | None,
        state: State | None,
    ) -> Act:
        own = self._rules.own_acts.get(type(first), ENGINE)
        act = Act(batch, first, own if row is None else row.op, row)
        self._times.begin(act)
        if row is not None:
            self._read(act, row)
        self._grounds.begin(act)
        self._ties.begin(act)
        if row is not None and state is not None:
            self._rights.begin(act, state)
        return act

    def _read(self, act: Act, row: CommandRow) -> None:
        """The command that was signed, in its own form."""
        args = (document_of(row.signed) or {}).get("args")
        if not isinstance(args, dict) or row.op not in self._rules.ties:
            self._ties.unreadable(act, "it has no args of that op")
            return
        try:
            act.command = self._rules.command_of(row.op, args)
        except (Refused, ValueError) as error:
            self._ties.unreadable(act, str(error))
