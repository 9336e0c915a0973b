"""Principals: signing keys that act for one party, each held by one natural person (WIRE 2)."""

from collections.abc import Sequence
from ipaddress import ip_network
from typing import Protocol

from ledger.authority.public_key import PUBLIC_KEY_RULE, must_be_a_public_key
from ledger.caller import Caller
from ledger.commands import EnrolPrincipal, RevokePrincipal
from ledger.durations import DAY_NS
from ledger.events import Event, NothingToDo, PrincipalEnrolled, PrincipalRevoked
from ledger.ids import PrincipalId, advance_counter
from ledger.moment import Moment
from ledger.offices import ROLES_OF_SCOPE, SCOPES, has_role, must_be_own_or_clerk
from ledger.records import Principal
from ledger.refusals import Reason, Refused, either, sentence_of
from ledger.register import Register

SIGNING = ("every", "session")
VALID_NS = 365 * DAY_NS  # when the command does not say


def enrol_principal(
    register: Register, command: EnrolPrincipal, caller: Caller, moment: Moment
) -> list[Event]:
    """Let a key act for a party: by a clerk, or by the party itself for its own."""
    must_be_a_public_key(command.public_key)
    must_be_terms(command, moment.at_ns)
    must_be_own_or_clerk(register, caller, command.party)
    party = register.party(command.party)
    is_clerks = has_role(register, caller.party, "clerk")
    for scope in command.scopes:
        roles = ROLES_OF_SCOPE.get(scope)
        if scope == "audit" and is_clerks:
            continue  # reading all is the clerk's to give; acting for an office needs the office
        if roles and not has_role(register, party.party, *roles):
            raise Refused(
                Reason.role_missing,
                sentence_of(
                    "The scope {scope} is for a party with the role {roles}: {party} has "
                    "none of them.",
                    scope=scope,
                    roles=either(roles),
                    party=party.party,
                ),
            )
    _must_be_a_new_public_key(register, command.public_key)
    return [
        PrincipalEnrolled(
            party=party.party,
            principal=register.numbers().next(PrincipalId),
            holder_sha256=command.holder_sha256,
            public_key=command.public_key,
            scopes=list(command.scopes),
            ip_allow=list(command.ip_allow),
            signing=command.signing,
            label=command.label,
            valid_to_ns=command.valid_to_ns or moment.at_ns + VALID_NS,
            public_key_rule=PUBLIC_KEY_RULE,
        )
    ]


def enrolment_needs(
    register: Register, command: EnrolPrincipal, caller: Caller, moment: Moment
) -> list[str]:
    """A key of the venue's own takes two: one clerk could make himself the second else (0014)."""
    return ["scope:admin"] if command.party == register.venue_party else []


def apply_principal_enrolled(register: Register, event: PrincipalEnrolled, moment: Moment) -> None:
    principal = event.principal
    advance_counter(register.counters, principal)
    register.principals[principal] = Principal(
        principal=principal,
        party=event.party,
        holder_sha256=event.holder_sha256,
        public_key=event.public_key,
        scopes=tuple(event.scopes),
        ip_allow=tuple(event.ip_allow),
        signing=event.signing,
        label=event.label,
        valid_to_ns=event.valid_to_ns,
        is_audit_given=not has_role(register, event.party, *ROLES_OF_SCOPE["audit"]),
    )
    register.parties[event.party].principals.append(principal)


def revoke_principal(
    register: Register, command: RevokePrincipal, caller: Caller, moment: Moment
) -> list[Event]:
    """End a key: by a clerk, or by its own party. The venue keeps two people who can act."""
    principal = register.principals.get(command.principal)
    if principal is None:
        raise Refused(
            Reason.unknown_principal,
            sentence_of(
                "There is no principal {principal}: check its id.", principal=command.principal
            ),
        )
    must_be_own_or_clerk(register, caller, principal.party)
    if principal.is_revoked:
        stands = {
            "principal": principal.principal,
            "party": principal.party,
            "state": "revoked",
        }
        return [NothingToDo(party=principal.party, op="principal.revoke", stands=stands)]
    if principal.party == register.venue_party and _holders_without(register, principal) < 2:
        raise Refused(
            Reason.wrong_state,
            "The venue needs keys of two people, or nothing that takes two could be done: "
            "enrol another person first.",
        )
    return [PrincipalRevoked(party=principal.party, principal=principal.principal)]


def apply_principal_revoked(register: Register, event: PrincipalRevoked, moment: Moment) -> None:
    register.principals[event.principal].is_revoked = True


class Terms(Protocol):
    """What is said of a key before there is one: by an enrolment, and by an invitation to it."""

    @property
    def scopes(self) -> Sequence[str]: ...

    @property
    def ip_allow(self) -> Sequence[str]: ...

    @property
    def signing(self) -> str: ...

    @property
    def valid_to_ns(self) -> int: ...


def must_be_terms(terms: Terms, at_ns: int) -> None:
    """Refuse `bad_field` scopes, signing, end and networks that no key could have."""
    if not terms.scopes or len(set(terms.scopes)) != len(terms.scopes):
        raise Refused(Reason.bad_field, "Give at least one scope, each once.", field="/scopes")
    for scope in terms.scopes:
        if scope not in SCOPES:
            raise Refused(
                Reason.bad_field,
                sentence_of(
                    "There is no scope {scope!r}: one of {scopes}.",
                    scope=scope,
                    scopes=", ".join(SCOPES),
                ),
                field="/scopes",
            )
    if terms.signing not in SIGNING:
        raise Refused(Reason.bad_field, "signing is every or session.", field="/signing")
    if 0 < terms.valid_to_ns <= at_ns:
        raise Refused(
            Reason.bad_field,
            "A key must be valid beyond now: give a later valid_to_ns, or leave it out.",
            field="/valid_to_ns",
        )
    for network in terms.ip_allow:
        _must_be_a_network(network)


def _must_be_a_network(text: str) -> None:
    try:
        ip_network(text)
    except ValueError:
        raise Refused(
            Reason.bad_field,
            sentence_of("{text!r} is no network: write it as 203.0.113.0/24.", text=text),
            field="/ip_allow",
        ) from None


def _must_be_a_new_public_key(register: Register, public_key: str) -> None:
    for known in register.principals.values():
        if known.public_key == public_key:
            raise Refused(
                Reason.wrong_state,
                sentence_of(
                    "This key is already enrolled, as {principal} of {party}: make a fresh one.",
                    principal=known.principal,
                    party=known.party,
                ),
            )


def _holders_without(register: Register, leaving: Principal) -> int:
    """How many people could still act for the party of *leaving* once it has gone."""
    left = [
        register.principals[name]
        for name in register.parties[leaving.party].principals
        if name != leaving.principal
    ]
    return len({each.holder_sha256 for each in left if not each.is_revoked})
