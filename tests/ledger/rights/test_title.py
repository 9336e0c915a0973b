"""Title: issued once to one holder, kept in the index of what each party owns, moved by a sale."""

import pytest

from ledger import commands as c
from ledger.durations import DAY_NS
from ledger.events import (
    CustodyMoved,
    Event,
    HoldPlaced,
    HoldReleased,
    TitleIssued,
    TitleTransferred,
)
from ledger.refusals import Reason
from tests.ledger.opened import (
    CLERK_1,
    DAWN_NS,
    RIVAL,
    SELLER,
    Street,
    digest,
    import_of,
    needs,
    refusal,
    settled_in,
)
from tests.ledger.things.dumps import block, dump, several

BOARD = c.IssueTitle(["n-0001"])


def card(number: int, **changes: str) -> str:
    shown = {
        "Serial Number": f"{1_320_223_000_000 + number}",
        "GPU UUID": f"GPU-0a1b2c3d-0000-0000-0000-{number:012x}",
        "Board Part Number": "900-2G133-0080-000",
        "FB Memory Usage/Total": "46068 MiB",
    }
    return block(shown | changes, name="NVIDIA L40S", bus=number)


def with_things() -> Street:
    """n-0001 is a board; u-000009 … u-000011 are single cards, the last without a serial."""
    street = settled_in()
    import_of(street, dump(*several(8)))
    import_of(street, dump(card(1), card(2), card(3, **{"Serial Number": "0"})))
    return street


def sale(**to: str) -> TitleTransferred:
    return TitleTransferred(
        **to,
        from_party="p-0002",
        to_party="p-0003",
        settlement="x-000001",
        basis="sale",
        price_minor=82_800_000,
        subject_to=[],
        effective_ns=DAWN_NS,
    )


def identity_hold() -> HoldPlaced:
    return HoldPlaced(
        node="n-0001",
        hold="h-000001",
        kind="identity",
        from_ns=DAWN_NS,
        to_ns=0,
        reference="u-000001",
        basis_sha256="",
    )


def test_the_registrant_asks_and_becomes_the_holder() -> None:
    street = with_things()

    events = street.do(c.IssueTitle(["n-0001", "u-000010", "u-000009"]), SELLER)

    assert events == [
        TitleIssued(
            **{kind: thing},
            holder="p-0002",
            basis="opening",
            document_sha256="",
            effective_ns=DAWN_NS,
        )
        for kind, thing in (("node", "n-0001"), ("unit", "u-000010"), ("unit", "u-000009"))
    ]
    assert street.register.things["n-0001"].owner == "p-0002"
    assert street.register.owned == {
        ("p-0002", "H100SXM8", "CN-BJ"): ["n-0001"],
        ("p-0002", "L40S", "CN-BJ"): ["u-000009", "u-000010"],  # lowest number first
    }
    assert street.replayed() == street.register


def test_title_may_go_to_another_holder() -> None:
    street = with_things()
    paper = digest("invoice")

    street.do(c.IssueTitle(["n-0001"], "p-0003", "invoice", paper, DAWN_NS - DAY_NS), SELLER)

    assert street.register.things["n-0001"].owner == "p-0003"


def test_without_papers_it_takes_two_clerks_and_with_papers_one() -> None:
    street = with_things()
    assert needs(street.register, "title.issue", BOARD, SELLER) == ["scope:operate"] * 2

    for kind in ("invoice", "customs"):
        street.do(c.FileProvenance("n-0001", kind, digest(kind), True), SELLER)
        street.do(c.VerifyProvenance("n-0001", digest(kind)), CLERK_1)

    assert needs(street.register, "title.issue", BOARD, SELLER) == ["scope:operate"]
    both = c.IssueTitle(["n-0001", "u-000009"])
    assert needs(street.register, "title.issue", both, SELLER) == ["scope:operate"] * 2


def test_title_is_issued_once() -> None:
    street = with_things()
    street.do(BOARD, SELLER)

    with refusal(street, Reason.wrong_state):
        street.do(BOARD, SELLER)


def test_all_or_none() -> None:
    street = with_things()
    street.do(BOARD, SELLER)

    with refusal(street, Reason.wrong_state):
        street.do(c.IssueTitle(["u-000009", "n-0001"]), SELLER)
    assert street.register.things["u-000009"].owner == ""


def test_only_the_registrant_asks() -> None:
    street = with_things()

    with refusal(street, Reason.not_the_owner):
        street.do(BOARD, RIVAL)


def test_title_needs_strong_identity() -> None:
    street = with_things()

    with refusal(street, Reason.evidence_too_weak):
        street.do(c.IssueTitle(["u-000011"]), SELLER)


def test_a_thing_on_hold_gets_no_title_until_it_is_lifted() -> None:
    street = with_things()
    street.happen([identity_hold()])

    with refusal(street, Reason.on_hold):
        street.do(BOARD, SELLER)
    street.happen([HoldReleased(node="n-0001", hold="h-000001", reason="inspected")])
    street.do(BOARD, SELLER)
    assert street.replayed() == street.register


def test_a_unit_of_a_board_has_no_title_of_its_own() -> None:
    street = with_things()

    with refusal(street, Reason.bad_field):
        street.do(c.IssueTitle(["u-000001"]), SELLER)


def test_a_unit_without_a_market_has_no_title() -> None:
    street = with_things()
    import_of(street, dump(block({"Serial Number": "1999999999999", "GPU UUID": None}, name="X")))

    with refusal(street, Reason.unknown_model):
        street.do(c.IssueTitle(["u-000012"]), SELLER)


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (c.IssueTitle(["n-0001"], basis="finding"), Reason.bad_field),
        (c.IssueTitle(["n-0001"], basis="court"), Reason.bad_field),
        (c.IssueTitle(["n-0001", "n-0001"]), Reason.bad_field),
        (c.IssueTitle(["n-0001"], effective_ns=DAWN_NS + 1), Reason.bad_field),
        (c.IssueTitle(["n-0001"], holder="p-0099"), Reason.unknown_party),
        (c.IssueTitle(["n-0099"]), Reason.unknown_node),
        (c.IssueTitle(["u-000099"]), Reason.unknown_unit),
    ],
)
def test_what_is_not_there_cannot_be_titled(order: c.IssueTitle, reason: Reason) -> None:
    street = with_things()

    with refusal(street, reason):
        street.do(order, SELLER)


def test_who_is_suspended_takes_no_title() -> None:
    street = with_things()
    street.do(c.SuspendParty("p-0003", "fraud"), CLERK_1)

    with refusal(street, Reason.party_suspended):
        street.do(c.IssueTitle(["n-0001"], holder="p-0003"), SELLER)


def test_a_sale_moves_title_and_starts_the_holding_period() -> None:
    street = with_things()
    street.do(c.IssueTitle(["u-000009", "u-000010"]), SELLER)
    street.moment.at_ns += DAY_NS

    street.happen([sale(unit="u-000009")])

    assert street.register.things["u-000009"].last_sale_ns == DAWN_NS + DAY_NS
    assert street.register.owned == {
        ("p-0002", "L40S", "CN-BJ"): ["u-000010"],
        ("p-0003", "L40S", "CN-BJ"): ["u-000009"],
    }
    assert street.replayed() == street.register


def test_a_thing_that_moves_is_found_where_it_stands() -> None:
    street = with_things()
    street.do(BOARD, SELLER)
    street.do(c.RegisterSite("East", "CN-SH"), RIVAL)
    moved: list[Event] = [
        CustodyMoved(node="n-0001", from_party="p-0002", to_party="p-0003", site="s-0003"),
        CustodyMoved(node="n-0002", from_party="p-0002", to_party="p-0003", site="s-0003"),
    ]

    street.happen(moved)

    assert street.register.owned == {("p-0002", "H100SXM8", "CN-SH"): ["n-0001"]}
    assert street.register.things["u-000009"].delivery_point == "CN-SH"
    assert street.register.nodes["n-0001"].custodian == "p-0003"
    assert street.replayed() == street.register
