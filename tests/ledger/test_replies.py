"""Answers: told by a batch's events alone, so that the same batch always says the same."""

import pytest

from exchange.answer import answer
from ledger import commands as c
from ledger.events import (
    CashPosted,
    DeliveryAccepted,
    Event,
    NothingToDo,
    PaymentConfirmed,
    PaymentInstructed,
    ProposalApproved,
    ProposalRejected,
    TitleIssued,
    TradeSettled,
)
from ledger.op import ACCEPTED, CREATED, OK
from ledger.oversight.approvals import propose
from tests.ledger.opened import (
    CLERK_1,
    DAWN_NS,
    SELLER,
    digest,
    enrolment,
    import_of,
    needs,
    opened,
    party,
    settled_in,
)
from tests.ledger.things.dumps import csv, dump, real, several

WITHDRAWN = CashPosted(
    book="cn-1",
    entry="j-000007",
    kind="withdraw",
    reference="y-000001",
    postings=[("p-0002/available", -5), ("p-0002/withdrawing/y-000001", 5)],
    reverses_position=0,
)


def test_a_new_thing_is_201_and_named() -> None:
    street = opened()

    assert answer("party.new", street.do(party("91-A"), CLERK_1)) == (CREATED, {"party": "p-0002"})
    status, told = answer("principal.enrol", street.do(enrolment("p-0002", "a", ["read"]), CLERK_1))
    assert (status, told["principal"], told["scopes"]) == (CREATED, "k-0003", ["read"])


def test_a_change_is_200() -> None:
    street = settled_in()

    tier = street.do(c.SetKycTier("p-0002", 1), CLERK_1)
    assert answer("party.tier", tier) == (OK, {"party": "p-0002", "kyc_tier": 1})
    stopped = street.do(c.SuspendParty("p-0002", "fraud"), CLERK_1)
    assert answer("party.suspend", stopped) == (OK, {"party": "p-0002", "state": "suspended"})


def test_nothing_to_do_is_200_and_tells_what_stands() -> None:
    stands = {"party": "p-0002", "kyc_tier": 1}
    event = NothingToDo(party="p-0002", op="party.tier", stands=stands)

    assert answer("party.tier", [event]) == (OK, stands)


def test_an_import_tells_units_grades_and_the_proposal() -> None:
    street = settled_in()

    status, told = answer(
        "import.new", import_of(street, real("nvidia-smi-q_H100SXMx8.txt"), claim=True)
    )

    assert status == CREATED
    assert told["nodes"] == ["n-0001"]
    assert told["units"] == told["new_units"] == [f"u-{n:06d}" for n in range(1, 9)]
    assert set(told["grades"].values()) == {"A"}
    assert set(told["identity"].values()) == {"strong"}
    assert (told["rejected"], told["warnings"], told["holds"]) == ([], [], [])
    assert told["proposal"] == "z-000001"
    assert told["missing_for_p1"] == ["acquisition_naming_the_serial", "customs_or_origin"]


def test_an_import_tells_by_line_what_it_left_out_and_what_it_noticed() -> None:
    street = settled_in()
    worn = dump(*several(8)).replace(
        b"Correctable Error              : 0", b"Correctable Error              : 2", 1
    )

    _, told = answer("import.new", import_of(street, worn))
    _, partly = answer(
        "import.new",
        import_of(
            street,
            csv(
                "nvidia,NVIDIA L40S,1320223012345,900-2G133-0080-000,,a,0",
                "nvidia,NVIDIA L40S,1.65442E+12,900-2G133-0080-000,,b,0",
            ),
        ),
    )

    [warning] = told["warnings"]
    assert (warning["code"], warning["value"]) == ("correctable_remaps", 2)
    assert warning["line"] > 10
    [left_out] = partly["rejected"]
    assert left_out["where"] == "line 3"
    assert left_out["why"].startswith("serial_damaged: ")


def test_what_waits_for_others_is_202() -> None:
    street = settled_in()
    order = c.GrantRole("p-0002", "inspector")
    op = "party.grant_role"
    needed = needs(street.register, op, order, CLERK_1)

    assert answer(op, propose(street.register, op, order, CLERK_1, needed, street.moment)) == (
        ACCEPTED,
        {
            "proposal": "z-000001",
            "op": op,
            "needs": ["scope:admin"],
            "expires_ns": DAWN_NS + street.register.rules.value("proposal", street.moment.at_ns),
        },
    )


@pytest.mark.parametrize("is_last", [False, True])
def test_an_approval_tells_what_came_of_it(is_last: bool) -> None:
    agreed = ProposalApproved(proposal="z-000001", party="p-0001", principal="k-0002")
    title = TitleIssued(
        node="n-0001", holder="p-0002", basis="opening", document_sha256="", effective_ns=0
    )
    events: list[Event] = [agreed, title] if is_last else [agreed]

    status, told = answer("proposal.approve", events)

    assert status == OK
    assert told["state"] == ("approved" if is_last else "waiting")
    if is_last:
        assert told["outcome"] == {"titles": [{"thing": "n-0001", "holder": "p-0002"}]}


def test_a_proposal_that_ended() -> None:
    event = ProposalRejected(proposal="z-000001", party="p-0001", principal="k-0002")

    assert answer("proposal.reject", [event]) == (
        OK,
        {"proposal": "z-000001", "state": "rejected"},
    )


def test_a_cash_entry_speaks_only_when_nothing_else_does() -> None:
    caller = PaymentInstructed(
        payment="y-000001", party="p-0002", amount_minor=5, legs=[], payer=""
    )
    paid = PaymentConfirmed(payment="y-000001", payer_reference="BANK-1")

    assert answer("deposit.new", [WITHDRAWN])[1]["entry"] == "j-000007"
    assert answer("withdrawal.new", [caller, WITHDRAWN])[1]["state"] == "withdrawing"
    assert answer("withdrawal.confirm", [WITHDRAWN, paid]) == (
        OK,
        {"payment": "y-000001", "state": "paid"},
    )


def test_an_acceptance_tells_where_the_cash_went() -> None:
    accepted = DeliveryAccepted(
        settlement="x-000031", by_timeout=False, report_sha256="", units_seen=[]
    )
    settled = TradeSettled(
        settlement="x-000031",
        buyer="p-0042",
        seller="p-0007",
        notional_minor=82_800_000,
        buyer_fee_minor=82_800,
        seller_fee_minor=0,
        entry="",
        venue="cn-1",
    )

    assert answer("settlement.accept", [accepted, settled]) == (
        OK,
        {
            "settlement": "x-000031",
            "state": "settled",
            "postings": [
                ["p-0042/escrow/x-000031", -82_882_800],
                ["p-0007/available", 82_800_000],
                ["cn-1/fees", 82_800],
            ],
        },
    )


def test_papers_and_titles_tell_their_units() -> None:
    street = settled_in()
    import_of(street, dump(*several(8)))
    paper = digest("invoice")

    filed = street.do(c.FileProvenance("n-0001", "invoice", paper, True), SELLER)
    verified = street.do(c.VerifyProvenance("n-0001", paper), CLERK_1)

    assert len(answer("unit.file_provenance", filed)[1]["units"]) == 8
    told = answer("unit.verify_provenance", verified)[1]
    assert told["provenance"]["u-000001"] == "P2"
    assert told["gaps"]["u-000001"] == ["customs_or_origin"]
