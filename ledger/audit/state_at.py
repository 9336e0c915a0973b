"""Replay: the state at a position, folded from the first event on."""

from collections.abc import Callable
from typing import Any, TypedDict

from ledger.audit.audit_fold import BROKEN, AuditFold, newest_form, stamp
from ledger.events import StateAttested
from ledger.journal.protocol import Journal

PROGRESS_EVERY = 10_000  # positions

Progress = Callable[[int, int], None]  # position reached, last position


class ReplayFailed(Exception):
    """The events of a journal do not fold: its rules contradict what is stored."""


class Attestation(TypedDict):
    """A state hash that stands in the journal, beside the one that the events give."""

    position: int
    upto_position: int
    form: int
    attested: str
    computed: str
    equal: bool


class ReplayReport(TypedDict):
    """What `audit replay` prints."""

    position: int
    at_ns: int
    form: int
    state_hash: str
    attestations: list[Attestation]


def silent(position: int, last: int) -> None:
    """Nobody watches."""


def state_at(
    journal: Journal, folding: AuditFold, upto: int | None = None, progress: Progress = silent
) -> Any:
    """The venue as it was when *upto* had been applied. Raises ReplayFailed."""
    state, _ = _fold(journal, folding, upto, progress, is_comparing=False)
    return state


def replay(
    journal: Journal, folding: AuditFold, upto: int | None = None, progress: Progress = silent
) -> ReplayReport:
    """The state hash at a position, and every attested one on the way. Raises ReplayFailed."""
    state, attestations = _fold(journal, folding, upto, progress, is_comparing=True)
    form = newest_form(folding)
    return ReplayReport(
        position=state.register.position,
        at_ns=state.register.at_ns,
        form=form,
        state_hash=folding.forms[form](state),
        attestations=attestations,
    )


def _fold(
    journal: Journal,
    folding: AuditFold,
    upto: int | None,
    progress: Progress,
    *,
    is_comparing: bool,
) -> tuple[Any, list[Attestation]]:
    last = journal.head() if upto is None else min(upto, journal.head())
    state = folding.begin()
    attestations: list[Attestation] = []
    for row in journal.read(upto=last):
        event = folding.codec.decode(row)
        if is_comparing and isinstance(event, StateAttested):
            attestations.append(compared(folding, state, event, row.position))
        stamp(state.register, event, row.position)
        try:
            folding.fold(state, event)
        except BROKEN as error:
            raise ReplayFailed(
                f"position {row.position} ({row.topic}) does not fold: {error}"
            ) from error
        if row.position % PROGRESS_EVERY == 0:
            progress(row.position, last)
    progress(last, last)
    return state, attestations


def compared(folding: AuditFold, state: Any, event: StateAttested, position: int) -> Attestation:
    """The hash that *event* claims beside the one of *state*, which it is about to join."""
    hash_of = folding.forms.get(event.form)
    computed = hash_of(state) if hash_of else ""
    return Attestation(
        position=position,
        upto_position=event.upto_position,
        form=event.form,
        attested=event.state_sha256,
        computed=computed,
        equal=computed == event.state_sha256 and event.upto_position == position - 1,
    )
