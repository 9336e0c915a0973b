"""What a first report could not tell and a later one does: slots, boards, models."""

import pytest

from ledger.events import NodeIdentified, UnitIdentified, UnitRegistered
from ledger.ids import NodeId
from ledger.refusals import Reason
from tests.ledger.hall import Hall, only
from tests.ledger.opened import all_of, kinds
from tests.ledger.things.cards import LATER, l40s
from tests.ledger.things.dumps import block, dump, several

HIDDEN = {"Serial Number": "[Unknown Error]", "GPU UUID": "[Unknown Error]"}


def nameless(cards: list[str], at: int) -> list[str]:
    """The same cards, of which one shows neither serial nor UUID."""
    hidden = block(HIDDEN, bus=0x10 + at)
    return [*cards[:at], hidden, *cards[at + 1 :]]


def test_a_nameless_card_is_known_by_its_slot() -> None:
    hall = Hall()
    seller, site = hall.owner("91-A")
    cards = [l40s(), l40s(1_320_223_012_346, 16), block(HIDDEN, bus=17, name="NVIDIA L40S")]
    hall.do(seller, "import.new", dump(*cards), site=site)

    events = hall.do(seller, "import.new", dump(*cards) + b"\n", site=site)

    assert all_of(UnitRegistered, events) == []
    assert len(hall.register.units) == 3


@pytest.mark.parametrize("count", [3, 8])
def test_a_card_that_shows_its_keys_later_is_the_one_in_its_slot(count: int) -> None:
    """A driver's hiccup at the first report must not keep a board from its title for ever."""
    hall = Hall()
    seller, site = hall.owner("91-A")
    cards = several(count)
    hall.do(seller, "import.new", dump(*nameless(cards, 1)), site=site)
    assert hall.register.units["u-000002"].identity == "weak"

    events = hall.do(seller, "import.new", dump(*cards), site=site)

    assert only(UnitIdentified, events).unit == "u-000002"
    assert hall.register.units["u-000002"].identity == "strong"
    assert len(hall.register.units) == count
    assert hall.replayed() == hall.state()


@pytest.mark.parametrize("count", [3, 8])
def test_a_nameless_card_where_a_known_one_stood_is_asked_for_again(count: int) -> None:
    hall = Hall()
    seller, site = hall.owner("91-A")
    hall.do(seller, "import.new", dump(*several(count)), site=site)

    hidden = dump(*nameless(several(count), 1))
    said = hall.refused(Reason.already_registered, seller, "import.new", hidden, site=site)

    assert "neither serial nor UUID" in said
    assert "u-000002" in said


def test_a_board_seen_whole_at_last_is_one_thing() -> None:
    hall = Hall()
    seller, site = hall.owner("91-A")
    hall.do(seller, "import.new", dump(*several(8)[:7], attached=8), site=site)
    assert hall.register.things == {}
    hall.refused(Reason.unknown_model, seller, "title.issue", things=["u-000001"])

    events = hall.do(seller, "import.new", dump(*several(8)), site=site, claim=True)

    assert only(NodeIdentified, events).model == "H100SXM8"
    board = hall.register.things["n-0001"]
    assert (len(board.units), board.class_, board.identity) == (8, "H100SXM8.A0", "strong")
    assert hall.register.proposals[hall.answer["proposal"]].args == {"things": ["n-0001"]}
    hall.approve(hall.clerk)
    hall.approve(hall.second)
    assert board.owner == seller.party
    assert hall.replayed() == hall.state()


def test_other_cards_beside_it_keep_a_board_from_being_whole() -> None:
    hall = Hall()
    seller, site = hall.owner("91-A")
    hall.do(seller, "import.new", dump(*several(9)), site=site)

    events = hall.do(seller, "import.new", dump(*several(8)), site=site)

    assert all_of(NodeIdentified, events) == []
    assert hall.register.things == {}


@pytest.mark.parametrize("more", [1, 7])
def test_a_server_of_one_card_gets_more_and_stays_that_server(more: int) -> None:
    hall = Hall()
    seller, site = hall.owner("91-A")
    cards = [l40s(1_320_223_000_001 + n, n + 1) for n in range(1 + more)]
    hall.do(seller, "import.new", dump(cards[0]), site=site)

    hall.do(seller, "import.new", dump(*cards, stamp=LATER), site=site)

    assert len(hall.register.nodes) == 1
    assert len(hall.register.nodes[NodeId("n-0001")].units) == 1 + more
    assert hall.answer["new_units"] == [f"u-{2 + n:06d}" for n in range(more)]


def test_a_card_among_those_of_another_server_is_in_one_place_only() -> None:
    hall = Hall()
    seller, site = hall.owner("91-A")
    one, *others = [l40s(1_320_223_000_001 + n, n + 1) for n in range(4)]
    hall.do(seller, "import.new", dump(one), site=site)
    hall.do(seller, "import.new", dump(*others), site=site)

    said = hall.refused(
        Reason.already_registered, seller, "import.new", dump(one, *others, stamp=LATER), site=site
    )

    assert "a card can be in one place only" in said


def test_a_model_listed_later_gives_its_cards_a_market() -> None:
    hall = Hall()
    seller, site = hall.owner("91-A")
    raw = dump(l40s().replace("NVIDIA L40S", "NVIDIA L50S"))
    hall.do(seller, "import.new", raw, site=site, claim=True)
    assert "proposal" not in hall.answer
    assert hall.register.things == {}
    hall.two(
        "model.new",
        model="L50S",
        vendor="nvidia",
        form="pcie",
        gpus_per_lot=1,
        memory_mib=49_152,
        tdp_w=350,
        tpp=6_000,
        has_ecc=True,
        has_mig=False,
        names=["NVIDIA L50S"],
    )

    events = hall.do(seller, "import.new", raw, site=site, claim=True)

    assert only(UnitIdentified, events).model == "L50S"
    assert hall.register.things["u-000001"].class_ == "L50S.A0"
    assert "proposal" in hall.answer
    assert kinds(hall.do(seller, "import.new", raw, site=site)) == ["NothingToDo"]
    assert hall.replayed() == hall.state()


def test_a_claim_waits_until_all_cards_of_a_board_are_known() -> None:
    hall = Hall()
    seller, site = hall.owner("91-A")
    hall.do(seller, "import.new", dump(*nameless(several(8), 1)), site=site)
    without = several(8)[:1] + several(8)[2:]

    hall.do(seller, "import.new", dump(*without), site=site, claim=True)
    assert "proposal" not in hall.answer
    hall.do(seller, "import.new", dump(*several(8)), site=site, claim=True)
    assert "proposal" in hall.answer
