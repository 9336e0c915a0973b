"""Parties: who they are, what they may be, how well they are known, and whether they may act."""

from ledger.caller import Caller
from ledger.commands import (
    GrantRole,
    RegisterParty,
    ReinstateParty,
    RevokeRole,
    SetKycTier,
    SuspendParty,
)
from ledger.events import (
    Event,
    KycTierSet,
    NothingToDo,
    PartyRegistered,
    PartyReinstated,
    PartySuspended,
    RoleGranted,
    RoleRevoked,
)
from ledger.ids import GroupId, PartyId, advance_counter
from ledger.moment import Moment
from ledger.offices import OFFICES, ROLES, must_hold
from ledger.records import Party
from ledger.refusals import Reason, Refused, sentence_of
from ledger.register import Register

KINDS = ("company", "public_body")  # a natural person's name needs the erasable table first
TOP_TIER = 3
TIER_OF_ROLE = {"issuer": TOP_TIER, "lender": TOP_TIER, "broker": TOP_TIER}

# (is suspended, verb) -> is suspended; what is not here is refused
STANDING: dict[tuple[bool, str], bool] = {
    (False, "suspend"): True,
    (True, "reinstate"): False,
}


def register_party(
    register: Register, command: RegisterParty, caller: Caller, moment: Moment
) -> list[Event]:
    """A company or public body, once for each (jurisdiction, registration number)."""
    if command.kind not in KINDS:
        raise Refused(
            Reason.bad_field,
            sentence_of("A party is one of: {kinds}.", kinds=", ".join(KINDS)),
            field="/kind",
        )
    registration_no = command.registration_no.strip().upper()
    legal_name = command.legal_name.strip()
    if not registration_no or not legal_name:
        raise Refused(Reason.bad_field, "A party has a name and a registration number: give both.")
    must_hold(register, caller, "clerk")
    known = register.registrations.get((command.jurisdiction, registration_no))
    if known is not None:
        raise Refused(
            Reason.registration_no_used,
            sentence_of(
                "{jurisdiction} {registration_no} is already registered as {known}: use it.",
                jurisdiction=command.jurisdiction,
                registration_no=registration_no,
                known=known,
            ),
            party=known,
        )
    return [
        PartyRegistered(
            party=register.numbers().next(PartyId),
            legal_name=legal_name,
            kind=command.kind,
            jurisdiction=command.jurisdiction,
            registration_no=registration_no,
        )
    ]


def apply_party_registered(register: Register, event: PartyRegistered, moment: Moment) -> None:
    party = event.party
    advance_counter(register.counters, party)
    register.parties[party] = Party(
        party=party,
        legal_name=event.legal_name,
        kind=event.kind,
        jurisdiction=event.jurisdiction,
        registration_no=event.registration_no,
        group=GroupId(party),
    )
    register.registrations[event.jurisdiction, event.registration_no] = party


def set_kyc_tier(
    register: Register, command: SetKycTier, caller: Caller, moment: Moment
) -> list[Event]:
    """How far a party's identity has been checked; a paper that ends is not known here yet."""
    if command.valid_to_ns:
        raise Refused(
            Reason.bad_field,
            "A tier stands until it is set anew: leave valid_to_ns out.",
            field="/valid_to_ns",
        )
    must_hold(register, caller, "compliance")
    party = register.party(command.party)
    if party.kyc_tier == command.kyc_tier:
        stands = {"party": party.party, "kyc_tier": party.kyc_tier}
        return [NothingToDo(party=party.party, op="party.tier", stands=stands)]
    return [
        KycTierSet(
            party=party.party,
            kyc_tier=command.kyc_tier,
            evidence_sha256=command.evidence_sha256,
            valid_to_ns=0,
        )
    ]


def tier_needs(
    register: Register, command: SetKycTier, caller: Caller, moment: Moment
) -> list[str]:
    """The top tier takes two of compliance."""
    return ["scope:comply"] if command.kyc_tier == TOP_TIER else []


def apply_kyc_tier_set(register: Register, event: KycTierSet, moment: Moment) -> None:
    register.parties[event.party].kyc_tier = event.kyc_tier


def grant_role(
    register: Register, command: GrantRole, caller: Caller, moment: Moment
) -> list[Event]:
    """One more thing that a party may be; issuers, lenders and brokers are known to tier 3."""
    _must_be_a_role(command.role)
    must_hold(register, caller, "clerk")
    party = register.party(command.party)
    if command.role in party.roles:
        stands = {"party": party.party, "role": command.role}
        return [NothingToDo(party=party.party, op="party.grant_role", stands=stands)]
    tier = TIER_OF_ROLE.get(command.role, 0)
    if party.kyc_tier < tier:
        raise Refused(
            Reason.tier_too_low,
            sentence_of(
                "The role {role} takes tier {needed_tier}, and {party} has {kyc_tier}: raise "
                "its tier first.",
                role=command.role,
                needed_tier=tier,
                party=party.party,
                kyc_tier=party.kyc_tier,
            ),
        )
    return [RoleGranted(party=party.party, role=command.role, basis=command.basis)]


def apply_role_granted(register: Register, event: RoleGranted, moment: Moment) -> None:
    register.parties[event.party].roles[event.role] = None


def revoke_role(
    register: Register, command: RevokeRole, caller: Caller, moment: Moment
) -> list[Event]:
    """Take a role away; the venue's own party keeps its offices, or nobody could act for it."""
    _must_be_a_role(command.role)
    must_hold(register, caller, "clerk")
    party = register.party(command.party)
    if command.role not in party.roles:
        stands = {"party": party.party, "role": command.role}
        return [NothingToDo(party=party.party, op="party.revoke_role", stands=stands)]
    if party.party == register.venue_party and command.role in OFFICES:
        raise Refused(
            Reason.wrong_state,
            sentence_of("The venue cannot be without its {role}: it stays.", role=command.role),
        )
    return [RoleRevoked(party=party.party, role=command.role, basis=command.basis)]


def apply_role_revoked(register: Register, event: RoleRevoked, moment: Moment) -> None:
    del register.parties[event.party].roles[event.role]


def suspend_party(
    register: Register, command: SuspendParty, caller: Caller, moment: Moment
) -> list[Event]:
    """Stop a party from acting: one person's act."""
    must_hold(register, caller, "compliance")
    party = register.party(command.party)
    if party.party == register.venue_party:
        raise Refused(Reason.wrong_state, "The venue's own party cannot be suspended.")
    _must_allow(party, "suspend")
    return [PartySuspended(party=party.party, reason=command.reason)]


def apply_party_suspended(register: Register, event: PartySuspended, moment: Moment) -> None:
    register.parties[event.party].is_suspended = True


def reinstate_party(
    register: Register, command: ReinstateParty, caller: Caller, moment: Moment
) -> list[Event]:
    """Let a suspended party act again: this takes two."""
    must_hold(register, caller, "compliance")
    party = register.party(command.party)
    _must_allow(party, "reinstate")
    return [PartyReinstated(party=party.party, reason=command.reason)]


def apply_party_reinstated(register: Register, event: PartyReinstated, moment: Moment) -> None:
    register.parties[event.party].is_suspended = False


def _must_allow(party: Party, verb: str) -> None:
    if (party.is_suspended, verb) not in STANDING:
        standing = "already suspended" if party.is_suspended else "not suspended"
        raise Refused(
            Reason.wrong_state,
            sentence_of(
                "{party} is {standing}: there is nothing to {verb}.",
                party=party.party,
                standing=standing,
                verb=verb,
            ),
        )


def _must_be_a_role(role: str) -> None:
    if role not in ROLES:
        raise Refused(
            Reason.bad_field,
            sentence_of(
                "There is no role {role!r}: one of {roles}.", role=role, roles=", ".join(ROLES)
            ),
            field="/role",
        )
