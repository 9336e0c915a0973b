"""The facts the ledger writes: plain, frozen, for ever (DOMAIN 5).

A field's unit is its suffix (WIRE 1); `_sha256` is base64url without padding. New fields go last
and have a default. An event's first field is its subject. `at_ns`, `cause` and `command_sha256` are
stamped when the event is written (`journal/codec.py`): deciding leaves them out.

The comment on a field's line is its meaning, and the only place where that is written down:
`setup/catalogue.py` makes docs/CATALOGUE.md, the comments of the database and the texts of
/openapi.json of it. Empty text, and the instant 0, say "none" unless the comment says more.

One file, though long: the dictionary of what may ever stand in a journal.
"""

from typing import Any

from msgspec import Struct

from ledger.ids import (
    NO_ID,
    AccountName,
    EntryId,
    GroupId,
    HoldId,
    InspectionId,
    LeaseId,
    MarketSymbol,
    NodeId,
    PartyId,
    PaymentId,
    PrincipalId,
    ProposalId,
    SettlementId,
    SiteId,
    ThingId,
    TradeId,
    UnitId,
    VenueName,
)
from ledger.words import DeliveryMode, EntryKind, GradeLetter, IdentityLevel, ProvenanceLevel


class Event(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """What every fact bears, behind its own fields."""

    at_ns: int = 0  # the venue's time of the command; one instant for a whole batch
    cause: int = 0  # position of the batch's first event; 0 on that one
    command_sha256: str = ""  # of the signed bytes; on a batch's first event; none: the engine's


# --- the venue and its people


class VenueOpened(Event, frozen=True, gc=False):
    """The journal begins: position 1 says what kind of venue this is."""

    venue: VenueName  # the venue's name, country and number: cn-1
    currency: str  # of every amount here, ISO 4217: CNY
    zone: str  # IANA time zone whose days, months and hours count: Asia/Shanghai
    minor_digits: int  # decimals of the currency: 2 makes 100 minor units one yuan
    kind: str  # live: real things and money; demo: made up
    party: PartyId  # the venue's own party, p-0001
    clerks: list[PrincipalId]  # its first two principals, two people


class RuleSet(Event, frozen=True, gc=False):
    """A dated rule: in force from `from_ns` (markets: from their next opening, EXCHANGE 1)."""

    rule: str  # its name: kyc_limits, identity_denylist, grade_valid, market:T.*, …
    value: Any  # JSON without fractions, of a form that the rule's name fixes
    from_ns: int  # in force from then on; never before the event itself
    basis: str  # why, in words; opening: adopted with the release's own rules


class ModelListed(Event, frozen=True, gc=False):
    """A GPU model, or a board model whose lot is one whole node."""

    model: str  # its code here: L40S, or H100SXM8 for a board of eight
    vendor: str  # maker of the GPU: nvidia, amd, …
    form: str  # how its GPUs are built in: sxm, pcie, nvl, oam, tray, superchip
    gpus_per_lot: int  # GPUs in one lot: 1, or those of a whole board
    memory_mib: int  # of one GPU, MiB
    tdp_w: int  # thermal design power of one GPU, W; 0: not known
    tpp: int  # total processing performance of one GPU, as export rules count it; 0: not known
    has_ecc: bool  # whether its memory corrects errors: without, no grade from counters
    has_mig: bool  # whether it can be split into instances
    names: list[str]  # product names under which reports show it
    board_part_numbers: list[str]  # the maker's part numbers of its boards


class PartyRegistered(Event, frozen=True, gc=False):
    """A company, public body or person, known by (jurisdiction, registration_no)."""

    party: PartyId  # its id from now on, p-0042
    legal_name: str  # empty for a person: the name lies in the erasable table
    kind: str  # what it is: company, public_body, person
    jurisdiction: str  # country of its registration, ISO 3166-1 alpha-2
    registration_no: str  # its number there, in capitals; unique in the jurisdiction
    name_sha256: str = ""  # salted, for a person


class KycTierSet(Event, frozen=True, gc=False):
    """How well a party is known by now: the limits of rule `kyc_limits` follow the tier."""

    party: PartyId  # whose tier it is
    kyc_tier: int  # 0 registered, 1 contact checked, 2 entity verified, 3 its owners, too
    evidence_sha256: str  # of the papers that were looked at
    valid_to_ns: int  # until when it stands; 0: until it is set anew


class RoleGranted(Event, frozen=True, gc=False):
    """A party may be one thing more: own, operate, lease, inspect, or hold an office."""

    party: PartyId  # who bears the role from now on
    role: str  # the role: owner, operator, lessee, inspector, clerk, cashier, compliance, …
    basis: str  # why, in words; opening: an office of the venue's own party


class RoleRevoked(Event, frozen=True, gc=False):
    """A party bears a role no longer; its orders that need the role end in the same batch."""

    party: PartyId  # who bore it
    role: str  # the role that ends
    basis: str  # why, in words


class PartySuspended(Event, frozen=True, gc=False):
    """A party may only cancel until it is reinstated; its open orders end in the same batch."""

    party: PartyId  # who is stopped
    reason: str  # why, in words


class PartyReinstated(Event, frozen=True, gc=False):
    """A suspended party may act again."""

    party: PartyId  # who may act
    reason: str  # why, in words


class PrincipalEnrolled(Event, frozen=True, gc=False):
    """A signing key that acts for one party, held by one natural person."""

    party: PartyId  # for whom the key acts
    principal: PrincipalId  # the key's id, k-0107
    holder_sha256: str  # salted; the same for the same person
    public_key: str  # Ed25519, base64url
    scopes: list[str]  # what it may ask for: read, trade, seller, audit, comply, operate, admin
    ip_allow: list[str]  # networks from which it may be used; empty: anywhere
    signing: str  # every: each command is signed; session: orders may ride on a signed logon
    label: str  # the party's own name for the key
    valid_to_ns: int  # it ends then; 0: it stands until it is revoked
    public_key_rule: int = 0  # 1: found to be a point of the prime-order subgroup; 0: not examined


class PrincipalRevoked(Event, frozen=True, gc=False):
    """A key signs nothing any more."""

    party: PartyId  # for whom it acted
    principal: PrincipalId  # the key that ends


class GroupChanged(Event, frozen=True, gc=False):
    """A party moved to another beneficial-owner group, named by its lowest party id."""

    party: PartyId  # who moved
    group: GroupId  # the lowest party id of its new group


class OwnershipDeclared(Event, frozen=True, gc=False):
    """Who owns how much of whom; it replaces what was declared on the same two before."""

    party: PartyId  # who declares
    owner: PartyId  # the party that owns
    owned: PartyId  # the party that is owned in part
    share_bp: int  # its share in basis points; from 2,500 on the two are one group
    control: bool  # whether the owner controls it: then they are one group at any share
    document_sha256: str  # of the paper behind it


# --- things


class SiteRegistered(Event, frozen=True, gc=False):
    """A data centre with one operator, at one delivery point."""

    site: SiteId  # its id from now on, s-0001
    name: str  # as its operator calls it
    operator: PartyId  # the party that runs the place and meters there
    delivery_point: str  # where its things are delivered, ISO 3166-2: CN-BJ
    status: str  # how far it is: announced, building, live, idle, failed, closed
    lat_e6: int  # latitude, millionths of a degree, north positive
    lon_e6: int  # longitude, millionths of a degree, east positive
    power_w: int  # electric power that the site may draw, W
    pue_bp: int  # power usage effectiveness, ten-thousandths: 13500 = 1.35
    tariff_millis_per_kwh: int  # price of electricity, thousandths of a minor unit a kWh
    uplink_mbps: int  # bandwidth to the outside, Mbit/s
    latency_us: dict[str, int]  # round trip to each metro named, microseconds


class SiteStatusSet(Event, frozen=True, gc=False):
    """How far a site is, said by its operator or a clerk."""

    site: SiteId  # the site's id, s-0001
    status: str  # how far it is: announced, building, live, idle, failed, closed
    gpus_planned: int  # GPUs that are to stand there
    evidence_sha256: str  # of what shows it


class ReportFiled(Event, frozen=True, gc=False):
    """An inventory report came in; its raw bytes are kept by their SHA-256."""

    site: SiteId  # where the hardware stands
    report_sha256: str  # of the raw file, as kept in `reports`
    format: str  # of the file: nvidia_smi_text, nvidia_smi_xml, rocm_smi_text, csv
    taken_ns: int  # when the report says it was made; 0: undated
    warnings: list[str]  # what a person should look at, by line


class NodeRegistered(Event, frozen=True, gc=False):
    """One server. A board node (HGX, OAM) moves, sells and leases whole."""

    node: NodeId  # its id from now on, n-0003
    chassis_vendor: str  # maker of the server; "": no report told
    chassis_model: str  # the maker's model name; "": no report told
    chassis_serial: str  # the maker's serial number; "": it is known by its units
    model: str  # the board model, or "" for a server of single cards
    form: str  # of its GPUs: sxm, pcie, nvl, oam, tray, superchip
    site: SiteId  # the site's id, s-0001; "": the operator of the site named has not agreed yet
    operator: PartyId  # who runs it there; "" with no site
    nvlink: bool  # whether its GPUs are joined all to all, as on a whole board
    fabric_mbps_per_gpu: int  # network between servers for each GPU, Mbit/s; 0: not known
    registrant: PartyId  # the party that brought it here, and may ask for title


class NodeIdentified(Event, frozen=True, gc=False):
    """A later report shows a server to be one whole board: of loose units, or a larger one."""

    node: NodeId  # the server's id, n-0003
    model: str  # the board model
    form: str  # of its GPUs: sxm, oam, tray
    nvlink: bool  # whether its GPUs are joined all to all


class NodeSiteSet(Event, frozen=True, gc=False):
    """An untitled server stands at this site: its operator agreed, or it was named wrongly."""

    node: NodeId  # the server's id, n-0003
    site: SiteId  # where it stands from now on, s-0001; empty: its operator took the word back
    operator: PartyId  # who runs that site, and has the server in hand


class UnitRegistered(Event, frozen=True, gc=False):
    """One GPU; its stream tells its whole life from here."""

    unit: UnitId  # its id from now on, u-000017
    vendor: str  # maker of the GPU: nvidia, amd, …
    model: str  # code of a listed model; "": the venue lists none that fits
    serial: str  # the maker's, in capitals, leading zeros kept; "" if it identifies nothing
    board_part_number: str  # the maker's; for AMD the card model; "" if it identifies nothing
    uuid: str  # as the driver gives it, in one spelling; "" if it identifies nothing
    identity: IdentityLevel  # how well it is known: strong (serial, part), medium (UUID), weak
    node: NodeId  # the server it sits in
    slot: int  # its place in that server, from 0
    registrant: PartyId  # the party that brought it here


class UnitInspected(Event, frozen=True, gc=False):
    """A report was read against a unit; what cannot be read is missing, never "no"."""

    unit: UnitId  # the unit's id, u-000017
    inspection: InspectionId  # this look's id, i-000004
    report_sha256: str  # of the raw report
    taken_ns: int  # when the report says it was made; 0: undated
    inspector: PartyId  # the party that answers for it; an owner's own import is flagged
    readings: dict[str, int]  # figures by name; yes 1, no 0; ECC counters over its life
    load_test: str  # an inspector's: passed, failed, none
    flags: list[str]  # remarks that may or may not lower the grade: self_reported, …


class UnitIdentified(Event, frozen=True, gc=False):
    """What a unit is known by has changed: a report told more, or an inspector decided."""

    unit: UnitId  # the unit's id, u-000017
    serial: str  # as it is known now; "" if none identifies it
    board_part_number: str  # as it is known now; "" if none identifies it
    uuid: str  # as it is known now; "" if none identifies it
    identity: IdentityLevel  # how well it is known: strong (serial, part), medium (UUID), weak
    model: str = ""  # of a unit that had none, since the venue lists it now; else ""


class IdentityConflictFound(Event, frozen=True, gc=False):
    """Two units claim what only one card can bear: both are held until an inspector decides."""

    unit: UnitId  # the one just seen
    other: UnitId  # the one known before
    fields: list[str]  # what both bear: uuid


class UnitGraded(Event, frozen=True, gc=False):
    """A unit's health by its newest report; a node has the worst of its units."""

    unit: UnitId  # the unit's id, u-000017
    grade: GradeLetter  # its health: A best, B, C, U unknown
    reasons: list[str]  # why it is no better, by code; expired: the report is too old
    valid_to_ns: int  # then it becomes U by itself; 0: it is U


class ProvenanceFiled(Event, frozen=True, gc=False):
    """A paper on where a unit comes from is on file; it counts once another verifies it."""

    unit: UnitId  # whose paper it is
    kind: str  # what paper it is: invoice, customs, origin, court, donation
    document_sha256: str  # of the paper
    issued_ns: int  # its date; 0: not told
    from_name: str  # who sold or gave it, as the paper says
    to_party: PartyId  # who bought or got it; "": no party of this venue
    names_serial: bool  # whether the paper names this unit's serial number
    filed_by: PartyId = NO_ID  # its holder then, who never verifies it


class ProvenanceVerified(Event, frozen=True, gc=False):
    """An inspector or compliance says that a filed paper is true."""

    unit: UnitId  # whose paper it is
    document_sha256: str  # the paper


class ProvenanceGraded(Event, frozen=True, gc=False):
    """What a unit's verified papers come to."""

    unit: UnitId  # the unit's id, u-000017
    provenance: ProvenanceLevel  # P1 papers complete, P2 some paper names the serial, P0 none
    gaps: list[str]  # what lacks for P1: acquisition_naming_the_serial, customs_or_origin


class CustodyMoved(Event, frozen=True, gc=False):
    """Another party has a server in hand; who owns it is not touched."""

    node: NodeId  # the server's id, n-0003
    from_party: PartyId  # who had it
    to_party: PartyId  # who has it now
    site: SiteId  # where it stands now


# --- rights: on a board the subject is the node, else the unit


class _OnThing(Event, frozen=True, gc=False):
    """At most one of `node` and `unit` names the thing; neither: it is a party's cash."""

    @property
    def thing(self) -> ThingId:
        return self.node or self.unit  # type: ignore[attr-defined,no-any-return]


class TitleIssued(_OnThing, frozen=True, gc=False, kw_only=True):
    """The first holder of a thing; from here title is only moved."""

    node: NodeId = NO_ID  # a board's node; "": a single unit
    unit: UnitId = NO_ID  # a single unit; "": a board
    holder: PartyId  # the party that owns it
    basis: str  # on what it rests: opening, invoice, court
    document_sha256: str  # of the paper behind it; with basis opening "" may do
    effective_ns: int  # since when it holds; not after the event


class TitleTransferred(_OnThing, frozen=True, gc=False, kw_only=True):
    """A thing has another holder; at a sale its price is paid in the same batch."""

    node: NodeId = NO_ID  # a board's node; "": a single unit
    unit: UnitId = NO_ID  # a single unit; "": a board
    from_party: PartyId  # who owned it
    to_party: PartyId  # who owns it
    settlement: SettlementId  # by which sale it passed; "": none
    basis: str  # how it passed: sale, transfer
    price_minor: int  # of this thing alone, without fees
    subject_to: list[LeaseId]  # leases that go with it
    effective_ns: int  # since when it holds


class HoldPlaced(_OnThing, frozen=True, gc=False, kw_only=True):
    """A bar of its own: freeze, dispute, enforcement, identity; those of orders are derived."""

    node: NodeId = NO_ID  # a board's node; "": a single unit, or cash
    unit: UnitId = NO_ID  # a single unit; "": a board, or cash
    party: PartyId = NO_ID  # whose cash is frozen; "": it bars a thing
    hold: HoldId  # its id, h-000101
    kind: str  # identity; later releases know more
    from_ns: int  # it bars from then on
    to_ns: int  # it ends by itself then; 0: open
    reference: str  # what it rests on: of kind identity the unit in conflict
    basis_sha256: str  # of the paper or report behind it


class HoldReleased(_OnThing, frozen=True, gc=False, kw_only=True):
    """A bar is lifted."""

    node: NodeId = NO_ID  # the board's node that was barred; "": a single unit, or cash
    unit: UnitId = NO_ID  # the single unit that was barred; "": a board, or cash
    party: PartyId = NO_ID  # whose cash was frozen; "": it barred a thing
    hold: HoldId  # the bar that ends
    reason: str  # inspected: an inspector settled it


class LeaseGranted(Event, frozen=True, gc=False):
    """Exclusive use of a node (or single units of it) over an interval, for rent.

    The lessee pays rent and fee ahead, and a security, from the bid's hold or from what is
    available: read from this event.
    """

    lease: LeaseId  # its id from now on, l-0009
    lessor: PartyId  # who lets
    lessee: PartyId  # who may use it, and pays
    node: NodeId  # the server
    units: list[UnitId]  # single cards of it; empty: the whole board
    from_ns: int  # the use begins
    to_ns: int  # the use ends; this instant is not part of it
    price_minor_per_gpu_hour: int  # rent of one GPU for one hour, minor units
    rent_minor: int  # for the whole time, if it is available throughout
    prepaid_minor: int  # rent and fee ahead
    deposit_minor: int  # the lessee's security, given back at the end
    payee: PartyId  # the party whose available account the rent goes to
    lessor_fee_bp: int  # of the rent earned, basis points, kept from the lessor
    lessee_fee_bp: int  # of the rent earned, basis points, on top of it
    reference: TradeId  # the trade
    hold: HoldId  # the bid's; "": from available
    gpus: int  # how many GPUs are let


class LeaseCommenced(Event, frozen=True, gc=False):
    """The use begins: from here the lease is metered."""

    lease: LeaseId  # the lease's id, l-0009


class UsageMetered(Event, frozen=True, gc=False):
    """GPU-time of one span, and the rent that it earns; posted when it is written."""

    lease: LeaseId  # the lease's id, l-0009
    from_ns: int  # the span begins, where the last one ended
    to_ns: int  # the span ends; this instant is not part of it
    available_gpu_ns: int  # GPU-time that the lessee could use
    down_gpu_ns: int  # the rest of the span's GPU-time
    energy_wh: int  # electricity used, Wh; 0: not told
    source_sha256: str  # of the meter's record; "": by silence (DOMAIN 3)
    lessee: PartyId  # from whose rent escrow it is paid
    payee: AccountName  # an account: p-0007/available
    earned_minor: int  # to the payee, net of the lessor's fee
    fee_minor: int  # both sides'
    returned_minor: int  # to the lessee, for down time
    venue: VenueName  # whose fees they are: cn-1


class LeaseEnded(Event, frozen=True, gc=False):
    """The last hour is metered: what is left, and the security, go back to the lessee."""

    lease: LeaseId  # the lease's id, l-0009
    lessee: PartyId  # who gets both back
    returned_minor: int  # what is left in rent escrow
    deposit_minor: int  # the deposit, given back


# --- cash


class CashPosted(Event, frozen=True, gc=False):
    """An entry that no other event says: deposit, withdrawal, reversal. Postings sum to 0."""

    book: VenueName  # the venue whose cash book this is: cn-1
    entry: EntryId  # its id, j-000001
    kind: EntryKind  # what it does: deposit, withdraw, reversal
    reference: str  # of a deposit and its reversal the bank's; else the payment, y-000012
    postings: list[tuple[AccountName, int]]  # (account, amount_minor)
    reverses_position: int  # of the entry that it takes back; 0: none
    reason: str = ""  # of a deposit's reversal: what was wrong, in words


class PaymentInstructed(Event, frozen=True, gc=False):
    """Cash is to leave the venue: set aside in the same batch until the bank has answered."""

    payment: PaymentId  # its id, y-000012
    party: PartyId  # whose money it is
    amount_minor: int  # how much leaves
    legs: list[tuple[str, int]]  # (account at the bank, amount_minor), one for each payee
    payer: str  # who pays it out; "": the venue's own bank account


class PaymentConfirmed(Event, frozen=True, gc=False):
    """The bank has paid: the money has left the venue."""

    payment: PaymentId  # the payment's id, y-000012
    payer_reference: str  # under which the bank knows it


class PaymentRefused(Event, frozen=True, gc=False):
    """The bank does not pay: the money is free again by a reversal in the same batch."""

    payment: PaymentId  # the payment's id, y-000012
    reason: str  # why, in words


# --- settlement


class SettlementOpened(Event, frozen=True, gc=False):
    """A title trade waits for delivery; the buyer's cash lies in escrow under this name."""

    settlement: SettlementId  # its id from now on, x-000031
    trade: TradeId  # the trade it carries out
    market: MarketSymbol  # where it was made
    seller: PartyId  # who delivers
    buyer: PartyId  # who has paid into escrow
    nodes: list[NodeId]  # board nodes sold
    units: list[UnitId]  # single units sold
    lots: int  # how many lots
    price_minor_per_gpu: int  # minor units for one GPU
    notional_minor: int  # the price of all, without fees
    buyer_fee_minor: int  # on top of the price
    seller_fee_minor: int  # kept from the price
    due_ns: int  # it must be delivered by then
    inspection_ns: int  # how long the buyer may inspect after delivery; a length, ns
    is_related: bool  # whether both sides are of one beneficial-owner group


class DeliveryInstructed(Event, frozen=True, gc=False):
    """How the buyer gets what was sold; after a failure this is the cure."""

    settlement: SettlementId  # the settlement's id, x-000031
    mode: DeliveryMode  # how the buyer gets it: in_place, carrier
    to_site: SiteId  # where a carrier brings it; "": it stays where it stands
    due_ns: int  # it must be delivered by then


class Delivered(Event, frozen=True, gc=False):
    """The buyer can have it: the time to inspect begins."""

    settlement: SettlementId  # the settlement's id, x-000031
    receipt_sha256: str  # of the custodian's paper
    inspect_until_ns: int  # silence accepts then


class DeliveryAccepted(Event, frozen=True, gc=False):
    """The buyer takes it, by word or by silence: title and cash change hands in this batch."""

    settlement: SettlementId  # the settlement's id, x-000031
    by_timeout: bool  # whether it was silence
    report_sha256: str  # of the buyer's own report; "": none
    units_seen: list[str]  # strong keys of the cards sold that it shows: vendor/serial/part
    grade_sold: str = ""  # the worst of what was sold, as the register knows it
    grade_seen: str = ""  # the worst of the same units in the report; "": none was read


class TradeSettled(Event, frozen=True, gc=False):
    """The cash of a sale goes from escrow to the seller, the fees to the venue."""

    settlement: SettlementId  # the settlement's id, x-000031
    buyer: PartyId  # from whose escrow
    seller: PartyId  # to whom
    notional_minor: int  # the price, without fees
    buyer_fee_minor: int  # on top of the price
    seller_fee_minor: int  # kept from the price
    entry: EntryId  # of a waterfall, which then is the cash; else ""
    venue: VenueName  # whose fees they are: cn-1


class SettlementFailed(Event, frozen=True, gc=False):
    """Not delivered in time, or not what was sold: the side at fault may cure it once."""

    settlement: SettlementId  # the settlement's id, x-000031
    at_fault: PartyId  # the party that failed
    reason: str  # why, in words
    cure_until_ns: int  # then it is unwound


class TradeUnwound(Event, frozen=True, gc=False):
    """A failed sale is undone: everything in escrow goes back, without a fee."""

    settlement: SettlementId  # the settlement's id, x-000031
    reason: str  # why, in words
    buyer: PartyId  # who gets it back
    returned_minor: int  # price and fee, from escrow to available


# --- oversight and time


class ProposalMade(Event, frozen=True, gc=False):
    """A command that needs more than one person waits; its signed bytes lie in `commands`.

    Its args stand here, so that the approval is decided from state alone (decisions/0011).
    """

    proposal: ProposalId  # its id, z-000001
    op: str  # what is proposed: rule.new
    party: PartyId  # who proposes
    principal: PrincipalId  # with which key
    reference: str  # what it is about: the first id or name among its args
    expires_ns: int  # it lapses then
    needs: list[str]  # one entry per approval due: "scope:operate", "party:p-0007"
    args: dict[str, Any]  # of the proposed command, numbers as stored


class ProposalApproved(Event, frozen=True, gc=False):
    """One more person agrees; with the last one the command's own events follow at once."""

    proposal: ProposalId  # the proposal's id, z-000001
    party: PartyId  # who agrees
    principal: PrincipalId  # with which key
    is_last: bool = False  # none is due any more, whatever was due when it was proposed


class ProposalRejected(Event, frozen=True, gc=False):
    """Somebody whose yes would have counted says no: the proposal is over."""

    proposal: ProposalId  # the proposal's id, z-000001
    party: PartyId  # who says no
    principal: PrincipalId  # with which key


class ProposalWithdrawn(Event, frozen=True, gc=False):
    """Its own party takes a proposal back."""

    proposal: ProposalId  # the proposal's id, z-000001


class ProposalLapsed(Event, frozen=True, gc=False):
    """Nobody approved a proposal in time."""

    proposal: ProposalId  # the proposal's id, z-000001


class TimeAdvanced(Event, frozen=True, gc=False):
    """The venue's clock: all that falls due by then follows in this batch, in order."""

    venue: VenueName  # whose clock
    to_ns: int  # everything due up to and with this instant


class VenueResumed(Event, frozen=True, gc=False):
    """The venue was down; deadlines that a person must meet here move by the silence (DOMAIN 5)."""

    venue: VenueName  # the venue's name, cn-1
    silent_from_ns: int  # stamp of the last batch before it


class StateAttested(Event, frozen=True, gc=False):
    """What the state's hash was: at each day's close and at a clean stop. No part of the state."""

    venue: VenueName  # whose state
    form: int  # which form was hashed (docs/FORMATS.md)
    upto_position: int  # the state after this event, and no later one
    state_sha256: str  # of that form
    saved_sha256: str = ""  # of the bytes of the saved state made with it; none: without one
    saved_codec: str = ""  # what can read those bytes: `codec_version` of the saved state


class NothingToDo(Event, frozen=True, gc=False):
    """An accepted command that changes nothing: it leaves this trace, and its key is used."""

    party: PartyId  # who asked
    op: str  # what for: order.cancel_all
    stands: dict[str, Any] = {}  # what the command named, as it stands: members of its reply


class JournalUpgraded(Event, frozen=True, gc=False):
    """From here on the rules of this release are demanded; what stands before was left by one that
    kept no commit chain. No part of the state."""

    venue: VenueName  # whose journal
    upto_position: int  # the last event that the older release left
    chain: str  # of the commit that covers all up to there (docs/FORMATS.md)


class PeriodClosed(Event, frozen=True, gc=False):
    """A month's books are closed: from now on nothing takes effect in it (DOMAIN 3, "Months")."""

    venue: VenueName  # whose books
    month: str  # of the venue's zone: 2024-11
    from_ns: int  # its first instant
    to_ns: int  # the first instant after it
    closes_ns: int  # with which it closed, by the rules in force at its end
    kinds: list[
        tuple[str, int, int, int, int]
    ]  # (account kind, opening, debit, credit, closing): minor units
    figures_sha256: str  # of the canonical JSON of venue, month, bounds and kinds (docs/FORMATS.md)


class LogLossAccepted(Event, frozen=True, gc=False):
    """The journal lost what its published log has: two people accept it, and another log begins.

    The new log's origin is made of this event (docs/FORMATS.md), and its tree holds it.
    """

    origin: str  # of the log that ends here
    size: int  # entries that its last signed head covers
    root_sha256: str  # that head's root
    common_size: int  # the first entries that are this journal's still; 0: not known
    journal_position: int  # the journal's end, as it was seen when this was proposed
    journal_chain: str  # of the commit that ended there
    reason: str  # what happened, in words


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
    NodeSiteSet: "node",
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
    JournalUpgraded: "venue",
    PeriodClosed: "venue",
    LogLossAccepted: "venue",
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
    "node_site_set": NodeSiteSet,
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
    "journal_upgraded": JournalUpgraded,
    "period_closed": PeriodClosed,
    "log_loss_accepted": LogLossAccepted,
}
