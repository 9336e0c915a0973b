"""The register: the ledger's state in memory, folded from events and asked by every decision."""

from dataclasses import dataclass, field

from ledger.ids import (
    NO_ID,
    AccountName,
    LeaseId,
    NodeId,
    Numbers,
    PartyId,
    PaymentId,
    PrincipalId,
    ProposalId,
    SettlementId,
    SiteId,
    ThingId,
    UnitId,
    VenueName,
    is_given,
)
from ledger.records import (
    DatedRules,
    Deposit,
    EndedRecords,
    Lease,
    LogLoss,
    Model,
    Node,
    Party,
    Payment,
    Periods,
    Principal,
    Proposal,
    Settlement,
    Site,
    Thing,
    Unit,
)
from ledger.refusals import Reason, Refused, sentence_of


@dataclass(slots=True)
class Register:
    """Everything the ledger knows now. No clock, no I/O: the `Moment` is handed in beside it."""

    venue: VenueName = NO_ID
    currency: str = ""
    zone: str = "UTC"
    minor_digits: int = 2
    kind: str = ""  # live, demo
    venue_party: PartyId = NO_ID
    clerks: list[PrincipalId] = field(default_factory=list)

    counters: dict[str, int] = field(default_factory=dict)  # id letter -> last number given
    parties: dict[PartyId, Party] = field(default_factory=dict)
    registrations: dict[tuple[str, str], PartyId] = field(default_factory=dict)  # -> party
    ownerships: dict[tuple[PartyId, PartyId], None] = field(default_factory=dict)  # owner, owned
    declared: dict[tuple[PartyId, PartyId], tuple[int, bool, str]] = field(default_factory=dict)
    # the same pairs -> share_bp, control, document_sha256 of the declaration that stands
    principals: dict[PrincipalId, Principal] = field(default_factory=dict)
    sites: dict[SiteId, Site] = field(default_factory=dict)
    models: dict[str, Model] = field(default_factory=dict)
    nodes: dict[NodeId, Node] = field(default_factory=dict)
    units: dict[UnitId, Unit] = field(default_factory=dict)
    strong_keys: dict[tuple[str, str, str], UnitId] = field(default_factory=dict)  # -> unit
    uuids: dict[str, UnitId] = field(default_factory=dict)  # -> unit
    chassis: dict[str, NodeId] = field(default_factory=dict)  # serial -> node
    reports: dict[str, SiteId] = field(default_factory=dict)  # report_sha256 -> site
    things: dict[ThingId, Thing] = field(default_factory=dict)
    owned: dict[tuple[PartyId, str, str], list[ThingId]] = field(default_factory=dict)
    # (owner, model, delivery point) -> things, ascending by number: what an ask chooses from
    leases: dict[LeaseId, Lease] = field(default_factory=dict)
    settlements: dict[SettlementId, Settlement] = field(default_factory=dict)
    proposals: dict[ProposalId, Proposal] = field(default_factory=dict)
    payments: dict[PaymentId, Payment] = field(default_factory=dict)
    deposits: dict[str, Deposit] = field(default_factory=dict)  # that stand, by bank reference
    accounts: dict[AccountName, int] = field(default_factory=dict)  # balance, minor units
    periods: Periods = field(default_factory=Periods)
    log_losses: list[LogLoss] = field(default_factory=list)  # that were accepted, in order
    rules: DatedRules = field(default_factory=DatedRules)
    timers: list[tuple[int, int, str]] = field(default_factory=list)  # heap: see timers.py
    ended: EndedRecords = field(default_factory=EndedRecords)

    def numbers(self) -> Numbers:
        """The ids that one decision may take."""
        return Numbers(self.counters)

    def available_minor(self, party: PartyId) -> int:
        """What a party is free to bid, lease or withdraw."""
        return self.accounts.get(AccountName(f"{party}/available"), 0)

    def party(self, party: PartyId) -> Party:
        found = self.parties.get(party)
        if found is None:
            raise Refused(
                Reason.unknown_party,
                sentence_of("There is no party {party}: check its id.", party=party),
            )
        return found

    def thing(self, thing: ThingId) -> Thing:
        found = self.things.get(thing)
        if found is None:
            reason = Reason.unknown_unit if thing.startswith("u-") else Reason.unknown_node
            raise Refused(
                reason,
                sentence_of("There is no {thing} in this register: check its id.", thing=thing),
            )
        return found

    def must_not_have_ended(self, name: str) -> None:
        """Refuse `wrong_state` a name that was given and is no longer in the register."""
        if state := self.ended.state_of(name):
            raise Refused(
                Reason.wrong_state,
                sentence_of("{name} is {state} already.", name=name, state=state),
            )
        if is_given(self.counters, name):
            raise Refused(Reason.wrong_state, sentence_of("{name} has ended already.", name=name))
