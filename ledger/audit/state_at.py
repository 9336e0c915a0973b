"""Replay: the state at a position, from the first event on, and what was attested held to it."""

from typing import Any, Final, TypedDict

from ledger.audit.audit_fold import BROKEN, AuditFold
from ledger.audit.check_result import Check, CheckResult
from ledger.audit.progress import Progress, no_progress, rows_upto
from ledger.events import StateAttested
from ledger.fold import State
from ledger.journal.protocol import Journal
from ledger.moment import Moment
from ledger.state_map.attested_days import attested_days, closes_day
from ledger.state_map.salted_map import FORM as MAP_FORM
from ledger.state_map.salted_map import root_text

NAME: Final = "form 2 roots"
NOT_CHECKED: Final = "form 2: not checked, no salt key"


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


class RootChecks:
    """Roots of form 2: each of a day's close, once, and the root of what the events give.

    It is made when the fold is there, and compared when its event comes. That takes the venue's
    salt key; without it nothing is known of the roots, and this is said.
    """

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
        elif event.form == MAP_FORM:
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
