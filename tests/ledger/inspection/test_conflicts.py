"""Two cards that claim one UUID: who is barred, who is not, and how an inspector decides."""

from dataclasses import dataclass

from ledger.caller import Caller
from ledger.events import HoldPlaced, HoldReleased, IdentityConflictFound, UnitIdentified
from ledger.refusals import Reason
from tests.ledger.hall import Hall, only
from tests.ledger.opened import all_of, kinds
from tests.ledger.things.cards import l40s
from tests.ledger.things.dumps import csv, dump, several

ASK = "T.L40S.A1.CN-BJ"
OWN, FORGED = 1_320_223_012_345, 1_320_223_099_999  # two serials under one UUID
BY_FORGER = dump(l40s(FORGED, 15))


@dataclass
class Scene:
    """A seller with one titled card on offer, a rival with a site, and an inspector."""

    hall: Hall
    seller: Caller
    rival: Caller
    rivals_site: str
    inspector: Caller
    order: str

    def holds(self, thing: str = "u-000001") -> list[str]:
        return list(self.hall.register.things[thing].holds)


def scene() -> Scene:
    hall = Hall()
    seller, site = hall.owner("91-A")
    rival, rivals_site = hall.owner("91-B")
    inspector = hall.let_in("91-I", "inspector")
    hall.titled(seller, site, dump(l40s(OWN, 15)))
    return Scene(hall, seller, rival, rivals_site, inspector, hall.order(seller, "ask", 2, ASK))


def test_a_dump_with_anothers_uuid_bars_both_and_ends_the_offer() -> None:
    at = scene()

    events = at.hall.do(at.rival, "import.new", BY_FORGER, site=at.rivals_site, claim=True)

    assert only(IdentityConflictFound, events).fields == ["uuid"]
    assert [each.thing for each in all_of(HoldPlaced, events)] == ["u-000002", "u-000001"]
    assert kinds(events)[-1] == "OrderCancelled"
    assert at.order not in at.hall.venue.orders
    said = at.hall.refused(
        Reason.on_hold,
        at.seller,
        "order.new",
        market=ASK,
        side="ask",
        price_ticks=2,
        lots=1,
    )
    assert "identity" in said
    at.hall.refused(Reason.on_hold, at.rival, "title.issue", things=["u-000002"])
    assert at.hall.replayed() == at.hall.state()


def test_the_same_conflict_is_found_once() -> None:
    at = scene()
    at.hall.do(at.rival, "import.new", BY_FORGER, site=at.rivals_site)

    again = at.hall.do(at.rival, "import.new", BY_FORGER + b"\n", site=at.rivals_site)
    own = at.hall.do(at.seller, "import.new", dump(l40s(OWN, 15)) + b"\n", site="s-0001")

    assert all_of(HoldPlaced, [*again, *own]) == []


def test_what_somebody_typed_bars_nobody() -> None:
    """A UUID is no secret: a row of a table must not take another's card off the market."""
    at = scene()
    uuid = at.hall.register.units["u-000001"].uuid
    row = csv(f"nvidia,L40S,{FORGED},900-2G133-0080-000,{uuid},a,0")

    said = at.hall.refused(
        Reason.already_registered, at.rival, "import.new", row, site=at.rivals_site
    )
    assert "u-000001" in said
    row = csv(f"nvidia,L40S,,,{uuid},a,0")
    at.hall.refused(Reason.owned_by_another, at.rival, "import.new", row, site=at.rivals_site)

    assert at.order in at.hall.venue.orders
    assert at.holds() == []


def test_a_typed_row_gives_a_proven_card_no_other_uuid() -> None:
    at = scene()
    before = at.hall.register.units["u-000001"].uuid
    other = before.replace("0a1b2c3d", "ffffffff")

    row = csv(f"nvidia,L40S,{OWN},900-2G133-0080-000,{other},a,0")
    at.hall.do(at.seller, "import.new", row, site="s-0001")

    assert at.hall.register.units["u-000001"].uuid == before


def test_an_inspector_who_saw_the_card_lifts_its_hold() -> None:
    at = scene()
    at.hall.do(at.rival, "import.new", BY_FORGER, site=at.rivals_site)

    events = at.hall.do(at.inspector, "unit.inspect", dump(l40s(OWN, 15)), unit="u-000001")

    assert kinds(events) == ["UnitInspected", "UnitIdentified", "UnitGraded", "HoldReleased"]
    assert at.hall.answer["lifted"] == [only(HoldReleased, events).hold]
    other = only(UnitIdentified, events)
    assert (other.unit, other.uuid, other.identity) == ("u-000002", "", "strong")
    assert at.holds() == []
    assert len(at.holds("u-000002")) == 1  # nobody has looked at that one
    assert at.hall.register.uuids["GPU-0a1b2c3d-0000-0000-0000-00000000000f"] == "u-000001"
    at.hall.order(at.seller, "ask", 2, ASK)
    assert at.hall.replayed() == at.hall.state()


def test_the_other_card_is_free_when_it_shows_a_uuid_of_its_own() -> None:
    at = scene()
    at.hall.do(at.rival, "import.new", BY_FORGER, site=at.rivals_site)

    at.hall.do(at.inspector, "unit.inspect", dump(l40s(FORGED, 16)), unit="u-000002")

    assert at.holds("u-000002") == []
    assert len(at.holds()) == 1
    at.hall.do(at.inspector, "unit.inspect", dump(l40s(OWN, 15)), unit="u-000001")
    assert at.holds() == []


def test_an_inspector_may_find_the_first_one_to_be_the_forgery() -> None:
    at = scene()
    at.hall.do(at.rival, "import.new", BY_FORGER, site=at.rivals_site)

    at.hall.do(at.inspector, "unit.inspect", BY_FORGER, unit="u-000002")

    assert at.holds("u-000002") == []
    assert len(at.holds()) == 1
    assert at.hall.register.units["u-000001"].uuid == ""
    assert at.hall.register.uuids["GPU-0a1b2c3d-0000-0000-0000-00000000000f"] == "u-000002"


def test_its_holders_own_report_lifts_nothing() -> None:
    at = scene()
    at.hall.do(at.rival, "import.new", BY_FORGER, site=at.rivals_site)
    at.hall.two("party.grant_role", party=at.seller.party, role="inspector")

    at.hall.do(at.seller, "unit.inspect", dump(l40s(OWN, 15)), unit="u-000001")

    assert len(at.holds()) == 1


def test_a_board_is_free_once_all_of_it_was_seen() -> None:
    hall = Hall()
    seller, site = hall.owner("91-A")
    rival, rivals_site = hall.owner("91-B")
    inspector = hall.let_in("91-I", "inspector")
    hall.titled(seller, site, dump(*several(8)))
    forged = several(8)[2].replace("1654423001595", "1659999999999")
    hall.do(rival, "import.new", dump(forged), site=rivals_site)
    board = hall.register.things["n-0001"]
    assert len(board.holds) == 1

    hall.do(inspector, "unit.inspect", dump(*several(8)[2:]), unit="u-000003")
    assert len(board.holds) == 1
    hall.do(inspector, "unit.inspect", dump(*several(8)), unit="n-0001")
    assert board.holds == {}


def test_a_hold_on_a_loose_card_stays_when_it_becomes_part_of_a_board() -> None:
    """Seven of eight modules: no market yet, and a bar that must not be forgotten."""
    hall = Hall()
    seller, site = hall.owner("91-A")
    rival, rivals_site = hall.owner("91-B")
    hall.do(seller, "import.new", dump(*several(8)[:7], attached=8), site=site)
    forged = several(8)[2].replace("1654423001595", "1659999999999")
    hall.do(rival, "import.new", dump(forged), site=rivals_site)
    assert list(hall.register.units["u-000003"].holds.values()) == ["identity"]

    hall.do(seller, "import.new", dump(*several(8)), site=site, claim=True)

    assert list(hall.register.things["n-0001"].holds.values()) == ["identity"]
    assert "proposal" not in hall.answer
    hall.refused(Reason.on_hold, seller, "title.issue", things=["n-0001"])
    assert hall.replayed() == hall.state()
