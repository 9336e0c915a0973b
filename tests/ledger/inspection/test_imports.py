"""Imports of real reports and of hard cases (DOMAIN 9): what is registered, and what is refused."""

import pytest

from ledger import commands as c
from ledger.durations import DAY_NS
from ledger.events import (
    NodeRegistered,
    NothingToDo,
    ProposalMade,
    ReportFiled,
    TitleIssued,
    UnitGraded,
    UnitInspected,
    UnitRegistered,
)
from ledger.refusals import Reason, Refused
from ledger.timers import Due, due
from tests.ledger.opened import (
    CLERK_1,
    DAWN_NS,
    RIVAL,
    SELLER,
    all_of,
    bringing,
    digest,
    import_of,
    import_order,
    kinds,
    refusal,
    settled_in,
)
from tests.ledger.things.cards import LATER, l40s, no_serial
from tests.ledger.things.dumps import block, csv, dump, real, several

H100 = "nvidia-smi-q_H100SXMx8.txt"
TAKEN_NS = 1_731_538_814_000_000_000  # "Thu Nov 14 07:00:14 2024" in Shanghai


# --- the walking path


def test_a_real_server_becomes_a_board_of_eight() -> None:
    street = settled_in()

    events = import_of(street, real(H100))

    assert kinds(events) == [
        "ReportFiled",
        "NodeRegistered",
        *["UnitRegistered", "UnitInspected", "UnitGraded"] * 8,
    ]
    [filed] = all_of(ReportFiled, events)
    assert (filed.site, filed.taken_ns, filed.warnings) == ("s-0001", TAKEN_NS, [])
    [node] = all_of(NodeRegistered, events)
    assert (node.model, node.operator, node.registrant) == ("H100SXM8", "p-0002", "p-0002")
    thing = street.register.things["n-0001"]
    assert thing.class_ == "H100SXM8.A0"
    assert thing.identity == "strong"
    assert (thing.owner, thing.delivery_point, len(thing.units)) == ("", "CN-BJ", 8)
    assert street.register.nodes["n-0001"].custodian == "p-0002"


def test_an_import_is_a_self_inspection() -> None:
    street = settled_in()

    inspected = all_of(UnitInspected, import_of(street, real(H100)))

    assert {each.inspector for each in inspected} == {"p-0002"}
    assert {each.load_test for each in inspected} == {"none"}
    assert all("self_reported" in each.flags for each in inspected)
    assert [each.inspection for each in inspected] == [f"i-{n:06d}" for n in range(1, 9)]


def test_the_grade_is_as_of_now_and_ends_by_a_timer() -> None:
    street = settled_in()

    graded = all_of(UnitGraded, import_of(street, real(H100)))

    ends_ns = TAKEN_NS + 90 * DAY_NS
    assert {(each.grade, each.valid_to_ns) for each in graded} == {("A", ends_ns)}
    assert (ends_ns, Due.GRADE, "u-000001") in due(street.register, ends_ns)


@pytest.mark.parametrize(
    ("name", "things", "grade", "identity"),
    [
        ("nvidia-smi-q_RTX_A6000_x9.txt", 9, "U", "strong"),
        ("nvidia-smi-q_A40x10.txt", 10, "U", "strong"),
        ("nvidia-smi-q_RTX3090.txt", 2, "U", "medium"),
        ("nvidia-smi-q_MI300X_x4.txt", 0, "U", "medium"),
    ],
)
def test_single_cards_are_things_and_a_broken_board_is_none(
    name: str, things: int, grade: str, identity: str
) -> None:
    street = settled_in(at_ns=DAWN_NS + 3_000 * DAY_NS)

    import_of(street, real(name))

    assert len(street.register.things) == things
    units = street.register.units.values()
    assert {each.grade for each in units} == {grade}
    assert {each.identity for each in units} == {identity}


def test_two_years_later_the_same_report_is_too_old() -> None:
    street = settled_in(at_ns=DAWN_NS + 730 * DAY_NS)

    graded = all_of(UnitGraded, import_of(street, real(H100)))

    assert {(each.grade, *each.reasons) for each in graded} == {("U", "report_too_old")}
    assert street.register.things["n-0001"].identity == "strong"


def test_a_report_without_a_time_identifies_and_grades_u() -> None:
    street = settled_in()

    [filed] = all_of(ReportFiled, import_of(street, dump(l40s(), stamp=None)))

    assert filed.taken_ns == 0
    assert "0 report_undated" in filed.warnings
    assert street.register.units["u-000001"].grade == "U"
    assert street.register.units["u-000001"].identity == "strong"


def test_the_zone_of_the_site_makes_the_time() -> None:
    street = settled_in()

    [filed] = all_of(ReportFiled, import_of(street, dump(l40s(), stamp="Thu Nov 14 23:59:00 2024")))

    assert filed.taken_ns == DAWN_NS - 60 * 1_000_000_000


def test_replay_makes_the_same_things() -> None:
    street = settled_in()
    import_of(street, real(H100), claim=True)
    import_of(street, dump(l40s(), no_serial(7)))

    assert street.replayed() == street.register


# --- the same again


def test_the_same_file_again_changes_nothing() -> None:
    street = settled_in()
    import_of(street, real(H100))

    stands = {"site": "s-0001", "report_sha256": digest(real(H100))}
    assert import_of(street, real(H100), claim=True) == [
        NothingToDo(party="p-0002", op="import.new", stands=stands)
    ]


def test_a_later_report_on_the_same_server_inspects_it_again() -> None:
    street = settled_in()
    import_of(street, dump(*several(8)))

    events = import_of(street, dump(*several(8), stamp=LATER))

    assert kinds(events) == ["ReportFiled", *["UnitInspected", "UnitGraded"] * 8]
    assert len(street.register.nodes) == 1


def test_an_older_report_is_kept_and_grades_nothing() -> None:
    street = settled_in()
    import_of(street, dump(*several(8), stamp=LATER))

    events = import_of(street, dump(*several(8)))

    assert kinds(events) == ["ReportFiled", *["UnitInspected"] * 8]
    assert street.register.units["u-000001"].report_sha256 == digest(dump(*several(8), stamp=LATER))


def test_more_than_half_of_a_servers_cards_make_it_that_server() -> None:
    street = settled_in()
    import_of(street, dump(*(l40s(1_320_223_000_000 + n, n) for n in range(1, 4))))
    two_and_a_new_one = [l40s(1_320_223_000_000 + n, n) for n in (1, 2, 9)]

    events = import_of(street, dump(*two_and_a_new_one, stamp=LATER))

    [new] = all_of(UnitRegistered, events)
    assert (new.node, new.serial) == ("n-0001", "1320223000009")
    assert not all_of(NodeRegistered, events)


def test_a_card_that_stands_in_another_server_is_refused_by_its_name() -> None:
    street = settled_in()
    import_of(street, dump(*(l40s(1_320_223_000_000 + n, n) for n in range(1, 4))))
    raw = dump(l40s(1_320_223_000_001, 1), *(l40s(1_320_223_000_000 + n, n) for n in (7, 8)))

    with refusal(street, Reason.already_registered):
        import_of(street, raw)


def test_a_server_that_stands_elsewhere_is_refused() -> None:
    street = settled_in()
    import_of(street, real(H100))
    street.do(c.RegisterSite("East", "CN-SH"), SELLER)
    fresh = real(H100) + b"\n"

    with refusal(street, Reason.already_registered):
        import_of(street, fresh, site="s-0003")
    with pytest.raises(Refused) as caught:
        import_of(street, fresh, site="s-0003")

    assert "in n-0001, which stands at s-0001; name that site" in caught.value.detail


def test_cards_are_filed_by_their_slots_or_else_in_the_reports_order() -> None:
    for typed, slots in ((("3", "0", "2", "1"), [3, 0, 2, 1]), (("",) * 4, [0, 1, 2, 3])):
        street = settled_in()
        rows = [
            f"nvidia,L40S,{1_320_223_000_000 + at},699-2G133-0242-L01,,rack-1,{slot}"
            for at, slot in enumerate(typed)
        ]
        units = all_of(UnitRegistered, import_of(street, csv(*rows)))

        assert [unit.slot for unit in units] == sorted(slots)
        assert [unit.serial for unit in sorted(units, key=lambda unit: unit.serial)] == [
            f"{1_320_223_000_000 + at}" for at in range(4)
        ]
        assert {unit.serial[-1]: unit.slot for unit in units} == {
            str(at): slot for at, slot in enumerate(slots)
        }


def test_a_board_keeps_its_cards() -> None:
    street = settled_in()
    import_of(street, dump(*several(8)))
    stranger = block({"Serial Number": "1654429999999", "GPU UUID": f"GPU-{'7' * 31}8"}, bus=0x70)

    with refusal(street, Reason.already_registered):
        import_of(street, dump(*several(7), stranger, stamp=LATER))


def test_a_card_of_another_party_is_refused() -> None:
    street = settled_in()
    import_of(street, real(H100))

    with refusal(street, Reason.owned_by_another):
        import_of(street, real(H100), RIVAL, site="s-0002")


def test_who_bought_a_card_may_report_on_it_and_who_sold_it_not() -> None:
    street = settled_in()
    import_of(street, real(H100))
    sold = TitleIssued(
        node="n-0001", holder="p-0003", basis="court", document_sha256="", effective_ns=DAWN_NS
    )
    street.happen([sold])

    with refusal(street, Reason.owned_by_another):
        import_of(street, real(H100) + b"\n")
    import_of(street, real(H100) + b"\n", RIVAL)


# --- parts of a file


def test_one_strange_card_leaves_its_server_out_and_the_others_stand() -> None:
    street = settled_in()
    row = "nvidia,NVIDIA L40S,{serial},900-2G133-0080-000,,{node},0"
    raw = csv(
        row.format(serial="1320223012345", node="a"),
        row.format(serial="1320223012345", node="b"),
        row.format(serial="1.32022E+12", node="c"),
        row.format(serial="1320223012347", node="c"),
        row.format(serial="1320223012348", node="d"),
    )

    events = import_of(street, raw)

    [filed] = all_of(ReportFiled, events)
    assert len(all_of(NodeRegistered, events)) == 2  # a and d
    assert [line.split(":")[0] for line in filed.warnings if "rejected" in line] == [
        "0 rejected line 4; serial_damaged",
        "0 rejected line 3; duplicate_in_file",
    ]


def test_a_report_of_which_nothing_stands_is_refused_with_the_first_reason() -> None:
    street = settled_in()

    with refusal(street, Reason.duplicate_in_file):
        import_of(street, dump(l40s(uuid=1), l40s(uuid=2)))
    with refusal(street, Reason.serial_damaged):
        import_of(street, csv("nvidia,NVIDIA L40S,1.65442E+12,900-2G133-0080-000,,a,0"))
    with refusal(street, Reason.not_a_physical_unit):
        import_of(street, dump(l40s(**{"GPU UUID": "MIG-0a1b2c3d-0000-0000-0000-000000000001"})))


# --- what is refused as a whole


def test_a_report_of_tomorrow_is_refused() -> None:
    street = settled_in()

    with refusal(street, Reason.report_from_future):
        import_of(street, dump(l40s(), stamp="Fri Nov 15 00:02:01 2024"))
    import_of(street, dump(l40s(), stamp="Fri Nov 15 00:02:00 2024"))  # a clock that runs ahead


def test_other_bytes_than_the_digest_names_are_refused() -> None:
    street = settled_in()

    with refusal(street, Reason.bad_field):
        street.do(import_order(dump(l40s())), bringing(SELLER, b"something else"))


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", Reason.not_recognised),
        (b"\x7fELF\x00\x01", Reason.not_recognised),
        (dump(l40s())[:-200], Reason.truncated),
        (b'{"@odata.type": "#ComputerSystem.v1_0_0.ComputerSystem"}', Reason.no_gpu_found),
        (b"GPU " * 5_000_000, Reason.too_large),
    ],
)
def test_a_file_that_cannot_be_read_says_why(raw: bytes, reason: Reason) -> None:
    street = settled_in()

    with refusal(street, reason):
        import_of(street, raw)


def test_who_may_import_and_where() -> None:
    street = settled_in()
    raw = dump(l40s())

    with refusal(street, Reason.role_missing):
        import_of(street, raw, CLERK_1)
    with refusal(street, Reason.unknown_site):
        import_of(street, raw, site="s-0099")
    street.do(c.SetSiteStatus("s-0001", "closed"), SELLER)
    with refusal(street, Reason.wrong_state):
        import_of(street, raw)


# --- claim


def test_a_claim_ends_with_the_proposal_of_title() -> None:
    street = settled_in()

    events = import_of(street, real(H100), claim=True)

    assert events[-1] == ProposalMade(
        proposal="z-000001",
        op="title.issue",
        party="p-0002",
        principal="k-0003",
        reference="n-0001",
        expires_ns=DAWN_NS + DAY_NS,
        needs=["scope:operate", "scope:operate"],  # no papers yet: a second clerk, too
        args={"things": ["n-0001"]},
    )


def test_a_claim_names_what_can_be_titled_and_is_not_asked_for_yet() -> None:
    street = settled_in()
    raw = [l40s(1_320_223_000_001, 1), no_serial(2), l40s(1_320_223_000_003, 3)]

    [first] = all_of(ProposalMade, import_of(street, dump(*raw), claim=True))
    second = import_of(street, dump(*raw, stamp=LATER), claim=True)

    assert first.args == {"things": ["u-000001", "u-000003"]}
    assert not all_of(ProposalMade, second)
