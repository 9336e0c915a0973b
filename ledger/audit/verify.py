"""`audit verify`: everything is read again from the first position, and no saved state is trusted.

What it cannot see alone: a whole journal replaced by another lawful one, its chain made anew.
Against that stands a pair (position, chain) that somebody kept elsewhere: it is *expected*.
"""

from collections.abc import Sequence
from itertools import takewhile
from typing import Generic

from ledger.audit.audit_fold import BROKEN, AuditFold
from ledger.audit.cash_book import Books
from ledger.audit.check_result import Check, CheckResult, VerifyReport
from ledger.audit.commit_checks import CommitChecks, Expected, must_end_commits
from ledger.audit.invariant_checks import InvariantChecks
from ledger.audit.progress import Progress, no_progress, rows_upto
from ledger.audit.signed_commands import CommandChecks
from ledger.audit.state_at import compared
from ledger.audit.structure import StructureCheck
from ledger.base64url import text64
from ledger.events import Event, StateAttested
from ledger.fold import State
from ledger.journal.batches import StoredBatch, batches
from ledger.journal.protocol import Journal, JournalRow
from ledger.moment import Moment
from ledger.views.audit_snapshot import AuditSnapshot


def verify(
    journal: Journal,
    folding: AuditFold[State],
    *,
    views: AuditSnapshot | None = None,
    expected: Sequence[Expected] = (),
    progress: Progress = no_progress,
) -> VerifyReport:
    """Read the whole journal and judge it. `views`: what the views said before the reading began;
    `expected`: pairs that were kept elsewhere, each of a commit's last position.

    Raises NoSuchCommit for another position, and JournalUnavailable; whatever else is wrong stands
    in the verdict.
    """
    must_end_commits(journal, expected)
    last = journal.head()  # beside a living engine more comes: what is judged ends here
    verification = _Verification(journal, folding, views, expected, last)
    for batch in batches(rows_upto(journal, last, progress), verification.decode):
        verification.add(batch)
    verification.end()
    return verification.report()


class _Verification(Generic[State]):
    """One pass over a journal, with every check at its place."""

    def __init__(
        self,
        journal: Journal,
        folding: AuditFold[State],
        views: AuditSnapshot | None,
        expected: Sequence[Expected],
        last: int,
    ) -> None:
        self._folding = folding
        self._state = folding.fold.begin()
        self._moment = Moment()
        self._structure = StructureCheck(folding.codec)
        self._commits = CommitChecks(journal, last, expected)
        commands = takewhile(lambda row: row.first_position <= last, journal.read_commands())
        self._commands = CommandChecks(commands, folding.signature_of)
        self._books = Books(folding.postings)
        self._lines = InvariantChecks(folding)
        self._fold = CheckResult("replay")
        self._hashes = CheckResult("I14 state hashes")
        self._views_agree = CheckResult("views")
        self._views = views
        self._last = 0
        self._attested = 0
        self._is_compared = False

    @property
    def _is_whole(self) -> bool:
        return self._fold.first is None

    def decode(self, row: JournalRow) -> Event | None:
        """The event of the next row, whatever it holds; None if it holds none of ours."""
        event = self._structure.read(row)
        self._commits.read(row, event)
        return event

    def add(self, batch: StoredBatch[Event | None]) -> None:
        """The next batch, with every check of its events and of the whole."""
        self._last = batch.last
        opening = batch.events[0]
        if opening is not None and opening.cause == 0:
            self._commands.begin_batch(opening, batch.first)
        for row, event in zip(batch.rows, batch.events, strict=True):
            if event is None:
                detail = "the event cannot be read, so nothing after it folds"
                self._fold.breach(row.position, detail)
            else:
                self._commands.applied(event, row.position)
                self._books.post(event, row.position)
                if self._is_whole:
                    self._apply(event, row)
        events = [event for event in batch.events if event is not None]
        if events:
            self._end_batch(events)

    def end(self) -> None:
        """No batch follows."""
        self._commands.end()
        if self._is_whole:
            self._lines.swept(self._state, self._moment.at_ns, self._last)
            self._books.compare(self._state.register.accounts, self._last)

    def report(self) -> VerifyReport:
        checks = [
            *self._structure.checks(),
            *self._commits.checks(self._last),
            self._fold.check("every event folds, from the first on"),
            self._hashes.check(f"{self._attested:,} attested, each computed again and equal"),
            *self._lines.checks(),
            *self._books.checks(),
            *self._commands.checks(),
            self._of_views(),
        ]
        form = self._folding.newest_form
        return VerifyReport(
            ok=all(check["ok"] for check in checks),
            positions=self._structure.rows,
            position=self._commits.last.last_position,
            chain=text64(self._commits.last.chain),
            state_hash=self._folding.forms[form](self._state) if self._is_whole else "",
            checks=checks,
        )

    def _apply(self, event: Event, row: JournalRow) -> None:
        if isinstance(event, StateAttested):
            self._compare_hash(event, row.position)
        try:
            self._folding.fold.add(self._state, event, row.position, self._moment)
            self._lines.applied(self._state, event, row.position)
        except BROKEN as error:
            self._fold.breach(row.position, f"{row.topic} does not fold: {_described(error)}")
            return
        if self._views is not None and row.position == self._views.position:
            self._is_compared = True
            for difference in self._views.differences(self._state.register):
                self._views_agree.breach(row.position, difference)

    def _compare_hash(self, event: StateAttested, position: int) -> None:
        self._attested += 1
        found = compared(self._folding, self._state, event, position)
        if not found["computed"]:
            self._hashes.breach(position, f"form {event.form} is not known to this release")
        elif event.upto_position != position - 1:
            self._hashes.breach(position, f"it speaks of position {event.upto_position}")
        elif not found["equal"]:
            detail = f"attested {found['attested']}, computed {found['computed']}"
            self._hashes.breach(position, detail)

    def _end_batch(self, events: list[Event]) -> None:
        self._commands.end_batch(self._last)
        self._lines.batched(events, self._last)
        if self._is_whole and any(isinstance(event, StateAttested) for event in events):
            self._lines.swept(self._state, self._moment.at_ns, self._last)

    def _of_views(self) -> Check:
        if self._views is None:
            return self._views_agree.check("not looked at")
        if not self._is_compared:
            return self._views_agree.check(f"they stand at position {self._views.position:,}")
        return self._views_agree.check(
            f"balances and owners at position {self._views.position:,} are those of the replay"
        )


def _described(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
