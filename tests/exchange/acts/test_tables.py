"""Grounds and ties are complete by construction, and no tied field may say anything else."""

from collections.abc import Iterator
from functools import cache
from typing import Any, Final, NamedTuple

import pytest
from msgspec.structs import replace

from exchange.acts.market_grounds import GROUNDS, MARKET_GROUNDS, OWN_ACTS
from exchange.acts.market_ties import TIES, ties_of
from exchange.commands import CancelOrder
from exchange.engine.replay import recover
from exchange.events import OrderCancelled
from exchange.ops import ENGINE_ACTS, OPS, ROWS
from exchange.parse_args import read
from exchange.venue import TOPICS
from gateway.demo.headless import START_NS
from gateway.demo.past import PastWriter
from gateway.server.audit_rules import venue_folding
from gpubourse.wire import inward
from ledger.acts.grounds import ENGINE, LEDGER_GROUNDS, ByField, Grounds
from ledger.acts.tie import STAMPS, BoundTie, Signatory, Tie
from ledger.audit.signed_commands import document_of
from ledger.commands import Command, SetKycTier
from ledger.events import Event, KycTierSet, ProposalApproved, ProposalMade
from ledger.ids import PartyId, PrincipalId
from ledger.journal.batches import batches
from ledger.journal.memory import MemoryJournal
from ledger.journal.protocol import CommandRow
from tests.ledger.act_checks.busy import a_busy_day
from tests.ledger.act_checks.forgery import an_office_day

ROWS_OF_GROUNDS = {**LEDGER_GROUNDS, **MARKET_GROUNDS}


def test_every_fact_has_its_ground_and_every_op_its_ties() -> None:
    assert set(GROUNDS.by_topic) == set(TOPICS)
    assert set(TIES) == set(OPS)
    for op, ties in TIES.items():
        assert set(ties) == set(GROUNDS.brought_by(op)), op
        for fact, tie in ties.items():
            fields = set(fact.__struct_fields__) - STAMPS
            both = fields & set(OPS[op].command.__struct_fields__)
            computed = {name for name in both if (op, fact.__name__, name) in COMPUTED_ALL_THE_SAME}
            assert tie.tied | tie.computed == fields, f"{op}, {fact.__name__}: each field is told"
            assert not tie.tied & tie.computed
            assert both - tie.tied == computed, (op, fact.__name__, both - tie.tied)


# What a command and its fact both bear, and the rules compute.
COMPUTED_ALL_THE_SAME: Final = {
    ("unit.inspect", "UnitInspected", "unit"),  # the report may show others beside it
    ("order.amend", "OrderCancelled", "lots"),  # what is left, where none stays open
    ("order.amend", "OrderCancelled", "price_ticks"),
    ("settlement.accept", "DeliveryAccepted", "units_seen"),  # in the register's spelling
    ("deposit.reverse", "ProposalMade", "reference"),  # a proposal's is the party
}


def grounds_of(*without: type[Event], **more: Any) -> Grounds:
    """The table, with some facts left out, or other rows in it."""
    follow = {kind: row for kind, row in ROWS_OF_GROUNDS.items() if kind not in without}
    follow |= more.get("follow", {})
    brought = {name: [tie for tie in ties_of(name) if tie.fact not in without] for name in OPS}
    return Grounds(follow, TOPICS, ENGINE_ACTS, brought | more.get("brought", {}))


def test_a_fact_without_a_ground_cannot_be_imported() -> None:
    assert grounds_of().by_topic == GROUNDS.by_topic
    with pytest.raises(ValueError, match="kyc_tier_set has no ground to stand on"):
        grounds_of(KycTierSet)
    with pytest.raises(ValueError, match="kyc_tier_set rests on party_tiers, which is no op"):
        grounds_of(follow={KycTierSet: ("party_tiers",)})
    with pytest.raises(ValueError, match="Event is no fact of a journal"):
        grounds_of(follow={Event: (ENGINE,)})
    with pytest.raises(ValueError, match=r"OrderCancelled\.reason: give a case for each of"):
        grounds_of(follow={OrderCancelled: ByField("reason", {"user": ()})})
    with pytest.raises(ValueError, match=r"OrderCancelled\.reason: give a case for each of"):
        grounds_of(brought={"order.cancel": [Tie(OrderCancelled, case="whim")]})


def test_a_tie_that_leaves_a_field_open_cannot_be_made() -> None:
    for tie, field in (
        (Tie(OrderCancelled, signer=("party",)), "market"),
        (Tie(KycTierSet), "kyc_tier"),
    ):
        with pytest.raises(ValueError, match=field):
            tie.bound(CancelOrder)
    for twice in (
        Tie(KycTierSet, computed=("party",), signer=("party",)),
        Tie(KycTierSet, computed=("no",)),
    ):
        with pytest.raises(ValueError, match="say once of each field"):
            twice.bound(SetKycTier)


def test_each_own_act_of_the_engine_stands_on_a_ground_of_its_own() -> None:
    for kind, act in OWN_ACTS.items():
        assert act == ENGINE or act in ROWS
        assert act not in OPS, "what somebody may ask for, the engine does not do alone"
        assert kind in set(GROUNDS.brought_by(act))
    alone = {kind for kind in TOPICS.values() if ENGINE in set(GROUNDS.by_topic[topic_of(kind)])}
    assert alone == {kind for kind, act in OWN_ACTS.items() if act == ENGINE}


def topic_of(kind: type[Event]) -> str:
    return next(topic for topic, each in TOPICS.items() if each is kind)


class Signed(NamedTuple):
    """A fact beside the command that brought it."""

    op: str
    command: Command
    signatory: Signatory
    fact: Event


@cache
def met() -> dict[tuple[str, type[Event]], list[Signed]]:
    """Each fact that an op brings, from the demo's first days and two days of our own."""
    demo = MemoryJournal()
    demo.take_fence()
    past = PastWriter.of(demo, recover(demo), 7, START_NS)
    for day in range(3):
        past.day(day)
    found: dict[tuple[str, type[Event]], list[Signed]] = {}
    for journal in (an_office_day().journal(), a_busy_day().journal(), demo):
        for signed in _signed(journal):
            found.setdefault((signed.op, type(signed.fact)), []).append(signed)
    return found


def _signed(journal: MemoryJournal) -> Iterator[Signed]:
    rows: dict[int, CommandRow] = {each.first_position: each for each in journal.read_commands()}
    proposals: dict[str, ProposalMade] = {}
    for batch in batches(journal.read(), venue_folding().codec.decode):
        acts: list[tuple[str, Command, Signatory]] = []
        row = rows.get(batch.first)
        if row is not None:
            args = (document_of(row.signed) or {})["args"]
            signatory = Signatory(PartyId(row.party), PrincipalId(row.principal), row.op, row.key)
            acts.append((row.op, read(row.op, inward(args)), signatory))
        for event in batch.events:
            yield from (
                Signed(op, command, signatory, event)
                for op, command, signatory in acts
                if op in GROUNDS.of(event)
            )
            if isinstance(event, ProposalMade):
                proposals[event.proposal] = event
            if isinstance(event, ProposalApproved) and event.is_last:
                made = proposals[event.proposal]
                proposer = Signatory(made.party, made.principal, made.op)
                acts.append((made.op, read(made.op, made.args), proposer))


def test_no_tied_field_may_say_anything_else_than_what_was_signed() -> None:
    """Over ops, facts and fields: each is changed, and named."""
    changed = 0
    for (op, kind), brought in met().items():
        tie = TIES[op][kind]
        for each in brought:
            assert tie.fault(each.command, each.signatory, each.fact) == "", op
        for name in sorted(tie.tied):
            named = any(_is_named(tie, each, name) for each in brought[:MANY])
            assert named or (op, kind.__name__, name) in NEVER_SAID, f"{op}, {kind}: {name}"
            changed += named
    assert changed > 150


MANY: Final = 200  # instances of one fact that are tried
# Tied where the command says something; in these scenes it does not.
NEVER_SAID: Final = {
    ("title.issue", "TitleIssued", "effective_ns"),
    ("principal.revoke", "NothingToDo", "party"),
}


def _is_named(tie: BoundTie, signed: Signed, name: str) -> bool:
    """Whether another value of a field is found, and the field named."""
    other = replace(signed.fact, **{name: another(getattr(signed.fact, name))})
    fault = tie.fault(signed.command, signed.signatory, other)
    return fault.startswith(f"{name} is ")


def another(value: Any) -> Any:
    """Some other value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return value + "x"
    if isinstance(value, list):
        return [*value, "x"]
    if isinstance(value, dict):
        return {**value, "x": 1}
    return 1


def test_what_these_scenes_do_not_bring_about_is_named() -> None:
    """A new op joins a scene here, or this list."""
    brought = {(op, kind.__name__) for op, ties in TIES.items() for kind in ties}

    assert brought - {(op, kind.__name__) for op, kind in met()} == NOT_MET


NOT_MET: Final = {
    ("import.new", "NodeSiteSet"),
    ("import.new", "NothingToDo"),
    ("model.adopt", "ModelListed"),
    ("model.adopt", "ProposalMade"),
    ("node.site", "NothingToDo"),
    ("title.issue", "ProposalMade"),
    ("unit.inspect", "UnitInspected"),
}
