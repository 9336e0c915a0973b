"""The ledger's ops, a row each (DOMAIN 5).

`rule.new` and the answers to a proposal need to know the market's side, too: they stand in
`exchange/ops.py`.
"""

from ledger import commands as c
from ledger import events as e
from ledger.acts import ledger_ties as ties
from ledger.cash.deposits import must_not_wait_twice, record_deposit, reverse_deposit
from ledger.cash.payments import (
    confirm_payment,
    refuse_payment,
    request_withdrawal,
    withdrawal_needs,
)
from ledger.inspection.imports import import_inventory
from ledger.inspection.reinspection import inspect_units
from ledger.inspection.site_consent import (
    may_wait_for_a_word,
    node_site_needs,
    set_node_site,
)
from ledger.inspection.site_words import NODE_SITE
from ledger.op import (
    COMMAND,
    CREATED,
    NOBODY,
    OK,
    Elsewhere,
    EngineAct,
    Op,
    Reply,
    Rest,
    Second,
    one_with,
)
from ledger.opening.open_venue import open_venue
from ledger.oversight.approvals import withdraw
from ledger.oversight.log_losses import accept_log_loss, must_not_wait_for_this_head
from ledger.parties.ownership import (
    declare_ownership,
    must_not_wait_already,
    ownership_needs,
)
from ledger.parties.party import (
    grant_role,
    register_party,
    reinstate_party,
    revoke_role,
    set_kyc_tier,
    suspend_party,
    tier_needs,
)
from ledger.parties.principal import enrol_principal, enrolment_needs, revoke_principal
from ledger.register import Register
from ledger.replies import (
    accepted,
    fields,
    filed,
    imported,
    inspected,
    known_report,
    listed,
    members,
    ownership,
    paper_on_file,
    placed,
    posted,
    titles,
    verified,
)
from ledger.rights.lease import meter_usage
from ledger.rights.title import TITLE, issue_title, must_not_be_proposed_already, title_needs
from ledger.settlement.delivery import (
    accept_delivery,
    confirm_delivery,
    fail_settlement,
    instruct_delivery,
)
from ledger.things.model import adopt_models, list_model
from ledger.things.provenance import file_provenance, verify_provenance
from ledger.things.site import register_site, set_site_status

ENGINE_ACTS: dict[str, EngineAct[Register]] = {
    "venue.open": EngineAct(
        command=c.OpenVenue,
        decide=open_venue,
        reply=Reply(CREATED, {e.VenueOpened: fields("venue", "party", "clerks")}),
    ),
}

OPS: dict[str, Op[Register]] = {
    "model.new": Op(
        command=c.ListModel,
        decide=list_model,
        scopes=("operate",),
        second=one_with("operate"),
        pace=COMMAND,
        brings=ties.MODEL_NEW,
        route=Rest("POST", "/v1/models"),
        reply=Reply(CREATED, {e.ModelListed: listed}),
    ),
    "model.adopt": Op(
        command=c.AdoptModels,
        decide=adopt_models,
        scopes=("operate",),
        second=one_with("operate"),
        pace=COMMAND,
        brings=ties.MODEL_ADOPT,
        route=Rest("POST", "/v1/models/adopt"),
        reply=Reply(CREATED, {e.ModelListed: listed}),
    ),
    "principal.enrol": Op(
        command=c.EnrolPrincipal,
        decide=enrol_principal,
        scopes=("admin",),
        second=Second(enrolment_needs, is_always_due=False),  # for the venue's own keys
        pace=COMMAND,
        brings=ties.PRINCIPAL_ENROL,
        route=Elsewhere("/v1/principals/enrol"),  # what the admin signed is the invitation
        reply=Reply(
            CREATED, {e.PrincipalEnrolled: fields("principal", "party", "scopes", "valid_to_ns")}
        ),
    ),
    "principal.revoke": Op(
        command=c.RevokePrincipal,
        decide=revoke_principal,
        scopes=("admin",),
        second=NOBODY,
        pace=COMMAND,
        brings=ties.PRINCIPAL_REVOKE,
        route=Rest("POST", "/v1/principals/{principal}/revoke"),
        reply=Reply(
            OK,
            {e.PrincipalRevoked: fields("principal", "party", state="revoked")},
            stands_by_args=members("principal", "party", state="revoked"),
        ),
    ),
    "party.new": Op(
        command=c.RegisterParty,
        decide=register_party,
        scopes=("admin",),
        second=NOBODY,
        pace=COMMAND,
        brings=ties.PARTY_NEW,
        route=Rest("POST", "/v1/parties"),
        reply=Reply(CREATED, {e.PartyRegistered: fields("party")}, "/v1/parties/{party}"),
    ),
    "party.tier": Op(
        command=c.SetKycTier,
        decide=set_kyc_tier,
        scopes=("comply", "admin"),
        second=Second(tier_needs, is_always_due=False),  # for tier 3
        pace=COMMAND,
        brings=ties.PARTY_TIER,
        route=Rest("POST", "/v1/parties/{party}/tier"),
        reply=Reply(
            OK,
            {e.KycTierSet: fields("party", "kyc_tier")},
            stands_by_args=members("party", "kyc_tier"),
        ),
    ),
    "party.suspend": Op(
        command=c.SuspendParty,
        decide=suspend_party,
        scopes=("comply",),
        second=NOBODY,
        pace=COMMAND,
        brings=ties.PARTY_SUSPEND,
        route=Rest("POST", "/v1/parties/{party}/suspend"),
        reply=Reply(OK, {e.PartySuspended: fields("party", state="suspended")}),
    ),
    "party.reinstate": Op(
        command=c.ReinstateParty,
        decide=reinstate_party,
        scopes=("comply",),
        second=one_with("comply"),
        pace=COMMAND,
        brings=ties.PARTY_REINSTATE,
        route=Rest("POST", "/v1/parties/{party}/reinstate"),
        reply=Reply(OK, {e.PartyReinstated: fields("party", state="active")}),
    ),
    "party.grant_role": Op(
        command=c.GrantRole,
        decide=grant_role,
        scopes=("admin",),
        second=one_with("admin"),
        pace=COMMAND,
        brings=ties.PARTY_GRANT_ROLE,
        route=Rest("POST", "/v1/parties/{party}/grant_role"),
        reply=Reply(
            OK,
            {e.RoleGranted: fields("party", "role")},
            stands_by_args=members("party", "role"),
        ),
    ),
    "party.revoke_role": Op(
        command=c.RevokeRole,
        decide=revoke_role,
        scopes=("admin",),
        second=one_with("admin"),
        pace=COMMAND,
        brings=ties.PARTY_REVOKE_ROLE,
        route=Rest("POST", "/v1/parties/{party}/revoke_role"),
        reply=Reply(
            OK,
            {e.RoleRevoked: fields("party", "role")},
            stands_by_args=members("party", "role"),
        ),
    ),
    "party.declare_ownership": Op(
        command=c.DeclareOwnership,
        decide=declare_ownership,
        scopes=("admin", "trade", "seller"),
        second=Second(
            ownership_needs,
            is_always_due=True,
            before_waiting=must_not_wait_already,
            stands_in="comply",
        ),
        pace=COMMAND,
        brings=ties.PARTY_DECLARE_OWNERSHIP,
        route=Rest("POST", "/v1/parties/{owned}/declare_ownership"),
        reply=Reply(OK, {e.OwnershipDeclared: ownership}),
    ),
    "proposal.withdraw": Op(
        command=c.WithdrawProposal,
        decide=withdraw,
        scopes=("operate", "comply", "admin", "seller", "trade"),
        second=NOBODY,
        pace=COMMAND,
        brings=ties.PROPOSAL_WITHDRAW,
        route=Rest("POST", "/v1/proposals/{proposal}/withdraw"),
        reply=Reply(OK, {e.ProposalWithdrawn: fields("proposal", state="withdrawn")}),
    ),
    "site.new": Op(
        command=c.RegisterSite,
        decide=register_site,
        scopes=("seller", "operate"),
        second=NOBODY,
        pace=COMMAND,
        brings=ties.SITE_NEW,
        route=Rest("POST", "/v1/sites"),
        reply=Reply(
            CREATED,
            {e.SiteRegistered: fields("site", "name", "operator", "delivery_point")},
            "/v1/sites/{site}",
        ),
    ),
    "site.status": Op(
        command=c.SetSiteStatus,
        decide=set_site_status,
        scopes=("seller", "operate"),
        second=NOBODY,
        pace=COMMAND,
        brings=ties.SITE_STATUS,
        route=Rest("POST", "/v1/sites/{site}/status"),
        reply=Reply(OK, {e.SiteStatusSet: fields("site", "status")}),
    ),
    "import.new": Op(
        command=c.ImportInventory,
        decide=import_inventory,  # a dry run: imports.preview_import
        scopes=("seller",),
        second=NOBODY,  # a title that it claims waits for a clerk as `title.issue` does
        pace=COMMAND,
        brings=ties.IMPORT_NEW,
        route=Rest("POST", "/v1/imports", with_report=True),
        reply=Reply(
            CREATED,
            {e.ReportFiled: imported},
            "/v1/imports/{report_sha256}",
            nothing=known_report,
            stands_by_args=members("site", "report_sha256"),
        ),
    ),
    "unit.inspect": Op(
        command=c.InspectUnits,
        decide=inspect_units,
        scopes=("seller",),
        second=NOBODY,
        pace=COMMAND,
        brings=ties.UNIT_INSPECT,
        route=Rest("POST", "/v1/units/{unit}/inspect", with_report=True),
        reply=Reply(OK, {e.UnitInspected: inspected}),
    ),
    "unit.file_provenance": Op(
        command=c.FileProvenance,
        decide=file_provenance,
        scopes=("seller",),
        second=NOBODY,
        pace=COMMAND,
        brings=ties.UNIT_FILE_PROVENANCE,
        route=Rest("POST", "/v1/units/{unit}/file_provenance"),
        reply=Reply(OK, {e.ProvenanceFiled: filed}, stands_by_args=paper_on_file),
    ),
    "unit.verify_provenance": Op(
        command=c.VerifyProvenance,
        decide=verify_provenance,
        scopes=("comply", "seller"),
        second=NOBODY,
        pace=COMMAND,
        brings=ties.UNIT_VERIFY_PROVENANCE,
        route=Rest("POST", "/v1/units/{unit}/verify_provenance"),
        reply=Reply(
            OK,
            {e.ProvenanceVerified: verified},
            stands_by_args=members("document_sha256", provenance={}, gaps={}),
        ),
    ),
    NODE_SITE: Op(
        command=c.SetNodeSite,
        decide=set_node_site,
        scopes=("seller",),
        second=Second(node_site_needs, is_always_due=False, before_waiting=may_wait_for_a_word),
        pace=COMMAND,
        brings=ties.NODE_SITE,
        route=Rest("POST", "/v1/nodes/site"),
        reply=Reply(OK, {e.NodeSiteSet: placed}, stands_by_args=members("site", "nodes")),
    ),
    TITLE: Op(
        command=c.IssueTitle,
        decide=issue_title,
        scopes=("seller", "operate"),
        second=Second(title_needs, is_always_due=True, before_waiting=must_not_be_proposed_already),
        pace=COMMAND,
        brings=ties.TITLE_ISSUE,
        route=Rest("POST", "/v1/titles/issue"),
        reply=Reply(OK, {e.TitleIssued: titles}),
    ),
    "lease.meter": Op(
        command=c.MeterUsage,
        decide=meter_usage,
        scopes=("seller",),
        second=NOBODY,
        pace=COMMAND,
        brings=ties.LEASE_METER,
        route=Rest("POST", "/v1/leases/{lease}/meter"),
        reply=Reply(
            OK,
            {e.UsageMetered: fields("lease", "earned_minor", "fee_minor", "returned_minor")},
        ),
    ),
    "deposit.new": Op(
        command=c.RecordDeposit,
        decide=record_deposit,
        scopes=("operate",),
        second=NOBODY,
        pace=COMMAND,
        brings=ties.DEPOSIT_NEW,
        route=Rest("POST", "/v1/deposits"),
        reply=Reply(CREATED, {e.CashPosted: posted}),
    ),
    "deposit.reverse": Op(
        command=c.ReverseDeposit,
        decide=reverse_deposit,
        scopes=("operate",),
        second=one_with("operate", before_waiting=must_not_wait_twice),
        pace=COMMAND,
        brings=ties.DEPOSIT_REVERSE,
        route=Rest("POST", "/v1/deposits/reverse"),
        reply=Reply(OK, {e.CashPosted: posted}),
    ),
    "withdrawal.new": Op(
        command=c.RequestWithdrawal,
        decide=request_withdrawal,
        scopes=("trade",),
        second=Second(withdrawal_needs, is_always_due=False),  # above the rule `withdrawal_alone`
        pace=COMMAND,
        brings=ties.WITHDRAWAL_NEW,
        route=Rest("POST", "/v1/withdrawals"),
        reply=Reply(
            CREATED,
            {e.PaymentInstructed: fields("payment", "amount_minor", state="withdrawing")},
        ),
    ),
    "withdrawal.confirm": Op(
        command=c.ConfirmPayment,
        decide=confirm_payment,
        scopes=("operate",),
        second=NOBODY,
        pace=COMMAND,
        brings=ties.WITHDRAWAL_CONFIRM,
        route=Rest("POST", "/v1/withdrawals/{payment}/confirm"),
        reply=Reply(OK, {e.PaymentConfirmed: fields("payment", state="paid")}),
    ),
    "withdrawal.refuse": Op(
        command=c.RefusePayment,
        decide=refuse_payment,
        scopes=("operate",),
        second=NOBODY,
        pace=COMMAND,
        brings=ties.WITHDRAWAL_REFUSE,
        route=Rest("POST", "/v1/withdrawals/{payment}/refuse"),
        reply=Reply(OK, {e.PaymentRefused: fields("payment", state="refused")}),
    ),
    "settlement.instruct": Op(
        command=c.InstructDelivery,
        decide=instruct_delivery,
        scopes=("seller", "trade"),
        second=NOBODY,
        pace=COMMAND,
        brings=ties.SETTLEMENT_INSTRUCT,
        route=Rest("POST", "/v1/settlements/{settlement}/instruct"),
        reply=Reply(
            OK,
            {e.DeliveryInstructed: fields("settlement", "mode", "due_ns", state="delivering")},
        ),
    ),
    "settlement.confirm": Op(
        command=c.ConfirmDelivery,
        decide=confirm_delivery,
        scopes=("seller", "trade"),
        second=NOBODY,
        pace=COMMAND,
        brings=ties.SETTLEMENT_CONFIRM,
        route=Rest("POST", "/v1/settlements/{settlement}/confirm"),
        reply=Reply(
            OK, {e.Delivered: fields("settlement", "inspect_until_ns", state="inspecting")}
        ),
    ),
    "settlement.accept": Op(
        command=c.AcceptDelivery,
        decide=accept_delivery,
        scopes=("trade", "seller"),
        second=NOBODY,
        pace=COMMAND,
        brings=ties.SETTLEMENT_ACCEPT,
        route=Rest(
            "POST",
            "/v1/settlements/{settlement}/accept",
            with_report=True,
            by_socket=True,
        ),
        reply=Reply(OK, {e.DeliveryAccepted: accepted}),
    ),
    "settlement.fail": Op(
        command=c.FailSettlement,
        decide=fail_settlement,
        scopes=("operate",),
        second=NOBODY,
        pace=COMMAND,
        brings=ties.SETTLEMENT_FAIL,
        route=Rest("POST", "/v1/settlements/{settlement}/fail"),
        reply=Reply(
            OK,
            {e.SettlementFailed: fields("settlement", "at_fault", "cure_until_ns", state="failed")},
        ),
    ),
    "log.accept_loss": Op(
        command=c.AcceptLogLoss,
        decide=accept_log_loss,
        scopes=("operate",),
        second=one_with("operate", before_waiting=must_not_wait_for_this_head),
        pace=COMMAND,
        brings=ties.LOG_ACCEPT_LOSS,
        route=Rest("POST", "/v1/log/losses"),
        reply=Reply(CREATED, {e.LogLossAccepted: fields("origin", "size", "root_sha256")}),
    ),
}
