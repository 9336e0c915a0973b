"""Four eyes: what takes more than one person, and how the others say yes or no (DOMAIN 4)."""

from typing import Any

import msgspec
from msgspec.structs import replace

from ledger.caller import Caller
from ledger.cash.payments import withdrawal_needs
from ledger.commands import (
    OPS,
    ApproveProposal,
    Command,
    EnrolPrincipal,
    IssueTitle,
    RejectProposal,
    RequestWithdrawal,
    SetKycTier,
    WithdrawProposal,
)
from ledger.events import (
    Event,
    ProposalApproved,
    ProposalLapsed,
    ProposalMade,
    ProposalRejected,
    ProposalWithdrawn,
)
from ledger.ids import PartyId, ProposalId, seen
from ledger.offices import ROLES_OF_SCOPE, must_hold
from ledger.parties.party import TOP_TIER
from ledger.records import Principal, Proposal
from ledger.refusals import Reason, Refused
from ledger.register import Register
from ledger.rights.title import has_papers
from ledger.timers import Due, push

TITLE = "title.issue"
ARGS_BYTES_MOST = 55_000  # of a proposal, which is one event (decisions/0011)

# Commands that always take two: the scope in which the second person acts.
SECOND_SCOPE = {
    "rule.new": "operate",
    "model.new": "operate",
    "party.grant_role": "admin",
    "party.revoke_role": "admin",
    "party.reinstate": "comply",
    TITLE: "operate",
    "instrument.new": "operate",
}


def needs(register: Register, op: str, command: Command, caller: Caller) -> list[str]:
    """The approvals that a command takes beside its asker's own act; [] if none.

    `scope:operate` is one person with that scope and an office behind it; `party:p-0007` one
    person of that party. The engine's own acts take none.
    """
    if caller.is_engine:
        return []
    if isinstance(command, SetKycTier):
        return ["scope:comply"] if command.kyc_tier == TOP_TIER else []
    if isinstance(command, RequestWithdrawal):
        return withdrawal_needs(register, command, caller)
    if isinstance(command, EnrolPrincipal) and command.party == register.venue_party:
        return ["scope:admin"]  # else one clerk could make himself the second (decisions/0014)
    scope = SECOND_SCOPE.get(op)
    if scope is None:
        return []
    if isinstance(command, IssueTitle) and not has_papers(register, command.things):
        return [f"scope:{scope}", f"scope:{scope}"]  # DOMAIN 5: P0 takes a second clerk, too
    return [f"scope:{scope}"]


def propose(
    register: Register, op: str, command: Command, caller: Caller, needs: list[str]
) -> list[Event]:
    """Let a command wait for its approvals; it is judged again when the last one comes."""
    if isinstance(command, IssueTitle):
        _must_not_be_asked_for_already(register, command)
    args = msgspec.to_builtins(command)
    if len(msgspec.json.encode(args)) > ARGS_BYTES_MOST:
        raise Refused(
            Reason.too_large, "This names too much for one proposal: ask for it in parts."
        )
    return [
        ProposalMade(
            proposal=register.numbers().next(ProposalId),
            op=op,
            party=caller.party,
            principal=caller.principal,
            reference=_reference(args),
            expires_ns=register.at_ns + register.rule("proposal"),
            needs=list(needs),
            args=args,
        )
    ]


def approve(
    register: Register, command: ApproveProposal, caller: Caller
) -> tuple[list[Event], Proposal | None]:
    """One more person agrees. The proposal comes back when this was the last approval due."""
    proposal = _waiting(register, command.proposal)
    _must_meet_a_need(register, proposal, caller)
    _must_be_another_person(register, proposal, caller)
    _must_still_be_wanted(register, proposal)
    is_last = len(proposal.needs) == 1 or _has_got_its_papers(register, proposal)
    event = ProposalApproved(
        proposal=proposal.proposal,
        party=caller.party,
        principal=caller.principal,
        is_last=is_last,
    )
    return [event], proposal if is_last else None


def title_asked_for(register: Register) -> dict[str, str]:
    """Each thing whose title somebody has asked for -> the proposal that waits."""
    return {
        thing: proposal.proposal
        for proposal in register.proposals.values()
        if proposal.op == TITLE
        for thing in proposal.args["things"]
    }


def reject(register: Register, command: RejectProposal, caller: Caller) -> list[Event]:
    """Say no: one person's act, by anyone whose yes would count."""
    proposal = _waiting(register, command.proposal)
    _must_meet_a_need(register, proposal, caller)
    return [
        ProposalRejected(proposal=proposal.proposal, party=caller.party, principal=caller.principal)
    ]


def withdraw(register: Register, command: WithdrawProposal, caller: Caller) -> list[Event]:
    """Take one's own proposal back: any principal of the party that made it."""
    proposal = _waiting(register, command.proposal)
    if caller.party != proposal.party:
        raise Refused(
            Reason.not_your_party,
            f"{proposal.proposal} was made by another party: reject it instead.",
        )
    return [ProposalWithdrawn(proposal=proposal.proposal)]


def as_proposer(register: Register, proposal: Proposal, caller: Caller) -> Caller:
    """The caller in whose name an approved command is decided: its proposer, under this command."""
    principal = register.principals[proposal.principal]
    return replace(
        caller,
        party=proposal.party,
        principal=proposal.principal,
        scopes=principal.scopes,
        attachment=b"",
    )


def apply_proposal_made(register: Register, event: ProposalMade) -> None:
    seen(register.counters, event.proposal)
    register.proposals[event.proposal] = Proposal(
        proposal=event.proposal,
        op=event.op,
        party=event.party,
        principal=event.principal,
        args=event.args,
        expires_ns=event.expires_ns,
        needs=list(event.needs),
        approvers=[event.principal],
    )
    push(register, event.expires_ns, Due.PROPOSAL, event.proposal)


def apply_proposal_approved(register: Register, event: ProposalApproved) -> None:
    """With its last approval a proposal leaves the state: the command's own events follow."""
    proposal = register.proposals[event.proposal]
    principal = register.principals[event.principal]
    proposal.needs.remove(_met(proposal, event.party, principal.scopes))
    proposal.approvers.append(event.principal)
    if event.is_last or not proposal.needs:
        del register.proposals[event.proposal]


def apply_proposal_ended(
    register: Register, event: ProposalRejected | ProposalWithdrawn | ProposalLapsed
) -> None:
    del register.proposals[event.proposal]


def _waiting(register: Register, name: ProposalId) -> Proposal:
    proposal = register.proposals.get(name)
    if proposal is None:
        raise Refused(
            Reason.unknown_proposal,
            f"No proposal {name} is waiting: it was answered, withdrawn, or lapsed.",
        )
    if proposal.expires_ns <= register.at_ns:
        raise Refused(Reason.wrong_state, f"{name} has lapsed: propose it anew.")
    return proposal


def _must_meet_a_need(register: Register, proposal: Proposal, caller: Caller) -> None:
    need = _met(proposal, caller.party, caller.scopes)
    if not need:
        raise _nobody_asked(proposal)
    kind, _, value = need.partition(":")
    if kind == "scope":
        must_hold(register, caller, *ROLES_OF_SCOPE.get(value, ("clerk",)))
        return
    scopes = OPS[proposal.op].scopes  # the same right as the proposer's
    if not any(scope in caller.scopes for scope in scopes):
        raise Refused(
            Reason.scope_missing,
            f"To answer {proposal.proposal} takes a key with the scope {' or '.join(scopes)}.",
        )


def _nobody_asked(proposal: Proposal) -> Refused:
    kind, _, value = proposal.needs[0].partition(":")
    if kind == "party":
        return Refused(
            Reason.not_your_party,
            f"{proposal.proposal} waits for another person of {value}: only {value} answers it.",
        )
    return Refused(
        Reason.scope_missing,
        f"{proposal.proposal} waits for a person of the venue with the scope {value}, which this "
        "key does not have.",
        scope=value,
    )


def _met(proposal: Proposal, party: PartyId, scopes: tuple[str, ...]) -> str:
    """The first need that a person of this party with these scopes meets; "" if none."""
    for need in proposal.needs:
        kind, _, value = need.partition(":")
        if value == party if kind == "party" else value in scopes:
            return need
    return ""


def _must_be_another_person(register: Register, proposal: Proposal, caller: Caller) -> None:
    """Two keys of one person are one pair of eyes."""
    holder = register.principals[caller.principal].holder_sha256
    for name in proposal.approvers:
        earlier: Principal = register.principals[name]
        if earlier.holder_sha256 == holder:
            verb = "proposed" if name == proposal.principal else "approved"
            raise Refused(
                Reason.same_holder,
                f"The person behind {caller.principal} already {verb} {proposal.proposal}, with "
                f"{name}: another person must approve it.",
                principal=name,
            )


def _must_still_be_wanted(register: Register, proposal: Proposal) -> None:
    """What its proposer may no longer do alone, he may not do with another's help either."""
    if register.parties[proposal.party].is_suspended:
        raise Refused(
            Reason.party_suspended,
            f"{proposal.party}, which proposed this, is suspended: reinstate it first, or reject "
            "this.",
        )
    for name in proposal.approvers:
        if register.principals[name].is_revoked:
            verb = "proposed" if name == proposal.principal else "approved"
            raise Refused(
                Reason.wrong_state,
                f"The key {name}, which {verb} this, has been revoked since: reject it.",
                principal=name,
            )


def _has_got_its_papers(register: Register, proposal: Proposal) -> bool:
    """A title asked for without papers needs no second clerk once they are verified."""
    return proposal.op == TITLE and has_papers(register, proposal.args["things"])


def _must_not_be_asked_for_already(register: Register, command: IssueTitle) -> None:
    asked_for = title_asked_for(register)
    for thing in command.things:
        if thing in asked_for:
            raise Refused(
                Reason.wrong_state,
                f"Title to {thing} has been asked for already, in {asked_for[thing]}: a clerk has "
                "to answer that one, or withdraw it first.",
                proposal=asked_for[thing],
            )


def _reference(args: dict[str, Any]) -> str:
    """What the proposal is about, in one word: the first id or name among its args."""
    for value in args.values():
        if isinstance(value, str):
            return value
        if isinstance(value, list) and value and isinstance(value[0], str):
            return value[0]
    return ""
