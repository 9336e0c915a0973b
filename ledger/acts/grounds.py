"""On what ground a fact may stand in a batch: the ops that bring it, or the facts that it follows.

One truth: `audit verify` judges every batch by it, and the catalogue prints it. A ground is the
name of an op (`deposit.new`), the topic of a fact that came before it in the same batch (`traded`),
or ENGINE, for what begins a batch that nobody asked for. What was proposed is written in the batch
of the `proposal.approve` that completes it, on the ground of its own op.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, get_args, get_type_hints

from ledger import events as e
from ledger.acts.tie import Tie
from ledger.events import Event

ENGINE: Final = "engine"
OPENING: Final = "venue.open"  # the engine's, on an empty journal


class ByField(NamedTuple):
    """Grounds of a fact that says itself which of them it was: by the value of one field."""

    field: str
    cases: Mapping[Any, tuple[str, ...]]


Row = tuple[str, ...] | ByField


class Grounds:
    """The joined table of all facts. Raises ValueError for one that leaves something open."""

    def __init__(
        self,
        follow: Mapping[type[Event], Row],
        topics: Mapping[str, type[Event]],
        acts: Collection[str],
        brought: Mapping[str, Iterable[Tie]],
    ) -> None:
        """Of what *follow*s from facts or *acts* of the engine, and what each op has *brought*."""
        names = {kind: topic for topic, kind in topics.items()}
        rows = dict(follow)
        for op, ties in brought.items():
            for tie in ties:
                rows[tie.fact] = _with(rows.get(tie.fact, ()), op, tie)
        for kind, row in rows.items():
            if kind not in names:
                raise ValueError(f"{kind.__name__} is no fact of a journal")
            if isinstance(row, ByField):
                _check_cases(kind, row)
            for ground in _all_of(row):
                if ground not in {ENGINE, *topics, *acts, *brought}:
                    raise ValueError(f"{names[kind]} rests on {ground}, which is no op and no fact")
        for topic, kind in topics.items():
            if not list(_all_of(rows.get(kind, ()))):
                raise ValueError(f"{topic} has no ground to stand on: give it its row")
        self._by_field = {
            kind: (row.field, {value: frozenset(found) for value, found in row.cases.items()})
            for kind, row in rows.items()
            if isinstance(row, ByField)
        }
        self._all = {kind: frozenset(_all_of(row)) for kind, row in rows.items()}
        self._fixed = {kind: row for kind, row in self._all.items() if kind not in self._by_field}
        self.by_topic = {
            topic: tuple(dict.fromkeys(_all_of(rows[kind]))) for topic, kind in topics.items()
        }
        """for the catalogue: each fact's grounds, whatever it says of itself"""

    def of(self, event: Event) -> frozenset[str]:
        """On which grounds this fact may stand."""
        kind = type(event)
        fixed = self._fixed.get(kind)
        if fixed is not None:
            return fixed
        name, cases = self._by_field[kind]
        return cases.get(getattr(event, name), frozenset())

    def brought_by(self, op: str) -> Iterator[type[Event]]:
        """The facts that an op itself brings: whatever else is in its batch follows from them."""
        return (kind for kind, grounds in self._all.items() if op in grounds)


def _with(row: Row, op: str, tie: Tie) -> Row:
    """The row of a fact with one more op that brings it."""
    if isinstance(row, ByField):
        return row._replace(cases={**row.cases, tie.case: (*row.cases.get(tie.case, ()), op)})
    return (*row, op)


def _all_of(row: Row) -> Iterator[str]:
    if isinstance(row, ByField):
        for grounds in row.cases.values():
            yield from grounds
    else:
        yield from row


def _check_cases(kind: type[Event], row: ByField) -> None:
    """A closed set of words has a case for each."""
    hint = get_type_hints(kind)[row.field]
    words = {True, False} if hint is bool else _words_of(hint)
    if words != set(row.cases):
        raise ValueError(f"{kind.__name__}.{row.field}: give a case for each of {sorted(words)}")


def _words_of(hint: Any) -> set[Any]:
    """The words of a closed set, also of one that is joined from others."""
    found: set[Any] = set()
    for each in get_args(hint):
        found |= _words_of(each) if get_args(each) else {each}
    return found


LEDGER_GROUNDS: Final[dict[type[Event], Row]] = {
    e.VenueOpened: (OPENING,),
    e.RuleSet: (OPENING,),
    e.ModelListed: (OPENING,),
    e.PartyRegistered: (OPENING,),
    e.RoleGranted: (OPENING,),
    e.PrincipalEnrolled: (OPENING,),
    e.GroupChanged: ("ownership_declared",),
    e.NodeRegistered: ("report_filed",),
    e.NodeIdentified: ("report_filed",),
    e.NodeSiteSet: ("report_filed",),
    e.UnitRegistered: ("report_filed",),
    e.UnitInspected: ("report_filed",),
    e.UnitIdentified: ("unit_inspected",),
    e.IdentityConflictFound: ("unit_inspected",),
    e.UnitGraded: ("unit_inspected", "time_advanced"),
    e.ProvenanceGraded: ("provenance_verified",),
    e.CustodyMoved: ("delivered",),
    e.TitleTransferred: ("delivery_accepted", "settlement_opened"),
    e.HoldPlaced: ("identity_conflict_found",),
    e.HoldReleased: ("unit_inspected",),
    e.LeaseCommenced: ("time_advanced",),
    e.UsageMetered: ("time_advanced",),
    e.LeaseEnded: ("usage_metered",),
    e.CashPosted: ByField(
        "kind", {"deposit": (), "withdraw": ("payment_instructed",), "reversal": ()}
    ),
    e.DeliveryInstructed: ("settlement_opened",),
    e.DeliveryAccepted: ByField(
        "by_timeout", {False: (), True: ("time_advanced", "hold_released")}
    ),
    e.TradeSettled: ("delivery_accepted", "settlement_opened"),
    e.SettlementFailed: ("time_advanced", "hold_released"),
    e.TradeUnwound: ("settlement_failed", "time_advanced", "hold_released"),
    e.ProposalLapsed: ("time_advanced",),
    e.TimeAdvanced: (ENGINE,),
    e.VenueResumed: (ENGINE,),
    e.StateAttested: (ENGINE, "time_advanced"),
    e.JournalUpgraded: (ENGINE,),
    e.PeriodClosed: ("time_advanced",),
}
"""What the ledger's facts follow; which ops bring them is told by their rows, and what follows from
the market's facts is added by `exchange/acts/market_grounds.py`."""
