"""A day on which every op is asked for that the demo's people never ask for, each signed."""

from typing import Any

from ledger.base64url import sha256_text
from ledger.durations import DAY_NS, HOUR_NS
from ledger.events import PrincipalEnrolled, ProposalMade, SiteRegistered
from tests.exchange.ground import LEASE, TITLE, key_of
from tests.ledger.act_checks.forgery import CLERK, SECOND, SELLER, Offices, a_party

PAPER = sha256_text(b"a paper")


def a_busy_day() -> Offices:
    floor = Offices()
    _parties(floor)
    _keys(floor)
    _proposals(floor)
    _catalogue(floor)
    _sites(floor)
    _orders(floor)
    _settlements(floor)
    _payments(floor)
    _papers(floor)
    _leases(floor)
    floor.pass_time(floor.writer.at_ns + DAY_NS)
    return floor


def _parties(floor: Offices) -> None:
    floor.ask_for(CLERK, "party.new", **a_party("reg-9"))
    party = floor.venue.register.registrations["CN", "REG-9"]
    for _ in range(2):  # the second finds it so
        floor.ask_for(CLERK, "party.tier", party=party, kyc_tier=1)
    floor.agreed("party.tier", party=party, kyc_tier=3, evidence_sha256=PAPER)
    floor.agreed("party.grant_role", party=party, role="lender", basis="admission")
    floor.ask_for(CLERK, "party.grant_role", party=party, role="lender", basis="again")
    floor.agreed("party.revoke_role", party=party, role="lender", basis="over")
    floor.ask_for(CLERK, "party.revoke_role", party=party, role="lender", basis="again")
    floor.ask_for(CLERK, "party.suspend", party=party, reason="a look")
    floor.agreed("party.reinstate", party=party, reason="looked")
    owner, owned = floor.buyers
    args = {"owner": owner, "owned": owned, "share_bp": 5_000, "document_sha256": PAPER}
    (made,) = floor.tell(owner, "party.declare_ownership", **args)
    assert isinstance(made, ProposalMade)
    floor.tell(owned, "proposal.approve", proposal=made.proposal)


def _a_key(number: int, **members: Any) -> dict[str, Any]:
    args = {"party": "p-0004", "public_key": key_of(f"p-9{number}", 1).public_key, "label": "new"}
    return {**args, "scopes": ["read"], "holder_sha256": sha256_text(b"new"), **members}


def _keys(floor: Offices) -> None:
    (enrolled,) = floor.ask_for(CLERK, "principal.enrol", **_a_key(1, valid_to_ns=10**19 // 5))
    assert isinstance(enrolled, PrincipalEnrolled)
    for _ in range(2):
        floor.ask_for(CLERK, "principal.revoke", principal=enrolled.principal)
    floor.agreed("principal.enrol", **_a_key(2, party="p-0001", ip_allow=["10.0.0.0/8"]))


def _proposals(floor: Offices) -> None:
    role = {"party": "p-0004", "role": "lender", "basis": ""}
    floor.ask_for(SECOND, "proposal.reject", proposal=floor.proposed("party.grant_role", **role))
    floor.ask_for(CLERK, "proposal.withdraw", proposal=floor.proposed("party.grant_role", **role))
    floor.agreed("party.grant_role", party="p-0002", role="operator", basis="runs the place")


def _catalogue(floor: Offices) -> None:
    model = {"model": "X100", "vendor": "nvidia", "form": "pcie", "gpus_per_lot": 1}
    figures = {"memory_mib": 1_024, "tdp_w": 5, "tpp": 5, "has_ecc": True, "has_mig": False}
    floor.agreed("model.new", **model, **figures, names=["X 100"], board_part_numbers=["P-1"])
    floor.agreed("instrument.new", market="L.H100SXM8.CN-SH.2025-01", first_reference_ticks=900)


def _sites(floor: Offices) -> None:
    (site,) = floor.ask_for(SELLER, "site.new", name="East", delivery_point="CN-SH", power_w=9)
    assert isinstance(site, SiteRegistered)
    args = {"site": site.site, "status": "idle", "gpus_planned": 8}
    floor.ask_for(SELLER, "site.status", **args, evidence_sha256=PAPER)


def _orders(floor: Offices) -> None:
    buyer = floor.buyers[0]
    orders = floor.venue.orders
    expires_ns = floor.writer.at_ns + 5 * HOUR_NS
    floor.bid(buyer, 3, 700, time_in_force="gtd", expires_ns=expires_ns, label="far")
    (order,) = orders
    for args in ({"lots": 2}, {"lots": 2}, {"price_ticks": 710}, {"expires_ns": expires_ns + 1}):
        floor.tell(buyer, "order.amend", order=order, **args)
    floor.tell(buyer, "order.amend", order=order, lots=0)
    floor.bid(buyer, 1, 700, post_only="reject")
    (order,) = orders
    floor.tell(buyer, "order.cancel", order=order)
    for price_ticks in (700, 701, 702):
        floor.bid(buyer, 1, price_ticks, label="swept")
    floor.tell(buyer, "order.cancel_all", orders=[*orders][:1])
    for _ in range(2):
        floor.tell(buyer, "order.cancel_all", market=LEASE, side="bid", label="swept")
    floor.ask(floor.owners[0], 1, 5_000, market=LEASE, nodes=["n-0002"], time_in_force="day")
    floor.tell(floor.owners[0], "order.cancel_all")


def _settlements(floor: Offices) -> None:
    seller, buyer = floor.owners[0], floor.buyers[0]
    floor.ask(seller, 2, 1_035, market=TITLE)
    floor.bid(buyer, 1, 1_035, market=TITLE, time_in_force="ioc")
    floor.bid(buyer, 1, 1_035, market=TITLE)
    failed, accepted = floor.venue.register.settlements
    floor.ask_for(CLERK, "settlement.fail", settlement=failed, reason="not there")
    floor.tell(seller, "settlement.instruct", settlement=failed, mode="in_place")
    floor.ask_for(CLERK, "settlement.fail", settlement=failed, reason="nor now")
    floor.tell(seller, "settlement.confirm", settlement=accepted, receipt_sha256=PAPER)
    floor.tell(buyer, "settlement.accept", settlement=accepted)


def _payments(floor: Offices) -> None:
    args = {"amount_minor": 5_000, "to_account": "bank-1"}
    for number in range(2):
        floor.tell(floor.buyers[0], "withdrawal.new", **args)
        (payment,) = floor.venue.register.payments
        if number:
            floor.ask_for(CLERK, "withdrawal.refuse", payment=payment, reason="no such account")
        else:
            floor.ask_for(CLERK, "withdrawal.confirm", payment=payment, payer_reference="B-1")
    floor.tell(floor.buyers[0], "withdrawal.new", amount_minor=10**14, to_account="bank-1")


def _papers(floor: Offices) -> None:
    args = {"unit": "u-000001", "kind": "invoice", "document_sha256": PAPER, "names_serial": True}
    more = {"issued_ns": 5, "from_name": "Maker", "to_party": "p-0002"}
    owner = floor.venue.register.things["n-0001"].owner
    for _ in range(2):
        floor.tell(owner, "unit.file_provenance", **args, **more)
        floor.ask_for(CLERK, "unit.verify_provenance", unit="u-000001", document_sha256=PAPER)
    for _ in range(1):
        floor.ask_for(CLERK, "unit.verify_provenance", unit="u-000001", document_sha256=PAPER)


def _leases(floor: Offices) -> None:
    """A month begins, and its operator meters the first hours."""
    seller, buyer = floor.owners[0], floor.buyers[0]
    floor.ask(seller, 1, 1_302, market=LEASE)
    floor.bid(buyer, 1, 1_302, market=LEASE)
    (lease,) = floor.venue.register.leases.values()
    floor.pass_time(lease.from_ns + HOUR_NS)
    gpu_ns = 8 * HOUR_NS - 5
    span = {"from_ns": lease.from_ns, "to_ns": lease.from_ns + HOUR_NS}
    args = {**span, "available_gpu_ns": gpu_ns, "energy_wh": 7, "source_sha256": PAPER}
    floor.tell(seller, "lease.meter", lease=lease.lease, **args)
