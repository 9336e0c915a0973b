"""The attested roots of form 2: each of a day's close, once, and the root of what the events give.

The last takes the venue's salt key. Without it nothing is known of the roots, and that is said.
"""

from typing import Any, Final

from ledger.audit.attested_days import attested_days, closes_day
from ledger.audit.audit_fold import AuditFold
from ledger.audit.check_result import Check, CheckResult
from ledger.events import StateAttested
from ledger.journal.protocol import Journal
from ledger.state_map.salted_map import FORM, root_text

NAME: Final = "form 2 roots"
NOT_CHECKED: Final = "form 2: not checked, no salt key"


class RootChecks:
    """Makes the root of a close when the fold is there, and compares it when its event comes."""

    def __init__(
        self, journal: Journal, folding: AuditFold[Any], salt_secret: bytes | None, judged_from: int
    ) -> None:
        self._folding = folding
        self._salt_secret = salt_secret
        self._result = CheckResult(NAME)
        self._closes: set[int] = set()
        self._attested: dict[int, int] = {}  # close -> position of its root's event
        self._made: dict[int, str] = {}
        self._waiting = {
            root.upto_position
            for root in (attested_days(journal).roots.values() if salt_secret else ())
            if root.position >= judged_from
        }

    def applied(self, state: Any, position: int) -> None:
        """Right after an event was folded."""
        if position in self._waiting:
            assert self._salt_secret is not None, "nothing waits without it"
            rows, venue = self._folding.rows(state), state.register.venue
            self._made[position] = root_text(rows, venue, position, self._salt_secret)

    def read(self, event: StateAttested, position: int, *, is_judged: bool) -> None:
        """The next attestation, of whatever form."""
        if closes_day(event):
            self._closes.add(event.upto_position)
        elif event.form == FORM:
            if is_judged:
                self._judge(event, position)
            self._attested.setdefault(event.upto_position, position)

    def check(self) -> Check:
        count = f"{len(self._attested):,} attested"
        if self._salt_secret is not None or not self._attested:
            return self._result.check(f"{count}, each of a day's close, once, and as folded")
        return self._result.unchecked(f"{NOT_CHECKED} ({count}, each of a day's close, once)")

    def _judge(self, event: StateAttested, position: int) -> None:
        upto, close = event.upto_position, f"position {event.upto_position:,}"
        if upto in self._attested:
            before = self._attested[upto]
            detail = f"a root of {close} is attested twice: it stands at {before:,} already"
            self._result.breach(position, detail)
        elif upto not in self._closes:
            self._result.breach(position, f"it attests a root of {close}, where no day was closed")
        elif self._salt_secret is not None:
            made = self._made.pop(upto, "")
            if made != event.state_sha256:
                gives = f"under this salt key the events give {made or 'none'}"
                detail = f"the root of {close} is attested as {event.state_sha256}; {gives}"
                self._result.breach(position, detail)
