"""The closed sets of words in which the ledger's facts and records are told.

A word is a type: who writes another one fails the type check, and a stored one that is not of its
set is refused when it is read (docs/decisions/0076-closed-words.md). Each set stands best or first
word first; what is compared by rank is compared by its place here.
"""

from typing import Final, Literal, get_args

GradeLetter = Literal["A", "B", "C", "U"]
ProvenanceLevel = Literal["P1", "P2", "P0"]
IdentityLevel = Literal["strong", "medium", "weak"]

UnitState = Literal["registered", "ready", "faulted", "in_transit", "retired"]
UnitVerb = Literal["inspect", "expire"]
LeaseState = Literal["agreed", "running", "ended"]
LeaseVerb = Literal["commence", "meter", "end"]
SettlementState = Literal["open", "delivering", "inspecting", "failed", "settled", "unwound"]
SettlementVerb = Literal[
    "instruct", "deliver", "accept", "timeout", "settle", "fail", "cure", "unwind"
]
DeliveryMode = Literal["in_place", "carrier"]
PaymentState = Literal["instructed", "paid", "refused"]
ProposalState = Literal["waiting", "approved", "rejected", "withdrawn", "lapsed"]
SiteStatus = Literal["announced", "building", "live", "idle", "failed", "closed"]
EntryKind = Literal["deposit", "withdraw", "reversal"]
PostingKind = Literal[
    EntryKind,
    "order_hold",
    "hold_release",
    "trade",
    "settle",
    "unwind",
    "lease_prepay",
    "rent_release",
    "deposit_return",
]
AccountKind = Literal[
    "available",
    "on_hold",
    "escrow",
    "rent_escrow",
    "deposit",
    "withdrawing",
    "fees",
    "external",
]

LOG_ORIGIN: Final = "gpubourse"  # what the origin of every log begins with
GRADES: Final[tuple[GradeLetter, ...]] = get_args(GradeLetter)
PROVENANCES: Final[tuple[ProvenanceLevel, ...]] = get_args(ProvenanceLevel)
IDENTITIES: Final[tuple[IdentityLevel, ...]] = get_args(IdentityLevel)
DELIVERY_MODES: Final[dict[str, DeliveryMode]] = {mode: mode for mode in get_args(DeliveryMode)}
