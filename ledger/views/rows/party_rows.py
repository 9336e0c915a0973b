"""What the views keep of the venue, its rules and its people."""

from ledger.events import (
    GroupChanged,
    KycTierSet,
    ModelListed,
    PartyRegistered,
    PartyReinstated,
    PartySuspended,
    PrincipalEnrolled,
    PrincipalRevoked,
    RoleGranted,
    RoleRevoked,
    RuleSet,
    VenueOpened,
)
from ledger.views.rows.changes import (
    Change,
    RowDelete,
    RowInsert,
    RowUpdate,
    Rules,
    ViewTable,
    columns,
)


def venue_opened(event: VenueOpened, position: int) -> list[Change]:
    return [RowInsert("venue", (event.venue,), columns(event))]


def rule_set(event: RuleSet, position: int) -> list[Change]:
    return [RowInsert("rules", (position,), columns(event, position=position))]


def model_listed(event: ModelListed, position: int) -> list[Change]:
    return [RowUpdate("models", (event.model,), columns(event, position=position))]


def party_registered(event: PartyRegistered, position: int) -> list[Change]:
    row = columns(event, group=event.party, kyc_tier=0, is_suspended=False, position=position)
    return [RowInsert("parties", (event.party,), row)]


def kyc_tier_set(event: KycTierSet, position: int) -> list[Change]:
    return [RowUpdate("parties", (event.party,), {"kyc_tier": event.kyc_tier})]


def group_changed(event: GroupChanged, position: int) -> list[Change]:
    return [RowUpdate("parties", (event.party,), {"group": event.group})]


def party_suspended(event: PartySuspended, position: int) -> list[Change]:
    return [RowUpdate("parties", (event.party,), {"is_suspended": True})]


def party_reinstated(event: PartyReinstated, position: int) -> list[Change]:
    return [RowUpdate("parties", (event.party,), {"is_suspended": False})]


def role_granted(event: RoleGranted, position: int) -> list[Change]:
    row = {"party": event.party, "role": event.role, "basis": event.basis, "position": position}
    return [RowUpdate("roles", (event.party, event.role), row)]


def role_revoked(event: RoleRevoked, position: int) -> list[Change]:
    return [RowDelete("roles", (event.party, event.role))]


def principal_enrolled(event: PrincipalEnrolled, position: int) -> list[Change]:
    row = columns(event, is_revoked=False, position=position)
    return [RowInsert("principals", (event.principal,), row)]


def principal_revoked(event: PrincipalRevoked, position: int) -> list[Change]:
    return [RowUpdate("principals", (event.principal,), {"is_revoked": True})]


RULES: Rules = {
    VenueOpened: venue_opened,
    RuleSet: rule_set,
    ModelListed: model_listed,
    PartyRegistered: party_registered,
    KycTierSet: kyc_tier_set,
    GroupChanged: group_changed,
    PartySuspended: party_suspended,
    PartyReinstated: party_reinstated,
    RoleGranted: role_granted,
    RoleRevoked: role_revoked,
    PrincipalEnrolled: principal_enrolled,
    PrincipalRevoked: principal_revoked,
}

TABLES = {
    "venue": ViewTable(("venue",)),
    "rules": ViewTable(("position",), is_settled=True),
    "models": ViewTable(("model",)),
    "parties": ViewTable(("party",)),
    "roles": ViewTable(("party", "role")),
    "principals": ViewTable(("principal",)),
}
