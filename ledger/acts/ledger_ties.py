"""The ledger's ties: the facts that each of its ops brings, and what ties them to its args.

What follows from these facts in the same batch is computed by the rules, and tied to nothing.
"""

from typing import Any, Final

import msgspec

from ledger import commands as c
from ledger import events as e
from ledger.acts.tie import COMPUTED, STAMPS, Signatory, Source, Tie, always, if_given, spelt
from ledger.cash.accounts import available, external
from ledger.ids import named_by

_BY = ("party", "principal")


def _capitals(text: str) -> str:
    return text.strip().upper()


def _deposited(command: c.RecordDeposit, signer: Signatory, fact: e.CashPosted) -> object:
    amount_minor = command.amount_minor
    return [(external(fact.book), -amount_minor), (available(command.party), amount_minor)]


def _taken_back(command: c.ReverseDeposit, signer: Signatory, fact: e.CashPosted) -> object:
    amount_minor = command.amount_minor
    return [(available(command.party), -amount_minor), (external(fact.book), amount_minor)]


def _leg(command: c.RequestWithdrawal, signer: Signatory, fact: e.PaymentInstructed) -> object:
    return [(command.to_account, command.amount_minor)]


def _one_of_the_nodes(command: c.IssueTitle, signer: Signatory, fact: e.TitleIssued) -> object:
    """The thing that the fact names was named by the command, too, and is this one alone."""
    return named_by(fact.thing)[0] if fact.thing in command.things else "no such thing"


def _one_of_the_cards(command: c.IssueTitle, signer: Signatory, fact: e.TitleIssued) -> object:
    return named_by(fact.thing)[1] if fact.thing in command.things else "no such thing"


def _one_of_the_units(command: Any, signer: Signatory, fact: Any) -> object:
    """The unit itself, if it was named; of a node's units the register knows which they are."""
    return COMPUTED if command.unit.startswith("n-") else command.unit


def _owner(command: c.IssueTitle, signer: Signatory, fact: e.TitleIssued) -> object:
    return command.holder or signer.party


def _operator(command: c.RegisterSite, signer: Signatory, fact: e.SiteRegistered) -> object:
    return command.operator or signer.party


def _takes_force(command: c.SetRule, signer: Signatory, fact: e.RuleSet) -> object:
    """A rule that reaches back takes force with its own fact."""
    return max(command.from_ns, fact.at_ns)


def _adopted(command: c.AdoptModels, signer: Signatory, fact: e.ModelListed) -> object:
    return fact.model if fact.model in command.models else "no such model"


def _proposes(*ops: str) -> Source:
    """One of these ops: what the command may let wait for another person."""
    return lambda command, signer, fact: fact.op if fact.op in ops else " or ".join(ops)


def _title_of(command: Any, fact: e.ProposalMade) -> object:
    """What a claim proposes names things, and nothing else."""
    return {"things": fact.args.get("things")} if command.claim else "no claim"


def _of_an_import(command: c.ImportInventory, signer: Signatory, fact: e.ProposalMade) -> object:
    """Title to what it claims, or the place of new servers at the site that it names."""
    if fact.op == "title.issue":
        return _title_of(command, fact)
    nodes = fact.args.get("nodes", [])
    return proposed(c.SetNodeSite(nodes=nodes, site=command.site, claim=command.claim))


def _of_a_place(command: c.SetNodeSite, signer: Signatory, fact: e.ProposalMade) -> object:
    return proposed(command) if fact.op == "node.site" else _title_of(command, fact)


def _at_its_site(command: c.ImportInventory, signer: Signatory, fact: Any) -> object:
    """At the site that the import names, or nowhere yet."""
    return fact.site if not fact.site else command.site


def _signers_party(command: c.Command, signer: Signatory, fact: Any) -> object:
    return signer.party


def _placed(command: c.SetNodeSite, signer: Signatory, fact: e.NodeSiteSet) -> object:
    return fact.node if fact.node in command.nodes else "no such node"


def _warned(command: c.InspectUnits, signer: Signatory, fact: e.UnitInspected) -> object:
    """The inspector's flags stand behind those that the report gives."""
    return COMPUTED if set(command.flags) <= set(fact.flags) else list(command.flags)


def _concerned(command: Any, signer: Signatory, fact: e.NothingToDo) -> object:
    """Whom the command names, else who asks."""
    return getattr(command, "party", "") or signer.party


def proposed(command: c.Command) -> dict[str, Any]:
    """The args of a command as its proposal bears them."""
    return msgspec.to_builtins(command)  # type: ignore[no-any-return]


PROPOSAL: Final = Tie(
    e.ProposalMade,
    signer=(*_BY, "op"),
    read={"args": lambda command, signer, fact: proposed(command)},
    computed=("proposal", "reference", "expires_ns", "needs"),
)
"""of each op that may take a second person's word"""
NOTHING: Final = Tie(
    e.NothingToDo, signer=("op",), read={"party": _concerned}, computed=("stands",)
)
"""of each op that may find all as it asks"""
_INSPECTED: Final = ("unit", "inspection", "taken_ns", "readings")

MODEL_NEW: Final = (Tie(e.ModelListed),)
MODEL_ADOPT: Final = (
    Tie(
        e.ModelListed,
        read={"model": _adopted},
        computed=set(e.ModelListed.__struct_fields__) - {"model", *STAMPS},  # the release's own
        may_repeat=True,
    ),
)
RULE_NEW: Final = (Tie(e.RuleSet, read={"from_ns": _takes_force}),)
PRINCIPAL_ENROL: Final = (
    Tie(
        e.PrincipalEnrolled,
        read={"valid_to_ns": if_given("valid_to_ns")},
        computed=("principal", "public_key_rule"),
    ),
)
PRINCIPAL_REVOKE: Final = (
    Tie(e.PrincipalRevoked, computed=("party",)),
    Tie(e.NothingToDo, signer=("op",), computed=("party", "stands")),  # the register knows whose
)
PARTY_NEW: Final = (
    Tie(
        e.PartyRegistered,
        read={
            "legal_name": spelt("legal_name"),
            "registration_no": spelt("registration_no", _capitals),
            "name_sha256": always(""),
        },
        computed=("party",),
    ),
)
PARTY_TIER: Final = (Tie(e.KycTierSet), NOTHING)
PARTY_SUSPEND: Final = (Tie(e.PartySuspended),)
PARTY_REINSTATE: Final = (Tie(e.PartyReinstated),)
PARTY_GRANT_ROLE: Final = (Tie(e.RoleGranted), NOTHING)
PARTY_REVOKE_ROLE: Final = (Tie(e.RoleRevoked), NOTHING)
PARTY_DECLARE_OWNERSHIP: Final = (Tie(e.OwnershipDeclared, signer=("party",)),)
PROPOSAL_APPROVE: Final = (Tie(e.ProposalApproved, signer=_BY, computed=("is_last",)),)
PROPOSAL_REJECT: Final = (Tie(e.ProposalRejected, signer=_BY),)
PROPOSAL_WITHDRAW: Final = (Tie(e.ProposalWithdrawn),)
SITE_NEW: Final = (Tie(e.SiteRegistered, read={"operator": _operator}, computed=("site",)),)
SITE_STATUS: Final = (Tie(e.SiteStatusSet),)
IMPORT_NEW: Final = (
    Tie(e.ReportFiled, computed=("format", "taken_ns", "warnings")),
    Tie(
        e.NodeRegistered,
        read={"site": _at_its_site, "registrant": _signers_party},
        computed=set(e.NodeRegistered.__struct_fields__) - {"site", "registrant", *STAMPS},
        may_repeat=True,
    ),
    Tie(
        e.NodeSiteSet,
        computed=("node", "operator"),
        may_repeat=True,
    ),
    Tie(
        e.UnitRegistered,
        read={"registrant": _signers_party},
        computed=set(e.UnitRegistered.__struct_fields__) - {"registrant", *STAMPS},
        may_repeat=True,
    ),
    Tie(
        e.ProposalMade,
        signer=_BY,
        read={"op": _proposes("title.issue", "node.site"), "args": _of_an_import},
        computed=("proposal", "reference", "expires_ns", "needs"),
        may_repeat=True,
    ),
    NOTHING,
)
NODE_SITE: Final = (
    Tie(e.NodeSiteSet, read={"node": _placed}, computed=("operator",), may_repeat=True),
    Tie(
        e.ProposalMade,
        signer=_BY,
        read={"op": _proposes("title.issue", "node.site"), "args": _of_a_place},
        computed=("proposal", "reference", "expires_ns", "needs"),
    ),
    NOTHING,
)
UNIT_INSPECT: Final = (
    Tie(
        e.UnitInspected,
        read={
            "inspector": lambda command, signer, fact: signer.party,
            "flags": _warned,
        },
        computed=_INSPECTED,
        may_repeat=True,
    ),
)
UNIT_FILE_PROVENANCE: Final = (
    Tie(
        e.ProvenanceFiled,
        read={
            "unit": _one_of_the_units,
            "filed_by": lambda command, signer, fact: signer.party,
        },
        may_repeat=True,
    ),
    NOTHING,
)
UNIT_VERIFY_PROVENANCE: Final = (
    Tie(e.ProvenanceVerified, read={"unit": _one_of_the_units}, may_repeat=True),
    NOTHING,
)
TITLE_ISSUE: Final = (
    Tie(
        e.TitleIssued,
        read={
            "node": _one_of_the_nodes,
            "unit": _one_of_the_cards,
            "holder": _owner,
            "effective_ns": if_given("effective_ns"),
        },
        may_repeat=True,
    ),
)
LEASE_METER: Final = (
    Tie(
        e.UsageMetered,
        computed=(
            *("down_gpu_ns", "lessee", "payee", "earned_minor", "fee_minor"),
            *("returned_minor", "venue"),
        ),
    ),
)
DEPOSIT_NEW: Final = (
    Tie(
        e.CashPosted,
        case="deposit",
        read={
            "reference": spelt("reference"),
            "kind": always("deposit"),
            "postings": _deposited,
            "reverses_position": always(0),
            "reason": always(""),
        },
        computed=("book", "entry"),
    ),
)
WITHDRAWAL_NEW: Final = (
    Tie(
        e.PaymentInstructed,
        signer=("party",),
        read={"legs": _leg, "payer": always("")},
        computed=("payment",),
    ),
)
WITHDRAWAL_CONFIRM: Final = (
    Tie(
        e.CashPosted,
        case="withdraw",
        read={
            "reference": lambda command, signer, fact: command.payment,
            "reason": always(""),
        },
        computed=("book", "entry", "kind", "postings", "reverses_position"),
    ),
    Tie(e.PaymentConfirmed),
)
DEPOSIT_REVERSE: Final = (
    Tie(
        e.CashPosted,
        case="reversal",
        read={
            "reference": spelt("reference"),
            "reason": spelt("reason"),
            "kind": always("reversal"),
            "postings": _taken_back,
        },
        computed=("book", "entry", "reverses_position"),
    ),
)
LOG_ACCEPT_LOSS: Final = (Tie(e.LogLossAccepted),)
WITHDRAWAL_REFUSE: Final = (
    Tie(
        e.CashPosted,
        case="reversal",
        read={
            "reference": lambda command, signer, fact: command.payment,
            "reason": always(""),
        },
        computed=("book", "entry", "kind", "postings", "reverses_position"),
    ),
    Tie(e.PaymentRefused),
)
SETTLEMENT_INSTRUCT: Final = (Tie(e.DeliveryInstructed, computed=("due_ns",)),)
SETTLEMENT_CONFIRM: Final = (Tie(e.Delivered, computed=("inspect_until_ns",)),)
SETTLEMENT_ACCEPT: Final = (
    Tie(
        e.DeliveryAccepted,
        case=False,
        read={"by_timeout": always(False)},
        computed=("units_seen", "grade_sold", "grade_seen"),
    ),
)
SETTLEMENT_FAIL: Final = (Tie(e.SettlementFailed, computed=("at_fault", "cure_until_ns")),)
