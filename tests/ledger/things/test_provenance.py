"""Papers: filed by the holder, verified by another, and the digit that they earn."""

import pytest

from ledger import commands as c
from ledger.caller import Caller
from ledger.events import (
    Event,
    NothingToDo,
    ProvenanceFiled,
    ProvenanceGraded,
    ProvenanceVerified,
    TitleIssued,
)
from ledger.records import Document
from ledger.refusals import Reason
from ledger.things.provenance import provenance
from tests.ledger.opened import (
    CLERK_1,
    CLERK_2,
    DAWN_NS,
    RIVAL,
    SELLER,
    Street,
    all_of,
    digest,
    import_of,
    kinds,
    refusal,
    settled_in,
)
from tests.ledger.things.dumps import dump, several

GAP_SERIAL, GAP_ENTRY = "acquisition_naming_the_serial", "customs_or_origin"


def with_a_board() -> Street:
    street = settled_in()
    import_of(street, dump(*several(8)))
    return street


def file(
    street: Street, kind: str, names_serial: bool, unit: str = "n-0001", caller: Caller = SELLER
) -> list[Event]:
    return street.do(c.FileProvenance(unit, kind, digest(kind), names_serial), caller)


def verify(street: Street, kind: str, unit: str = "n-0001") -> list[Event]:
    return street.do(c.VerifyProvenance(unit, digest(kind)), CLERK_1)


def paper(kind: str, names_serial: bool = True, is_verified: bool = True) -> Document:
    return Document(kind, names_serial, is_verified)


@pytest.mark.parametrize(
    ("papers", "digit", "gaps"),
    [
        ([], "P0", [GAP_SERIAL, GAP_ENTRY]),
        ([paper("invoice", is_verified=False)], "P0", [GAP_SERIAL, GAP_ENTRY]),
        ([paper("invoice", names_serial=False)], "P0", [GAP_SERIAL, GAP_ENTRY]),
        ([paper("customs", names_serial=False)], "P0", [GAP_SERIAL]),
        ([paper("customs")], "P2", [GAP_SERIAL]),
        ([paper("invoice")], "P2", [GAP_ENTRY]),
        ([paper("invoice", names_serial=False), paper("customs")], "P2", [GAP_SERIAL]),
        ([paper("invoice"), paper("customs", names_serial=False)], "P1", []),
        ([paper("donation"), paper("origin")], "P1", []),
        ([paper("court"), paper("customs")], "P1", []),
    ],
)
def test_what_papers_earn(papers: list[Document], digit: str, gaps: list[str]) -> None:
    assert provenance(papers) == (digit, gaps)


def test_a_paper_for_a_server_is_filed_for_each_of_its_units() -> None:
    street = with_a_board()

    events = file(street, "invoice", names_serial=True)

    assert [each.unit for each in all_of(ProvenanceFiled, events)] == [
        f"u-{n:06d}" for n in range(1, 9)
    ]
    assert street.register.things["n-0001"].provenance == "P0"  # filed is not verified


def test_a_board_is_worth_its_least_documented_unit() -> None:
    street = with_a_board()
    file(street, "invoice", names_serial=True)
    verify(street, "invoice", "u-000001")
    assert street.register.units["u-000001"].provenance == "P2"
    assert street.register.things["n-0001"].class_ == "H100SXM8.A0"

    verify(street, "invoice")

    assert street.register.things["n-0001"].class_ == "H100SXM8.A2"


def test_an_invoice_and_a_customs_paper_make_p1() -> None:
    street = with_a_board()
    file(street, "invoice", names_serial=True)
    file(street, "customs", names_serial=False)
    verify(street, "invoice")

    events = verify(street, "customs", "u-000001")

    assert events == [
        ProvenanceVerified(unit="u-000001", document_sha256=digest("customs")),
        ProvenanceGraded(unit="u-000001", provenance="P1", gaps=[]),
    ]
    verify(street, "customs")
    assert street.register.things["n-0001"].class_ == "H100SXM8.A1"
    assert street.replayed() == street.register


def test_the_same_paper_again_is_nothing_to_do() -> None:
    street = with_a_board()
    file(street, "invoice", names_serial=True, unit="u-000001")

    [nothing] = file(street, "invoice", names_serial=True, unit="u-000001")
    assert isinstance(nothing, NothingToDo)
    assert nothing.stands["units"] == ["u-000001"]
    assert len(file(street, "invoice", names_serial=True)) == 7
    verify(street, "invoice")
    assert kinds(verify(street, "invoice")) == ["NothingToDo"]


def test_papers_are_their_holders_to_file() -> None:
    street = with_a_board()

    with refusal(street, Reason.not_the_owner):
        file(street, "invoice", names_serial=True, caller=RIVAL)
    with refusal(street, Reason.unknown_unit):
        file(street, "invoice", names_serial=True, unit="u-000099")
    with refusal(street, Reason.unknown_node):
        file(street, "invoice", names_serial=True, unit="n-0099")


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (c.FileProvenance("u-000001", "poem", "A" * 43, True), Reason.bad_field),
        (c.FileProvenance("u-000001", "invoice", "A" * 43, True, DAWN_NS + 1), Reason.bad_field),
        (
            c.FileProvenance("u-000001", "invoice", "A" * 43, True, to_party="p-0099"),
            Reason.unknown_party,
        ),
    ],
)
def test_a_paper_is_of_a_known_kind_and_not_from_the_future(
    order: c.FileProvenance, reason: Reason
) -> None:
    street = with_a_board()

    with refusal(street, reason):
        street.do(order, SELLER)


def test_a_paper_is_verified_by_another_with_the_office() -> None:
    street = with_a_board()
    file(street, "invoice", names_serial=True)
    order = c.VerifyProvenance("n-0001", digest("invoice"))

    with refusal(street, Reason.role_missing):
        street.do(order, RIVAL)
    street.do(c.GrantRole("p-0002", "inspector"), CLERK_1)
    with refusal(street, Reason.not_your_party):
        street.do(order, SELLER)
    street.do(order, CLERK_2)


def test_a_paper_that_is_not_on_file() -> None:
    street = with_a_board()

    with refusal(street, Reason.unknown_document):
        verify(street, "invoice")


def test_a_paper_filed_by_mistake_is_filed_again_until_it_is_verified() -> None:
    street = with_a_board()
    file(street, "invoice", names_serial=False)

    events = file(street, "invoice", names_serial=True)

    assert kinds(events) == ["ProvenanceFiled"] * 8
    assert all_of(ProvenanceGraded, verify(street, "invoice"))[0].provenance == "P2"
    assert kinds(file(street, "invoice", names_serial=True)) == ["NothingToDo"]
    with refusal(street, Reason.wrong_state):
        file(street, "invoice", names_serial=False)


def test_who_filed_a_paper_never_verifies_it() -> None:
    """Also when the card has been sold since, and the filer is an inspector."""
    street = with_a_board()
    file(street, "invoice", names_serial=True)
    street.do(c.GrantRole("p-0002", "inspector"), CLERK_1)
    street.happen(
        [
            TitleIssued(
                node="n-0001", holder="p-0003", basis="court", document_sha256="", effective_ns=0
            )
        ]
    )

    with refusal(street, Reason.not_your_party):
        street.do(c.VerifyProvenance("n-0001", digest("invoice")), SELLER)
