"""The lists of the venue and its people: rules, models, parties, keys, proposals."""

from ledger.refusals import Reason
from ledger.views.lists.declaration import Filter, Listing, ListPath, RecordPath, equal, of
from ledger.views.lists.filter_values import RULE, words
from ledger.words import ProposalState

RULES = Listing(
    columns=of("r", "rule value from_ns basis position at_ns"),
    source="views.rules r",
    key="r.position",
    since="r.position",
    filters=equal({"rule": "r.rule"}, rule=RULE),
    nested=frozenset(("value",)),
    served=ListPath("/v1/rules", "Dated rules", ("rule",), rows="public"),
)

MODELS = Listing(
    columns=of(
        "m",
        "model vendor form gpus_per_lot memory_mib tdp_w tpp has_ecc has_mig names"
        " board_part_numbers position",
    ),
    source="views.models m",
    key="m.model",
    since="m.position",
    filters={},
    served=ListPath("/v1/models", "GPU models", rows="public"),
)

_ROLES = """(SELECT coalesce(jsonb_agg(r.role ORDER BY r.position, r.role), '[]')
    FROM views.roles r WHERE r.party = p.party)"""

PARTIES = Listing(
    columns=of(
        "p", "party legal_name kind jurisdiction registration_no group kyc_tier is_suspended"
    )
    | {"roles": _ROLES}
    | of("p", "position at_ns"),
    source="views.parties p",
    key="p.position",
    since="p.position",
    filters=equal({"party": "p.party", "name": "p.party"}),
    served=ListPath("/v1/parties", "Parties"),
    record=RecordPath("/v1/parties/{party}", "A party", Reason.unknown_party, "name"),
)

PRINCIPALS = Listing(
    columns=of(
        "k",
        "principal party holder_sha256 public_key scopes ip_allow signing label valid_to_ns"
        " is_revoked position at_ns",
    ),
    source="views.principals k",
    key="k.position",
    since="k.position",
    filters=equal({"party": "k.party"}),
    served=ListPath("/v1/principals", "Signing keys", scopes=("admin",)),
)

_APPROVALS = """(SELECT coalesce(jsonb_agg(jsonb_build_object('party', a.party,
        'principal', a.principal, 'verdict', a.verdict, 'position', a.position)
        ORDER BY a.position), '[]')
    FROM views.approvals a WHERE a.proposal = z.proposal)"""

# A party sees the proposals that it made and those that wait for it.
_CONCERNED = "(z.party = %(party)s OR z.needs ? ('party:' || %(party)s))"

PROPOSALS = Listing(
    columns=of("z", "proposal op party principal reference expires_ns needs args state")
    | {"approvals": _APPROVALS}
    | of("z", "position at_ns"),
    source="views.proposals z",
    key="z.position",
    since="z.position",
    filters={"party": Filter(_CONCERNED)}
    | equal({"proposal": "z.proposal", "state": "z.state"}, state=words(ProposalState)),
    is_newest_first=True,
    at_ns="z.at_ns",
    nested=frozenset(("args",)),
    served=ListPath("/v1/proposals", "What waits for a second signature", ("state",)),
    record=RecordPath(
        "/v1/proposals/{proposal}", "A proposal", Reason.unknown_proposal, "proposal"
    ),
)

LISTINGS = (RULES, MODELS, PARTIES, PRINCIPALS, PROPOSALS)
