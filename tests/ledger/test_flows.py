"""Whole flows through every room, with all lines of DOMAIN 6 asked after each event: `hall`."""

from typing import Any

import pytest

from ledger.caller import Caller
from ledger.durations import DAY_NS, HOUR_NS
from ledger.events import (
    DeliveryAccepted,
    SettlementFailed,
    TradeSettled,
    TradeUnwound,
    UnitGraded,
    UsageMetered,
)
from ledger.refusals import Reason
from tests.ledger.hall import H100_TITLE, MINUTE_NS, OPEN_NS, SECOND_NS, Hall, only
from tests.ledger.opened import all_of, kinds
from tests.ledger.things.dumps import real

DUMP = "nvidia-smi-q_H100SXMx8.txt"
LEASE = "L.H100SXM8.CN-BJ.2024-12"
CASH_MINOR = 1_000_000_000
ASK: dict[str, Any] = {"market": H100_TITLE, "side": "ask", "price_ticks": 1_035, "lots": 1}


def met() -> tuple[Hall, Caller, Caller]:
    """A seller with one titled board, and a buyer with cash."""
    hall = Hall()
    seller, site = hall.owner("91-A")
    buyer = hall.let_in("91-C", "owner")
    hall.pay_in(buyer, CASH_MINOR)
    hall.titled(seller, site, real(DUMP))
    return hall, seller, buyer


def sold(hall: Hall, seller: Caller, buyer: Caller) -> str:
    """The board, for 82,800,000 fen and a fee of 82,800; the settlement's id."""
    hall.order(seller, "ask", 1_035)
    hall.order(buyer, "bid", 1_035)
    [settlement] = hall.register.settlements
    return settlement


def test_a_sale_from_dump_to_withdrawal() -> None:
    hall, seller, buyer = met()
    settlement = sold(hall, seller, buyer)
    hall.refused(Reason.on_hold, seller, "order.new", **ASK)
    hall.refused(Reason.not_your_party, buyer, "settlement.confirm", settlement=settlement)
    hall.refused(Reason.wrong_state, buyer, "settlement.accept", settlement=settlement)
    hall.do(seller, "settlement.confirm", settlement=settlement)

    events = hall.do(buyer, "settlement.accept", real(DUMP), settlement=settlement)

    assert kinds(events) == ["DeliveryAccepted", "TitleTransferred", "TradeSettled"]
    assert hall.answer["compared"] == "8 of 8 match, same grade"
    assert hall.register.available_minor(seller.party) == 82_800_000
    assert hall.register.accounts["cn-1/fees"] == 82_800
    assert hall.register.available_minor(buyer.party) == CASH_MINOR - 82_882_800
    hall.do(seller, "withdrawal.new", amount_minor=82_800_000, to_account="bank")
    payment = hall.answer["payment"]
    hall.do(hall.clerk, "withdrawal.confirm", payment=payment, payer_reference="out-1")
    hall.refused(
        Reason.wrong_state,
        hall.clerk,
        "withdrawal.confirm",
        payment=payment,
        payer_reference="out-2",
    )
    assert hall.replayed() == hall.state()


def test_after_a_sale_the_dump_is_the_new_owners() -> None:
    hall, seller, buyer = met()
    settlement = sold(hall, seller, buyer)
    hall.do(seller, "settlement.confirm", settlement=settlement)
    hall.do(buyer, "settlement.accept", settlement=settlement)
    fresh = real(DUMP) + b"\n"
    paper: dict[str, Any] = {"kind": "invoice", "document_sha256": "d" * 43, "names_serial": True}

    hall.refused(Reason.owned_by_another, seller, "import.new", fresh, site="s-0001")
    hall.refused(Reason.not_the_owner, seller, "unit.file_provenance", unit="n-0001", **paper)
    hall.refused(Reason.not_the_owner, seller, "order.new", **ASK)
    hall.do(buyer, "import.new", fresh, site="s-0001")
    hall.refused(Reason.holding_period, buyer, "order.new", **ASK)

    hall.advance(5 * DAY_NS)
    hall.order(buyer, "ask", 1_035)
    assert hall.replayed() == hall.state()


def test_what_is_not_delivered_fails_is_cured_once_and_unwound() -> None:
    hall, seller, buyer = met()
    settlement = sold(hall, seller, buyer)
    due_ns = hall.register.settlements[settlement].due_ns

    assert all_of(SettlementFailed, hall.advance(due_ns - hall.writer.at_ns - SECOND_NS)) == []
    only(SettlementFailed, hall.advance(2 * SECOND_NS))
    said = hall.refused(Reason.wrong_state, seller, "settlement.confirm", settlement=settlement)
    assert "instruct delivery once more" in said
    hall.refused(Reason.not_your_party, buyer, "settlement.instruct", settlement=settlement)
    hall.do(seller, "settlement.instruct", settlement=settlement)

    events = hall.advance(3 * DAY_NS)
    assert only(TradeUnwound, events).returned_minor == 82_882_800
    assert hall.register.available_minor(buyer.party) == CASH_MINOR
    hall.advance(HOUR_NS)
    sold(hall, seller, buyer)  # and it can be sold again
    assert hall.replayed() == hall.state()


def test_a_cure_that_is_delivered_settles() -> None:
    hall, seller, buyer = met()
    settlement = sold(hall, seller, buyer)
    hall.do(hall.clerk, "settlement.fail", settlement=settlement, reason="truck broke down")
    hall.do(seller, "settlement.instruct", settlement=settlement)
    hall.do(seller, "settlement.confirm", settlement=settlement)

    events = hall.advance(72 * HOUR_NS)

    assert only(DeliveryAccepted, events).by_timeout
    assert only(TradeSettled, events).notional_minor == 82_800_000
    assert hall.register.things["n-0001"].owner == buyer.party


def test_a_week_of_silence_leaves_the_buyer_the_days_he_had() -> None:
    hall, seller, buyer = met()
    settlement = sold(hall, seller, buyer)
    hall.do(seller, "settlement.confirm", settlement=settlement)
    hall.advance(12 * HOUR_NS)

    hall.sleep(7 * DAY_NS)

    left_ns = hall.register.settlements[settlement].inspect_until_ns - hall.writer.at_ns
    assert left_ns == 60 * HOUR_NS
    assert all_of(TradeSettled, hall.advance(60 * HOUR_NS - MINUTE_NS)) == []
    assert only(TradeSettled, hall.advance(MINUTE_NS)).settlement == settlement
    assert hall.replayed() == hall.state()


def test_a_bar_on_what_was_sold_keeps_the_money_in_escrow_until_it_is_lifted() -> None:
    hall, seller, buyer = met()
    settlement = sold(hall, seller, buyer)
    hall.do(seller, "settlement.confirm", settlement=settlement)
    rival, site = hall.owner("91-B")
    serial = hall.register.units["u-000001"].serial
    forged = real(DUMP).replace(serial.encode(), b"1659999999999")
    for number in range(2, 9):  # seven cards of the dump are the seller's: they change both keys
        unit = hall.register.units[f"u-{number:06d}"]
        forged = forged.replace(unit.serial.encode(), f"16588888888{number:02d}".encode())
        forged = forged.replace(unit.uuid[-4:].encode(), b"%04d" % number)
    hall.do(rival, "import.new", forged, site=site)

    said = hall.refused(Reason.on_hold, buyer, "settlement.accept", settlement=settlement)
    assert said.endswith(
        "(identity): an inspector has to look at every card of it and give a report first."
    )
    assert all_of(TradeSettled, hall.advance(80 * HOUR_NS)) == []
    inspector = hall.let_in("91-I", "inspector")
    events = hall.do(inspector, "unit.inspect", real(DUMP), unit="n-0001")

    assert kinds(events)[-4:] == [
        "HoldReleased",
        "DeliveryAccepted",
        "TitleTransferred",
        "TradeSettled",
    ]
    assert hall.replayed() == hall.state()


def test_a_party_stopped_in_the_middle_is_still_served_by_the_venue() -> None:
    hall, seller, buyer = met()
    settlement = sold(hall, seller, buyer)
    hall.do(hall.clerk, "party.suspend", party=seller.party, reason="doubts")
    hall.refused(Reason.party_suspended, seller, "settlement.confirm", settlement=settlement)

    hall.do(hall.clerk, "settlement.confirm", settlement=settlement)  # its own custodian
    hall.do(buyer, "settlement.accept", settlement=settlement)

    assert hall.register.available_minor(seller.party) == 82_800_000
    hall.refused(Reason.party_suspended, seller, "withdrawal.new", amount_minor=1)


def test_a_grade_that_ends_on_offer_ends_the_offer() -> None:
    hall, seller, _ = met()
    hall.order(seller, "ask", 1_035)

    events = hall.advance(90 * DAY_NS)

    assert {each.reasons[0] for each in all_of(UnitGraded, events)} == {"expired"}
    assert kinds(events).count("OrderCancelled") == 1
    assert hall.venue.orders == {}
    assert hall.register.units["u-000001"].state == "registered"


def test_a_lease_month_ends_with_nothing_left_in_escrow() -> None:
    hall, seller, buyer = met()
    hall.order(seller, "ask", 1_302, LEASE)
    hall.order(buyer, "bid", 1_302, LEASE)
    lease = hall.register.leases["l-0001"]
    december = (lease.from_ns, lease.to_ns)
    assert december == (1_732_982_400_000_000_000, 1_735_660_800_000_000_000)  # 744 h in Shanghai
    span: dict[str, Any] = {"lease": "l-0001", "from_ns": december[0]}
    span |= {"to_ns": december[0] + HOUR_NS, "available_gpu_ns": 8 * HOUR_NS}
    hall.refused(Reason.wrong_state, seller, "lease.meter", **span)
    hall.refused(Reason.leased_beyond, seller, "order.new", **ASK)

    hall.advance(december[0] - hall.writer.at_ns)
    said = hall.refused(Reason.wrong_state, seller, "lease.meter", **span)
    assert "at the latest at 2024-12-01 00:00:" in said
    hall.advance(2 * HOUR_NS)
    hall.refused(Reason.not_your_party, buyer, "lease.meter", **span)
    hall.refused(Reason.bad_field, seller, "lease.meter", **span | {"to_ns": december[0]})
    too_much = span | {"available_gpu_ns": 8 * HOUR_NS + 1}
    hall.refused(Reason.bad_field, seller, "lease.meter", **too_much)
    half = only(
        UsageMetered,
        hall.do(seller, "lease.meter", **span | {"available_gpu_ns": 4 * HOUR_NS}),
    )
    assert (half.earned_minor, half.fee_minor, half.returned_minor) == (5_208, 5, 5_213)
    said = hall.refused(Reason.wrong_state, seller, "lease.meter", **span)
    assert said == "l-0001 is metered up to 2024-12-01 01:00:00: the next span begins there."

    hall.advance(20 * DAY_NS)
    hall.sleep(9 * DAY_NS)  # the world's clock goes on: hours of a lease do not move
    hall.advance(december[1] + 2 * DAY_NS - hall.writer.at_ns)

    assert hall.register.leases == {}
    assert hall.register.things["n-0001"].windows == []
    rent_minor = 8 * 744 * 1_302 - 5_208  # all but the hour that was half down
    assert hall.register.available_minor(seller.party) == rent_minor
    assert hall.register.accounts["cn-1/fees"] == rent_minor // 1_000
    assert sum(hall.register.accounts.values()) == 0
    assert hall.replayed() == hall.state()


@pytest.mark.parametrize("hours", [1, 4])  # 21:00, markets are open; 00:00:30, they are closed
def test_what_was_approved_is_what_the_answer_tells(hours: int) -> None:
    """The markets that a title calls for are listed in its batch, and are not the answer."""
    hall = Hall()
    seller, site = hall.owner("91-A")
    hall.do(seller, "import.new", real(DUMP), site=site, claim=True)
    hall.papers(seller, "n-0001")
    hall.advance(hours * HOUR_NS - (hall.writer.at_ns - OPEN_NS) + 30 * SECOND_NS)

    hall.approve(hall.clerk)
    assert hall.answer["outcome"] == {"titles": [{"thing": "n-0001", "holder": seller.party}]}

    hall.two("instrument.new", market="T.A40.A1.CN-BJ")
    assert hall.answer["outcome"]["market"] == "T.A40.A1.CN-BJ"
