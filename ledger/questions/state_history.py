"""States of the past, asked one after the other: what was known at a position, and what changed.

One fold goes on to the newest position that was asked for, and leaves snapshots behind it. An
earlier state is folded from the snapshot before it, so that moving to and fro costs little.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any, Final, Generic, NamedTuple

import msgspec
from msgspec import Struct

from ledger.audit.as_of import position_of
from ledger.audit.audit_fold import BROKEN, AuditFold
from ledger.audit.state_at import ReplayFailed
from ledger.fold import State
from ledger.journal.protocol import Journal
from ledger.moment import Moment
from ledger.questions.state_difference import changed_subjects, in_order
from ledger.state_map.subjects import VENUE, kind_of

STEP: Final = 5_000  # positions between two snapshots, at first
SNAPSHOTS_MOST: Final = 32  # then every second one goes, and the step is twice as long
SNAPSHOT_BYTES_MOST: Final = 256 << 20  # of them all: or then
ROWS_KEPT: Final = 2  # positions whose rows are at hand: both ends of a difference
PAGE_BYTES: Final = 1 << 20  # a page ends behind the row that reaches it


class Question(Struct, frozen=True):
    """What is asked of a past state; with `since` of the difference between two."""

    position: int  # the last position of the state; inside a batch that of the batch before
    number: int = 0  # its answer bears the same
    since: int | None = None  # the earlier position of a difference
    subject: str = ""  # of that one alone
    kind: str = ""  # of subjects of that kind alone
    after: str = ""  # goes on behind this subject
    limit: int = 100  # rows of a page


class PastPage(Struct, frozen=True, omit_defaults=True):
    """A page of rows, or how far the fold has come, or why there is no state."""

    number: int
    position: int = 0
    at_ns: int = 0
    rows: msgspec.Raw = msgspec.Raw(b"[]")
    next: str = ""  # the page's last subject, where more follow
    folded: int | None = None  # the position that is reached: ask again
    failed: str = ""


class Snapshot(NamedTuple):
    """A state in bytes, as it was at a moment."""

    moment: Moment
    blob: bytes


@dataclass(slots=True)
class Folded(Generic[State]):
    """A state, and the moment up to which it is folded."""

    state: State
    moment: Moment


class StateRows(NamedTuple):
    """Every subject with its row of form 2, at a moment; in order."""

    position: int
    at_ns: int
    by_subject: Mapping[str, bytes]


class StateHistory(Generic[State]):
    """The states of one journal. *keep* brings a state into bytes, *restore* back."""

    def __init__(
        self,
        journal: Journal,
        folding: AuditFold[State],
        keep: Callable[[State], bytes],
        restore: Callable[[bytes], State],
        step: int = STEP,
    ) -> None:
        self._journal = journal
        self._folding = folding
        self._keep = keep
        self._restore = restore
        self._step = step
        self._begin()

    def page(self, question: Question, is_over: Callable[[], bool]) -> PastPage:
        """The page, or where the fold stands once *is_over* says so; it goes on from there.

        Raises JournalUnavailable, BadAsOf behind the head, and ReplayFailed for a journal that
        contradicts the rules.
        """
        position = self._position_of(question.position)
        since = None if question.since is None else self._position_of(question.since)
        try:
            if not self._reach(max(position, since or 0), is_over):
                return PastPage(question.number, folded=self._front.moment.position)
            if since is None:
                return self._state(question, self._rows(position))
            return self._difference(question, self._rows(since), self._rows(position))
        except BROKEN as error:
            self._begin()
            raise ReplayFailed(f"the events do not fold: {error}") from error

    def _position_of(self, position: int) -> int:
        return position_of(self._journal, self._folding, str(position))

    def _begin(self) -> None:
        self._front = Folded(self._folding.fold.begin(), Moment())
        self._past: Folded[State] | None = None  # the earlier state that was asked for last
        self._snapshots: list[Snapshot] = []  # the oldest first
        self._known: dict[int, StateRows] = {}  # by position, the one asked for last at the end

    def _reach(self, position: int, is_over: Callable[[], bool]) -> bool:
        """Fold on to a position, a step at a time; False if it is over before."""
        moment = self._front.moment
        while moment.position < position:
            if is_over():
                return False
            mark = (moment.position // self._step + 1) * self._step
            self._fold(self._front, min(position, mark))
            if moment.position == mark:
                self._snapshots.append(Snapshot(copy(moment), self._keep(self._front.state)))
                self._make_room()
        return True

    def _make_room(self) -> None:
        size = sum(len(each.blob) for each in self._snapshots)
        if len(self._snapshots) > SNAPSHOTS_MOST or size > SNAPSHOT_BYTES_MOST:
            del self._snapshots[::2]
            self._step *= 2

    def _fold(self, folded: Folded[State], upto: int) -> None:
        add, decode = self._folding.fold.add, self._folding.codec.decode
        for row in self._journal.read(folded.moment.position, upto):
            add(folded.state, decode(row), row.position, folded.moment)

    def _rows(self, position: int) -> StateRows:
        """The rows at a position that is reached."""
        rows = self._known.pop(position, None)
        if rows is None:
            folded = self._at(position)
            found = self._folding.rows(folded.state) if position else ()
            by_subject = dict(sorted(found, key=lambda row: in_order(row[0])))
            rows = StateRows(position, folded.moment.at_ns, by_subject)
        self._known[position] = rows
        while len(self._known) > ROWS_KEPT:
            del self._known[next(iter(self._known))]
        return rows

    def _at(self, position: int) -> Folded[State]:
        if self._front.moment.position == position:
            return self._front
        nearest = self._nearest(position)
        past = self._past
        begins_at = nearest.moment.position if nearest is not None else 0
        if past is None or not begins_at <= past.moment.position <= position:
            begin = self._folding.fold.begin
            past = self._past = (
                Folded(begin(), Moment())
                if nearest is None
                else Folded(self._restore(nearest.blob), copy(nearest.moment))
            )
        self._fold(past, position)
        return past

    def _nearest(self, position: int) -> Snapshot | None:
        before = [each for each in self._snapshots if each.moment.position <= position]
        return before[-1] if before else None

    def _state(self, question: Question, rows: StateRows) -> PastPage:
        names = _chosen(question, rows.by_subject)
        if question.after:
            names = names[bisect_right(names, in_order(question.after), key=in_order) :]
        shown = (
            (
                name,
                {"subject": name, "kind": _kind(name), "state": msgspec.Raw(rows.by_subject[name])},
            )
            for name in names
        )
        return _page(question, rows, shown)

    def _difference(self, question: Question, since: StateRows, rows: StateRows) -> PastPage:
        before, after = (
            {name: each.by_subject[name] for name in _chosen(question, each.by_subject)}
            for each in (since, rows)
        )
        behind = in_order(question.after)
        shown = (
            (change["subject"], change)
            for change in changed_subjects(before, after)
            if not question.after or in_order(change["subject"]) > behind
        )
        return _page(question, rows, shown)


def _chosen(question: Question, rows: Mapping[str, bytes]) -> list[str]:
    """The subjects that are asked for, in order."""
    if question.subject:
        return [question.subject] if question.subject in rows else []
    return [name for name in rows if question.kind in ("", _kind(name))]


def _kind(subject: str) -> str:
    return kind_of(subject) or VENUE


def _page(question: Question, rows: StateRows, shown: Iterator[tuple[str, Any]]) -> PastPage:
    """The next rows, as many as a page holds."""
    taken: list[bytes] = []
    size, last, more = 0, "", ""
    for subject, row in shown:
        if len(taken) == question.limit or size >= PAGE_BYTES:
            more = last
            break
        taken.append(msgspec.json.encode(row))
        size += len(taken[-1])
        last = subject
    page = msgspec.Raw(b"[" + b",".join(taken) + b"]")
    return PastPage(question.number, rows.position, rows.at_ns, page, more)
