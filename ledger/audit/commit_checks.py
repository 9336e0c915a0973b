"""I14, the chain: each append's hash made again, one behind the other; and what was expected of it.

(position, chain) names one history: an auditor who kept such a pair sees a journal that was cut,
replaced or restored from an older backup, however lawful each of its events is.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ledger.audit.check_result import Check, CheckResult
from ledger.base64url import text64
from ledger.events import Event, LogLossAccepted
from ledger.journal.commit_chain import RunningChain
from ledger.journal.continuity import MARK
from ledger.journal.protocol import POSITION_MOST, CommandRow, Commit, Journal, JournalRow


class Expected(NamedTuple):
    """A pair that somebody kept: what the journal must show at a commit's last position."""

    position: int
    chain: bytes


class NoSuchCommit(Exception):
    """A position that ends no commit: the message names the nearest two."""


def must_end_commits(journal: Journal, expected: Sequence[Expected]) -> None:
    """Raises NoSuchCommit for the first of *expected* that stands inside a commit.

    One beyond the head is no mistake of who asks: the journal was cut.
    """
    for position, _ in expected:
        before, after = journal.commits_around(position)
        found = before.last_position if before is not None else 0
        if found != position and after is not None:
            raise NoSuchCommit(
                f"Position {position:,} ends no commit, so no chain is known of it: the nearest"
                f" two that do are {found:,} and {after.last_position:,}."
            )


def must_begin_commit(journal: Journal, position: int, head: int) -> None:
    """Raises NoSuchCommit unless *position* is the first of a commit, or the next to come."""
    before, after = journal.commits_around(position - 1)
    ends = before.last_position if before is not None else 0
    if position > head + 1:
        raise NoSuchCommit(
            f"Nothing stands at position {position:,}: the journal ends at {head:,}."
        )
    if ends != position - 1 and after is not None:
        raise NoSuchCommit(
            f"Position {position:,} begins no commit: the nearest two that do are {ends + 1:,} and"
            f" {after.last_position + 1:,}."
        )


class CommitChecks:
    """Makes the chain again, row by row, beside the reading of the journal up to *last*."""

    def __init__(self, journal: Journal, last: int, expected: Sequence[Expected] = ()) -> None:
        self._chain = CheckResult("chain")
        self._expected_held = CheckResult("expected")
        self._journal = journal
        self._commits = journal.read_commits(last)
        self._commands: Iterator[CommandRow] = journal.read_commands()
        self._ahead: CommandRow | None = next(self._commands, None)
        self._expected = expected
        self.last = Commit.none()
        """the last commit read, its chain as it was computed"""
        self._at_hand: Commit | None = None
        self._running: RunningChain | None = None
        self._held: list[CommandRow] = []  # the commands of the commit at hand
        self._count = 0
        self._must_mark = False
        final, _ = journal.commits_around(POSITION_MOST)  # before the head: it may go on
        self._torn_from = 0  # the first position of a commit whose tail is gone; 0: of none
        if final is not None and journal.head() < final.last_position:
            detail = f"a commit ends at {final.last_position}, and no event stands there"
            self._chain.breach(last, f"{detail}: the events end at {last:,}")
            _, torn = journal.commits_around(last)
            self._torn_from = torn.first_position if torn is not None else 0
        self._found: dict[int, bytes] = {0: Commit.none().chain}
        self.rules_from = 1
        """the first position of which this release's rules are demanded"""

    def read(self, row: JournalRow, event: Event | None) -> None:
        """The next row of the journal, and the event in it if it can be read."""
        if isinstance(event, LogLossAccepted):
            self._compare_end(event, row.position)
        if self._running is None:
            self._begin(row, event)
        if self._running is None or self._at_hand is None:
            return
        self._running.event(row)
        if row.position >= self._at_hand.last_position:
            self._end(self._at_hand, self._running)

    def _compare_end(self, event: LogLossAccepted, position: int) -> None:
        """Who accepted a loss named the journal's end, as a commit before it has it."""
        named = event.journal_position
        before, _ = self._journal.commits_around(named)
        pair = (before.last_position, text64(before.chain)) if before is not None else (0, "")
        if named >= position or pair != (named, event.journal_chain):
            detail = f"it says that the journal ended at {named:,}: no commit of it did so"
            self._chain.breach(position, detail)

    def checks(self, last: int) -> list[Check]:
        """What came of it, once *last* is read."""
        if self._running is not None and self._at_hand is not None:
            detail = f"a commit ends at {self._at_hand.last_position}, and no event stands there"
            self._chain.breach(last, detail)
        elif self._must_mark:
            self._chain.breach(last, f"{MARK} does not follow what an older release left")
        self._compare()
        held = f"{self._count:,} commits, each computed again and equal"
        checks = [self._chain.check(held), self._rules()]
        if self._expected:
            held = f"{len(self._expected):,} pairs, each as expected"
            checks.append(self._expected_held.check(held))
        return checks

    def is_held(self, position: int) -> bool | None:
        """Whether the chain of a position is the one that is expected of it; None: none is."""
        chains = [chain for expected, chain in self._expected if expected == position]
        return all(self._found.get(position) == chain for chain in chains) if chains else None

    def narrowed(self, after: int, upto: int) -> tuple[int, int]:
        """A span in which something was changed, made smaller by the pairs that lie inside it."""
        inside = sorted(each.position for each in self._expected if after < each.position < upto)
        for position in inside:
            if self.is_held(position):
                after = position
            else:
                return after, position
        return after, upto

    def _rules(self) -> Check:
        """From where this release's rules are demanded: a line of its own, for old journals."""
        detail = "of this release, from the first position on"
        if self.rules_from > 1:
            detail = (
                f"of this release, from position {self.rules_from:,} on; before it those of the"
                " release that wrote it, which bound no commits"
            )
        return CheckResult("rules").check(detail)

    def _begin(self, row: JournalRow, event: Event | None) -> None:
        if self._must_mark:
            self._must_mark = False
            if row.topic != MARK:
                detail = f"{MARK} does not follow what an older release left"
                self._chain.breach(row.position, detail)
        commit = self._at_hand = next(self._commits, None)
        if commit is None:
            if self._torn_from and row.position >= self._torn_from:
                return  # a commit stores it, and that this one lacks its tail is known
            self._chain.breach(row.position, "no commit stores it")
            return
        if commit.is_inherited:
            self.rules_from = commit.last_position + 1
        if commit.first_position != row.position:
            detail = f"its commit begins at {commit.first_position}"
            self._chain.breach(row.position, detail)
        if event is not None and event.cause:
            self._chain.breach(row.position, "a commit begins inside a batch")
        if commit.epoch < self.last.epoch or (commit.epoch == 0 and self._count):
            self._chain.breach(row.position, f"epoch {commit.epoch} comes too late")
        events = max(0, commit.last_position - row.position + 1)
        commands = self._commands_of(commit)
        self._running = RunningChain(self.last.chain, commit.epoch, events, commands)

    def _commands_of(self, commit: Commit) -> int:
        """How many commands a commit stores; few are held, those of an old journal read later."""
        if commit.is_inherited:
            return self._journal.count_commands(commit.last_position)
        self._held = list(self._commands_upto(commit.last_position))
        return len(self._held)

    def _commands_upto(self, position: int) -> Iterator[CommandRow]:
        while self._ahead is not None and self._ahead.first_position <= position:
            yield self._ahead
            self._ahead = next(self._commands, None)

    def _end(self, commit: Commit, running: RunningChain) -> None:
        for command in self._held or self._commands_upto(commit.last_position):
            running.command(command)
        computed = running.chain()
        if computed != commit.chain:
            detail = f"its chain is {text64(commit.chain)}, computed {text64(computed)}"
            self._chain.breach(commit.last_position, detail)
        if any(each.position == commit.last_position for each in self._expected):
            self._found[commit.last_position] = computed
        if commit.is_inherited:
            self._must_mark = True
        self.last, self._count = commit._replace(chain=computed), self._count + 1
        self._running, self._held = None, []

    def _compare(self) -> None:
        held = 0  # the last position up to which the histories are one
        for position, chain in sorted(self._expected):
            if (found := self._found.get(position)) is None:
                detail = f"expected, and the journal ends at {self.last.last_position}"
                self._expected_held.breach(position, detail)
            elif found != chain:
                detail = f"expected {text64(chain)}, found {text64(found)}: another history"
                same = f"; up to position {held:,} it is the same" if held else ""
                self._expected_held.breach(position, detail + same)
            else:
                held = position
