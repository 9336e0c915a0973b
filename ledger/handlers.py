"""The ledger's contents page of events: how each is folded (commands: `ledger/ops.py`).

APPLY: (register, event, moment) -> None, live and in replay. Postings are moved after it
(`cash/postings`). What touches the market besides (time, the state's hash, nothing to do) is folded
in `exchange/venue.py`.
"""

from collections.abc import Callable
from typing import Any

from ledger import events as e
from ledger.cash.deposits import apply_cash_posted
from ledger.cash.payments import (
    apply_payment_ended,
    apply_payment_instructed,
)
from ledger.cash.period_close import apply_period_closed
from ledger.deadlines import apply_venue_resumed
from ledger.inspection.imports import apply_report_filed
from ledger.inspection.site_words import apply_proposal_rejected
from ledger.moment import Moment
from ledger.opening.open_venue import apply_venue_opened
from ledger.oversight.approvals import (
    apply_proposal_approved,
    apply_proposal_ended,
    apply_proposal_made,
)
from ledger.oversight.log_losses import apply_log_loss_accepted
from ledger.oversight.rules import apply_rule_set
from ledger.parties.ownership import (
    apply_group_changed,
    apply_ownership_declared,
)
from ledger.parties.party import (
    apply_kyc_tier_set,
    apply_party_registered,
    apply_party_reinstated,
    apply_party_suspended,
    apply_role_granted,
    apply_role_revoked,
)
from ledger.parties.principal import (
    apply_principal_enrolled,
    apply_principal_revoked,
)
from ledger.register import Register
from ledger.rights.hold import apply_hold_placed, apply_hold_released
from ledger.rights.lease import (
    apply_lease_commenced,
    apply_lease_ended,
    apply_lease_granted,
    apply_usage_metered,
)
from ledger.rights.title import apply_title_issued, apply_title_transferred
from ledger.settlement.delivery_versus_payment import (
    apply_delivered,
    apply_delivery_accepted,
    apply_delivery_instructed,
    apply_settlement_ended,
    apply_settlement_failed,
    apply_settlement_opened,
)
from ledger.things.model import apply_model_listed
from ledger.things.node import (
    apply_custody_moved,
    apply_node_identified,
    apply_node_registered,
    apply_node_site_set,
)
from ledger.things.provenance import (
    apply_provenance_filed,
    apply_provenance_graded,
    apply_provenance_verified,
)
from ledger.things.site import (
    apply_site_registered,
    apply_site_status_set,
)
from ledger.things.unit import (
    apply_identity_conflict_found,
    apply_unit_graded,
    apply_unit_identified,
    apply_unit_inspected,
    apply_unit_registered,
)

APPLY: dict[type[e.Event], Callable[[Register, Any, Moment], None]] = {
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
    e.NodeSiteSet: apply_node_site_set,
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
    e.ProposalRejected: apply_proposal_rejected,
    e.ProposalWithdrawn: apply_proposal_ended,
    e.ProposalLapsed: apply_proposal_ended,
    e.VenueResumed: apply_venue_resumed,
    e.PeriodClosed: apply_period_closed,
    e.LogLossAccepted: apply_log_loss_accepted,
}
