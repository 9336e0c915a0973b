"""Every member of every command has an effect, or is refused by name: nothing is taken in vain.

Each op has one scene in which it is granted, and for each member another value that must show:
in the facts that the command brings, or in a refusal.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from msgspec.structs import replace

from exchange.answer import answer, stands_by_args
from exchange.books.state import Venue
from exchange.ops import ROWS
from exchange.parse_args import read
from exchange.venue import commit, shape
from ledger.caller import Caller
from ledger.commands import Command
from ledger.durations import DAY_NS, HOUR_NS
from ledger.events import Event, NothingToDo
from ledger.ids import LeaseId, ThingId, UnitId
from ledger.moment import Moment
from ledger.refusals import Refused
from ledger.replies import outcome_event
from tests.exchange.ground import OPENING
from tests.ledger.hall import H100_TITLE, SECOND_NS, Hall
from tests.ledger.opened import digest
from tests.ledger.things.dumps import dump, real, several
from tests.signing_keys import public_key

DUMP = real("nvidia-smi-q_H100SXMx8.txt")
OTHER = dump(*several(8))
LEASE = "L.H100SXM8.CN-BJ.2024-12"
PAPER = digest("paper")
Members = dict[str, Any]


@dataclass
class Scene:
    """Who asks for what, where; and what else each member could say."""

    op: str
    venue: Venue
    at_ns: int
    caller: Caller
    args: Members
    others: Members
    raw: bytes = b""

    def outcome(self, raw: bytes = b"", **changes: Any) -> list[Event] | tuple[str, str]:
        """The facts that the command would bring, or the refusal."""
        moment = Moment(self.at_ns)
        caller = replace(self.caller, attachment=raw or self.raw)
        args = {name: value for name, value in (self.args | changes).items() if value is not LEFT}
        try:
            command = read(self.op, args)
            shape(self.venue, command, caller, moment)
            return ROWS[self.op].decide(self.venue, command, caller, moment)
        except Refused as refused:
            return refused.reason.name, refused.detail


LEFT = object()  # left out


def scene(
    hall: Hall, op: str, caller: Caller, args: Members, others: Members, raw: bytes = b""
) -> Scene:
    return Scene(op, hall.venue, hall.writer.at_ns + SECOND_NS, caller, args, others, raw)


# --- grounds


def owned() -> tuple[Hall, Caller, str]:
    """A seller and its site."""
    hall = Hall()
    seller, site = hall.owner("91-A")
    return hall, seller, site


def imported() -> tuple[Hall, Caller, str]:
    """A board of eight, with its papers, without title."""
    hall, seller, site = owned()
    hall.do(seller, "import.new", DUMP, site=site)
    hall.papers(seller, "n-0001")
    return hall, seller, site


def trading() -> tuple[Hall, Caller, Caller]:
    """A seller with one titled board, and a buyer with cash."""
    hall, seller, site = owned()
    buyer = hall.let_in("91-C", "owner")
    hall.pay_in(buyer, 1_000_000_000)
    hall.titled(seller, site, DUMP)
    return hall, seller, buyer


def sold() -> tuple[Hall, Caller, Caller, str]:
    """The board is sold, and not delivered."""
    hall, seller, buyer = trading()
    hall.order(seller, "ask", 1_035)
    hall.order(buyer, "bid", 1_035)
    [settlement] = hall.register.settlements
    return hall, seller, buyer, settlement


def paying() -> tuple[Hall, str]:
    """A withdrawal waits for the bank."""
    hall, _, buyer = trading()
    hall.do(buyer, "withdrawal.new", amount_minor=1_000, to_account="bank")
    return hall, str(hall.answer["payment"])


def leased() -> tuple[Hall, Caller, str]:
    """A lease month has been let and has begun."""
    hall, seller, buyer = trading()
    hall.order(seller, "ask", 1_300, LEASE)
    hall.order(buyer, "bid", 1_300, LEASE)
    [lease] = hall.register.leases
    begins_ns = hall.register.leases[LeaseId(lease)].from_ns
    hall.advance(begins_ns + 2 * DAY_NS - hall.writer.at_ns)
    return hall, seller, lease


def proposed() -> tuple[Hall, str]:
    """A role waits for the second clerk."""
    hall, seller, _ = owned()
    hall.do(hall.clerk, "party.grant_role", party=seller.party, role="custodian")
    return hall, str(hall.answer["proposal"])


# --- one scene for each op


def venue_open() -> Scene:
    opening: Members = dict(OPENING)
    others = {
        "venue": "cn-2",
        "currency": "USD",
        "zone": "UTC",
        "minor_digits": 3,
        "kind": "live",
        "legal_name": "Another",
        "clerks": [*opening["clerks"]][::-1],
    }
    return Scene("venue.open", Venue(), SECOND_NS, Caller(), opening, others)


def rule_new() -> Scene:
    hall = Hall()
    at_ns = hall.writer.at_ns
    args = {"rule": "failed", "value": DAY_NS, "from_ns": at_ns + DAY_NS}
    others = {"rule": "proposal", "value": HOUR_NS, "from_ns": at_ns + HOUR_NS, "basis": "why"}
    return scene(hall, "rule.new", hall.clerk, args, others)


def model_new() -> Scene:
    hall = Hall()
    named: Members = {"model": "H999", "vendor": "nvidia", "form": "pcie", "gpus_per_lot": 1}
    known = {"memory_mib": 1, "tdp_w": 1, "tpp": 1, "has_ecc": True, "has_mig": False}
    args = {**named, **known, "names": ["NVIDIA H999"]}
    others: Members = {"model": "H998", "vendor": "amd", "form": "sxm", "gpus_per_lot": 2}
    others |= {"memory_mib": 2, "tdp_w": 2, "tpp": 2, "has_ecc": False, "has_mig": True}
    others |= {"names": ["NVIDIA H998"], "board_part_numbers": ["900-1"]}
    return scene(hall, "model.new", hall.clerk, args, others)


def model_adopt() -> Scene:
    hall = Hall()
    for code in ("L20", "L2"):  # as if it had opened before the release that knows them
        del hall.register.models[code]
    return scene(hall, "model.adopt", hall.clerk, {"models": ["L20"]}, {"models": ["L2"]})


def principal_enrol() -> Scene:
    hall, seller, _ = owned()
    args: Members = {
        "party": seller.party,
        "holder_sha256": digest("a"),
        "public_key": public_key("b"),
    }
    args |= {"scopes": ["read"]}
    others: Members = {
        "party": "p-0001",
        "holder_sha256": digest("c"),
        "public_key": public_key("d"),
    }
    others |= {"scopes": ["trade"], "ip_allow": ["10.0.0.0/8"], "signing": "session"}
    others |= {"label": "desk", "valid_to_ns": hall.writer.at_ns + DAY_NS}
    return scene(hall, "principal.enrol", hall.clerk, args, others)


def principal_revoke() -> Scene:
    hall, seller, _ = owned()
    other = hall.key(seller.party, "other", ["read"])
    args = {"principal": seller.principal}
    return scene(hall, "principal.revoke", hall.clerk, args, {"principal": other.principal})


def party_new() -> Scene:
    hall = Hall()
    args = {
        "legal_name": "A",
        "kind": "company",
        "jurisdiction": "CN",
        "registration_no": "1",
    }
    others = {
        "legal_name": "B",
        "kind": "public_body",
        "jurisdiction": "DE",
        "registration_no": "2",
    }
    return scene(hall, "party.new", hall.clerk, args, others)


def party_tier() -> Scene:
    hall, seller, _ = owned()
    args = {"party": seller.party, "kyc_tier": 1}
    others: Members = {"party": "p-0001", "kyc_tier": 3}
    others |= {"evidence_sha256": PAPER, "valid_to_ns": hall.writer.at_ns + DAY_NS}
    return scene(hall, "party.tier", hall.clerk, args, others)


def party_suspend() -> Scene:
    hall, seller, _ = owned()
    args = {"party": seller.party, "reason": "papers"}
    return scene(hall, "party.suspend", hall.clerk, args, {"party": "p-0099", "reason": "fraud"})


def party_reinstate() -> Scene:
    hall, seller, _ = owned()
    hall.do(hall.clerk, "party.suspend", party=seller.party, reason="papers")
    args = {"party": seller.party, "reason": "cleared"}
    others = {"party": "p-0001", "reason": "paid"}
    return scene(hall, "party.reinstate", hall.clerk, args, others)


def party_grant_role() -> Scene:
    hall, seller, _ = owned()
    args = {"party": seller.party, "role": "custodian"}
    others = {"party": "p-0099", "role": "inspector", "basis": "why"}
    return scene(hall, "party.grant_role", hall.clerk, args, others)


def party_revoke_role() -> Scene:
    hall, seller, _ = owned()
    args = {"party": seller.party, "role": "owner"}
    others = {"party": "p-0099", "role": "operator", "basis": "why"}
    return scene(hall, "party.revoke_role", hall.clerk, args, others)


def party_declare_ownership() -> Scene:
    hall, seller, _ = owned()
    owner, third = hall.let_in("91-D"), hall.let_in("91-E")
    args = {"owner": owner.party, "owned": seller.party, "share_bp": 1_000}
    others: Members = {"owner": third.party, "owned": third.party, "share_bp": 6_000}
    others |= {"control": True, "document_sha256": PAPER}
    return scene(hall, "party.declare_ownership", seller, args, others)


def site_new() -> Scene:
    hall, seller, _ = owned()
    operator, _ = hall.owner("91-D")
    args = {"name": "North", "delivery_point": "CN-BJ"}
    others: Members = {"name": "South", "delivery_point": "CN-SH", "operator": operator.party}
    others |= {"status": "building", "lat_e6": 1, "lon_e6": 1, "power_w": 1, "pue_bp": 12_000}
    others |= {"tariff_millis_per_kwh": 1, "uplink_mbps": 1, "latency_us": {"bj": 1}}
    return scene(hall, "site.new", seller, args, others)


def site_status() -> Scene:
    hall, seller, site = owned()
    args = {"site": site, "status": "idle"}
    others = {
        "site": "s-0099",
        "status": "closed",
        "gpus_planned": 8,
        "evidence_sha256": PAPER,
    }
    return scene(hall, "site.status", seller, args, others)


def node_site() -> Scene:
    hall, seller, site = owned()
    hall.do(seller, "site.new", name="North", delivery_point="CN-BJ")
    north = hall.answer["site"]
    hall.do(seller, "import.new", DUMP, site=site)
    args = {"nodes": ["n-0001"], "site": north}
    others = {"nodes": ["n-0099"], "site": "s-0099", "claim": True}
    return scene(hall, "node.site", seller, args, others)


def import_new() -> Scene:
    hall, seller, site = owned()
    hall.do(seller, "site.new", name="North", delivery_point="CN-BJ")
    args = {"site": site, "report_sha256": digest(DUMP)}
    others: Members = {"site": "s-0002", "report_sha256": digest(OTHER)}
    others |= {"claim": True, "dry_run": True}
    return scene(hall, "import.new", seller, args, others, DUMP)


def unit_inspect() -> Scene:
    hall, _, _ = imported()
    inspector = hall.let_in("91-I", "inspector")
    args = {"unit": "u-000001", "report_sha256": digest(DUMP)}
    others: Members = {"unit": "u-000099", "report_sha256": digest(OTHER)}
    others |= {"load_test": "passed", "flags": ["damaged"]}
    return scene(hall, "unit.inspect", inspector, args, others, DUMP)


def unit_file_provenance() -> Scene:
    hall, seller, _ = imported()
    args: Members = {"unit": "n-0001", "kind": "invoice", "document_sha256": PAPER}
    args |= {"names_serial": True}
    others: Members = {"unit": "u-000001", "kind": "customs", "document_sha256": digest("b")}
    others |= {"names_serial": False, "issued_ns": 1, "from_name": "maker"}
    others |= {"to_party": seller.party}
    return scene(hall, "unit.file_provenance", seller, args, others)


def unit_verify_provenance() -> Scene:
    hall, seller, _ = imported()
    for document in ("c", "d"):
        paper: Members = {"document_sha256": digest(document), "names_serial": True}
        hall.do(seller, "unit.file_provenance", unit="n-0001", kind="origin", **paper)
    args = {"unit": "n-0001", "document_sha256": digest("c")}
    others = {"unit": "u-000001", "document_sha256": digest("d")}
    return scene(hall, "unit.verify_provenance", hall.clerk, args, others)


def title_issue() -> Scene:
    hall, seller, _ = imported()
    other = hall.let_in("91-D", "owner")
    args = {"things": ["n-0001"]}
    others: Members = {"things": ["n-0002"], "holder": other.party, "basis": "invoice"}
    others |= {"document_sha256": PAPER, "effective_ns": 1}
    return scene(hall, "title.issue", seller, args, others)


def lease_meter() -> Scene:
    hall, seller, lease = leased()
    from_ns = hall.register.leases[LeaseId(lease)].from_ns
    args: Members = {"lease": lease, "from_ns": from_ns, "to_ns": from_ns + DAY_NS}
    args |= {"available_gpu_ns": 8 * DAY_NS}
    others: Members = {"lease": "l-0099", "from_ns": from_ns + 1, "to_ns": from_ns + DAY_NS // 2}
    others |= {"available_gpu_ns": 4 * DAY_NS, "energy_wh": 1, "source_sha256": PAPER}
    return scene(hall, "lease.meter", seller, args, others)


def deposit_new() -> Scene:
    hall, seller, _ = owned()
    args = {"party": seller.party, "amount_minor": 1, "reference": "bank-a"}
    others = {"party": "p-0001", "amount_minor": 2, "reference": "bank-b"}
    return scene(hall, "deposit.new", hall.clerk, args, others)


def deposit_reverse() -> Scene:
    hall, seller, _ = owned()
    for amount_minor, reference in ((1, "bank-a"), (2, "bank-b")):
        paid: Members = {"party": seller.party, "amount_minor": amount_minor}
        hall.do(hall.clerk, "deposit.new", reference=reference, **paid)
    args = {"party": seller.party, "amount_minor": 1, "reference": "bank-a", "reason": "not his"}
    others = {"party": "p-0001", "amount_minor": 2, "reference": "bank-b", "reason": "twice"}
    return scene(hall, "deposit.reverse", hall.clerk, args, others)


def log_accept_loss() -> Scene:
    args: Members = {"origin": f"gpubourse/cn-1/{'a' * 16}", "size": 9, "root_sha256": PAPER}
    args |= {"journal_position": 7, "journal_chain": PAPER, "reason": "a disk"}
    others: Members = {"origin": f"gpubourse/cn-1/{'b' * 16}", "size": 10, "common_size": 5}
    others |= {"journal_position": 8, "journal_chain": digest("other"), "reason": "a fire"}
    others |= {"root_sha256": digest("other")}
    hall = Hall()
    return scene(hall, "log.accept_loss", hall.clerk, args, others)


def withdrawal_new() -> Scene:
    hall, _, buyer = trading()
    return scene(
        hall,
        "withdrawal.new",
        buyer,
        {"amount_minor": 1},
        {"amount_minor": 2, "to_account": "bank"},
    )


def withdrawal_confirm() -> Scene:
    hall, payment = paying()
    args = {"payment": payment, "payer_reference": "out-1"}
    others = {"payment": "y-000099", "payer_reference": "out-2"}
    return scene(hall, "withdrawal.confirm", hall.clerk, args, others)


def withdrawal_refuse() -> Scene:
    hall, payment = paying()
    args = {"payment": payment, "reason": "closed"}
    others = {"payment": "y-000099", "reason": "unknown"}
    return scene(hall, "withdrawal.refuse", hall.clerk, args, others)


def settlement_instruct() -> Scene:
    hall, seller, _, settlement = sold()
    hall.do(hall.clerk, "settlement.fail", settlement=settlement, reason="truck")
    args = {"settlement": settlement}
    others = {"settlement": "x-000099", "mode": "carrier", "to_site": "s-0001"}
    return scene(hall, "settlement.instruct", seller, args, others)


def settlement_confirm() -> Scene:
    hall, seller, _, settlement = sold()
    others = {"settlement": "x-000099", "receipt_sha256": PAPER}
    return scene(hall, "settlement.confirm", seller, {"settlement": settlement}, others)


def settlement_accept() -> Scene:
    hall, seller, buyer, settlement = sold()
    hall.do(seller, "settlement.confirm", settlement=settlement)
    cards = [hall.register.units[UnitId(ThingId(f"u-{number:06d}"))] for number in range(1, 9)]
    seen = [f"{card.vendor}/{card.serial}/{card.board_part_number}" for card in cards]
    args = {"settlement": settlement}
    others: Members = {"settlement": "x-000099", "report_sha256": PAPER, "units_seen": seen}
    return scene(hall, "settlement.accept", buyer, args, others)


def settlement_fail() -> Scene:
    hall, _, _, settlement = sold()
    args = {"settlement": settlement, "reason": "truck"}
    others = {"settlement": "x-000099", "reason": "fire"}
    return scene(hall, "settlement.fail", hall.clerk, args, others)


def proposal_approve() -> Scene:
    hall, proposal = proposed()
    args = {"proposal": proposal}
    return scene(hall, "proposal.approve", hall.second, args, {"proposal": "z-000099"})


def proposal_reject() -> Scene:
    hall, proposal = proposed()
    args = {"proposal": proposal}
    return scene(hall, "proposal.reject", hall.second, args, {"proposal": "z-000099"})


def proposal_withdraw() -> Scene:
    hall, proposal = proposed()
    args = {"proposal": proposal}
    return scene(hall, "proposal.withdraw", hall.clerk, args, {"proposal": "z-000099"})


def instrument_new() -> Scene:
    hall = Hall()
    args = {"market": H100_TITLE}
    others = {"market": "T.H100SXM8.B1.CN-BJ", "first_reference_ticks": 7}
    return scene(hall, "instrument.new", hall.clerk, args, others)


def order_new() -> Scene:
    hall, seller, _ = trading()
    args: Members = {"market": H100_TITLE, "side": "ask", "lots": 1, "price_ticks": 1_035}
    others: Members = {"market": LEASE, "side": "bid", "lots": 2, "price_ticks": 1_036}
    others |= {"type": "market", "time_in_force": "day", "post_only": "reject", "label": "mine"}
    others |= {"expires_ns": hall.writer.at_ns + HOUR_NS, "nodes": ["n-0009"]}
    others |= {"delivery": "carrier", "self_trade": "cancel_oldest", "cancel_on_disconnect": True}
    return scene(hall, "order.new", seller, args, others)


def order_amend() -> Scene:
    hall, _, buyer = trading()
    at_ns = hall.writer.at_ns
    terms: Members = {"market": H100_TITLE, "side": "bid", "lots": 2, "price_ticks": 100}
    terms |= {"time_in_force": "gtd", "expires_ns": at_ns + DAY_NS}
    hall.do(buyer, "order.new", **terms)
    args = {"order": hall.answer["order"], "price_ticks": 99}
    others: Members = {"order": "o-000099", "price_ticks": 98, "lots": 1}
    others |= {"expires_ns": at_ns + HOUR_NS}
    return scene(hall, "order.amend", buyer, args, others)


def two_bids() -> tuple[Hall, Caller, list[str]]:
    hall, _, buyer = trading()
    orders = []
    for market, label in ((H100_TITLE, "a"), (LEASE, "b")):
        terms: Members = {
            "market": market,
            "side": "bid",
            "lots": 1,
            "price_ticks": 100,
            "label": label,
        }
        hall.do(buyer, "order.new", **terms)
        orders.append(str(hall.answer["order"]))
    return hall, buyer, orders


def order_cancel() -> Scene:
    hall, buyer, (first, second) = two_bids()
    return scene(hall, "order.cancel", buyer, {"order": first}, {"order": second})


def order_cancel_all() -> Scene:
    hall, buyer, (first, _) = two_bids()
    others: Members = {"market": LEASE, "side": "ask", "label": "a", "orders": [first]}
    return scene(hall, "order.cancel_all", buyer, {}, others)


def line_end() -> Scene:
    hall, seller, buyer = trading()
    terms: Members = {"market": H100_TITLE, "side": "bid", "lots": 1, "price_ticks": 100}
    for line in ("a", "b"):
        hall.do(replace(buyer, line=line, ends_with_line=True), "order.new", **terms)
    others: Members = {"party": seller.party, "lines": ["b"]}
    return scene(hall, "line.end", Caller(), {"party": buyer.party, "lines": ["a"]}, others)


def state_attest() -> Scene:
    hall = Hall()
    hall.advance(2 * DAY_NS)
    first, second, *_ = hall.venue.rootless
    args: Members = {"form": 2, "upto_position": first, "root": "A" * 43}
    others: Members = {"form": 1, "upto_position": second, "root": "A" * 42 + "B"}
    return scene(hall, "state.attest", Caller(), args, others)


SCENES: dict[str, Callable[[], Scene]] = {
    "venue.open": venue_open,
    "line.end": line_end,
    "state.attest": state_attest,
    "rule.new": rule_new,
    "model.new": model_new,
    "model.adopt": model_adopt,
    "principal.enrol": principal_enrol,
    "principal.revoke": principal_revoke,
    "party.new": party_new,
    "party.tier": party_tier,
    "party.suspend": party_suspend,
    "party.reinstate": party_reinstate,
    "party.grant_role": party_grant_role,
    "party.revoke_role": party_revoke_role,
    "party.declare_ownership": party_declare_ownership,
    "site.new": site_new,
    "site.status": site_status,
    "import.new": import_new,
    "node.site": node_site,
    "unit.inspect": unit_inspect,
    "unit.file_provenance": unit_file_provenance,
    "unit.verify_provenance": unit_verify_provenance,
    "title.issue": title_issue,
    "lease.meter": lease_meter,
    "deposit.new": deposit_new,
    "deposit.reverse": deposit_reverse,
    "log.accept_loss": log_accept_loss,
    "withdrawal.new": withdrawal_new,
    "withdrawal.confirm": withdrawal_confirm,
    "withdrawal.refuse": withdrawal_refuse,
    "settlement.instruct": settlement_instruct,
    "settlement.confirm": settlement_confirm,
    "settlement.accept": settlement_accept,
    "settlement.fail": settlement_fail,
    "proposal.approve": proposal_approve,
    "proposal.reject": proposal_reject,
    "proposal.withdraw": proposal_withdraw,
    "instrument.new": instrument_new,
    "order.new": order_new,
    "order.amend": order_amend,
    "order.cancel": order_cancel,
    "order.cancel_all": order_cancel_all,
}


def test_every_op_has_its_scene() -> None:
    assert set(SCENES) == set(ROWS)


@pytest.mark.parametrize("op", SCENES)
def test_every_member_has_an_effect_or_is_refused(op: str) -> None:
    found = SCENES[op]()
    granted = found.outcome()

    assert isinstance(granted, list), granted
    assert not isinstance(granted[0], NothingToDo)
    own = set(ROWS[op].command.__struct_fields__) - set(Command.__struct_fields__)
    assert set(found.others) - set(Command.__struct_fields__) == own
    idle = [
        name for name, value in found.others.items() if found.outcome(**{name: value}) == granted
    ]
    assert idle == [], f"{op} takes these members and heeds them not: enforce them, or refuse them"


# What may find nothing to do: then the thing that it names is told as it stands.
MAY_BE_NOTHING = {
    "import.new",
    "line.end",
    "node.site",
    "order.amend",
    "order.cancel_all",
    "party.grant_role",
    "party.revoke_role",
    "party.tier",
    "principal.revoke",
    "unit.file_provenance",
    "unit.verify_provenance",
}
# Ops whose stored `NothingToDo` says what stands by their orders: tests/exchange asks those.
THEIR_ORDERS_STAND = {"order.amend", "order.cancel_all", "line.end"}
# Ops that tell what was done: done again it is nothing, of the same thing.
TELL_WHAT_WAS_DONE = {"import.new", "order.cancel_all", "line.end"}


def test_a_reply_is_the_thing_that_was_named_also_where_nothing_was_to_be_done() -> None:
    """Each op is done, and done again: it is refused, does more, or tells what stands."""
    were_nothing = set()
    for op, begin in SCENES.items():
        found = begin()
        granted = found.outcome()
        assert isinstance(granted, list)
        _, first = answer(op, granted)
        assert first, op
        commit(found.venue, granted, Moment(found.at_ns, 10_000, 10_001))
        found.at_ns += SECOND_NS
        again = found.outcome()
        if not isinstance(again, list) or not isinstance(again[0], NothingToDo):
            continue
        were_nothing.add(op)
        _, told = answer(op, again)
        if op not in THEIR_ORDERS_STAND:
            bare = stands_by_args(NothingToDo(again[0].party, op), found.args)
            assert set(bare) == set(again[0].stands), op
        if op in TELL_WHAT_WAS_DONE:
            assert list(told) == list(first)
            assert told.get("report_sha256") == first.get("report_sha256")
        else:
            assert told == first, op

    assert were_nothing == MAY_BE_NOTHING


@pytest.mark.parametrize("op", SCENES)
def test_what_an_op_does_its_row_can_tell(op: str) -> None:
    granted = SCENES[op]().outcome()

    assert isinstance(granted, list)
    assert type(outcome_event(granted)) in ROWS[op].reply.results
