"""Four eyes: what takes two, who may be the second, and how a proposal ends."""

import pytest
from msgspec.structs import replace

from exchange.ops import OPS
from ledger import commands as c
from ledger.caller import Caller
from ledger.commands import ApproveProposal, RejectProposal, WithdrawProposal
from ledger.deadlines import fire
from ledger.durations import DAY_NS
from ledger.events import PrincipalEnrolled, ProposalApproved, ProposalLapsed, ProposalMade
from ledger.oversight.approvals import approve, as_proposer, propose
from ledger.records import Proposal
from ledger.refusals import Reason
from ledger.timers import Due, due
from tests.ledger.hall import Hall, only
from tests.ledger.opened import (
    ALL,
    CLERK_1,
    CLERK_2,
    DAWN_NS,
    ENGINE,
    SELLER,
    Street,
    digest,
    enrolment,
    kinds,
    needs,
    refusal,
    settled_in,
)
from tests.ledger.things.dumps import real

RAISE = c.SetKycTier("p-0002", 3)
GRANT = c.GrantRole("p-0002", "custodian")


def proposed(
    street: Street,
    op: str = "party.grant_role",
    command: c.Command = GRANT,
    caller: Caller = CLERK_1,
) -> ProposalMade:
    needed = needs(street.register, op, command, caller)
    [event] = street.happen(propose(street.register, op, command, caller, needed, street.moment))
    assert isinstance(event, ProposalMade)
    return event


def approved(street: Street, caller: Caller, proposal: str = "z-000001") -> Proposal | None:
    events, ready = approve(street.register, ApproveProposal(proposal), caller, OPS, street.moment)
    street.happen(events)
    return ready


def a_key_of(street: Street, holder: str, party: str = "p-0001") -> Caller:
    """One more key of this party, in the hands of this person."""
    number = len(street.register.principals)
    order = enrolment(party, f"{holder} {number}", ["operate", "admin", "comply"])
    order = replace(order, holder_sha256=digest(f"holder {holder}"))
    enrolled = only(PrincipalEnrolled, street.do(order, CLERK_1))
    return Caller(party=party, principal=enrolled.principal, scopes=ALL)


def test_what_one_person_may_do_needs_nobody() -> None:
    register = settled_in().register

    assert needs(register, "party.tier", c.SetKycTier("p-0002", 2), CLERK_1) == []
    assert needs(register, "party.suspend", c.SuspendParty("p-0002", "fraud"), CLERK_1) == []
    assert needs(register, "withdrawal.new", c.RequestWithdrawal(100_000_000), SELLER) == []


def test_what_takes_two() -> None:
    register = settled_in().register
    reinstate = c.ReinstateParty("p-0002", "cleared")

    assert needs(register, "party.tier", RAISE, CLERK_1) == ["scope:comply"]
    assert needs(register, "party.reinstate", reinstate, CLERK_1) == ["scope:comply"]
    assert needs(register, "party.grant_role", GRANT, CLERK_1) == ["scope:admin"]
    big = c.RequestWithdrawal(100_000_001)
    assert needs(register, "withdrawal.new", big, SELLER) == ["party:p-0002"]


def test_one_clerk_cannot_make_himself_a_second() -> None:
    hall = Hall()
    third = enrolment("p-0001", "invented", ["operate", "admin", "comply"])
    assert needs(hall.register, "principal.enrol", third, CLERK_1) == ["scope:admin"]
    theirs = enrolment("p-0002", "first key", ["read"])
    assert needs(hall.register, "principal.enrol", theirs, CLERK_1) == []


def test_the_engine_asks_nobody() -> None:
    register = settled_in().register

    assert needs(register, "instrument.new", GRANT, ENGINE) == []


def test_a_proposal_keeps_the_args_and_a_day_to_answer() -> None:
    street = settled_in()

    event = proposed(street)

    assert event == ProposalMade(
        proposal="z-000001",
        op="party.grant_role",
        party="p-0001",
        principal="k-0001",
        reference="p-0002",
        expires_ns=DAWN_NS + DAY_NS,
        needs=["scope:admin"],
        args={"party": "p-0002", "role": "custodian"},
    )


def test_the_second_person_brings_it_about() -> None:
    street = settled_in()
    proposed(street)

    ready = approved(street, CLERK_2)

    assert ready is not None
    assert ready.args == {"party": "p-0002", "role": "custodian"}
    assert street.register.proposals == {}
    assert as_proposer(street.register, ready, CLERK_2, street.moment).principal == "k-0001"


def test_one_person_approving_twice_is_refused() -> None:
    street = settled_in()
    proposed(street)
    other_key = a_key_of(street, "1")

    with refusal(street, Reason.same_holder):
        approved(street, CLERK_1)
    with refusal(street, Reason.same_holder):
        approved(street, other_key)


def test_three_people_where_two_approvals_are_due() -> None:
    street = settled_in()
    title = c.IssueTitle(["n-0001"])  # without papers
    event = proposed(street, "title.issue", title, SELLER)
    assert event.needs == ["scope:operate", "scope:operate"]

    other_key = a_key_of(street, "1")

    assert approved(street, CLERK_1) is None
    with refusal(street, Reason.same_holder):
        approved(street, other_key)
    assert approved(street, CLERK_2) is not None


def test_a_yes_counts_only_with_the_scope_and_an_office_behind_it() -> None:
    street = settled_in()
    proposed(street)

    with refusal(street, Reason.scope_missing):
        approved(street, replace(CLERK_2, scopes=("operate",)))
    with refusal(street, Reason.role_missing):
        approved(street, replace(SELLER, scopes=("admin",)))


def test_the_owner_of_the_cash_gives_the_second_signature() -> None:
    street = settled_in()
    proposed(street, "withdrawal.new", c.RequestWithdrawal(200_000_000), SELLER)
    street.do(enrolment("p-0002", "partner", ["trade"]), CLERK_1)
    partner = Caller(party="p-0002", principal="k-0005", scopes=("trade",))

    with refusal(street, Reason.not_your_party):
        approved(street, CLERK_2)
    assert approved(street, partner) is not None


def test_what_is_not_waiting_cannot_be_answered() -> None:
    street = settled_in()

    with refusal(street, Reason.unknown_proposal):
        approved(street, CLERK_2)
    with refusal(street, Reason.unknown_proposal):
        street.do(RejectProposal("z-000001"), CLERK_2)


def test_after_a_day_it_is_too_late() -> None:
    street = settled_in()
    proposed(street)
    street.moment.at_ns = DAWN_NS + DAY_NS

    with refusal(street, Reason.wrong_state):
        approved(street, CLERK_2)


def test_a_proposal_that_nobody_answers_lapses() -> None:
    street = settled_in()
    proposed(street)
    assert (DAWN_NS + DAY_NS, Due.PROPOSAL, "z-000001") in due(street.register, DAWN_NS + DAY_NS)

    events = fire(street.register, Due.PROPOSAL, "z-000001", DAWN_NS + DAY_NS, street.moment)
    street.happen(events)

    assert events == [ProposalLapsed(proposal="z-000001")]
    assert street.register.proposals == {}


def test_a_no_is_one_persons_act() -> None:
    street = settled_in()
    proposed(street)

    with refusal(street, Reason.scope_missing):
        street.do(RejectProposal("z-000001"), SELLER)
    street.do(RejectProposal("z-000001"), CLERK_1)

    assert street.register.proposals == {}


def test_only_its_own_party_takes_a_proposal_back() -> None:
    street = settled_in()
    proposed(street, "withdrawal.new", c.RequestWithdrawal(200_000_000), SELLER)

    with refusal(street, Reason.not_your_party):
        street.do(WithdrawProposal("z-000001"), CLERK_1)
    street.do(WithdrawProposal("z-000001"), SELLER)

    assert street.register.proposals == {}


def test_who_may_no_longer_act_gets_no_help_either() -> None:
    street = settled_in()
    proposed(street, "title.issue", c.IssueTitle(["n-0001"]), SELLER)

    street.do(c.SuspendParty("p-0002", "fraud"), CLERK_1)
    with refusal(street, Reason.party_suspended):
        approved(street, CLERK_2)

    street.do(c.ReinstateParty("p-0002", "cleared"), CLERK_1)
    street.do(c.RevokePrincipal("k-0003"), CLERK_1)
    with refusal(street, Reason.wrong_state):
        approved(street, CLERK_2)


def test_a_proposal_fits_an_event() -> None:
    street = settled_in()
    title = c.IssueTitle([f"n-{number:018d}" for number in range(3_000)])

    with refusal(street, Reason.too_large):
        propose(street.register, "title.issue", title, SELLER, ["scope:operate"], street.moment)


def test_replay_remembers_who_has_approved() -> None:
    street = settled_in()
    proposed(street, "title.issue", c.IssueTitle(["n-0001"]), SELLER)
    approved(street, CLERK_1)

    assert street.replayed() == street.register
    assert street.register.proposals["z-000001"].approvers == ["k-0003", "k-0001"]
    assert isinstance(street.journal[-1][2], ProposalApproved)


@pytest.mark.parametrize("command", [RAISE, GRANT])
def test_the_same_command_alone_is_only_judged(command: c.Command) -> None:
    street = settled_in()
    before = street.replayed()

    street.decide(command, CLERK_1)

    assert street.register == before


# --- through the whole venue


def asked_for(hall: Hall) -> tuple[Caller, str]:
    """A seller who imported a board and asked for its title, and the proposal that waits."""
    seller, site = hall.owner("91-A")
    hall.do(seller, "import.new", real("nvidia-smi-q_H100SXMx8.txt"), site=site, claim=True)
    return seller, hall.answer["proposal"]


def test_what_is_refused_now_is_not_laid_before_anybody() -> None:
    hall = Hall()
    seller, _ = asked_for(hall)
    rival = hall.let_in("91-B", "owner")

    hall.refused(Reason.unknown_node, seller, "title.issue", things=["n-0009"])
    hall.refused(Reason.bad_field, seller, "title.issue", things=["u-000001"])
    hall.refused(Reason.not_the_owner, rival, "title.issue", things=["n-0001"])
    hall.refused(Reason.insufficient_cash, seller, "withdrawal.new", amount_minor=200_000_000)
    hall.refused(
        Reason.tier_too_low, hall.clerk, "party.grant_role", party=seller.party, role="lender"
    )


def test_what_takes_two_and_has_nothing_to_do_is_no_proposal() -> None:
    hall = Hall()
    seller, _ = hall.owner("91-A")

    events = hall.do(hall.clerk, "party.grant_role", party=seller.party, role="owner")

    assert kinds(events) == ["NothingToDo"]
    assert hall.register.proposals == {}


def test_title_is_asked_for_once_at_a_time() -> None:
    hall = Hall()
    seller, proposal = asked_for(hall)

    said = hall.refused(Reason.wrong_state, seller, "title.issue", things=["n-0001"])
    assert proposal in said

    hall.do(seller, "proposal.withdraw", proposal=proposal)
    hall.do(seller, "title.issue", things=["n-0001"])
    hall.approve(hall.clerk)
    hall.approve(hall.second)
    said = hall.refused(Reason.wrong_state, seller, "title.issue", things=["n-0001"])
    assert said == "n-0001 has a title holder already: title is issued once."


def test_papers_verified_meanwhile_spare_the_second_clerk() -> None:
    hall = Hall()
    seller, proposal = asked_for(hall)
    assert hall.register.proposals[proposal].needs == ["scope:operate", "scope:operate"]
    hall.papers(seller, "n-0001")

    events = hall.approve(hall.clerk)

    assert only(ProposalApproved, events).is_last
    assert hall.register.things["n-0001"].owner == seller.party
    assert hall.register.proposals == {}
    assert hall.replayed() == hall.state()


def test_without_papers_two_clerks_still_agree() -> None:
    hall = Hall()
    seller, _ = asked_for(hall)

    assert kinds(hall.approve(hall.clerk)) == ["ProposalApproved"]
    assert hall.register.things["n-0001"].owner == ""
    hall.approve(hall.second)

    assert hall.register.things["n-0001"].owner == seller.party


def test_a_yes_of_a_key_revoked_since_does_not_count() -> None:
    hall = Hall()
    _, proposal = asked_for(hall)
    stolen = hall.key("p-0001", "third clerk", ["operate"])
    hall.do(stolen, "proposal.approve", proposal=proposal)
    hall.do(hall.clerk, "principal.revoke", principal=stolen.principal)

    said = hall.refused(Reason.wrong_state, hall.clerk, "proposal.approve", proposal=proposal)
    assert f"The key {stolen.principal}, which approved this, was revoked since" in said
    hall.do(hall.clerk, "proposal.reject", proposal=proposal)


def test_the_second_signature_takes_the_right_of_the_first() -> None:
    hall = Hall()
    seller = hall.let_in("91-A", "owner")
    hall.pay_in(seller, 200_000_000)
    hall.do(seller, "withdrawal.new", amount_minor=200_000_000, to_account="bank")
    looker = hall.key(seller.party, "partner", ["seller"])
    partner = hall.key(seller.party, "partner", ["trade"])
    [proposal] = hall.register.proposals

    hall.refused(Reason.same_holder, seller, "proposal.approve", proposal=proposal)
    hall.refused(Reason.scope_missing, looker, "proposal.approve", proposal=proposal)
    hall.do(partner, "proposal.approve", proposal=proposal)

    assert hall.register.available_minor(seller.party) == 0


def test_a_later_approval_judges_the_state_of_its_own_day() -> None:
    hall = Hall()
    seller = hall.let_in("91-A", "owner")
    hall.pay_in(seller, 200_000_000)
    hall.do(seller, "withdrawal.new", amount_minor=200_000_000, to_account="bank")
    [proposal] = hall.register.proposals
    hall.do(seller, "withdrawal.new", amount_minor=100_000_000, to_account="bank")
    partner = hall.key(seller.party, "partner", ["trade"])

    hall.refused(Reason.insufficient_cash, partner, "proposal.approve", proposal=proposal)
    assert proposal in hall.register.proposals
