"""Four eyes: what takes more than one person, and how the others say yes or no (DOMAIN 4)."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from ledger.authority.scopes_in_force import end_in_words, scopes_in_force
from ledger.caller import Caller
from ledger.commands import ApproveProposal, Command, RejectProposal, WithdrawProposal
from ledger.events import (
    Event,
    ProposalApproved,
    ProposalLapsed,
    ProposalMade,
    ProposalRejected,
    ProposalWithdrawn,
)
from ledger.ids import Numbers, PartyId, ProposalId, advance_counter
from ledger.moment import Moment
from ledger.offices import ROLES_OF_SCOPE, has_role, must_hold
from ledger.op import Op
from ledger.records import Principal, Proposal
from ledger.refusals import Reason, Refused, either, sentence_of
from ledger.register import Register
from ledger.shapes import in_words
from ledger.timers import Due, push
from ledger.words import ProposalState

ARGS_BYTES_MOST = 55_000  # of a proposal, which is one event (decisions/0011)

_ENDINGS: Final[dict[type[Event], ProposalState]] = {
    ProposalRejected: "rejected",
    ProposalWithdrawn: "withdrawn",
    ProposalLapsed: "lapsed",
}

Ops = Mapping[str, Op[Any]]  # all that can be proposed, by name


def propose(
    register: Register,
    op: str,
    command: Command,
    caller: Caller,
    needs: list[str],
    moment: Moment,
    numbers: Numbers | None = None,
) -> list[Event]:
    """Let a command wait for its approvals; it is judged again when the last one comes.

    `numbers`: of a decision that takes other ids, too.
    """
    args = msgspec.to_builtins(command)
    if len(msgspec.json.encode(args)) > ARGS_BYTES_MOST:
        raise Refused(
            Reason.too_large, "This names too much for one proposal: ask for it in parts."
        )
    return [
        ProposalMade(
            proposal=(numbers or register.numbers()).next(ProposalId),
            op=op,
            party=caller.party,
            principal=caller.principal,
            reference=_reference(args),
            expires_ns=moment.at_ns + register.rules.value("proposal", moment.at_ns),
            needs=list(needs),
            args=args,
        )
    ]


def approve(
    register: Register, command: ApproveProposal, caller: Caller, ops: Ops, moment: Moment
) -> tuple[list[Event], Proposal | None]:
    """One more person agrees. The proposal comes back when this was the last approval due."""
    proposal = _waiting(register, command.proposal, moment)
    _must_meet_a_need(register, proposal, caller, ops)
    _must_be_another_person(register, proposal, caller)
    _must_still_be_wanted(register, proposal, ops, moment)
    is_last = len(proposal.needs) == 1 or _has_enough(register, proposal, ops, moment)
    event = ProposalApproved(
        proposal=proposal.proposal,
        party=caller.party,
        principal=caller.principal,
        is_last=is_last,
    )
    return [event], proposal if is_last else None


def reject(
    register: Register, command: RejectProposal, caller: Caller, ops: Ops, moment: Moment
) -> list[Event]:
    """Say no: one person's act, by anyone whose yes would count."""
    proposal = _waiting(register, command.proposal, moment)
    _must_meet_a_need(register, proposal, caller, ops)
    return [
        ProposalRejected(proposal=proposal.proposal, party=caller.party, principal=caller.principal)
    ]


def withdraw(
    register: Register, command: WithdrawProposal, caller: Caller, moment: Moment
) -> list[Event]:
    """Take one's own proposal back: any principal of the party that made it."""
    proposal = _waiting(register, command.proposal, moment)
    if caller.party != proposal.party:
        raise Refused(
            Reason.not_your_party,
            sentence_of(
                "{proposal} was made by another party: reject it instead.",
                proposal=proposal.proposal,
            ),
        )
    return [ProposalWithdrawn(proposal=proposal.proposal)]


def as_proposer(register: Register, proposal: Proposal, caller: Caller, moment: Moment) -> Caller:
    """The caller in whose name an approved command is decided: its proposer, as of now."""
    principal = register.principals[proposal.principal]
    return replace(
        caller,
        party=proposal.party,
        principal=proposal.principal,
        scopes=scopes_in_force(register, principal, moment.at_ns),
        attachment=b"",
    )


def apply_proposal_made(register: Register, event: ProposalMade, moment: Moment) -> None:
    advance_counter(register.counters, event.proposal)
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


def apply_proposal_approved(register: Register, event: ProposalApproved, moment: Moment) -> None:
    """With its last approval a proposal leaves the state: the command's own events follow."""
    proposal = register.proposals[event.proposal]
    principal = register.principals[event.principal]
    # whoever stood in for the party that was due met its need
    proposal.needs.remove(_met(proposal, event.party, principal.scopes) or proposal.needs[0])
    proposal.approvers.append(event.principal)
    if event.is_last or not proposal.needs:
        del register.proposals[event.proposal]
        register.ended.add(event.proposal, "approved")


def apply_proposal_ended(
    register: Register, event: ProposalRejected | ProposalWithdrawn | ProposalLapsed, moment: Moment
) -> None:
    del register.proposals[event.proposal]
    register.ended.add(event.proposal, _ENDINGS[type(event)])


def _waiting(register: Register, name: ProposalId, moment: Moment) -> Proposal:
    proposal = register.proposals.get(name)
    if proposal is None:
        register.must_not_have_ended(name)
        raise Refused(
            Reason.unknown_proposal,
            sentence_of("There is no proposal {name}: check its id.", name=name),
        )
    if proposal.expires_ns <= moment.at_ns:
        raise Refused(
            Reason.wrong_state, sentence_of("{name} has lapsed: propose it anew.", name=name)
        )
    return proposal


def _must_meet_a_need(register: Register, proposal: Proposal, caller: Caller, ops: Ops) -> None:
    need = _met(proposal, caller.party, caller.scopes)
    stands_in = ops[proposal.op].second.stands_in
    if not need and stands_in in caller.scopes:
        need = f"scope:{stands_in}"
    if not need:
        raise _wrong_approver(proposal, stands_in)
    kind, _, value = need.partition(":")
    if kind == "scope":
        must_hold(register, caller, *_offices_of(value))
        return
    scopes = ops[proposal.op].scopes  # the same right as the proposer's
    if not any(scope in caller.scopes for scope in scopes):
        raise Refused(
            Reason.scope_missing,
            sentence_of(
                "To answer {proposal} takes a key with the scope {scopes}.",
                proposal=proposal.proposal,
                scopes=either(scopes),
            ),
        )


def _offices_of(scope: str) -> tuple[str, ...]:
    """The roles behind a scope that a proposal waits for."""
    return ROLES_OF_SCOPE.get(scope, ("clerk",))


def _wrong_approver(proposal: Proposal, stands_in: str) -> Refused:
    kind, _, value = proposal.needs[0].partition(":")
    if kind == "party":
        others = (
            sentence_of(", or the venue with the scope {scope},", scope=stands_in)
            if stands_in
            else ""
        )
        return Refused(
            Reason.not_your_party,
            sentence_of(
                "{proposal} waits for another person of {value}: only {value}{others} answers it.",
                proposal=proposal.proposal,
                value=value,
                others=others,
            ),
        )
    return Refused(
        Reason.scope_missing,
        sentence_of(
            "{proposal} waits for a person of the venue with the scope {value}, "
            "which this key does not have.",
            proposal=proposal.proposal,
            value=value,
        ),
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
                sentence_of(
                    "The person behind {caller} already {verb} {proposal}, with {principal}: "
                    "another person must approve it.",
                    caller=caller.principal,
                    verb=verb,
                    proposal=proposal.proposal,
                    principal=name,
                ),
            )


def _must_still_be_wanted(register: Register, proposal: Proposal, ops: Ops, moment: Moment) -> None:
    """What its proposer may no longer ask for, they may not with another's help either.

    A word given before counts no longer once whoever gave it could not give it any more.
    """
    if register.parties[proposal.party].is_suspended:
        raise Refused(
            Reason.party_suspended,
            sentence_of(
                "{party}, which proposed this, is suspended: reinstate it first, or reject this.",
                party=proposal.party,
            ),
        )
    for name in proposal.approvers:
        principal = register.principals[name]
        ended = end_in_words(principal, moment.at_ns)
        if not ended and not _still_counts(register, proposal, principal, ops, moment):
            ended = "may do so no longer"
        if ended:
            verb = "proposed" if name == proposal.principal else "approved"
            raise Refused(
                Reason.wrong_state,
                sentence_of(
                    "The key {name}, which {verb} this, {ended} since: reject it.",
                    name=name,
                    verb=verb,
                    ended=ended,
                ),
                principal=name,
            )


def _still_counts(
    register: Register, proposal: Proposal, principal: Principal, ops: Ops, moment: Moment
) -> bool:
    """Whether a proposer might still propose, or an earlier approver still agree."""
    op = ops[proposal.op]
    scopes = scopes_in_force(register, principal, moment.at_ns)
    if principal.principal == proposal.principal:
        return any(scope in scopes for scope in op.scopes)
    if register.parties[principal.party].is_suspended:
        return False
    command = proposed_command(proposal, op)
    proposer = Caller(party=proposal.party, principal=proposal.principal)
    due = op.needs(register, command, proposer, moment)
    if not due:
        return True
    if f"party:{principal.party}" in due and any(scope in scopes for scope in op.scopes):
        return True
    return any(
        has_role(register, principal.party, *_offices_of(scope))
        for scope in scopes
        if f"scope:{scope}" in due or scope == op.second.stands_in
    )


def _has_enough(register: Register, proposal: Proposal, ops: Ops, moment: Moment) -> bool:
    """Whether fewer approvals would do today than when it was proposed: a title has its papers."""
    op = ops[proposal.op]
    command = proposed_command(proposal, op)
    proposer = Caller(party=proposal.party, principal=proposal.principal)
    given = len(proposal.approvers)  # with the one at hand; the proposer is the first
    return given >= len(op.needs(register, command, proposer, moment))


def proposed_command(proposal: Proposal, op: Op[Any]) -> Command:
    """What was proposed. Refuses `wrong_state` args that today's shapes no longer take."""
    try:
        return msgspec.convert(proposal.args, op.command)
    except msgspec.ValidationError as error:
        what = in_words(str(error).partition(" - at ")[0])
        raise Refused(
            Reason.wrong_state,
            sentence_of(
                "{proposal} was proposed under older rules ({what}): reject it, and "
                "let it be proposed anew.",
                proposal=proposal.proposal,
                what=what,
            ),
        ) from None


def _reference(args: dict[str, Any]) -> str:
    """What the proposal is about, in one word: the first id or name among its args."""
    for value in args.values():
        if isinstance(value, str):
            return value
        if isinstance(value, list) and value and isinstance(value[0], str):
            return value[0]
    return ""
