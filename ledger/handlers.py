"""The ledger's contents page: command -> how it is decided, event -> how it is folded.

DECIDE: (register, command, asked) -> events, may raise Refused and has changed nothing.
APPLY: (register, event) -> None, live and in replay. Postings are moved after it (`cash/postings`).
What touches the market besides (time, the state's hash, nothing to do) is folded in
`exchange/venue.py`.
"""

from collections.abc import Callable
from typing import Any

from ledger import commands as c
from ledger import events as e
from ledger.caller import Caller
from ledger.cash.deposits import apply_cash_posted, record_deposit
from ledger.cash.payments import (
    apply_payment_ended,
    apply_payment_instructed,
    confirm_payment,
    refuse_payment,
    request_withdrawal,
)
from ledger.deadlines import apply_venue_resumed
from ledger.inspection.imports import apply_report_filed, import_inventory
from ledger.inspection.reinspection import inspect_units
from ledger.opening.open_venue import apply_venue_opened, open_venue
from ledger.oversight.approvals import (
    apply_proposal_approved,
    apply_proposal_ended,
    apply_proposal_made,
    reject,
    withdraw,
)
from ledger.oversight.rules import apply_rule_set, set_rule
from ledger.parties.ownership import (
    apply_group_changed,
    apply_ownership_declared,
    declare_ownership,
)
from ledger.parties.party import (
    apply_kyc_tier_set,
    apply_party_registered,
    apply_party_reinstated,
    apply_party_suspended,
    apply_role_granted,
    apply_role_revoked,
    grant_role,
    register_party,
    reinstate_party,
    revoke_role,
    set_kyc_tier,
    suspend_party,
)
from ledger.parties.principal import (
    apply_principal_enrolled,
    apply_principal_revoked,
    enrol_principal,
    revoke_principal,
)
from ledger.register import Register
from ledger.rights.hold import apply_hold_placed, apply_hold_released
from ledger.rights.lease import (
    apply_lease_commenced,
    apply_lease_ended,
    apply_lease_granted,
    apply_usage_metered,
    meter_usage,
)
from ledger.rights.title import apply_title_issued, apply_title_transferred, issue_title
from ledger.settlement.delivery import (
    accept_delivery,
    confirm_delivery,
    fail_settlement,
    instruct_delivery,
)
from ledger.settlement.delivery_versus_payment import (
    apply_delivered,
    apply_delivery_accepted,
    apply_delivery_instructed,
    apply_settlement_ended,
    apply_settlement_failed,
    apply_settlement_opened,
)
from ledger.things.model import apply_model_listed, list_model
from ledger.things.node import (
    apply_custody_moved,
    apply_node_identified,
    apply_node_registered,
)
from ledger.things.provenance import (
    apply_provenance_filed,
    apply_provenance_graded,
    apply_provenance_verified,
    file_provenance,
    verify_provenance,
)
from ledger.things.site import (
    apply_site_registered,
    apply_site_status_set,
    register_site,
    set_site_status,
)
from ledger.things.unit import (
    apply_identity_conflict_found,
    apply_unit_graded,
    apply_unit_identified,
    apply_unit_inspected,
    apply_unit_registered,
)

DECIDE: dict[type[c.Command], Callable[[Register, Any, Caller], list[e.Event]]] = {
    c.OpenVenue: open_venue,
    c.SetRule: set_rule,
    c.ListModel: list_model,
    c.RegisterParty: register_party,
    c.SetKycTier: set_kyc_tier,
    c.GrantRole: grant_role,
    c.RevokeRole: revoke_role,
    c.SuspendParty: suspend_party,
    c.ReinstateParty: reinstate_party,
    c.DeclareOwnership: declare_ownership,
    c.EnrolPrincipal: enrol_principal,
    c.RevokePrincipal: revoke_principal,
    c.RegisterSite: register_site,
    c.SetSiteStatus: set_site_status,
    c.ImportInventory: import_inventory,  # a dry run: imports.preview_import
    c.InspectUnits: inspect_units,
    c.FileProvenance: file_provenance,
    c.VerifyProvenance: verify_provenance,
    c.IssueTitle: issue_title,
    c.RejectProposal: reject,  # approval: approvals.approve, which may set off a command
    c.WithdrawProposal: withdraw,
    c.MeterUsage: meter_usage,
    c.RecordDeposit: record_deposit,
    c.RequestWithdrawal: request_withdrawal,
    c.ConfirmPayment: confirm_payment,
    c.RefusePayment: refuse_payment,
    c.InstructDelivery: instruct_delivery,
    c.ConfirmDelivery: confirm_delivery,
    c.AcceptDelivery: accept_delivery,
    c.FailSettlement: fail_settlement,
}


APPLY: dict[type[e.Event], Callable[[Register, Any], None]] = {
    e.VenueOpened: apply_venue_opened,
    e.RuleSet: apply_rule_set,
    e.ModelListed: apply_model_listed,
    e.PartyRegistered: apply_party_registered,
    e.KycTierSet: apply_kyc_tier_set,
    e.RoleGranted: apply_role_granted,
    e.RoleRevoked: apply_role_revoked,
    e.PartySuspended: apply_party_suspended,
    e.PartyReinstated: apply_party_reinstated,
    e.PrincipalEnrolled: apply_principal_enrolled,
    e.PrincipalRevoked: apply_principal_revoked,
    e.OwnershipDeclared: apply_ownership_declared,
    e.GroupChanged: apply_group_changed,
    e.SiteRegistered: apply_site_registered,
    e.SiteStatusSet: apply_site_status_set,
    e.ReportFiled: apply_report_filed,
    e.NodeRegistered: apply_node_registered,
    e.NodeIdentified: apply_node_identified,
    e.CustodyMoved: apply_custody_moved,
    e.UnitRegistered: apply_unit_registered,
    e.UnitInspected: apply_unit_inspected,
    e.UnitIdentified: apply_unit_identified,
    e.IdentityConflictFound: apply_identity_conflict_found,
    e.UnitGraded: apply_unit_graded,
    e.ProvenanceFiled: apply_provenance_filed,
    e.ProvenanceVerified: apply_provenance_verified,
    e.ProvenanceGraded: apply_provenance_graded,
    e.TitleIssued: apply_title_issued,
    e.TitleTransferred: apply_title_transferred,
    e.HoldPlaced: apply_hold_placed,
    e.HoldReleased: apply_hold_released,
    e.LeaseGranted: apply_lease_granted,
    e.LeaseCommenced: apply_lease_commenced,
    e.UsageMetered: apply_usage_metered,
    e.LeaseEnded: apply_lease_ended,
    e.CashPosted: apply_cash_posted,
    e.PaymentInstructed: apply_payment_instructed,
    e.PaymentConfirmed: apply_payment_ended,
    e.PaymentRefused: apply_payment_ended,
    e.SettlementOpened: apply_settlement_opened,
    e.DeliveryInstructed: apply_delivery_instructed,
    e.Delivered: apply_delivered,
    e.DeliveryAccepted: apply_delivery_accepted,
    e.TradeSettled: apply_settlement_ended,
    e.SettlementFailed: apply_settlement_failed,
    e.TradeUnwound: apply_settlement_ended,
    e.ProposalMade: apply_proposal_made,
    e.ProposalApproved: apply_proposal_approved,
    e.ProposalRejected: apply_proposal_ended,
    e.ProposalWithdrawn: apply_proposal_ended,
    e.ProposalLapsed: apply_proposal_ended,
    e.VenueResumed: apply_venue_resumed,
}
