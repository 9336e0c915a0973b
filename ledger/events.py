"""The facts the ledger writes: plain, frozen, for ever (DOMAIN 5).

A field's unit is its suffix (WIRE 1); `_sha256` is base64url without padding. New fields go last
and have a default. An event's first field is its subject. `at_ns`, `cause` and `command_sha256` are
stamped when the event is written (`journal/codec.py`): deciding leaves them out.

One file, though long: the dictionary of what may ever stand in a journal.
"""

from typing import Any

from msgspec import Struct


class Event(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """What every fact bears, behind its own fields."""

    at_ns: int = 0  # the venue's time of the command
    cause: int = 0  # position of the batch's first event; 0 on that one
    command_sha256: str = ""  # on a batch's first event, unless the engine itself acts


# --- the venue and its people


class VenueOpened(Event, frozen=True, gc=False):
    """The journal begins: position 1 says what kind of venue this is."""

    venue: str  # cn-1
    currency: str  # CNY
    zone: str  # Asia/Shanghai
    minor_digits: int
    kind: str  # live, demo
    party: str  # the venue's own, p-0001
    clerks: list[str]  # its first two principals


class RuleSet(Event, frozen=True, gc=False):
    """A dated rule: in force from `from_ns` (markets: from their next opening, EXCHANGE 1)."""

    rule: str  # kyc_limits, identity_denylist, grade_valid, market:T.*, …
    value: Any  # JSON without fractions
    from_ns: int
    basis: str


class ModelListed(Event, frozen=True, gc=False):
    """A GPU model, or a board model whose lot is one whole node."""

    model: str
    vendor: str
    form: str  # sxm, pcie, nvl, oam
    gpus_per_lot: int
    memory_mib: int
    tdp_w: int
    tpp: int
    has_ecc: bool
    has_mig: bool
    names: list[str]
    board_part_numbers: list[str]


class PartyRegistered(Event, frozen=True, gc=False):
    """A company, public body or person, known by (jurisdiction, registration_no)."""

    party: str
    legal_name: str  # empty for a person: the name lies in the erasable table
    kind: str  # company, public_body, person
    jurisdiction: str  # ISO 3166-1
    registration_no: str
    name_sha256: str = ""  # salted, for a person


class KycTierSet(Event, frozen=True, gc=False):
    party: str
    kyc_tier: int  # 0-3
    evidence_sha256: str
    valid_to_ns: int  # 0: open


class RoleGranted(Event, frozen=True, gc=False):
    party: str
    role: str
    basis: str


class RoleRevoked(Event, frozen=True, gc=False):
    party: str
    role: str
    basis: str


class PartySuspended(Event, frozen=True, gc=False):
    party: str
    reason: str


class PartyReinstated(Event, frozen=True, gc=False):
    party: str
    reason: str


class PrincipalEnrolled(Event, frozen=True, gc=False):
    """A signing key that acts for one party, held by one natural person."""

    party: str
    principal: str
    holder_sha256: str  # salted; the same for the same person
    public_key: str  # Ed25519, base64url
    scopes: list[str]
    ip_allow: list[str]
    signing: str  # every, session
    label: str
    valid_to_ns: int


class PrincipalRevoked(Event, frozen=True, gc=False):
    party: str
    principal: str


class GroupChanged(Event, frozen=True, gc=False):
    """A party moved to another beneficial-owner group, named by its lowest party id."""

    party: str
    group: str


class OwnershipDeclared(Event, frozen=True, gc=False):
    party: str  # who declares
    owner: str
    owned: str
    share_bp: int
    control: bool
    document_sha256: str


# --- things


class SiteRegistered(Event, frozen=True, gc=False):
    site: str
    name: str
    operator: str
    delivery_point: str  # CN-BJ
    status: str  # announced, building, live, idle, failed, closed
    lat_e6: int
    lon_e6: int
    power_w: int
    pue_bp: int
    tariff_millis_per_kwh: int
    uplink_mbps: int
    latency_us: dict[str, int]  # per metro


class SiteStatusSet(Event, frozen=True, gc=False):
    site: str
    status: str
    gpus_planned: int
    evidence_sha256: str


class ReportFiled(Event, frozen=True, gc=False):
    """An inventory report came in; its raw bytes are kept by their SHA-256."""

    site: str
    report_sha256: str
    format: str
    taken_ns: int  # 0: undated
    warnings: list[str]


class NodeRegistered(Event, frozen=True, gc=False):
    """One server. A board node (HGX, OAM) moves, sells and leases whole."""

    node: str
    chassis_vendor: str
    chassis_model: str
    chassis_serial: str
    model: str  # the board model, or "" for a server of single cards
    form: str
    site: str
    operator: str
    nvlink: bool
    fabric_mbps_per_gpu: int
    registrant: str


class NodeIdentified(Event, frozen=True, gc=False):
    """A later report shows a server of loose units to be one whole board."""

    node: str
    model: str  # the board model
    form: str
    nvlink: bool


class UnitRegistered(Event, frozen=True, gc=False):
    """One GPU; its stream tells its whole life from here."""

    unit: str
    vendor: str
    model: str
    serial: str  # "" if it identifies nothing
    board_part_number: str
    uuid: str
    identity: str  # strong, medium, weak
    node: str
    slot: int
    registrant: str


class UnitInspected(Event, frozen=True, gc=False):
    unit: str
    inspection: str
    report_sha256: str
    taken_ns: int  # 0: undated
    inspector: str
    readings: dict[str, int]
    load_test: str  # passed, failed, none
    flags: list[str]


class UnitIdentified(Event, frozen=True, gc=False):
    unit: str
    serial: str
    board_part_number: str
    uuid: str
    identity: str
    model: str = ""  # of a unit that had none, since the venue lists it now; else ""


class IdentityConflictFound(Event, frozen=True, gc=False):
    unit: str
    other: str
    fields: list[str]


class UnitGraded(Event, frozen=True, gc=False):
    unit: str
    grade: str  # A, B, C, U
    reasons: list[str]
    valid_to_ns: int


class ProvenanceFiled(Event, frozen=True, gc=False):
    unit: str
    kind: str  # invoice, customs, origin, court, donation
    document_sha256: str
    issued_ns: int
    from_name: str
    to_party: str
    names_serial: bool
    filed_by: str = ""  # its holder then, who never verifies it


class ProvenanceVerified(Event, frozen=True, gc=False):
    unit: str
    document_sha256: str


class ProvenanceGraded(Event, frozen=True, gc=False):
    unit: str
    provenance: str  # P1, P2, P0
    gaps: list[str]


class CustodyMoved(Event, frozen=True, gc=False):
    node: str
    from_party: str
    to_party: str
    site: str


# --- rights: on a board the subject is the node, else the unit


class _OnThing(Event, frozen=True, gc=False):
    """At most one of `node` and `unit` names the thing; neither: it is a party's cash."""

    @property
    def thing(self) -> str:
        return self.node or self.unit  # type: ignore[attr-defined,no-any-return]


class TitleIssued(_OnThing, frozen=True, gc=False, kw_only=True):
    node: str = ""
    unit: str = ""
    holder: str
    basis: str  # opening, invoice, court
    document_sha256: str
    effective_ns: int


class TitleTransferred(_OnThing, frozen=True, gc=False, kw_only=True):
    node: str = ""
    unit: str = ""
    from_party: str
    to_party: str
    settlement: str
    basis: str  # sale, transfer
    price_minor: int
    subject_to: list[str]
    effective_ns: int


class HoldPlaced(_OnThing, frozen=True, gc=False, kw_only=True):
    """A bar of its own: freeze, dispute, enforcement, identity; those of orders are derived."""

    node: str = ""
    unit: str = ""
    party: str = ""  # a freeze of cash
    hold: str
    kind: str
    from_ns: int
    to_ns: int  # 0: open
    reference: str
    basis_sha256: str


class HoldReleased(_OnThing, frozen=True, gc=False, kw_only=True):
    node: str = ""
    unit: str = ""
    party: str = ""
    hold: str
    reason: str


class LeaseGranted(Event, frozen=True, gc=False):
    """Exclusive use of a node (or single units of it) over an interval, for rent."""

    lease: str
    lessor: str
    lessee: str
    node: str
    units: list[str]  # empty: the whole board
    from_ns: int
    to_ns: int
    price_minor_per_gpu_hour: int
    rent_minor: int
    prepaid_minor: int  # rent and fee ahead
    deposit_minor: int
    payee: str
    lessor_fee_bp: int
    lessee_fee_bp: int
    reference: str  # the trade
    hold: str  # the bid's; "": from available
    gpus: int


class LeaseCommenced(Event, frozen=True, gc=False):
    lease: str


class UsageMetered(Event, frozen=True, gc=False):
    """GPU-time of one span, and the rent that it earns; posted when it is written."""

    lease: str
    from_ns: int
    to_ns: int
    available_gpu_ns: int
    down_gpu_ns: int
    energy_wh: int
    source_sha256: str  # "": by silence (DOMAIN 3)
    lessee: str
    payee: str  # an account: p-0007/available
    earned_minor: int  # to the payee, net of the lessor's fee
    fee_minor: int  # both sides'
    returned_minor: int
    venue: str  # whose fees they are: cn-1


class LeaseEnded(Event, frozen=True, gc=False):
    lease: str
    lessee: str
    returned_minor: int  # what is left in rent escrow
    deposit_minor: int  # the deposit, given back


# --- cash


class CashPosted(Event, frozen=True, gc=False):
    """An entry that no other event says: deposit, withdrawal, reversal. Postings sum to 0."""

    book: str  # the venue whose cash book this is: cn-1
    entry: str  # j-000001
    kind: str
    reference: str
    postings: list[tuple[str, int]]  # (account, amount_minor)
    reverses_position: int


class PaymentInstructed(Event, frozen=True, gc=False):
    payment: str
    party: str
    amount_minor: int
    legs: list[tuple[str, int]]
    payer: str


class PaymentConfirmed(Event, frozen=True, gc=False):
    payment: str
    payer_reference: str


class PaymentRefused(Event, frozen=True, gc=False):
    payment: str
    reason: str


# --- settlement


class SettlementOpened(Event, frozen=True, gc=False):
    """A title trade waits for delivery; the buyer's cash lies in escrow under this name."""

    settlement: str
    trade: str
    market: str
    seller: str
    buyer: str
    nodes: list[str]  # board nodes sold
    units: list[str]  # single units sold
    lots: int
    price_minor_per_gpu: int
    notional_minor: int
    buyer_fee_minor: int
    seller_fee_minor: int
    due_ns: int
    inspection_ns: int
    is_related: bool


class DeliveryInstructed(Event, frozen=True, gc=False):
    settlement: str
    mode: str  # in_place, carrier
    to_site: str
    due_ns: int


class Delivered(Event, frozen=True, gc=False):
    settlement: str
    receipt_sha256: str
    inspect_until_ns: int


class DeliveryAccepted(Event, frozen=True, gc=False):
    settlement: str
    by_timeout: bool
    report_sha256: str
    units_seen: list[str]
    grade_sold: str = ""  # the worst of what was sold, as the register knows it
    grade_seen: str = ""  # the worst of the same units in the report; "": none was read


class TradeSettled(Event, frozen=True, gc=False):
    settlement: str
    buyer: str
    seller: str
    notional_minor: int
    buyer_fee_minor: int
    seller_fee_minor: int
    entry: str  # of a waterfall, which then is the cash; else ""
    venue: str  # whose fees they are: cn-1


class SettlementFailed(Event, frozen=True, gc=False):
    settlement: str
    at_fault: str
    reason: str
    cure_until_ns: int


class TradeUnwound(Event, frozen=True, gc=False):
    settlement: str
    reason: str
    buyer: str
    returned_minor: int


# --- oversight and time


class ProposalMade(Event, frozen=True, gc=False):
    """A command that needs more than one person waits; its signed bytes lie in `commands`.

    Its args stand here, so that the approval is decided from state alone (decisions/0011).
    """

    proposal: str
    op: str
    party: str
    principal: str
    reference: str
    expires_ns: int
    needs: list[str]  # one entry per approval due: "scope:operate", "party:p-0007"
    args: dict[str, Any]


class ProposalApproved(Event, frozen=True, gc=False):
    proposal: str
    party: str
    principal: str
    is_last: bool = False  # none is due any more, whatever was due when it was proposed


class ProposalRejected(Event, frozen=True, gc=False):
    proposal: str
    party: str
    principal: str


class ProposalWithdrawn(Event, frozen=True, gc=False):
    proposal: str


class ProposalLapsed(Event, frozen=True, gc=False):
    proposal: str


class TimeAdvanced(Event, frozen=True, gc=False):
    venue: str
    to_ns: int


class VenueResumed(Event, frozen=True, gc=False):
    """The venue was down; deadlines that a person must meet here move by the silence (DOMAIN 5)."""

    venue: str
    silent_from_ns: int


class StateAttested(Event, frozen=True, gc=False):
    venue: str
    form: int
    upto_position: int
    state_sha256: str


class NothingToDo(Event, frozen=True, gc=False):
    party: str
    op: str


# stream = prefix + the event's first field (a right: the node, else the unit, else the party)
STREAMS: dict[type[Event], str] = {
    VenueOpened: "venue",
    RuleSet: "venue",
    ModelListed: "venue",
    PartyRegistered: "party",
    KycTierSet: "party",
    RoleGranted: "party",
    RoleRevoked: "party",
    PartySuspended: "party",
    PartyReinstated: "party",
    PrincipalEnrolled: "party",
    PrincipalRevoked: "party",
    GroupChanged: "party",
    OwnershipDeclared: "party",
    SiteRegistered: "site",
    SiteStatusSet: "site",
    ReportFiled: "site",
    NodeRegistered: "node",
    NodeIdentified: "node",
    UnitRegistered: "unit",
    UnitInspected: "unit",
    UnitIdentified: "unit",
    IdentityConflictFound: "unit",
    UnitGraded: "unit",
    ProvenanceFiled: "unit",
    ProvenanceVerified: "unit",
    ProvenanceGraded: "unit",
    CustodyMoved: "node",
    TitleIssued: "thing",
    TitleTransferred: "thing",
    HoldPlaced: "thing",
    HoldReleased: "thing",
    LeaseGranted: "lease",
    LeaseCommenced: "lease",
    UsageMetered: "lease",
    LeaseEnded: "lease",
    CashPosted: "cash",
    PaymentInstructed: "venue",
    PaymentConfirmed: "venue",
    PaymentRefused: "venue",
    SettlementOpened: "settlement",
    DeliveryInstructed: "settlement",
    Delivered: "settlement",
    DeliveryAccepted: "settlement",
    TradeSettled: "settlement",
    SettlementFailed: "settlement",
    TradeUnwound: "settlement",
    ProposalMade: "venue",
    ProposalApproved: "venue",
    ProposalRejected: "venue",
    ProposalWithdrawn: "venue",
    ProposalLapsed: "venue",
    TimeAdvanced: "venue",
    VenueResumed: "venue",
    StateAttested: "venue",
    NothingToDo: "party",
}

# the stored tag of each fact: never changed, never used again for another
TOPICS: dict[str, type[Event]] = {
    "venue_opened": VenueOpened,
    "rule_set": RuleSet,
    "model_listed": ModelListed,
    "party_registered": PartyRegistered,
    "kyc_tier_set": KycTierSet,
    "role_granted": RoleGranted,
    "role_revoked": RoleRevoked,
    "party_suspended": PartySuspended,
    "party_reinstated": PartyReinstated,
    "principal_enrolled": PrincipalEnrolled,
    "principal_revoked": PrincipalRevoked,
    "group_changed": GroupChanged,
    "ownership_declared": OwnershipDeclared,
    "site_registered": SiteRegistered,
    "site_status_set": SiteStatusSet,
    "report_filed": ReportFiled,
    "node_registered": NodeRegistered,
    "node_identified": NodeIdentified,
    "unit_registered": UnitRegistered,
    "unit_inspected": UnitInspected,
    "unit_identified": UnitIdentified,
    "identity_conflict_found": IdentityConflictFound,
    "unit_graded": UnitGraded,
    "provenance_filed": ProvenanceFiled,
    "provenance_verified": ProvenanceVerified,
    "provenance_graded": ProvenanceGraded,
    "custody_moved": CustodyMoved,
    "title_issued": TitleIssued,
    "title_transferred": TitleTransferred,
    "hold_placed": HoldPlaced,
    "hold_released": HoldReleased,
    "lease_granted": LeaseGranted,
    "lease_commenced": LeaseCommenced,
    "usage_metered": UsageMetered,
    "lease_ended": LeaseEnded,
    "cash_posted": CashPosted,
    "payment_instructed": PaymentInstructed,
    "payment_confirmed": PaymentConfirmed,
    "payment_refused": PaymentRefused,
    "settlement_opened": SettlementOpened,
    "delivery_instructed": DeliveryInstructed,
    "delivered": Delivered,
    "delivery_accepted": DeliveryAccepted,
    "trade_settled": TradeSettled,
    "settlement_failed": SettlementFailed,
    "trade_unwound": TradeUnwound,
    "proposal_made": ProposalMade,
    "proposal_approved": ProposalApproved,
    "proposal_rejected": ProposalRejected,
    "proposal_withdrawn": ProposalWithdrawn,
    "proposal_lapsed": ProposalLapsed,
    "time_advanced": TimeAdvanced,
    "venue_resumed": VenueResumed,
    "state_attested": StateAttested,
    "nothing_to_do": NothingToDo,
}
