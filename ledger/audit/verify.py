"""`audit verify`: everything is read again from the first position, and no saved state is trusted.

Judged is all of it, or, from a position on, the rest: then what is before it is still read, chained
and folded, for without it nothing could be judged, and the verdict says what it says nothing about.

What it cannot see alone: a whole journal replaced by another lawful one, its chain made anew.
Against that stands a pair (position, chain) that somebody kept elsewhere: it is *expected*.
"""

from collections.abc import Sequence
from contextlib import closing
from itertools import takewhile
from typing import Final, Generic

from ledger.audit.audit_fold import BROKEN, AuditFold
from ledger.audit.beside_checks import Beside, BesideChecks, DerivedChecks
from ledger.audit.cash_book import Books
from ledger.audit.check_result import Check, CheckResult, VerifyReport
from ledger.audit.commit_checks import (
    CommitChecks,
    Expected,
    must_begin_commit,
    must_end_commits,
)
from ledger.audit.invariant_checks import InvariantChecks
from ledger.audit.progress import Progress, no_progress, rows_upto
from ledger.audit.signed_commands import CommandChecks
from ledger.audit.state_at import RootChecks, compared
from ledger.audit.structure import StructureCheck
from ledger.authority.signatures import SignatureChecker
from ledger.base64url import text64
from ledger.events import Event, StateAttested
from ledger.fold import State
from ledger.journal.batches import StoredBatch, batches
from ledger.journal.protocol import Journal, JournalRow
from ledger.moment import Moment
from ledger.state_map.salted_map import FORM as MAP_FORM

NOTHING_BESIDE: Final = Beside()


def verify(
    journal: Journal,
    folding: AuditFold[State],
    *,
    beside: Beside = NOTHING_BESIDE,
    expected: Sequence[Expected] = (),
    judged_from: int = 1,
    allow_empty: bool = False,
    salt_secret: bytes | None = None,
    checker: SignatureChecker | None = None,
    progress: Progress = no_progress,
) -> VerifyReport:
    """Read the whole journal and judge it. `beside`: what the database held before the reading
    began; `expected`: pairs that were kept elsewhere, each of a commit's last position;
    `judged_from`: the first position of a commit; `allow_empty`: nothing is no breach;
    `salt_secret`: the venue's salt key, by which roots of form 2 are made again; `checker`: who
    verifies the signatures, by default we.

    Raises NoSuchCommit for another position, and JournalUnavailable; whatever else is wrong stands
    in the verdict.
    """
    must_end_commits(journal, expected)
    last = journal.head()  # beside a living engine more comes: what is judged ends here
    must_begin_commit(journal, judged_from, last)
    roots = RootChecks(journal, folding, salt_secret, judged_from)
    verification = _Verification(
        journal, folding, beside, expected, last, judged_from, roots, checker
    )
    verification.must_have_events = not allow_empty
    with closing(verification):
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
        beside: Beside,
        expected: Sequence[Expected],
        last: int,
        judged_from: int,
        roots: RootChecks,
        checker: SignatureChecker | None,
    ) -> None:
        self._folding = folding
        self._roots = roots
        self._state = folding.fold.begin()
        self._moment = Moment()
        self._versions: dict[str, int] = {}  # of each stream, as of the last event folded,
        # as long as a saved state is to be held against them
        self._structure = StructureCheck(folding.codec)
        self._commits = CommitChecks(journal, last, expected)
        commands = journal.read_commands(judged_from - 1)
        commands = takewhile(lambda row: row.first_position <= last, commands)
        self._commands = CommandChecks(commands, folding.signature_of, journal, checker)
        self._acts = folding.act_checks(journal)
        self._beside = BesideChecks(journal)
        self._derived = DerivedChecks(journal, folding, beside)
        self._books = Books(folding.postings)
        self._lines = InvariantChecks(folding)
        self._fold = CheckResult("replay")
        self._hashes = CheckResult("I14 state hashes")
        self._judged = CheckResult("judged")
        self._judged_from = judged_from
        self.must_have_events = True
        self._last = 0
        self._attested = 0
        self._agreed = 0  # the last position of which an attested hash was computed and equal

    @property
    def _is_whole(self) -> bool:
        return self._fold.first is None

    @property
    def _known(self) -> State | None:
        """The state as it stands; None once something did not fold."""
        return self._state if self._fold.first is None else None

    def decode(self, row: JournalRow) -> Event | None:
        """The event of the next row, whatever it holds; None if it holds none of ours."""
        event = self._structure.read(row)
        self._commits.read(row, event)
        return event

    def add(self, batch: StoredBatch[Event | None]) -> None:
        """The next batch, with every check of its events and of the whole."""
        first, rules_from = batch.first, self._commits.rules_from
        self._last = batch.last
        self._lines.rules_from = rules_from
        is_judged = first >= self._judged_from
        opening = batch.events[0]
        if not is_judged:
            self._acts.pass_over(batch)
        else:
            if opening is not None and opening.cause == 0:
                self._commands.begin_batch(opening, first)
            self._acts.begin(batch, self._commands.current, self._known, rules_from)
        for row, event in zip(batch.rows, batch.events, strict=True):
            if event is None:
                detail = "the event cannot be read, so nothing after it folds"
                self._fold.breach(row.position, detail)
            else:
                self._add_event(event, row, is_judged)
        events = [event for event in batch.events if event is not None]
        if events and is_judged:
            self._end_batch(events)

    def _add_event(self, event: Event, row: JournalRow, is_judged: bool) -> None:
        position = row.position
        self._acts.fact(row, event, self._known)
        self._commands.applied(event, position)
        self._beside.applied(event, position)
        self._derived.read(event, position)
        self._books.post(event, position)
        if self._is_whole:
            self._apply(event, row, is_judged)

    def end(self) -> None:
        """No batch follows."""
        self._commands.end()
        self._beside.end(self._last, self._commits.last.epoch)
        if self._is_whole:
            self._lines.swept(self._state, self._moment.at_ns, self._last)
            self._books.compare(self._state.register.accounts, self._last)
        self._derived.end(self._last)
        if not self._last and self.must_have_events:
            self._judged.breach(None, "nothing to verify: the journal is empty")

    def close(self) -> None:
        """Let go of what was noted on disk."""
        self._structure.close()
        self._commands.close()

    def report(self) -> VerifyReport:
        checks = [
            self._judged.check(self._extent()),
            *self._structure.checks(),
            *self._commits.checks(self._last),
            self._fold.check("every event folds, from the first on"),
            self._of_hashes(),
            self._roots.check(),
            *self._lines.checks(),
            *self._books.checks(),
            *self._commands.checks(),
            *self._acts.checks(),
            *self._beside.checks(),
            *self._derived.checks(),
        ]
        form = self._folding.newest_form
        is_ok = all(check["ok"] for check in checks)
        return VerifyReport(
            ok=is_ok,
            positions=self._structure.rows,
            position=self._commits.last.last_position,
            chain=text64(self._commits.last.chain) if is_ok else "",
            state_hash=self._folding.forms[form](self._state) if self._is_whole else "",
            checks=checks,
        )

    def _apply(self, event: Event, row: JournalRow, is_judged: bool) -> None:
        if isinstance(event, StateAttested):
            self._roots.read(event, row.position, is_judged=is_judged)
            if is_judged and event.form != MAP_FORM:
                self._compare_hash(event, row.position)
        try:
            if is_judged:
                self._lines.before(self._state, event, row.position)
            self._folding.fold.add(self._state, event, row.position, self._moment)
            if is_judged:
                self._lines.applied(self._state, event, row.position)
        except BROKEN as error:
            self._fold.breach(row.position, f"{row.topic} does not fold: {_described(error)}")
            return
        if self._derived.are_states_awaited:
            self._versions[row.stream] = row.version
        self._derived.applied(self._state, row.position, self._versions)
        self._roots.applied(self._state, row.position)

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
        if self._hashes.first is None:
            self._agreed = position

    def _end_batch(self, events: list[Event]) -> None:
        self._commands.end_batch(self._last)
        self._lines.batched(events, self._last)
        if self._is_whole and any(isinstance(event, StateAttested) for event in events):
            self._lines.swept(self._state, self._moment.at_ns, self._last)

    def _extent(self) -> str:
        """What is judged, and what is not."""
        first = self._judged_from
        if first == 1:
            return f"{self._last:,} events, from the first on" if self._last else "no event at all"
        held = self._commits.is_held(first - 1)
        vouched = {
            None: f"nothing vouches for them: expect a pair of position {first - 1:,}",
            True: f"the pair that you expect of position {first - 1:,} vouches for them",
            False: "and they are not those that you expect",
        }
        return (
            f"from position {first:,} on. The {first - 1:,} events before it were read, chained and"
            " folded; their commands, signatures, lines and attested hashes were not judged;"
            f" {vouched[held]}"
        )

    def _of_hashes(self) -> Check:
        """Where only a hash differs, whatever was changed lies between two that were compared."""
        check = self._hashes.check(f"{self._attested:,} attested, each computed again and equal")
        first = self._hashes.first
        if first is not None and first.position is not None:
            after, upto = self._commits.narrowed(self._agreed, first.position)
            span = f"what differs lies in positions {after + 1:,} to {upto:,}"
            check["detail"] = f"{check['detail']}; {span}"
        return check


def _described(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
