"""Each act that is tied to no command, or not to what was signed, is found where it stands."""

import ast
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from msgspec.structs import replace

from exchange.books.state import Venue
from exchange.orders.cancelling import cancelled
from gateway.server.audit_rules import venue_folding
from ledger.audit.audit_fold import AuditFold
from ledger.audit.check_result import CheckResult
from ledger.audit.verify import verify
from ledger.audit.who import who
from ledger.base64url import sha256_text
from ledger.durations import HOUR_NS, SECOND_NS
from ledger.events import (
    CashPosted,
    KycTierSet,
    LogLossAccepted,
    ProposalApproved,
    ProposalMade,
    RoleGranted,
    RuleSet,
    TimeAdvanced,
    TitleTransferred,
    TradeSettled,
    TradeUnwound,
    VenueOpened,
    VenueResumed,
)
from ledger.ids import (
    AccountName,
    EntryId,
    NodeId,
    PartyId,
    PrincipalId,
    ProposalId,
    SettlementId,
)
from ledger.journal.memory import MemoryJournal
from ledger.journal.protocol import JournalRow
from tests.exchange.ground import LEASE, key_of
from tests.house.sources import ROOT
from tests.ledger.act_checks.forgery import (
    ADMIN,
    BUYER,
    CLERK,
    SECOND,
    SELLER,
    SOON,
    Offices,
    a_loss,
    a_party,
    an_office_day,
    failing,
)
from tests.ledger.audit.scene import folding_of
from tests.ledger.journal.rows import chain_anew
from tests.signing_keys import private_key

CHECKS: Final = ROOT / "ledger/act_checks"
Forged = MemoryJournal | None  # another journal than what the floor wrote


def _deposit(amount_minor: int, party: str = "p-0004", reference: str = "bank-88") -> CashPosted:
    rows = [
        (AccountName("cn-1/external"), -amount_minor),
        (AccountName(f"{party}/available"), amount_minor),
    ]
    return CashPosted("cn-1", EntryId("j-000777"), "deposit", reference, rows, 0)


def _edited(floor: Offices, place: int, **members: Any) -> MemoryJournal:
    """The journal with other members in one stored event, and its chain made anew."""
    journal = floor.journal()
    row = journal.store.rows[place - 1]
    told = msgspec.json.decode(row.state) | members
    told = {name: value for name, value in told.items() if value is not None}
    journal.store.rows[place - 1] = row._replace(state=msgspec.json.encode(told))
    chain_anew(journal.store)
    return journal


# --- without a command


def deposit_that_nobody_asked_for(floor: Offices) -> Forged:
    floor.happen(_deposit(999_000_000_00))


def loss_that_nobody_accepted(floor: Offices) -> Forged:
    floor.happen(LogLossAccepted(**a_loss(floor, "B" * 43)))


def transfer_that_nobody_asked_for(floor: Offices) -> Forged:
    node, owner = NodeId("n-0004"), floor.owners[0]
    floor.happen(
        TitleTransferred(
            node=node,
            from_party=owner,
            to_party=floor.buyers[0],
            settlement="",
            basis="transfer",
            price_minor=0,
            subject_to=[],
            effective_ns=floor.writer.at_ns,
        )
    )


def tier_that_nobody_set(floor: Offices) -> Forged:
    floor.happen(KycTierSet(floor.buyers[0], 2, "", 0))


def role_that_nobody_granted(floor: Offices) -> Forged:
    floor.happen(RoleGranted(floor.buyers[0], "cashier", "forged"))


def rule_that_nobody_set(floor: Offices) -> Forged:
    floor.happen(RuleSet("withdrawal_alone", 10**15, floor.writer.at_ns + 1, "forged"))


def key_that_nobody_enrolled(floor: Offices) -> Forged:
    floor.happen(replace(key_of(floor.buyers[0], 96), holder_sha256=sha256_text(b"forged")))


def cancel_that_nobody_asked_for(floor: Offices) -> Forged:
    order = next(iter(floor.venue.orders.values()))
    floor.happen(cancelled(floor.venue, order, "user"))


def cancel_by_a_line_that_there_never_was(floor: Offices) -> Forged:
    order = next(iter(floor.venue.orders.values()))
    floor.happen(cancelled(floor.venue, order, "disconnect"))


def command_row_that_was_erased(floor: Offices) -> Forged:
    events = floor.ask_for(CLERK, "party.new", **a_party("reg-10"))
    assert events
    journal = _edited(floor, floor.writer.position, command_sha256=None)
    journal.store.commands.pop()
    chain_anew(journal.store)
    return journal


def second_opening(floor: Offices) -> Forged:
    register = floor.venue.register
    clerks, party = list(register.clerks), register.venue_party
    floor.happen(VenueOpened("cn-1", "CNY", "Asia/Shanghai", 2, "demo", party, clerks))


# --- under a command that does not bring it


def fact_of_another_op(floor: Offices) -> Forged:
    signed = floor.signed(CLERK, "party.tier", party="p-0004", kyc_tier=2)
    floor.forge(signed, KycTierSet(PartyId("p-0004"), 2, "", 0), _deposit(5))


def op_that_nobody_may_ask_for(floor: Offices) -> Forged:
    floor.forge(floor.signed(CLERK, "deposit.old", party="p-0004"), _deposit(5))


# --- otherwise than it was signed


def _stored_as(
    floor: Offices, principal: str, op: str, signed: dict[str, Any], **stored: Any
) -> None:
    """A command that says one thing, and its batch another."""
    facts = floor.facts(principal, op, **stored)
    floor.forge(floor.signed(principal, op, **signed), *facts)


def amount_of_one_stored_as_millions(floor: Offices) -> Forged:
    args = {"party": "p-0004", "reference": "bank-88"}
    stored = {**args, "amount_minor": 999_000_000_00}
    _stored_as(floor, CLERK, "deposit.new", {**args, "amount_minor": 1}, **stored)


def deposit_for_another_party(floor: Offices) -> Forged:
    args = {"amount_minor": 5, "reference": "bank-88"}
    stored = {**args, "party": "p-0005"}
    _stored_as(floor, CLERK, "deposit.new", {**args, "party": "p-0004"}, **stored)


def deposit_under_another_reference(floor: Offices) -> Forged:
    args = {"amount_minor": 5, "party": "p-0004"}
    stored = {**args, "reference": "bank-99"}
    _stored_as(floor, CLERK, "deposit.new", {**args, "reference": "bank-88"}, **stored)


def tier_above_the_signed_one(floor: Offices) -> Forged:
    args = {"party": "p-0004"}
    stored = {**args, "kyc_tier": 2}
    _stored_as(floor, CLERK, "party.tier", {**args, "kyc_tier": 1}, **stored)


def party_by_another_name(floor: Offices) -> Forged:
    _stored_as(floor, CLERK, "party.new", a_party("reg-10"), **a_party("reg-10", "Old Co"))


def holder_by_another_hash(floor: Offices) -> Forged:
    args = {"party": "p-0004", "public_key": key_of(PartyId("p-9999"), 1).public_key}
    args |= {"scopes": ["read"], "label": "new"}
    stored = {**args, "holder_sha256": sha256_text(b"another")}
    signed = {**args, "holder_sha256": sha256_text(b"signed")}
    _stored_as(floor, CLERK, "principal.enrol", signed, **stored)


def order_at_another_price(floor: Offices) -> Forged:
    args = {"market": LEASE, "side": "bid", "lots": 1}
    stored = {**args, "price_ticks": 1_001}
    facts = floor.facts(BUYER, "order.new", **stored)
    signed = floor.signed(BUYER, "order.new", **args, price_ticks=1)
    floor.forge(signed, replace(facts[0], key=signed.caller.key))


def approval_by_another_person(floor: Offices) -> Forged:
    proposal = floor.proposed("party.grant_role", party="p-0004", role="lender", basis="")
    facts = floor.facts(SECOND, "proposal.approve", proposal=proposal)
    approved = replace(facts[0], principal=CLERK)
    floor.forge(floor.signed(SECOND, "proposal.approve", proposal=proposal), approved, *facts[1:])


def proposal_of_another_role(floor: Offices) -> Forged:
    signed = {"party": "p-0004", "role": "lender", "basis": ""}
    _stored_as(floor, CLERK, "party.grant_role", signed, **{**signed, "role": "cashier"})


def approval_of_another_value(floor: Offices) -> Forged:
    args = {"rule": "withdrawal_alone", "value": 10**9, "from_ns": 0, "basis": ""}
    proposal = floor.proposed("rule.new", **args)
    approved, made = floor.facts(SECOND, "proposal.approve", proposal=proposal)
    signed = floor.signed(SECOND, "proposal.approve", proposal=proposal)
    floor.forge(signed, approved, replace(made, value=10**15))


def args_that_make_no_command(floor: Offices) -> Forged:
    signed = floor.signed(CLERK, "deposit.new", party="p-0004", amount_minor=0, reference="x")
    floor.forge(signed, _deposit(5, reference="x"))


def args_that_are_none(floor: Offices) -> Forged:
    """Nothing at all where the args would stand."""
    signed = floor.signed(CLERK, "deposit.new", party="p-0004", amount_minor=5, reference="x")
    document = msgspec.json.decode(signed.signed.removeprefix(b"gpubourse-v1\n")) | {"args": []}
    raw = b"gpubourse-v1\n" + msgspec.json.encode(document, order="sorted")
    signature = private_key("clerk-1").sign(raw)
    floor.forge(replace(signed, signed=raw, signature=signature), _deposit(5, reference="x"))


def deposit_that_was_doubled(floor: Offices) -> Forged:
    signed = floor.signed(CLERK, "deposit.new", party="p-0004", amount_minor=5, reference="x")
    again = replace(_deposit(5, reference="x"), entry=EntryId("j-000778"))
    floor.forge(signed, _deposit(5, reference="x"), again)


def approval_of_nothing(floor: Offices) -> Forged:
    proposal = floor.proposed("party.grant_role", party="p-0004", role="lender", basis="")
    signed = floor.signed(SECOND, "proposal.approve", proposal="z-000099")
    fact = ProposalApproved(ProposalId(proposal), PartyId("p-0001"), PrincipalId(SECOND))
    batch = floor.forge(signed, fact)
    return _edited(floor, batch.first_position, proposal="z-000099")


def proposal_that_proposes_no_command(floor: Offices) -> Forged:
    args = {"party": "p-0004", "role": "lender", "basis": ""}
    (made,) = floor.facts(CLERK, "party.grant_role", **args)
    assert isinstance(made, ProposalMade)
    forged = replace(made, args={"party": "p-0004"})
    floor.forge(floor.signed(CLERK, "party.grant_role", **args), forged)
    signed = floor.signed(SECOND, "proposal.approve", proposal=made.proposal)
    approved = ProposalApproved(made.proposal, PartyId("p-0001"), SECOND, is_last=True)
    floor.forge(signed, approved)


# --- otherwise than the register knows


def _accepted(floor: Offices, **members: Any) -> None:
    (settlement,) = floor.venue.register.settlements.values()
    buyer = floor.venue.register.parties[settlement.buyer].principals[0]
    args = {"settlement": settlement.settlement}
    facts = [
        replace(fact, **members) if isinstance(fact, TradeSettled) else fact
        for fact in floor.facts(buyer, "settlement.accept", **args)
    ]
    floor.forge(floor.signed(buyer, "settlement.accept", **args), *facts)


def seller_of_a_settled_trade(floor: Offices) -> Forged:
    _accepted(floor, seller="p-0004")


def trade_that_nobody_knows(floor: Offices) -> Forged:
    """Undone as time passes."""
    (batch,) = [floor.keep(floor.writer.advance(floor.writer.at_ns + SECOND_NS))]
    journal = floor.journal()
    forged = TradeUnwound(SettlementId("x-000099"), "forged", PartyId("p-0004"), 5)
    state = floor.writer.codec.encode(forged, batch.at_ns, batch.first_position, "")
    last = batch.last_position + 1
    journal.store.rows.append(JournalRow(last, "settlement:x-000099", 1, "trade_unwound", state))
    journal.store.commits[-1] = journal.store.commits[-1]._replace(last_position=last)
    chain_anew(journal.store)
    return journal


# --- by somebody who might not


def deposit_by_a_trader(floor: Offices) -> Forged:
    args = {"party": "p-0004", "amount_minor": 5, "reference": "bank-88"}
    floor.forge(
        floor.signed(BUYER, "deposit.new", **args), *floor.facts(CLERK, "deposit.new", **args)
    )


def party_by_a_key_without_the_office(floor: Offices) -> Forged:
    args = a_party("reg-10")
    floor.forge(floor.signed(ADMIN, "party.new", **args), *floor.facts(CLERK, "party.new", **args))


def acceptance_by_another_buyer(floor: Offices) -> Forged:
    (settlement,) = floor.venue.register.settlements.values()
    args = {"settlement": settlement.settlement}
    buyer = floor.venue.register.parties[settlement.buyer].principals[0]
    facts = floor.facts(buyer, "settlement.accept", **args)
    floor.forge(floor.signed(SELLER, "settlement.accept", **args), *facts)


def withdrawal_by_a_key_past_its_time(floor: Offices) -> Forged:
    args = {"amount_minor": 5, "to_account": "bank-1"}
    floor.forge(
        floor.signed(SOON, "withdrawal.new", **args), *floor.facts(BUYER, "withdrawal.new", **args)
    )


def withdrawal_by_a_revoked_key(floor: Offices) -> Forged:
    args = {"amount_minor": 5, "to_account": "bank-1"}
    floor.ask_for(CLERK, "principal.revoke", principal=ADMIN)
    facts = floor.facts(BUYER, "withdrawal.new", **args)
    floor.forge(floor.signed(ADMIN, "withdrawal.new", **args), *facts)


def command_that_was_signed_long_before(floor: Offices) -> Forged:
    args = {"party": "p-0004", "amount_minor": 5, "reference": "bank-88"}
    signed = floor.signed(CLERK, "deposit.new", issued_ns=floor.writer.at_ns - HOUR_NS, **args)
    floor.forge(signed, *floor.facts(CLERK, "deposit.new", **args))


def command_without_a_time(floor: Offices) -> Forged:
    args = {"party": "p-0004", "amount_minor": 5, "reference": "bank-88"}
    signed = floor.signed(CLERK, "deposit.new", issued_ns="soon", **args)
    floor.forge(signed, *floor.facts(CLERK, "deposit.new", **args))


def _reversed(floor: Offices, amount_minor: int) -> None:
    """So much is taken back of a deposit of 5, on one person's word."""
    args: dict[str, Any] = {"party": "p-0004", "reference": "bank-90"}
    (made,) = floor.ask_for(CLERK, "deposit.new", amount_minor=5, **args)
    assert isinstance(made, CashPosted)
    (bank, _), (account, _) = made.postings
    back = replace(
        made,
        entry=EntryId("j-000777"),
        kind="reversal",
        postings=[(account, -amount_minor), (bank, amount_minor)],
        reverses_position=floor.venue.register.deposits["bank-90"].position,
        reason="of another party",
    )
    args |= {"amount_minor": amount_minor, "reason": back.reason}
    floor.forge(floor.signed(CLERK, "deposit.reverse", **args), back)


def reversal_by_one_person(floor: Offices) -> Forged:
    _reversed(floor, 5)


def reversal_of_less_than_the_deposit(floor: Offices) -> Forged:
    _reversed(floor, 3)


def loss_by_one_person(floor: Offices) -> Forged:
    args = a_loss(floor, "B" * 43)
    floor.forge(floor.signed(CLERK, "log.accept_loss", **args), LogLossAccepted(**args))


def loss_of_another_head(floor: Offices) -> Forged:
    """What both signed was another head than the one that stands there."""
    args = a_loss(floor, "B" * 43)
    proposal = floor.proposed("log.accept_loss", **args)
    signed = floor.signed(SECOND, "proposal.approve", proposal=proposal)
    word, fact = floor.facts(SECOND, "proposal.approve", proposal=proposal)
    floor.forge(signed, word, replace(fact, size=fact.size + 1))


def loss_at_an_end_that_never_was(floor: Offices) -> Forged:
    """Both signed it, and the journal never ended so."""
    floor.agreed("log.accept_loss", **a_loss(floor, "B" * 43) | {"journal_chain": "C" * 43})


def rule_by_one_person(floor: Offices) -> Forged:
    args = {"rule": "withdrawal_alone", "value": 10**9, "from_ns": 0, "basis": "alone"}
    fact = RuleSet("withdrawal_alone", 10**9, floor.writer.at_ns + 1, "alone")
    floor.forge(floor.signed(CLERK, "rule.new", **args), fact)


def proposal_that_nobody_need_approve(floor: Offices) -> Forged:
    args = {"party": "p-0004", "role": "lender", "basis": ""}
    (made,) = floor.facts(CLERK, "party.grant_role", **args)
    assert isinstance(made, ProposalMade)
    forged = replace(made, needs=["party:p-0004"])
    floor.forge(floor.signed(CLERK, "party.grant_role", **args), forged)


def approval_that_leaves_it_waiting(floor: Offices) -> Forged:
    proposal = floor.proposed("party.grant_role", party="p-0004", role="lender", basis="")
    (approved, *_) = floor.facts(SECOND, "proposal.approve", proposal=proposal)
    signed = floor.signed(SECOND, "proposal.approve", proposal=proposal)
    floor.forge(signed, replace(approved, is_last=False))


# --- without a signature


def enrolment_that_rides_on_nothing(floor: Offices) -> Forged:
    args = {"party": "p-0004", "public_key": key_of(PartyId("p-9999"), 1).public_key}
    args |= {"scopes": ["read"], "label": "new", "holder_sha256": sha256_text(b"new")}
    signed = replace(floor.signed(CLERK, "principal.enrol", **args), signature=b"")
    floor.forge(signed, *floor.facts(CLERK, "principal.enrol", **args))


def order_on_a_log_on_that_is_over(floor: Offices) -> Forged:
    floor.ride(floor.buyers[1], "order.new", market=LEASE, side="bid", lots=1, price_ticks=900)


# --- at another time


def batch_that_is_no_later(floor: Offices) -> Forged:
    last_ns = floor.batches[-1].at_ns
    floor.ask_for(CLERK, "party.new", **a_party("reg-10"))
    return _edited(floor, floor.writer.position, at_ns=last_ns)


def time_that_passes_elsewhere(floor: Offices) -> Forged:
    floor.happen(TimeAdvanced("cn-1", floor.writer.at_ns + SECOND_NS))


def silence_that_was_shorter(floor: Offices) -> Forged:
    floor.happen(VenueResumed("cn-1", floor.writer.at_ns - HOUR_NS))


def test_a_command_that_was_kept_back_is_told() -> None:
    """No breach: the clock on the wall may be set back."""
    floor = an_office_day()
    then_ns = floor.writer.at_ns - HOUR_NS
    args = {"party": "p-0004", "amount_minor": 5, "reference": "bank-88"}
    floor.tell(floor.buyers[0], "withdrawal.new", amount_minor=5, to_account="bank-1")
    signed = floor.signed(CLERK, "deposit.new", issued_ns=then_ns, received_ns=then_ns, **args)
    floor.forge(signed, *floor.facts(CLERK, "deposit.new", **args))
    report = verify(floor.journal(), folding())

    assert report["ok"]
    (line,) = [check["detail"] for check in report["checks"] if check["name"] == TIMES]
    assert "at most 3,600 s before one that was decided earlier" in line


ACTS, ARGS, RECORDS = "acts", "signed args", "records"
CHAIN = "chain"
RIGHTS, UNSIGNED, TIMES = "rights", "unsigned commands", "times"
FORGERIES: Final[list[tuple[Callable[[Offices], Forged], str, str]]] = [
    (deposit_that_nobody_asked_for, ACTS, "cash_posted without a command"),
    (transfer_that_nobody_asked_for, ACTS, "title_transferred without a command"),
    (tier_that_nobody_set, ACTS, "kyc_tier_set without a command"),
    (role_that_nobody_granted, ACTS, "role_granted without a command"),
    (rule_that_nobody_set, ACTS, "rule_set without a command"),
    (loss_that_nobody_accepted, ACTS, "log_loss_accepted without a command"),
    (key_that_nobody_enrolled, ACTS, "principal_enrolled without a command"),
    (cancel_that_nobody_asked_for, ACTS, "order_cancelled without a command"),
    (cancel_by_a_line_that_there_never_was, RECORDS, "the order is tied to none"),
    (command_row_that_was_erased, ACTS, "party_registered without a command"),
    (second_opening, ACTS, "a venue opens once"),
    (fact_of_another_op, ACTS, "cash_posted is not brought about by party.tier"),
    (op_that_nobody_may_ask_for, ACTS, "nobody may ask for 'deposit.old'"),
    (amount_of_one_stored_as_millions, ARGS, "and [('cn-1/external', -1)"),
    (deposit_for_another_party, ARGS, "('p-0004/available', 5)] was signed"),
    (deposit_under_another_reference, ARGS, "reference is 'bank-99', and 'bank-88' was signed"),
    (tier_above_the_signed_one, ARGS, "kyc_tier is 2, and 1 was signed"),
    (party_by_another_name, ARGS, "legal_name is 'Old Co', and 'New Co' was signed"),
    (holder_by_another_hash, ARGS, "principal_enrolled: holder_sha256 is"),
    (order_at_another_price, ARGS, "price_ticks is 1001, and 1 was signed"),
    (approval_by_another_person, ARGS, "principal is 'k-0001', and 'k-0002' was signed"),
    (proposal_of_another_role, ARGS, "proposal_made: args is"),
    (approval_of_another_value, ARGS, "value is 1000000000000000, and 1000000000 was signed"),
    (args_that_make_no_command, ARGS, "what was signed is no deposit.new"),
    (args_that_are_none, ARGS, "it has no args of that op"),
    (deposit_that_was_doubled, ARGS, "cash_posted comes twice"),
    (approval_of_nothing, ARGS, "no proposal z-000099 waits"),
    (proposal_that_proposes_no_command, ARGS, "proposal_made: args is"),
    (seller_of_a_settled_trade, RECORDS, "seller is 'p-0004', and the record says 'p-0002'"),
    (reversal_of_less_than_the_deposit, RECORDS, "('cn-1/external', 5)]"),
    (trade_that_nobody_knows, RECORDS, "trade_unwound names what nobody knows"),
    (deposit_by_a_trader, RIGHTS, "deposit.new was not k-0005's to ask: scope_missing"),
    (party_by_a_key_without_the_office, RIGHTS, "party.new was not k-0098's to ask: role_missing"),
    (acceptance_by_another_buyer, RIGHTS, "was not k-0003's to ask: not_your_party"),
    (withdrawal_by_a_key_past_its_time, RIGHTS, "is past its time"),
    (withdrawal_by_a_revoked_key, RIGHTS, "was revoked"),
    (command_that_was_signed_long_before, RIGHTS, "too_late"),
    (command_without_a_time, RIGHTS, "was asked of a state that does not know it"),
    (reversal_by_one_person, RIGHTS, "takes the word of scope:operate, and stands without it"),
    (loss_by_one_person, RIGHTS, "takes the word of scope:operate, and stands without it"),
    (loss_of_another_head, ARGS, "log_loss_accepted: size is"),
    (loss_at_an_end_that_never_was, CHAIN, "no commit of it did so"),
    (rule_by_one_person, RIGHTS, "takes the word of scope:operate, and stands without it"),
    (proposal_that_nobody_need_approve, RIGHTS, "of scope:admin, and names party:p-0004"),
    (approval_that_leaves_it_waiting, RIGHTS, "it is the last approval that was due"),
    (enrolment_that_rides_on_nothing, UNSIGNED, "rides on no log-on that is kept"),
    (order_on_a_log_on_that_is_over, UNSIGNED, "when its log-on was over"),
    (batch_that_is_no_later, TIMES, "is not later than the last batch's"),
    (time_that_passes_elsewhere, TIMES, "time passes to"),
    (silence_that_was_shorter, TIMES, "and the last stamp is"),
]
# What else must speak: the one cannot be forged without the other.
ALSO: Final[dict[str, set[str]]] = {
    "reversal_of_less_than_the_deposit": {"I4", "rights"},
    "deposit_that_was_doubled": {"I4"},
    "seller_of_a_settled_trade": {"I7"},
    "transfer_that_nobody_asked_for": {RECORDS},
    "op_that_nobody_may_ask_for": {ARGS},
    "args_that_are_none": {"signed documents"},
    "approval_of_nothing": {"replay"},
    "trade_that_nobody_knows": {"replay", "postings"},
    "withdrawal_by_a_revoked_key": {"signatures"},
    "batch_that_is_no_later": {"stamps"},
}


@cache
def folding() -> AuditFold[Venue]:
    """What judges the day, as it is before anything is forged."""
    return folding_of(an_office_day())


def found_of(forgery: Callable[[Offices], Forged]) -> tuple[dict[str, str], int]:
    """What is found of a forgery, and the position before it."""
    floor = an_office_day()
    before = floor.writer.position
    journal = forgery(floor)
    return failing(floor.journal() if journal is None else journal, folding()), before


@pytest.mark.parametrize(
    ("forgery", "name", "text"), FORGERIES, ids=[each.__name__ for each, _, _ in FORGERIES]
)
def test_each_forgery_is_found_by_the_check_that_is_there_for_it(
    forgery: Callable[[Offices], Forged], name: str, text: str
) -> None:
    found, before = found_of(forgery)

    assert text in found[name]
    place = int(found[name].removeprefix("position ").partition(":")[0])
    assert place > before, "it names where the forged batch stands"
    assert set(found) == {name} | ALSO.get(forgery.__name__, set())


def test_an_untouched_day_fails_no_check() -> None:
    assert failing(an_office_day().journal(), folding()) == {}


@pytest.mark.parametrize(
    ("forgery", "check", "behind", "fault"),
    [
        (deposit_that_nobody_asked_for, "acts", 1, "cash_posted without a command"),
        (tier_above_the_signed_one, "signed args", 1, "kyc_tier_set: kyc_tier is 2"),
        (approval_of_another_value, "signed args", 3, "rule_set: value is"),
        (time_that_passes_elsewhere, "times", 1, "time passes to"),
    ],
    ids=lambda each: getattr(each, "__name__", None),
)
def test_who_says_of_its_position_what_verify_says(
    forgery: Callable[[Offices], Forged], check: str, behind: int, fault: str
) -> None:
    floor = an_office_day()
    position = floor.writer.position + behind
    forgery(floor)
    journal = floor.journal()
    (told,) = who(journal, venue_folding(), floor.writer.position)["faults"]

    assert told.startswith(f"{check}: position {position}: {fault}")


def test_who_finds_no_fault_with_a_lawful_day() -> None:
    floor = an_office_day()
    journal = floor.journal()
    asked = [batch.last_position for batch in floor.batches if batch.command is not None]

    assert len(asked) > 15
    for last in (1, floor.writer.position, *asked):
        assert who(journal, venue_folding(), last)["faults"] == []


def test_every_place_that_finds_fault_has_a_forgery_that_reaches_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reached: set[tuple[str, int]] = set()
    breach = CheckResult.breach

    def heard(self: CheckResult, position: int, detail: str) -> None:
        caller = sys._getframe(1)
        reached.add((Path(caller.f_code.co_filename).name, caller.f_lineno))
        breach(self, position, detail)

    monkeypatch.setattr(CheckResult, "breach", heard)
    for forgery, _, _ in FORGERIES:
        found_of(forgery)
    silent = {where for where, lines in places() if not reached & lines}

    assert not silent, "forge what each of these is there to find, in FORGERIES"


def places() -> Iterator[tuple[str, set[tuple[str, int]]]]:
    """Each call of `breach` in the checks of acts: its name, and the lines on which it stands."""
    for path in sorted(CHECKS.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr == "breach":
                assert node.end_lineno is not None
                lines = range(node.lineno, node.end_lineno + 1)
                yield f"{path.name}:{node.lineno}", {(path.name, line) for line in lines}


def test_the_walk_finds_the_places() -> None:
    assert len(list(places())) >= 17
