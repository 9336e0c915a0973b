"""Commands to the ledger (DOMAIN 5): the args of a request, checked for shape when decoded.

What each is called, who may give it and what becomes of it stands in `ledger/ops.py`. The comment
on a field's line is its meaning, and the only place where that is written down (ledger/events.py).
"""

from typing import Annotated, Any

from msgspec import Meta, Struct

from ledger.ids import (
    NO_ID,
    LeaseId,
    NodeId,
    PartyId,
    PaymentId,
    PrincipalId,
    ProposalId,
    SettlementId,
    SiteId,
    ThingId,
    VenueName,
)
from ledger.shapes import (
    MEMBERS_MOST,
    Digest,
    Id,
    MaybeDigest,
    MaybeId,
    Name,
    Names,
    Nanos,
    Positive,
    Text,
    Whole,
    Word,
    Words,
    form,
)

ModelCode = Annotated[str, form("[A-Z0-9]{2,16}", "a code such as L40S")]  # L40S, H100SXM8
VENUE_NAME = "[a-z]{2}-[0-9]{1,4}(-[0-9a-f]{8})?"  # country and number, and what chance added
LogOrigin = Annotated[
    str,
    form(
        f"gpubourse/{VENUE_NAME}/[0-9a-f]{{16}}(/[0-9a-f]{{16}})?",
        "a log's origin, such as gpubourse/cn-1/bf1be47d62059edd",
    ),
]  # the first line of a head


class Command(
    Struct, frozen=True, gc=False, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """A request to decide. What every command takes stands here, behind its own members."""

    dry_run: bool = False  # whether only to judge it: refused as it would be, or nothing written


class Clerk(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One of the two first principals: a natural person's salted hash and a public key."""

    holder_sha256: Digest  # salted, of the person's name
    public_key: Digest  # Ed25519
    label: Name  # what the key is called


class OpenVenue(Command, frozen=True, gc=False):
    """Begin an empty journal: the venue, its two clerks, and the release's own rules and models."""

    venue: Annotated[
        VenueName, form(VENUE_NAME, "a name such as cn-1")
    ]  # its name: cn-1, or cn-1-5f0c9a1e
    currency: Annotated[
        str, form("[A-Z]{3}", "three capitals such as CNY")
    ]  # of every amount, ISO 4217
    zone: Name  # IANA time zone whose days and months count
    minor_digits: Annotated[int, Meta(ge=0, le=4)]  # decimals of the currency
    kind: Word  # live: real things and money; demo: made up
    legal_name: Name  # of the venue's own party
    clerks: Annotated[list[Clerk], Meta(min_length=2, max_length=2)]  # two people, two keys


class SetRule(Command, frozen=True, gc=False):
    """A new record of a dated rule; it never reaches back, and markets take it at their opening."""

    rule: Name  # its name: kyc_limits, grade_valid, proposal, market:T.*, …
    value: Any  # JSON without fractions, of a form that the rule's name fixes
    from_ns: Nanos  # in force from then on; the past means now
    basis: Text = ""  # why, in words


class ListModel(Command, frozen=True, gc=False):
    """Let a GPU model, or a board model, be known here; a listed one stays as it is."""

    model: ModelCode  # its code: L40S, H100SXM8
    vendor: Name  # maker of the GPU: nvidia, amd, …
    form: Word  # how its GPUs are built in: sxm, pcie, nvl, oam, tray, superchip
    gpus_per_lot: Annotated[int, Meta(ge=1, le=64)]  # GPUs in one lot: 1, or a whole board's
    memory_mib: Positive  # of one GPU, MiB
    tdp_w: Whole  # thermal design power of one GPU, W; 0: not known
    tpp: Whole  # total processing performance of one GPU, as export rules count it; 0: not known
    has_ecc: bool  # whether its memory corrects errors
    has_mig: bool  # whether it can be split into instances
    names: Names  # product names under which reports show it
    board_part_numbers: Names = []  # the maker's part numbers of its boards


class AdoptModels(Command, frozen=True, gc=False):
    """List models that this release knows, with its figures, at a venue that opened before it."""

    models: Annotated[list[ModelCode], Meta(min_length=1, max_length=400)]  # their codes


class RegisterParty(Command, frozen=True, gc=False):
    """Make a company or public body known here, once for each registration number."""

    legal_name: Name  # as registered
    kind: Word  # what it is: company, public_body
    jurisdiction: Annotated[str, form("[A-Z]{2}", "two capitals such as CN")]  # ISO 3166-1 alpha-2
    registration_no: Name  # its number there; unique in the jurisdiction


class SetKycTier(Command, frozen=True, gc=False):
    """Say how well a party is known; tier 3 takes a second person."""

    party: Id[PartyId]  # whose tier
    kyc_tier: Annotated[int, Meta(ge=0, le=3)]  # 0 registered, 1 contact, 2 entity, 3 owners, too
    evidence_sha256: MaybeDigest = ""  # of the papers that were looked at
    valid_to_ns: Nanos = 0  # left out: a tier stands until it is set anew


class GrantRole(Command, frozen=True, gc=False):
    """Let a party be one thing more; issuer, lender and broker take tier 3."""

    party: Id[PartyId]  # who is to bear it
    role: Name  # the role: owner, operator, lessee, inspector, clerk, cashier, …
    basis: Text = ""  # why, in words


class RevokeRole(Command, frozen=True, gc=False):
    """Take a role away; the venue's own party keeps its offices."""

    party: Id[PartyId]  # who bears it
    role: Name  # the role that ends
    basis: Text = ""  # why, in words


class SuspendParty(Command, frozen=True, gc=False):
    """Stop a party: it may cancel and nothing else, and its open orders end."""

    party: Id[PartyId]  # whom
    reason: Name  # why, in words


class ReinstateParty(Command, frozen=True, gc=False):
    """Let a suspended party act again."""

    party: Id[PartyId]  # whom
    reason: Name  # why, in words


class DeclareOwnership(Command, frozen=True, gc=False):
    """Say who owns how much of whom: one of the two does, and the other agrees, or compliance."""

    owner: Id[PartyId]  # the party that owns
    owned: Id[PartyId]  # the party that is owned in part
    share_bp: Annotated[int, Meta(ge=0, le=10_000)]  # basis points; 2,500 make one group
    control: bool = False  # whether the owner controls it: one group at any share
    document_sha256: MaybeDigest = ""  # of the paper behind it


class EnrolPrincipal(Command, frozen=True, gc=False):
    """Let a key act for a party; over HTTP by invitation alone, so that its holder proves it."""

    party: Id[PartyId]  # for whom the key acts
    holder_sha256: Digest  # salted, of its holder's name
    public_key: Digest  # Ed25519
    scopes: Words  # what it may ask for: read, trade, seller, lender, audit, comply, operate, admin
    ip_allow: Words = []  # networks from which it may be used; empty: anywhere
    signing: Word = "every"  # every: each command is signed; session: orders may ride on a logon
    label: Text = ""  # what the key is called
    valid_to_ns: Nanos = 0  # it ends then; 0: in 365 days


class RevokePrincipal(Command, frozen=True, gc=False):
    """End a key at once; the venue's own party keeps keys of two people."""

    principal: Id[PrincipalId]  # the key's id, k-0107


class RegisterSite(Command, frozen=True, gc=False):
    """Make a data centre known here, so that hardware can stand in it."""

    name: Name  # as its operator calls it
    delivery_point: Annotated[
        str, form("[A-Z]{2}-[A-Z0-9]{1,3}", "a place such as CN-BJ")
    ]  # ISO 3166-2: CN-BJ
    operator: MaybeId[PartyId] = NO_ID  # default: the asking party
    status: Word = "live"  # how far it is: announced, building, live, idle, failed, closed
    lat_e6: Annotated[int, Meta(ge=-90_000_000, le=90_000_000)] = 0  # latitude, 1e-6 degrees
    lon_e6: Annotated[int, Meta(ge=-180_000_000, le=180_000_000)] = 0  # longitude, 1e-6 degrees
    power_w: Whole = 0  # electric power that it may draw, W
    pue_bp: Whole = 0  # power usage effectiveness, ten-thousandths: 13500 = 1.35
    tariff_millis_per_kwh: Whole = 0  # price of electricity, thousandths of a minor unit a kWh
    uplink_mbps: Whole = 0  # bandwidth to the outside, Mbit/s
    latency_us: Annotated[dict[Word, Whole], Meta(max_length=MEMBERS_MOST)] = {}  # by metro, us


class SetSiteStatus(Command, frozen=True, gc=False):
    """Say how far a site is; a closed one stays closed."""

    site: Id[SiteId]  # the site's id, s-0001
    status: Word  # how far it is: announced, building, live, idle, failed, closed
    gpus_planned: Whole = 0  # GPUs that are to stand there
    evidence_sha256: MaybeDigest = ""  # of what shows it


class ImportInventory(Command, frozen=True, gc=False):
    """The raw report travels beside the command, named by its digest."""

    site: Id[SiteId]  # where the hardware stands
    report_sha256: Digest  # of the raw report
    claim: bool = False  # whether to ask for title to all that is strong and untitled


class InspectUnits(Command, frozen=True, gc=False):
    """A later report on units already registered, found by their own keys."""

    report_sha256: Digest  # of the raw report, which travels beside the command
    unit: MaybeId[ThingId] = NO_ID  # of the path; the report may show others beside it
    load_test: Word = "none"  # an inspector's: passed, failed, none
    flags: Words = []  # an inspector's: cosmetic_damage, warranty_void


class FileProvenance(Command, frozen=True, gc=False):
    """Put a paper on record for what one holds; it counts once another has verified it."""

    unit: Id[ThingId]  # or a node: for each of its units
    kind: Word  # what paper it is: invoice, customs, origin, court, donation
    document_sha256: Digest  # of the paper
    names_serial: bool  # whether it names the serial number
    issued_ns: Nanos = 0  # its date; 0: not told
    from_name: Text = ""  # who sold or gave it, as the paper says
    to_party: MaybeId[PartyId] = NO_ID  # who bought or got it


class VerifyProvenance(Command, frozen=True, gc=False):
    """Say that a filed paper is true; nobody does so for what they hold or filed themselves."""

    unit: Id[ThingId]  # or a node
    document_sha256: Digest  # of the paper, as filed


class IssueTitle(Command, frozen=True, gc=False):
    """Asked by the registrant, granted by a clerk: one proposal (P0: a second clerk, too)."""

    things: Annotated[
        list[Id[ThingId]], Meta(min_length=1, max_length=10_000)
    ]  # nodes, units; all or none
    holder: MaybeId[PartyId] = NO_ID  # default: the asking party
    basis: Word = "opening"  # on what it rests: opening, invoice, court
    document_sha256: MaybeDigest = ""  # of the paper; invoice and court need one
    effective_ns: Nanos = 0  # since when it holds; 0: from now on


class SetNodeSite(Command, frozen=True, gc=False):
    """Say at which site servers stand that one registered and nobody holds title to yet.

    At another operator's site it waits for a word of theirs. Without a site, who runs the one
    where they stand takes that word back: they stand nowhere. An operator that said no may name its
    own site instead of waiting to be asked again: that is its yes.
    """

    nodes: Annotated[
        list[Id[NodeId]], Meta(min_length=1, max_length=10_000)
    ]  # the servers; all or none
    site: MaybeId[SiteId]  # where they stand; empty: no longer at a site of one's own
    claim: bool = False  # whether title is asked for as soon as they stand there


class MeterUsage(Command, frozen=True, gc=False):
    """Tell the GPU-time that a lessee could use; spans follow one another without a gap."""

    lease: Id[LeaseId]  # the lease's id, l-0009
    from_ns: Nanos  # where the last span ended
    to_ns: Nanos  # not later than now, nor than the lease's end
    available_gpu_ns: Nanos  # GPU-time that could be used; the rest of the span was down
    energy_wh: Whole = 0  # electricity used, Wh
    source_sha256: MaybeDigest = ""  # of the meter's record


class RecordDeposit(Command, frozen=True, gc=False):
    """Credit a party with money that the bank has confirmed; each bank reference counts once."""

    party: Id[PartyId]  # whose money it is
    amount_minor: Positive  # how much, minor units
    reference: Name  # the bank's; it counts once


class ReverseDeposit(Command, frozen=True, gc=False):
    """Take back a credit that was a mistake: of another party, of another sum, or of no money."""

    party: Id[PartyId]  # who was credited
    amount_minor: Positive  # with how much, minor units
    reference: Name  # the bank's, as it was recorded; from then on it can be recorded anew
    reason: Name  # what was wrong, in words


class AcceptLogLoss(Command, frozen=True, gc=False):
    """Accept that the journal lost what its published log has: that log ends, another begins."""

    origin: LogOrigin  # of the log that ends
    size: Positive  # entries that its last signed head covers
    root_sha256: Digest  # that head's root
    journal_position: Positive  # the journal's end, as the proposer sees it
    journal_chain: Digest  # of the commit that ends there
    reason: Name  # what happened, in words
    common_size: Whole = 0  # the first entries that are the journal's still; 0: not known


class RequestWithdrawal(Command, frozen=True, gc=False):
    """Set money aside to be paid out; above rule `withdrawal_alone` a second holder signs, too."""

    amount_minor: Positive  # how much, minor units
    to_account: Text = ""  # the account at the bank that it goes to


class ConfirmPayment(Command, frozen=True, gc=False):
    """Say that the bank has paid."""

    payment: Id[PaymentId]  # the payment's id, y-000012
    payer_reference: Name  # under which the bank knows it


class RefusePayment(Command, frozen=True, gc=False):
    """Say that the bank will not pay: the money is free again."""

    payment: Id[PaymentId]  # the payment's id, y-000012
    reason: Name  # why, in words


class InstructDelivery(Command, frozen=True, gc=False):
    """The seller says how the buyer gets what was sold; after a failure this is the cure, once."""

    settlement: Id[SettlementId]  # the settlement's id, x-000031
    mode: Word = "in_place"  # how the buyer gets it: in_place, carrier
    to_site: MaybeId[SiteId] = NO_ID  # carrier: where it goes


class ConfirmDelivery(Command, frozen=True, gc=False):
    """The custodian says that the buyer can have it: the time to inspect begins."""

    settlement: Id[SettlementId]  # the settlement's id, x-000031
    receipt_sha256: MaybeDigest = ""  # of the custodian's paper


class AcceptDelivery(Command, frozen=True, gc=False):
    """The buyer takes it: title and cash change hands, unless the report lacks a card sold."""

    settlement: Id[SettlementId]  # the settlement's id, x-000031
    report_sha256: MaybeDigest = ""  # of the buyer's own report, which travels beside the command
    units_seen: Annotated[list[Name], Meta(max_length=10_000)] = []  # its keys: vendor/serial/part


class FailSettlement(Command, frozen=True, gc=False):
    """A clerk says that what was sold is not delivered: the seller may cure it in time, once."""

    settlement: Id[SettlementId]  # the settlement's id, x-000031
    reason: Name  # why, in words


class ApproveProposal(Command, frozen=True, gc=False):
    """Agree to what another person proposed; with the last approval due it is done at once."""

    proposal: Id[ProposalId]  # the proposal's id, z-000001


class RejectProposal(Command, frozen=True, gc=False):
    """Say no to a proposal: by anyone whose yes would count."""

    proposal: Id[ProposalId]  # the proposal's id, z-000001


class WithdrawProposal(Command, frozen=True, gc=False):
    """Take a proposal of one's own party back."""

    proposal: Id[ProposalId]  # the proposal's id, z-000001
