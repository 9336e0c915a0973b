"""A value for each schema: examples that one could send, and that one could be sent."""

import re
from collections.abc import Mapping
from typing import Any, Final

from gateway.contract.schemas import NANOS, Schema
from gateway.release import release


def example(schema: Schema, known: Mapping[str, Schema], name: str = "") -> Any:
    """A value that a schema takes: the member's own words where they fit. Raises KeyError.

    *name*: the member's, behind its struct's: `Fill.role` is another thing than `PartyRow.role`.
    """
    if "$ref" in schema:
        target = schema["$ref"].rpartition("/")[2]
        return example(known[target], known, name)
    if "examples" in schema:
        return schema["examples"][0]
    for word in ("const", "default"):
        if word in schema and schema[word] not in (None, "", [], {}):
            return schema[word]
    if "enum" in schema:
        return _word(schema["enum"], name)
    for several in ("anyOf", "oneOf"):
        if several in schema and "properties" not in schema:
            return example(schema[several][0], known, name)
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return _object(schema, known, name)
    if kind == "array":
        return _array(schema, known, name)
    if kind == "string":
        return _text(schema, name)
    if kind == "integer":
        own = NUMBERS.get(name, NUMBERS.get(_last(name), 1))
        return min(max(own, schema.get("minimum", own)), schema.get("maximum", own))
    if kind == "boolean":
        return True
    return ANY.get(_last(name))


def _last(name: str) -> str:
    """A member's name without its struct's."""
    return name.rpartition(".")[2]


def _word(words: list[Any], name: str) -> Any:
    """The member's own word, if it is one of these; else the first that says something."""
    for own in (TEXTS.get(name), TEXTS.get(_last(name))):
        if own in words:
            return own
    return next((word for word in words if word), words[0])


def _object(schema: Schema, known: Mapping[str, Schema], name: str) -> Any:
    members = schema.get("properties", {})
    owner = schema.get("title", "")
    struct = f"{owner}." if owner else ""
    wanted = [*schema.get("required", []), *SHOWN.get(owner, ())]
    wanted += schema.get("anyOf", [{}])[0].get("required", [])  # of several ways the first
    found = {each: example(members[each], known, f"{struct}{each}") for each in wanted}
    more = schema.get("additionalProperties")
    if not members and isinstance(more, dict) and more:
        return {MEMBERS_OF.get(_last(name), "CN-SH"): example(more, known, name)}
    return found


def _array(schema: Schema, known: Mapping[str, Schema], name: str) -> Any:
    if "prefixItems" in schema:
        return [example(each, known, each.get("title", name)) for each in schema["prefixItems"]]
    items = schema.get("items")
    return [example(items, known, name)] if isinstance(items, dict) else []


def _text(schema: Schema, name: str) -> str:
    last = _last(name)
    if last.endswith("_ns") or schema.get("pattern") == NANOS["pattern"]:
        return NANOS_OF.get(last, "1796090400000000000")
    if last == "version":
        return release()
    for own in (TEXTS.get(name), TEXTS.get(last)):
        if own is not None and _fits(own, schema):
            return own
    if last.endswith("_sha256") or schema.get("minLength", 0) >= 43:
        return DIGEST
    pattern = schema.get("pattern", "")
    if "{43}" in pattern or "{86}" in pattern:
        return DIGEST if "{43}" in pattern else DIGEST * 2
    return ID if "[a-z]-[0-9]" in pattern else "text"


def _fits(text: str, schema: Schema) -> bool:
    """Whether a text is within a schema's own bounds."""
    within = schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", len(text))
    return within and re.search(schema.get("pattern", ""), text) is not None


DIGEST: Final = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
ID: Final = "p-0042"
SHOWN: Final = {  # what may be left out, and should not be in an example
    "AmendOrder": ("price_ticks",),
    "CancelAll": ("market",),
    "Challenge": ("principal",),
    "InstructDelivery": ("mode",),
    "RequestWithdrawal": ("to_account",),
}
ANY: Final = {"value": 100_000_000}  # of a type that another member decides
MEMBERS_OF: Final = {
    "limits": "body_bytes", "seats": "trader", "buckets": "reads", "context": "needed_minor",
    "grades": "u-000001", "reasons": "u-000001", "flags": "u-000001", "gaps": "u-000001",
    "identity": "u-000001", "holds": "h-000001", "seqs": "orders/p-0042",
}  # fmt: skip
NUMBERS: Final = {
    "price_ticks": 1035, "lots": 3, "position": 333, "amount_minor": 100_000_000, "speed": 1,
    "size": 700, "common_size": 650, "journal_position": 660,
    "gpus_per_lot": 8, "memory_mib": 81_920, "tdp_w": 700, "tpp": 15_824, "kyc_tier": 2,
    "share_bp": 2_500, "minor_digits": 2, "hours": 744, "lot_size": 8,
    "filled_lots": 1, "open_lots": 2, "Fill.lots": 1, "FillRow.lots": 1,
    "ProblemText.status": 422,
}  # fmt: skip
NANOS_OF: Final = {"to_ns": "1796094000000000000", "available_gpu_ns": "28800000000000"}
PUBLIC_KEY: Final = "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg"
TEXTS: Final = {
    "market": "T.H100SXM8.A1.CN-BJ", "model": "H100SXM8", "models": "H100SXM8",
    "delivery_point": "CN-BJ", "RequestWithdrawal.to_account": "ICBC 6222 0202",
    "jurisdiction": "CN", "venue": "cn-1", "currency": "CNY", "zone": "Asia/Shanghai",
    "origin": "gpubourse/cn-1/bf1be47d62059edd", "root_sha256": DIGEST, "journal_chain": DIGEST,
    "order": "o-000912", "orders": "o-000912", "site": "s-0001", "to_site": "s-0001",
    "settlement": "x-000031", "lease": "l-000007", "payment": "y-000001",
    "proposal": "z-000001", "principal": "k-0107", "unit": "u-000001", "things": "n-0003",
    "nodes": "n-0003", "node": "n-0003", "thing": "n-0003", "hold": "h-000001",
    "fill": "t-000231.bid", "trade": "t-000231", "label": "desk 2", "scopes": "trade",
    "legal_name": "Pudong Compute Ltd.", "registration_no": "91310115MA1K0001XX",
    "holder": "Chen Jing", "reference": "BANK-7781", "payer_reference": "BANK-9",
    "account": "p-0042/available", "reason": "it came late", "stream": "unit:u-000017",
    "rule": "kyc_limits", "role": "owner", "name": "Beijing West Hall",
    "party": "p-0042", "key": "01a22f54-8d00-7a10-8000-000000000001", "asset_class": "H100SXM8.A1",
    "chain": DIGEST, "challenge": DIGEST, "token": DIGEST, "ticket": DIGEST, "session": DIGEST,
    "RegisterParty.kind": "company", "PartyRow.kind": "company", "VenueTerms.kind": "live",
    "FileProvenance.kind": "invoice", "HoldRow.kind": "claim", "Balance.kind": "available",
    "PostingRow.kind": "traded", "BalanceState.kind": "traded", "DepositReply.kind": "deposit",
    "Instrument.kind": "title", "TrialBalanceRow.kind": "available", "StateRow.kind": "party",
    "SubjectChange.kind": "party", "FailureReply.state": "failed", "UnitRow.state": "ready",
    "Fill.role": "taker", "FillRow.role": "taker", "FillState.role": "taker",
    "WithdrawalReply.state": "withdrawing", "PaymentReply.state": "paid",
    "AcceptanceReply.state": "settled", "DeliveryReply.state": "inspecting",
    "InstructionReply.state": "delivering", "ApprovalReply.state": "approved",
    "ProposalRow.state": "waiting", "VerdictReply.state": "rejected",
    "StandingReply.state": "suspended", "RevocationReply.state": "revoked",
    "SessionEnd.state": "ended", "CancelReply.state": "cancelled", "LeaseRow.state": "running",
    "UnitLease.state": "running", "UnitState.state": "ready", "UnitRecord.state": "ready",
    "ProposalRow.op": "title.issue", "WaitingProposal.op": "title.issue",
    "Readiness.reason": "the views are behind", "Readiness.language": "en",
    "TrialBalanceRow.account": "p-0042/available", "SetRule.rule": "withdrawal_alone",
    "SignatureRecord.by": "engine", "EndedOrder.reason": "hold",
    "DeclareOwnership.owner": "p-0042", "gaps": "invoice", "reasons": "report_too_old",
    "flags": "cosmetic_damage", "grades": "A", "context": "minor units of the venue's currency",
    "UnitState.holds": "claim", "next": "eyJhdCI6MzMzfQ", "needs": "scope:operate",
    "operator": "p-0007",
    "units": "u-000001", "new_units": "u-000001", "provenance": "P1", "holds": "h-000001",
    "identity": "strong", "registrant": "p-0007", "owner": "p-0007", "custodian": "p-0007",
    "entry": "j-000012", "EntryState.entry": '{"position":333,"stream":"unit:u-000017"}',
    "EventRow.entry": '{"position":333,"stream":"unit:u-000017"}', "mode": "in_place",
    "Print.mode": "continuous", "Trade.mode": "continuous", "modes": "continuous",
    "custody_mode": "venue_account", "time_in_force": "gtc", "type": "limit",
    "post_only": "none", "board_part_number": "692-2G520-0200-000",
    "board_part_numbers": "692-2G520-0200-000",
    "uuid": "GPU-6f1c2a0e-9d3b-4f57-8a11-2b7c5d0e9f31", "lessee": "p-0042", "lessor": "p-0007",
    "payee": "p-0007", "payer": "clerk", "seller": "p-0007", "buyer": "p-0042",
    "subject": "unit:u-000017", "HoldRow.subject": "u-000017", "signature": DIGEST * 2,
    "title": "Not enough cash", "detail": "Deposit more, cancel another bid, or ask for less.",
    "feeds": "ticker/T.H100SXM8.A1.CN-BJ", "feed": "ticker/T.H100SXM8.A1.CN-BJ",
    "group": "p-0042", "roles": "owner", "where": "line 14", "why": "duplicate_in_file",
    "cause": "user", "verdict": "approved", "chassis_vendor": "Supermicro",
    "chassis_model": "SYS-821GE-TNHR", "chassis_serial": "S512345X3A12345", "leases": "l-000007",
    "taker": "bid", "lifted": "h-000001", "at_fault": "seller", "public_key": PUBLIC_KEY,
    "ip_allow": "203.0.113.0/24", "signing": "every", "format": "nvidia-smi -q",
    "warnings": "units were left out", "from_party": "p-0007", "to_party": "p-0042",
    "subject_to": "l-000007", "by": "engine", "interval": "1h", "change": "changed",
    "field": "kyc_tier", "language": "en", "re": "order.new", "postings": "p-0042/available",
    "vendor": "nvidia", "form": "sxm", "names": "NVIDIA H100 80GB HBM3", "status": "live",
    "id": "p-0042", "state": "open", "side": "bid", "phase": "continuous",
    "code": "insufficient_cash", "grade": "A", "topic": "traded", "op": "order.new",
    "serial": "1652622023456", "basis": "sale",
}  # fmt: skip
