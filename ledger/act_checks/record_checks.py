"""A fact that says again what the register knows says the same: payer, payee, holder, amount."""

from collections.abc import Callable
from typing import Generic

from ledger.audit.audit_fold import BROKEN
from ledger.audit.check_result import Check, CheckResult
from ledger.events import Event
from ledger.fold import State
from ledger.journal.protocol import JournalRow


class RecordChecks(Generic[State]):
    """Asks it of each fact, right before it is folded."""

    def __init__(self, disagreement: Callable[[State, Event], str]) -> None:
        self._disagreement = disagreement
        self._result = CheckResult("records")

    def fact(self, row: JournalRow, event: Event, state: State) -> None:
        try:
            fault = self._disagreement(state, event)
        except BROKEN as error:
            detail = f"{row.topic} names what nobody knows: {error!r:.80}"
            self._result.breach(row.position, detail)
            return
        if fault:
            self._result.breach(row.position, f"{row.topic}: {fault}")

    def check(self) -> Check:
        return self._result.check("whom and what each fact names is what the register knows of it")
