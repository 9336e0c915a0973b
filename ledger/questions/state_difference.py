"""`audit diff`: what is otherwise between two positions, subject by subject, field by field."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypedDict

import msgspec

from ledger.audit.audit_fold import BROKEN, AuditFold
from ledger.audit.progress import Progress, no_progress, rows_upto
from ledger.audit.state_at import ReplayFailed
from ledger.fold import State
from ledger.journal.protocol import POSITION_MOST, Journal
from ledger.moment import Moment
from ledger.shapes import whole_number
from ledger.state_map.subjects import VENUE, kind_of

_NAMES: Final = ("subject", "subject_kind")
_MISSING: Final = object()


class ChangedField(TypedDict):
    """One field of a subject; of a list what came and what went."""

    field: str  # `title.owner`: a member of a member behind a point
    before: Any  # null: it was not there
    after: Any
    added: list[Any]  # of a list
    removed: list[Any]


class ChangedSubject(TypedDict):
    subject: str  # as `audit certificate` names it
    kind: str
    change: str  # new, gone, changed
    fields: list[ChangedField]


class StateDifference(TypedDict):
    """What `audit diff` prints."""

    from_position: int
    from_ns: int
    to_position: int
    to_ns: int
    subjects: list[ChangedSubject]


def difference(
    journal: Journal,
    folding: AuditFold[State],
    first: int,
    last: int,
    subject: str = "",
    progress: Progress = no_progress,
) -> StateDifference:
    """All that differs between the states at two positions, in one reading; or of one subject.

    Rows of form 2 are compared, which tell all that is known of a subject. Raises ReplayFailed.
    """
    assert first <= last, "the caller orders them"
    state, moment = folding.fold.begin(), Moment()
    before: dict[str, bytes] = {}
    from_ns = 0
    for row in rows_upto(journal, last, progress):
        try:
            folding.fold.add(state, folding.codec.decode(row), row.position, moment)
        except BROKEN as error:
            words = f"position {row.position} ({row.topic}) does not fold: {error}"
            raise ReplayFailed(words) from error
        if row.position == first:
            before, from_ns = _rows(folding, state, subject), moment.at_ns
    after = _rows(folding, state, subject) if last > first else before
    return StateDifference(
        from_position=first,
        from_ns=from_ns,
        to_position=last,
        to_ns=moment.at_ns,
        subjects=list(changed_subjects(before, after)),
    )


def _rows(folding: AuditFold[State], state: State, subject: str) -> dict[str, bytes]:
    return {name: row for name, row in folding.rows(state) if subject in ("", name)}


def changed_subjects(
    before: Mapping[str, bytes], after: Mapping[str, bytes]
) -> Iterator[ChangedSubject]:
    """What differs between two states, given by their subjects' rows of form 2."""
    for subject in sorted({*before, *after}, key=in_order):
        was, now = before.get(subject), after.get(subject)
        if was == now:
            continue
        change = "new" if was is None else "gone" if now is None else "changed"
        fields = list(_fields(_members(was), _members(now)))
        yield ChangedSubject(
            subject=subject, kind=kind_of(subject) or VENUE, change=change, fields=fields
        )


def in_order(subject: str) -> tuple[str, int, str]:
    """What sorts subjects: by kind, then by number: n-0009 before n-0010 and n-10000."""
    _, _, digits = subject.rpartition("-")
    number = None if "/" in subject else whole_number(digits.lstrip("0"), POSITION_MOST)
    return kind_of(subject), number or 0, subject


def _members(row: bytes | None) -> dict[str, Any]:
    """A row's members, those of a member behind its name and a point."""
    if row is None:
        return {}
    return dict(_flat("", msgspec.json.decode(row)))


def _flat(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(value, dict) or not value:
        yield name, value
        return
    for each, member in value.items():
        if name or each not in _NAMES:
            yield from _flat(f"{name}.{each}" if name else each, member)


def _fields(was: dict[str, Any], now: dict[str, Any]) -> Iterator[ChangedField]:
    for name in {**was, **now}:
        before, after = was.get(name, _MISSING), now.get(name, _MISSING)
        if before == after:
            continue
        old, new = _listed(before), _listed(after)
        yield ChangedField(
            field=name,
            before=None if before is _MISSING else before,
            after=None if after is _MISSING else after,
            added=[each for each in new if each not in old],
            removed=[each for each in old if each not in new],
        )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
