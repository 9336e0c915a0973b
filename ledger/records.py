"""The ledger's nouns: what is known now of each party, thing, right and account.

Live state only, folded from events by `apply`; what is closed lives in the journal and the views.
Nobody but an apply function writes to a record.
"""

from bisect import bisect_right, insort_right
from dataclasses import dataclass, field
from typing import Any, Literal

from ledger.ids import (
    NO_ID,
    GroupId,
    HoldId,
    LeaseId,
    MarketSymbol,
    NodeId,
    OrderId,
    PartyId,
    PaymentId,
    PrincipalId,
    ProposalId,
    SettlementId,
    SiteId,
    ThingId,
    TradeId,
    UnitId,
)
from ledger.words import (
    DeliveryMode,
    GradeLetter,
    IdentityLevel,
    LeaseState,
    ProvenanceLevel,
    SettlementState,
    UnitState,
)

ENDED_REMEMBERED = 5_000  # at least so many that have ended, at most twice as many


@dataclass(slots=True)
class Party:
    party: PartyId
    legal_name: str
    kind: str
    jurisdiction: str
    registration_no: str
    group: GroupId  # its beneficial-owner group: the lowest party id of it
    roles: dict[str, None] = field(default_factory=dict)  # ordered, so that nobody iterates a set
    kyc_tier: int = 0
    is_suspended: bool = False
    principals: list[PrincipalId] = field(default_factory=list)
    refused_servers: dict[NodeId, int] = field(default_factory=dict)
    # of a site's operator: each server that it said no to of late -> when


@dataclass(slots=True)
class Principal:
    principal: PrincipalId
    party: PartyId
    holder_sha256: str
    public_key: str
    scopes: tuple[str, ...]
    ip_allow: tuple[str, ...]
    signing: str
    label: str
    valid_to_ns: int
    is_revoked: bool = False
    is_audit_given: bool = False  # by a clerk, to a key of a party without the role


@dataclass(slots=True)
class Site:
    site: SiteId
    name: str
    operator: PartyId
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

    node: NodeId
    model: str  # the board model, "" for a server of single cards
    form: str
    chassis_serial: str
    site: SiteId
    operator: PartyId
    custodian: PartyId
    registrant: PartyId
    nvlink: bool
    fabric_mbps_per_gpu: int
    units: list[UnitId] = field(default_factory=list)  # by slot


@dataclass(slots=True)
class Unit:
    """One GPU."""

    unit: UnitId
    vendor: str
    model: str
    serial: str
    board_part_number: str
    uuid: str
    identity: IdentityLevel
    node: NodeId
    slot: int
    registrant: PartyId
    grade: GradeLetter = "U"
    grade_valid_to_ns: int = 0
    provenance: ProvenanceLevel = "P0"
    state: UnitState = "registered"
    report_sha256: str = ""  # of its newest inspection
    taken_ns: int = 0
    faults: list[str] = field(default_factory=list)  # an inspector's own word, until the next's
    documents: dict[str, "Document"] = field(default_factory=dict)  # by SHA-256
    holds: dict[HoldId, str] = field(default_factory=dict)  # its kind, while it is no thing


@dataclass(slots=True)
class Document:
    """A paper of provenance, as filed; counted once verified."""

    kind: str
    names_serial: bool
    is_verified: bool = False
    filed_by: PartyId = NO_ID


@dataclass(slots=True)
class Thing:
    """What is titled, sold and leased as one lot: a board node, or a single unit.

    `class_` is kept current by apply: model code, worst grade letter, worst provenance digit.
    """

    thing: ThingId  # n-0003 or u-000017
    node: NodeId  # itself, or where it sits
    units: list[UnitId]
    model: str  # H100SXM8 or L40S
    number: int  # of its id: "lowest free node numbers"
    owner: PartyId = NO_ID  # title holder; "": no title
    grade: GradeLetter = "U"
    provenance: ProvenanceLevel = "P0"
    identity: IdentityLevel = "weak"
    site: SiteId = NO_ID
    delivery_point: str = ""
    order: OrderId = NO_ID  # the resting title ask that holds it
    settlement: SettlementId = NO_ID  # the open settlement that holds it
    last_sale_ns: int = 0  # starts the holding period
    holds: dict[HoldId, str] = field(default_factory=dict)  # its kind, of the bars of their own
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
    order: OrderId  # "" when leased
    lease: LeaseId  # "" when held


@dataclass(slots=True)
class Lease:
    lease: LeaseId
    lessor: PartyId
    lessee: PartyId
    node: NodeId
    things: list[ThingId]
    from_ns: int
    to_ns: int
    gpus: int
    price_minor_per_gpu_hour: int
    rent_minor: int
    prepaid_minor: int
    deposit_minor: int
    payee: PartyId
    lessor_fee_bp: int
    lessee_fee_bp: int
    state: LeaseState = "agreed"  # an ended one leaves the state
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
    settlement: SettlementId
    trade: TradeId
    market: MarketSymbol
    seller: PartyId
    buyer: PartyId
    things: list[ThingId]
    notional_minor: int
    buyer_fee_minor: int
    seller_fee_minor: int
    price_minor_per_gpu: int
    inspection_ns: int
    due_ns: int
    state: SettlementState = "open"  # a final one leaves the state
    mode: DeliveryMode | Literal[""] = ""  # as last instructed
    to_site: SiteId = NO_ID
    inspect_until_ns: int = 0
    cure_until_ns: int = 0


@dataclass(slots=True)
class Proposal:
    proposal: ProposalId
    op: str
    party: PartyId
    principal: PrincipalId
    args: dict[str, Any]
    expires_ns: int
    needs: list[str]
    approvers: list[PrincipalId] = field(default_factory=list)  # principals, the proposer first


@dataclass(slots=True)
class Payment:
    payment: PaymentId
    party: PartyId
    amount_minor: int
    position: int = 0  # of the entry that set the cash aside


@dataclass(frozen=True, slots=True)
class Deposit:
    """A sum at the bank that was credited, by the bank's reference; once reversed it is none."""

    position: int  # of its entry
    party: PartyId  # whose it is
    amount_minor: int


@dataclass(slots=True)
class MonthTurnover:
    """What moved in one month, by kind of account (`available`, `fees` …), in minor units."""

    label: str  # 2024-11
    from_ns: int
    to_ns: int
    debit_minor: dict[str, int] = field(default_factory=dict)  # all that left such accounts
    credit_minor: dict[str, int] = field(default_factory=dict)  # all that came to them


@dataclass(slots=True)
class Periods:
    """The months of a venue: closed ones by their end, open ones by what moved in them."""

    closed_from_ns: int = 0  # the first month that the journal closed begins; 0: none is closed
    closed_to_ns: int = 0  # the last one ends
    carried_minor: dict[str, int] = field(default_factory=dict)  # kind -> closing of the last one
    open_months: list[MonthTurnover] = field(default_factory=list)  # with any turnover, in order

    def is_closed_at(self, at_ns: int) -> bool:
        """Whether an instant lies in a month that the journal has closed."""
        return self.closed_from_ns <= at_ns < self.closed_to_ns


@dataclass(slots=True)
class LogLoss:
    """A log of this venue that ended, because the journal lost what it has."""

    position: int  # of the event that accepted it
    origin: str
    size: int  # entries
    root_sha256: str


@dataclass(slots=True)
class Rule:
    """One dated record of a rule; the newest whose `from_ns` has come is in force."""

    value: object
    from_ns: int
    position: int


@dataclass(slots=True)
class DatedRules:
    """Every record of every rule, by name, in order of the instant from which it is in force."""

    records: dict[str, list[Rule]] = field(default_factory=dict)

    def value(self, name: str, at_ns: int) -> Any:
        """The value of a rule in force at an instant; KeyError if it was not set by then."""
        records = self.records[name]
        index = bisect_right(records, at_ns, key=lambda record: record.from_ns)
        if index == 0:
            raise KeyError(name)
        return records[index - 1].value

    def in_force(self, name: str, at_ns: int) -> bool:
        """Whether a rule is set and not false: one that an older venue never set is not."""
        try:
            return bool(self.value(name, at_ns))
        except KeyError:
            return False

    def length_ns(self, name: str, at_ns: int, unset_ns: int) -> int:
        """A length of time in force at an instant; *unset_ns* where it was not set by then."""
        try:
            return int(self.value(name, at_ns))
        except KeyError:
            return unset_ns

    def next_from_ns(self, at_ns: int) -> int:
        """When the next record of any rule comes into force after an instant; 0: none is to."""
        later: list[int] = []
        for records in self.records.values():
            index = bisect_right(records, at_ns, key=lambda record: record.from_ns)
            later += [record.from_ns for record in records[index : index + 1]]
        return min(later, default=0)

    def add(self, name: str, record: Rule) -> None:
        """Apply: one more record of a rule; of two from one instant the later one speaks."""
        insort_right(self.records.setdefault(name, []), record, key=lambda each: each.from_ns)

    def copy(self) -> "DatedRules":
        """The same records, apart: what is added here is not added there."""
        return DatedRules({name: list(records) for name, records in self.records.items()})


@dataclass(slots=True)
class EndedRecords:
    """How what has ended ended, the last few thousand: in words of their own kind's states.

    A courtesy: nothing is decided by it but the words of a refusal.
    """

    now: dict[str, str] = field(default_factory=dict)  # two generations
    before: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, state: str) -> None:
        """Remember the state in which a record left the register."""
        self.now[name] = state
        if len(self.now) >= ENDED_REMEMBERED:
            self.before, self.now = self.now, {}

    def state_of(self, name: str) -> str:
        """`settled`; "" for what has not ended, or long ago."""
        return self.now.get(name) or self.before.get(name, "")
