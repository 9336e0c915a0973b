"""Orders given to the ledger (DOMAIN 5): the args of a request, checked for shape when decoded.

What each is called, who may give it and what becomes of it stands in `ledger/ops.py`.
"""

from typing import Annotated, Any

from msgspec import Meta, Struct

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
)


class Command(Struct, frozen=True, gc=False, forbid_unknown_fields=True, omit_defaults=True):
    """A request to decide."""


class Clerk(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One of the two first principals: a natural person's salted hash and a public key."""

    holder_sha256: Digest
    public_key: Digest
    label: Name


class OpenVenue(Command, frozen=True, gc=False):
    venue: Annotated[str, Meta(pattern=r"^[a-z]{2}-\d{1,4}$")]
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]
    zone: Name
    minor_digits: Annotated[int, Meta(ge=0, le=4)]
    kind: Word  # live, demo
    legal_name: Name
    clerks: Annotated[list[Clerk], Meta(min_length=2, max_length=2)]


class SetRule(Command, frozen=True, gc=False):
    rule: Name
    value: Any
    from_ns: Nanos
    basis: Text = ""


class ListModel(Command, frozen=True, gc=False):
    model: Annotated[str, Meta(pattern=r"^[A-Z0-9]{2,16}$")]
    vendor: Name
    form: Word
    gpus_per_lot: Annotated[int, Meta(ge=1, le=64)]
    memory_mib: Positive
    tdp_w: Whole
    tpp: Whole
    has_ecc: bool
    has_mig: bool
    names: Names
    board_part_numbers: Names = []


class RegisterParty(Command, frozen=True, gc=False):
    legal_name: Name
    kind: Word  # company, public_body, person
    jurisdiction: Annotated[str, Meta(pattern=r"^[A-Z]{2}$")]
    registration_no: Name


class SetKycTier(Command, frozen=True, gc=False):
    party: Id
    kyc_tier: Annotated[int, Meta(ge=0, le=3)]
    evidence_sha256: MaybeDigest = ""
    valid_to_ns: Nanos = 0


class GrantRole(Command, frozen=True, gc=False):
    party: Id
    role: Name
    basis: Text = ""


class RevokeRole(Command, frozen=True, gc=False):
    party: Id
    role: Name
    basis: Text = ""


class SuspendParty(Command, frozen=True, gc=False):
    party: Id
    reason: Name


class ReinstateParty(Command, frozen=True, gc=False):
    party: Id
    reason: Name


class DeclareOwnership(Command, frozen=True, gc=False):
    owner: Id
    owned: Id
    share_bp: Annotated[int, Meta(ge=0, le=10_000)]
    control: bool = False
    document_sha256: MaybeDigest = ""


class EnrolPrincipal(Command, frozen=True, gc=False):
    party: Id
    holder_sha256: Digest
    public_key: Digest
    scopes: Words
    ip_allow: Words = []
    signing: Word = "every"
    label: Text = ""
    valid_to_ns: Nanos = 0


class RevokePrincipal(Command, frozen=True, gc=False):
    principal: Id


class RegisterSite(Command, frozen=True, gc=False):
    name: Name
    delivery_point: Annotated[str, Meta(pattern=r"^[A-Z]{2}-[A-Z0-9]{1,3}$")]
    operator: MaybeId = ""  # default: the asking party
    status: Word = "live"
    lat_e6: Annotated[int, Meta(ge=-90_000_000, le=90_000_000)] = 0
    lon_e6: Annotated[int, Meta(ge=-180_000_000, le=180_000_000)] = 0
    power_w: Whole = 0
    pue_bp: Whole = 0
    tariff_millis_per_kwh: Whole = 0
    uplink_mbps: Whole = 0
    latency_us: Annotated[dict[Word, Whole], Meta(max_length=MEMBERS_MOST)] = {}


class SetSiteStatus(Command, frozen=True, gc=False):
    site: Id
    status: Word
    gpus_planned: Whole = 0
    evidence_sha256: MaybeDigest = ""


class ImportInventory(Command, frozen=True, gc=False):
    """The raw report travels beside the command, named by its digest."""

    site: Id
    report_sha256: Digest
    claim: bool = False
    dry_run: bool = False


class InspectUnits(Command, frozen=True, gc=False):
    """A later report on units already registered, found by their own keys."""

    report_sha256: Digest
    unit: MaybeId = ""  # of the path; the report may show others beside it
    load_test: Word = "none"
    flags: Words = []


class FileProvenance(Command, frozen=True, gc=False):
    unit: Id  # or a node: for each of its units
    kind: Word  # invoice, customs, origin, court, donation
    document_sha256: Digest
    names_serial: bool
    issued_ns: Nanos = 0
    from_name: Text = ""
    to_party: MaybeId = ""


class VerifyProvenance(Command, frozen=True, gc=False):
    unit: Id  # or a node
    document_sha256: Digest


class IssueTitle(Command, frozen=True, gc=False):
    """Asked by the registrant, granted by a clerk: one proposal (P0: a second clerk, too)."""

    things: Annotated[list[Id], Meta(min_length=1, max_length=10_000)]
    holder: MaybeId = ""  # default: the asking party
    basis: Word = "opening"
    document_sha256: MaybeDigest = ""
    effective_ns: Nanos = 0


class MeterUsage(Command, frozen=True, gc=False):
    lease: Id
    from_ns: Nanos
    to_ns: Nanos
    available_gpu_ns: Nanos
    energy_wh: Whole = 0
    source_sha256: MaybeDigest = ""


class RecordDeposit(Command, frozen=True, gc=False):
    party: Id
    amount_minor: Positive
    reference: Name  # the bank's, unique for ever


class RequestWithdrawal(Command, frozen=True, gc=False):
    amount_minor: Positive
    to_account: Text = ""


class ConfirmPayment(Command, frozen=True, gc=False):
    payment: Id
    payer_reference: Name


class RefusePayment(Command, frozen=True, gc=False):
    payment: Id
    reason: Name


class InstructDelivery(Command, frozen=True, gc=False):
    settlement: Id
    mode: Word = "in_place"
    to_site: MaybeId = ""


class ConfirmDelivery(Command, frozen=True, gc=False):
    settlement: Id
    receipt_sha256: MaybeDigest = ""


class AcceptDelivery(Command, frozen=True, gc=False):
    settlement: Id
    report_sha256: MaybeDigest = ""
    # strong keys in that report: vendor/serial/board_part_number
    units_seen: Annotated[list[Name], Meta(max_length=10_000)] = []


class FailSettlement(Command, frozen=True, gc=False):
    settlement: Id
    reason: Name


class ApproveProposal(Command, frozen=True, gc=False):
    proposal: Id


class RejectProposal(Command, frozen=True, gc=False):
    proposal: Id


class WithdrawProposal(Command, frozen=True, gc=False):
    proposal: Id
