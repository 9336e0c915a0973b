"""Every op, read and feed of a venue, typed. Made by setup/client_verbs.py: edit that.

A command takes `key`, the name under which it is asked again if its outcome is not known; without
one each call is a command of its own. An argument that has its default is not sent.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, Literal

from gpubourse.records import (
    AcceptanceReply,
    ApprovalReply,
    Balance,
    BalanceState,
    CancelReply,
    CandleRows,
    DeliveryReply,
    DepositReply,
    EntryState,
    EventRow,
    FailureReply,
    FilingReply,
    FillRow,
    FillState,
    FirstAnswer,
    HistoryRow,
    HoldingRow,
    HoldRow,
    ImportPreview,
    ImportReply,
    InspectionReply,
    InstructionReply,
    Instrument,
    InvitationReply,
    LeaseRow,
    MarketRow,
    MeterReply,
    ModelRow,
    NamedSiteRow,
    NodeRow,
    NodeSiteReply,
    OrderRecord,
    OrderReply,
    OrderRow,
    OrderState,
    PartyReply,
    PartyRow,
    PaymentReply,
    PostingRow,
    PrincipalRow,
    Print,
    ProposalRow,
    ProvenanceReply,
    ReportRow,
    RevocationReply,
    RoleReply,
    RuleRow,
    SessionRecord,
    SettlementRow,
    SettlementState,
    SignatureRecord,
    SiteReply,
    SiteRow,
    SiteStatusReply,
    StandingReply,
    StateRow,
    SubjectChange,
    Ticker,
    TierReply,
    Trade,
    TrialBalanceRecord,
    UnitRecord,
    UnitRow,
    VerdictReply,
    WaitingProposal,
    WithdrawalReply,
    WithdrawalRow,
    Worth,
)
from gpubourse.replies import CommandRoute, FeedUpdate, VenueCalls, given, read, waiting
from gpubourse.wire import filled

OrderSide = Literal["bid", "ask"]
TimeInForce = Literal["gtc", "day", "gtd", "ioc", "fok"]
Interval = Literal["1m", "5m", "1h", "1d"]
COMMANDS: Final = {
    "model.new": CommandRoute("POST", "/v1/models"),
    "model.adopt": CommandRoute("POST", "/v1/models/adopt"),
    "principal.revoke": CommandRoute("POST", "/v1/principals/{principal}/revoke"),
    "party.new": CommandRoute("POST", "/v1/parties"),
    "party.tier": CommandRoute("POST", "/v1/parties/{party}/tier"),
    "party.suspend": CommandRoute("POST", "/v1/parties/{party}/suspend"),
    "party.reinstate": CommandRoute("POST", "/v1/parties/{party}/reinstate"),
    "party.grant_role": CommandRoute("POST", "/v1/parties/{party}/grant_role"),
    "party.revoke_role": CommandRoute("POST", "/v1/parties/{party}/revoke_role"),
    "party.declare_ownership": CommandRoute("POST", "/v1/parties/{owned}/declare_ownership"),
    "proposal.withdraw": CommandRoute("POST", "/v1/proposals/{proposal}/withdraw"),
    "site.new": CommandRoute("POST", "/v1/sites"),
    "site.status": CommandRoute("POST", "/v1/sites/{site}/status"),
    "import.new": CommandRoute("POST", "/v1/imports"),
    "unit.inspect": CommandRoute("POST", "/v1/units/{unit}/inspect"),
    "unit.file_provenance": CommandRoute("POST", "/v1/units/{unit}/file_provenance"),
    "unit.verify_provenance": CommandRoute("POST", "/v1/units/{unit}/verify_provenance"),
    "node.site": CommandRoute("POST", "/v1/nodes/site"),
    "title.issue": CommandRoute("POST", "/v1/titles/issue"),
    "lease.meter": CommandRoute("POST", "/v1/leases/{lease}/meter"),
    "deposit.new": CommandRoute("POST", "/v1/deposits"),
    "deposit.reverse": CommandRoute("POST", "/v1/deposits/reverse"),
    "withdrawal.new": CommandRoute("POST", "/v1/withdrawals"),
    "withdrawal.confirm": CommandRoute("POST", "/v1/withdrawals/{payment}/confirm"),
    "withdrawal.refuse": CommandRoute("POST", "/v1/withdrawals/{payment}/refuse"),
    "settlement.instruct": CommandRoute("POST", "/v1/settlements/{settlement}/instruct"),
    "settlement.confirm": CommandRoute("POST", "/v1/settlements/{settlement}/confirm"),
    "settlement.accept": CommandRoute(
        "POST", "/v1/settlements/{settlement}/accept", by_socket=True
    ),
    "settlement.fail": CommandRoute("POST", "/v1/settlements/{settlement}/fail"),
    "log.accept_loss": CommandRoute("POST", "/v1/log/losses"),
    "rule.new": CommandRoute("POST", "/v1/rules"),
    "proposal.approve": CommandRoute("POST", "/v1/proposals/{proposal}/approve"),
    "proposal.reject": CommandRoute("POST", "/v1/proposals/{proposal}/reject"),
    "instrument.new": CommandRoute("POST", "/v1/instruments"),
    "order.new": CommandRoute("POST", "/v1/orders", by_socket=True),
    "order.cancel_all": CommandRoute("POST", "/v1/orders/cancel_all", by_socket=True),
    "order.amend": CommandRoute("PATCH", "/v1/orders/{order}", by_socket=True),
    "order.cancel": CommandRoute("DELETE", "/v1/orders/{order}", by_socket=True),
    "principal.invite": CommandRoute("POST", "/v1/principals/invite"),
}


class VenueVerbs(VenueCalls):
    """All that this release's venue does and tells, each under its own name."""

    async def list_model(
        self,
        *,
        model: str,
        vendor: str,
        form: str,
        gpus_per_lot: int,
        memory_mib: int,
        tdp_w: int,
        tpp: int,
        has_ecc: bool,
        has_mig: bool,
        names: list[str] | tuple[str, ...],
        board_part_numbers: list[str] | tuple[str, ...] = (),
        key: str = "",
    ) -> WaitingProposal:
        """Let a GPU model, or a board model, be known here; a listed one stays as it is.

        model: its code: L40S, H100SXM8
        vendor: maker of the GPU: nvidia, amd, …
        form: how its GPUs are built in: sxm, pcie, nvl, oam, tray, superchip
        gpus_per_lot: GPUs in one lot: 1, or a whole board's
        memory_mib: of one GPU, MiB
        tdp_w: thermal design power of one GPU, W; 0: not known
        tpp: total processing performance of one GPU, as export rules count it; 0: not known
        has_ecc: whether its memory corrects errors
        has_mig: whether it can be split into instances
        names: product names under which reports show it
        board_part_numbers: the maker's part numbers of its boards
        """
        args = given(
            {
                "model": model,
                "vendor": vendor,
                "form": form,
                "gpus_per_lot": gpus_per_lot,
                "memory_mib": memory_mib,
                "tdp_w": tdp_w,
                "tpp": tpp,
                "has_ecc": has_ecc,
                "has_mig": has_mig,
                "names": names,
                "board_part_numbers": board_part_numbers,
            },
            {"board_part_numbers": []},
        )
        result = await self.command("model.new", args, key=key)
        return read(WaitingProposal, result)

    async def adopt_models(
        self, *, models: list[str] | tuple[str, ...], key: str = ""
    ) -> WaitingProposal:
        """List models that this release knows, with its figures, at a venue that opened before it.

        models: their codes
        """
        args: dict[str, Any] = {"models": models}
        result = await self.command("model.adopt", args, key=key)
        return read(WaitingProposal, result)

    async def revoke_principal(self, principal: str, *, key: str = "") -> RevocationReply:
        """End a key at once; the venue's own party keeps keys of two people.

        principal: the key's id, k-0107
        """
        args: dict[str, Any] = {"principal": principal}
        result = await self.command("principal.revoke", args, key=key)
        return read(RevocationReply, result)

    async def register_party(
        self, *, legal_name: str, kind: str, jurisdiction: str, registration_no: str, key: str = ""
    ) -> PartyReply:
        """Make a company or public body known here, once for each registration number.

        legal_name: as registered
        kind: what it is: company, public_body
        jurisdiction: ISO 3166-1 alpha-2
        registration_no: its number there; unique in the jurisdiction
        """
        args: dict[str, Any] = {
            "legal_name": legal_name,
            "kind": kind,
            "jurisdiction": jurisdiction,
            "registration_no": registration_no,
        }
        result = await self.command("party.new", args, key=key)
        return read(PartyReply, result)

    async def set_kyc_tier(
        self,
        party: str,
        *,
        kyc_tier: int,
        evidence_sha256: str = "",
        valid_to_ns: int = 0,
        key: str = "",
    ) -> TierReply | WaitingProposal:
        """Say how well a party is known; tier 3 takes a second person.

        A WaitingProposal: it is not done before others have signed it, too.

        party: whose tier
        kyc_tier: 0 registered, 1 contact, 2 entity, 3 owners, too
        evidence_sha256: of the papers that were looked at; SHA-256, base64url without padding
        valid_to_ns: left out: a tier stands until it is set anew; ns since 1970-01-01 UTC
        """
        args = given(
            {
                "party": party,
                "kyc_tier": kyc_tier,
                "evidence_sha256": evidence_sha256,
                "valid_to_ns": valid_to_ns,
            },
            {"evidence_sha256": "", "valid_to_ns": 0},
        )
        result = await self.command("party.tier", args, key=key)
        return waiting(result) or read(TierReply, result)

    async def suspend_party(self, party: str, *, reason: str, key: str = "") -> StandingReply:
        """Stop a party: it may cancel and nothing else, and its open orders end.

        party: whom
        reason: why, in words
        """
        args: dict[str, Any] = {"party": party, "reason": reason}
        result = await self.command("party.suspend", args, key=key)
        return read(StandingReply, result)

    async def reinstate_party(self, party: str, *, reason: str, key: str = "") -> WaitingProposal:
        """Let a suspended party act again.

        party: whom
        reason: why, in words
        """
        args: dict[str, Any] = {"party": party, "reason": reason}
        result = await self.command("party.reinstate", args, key=key)
        return read(WaitingProposal, result)

    async def grant_role(
        self, party: str, *, role: str, basis: str = "", key: str = ""
    ) -> RoleReply | WaitingProposal:
        """Let a party be one thing more; issuer, lender and broker take tier 3.

        A WaitingProposal: it is not done before others have signed it, too.

        party: who is to bear it
        role: the role: owner, operator, lessee, inspector, clerk, cashier, …
        basis: why, in words
        """
        args = given({"party": party, "role": role, "basis": basis}, {"basis": ""})
        result = await self.command("party.grant_role", args, key=key)
        return waiting(result) or read(RoleReply, result)

    async def revoke_role(
        self, party: str, *, role: str, basis: str = "", key: str = ""
    ) -> RoleReply | WaitingProposal:
        """Take a role away; the venue's own party keeps its offices.

        A WaitingProposal: it is not done before others have signed it, too.

        party: who bears it
        role: the role that ends
        basis: why, in words
        """
        args = given({"party": party, "role": role, "basis": basis}, {"basis": ""})
        result = await self.command("party.revoke_role", args, key=key)
        return waiting(result) or read(RoleReply, result)

    async def declare_ownership(
        self,
        owned: str,
        *,
        owner: str,
        share_bp: int,
        control: bool = False,
        document_sha256: str = "",
        key: str = "",
    ) -> WaitingProposal:
        """Say who owns how much of whom: one of the two does, and the other agrees, or compliance.

        owned: the party that is owned in part
        owner: the party that owns
        share_bp: basis points; 2,500 make one group; 1/10,000
        control: whether the owner controls it: one group at any share
        document_sha256: of the paper behind it; SHA-256, base64url without padding
        """
        args = given(
            {
                "owned": owned,
                "owner": owner,
                "share_bp": share_bp,
                "control": control,
                "document_sha256": document_sha256,
            },
            {"control": False, "document_sha256": ""},
        )
        result = await self.command("party.declare_ownership", args, key=key)
        return read(WaitingProposal, result)

    async def withdraw_proposal(self, proposal: str, *, key: str = "") -> VerdictReply:
        """Take a proposal of one's own party back.

        proposal: the proposal's id, z-000001
        """
        args: dict[str, Any] = {"proposal": proposal}
        result = await self.command("proposal.withdraw", args, key=key)
        return read(VerdictReply, result)

    async def register_site(
        self,
        *,
        name: str,
        delivery_point: str,
        operator: str = "",
        status: str = "live",
        lat_e6: int = 0,
        lon_e6: int = 0,
        power_w: int = 0,
        pue_bp: int = 0,
        tariff_millis_per_kwh: int = 0,
        uplink_mbps: int = 0,
        latency_us: Mapping[str, int] | None = None,
        key: str = "",
    ) -> SiteReply:
        """Make a data centre known here, so that hardware can stand in it.

        name: as its operator calls it
        delivery_point: ISO 3166-2: CN-BJ
        operator: default: the asking party
        status: how far it is: announced, building, live, idle, failed, closed
        lat_e6: latitude, 1e-6 degrees; millionths of a degree
        lon_e6: longitude, 1e-6 degrees; millionths of a degree
        power_w: electric power that it may draw, W
        pue_bp: power usage effectiveness, ten-thousandths: 13500 = 1.35; 1/10,000
        tariff_millis_per_kwh: price of electricity, thousandths of a minor unit a kWh
        uplink_mbps: bandwidth to the outside, Mbit/s
        latency_us: by metro, us; microseconds
        """
        args = given(
            {
                "name": name,
                "delivery_point": delivery_point,
                "operator": operator,
                "status": status,
                "lat_e6": lat_e6,
                "lon_e6": lon_e6,
                "power_w": power_w,
                "pue_bp": pue_bp,
                "tariff_millis_per_kwh": tariff_millis_per_kwh,
                "uplink_mbps": uplink_mbps,
                "latency_us": latency_us,
            },
            {
                "operator": "",
                "status": "live",
                "lat_e6": 0,
                "lon_e6": 0,
                "power_w": 0,
                "pue_bp": 0,
                "tariff_millis_per_kwh": 0,
                "uplink_mbps": 0,
                "latency_us": None,
            },
        )
        result = await self.command("site.new", args, key=key)
        return read(SiteReply, result)

    async def set_site_status(
        self,
        site: str,
        *,
        status: str,
        gpus_planned: int = 0,
        evidence_sha256: str = "",
        key: str = "",
    ) -> SiteStatusReply:
        """Say how far a site is; a closed one stays closed.

        site: the site's id, s-0001
        status: how far it is: announced, building, live, idle, failed, closed
        gpus_planned: GPUs that are to stand there
        evidence_sha256: of what shows it; SHA-256, base64url without padding
        """
        args = given(
            {
                "site": site,
                "status": status,
                "gpus_planned": gpus_planned,
                "evidence_sha256": evidence_sha256,
            },
            {"gpus_planned": 0, "evidence_sha256": ""},
        )
        result = await self.command("site.status", args, key=key)
        return read(SiteStatusReply, result)

    async def import_inventory(
        self, report: bytes, *, site: str, claim: bool = False, key: str = ""
    ) -> ImportReply:
        """The raw report travels beside the command, named by its digest.

        site: where the hardware stands
        claim: whether to ask for title to all that is strong and untitled
        """
        args = given({"site": site, "claim": claim}, {"claim": False})
        result = await self.command("import.new", args, key=key, report=report)
        return read(ImportReply, result)

    async def preview_import(
        self, report: bytes, *, site: str, claim: bool = False, key: str = ""
    ) -> ImportPreview:
        """What it would do, and nothing is done.

        site: where the hardware stands
        claim: whether to ask for title to all that is strong and untitled
        """
        args = given({"site": site, "claim": claim, "dry_run": True}, {"claim": False})
        result = await self.command("import.new", args, key=key, report=report)
        return read(ImportPreview, result)

    async def inspect_units(
        self,
        unit: str,
        *,
        load_test: str = "none",
        flags: list[str] | tuple[str, ...] = (),
        report: bytes | None = None,
        key: str = "",
    ) -> InspectionReply:
        """A later report on units already registered, found by their own keys.

        unit: of the path; the report may show others beside it
        load_test: an inspector's: passed, failed, none
        flags: an inspector's: cosmetic_damage, warranty_void
        """
        args = given(
            {"unit": unit, "load_test": load_test, "flags": flags},
            {"load_test": "none", "flags": []},
        )
        result = await self.command("unit.inspect", args, key=key, report=report)
        return read(InspectionReply, result)

    async def file_provenance(
        self,
        unit: str,
        *,
        kind: str,
        document_sha256: str,
        names_serial: bool,
        issued_ns: int = 0,
        from_name: str = "",
        to_party: str = "",
        key: str = "",
    ) -> FilingReply:
        """Put a paper on record for what one holds; it counts once another has verified it.

        unit: or a node: for each of its units
        kind: what paper it is: invoice, customs, origin, court, donation
        document_sha256: of the paper; SHA-256, base64url without padding
        names_serial: whether it names the serial number
        issued_ns: its date; 0: not told; ns since 1970-01-01 UTC
        from_name: who sold or gave it, as the paper says
        to_party: who bought or got it
        """
        args = given(
            {
                "unit": unit,
                "kind": kind,
                "document_sha256": document_sha256,
                "names_serial": names_serial,
                "issued_ns": issued_ns,
                "from_name": from_name,
                "to_party": to_party,
            },
            {"issued_ns": 0, "from_name": "", "to_party": ""},
        )
        result = await self.command("unit.file_provenance", args, key=key)
        return read(FilingReply, result)

    async def verify_provenance(
        self, unit: str, *, document_sha256: str, key: str = ""
    ) -> ProvenanceReply:
        """Say that a filed paper is true; nobody does so for what they hold or filed themselves.

        unit: or a node
        document_sha256: of the paper, as filed; SHA-256, base64url without padding
        """
        args: dict[str, Any] = {"unit": unit, "document_sha256": document_sha256}
        result = await self.command("unit.verify_provenance", args, key=key)
        return read(ProvenanceReply, result)

    async def set_node_site(
        self, *, nodes: list[str] | tuple[str, ...], site: str, claim: bool = False, key: str = ""
    ) -> NodeSiteReply | WaitingProposal:
        """Say at which site servers stand that one registered and nobody holds title to yet.

        A WaitingProposal: it is not done before others have signed it, too.

        nodes: the servers; all or none
        site: where they stand; empty: no longer at a site of one's own
        claim: whether title is asked for as soon as they stand there
        """
        args = given({"nodes": nodes, "site": site, "claim": claim}, {"claim": False})
        result = await self.command("node.site", args, key=key)
        return waiting(result) or read(NodeSiteReply, result)

    async def issue_title(
        self,
        *,
        things: list[str] | tuple[str, ...],
        holder: str = "",
        basis: str = "opening",
        document_sha256: str = "",
        effective_ns: int = 0,
        key: str = "",
    ) -> WaitingProposal:
        """Asked by the registrant, granted by a clerk: one proposal (P0: a second clerk, too).

        things: nodes, units; all or none
        holder: default: the asking party
        basis: on what it rests: opening, invoice, court
        document_sha256: of the paper; invoice and court need one; SHA-256, base64url without
          padding
        effective_ns: since when it holds; 0: from now on; ns since 1970-01-01 UTC
        """
        args = given(
            {
                "things": things,
                "holder": holder,
                "basis": basis,
                "document_sha256": document_sha256,
                "effective_ns": effective_ns,
            },
            {"holder": "", "basis": "opening", "document_sha256": "", "effective_ns": 0},
        )
        result = await self.command("title.issue", args, key=key)
        return read(WaitingProposal, result)

    async def meter_usage(
        self,
        lease: str,
        *,
        from_ns: int,
        to_ns: int,
        available_gpu_ns: int,
        energy_wh: int = 0,
        source_sha256: str = "",
        key: str = "",
    ) -> MeterReply:
        """Tell the GPU-time that a lessee could use; spans follow one another without a gap.

        lease: the lease's id, l-0009
        from_ns: where the last span ended; ns since 1970-01-01 UTC
        to_ns: not later than now, nor than the lease's end; ns since 1970-01-01 UTC
        available_gpu_ns: GPU-time that could be used; the rest of the span was down; GPU-ns: one
          GPU for one nanosecond
        energy_wh: electricity used, Wh
        source_sha256: of the meter's record; SHA-256, base64url without padding
        """
        args = given(
            {
                "lease": lease,
                "from_ns": from_ns,
                "to_ns": to_ns,
                "available_gpu_ns": available_gpu_ns,
                "energy_wh": energy_wh,
                "source_sha256": source_sha256,
            },
            {"energy_wh": 0, "source_sha256": ""},
        )
        result = await self.command("lease.meter", args, key=key)
        return read(MeterReply, result)

    async def record_deposit(
        self, *, party: str, amount_minor: int, reference: str, key: str = ""
    ) -> DepositReply:
        """Credit a party with money that the bank has confirmed; each bank reference counts once.

        party: whose money it is
        amount_minor: how much, minor units; minor units of the venue's currency
        reference: the bank's; it counts once
        """
        args: dict[str, Any] = {
            "party": party,
            "amount_minor": amount_minor,
            "reference": reference,
        }
        result = await self.command("deposit.new", args, key=key)
        return read(DepositReply, result)

    async def reverse_deposit(
        self, *, party: str, amount_minor: int, reference: str, reason: str, key: str = ""
    ) -> WaitingProposal:
        """Take back a credit that was a mistake: of another party, of another sum, or of no money.

        party: who was credited
        amount_minor: with how much, minor units; minor units of the venue's currency
        reference: the bank's, as it was recorded; from then on it can be recorded anew
        reason: what was wrong, in words
        """
        args: dict[str, Any] = {
            "party": party,
            "amount_minor": amount_minor,
            "reference": reference,
            "reason": reason,
        }
        result = await self.command("deposit.reverse", args, key=key)
        return read(WaitingProposal, result)

    async def request_withdrawal(
        self, *, amount_minor: int, to_account: str = "", key: str = ""
    ) -> WithdrawalReply | WaitingProposal:
        """Set money aside to be paid out; above rule `withdrawal_alone` a second holder signs, too.

        A WaitingProposal: it is not done before others have signed it, too.

        amount_minor: how much, minor units; minor units of the venue's currency
        to_account: the account at the bank that it goes to
        """
        args = given({"amount_minor": amount_minor, "to_account": to_account}, {"to_account": ""})
        result = await self.command("withdrawal.new", args, key=key)
        return waiting(result) or read(WithdrawalReply, result)

    async def confirm_payment(
        self, payment: str, *, payer_reference: str, key: str = ""
    ) -> PaymentReply:
        """Say that the bank has paid.

        payment: the payment's id, y-000012
        payer_reference: under which the bank knows it
        """
        args: dict[str, Any] = {"payment": payment, "payer_reference": payer_reference}
        result = await self.command("withdrawal.confirm", args, key=key)
        return read(PaymentReply, result)

    async def refuse_payment(self, payment: str, *, reason: str, key: str = "") -> PaymentReply:
        """Say that the bank will not pay: the money is free again.

        payment: the payment's id, y-000012
        reason: why, in words
        """
        args: dict[str, Any] = {"payment": payment, "reason": reason}
        result = await self.command("withdrawal.refuse", args, key=key)
        return read(PaymentReply, result)

    async def instruct_delivery(
        self,
        settlement: str,
        *,
        mode: Literal["in_place", "carrier"] = "in_place",
        to_site: str = "",
        key: str = "",
    ) -> InstructionReply:
        """The seller says how the buyer gets what was sold; after a failure this is the cure, once.

        settlement: the settlement's id, x-000031
        mode: how the buyer gets it: in_place, carrier
        to_site: carrier: where it goes
        """
        args = given(
            {"settlement": settlement, "mode": mode, "to_site": to_site},
            {"mode": "in_place", "to_site": ""},
        )
        result = await self.command("settlement.instruct", args, key=key)
        return read(InstructionReply, result)

    async def confirm_delivery(
        self, settlement: str, *, receipt_sha256: str = "", key: str = ""
    ) -> DeliveryReply:
        """The custodian says that the buyer can have it: the time to inspect begins.

        settlement: the settlement's id, x-000031
        receipt_sha256: of the custodian's paper; SHA-256, base64url without padding
        """
        args = given(
            {"settlement": settlement, "receipt_sha256": receipt_sha256}, {"receipt_sha256": ""}
        )
        result = await self.command("settlement.confirm", args, key=key)
        return read(DeliveryReply, result)

    async def accept_delivery(
        self,
        settlement: str,
        *,
        units_seen: list[str] | tuple[str, ...] = (),
        report: bytes | None = None,
        key: str = "",
    ) -> AcceptanceReply:
        """The buyer takes it: title and cash change hands, unless the report lacks a card sold.

        settlement: the settlement's id, x-000031
        units_seen: its keys: vendor/serial/part
        """
        args = given({"settlement": settlement, "units_seen": units_seen}, {"units_seen": []})
        result = await self.command("settlement.accept", args, key=key, report=report)
        return read(AcceptanceReply, result)

    async def fail_settlement(self, settlement: str, *, reason: str, key: str = "") -> FailureReply:
        """A clerk says that what was sold is not delivered: the seller may cure it in time, once.

        settlement: the settlement's id, x-000031
        reason: why, in words
        """
        args: dict[str, Any] = {"settlement": settlement, "reason": reason}
        result = await self.command("settlement.fail", args, key=key)
        return read(FailureReply, result)

    async def accept_log_loss(
        self,
        *,
        origin: str,
        size: int,
        root_sha256: str,
        journal_position: int,
        journal_chain: str,
        reason: str,
        common_size: int = 0,
        key: str = "",
    ) -> WaitingProposal:
        """Accept that the journal lost what its published log has: that log ends, another begins.

        origin: of the log that ends
        size: entries that its last signed head covers
        root_sha256: that head's root; SHA-256, base64url without padding
        journal_position: the journal's end, as the proposer sees it; position in the journal
        journal_chain: of the commit that ends there
        reason: what happened, in words
        common_size: the first entries that are the journal's still; 0: not known
        """
        args = given(
            {
                "origin": origin,
                "size": size,
                "root_sha256": root_sha256,
                "journal_position": journal_position,
                "journal_chain": journal_chain,
                "reason": reason,
                "common_size": common_size,
            },
            {"common_size": 0},
        )
        result = await self.command("log.accept_loss", args, key=key)
        return read(WaitingProposal, result)

    async def set_rule(
        self, *, rule: str, value: Any, from_ns: int, basis: str = "", key: str = ""
    ) -> WaitingProposal:
        """A new record of a dated rule; it never reaches back, and markets take it at their
        opening.

        rule: its name: kyc_limits, grade_valid, proposal, market:T.*, …
        value: JSON without fractions, of a form that the rule's name fixes
        from_ns: in force from then on; the past means now; ns since 1970-01-01 UTC
        basis: why, in words
        """
        args = given(
            {"rule": rule, "value": value, "from_ns": from_ns, "basis": basis}, {"basis": ""}
        )
        result = await self.command("rule.new", args, key=key)
        return read(WaitingProposal, result)

    async def approve_proposal(self, proposal: str, *, key: str = "") -> ApprovalReply:
        """Agree to what another person proposed; with the last approval due it is done at once.

        proposal: the proposal's id, z-000001
        """
        args: dict[str, Any] = {"proposal": proposal}
        result = await self.command("proposal.approve", args, key=key)
        return read(ApprovalReply, result)

    async def reject_proposal(self, proposal: str, *, key: str = "") -> VerdictReply:
        """Say no to a proposal: by anyone whose yes would count.

        proposal: the proposal's id, z-000001
        """
        args: dict[str, Any] = {"proposal": proposal}
        result = await self.command("proposal.reject", args, key=key)
        return read(VerdictReply, result)

    async def list_instrument(
        self, *, market: str, first_reference_ticks: int | None = None, key: str = ""
    ) -> WaitingProposal:
        """By hand (the calendar lists its own): a symbol, and a first reference if one is known.

        market: what to list: T.MODEL.CLASS.POINT or L.MODEL.POINT.YYYY-MM
        first_reference_ticks: price that bands lie around until a trade; ticks
        """
        args = given(
            {"market": market, "first_reference_ticks": first_reference_ticks},
            {"first_reference_ticks": None},
        )
        result = await self.command("instrument.new", args, key=key)
        return read(WaitingProposal, result)

    async def place(
        self,
        *,
        market: str,
        side: OrderSide,
        price_ticks: int,
        lots: int,
        type: Literal["limit"] = "limit",
        time_in_force: TimeInForce = "gtc",
        expires_ns: int = 0,
        post_only: Literal["none", "reject"] = "none",
        nodes: list[str] | tuple[str, ...] = (),
        delivery: Literal["", "in_place"] = "",
        self_trade: Literal["", "cancel_newest"] = "",
        label: str = "",
        cancel_on_disconnect: bool = False,
        key: str = "",
    ) -> OrderReply:
        """Buy or sell so many lots at a price or better; what does not trade at once may rest.

        market: the market's symbol
        side: bid: buy; ask: sell or let
        price_ticks: the limit, ticks of the market's rule for one GPU or GPU-hour
        lots: how many lots
        type: the only type yet
        time_in_force: how long it stands: gtc, day, gtd, ioc, fok
        expires_ns: when it ends; with gtd alone; ns since 1970-01-01 UTC
        post_only: none; reject: refused if it would trade at once
        nodes: asks: the things offered, one lot each; empty: the lowest free ones
        delivery: T asks: how the buyer gets it: in_place
        self_trade: what ends if it meets its own group: cancel_newest
        label: your own word for it
        cancel_on_disconnect: it ends with the socket it came by; by REST refused
        """
        args = given(
            {
                "market": market,
                "side": side,
                "price_ticks": price_ticks,
                "lots": lots,
                "type": type,
                "time_in_force": time_in_force,
                "expires_ns": expires_ns,
                "post_only": post_only,
                "nodes": nodes,
                "delivery": delivery,
                "self_trade": self_trade,
                "label": label,
                "cancel_on_disconnect": cancel_on_disconnect,
            },
            {
                "type": "limit",
                "time_in_force": "gtc",
                "expires_ns": 0,
                "post_only": "none",
                "nodes": [],
                "delivery": "",
                "self_trade": "",
                "label": "",
                "cancel_on_disconnect": False,
            },
        )
        result = await self.command("order.new", args, key=key)
        return read(OrderReply, result)

    async def cancel_all(
        self,
        *,
        market: str = "",
        side: OrderSide | Literal[""] = "",
        label: str = "",
        orders: list[str] | tuple[str, ...] = (),
        key: str = "",
    ) -> list[CancelReply]:
        """Every open order of the party that fits each filter given.

        market: only there; "": in every market
        side: bid, ask; "": both
        label: only those that bear it; "": all
        orders: only these; empty: all
        """
        args = given(
            {"market": market, "side": side, "label": label, "orders": orders},
            {"market": "", "side": "", "label": "", "orders": []},
        )
        result = await self.command("order.cancel_all", args, key=key)
        return [read(CancelReply, each) for each in result["orders"]]

    async def amend(
        self,
        order: str,
        *,
        price_ticks: int | None = None,
        lots: int | None = None,
        expires_ns: int | None = None,
        key: str = "",
    ) -> OrderReply:
        """New terms; what is left out stays. Fewer lots alone keep priority.

        order: the order's id, o-000912
        price_ticks: the new limit, ticks; null: as it is
        lots: the new total; lots
        expires_ns: gtd: the new end; null: as it is; ns since 1970-01-01 UTC
        """
        args = given(
            {"order": order, "price_ticks": price_ticks, "lots": lots, "expires_ns": expires_ns},
            {"price_ticks": None, "lots": None, "expires_ns": None},
        )
        result = await self.command("order.amend", args, key=key)
        return read(OrderReply, result)

    async def cancel(self, order: str, *, key: str = "") -> CancelReply:
        """End one own open order; what it held is free at once.

        order: the order's id, o-000912
        """
        args: dict[str, Any] = {"order": order}
        result = await self.command("order.cancel", args, key=key)
        return read(CancelReply, result)

    async def invite(
        self,
        *,
        holder: str,
        scopes: list[str] | tuple[str, ...],
        party: str | None = None,
        ip_allow: list[str] | tuple[str, ...] = (),
        signing: Literal["every", "session"] = "every",
        label: str = "",
        valid_to_ns: int = 0,
        key: str = "",
    ) -> InvitationReply:
        """What an admin says of the principal to come.

        holder: 1 to 200 signs
        party: the own one, unless the venue invites
        ip_allow: up to 64 of them
        label: up to 1,024 characters on one line
        valid_to_ns: nanoseconds; decimal text on the wire; ns since 1970-01-01 UTC
        """
        args = given(
            {
                "holder": holder,
                "scopes": scopes,
                "party": party,
                "ip_allow": ip_allow,
                "signing": signing,
                "label": label,
                "valid_to_ns": valid_to_ns,
            },
            {"party": None, "ip_allow": [], "signing": "every", "label": "", "valid_to_ns": 0},
        )
        result = await self.command("principal.invite", args, key=key)
        return read(InvitationReply, result)

    async def session(self) -> SessionRecord:
        """Who I am."""
        return read(SessionRecord, await self.get("/v1/auth/session"))

    async def rules(self, *, rule: str = "") -> AsyncIterator[RuleRow]:
        """Dated rules."""
        async for row in self.rows("/v1/rules", **given({"rule": rule}, {"rule": ""})):
            yield read(RuleRow, row)

    async def models(self) -> AsyncIterator[ModelRow]:
        """GPU models."""
        async for row in self.rows("/v1/models"):
            yield read(ModelRow, row)

    async def parties(self, *, party: str = "") -> AsyncIterator[PartyRow]:
        """Parties."""
        async for row in self.rows("/v1/parties", **given({"party": party}, {"party": ""})):
            yield read(PartyRow, row)

    async def principals(self, *, party: str = "") -> AsyncIterator[PrincipalRow]:
        """Signing keys."""
        async for row in self.rows("/v1/principals", **given({"party": party}, {"party": ""})):
            yield read(PrincipalRow, row)

    async def proposals(self, *, state: str = "", party: str = "") -> AsyncIterator[ProposalRow]:
        """What waits for a second signature."""
        async for row in self.rows(
            "/v1/proposals", **given({"state": state, "party": party}, {"state": "", "party": ""})
        ):
            yield read(ProposalRow, row)

    async def sites(self, *, state: str = "", party: str = "") -> AsyncIterator[SiteRow]:
        """Sites."""
        async for row in self.rows(
            "/v1/sites", **given({"state": state, "party": party}, {"state": "", "party": ""})
        ):
            yield read(SiteRow, row)

    async def site_directory(self, *, state: str = "") -> AsyncIterator[NamedSiteRow]:
        """Every site, by name."""
        async for row in self.rows("/v1/site_directory", **given({"state": state}, {"state": ""})):
            yield read(NamedSiteRow, row)

    async def units(
        self, *, site: str = "", node: str = "", state: str = "", model: str = "", party: str = ""
    ) -> AsyncIterator[UnitRow]:
        """GPUs."""
        async for row in self.rows(
            "/v1/units",
            **given(
                {"site": site, "node": node, "state": state, "model": model, "party": party},
                {"site": "", "node": "", "state": "", "model": "", "party": ""},
            ),
        ):
            yield read(UnitRow, row)

    async def nodes(
        self, *, site: str = "", model: str = "", party: str = ""
    ) -> AsyncIterator[NodeRow]:
        """Servers."""
        async for row in self.rows(
            "/v1/nodes",
            **given(
                {"site": site, "model": model, "party": party},
                {"site": "", "model": "", "party": ""},
            ),
        ):
            yield read(NodeRow, row)

    async def holdings(self, *, site: str = "", party: str = "") -> AsyncIterator[HoldingRow]:
        """Titled things and where they stand."""
        async for row in self.rows(
            "/v1/holdings", **given({"site": site, "party": party}, {"site": "", "party": ""})
        ):
            yield read(HoldingRow, row)

    async def leases(
        self, *, state: str = "", site: str = "", party: str = ""
    ) -> AsyncIterator[LeaseRow]:
        """Leases."""
        async for row in self.rows(
            "/v1/leases",
            **given(
                {"state": state, "site": site, "party": party},
                {"state": "", "site": "", "party": ""},
            ),
        ):
            yield read(LeaseRow, row)

    async def cash(self, *, kind: str = "", party: str = "") -> AsyncIterator[Balance]:
        """Accounts with a balance."""
        async for row in self.rows(
            "/v1/cash", **given({"kind": kind, "party": party}, {"kind": "", "party": ""})
        ):
            yield read(Balance, row)

    async def postings(
        self, *, account: str = "", kind: str = "", party: str = ""
    ) -> AsyncIterator[PostingRow]:
        """Postings, newest first."""
        async for row in self.rows(
            "/v1/cash/postings",
            **given(
                {"account": account, "kind": kind, "party": party},
                {"account": "", "kind": "", "party": ""},
            ),
        ):
            yield read(PostingRow, row)

    async def withdrawals(
        self, *, state: str = "", party: str = ""
    ) -> AsyncIterator[WithdrawalRow]:
        """Withdrawals."""
        async for row in self.rows(
            "/v1/withdrawals", **given({"state": state, "party": party}, {"state": "", "party": ""})
        ):
            yield read(WithdrawalRow, row)

    async def orders(
        self,
        *,
        market: str = "",
        state: str = "",
        side: OrderSide | Literal[""] = "",
        label: str = "",
        party: str = "",
    ) -> AsyncIterator[OrderRow]:
        """Orders, newest first."""
        async for row in self.rows(
            "/v1/orders",
            **given(
                {"market": market, "state": state, "side": side, "label": label, "party": party},
                {"market": "", "state": "", "side": "", "label": "", "party": ""},
            ),
        ):
            yield read(OrderRow, row)

    async def fills(
        self, *, order: str = "", market: str = "", party: str = ""
    ) -> AsyncIterator[FillRow]:
        """Fills, newest first."""
        async for row in self.rows(
            "/v1/fills",
            **given(
                {"order": order, "market": market, "party": party},
                {"order": "", "market": "", "party": ""},
            ),
        ):
            yield read(FillRow, row)

    async def settlements(
        self, *, market: str = "", state: str = "", party: str = ""
    ) -> AsyncIterator[SettlementRow]:
        """Settlements."""
        async for row in self.rows(
            "/v1/settlements",
            **given(
                {"market": market, "state": state, "party": party},
                {"market": "", "state": "", "party": ""},
            ),
        ):
            yield read(SettlementRow, row)

    async def holds(self, *, subject: str = "") -> AsyncIterator[HoldRow]:
        """Bars."""
        async for row in self.rows("/v1/holds", **given({"subject": subject}, {"subject": ""})):
            yield read(HoldRow, row)

    async def all_holdings(self, *, site: str = "", party: str = "") -> AsyncIterator[HoldingRow]:
        """Who owns what."""
        async for row in self.rows(
            "/v1/audit/holdings", **given({"site": site, "party": party}, {"site": "", "party": ""})
        ):
            yield read(HoldingRow, row)

    async def party_record(self, party: str) -> PartyRow:
        """A party."""
        return read(PartyRow, await self.get(filled("/v1/parties/{party}", {"party": party})))

    async def proposal(self, proposal: str) -> ProposalRow:
        """A proposal."""
        return read(
            ProposalRow, await self.get(filled("/v1/proposals/{proposal}", {"proposal": proposal}))
        )

    async def site(self, site: str) -> SiteRow:
        """A site."""
        return read(SiteRow, await self.get(filled("/v1/sites/{site}", {"site": site})))

    async def imported_report(self, report: str) -> ReportRow:
        """An inventory report."""
        return read(ReportRow, await self.get(filled("/v1/imports/{report}", {"report": report})))

    async def node(self, node: str) -> NodeRow:
        """A server."""
        return read(NodeRow, await self.get(filled("/v1/nodes/{node}", {"node": node})))

    async def lease(self, lease: str) -> LeaseRow:
        """A lease."""
        return read(LeaseRow, await self.get(filled("/v1/leases/{lease}", {"lease": lease})))

    async def order(self, order: str) -> OrderRecord:
        """An order with its fills."""
        return read(OrderRecord, await self.get(filled("/v1/orders/{order}", {"order": order})))

    async def settlement(self, settlement: str) -> SettlementRow:
        """A settlement."""
        return read(
            SettlementRow,
            await self.get(filled("/v1/settlements/{settlement}", {"settlement": settlement})),
        )

    async def unit(self, unit: str) -> UnitRecord:
        """A GPU, with its chain of title."""
        return read(UnitRecord, await self.get(filled("/v1/units/{unit}", {"unit": unit})))

    async def unit_history(self, unit: str) -> AsyncIterator[HistoryRow]:
        """Every event of a GPU."""
        async for row in self.rows(filled("/v1/units/{unit}/history", {"unit": unit})):
            yield read(HistoryRow, row)

    async def node_history(self, node: str) -> AsyncIterator[HistoryRow]:
        """Every event of a server."""
        async for row in self.rows(filled("/v1/nodes/{node}/history", {"node": node})):
            yield read(HistoryRow, row)

    async def instruments(self, *, kind: str = "") -> AsyncIterator[Instrument]:
        """What can be traded."""
        async for row in self.rows("/v1/instruments", **given({"kind": kind}, {"kind": ""})):
            yield read(Instrument, row)

    async def instrument(self, market: str) -> Instrument:
        """One instrument and its rule."""
        return read(
            Instrument, await self.get(filled("/v1/instruments/{market}", {"market": market}))
        )

    async def markets(self, *, kind: str = "") -> AsyncIterator[MarketRow]:
        """How each market stands."""
        async for row in self.rows("/v1/markets", **given({"kind": kind}, {"kind": ""})):
            yield read(MarketRow, row)

    async def market(self, market: str) -> MarketRow:
        """How one market stands."""
        return read(MarketRow, await self.get(filled("/v1/markets/{market}", {"market": market})))

    async def trades(self, market: str) -> AsyncIterator[Trade]:
        """Its tape."""
        async for row in self.rows(filled("/v1/markets/{market}/trades", {"market": market})):
            yield read(Trade, row)

    async def worth(self, market: str, *, lots: int = 0) -> Worth:
        """What lots of a class are worth."""
        return read(
            Worth,
            await self.get(
                filled("/v1/markets/{market}/worth", {"market": market}),
                **given({"lots": lots}, {"lots": 0}),
            ),
        )

    async def candles(
        self, market: str, *, interval: Interval | Literal[""] = "", limit: int = 0
    ) -> CandleRows:
        """Its candles."""
        return read(
            CandleRows,
            await self.get(
                filled("/v1/markets/{market}/candles", {"market": market}),
                **given({"interval": interval, "limit": limit}, {"interval": "", "limit": 0}),
            ),
            strict=False,
        )

    async def events(
        self, *, from_: int = 0, to: int = 0, topic: str = ""
    ) -> AsyncIterator[EventRow]:
        """The journal's rows."""
        async for row in self.rows(
            "/v1/audit/events",
            **given({"from": from_, "to": to, "topic": topic}, {"from": 0, "to": 0, "topic": ""}),
        ):
            yield read(EventRow, row)

    async def search(
        self,
        *,
        topic: str = "",
        party: str = "",
        names: str = "",
        from_: int = 0,
        to: int = 0,
        since: str = "",
        until: str = "",
    ) -> AsyncIterator[HistoryRow]:
        """Events, newest first."""
        async for row in self.rows(
            "/v1/audit/search",
            **given(
                {
                    "topic": topic,
                    "party": party,
                    "names": names,
                    "from": from_,
                    "to": to,
                    "since": since,
                    "until": until,
                },
                {
                    "topic": "",
                    "party": "",
                    "names": "",
                    "from": 0,
                    "to": 0,
                    "since": "",
                    "until": "",
                },
            ),
        ):
            yield read(HistoryRow, row)

    async def stream(self, stream: str) -> AsyncIterator[EventRow]:
        """One stream."""
        async for row in self.rows(filled("/v1/audit/streams/{stream}", {"stream": stream})):
            yield read(EventRow, row)

    async def signature(self, position: int) -> SignatureRecord:
        """Who signed."""
        return read(
            SignatureRecord,
            await self.get(filled("/v1/audit/signatures/{position}", {"position": str(position)})),
        )

    async def trial_balance(self) -> TrialBalanceRecord:
        """All accounts."""
        return read(TrialBalanceRecord, await self.get("/v1/audit/trial_balance"))

    async def past_state(
        self, *, position: int = 0, kind: str = "", subject: str = ""
    ) -> AsyncIterator[StateRow]:
        """The state at a position."""
        async for row in self.rows(
            "/v1/audit/state",
            **given(
                {"position": position, "kind": kind, "subject": subject},
                {"position": 0, "kind": "", "subject": ""},
            ),
        ):
            yield read(StateRow, row)

    async def state_changes(
        self, *, from_: int = 0, to: int = 0, kind: str = "", subject: str = ""
    ) -> AsyncIterator[SubjectChange]:
        """What changed between two positions."""
        async for row in self.rows(
            "/v1/audit/diff",
            **given(
                {"from": from_, "to": to, "kind": kind, "subject": subject},
                {"from": 0, "to": 0, "kind": "", "subject": ""},
            ),
        ):
            yield read(SubjectChange, row)

    async def first_answer(self, key: str) -> FirstAnswer:
        """The first answer to a key."""
        return read(FirstAnswer, await self.get(filled("/v1/commands/{key}", {"key": key})))

    async def watch_ticker(self, market: str = "*") -> AsyncIterator[FeedUpdate[Ticker]]:
        """The feed ticker, without a gap; market * is each that there is."""
        async for message in self.watch(f"ticker/{market}"):
            yield read(FeedUpdate[Ticker], message)

    async def watch_trades(self, market: str = "*") -> AsyncIterator[FeedUpdate[list[Print]]]:
        """The feed trades, without a gap; market * is each that there is."""
        async for message in self.watch(f"trades/{market}"):
            yield read(FeedUpdate[list[Print]], message)

    async def watch_instruments(self) -> AsyncIterator[FeedUpdate[list[Instrument]]]:
        """The feed instruments, without a gap."""
        async for message in self.watch("instruments/venue"):
            yield read(FeedUpdate[list[Instrument]], message)

    async def watch_orders(self, party: str = "") -> AsyncIterator[FeedUpdate[list[OrderState]]]:
        """The feed orders of the own party, or of another that may be seen, without a gap."""
        async for message in self.watch(f"orders/{party}" if party else "orders"):
            yield read(FeedUpdate[list[OrderState]], message)

    async def watch_fills(self, party: str = "") -> AsyncIterator[FeedUpdate[list[FillState]]]:
        """The feed fills of the own party, or of another that may be seen, without a gap."""
        async for message in self.watch(f"fills/{party}" if party else "fills"):
            yield read(FeedUpdate[list[FillState]], message)

    async def watch_settlements(
        self, party: str = ""
    ) -> AsyncIterator[FeedUpdate[list[SettlementState]]]:
        """The feed settlements of the own party, or of another that may be seen, without a gap."""
        async for message in self.watch(f"settlements/{party}" if party else "settlements"):
            yield read(FeedUpdate[list[SettlementState]], message)

    async def watch_cash(self, party: str = "") -> AsyncIterator[FeedUpdate[list[BalanceState]]]:
        """The feed cash of the own party, or of another that may be seen, without a gap."""
        async for message in self.watch(f"cash/{party}" if party else "cash"):
            yield read(FeedUpdate[list[BalanceState]], message)

    async def watch_ledger(self, stream: str = "*") -> AsyncIterator[FeedUpdate[list[EntryState]]]:
        """The feed ledger, without a gap; stream * is each that there is."""
        async for message in self.watch(f"ledger/{stream}"):
            yield read(FeedUpdate[list[EntryState]], message)
