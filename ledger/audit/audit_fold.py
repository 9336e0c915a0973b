"""What an audit is handed beside the fold: state forms, postings, the market's own checks.

The ledger does not know the market, so whoever calls passes these in
(`gateway/server/audit_rules.py`). An audit begins from nothing and trusts no saved state.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from ledger.audit.check_result import Check
from ledger.events import Event
from ledger.fold import Fold, State
from ledger.ids import AccountName
from ledger.invariants import Breach
from ledger.journal.batches import StoredBatch
from ledger.journal.codec import Codec
from ledger.journal.protocol import CommandRow, Journal, JournalRow
from ledger.op import Signature
from ledger.register import Register
from ledger.views.audit_snapshot import ComparedView

State_contra = TypeVar("State_contra", contravariant=True)


class BatchChecks(Protocol[State_contra]):
    """Checks that walk a journal batch by batch, beside its folding (`ledger/act_checks`)."""

    def begin(
        self,
        batch: StoredBatch[Event | None],
        row: CommandRow | None,
        state: State_contra | None,
        rules_from: int,
    ) -> None:
        """The next batch, before it is folded; *state* is None once something did not fold."""

    def pass_over(self, batch: StoredBatch[Event | None]) -> None:
        """The next batch, which is not to be judged."""

    def fact(self, row: JournalRow, event: Event, state: State_contra | None) -> None:
        """The next fact of it, right before it is folded."""

    def checks(self) -> list[Check]: ...


class DecidedAgain(Protocol):
    """What the rules write for one batch, once more."""

    @property
    def rows(self) -> list[JournalRow]: ...
    @property
    def given(self) -> str:
        """Which kind of input was taken from the record; "": none but its stamp."""
        ...

    @property
    def refusal(self) -> str:
        """Why the rules write nothing here, in words; "": they do."""
        ...


class Redecider(Protocol):
    """One venue that decides a journal's batches anew (`exchange/engine/venue_redecider.py`)."""

    @property
    def register(self) -> Register: ...

    def take(self, batch: StoredBatch[Event]) -> None:
        """Fold the next batch as it stands."""

    def again(
        self,
        batch: StoredBatch[Event],
        row: CommandRow | None,
        args: dict[str, Any],
        scopes: Sequence[str],
        attachment: bytes,
    ) -> DecidedAgain:
        """Decide the next batch once more; after a refusal the venue is as it was."""
        ...


class AuditFold(NamedTuple, Generic[State]):
    """How one venue's events become its state, and what is asked of that state."""

    codec: Codec
    fold: Fold[State]
    forms: Mapping[int, Callable[[State], str]]  # number of a state hash's form -> the hash
    postings: Mapping[type[Event], Callable[[Any], list[tuple[AccountName, int]]]]
    effective_ns: Callable[[Event], int]  # when what a fact posts takes effect
    check_before: Callable[[State, Event], list[Breach]]  # the market's own lines, before an event
    check: Callable[[State, Event], list[Breach]]  # the same behind it
    sweep: Callable[[State], list[Breach]]  # and over a whole state
    lines: tuple[str, ...]  # which lines those are: ("I5", "I19")
    lines_anew: tuple[str, ...]  # of these, what an older release did not promise
    signature_of: Callable[[str], Signature]  # when an op must be signed by itself
    act_checks: Callable[[Journal], BatchChecks[State]]  # whether each act is tied to its command
    views: tuple[ComparedView, ...]  # which views are held against the replay
    # saved bytes, their codec, a state and its streams' versions -> what the bytes have otherwise
    saved_difference: Callable[[bytes, int, State, dict[str, int]], str]
    rows: Callable[[State], Iterable[tuple[str, bytes]]]  # form 2: each subject with its row
    orphan_rules: tuple[str, ...]  # the market's own, by name
    orphans: Callable[[State], Iterable[tuple[str, str, str]]]  # rule, subject, what it lacks
    redecider: Callable[[], Redecider]  # an empty venue that decides a journal's batches again

    @property
    def newest_form(self) -> int:
        """The form in which a state is named when nobody wants another."""
        return max(self.forms)


# What folding a tampered journal may raise: apply asserts, and decides nothing.
BROKEN = (AssertionError, LookupError, ValueError, TypeError, AttributeError)
