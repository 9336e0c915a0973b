"""Who may act: roles of a party, the venue's offices, and the scopes that offices act through."""

from ledger.caller import Caller
from ledger.ids import PartyId
from ledger.refusals import Reason, Refused, either, sentence_of
from ledger.register import Register

# The venue's own party bears these from the first batch on (DOMAIN 5, OpenVenue).
OFFICES = (
    "clerk",
    "cashier",
    "compliance",
    "arbiter",
    "inspector",
    "custodian",
    "administrator",
)
ROLES = (
    "owner",
    "operator",
    "lessee",
    "lender",
    "broker",
    "inspector",
    "custodian",
    "issuer",
    "regulator",
    "administrator",
    "auditor",
    "clerk",
    "cashier",
    "compliance",
    "arbiter",
)
SCOPES = ("read", "trade", "seller", "lender", "audit", "comply", "operate", "admin")
# What both clerks' first keys may do: all that the venue's offices need (WIRE 2).
CLERK_SCOPES = ("read", "operate", "comply", "admin", "audit", "seller")
# A scope that speaks for an office is for parties that bear one of these roles; others are free.
ROLES_OF_SCOPE = {
    "operate": ("clerk", "cashier"),
    "comply": ("compliance", "arbiter", "regulator"),
    "audit": ("auditor", "regulator", "clerk"),
}


def has_role(register: Register, party: PartyId, *roles: str) -> bool:
    """Whether a party bears at least one of these roles."""
    found = register.parties.get(party)
    return found is not None and any(role in found.roles for role in roles)


def must_hold(register: Register, caller: Caller, *roles: str) -> None:
    """Refuse `role_missing` unless the caller's party bears one of these roles.

    The engine asks without a party, and is not asked for a role.
    """
    if caller.is_engine or has_role(register, caller.party, *roles):
        return
    raise Refused(
        Reason.role_missing,
        sentence_of(
            "This is for a party with the role {roles}, which {party} does not "
            "have: ask the venue's clerks to grant it.",
            roles=either(roles),
            party=caller.party,
        ),
    )


def must_be_own_or_clerk(register: Register, caller: Caller, party: PartyId) -> None:
    """Refuse `not_your_party` unless the caller acts for *party*, or is the venue's clerk."""
    if caller.party != party and not has_role(register, caller.party, "clerk"):
        raise Refused(
            Reason.not_your_party,
            sentence_of(
                "{party} may not act for {party_party}: only {party_party} itself or a clerk may.",
                party=caller.party,
                party_party=party,
            ),
        )
