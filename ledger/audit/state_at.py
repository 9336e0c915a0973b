"""Replay: the state at a position, folded from the first event on."""

from typing import TypedDict

from ledger.audit.audit_fold import BROKEN, AuditFold
from ledger.audit.progress import Progress, no_progress, rows_upto
from ledger.events import StateAttested
from ledger.fold import State
from ledger.journal.protocol import Journal
from ledger.moment import Moment
from ledger.state_map.salted_map import FORM as MAP_FORM


class ReplayFailed(Exception):
    """The events of a journal do not fold: its rules contradict what is stored."""


class Attestation(TypedDict):
    """A state hash that stands in the journal, beside the one that the events give."""

    position: int
    upto_position: int
    form: int
    attested: str
    computed: str  # "": not by this reading
    equal: bool | None  # None: a root of form 2, which takes the salt key (`audit verify`)


class ReplayReport(TypedDict):
    """What `audit replay` prints."""

    position: int
    at_ns: int
    form: int
    state_hash: str
    attestations: list[Attestation]


def state_at(
    journal: Journal,
    folding: AuditFold[State],
    upto: int | None = None,
    progress: Progress = no_progress,
) -> tuple[State, Moment]:
    """The venue as it was when *upto* had been applied, and that moment. Raises ReplayFailed."""
    state, moment, _ = _fold(journal, folding, upto, progress, is_comparing=False)
    return state, moment


def replay(
    journal: Journal,
    folding: AuditFold[State],
    upto: int | None = None,
    progress: Progress = no_progress,
) -> ReplayReport:
    """The state hash at a position, and every attested one on the way. Raises ReplayFailed."""
    state, moment, attestations = _fold(journal, folding, upto, progress, is_comparing=True)
    form = folding.newest_form
    return ReplayReport(
        position=moment.position,
        at_ns=moment.at_ns,
        form=form,
        state_hash=folding.forms[form](state),
        attestations=attestations,
    )


def _fold(
    journal: Journal,
    folding: AuditFold[State],
    upto: int | None,
    progress: Progress,
    *,
    is_comparing: bool,
) -> tuple[State, Moment, list[Attestation]]:
    last = journal.head() if upto is None else min(upto, journal.head())
    state, moment = folding.fold.begin(), Moment()
    attestations: list[Attestation] = []
    for row in rows_upto(journal, last, progress):
        event = folding.codec.decode(row)
        if is_comparing and isinstance(event, StateAttested):
            attestations.append(compared(folding, state, event, row.position))
        try:
            folding.fold.add(state, event, row.position, moment)
        except BROKEN as error:
            raise ReplayFailed(
                f"position {row.position} ({row.topic}) does not fold: {error}"
            ) from error
    return state, moment, attestations


def compared(
    folding: AuditFold[State], state: State, event: StateAttested, position: int
) -> Attestation:
    """The hash that *event* claims beside the one of *state*, which it is about to join.

    A root of form 2 is of an earlier state, and made with a secret: it is not compared here.
    """
    hash_of = folding.forms.get(event.form)
    computed = hash_of(state) if hash_of else ""
    return Attestation(
        position=position,
        upto_position=event.upto_position,
        form=event.form,
        attested=event.state_sha256,
        computed=computed,
        equal=None
        if event.form == MAP_FORM
        else computed == event.state_sha256 and event.upto_position == position - 1,
    )
