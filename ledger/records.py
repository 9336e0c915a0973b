"""The ledger's nouns: what is known now of each party, thing, right and account.

Live state only, folded from events by `apply`; what is closed lives in the journal and the views.
Nobody but an apply function writes to a record.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Party:
    party: str
    legal_name: str
    kind: str
    jurisdiction: str
    registration_no: str
    group: str  # its beneficial-owner group: the lowest party id of it
    roles: dict[str, None] = field(default_factory=dict)  # ordered, so that nobody iterates a set
    kyc_tier: int = 0
    is_suspended: bool = False
    principals: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Principal:
    principal: str
    party: str
    holder_sha256: str
    public_key: str
    scopes: tuple[str, ...]
    ip_allow: tuple[str, ...]
    signing: str
    label: str
    valid_to_ns: int
    is_revoked: bool = False


@dataclass(slots=True)
class Site:
    site: str
    name: str
    operator: str
    delivery_point: str
    status: str
    zone: str = ""


@dataclass(slots=True)
class Model:
    model: str
    vendor: str
    form: str
    gpus_per_lot: int
    memory_mib: int
    tpp: int
    has_ecc: bool
    names: tuple[str, ...]
    is_board: bool  # its lot is one whole node


@dataclass(slots=True)
class Node:
    """One server: where it stands and which units sit in it."""

    node: str
    model: str  # the board model, "" for a server of single cards
    form: str
    chassis_serial: str
    site: str
    operator: str
    custodian: str
    registrant: str
    nvlink: bool
    fabric_mbps_per_gpu: int
    units: list[str] = field(default_factory=list)  # by slot


@dataclass(slots=True)
class Unit:
    """One GPU."""

    unit: str
    vendor: str
    model: str
    serial: str
    board_part_number: str
    uuid: str
    identity: str
    node: str
    slot: int
    registrant: str
    grade: str = "U"
    grade_valid_to_ns: int = 0
    provenance: str = "P0"
    state: str = "registered"  # registered, ready, faulted, in_transit, retired
    report_sha256: str = ""  # of its newest inspection
    taken_ns: int = 0
    faults: list[str] = field(default_factory=list)  # an inspector's own word, until the next's
    documents: dict[str, "Document"] = field(default_factory=dict)  # by SHA-256
    holds: dict[str, str] = field(default_factory=dict)  # h- -> kind, while it is no thing


@dataclass(slots=True)
class Document:
    """A paper of provenance, as filed; counted once verified."""

    kind: str
    names_serial: bool
    is_verified: bool = False
    filed_by: str = ""


@dataclass(slots=True)
class Thing:
    """What is titled, sold and leased as one lot: a board node, or a single unit.

    `class_` is kept current by apply: model code, worst grade letter, worst provenance digit.
    """

    thing: str  # n-0003 or u-000017
    node: str  # itself, or where it sits
    units: list[str]
    model: str  # H100SXM8 or L40S
    number: int  # of its id: "lowest free node numbers"
    owner: str = ""  # title holder; "": no title
    grade: str = "U"
    provenance: str = "P0"
    identity: str = "weak"
    site: str = ""
    delivery_point: str = ""
    order: str = ""  # the resting title ask that holds it
    settlement: str = ""  # the open settlement that holds it
    last_sale_ns: int = 0  # starts the holding period
    holds: dict[str, str] = field(default_factory=dict)  # h- -> kind, of the bars of their own
    windows: list["Window"] = field(default_factory=list)  # its schedule: disjoint, ordered

    @property
    def class_(self) -> str:
        """`H100SXM8.A1`."""
        return f"{self.model}.{self.grade}{self.provenance[1]}"


@dataclass(slots=True)
class Window:
    """A span of a thing's schedule that is not free: held by a resting ask, or leased."""

    from_ns: int
    to_ns: int
    order: str  # "" when leased
    lease: str  # "" when held


@dataclass(slots=True)
class Lease:
    lease: str
    lessor: str
    lessee: str
    node: str
    things: list[str]
    from_ns: int
    to_ns: int
    gpus: int
    price_minor_per_gpu_hour: int
    rent_minor: int
    prepaid_minor: int
    deposit_minor: int
    payee: str
    lessor_fee_bp: int
    lessee_fee_bp: int
    state: str = "agreed"  # agreed, running; an ended one leaves the state
    metered_to_ns: int = 0
    meter_due_ns: int = 0  # when silence counts as available
    available_gpu_ns: int = 0
    earned_minor: int = 0  # to the payee, net, to date
    fee_minor: int = 0  # both sides', to date
    returned_minor: int = 0  # for down time, to date

    @property
    def unreleased_minor(self) -> int:
        """What still lies in rent escrow."""
        return self.prepaid_minor - self.earned_minor - self.fee_minor - self.returned_minor


@dataclass(slots=True)
class Settlement:
    settlement: str
    trade: str
    market: str
    seller: str
    buyer: str
    things: list[str]
    notional_minor: int
    buyer_fee_minor: int
    seller_fee_minor: int
    price_minor_per_gpu: int
    inspection_ns: int
    due_ns: int
    state: str = "open"  # open, delivering, inspecting, failed; a final one leaves the state
    mode: str = ""  # in_place, carrier, as last instructed
    to_site: str = ""
    inspect_until_ns: int = 0
    cure_until_ns: int = 0


@dataclass(slots=True)
class Proposal:
    proposal: str
    op: str
    party: str
    principal: str
    args: dict[str, Any]
    expires_ns: int
    needs: list[str]
    approvers: list[str] = field(default_factory=list)  # principals, the proposer first


@dataclass(slots=True)
class Payment:
    payment: str
    party: str
    amount_minor: int
    position: int = 0  # of the entry that set the cash aside


@dataclass(slots=True)
class Rule:
    """One dated record of a rule; the newest whose `from_ns` has come is in force."""

    value: object
    from_ns: int
    position: int
