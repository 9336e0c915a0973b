"""What people do for a settlement: instruct, deliver, accept, or declare it failed (DOMAIN 4)."""

from ledger.caller import Caller
from ledger.commands import AcceptDelivery, ConfirmDelivery, FailSettlement, InstructDelivery
from ledger.events import CustodyMoved, Delivered, DeliveryAccepted, DeliveryInstructed, Event
from ledger.ids import NodeId, PartyId, SettlementId, SiteId
from ledger.moment import Moment
from ledger.offices import has_role, must_hold
from ledger.records import Settlement
from ledger.refusals import Reason, Refused, sentence_of
from ledger.register import Register
from ledger.rights.hold import must_be_unheld
from ledger.settlement.acceptance import must_match
from ledger.settlement.delivery_versus_payment import TRANSITIONS, both_legs, failed
from ledger.things.site import must_take_servers
from ledger.words import DELIVERY_MODES, SettlementVerb

# state -> how it stands, and whose act is next
_STANDING = {
    "open": "waits for its seller to instruct delivery: that comes first",
    "delivering": "is being delivered: its custodian confirms when the buyer can have it",
    "inspecting": "is delivered and in the buyer's inspection: he accepts it, or his time runs out",
    "failed": "has failed: its seller may instruct delivery once more, or it is unwound in time",
}


def instruct_delivery(
    register: Register, command: InstructDelivery, caller: Caller, moment: Moment
) -> list[Event]:
    """The seller says how the buyer gets it; after a failure this is the cure, once."""
    mode = DELIVERY_MODES.get(command.mode)
    if mode is None:
        known = ", ".join(DELIVERY_MODES)
        raise Refused(
            Reason.bad_field,
            sentence_of("A delivery is one of: {known}.", known=known),
            field="/mode",
        )
    if command.to_site and mode != "carrier":
        raise Refused(
            Reason.bad_field,
            sentence_of(
                "A delivery {mode} goes to no other site: name none, or say carrier.",
                mode=mode,
            ),
            field="/to_site",
        )
    settlement = _settlement(register, command.settlement)
    _must_be(caller, settlement.seller, settlement, "the seller")
    if mode == "carrier":
        _must_be_shippable(register, settlement, command.to_site)
    verb: SettlementVerb = "cure" if settlement.state == "failed" else "instruct"
    _must_allow(settlement, verb)
    due_ns = settlement.cure_until_ns if verb == "cure" else settlement.due_ns
    return [DeliveryInstructed(settlement.settlement, mode, command.to_site, due_ns)]


def confirm_delivery(
    register: Register, command: ConfirmDelivery, caller: Caller, moment: Moment
) -> list[Event]:
    """The custodian says that the buyer can have it: time to inspect begins."""
    settlement = _settlement(register, command.settlement)
    _must_have_custody(register, settlement, caller)
    _must_allow(settlement, "deliver")
    delivered = Delivered(
        settlement=settlement.settlement,
        receipt_sha256=command.receipt_sha256,
        inspect_until_ns=moment.at_ns + settlement.inspection_ns,
    )
    if settlement.mode == "in_place":
        return [delivered]
    moved = [
        CustodyMoved(node, register.nodes[node].custodian, settlement.buyer, settlement.to_site)
        for node in map(NodeId, settlement.things)
    ]
    return [delivered, *moved]


def accept_delivery(
    register: Register, command: AcceptDelivery, caller: Caller, moment: Moment
) -> list[Event]:
    """The buyer takes it: title and cash change hands in this batch.

    Refused `units_differ` if his report lacks a card that was sold; then nothing changes.
    """
    settlement = _settlement(register, command.settlement)
    _must_be(caller, settlement.buyer, settlement, "the buyer")
    _must_allow(settlement, "accept")
    for thing in settlement.things:
        must_be_unheld(register.things[thing])
    sight = must_match(register, settlement, command, caller, moment)
    accepted = DeliveryAccepted(
        settlement=settlement.settlement,
        by_timeout=False,
        report_sha256=command.report_sha256,
        units_seen=sight.units_seen,
        grade_sold=sight.grade_sold,
        grade_seen=sight.grade_seen,
    )
    return [accepted, *both_legs(register, settlement, moment)]


def fail_settlement(
    register: Register, command: FailSettlement, caller: Caller, moment: Moment
) -> list[Event]:
    """A clerk says that what was sold is not delivered: the seller has three days to cure."""
    must_hold(register, caller, "clerk")
    settlement = _settlement(register, command.settlement)
    _must_allow(settlement, "fail")
    return failed(register, settlement, command.reason, moment.at_ns, moment)


def _settlement(register: Register, settlement: SettlementId) -> Settlement:
    found = register.settlements.get(settlement)
    if found is None:
        register.must_not_have_ended(settlement)
        raise Refused(
            Reason.unknown_settlement,
            sentence_of(
                "There is no settlement {settlement}: check its id.", settlement=settlement
            ),
        )
    return found


def _must_be(caller: Caller, party: PartyId, settlement: Settlement, who: str) -> None:
    if caller.party != party:
        raise Refused(
            Reason.not_your_party,
            sentence_of(
                "Only {who} of {settlement}, {party}, may do this.",
                who=who,
                settlement=settlement.settlement,
                party=party,
            ),
        )


def _must_have_custody(register: Register, settlement: Settlement, caller: Caller) -> None:
    """The one who has it in hand: its custodian, the operator where it stands or arrives, or the
    venue's own custodian."""
    keepers = dict.fromkeys(
        keeper
        for thing in settlement.things
        for node in [register.nodes[register.things[thing].node]]
        for keeper in (node.custodian, register.sites[node.site].operator)
    )
    if settlement.to_site:
        keepers[register.sites[settlement.to_site].operator] = None
    is_the_venue = caller.party == register.venue_party
    is_venues = is_the_venue and has_role(register, caller.party, "custodian")
    if caller.party not in keepers and not is_venues:
        raise Refused(
            Reason.not_your_party,
            sentence_of(
                "{settlement} is delivered by who has it in custody: {keepers}.",
                settlement=settlement.settlement,
                keepers=", ".join(keepers),
            ),
        )


def _must_be_shippable(register: Register, settlement: Settlement, to_site: SiteId) -> None:
    if to_site not in register.sites:
        lacking = f"There is no site {to_site}" if to_site else "A carrier needs a site to go to"
        raise Refused(
            Reason.unknown_site,
            sentence_of("{lacking}: name a registered one.", lacking=lacking),
            field="/to_site",
        )
    must_take_servers(register.sites[to_site])
    if any(register.things[thing].node != thing for thing in settlement.things):
        raise Refused(
            Reason.bad_combination,
            "Single cards are delivered in place: only a whole node travels by carrier.",
            field="/mode",
        )


def _must_allow(settlement: Settlement, verb: SettlementVerb) -> None:
    if (settlement.state, verb) not in TRANSITIONS:
        raise Refused(
            Reason.wrong_state,
            sentence_of(
                "{settlement} {standing}.",
                settlement=settlement.settlement,
                standing=_STANDING[settlement.state],
            ),
            state=settlement.state,
        )
