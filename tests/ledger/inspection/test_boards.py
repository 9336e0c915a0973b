"""Boards of every size from report to ask, and what is no whole board: refused with a way on."""

from datetime import UTC, datetime

import pytest

from ledger.caller import Caller
from ledger.events import NodeIdentified, UnitRegistered
from ledger.refusals import Reason
from tests.ledger.hall import H100_TITLE, Hall, only
from tests.ledger.opened import all_of, kinds
from tests.ledger.things.cards import l40s, no_serial
from tests.ledger.things.dumps import IN_THE_WILD, block, csv, dump, real, several

LATER_NS = int(datetime(2026, 11, 26, 20, tzinfo=UTC).timestamp()) * 10**9


def switched(n: int) -> list[str]:
    return [
        each.replace("    Processes", "    Fabric\n        State : Completed\n    Processes")
        for each in several(n)
    ]


def with_modules(n: int, first: int) -> list[str]:
    return [
        each.replace("    Processes", f"    Module ID : {first + at}\n    Processes")
        for at, each in enumerate(several(n))
    ]


def in_guest(n: int) -> list[str]:
    return [
        each.replace("Virtualization Mode            : None", "Virtualization Mode : Pass-Through")
        for each in several(n)
    ]


def offered(hall: Hall, seller: Caller, site: str, raw: bytes) -> str:
    """From a report to a standing ask, by title and papers; the class that it is sold as."""
    hall.titled(seller, site, raw)
    thing = hall.register.things["n-0001"]
    assert thing.owner == seller.party
    market = f"T.{thing.class_}.CN-BJ"
    order = hall.order(seller, "ask", 2, market)
    assert hall.venue.orders[order].open_lots == 1
    assert hall.replayed() == hall.state()
    return thing.class_


def test_a_board_of_four_is_titled_and_offered() -> None:
    hall = Hall()
    seller, site = hall.owner("91-A")

    assert offered(hall, seller, site, dump(*several(4))) == "H100SXM4.A1"


def test_a_v100_server_of_2021_is_titled_and_offered() -> None:
    hall = Hall(LATER_NS)
    seller, site = hall.owner("91-A")

    raw = real("v100x8_driver470.txt", IN_THE_WILD)
    assert offered(hall, seller, site, raw).startswith("V100SXM16GX8.")


@pytest.mark.parametrize(
    ("blocks", "why"),
    [
        (several(3), "3 of 4 or 8 modules"),
        (several(5), "5 of 4 or 8 modules"),
        (several(6), "6 of 4 or 8 modules"),
        (switched(4), "NVSwitch"),
        (with_modules(4, 3), "module 6"),
        (in_guest(4), "virtual machine"),
    ],
    ids=["three", "five", "six", "switched", "numbered", "guest"],
)
def test_what_is_no_whole_board_says_why_and_what_to_do(blocks: list[str], why: str) -> None:
    hall = Hall()
    seller, site = hall.owner("91-A")
    hall.do(seller, "import.new", dump(*blocks), site=site, claim=True)

    told = {each["code"]: each["value"] for each in hall.answer["warnings"]}
    assert why in told["board_incomplete"]
    assert told["unclaimed"].endswith(" board_incomplete")
    assert hall.register.things == {}
    for thing in ("n-0001", "u-000002"):
        said = hall.refused(Reason.unknown_model, seller, "title.issue", things=[thing])
        assert "There is no" not in said
        assert "on the host" in said
    hall.two("instrument.new", market=H100_TITLE)
    said = hall.refused(
        Reason.unknown_node,
        seller,
        "order.new",
        market=H100_TITLE,
        side="ask",
        price_ticks=2,
        lots=1,
        nodes=["n-0001"],
    )
    assert said.startswith("n-0001 has no market, because ")


@pytest.mark.parametrize("seen", [3, 4])
def test_more_modules_of_the_same_server_make_it_the_larger_board(seen: int) -> None:
    """Half of a board was seen first; the owner is not told that his cards stand elsewhere."""
    hall = Hall()
    seller, site = hall.owner("91-A")
    hall.do(seller, "import.new", dump(*several(8)[:seen]), site=site)

    events = hall.do(seller, "import.new", dump(*several(8)), site=site, claim=True)

    assert only(NodeIdentified, events).model == "H100SXM8"
    assert len(all_of(UnitRegistered, events)) == 8 - seen
    board = hall.register.things["n-0001"]
    assert (board.model, len(board.units), board.class_) == ("H100SXM8", 8, "H100SXM8.A0")
    assert "proposal" in hall.answer
    assert hall.replayed() == hall.state()


def test_a_titled_board_of_four_does_not_become_another() -> None:
    hall = Hall()
    seller, site = hall.owner("91-A")
    hall.titled(seller, site, dump(*several(4)))

    said = hall.refused(
        Reason.already_registered, seller, "import.new", dump(*several(8)), site=site
    )

    assert "H100SXM4" in said
    assert "inspector" in said


def test_a_table_of_four_is_no_way_to_half_a_board() -> None:
    """Typed, four rows are a board of four; the machine's own report must not contradict it."""
    hall = Hall()
    seller, site = hall.owner("91-A")
    rows = [
        f"nvidia,H100SXM,{1654423001593 + at},692-2G520-0200-000,,rack-1,{at}" for at in range(4)
    ]
    hall.do(seller, "import.new", csv(*rows), site=site, claim=True)
    assert hall.register.nodes["n-0001"].model == "H100SXM4"
    assert hall.register.things["n-0001"].identity == "medium"

    said = hall.refused(
        Reason.already_registered, seller, "import.new", dump(*switched(4)), site=site
    )

    assert "NVSwitch" in said
    said = hall.refused(Reason.evidence_too_weak, seller, "title.issue", things=["n-0001"])
    assert "typed" in said
    assert "nvidia-smi -q" in said


def test_an_old_venue_says_that_its_models_are_of_an_earlier_release() -> None:
    hall = Hall()
    seller, site = hall.owner("91-A")
    for code in ("H100SXM4", "L20"):  # as a journal whose opening adopted fewer models
        del hall.register.models[code]
    raw = dump(*several(4))
    hall.do(seller, "import.new", raw, site=site, claim=True)
    told = {each["code"]: each["value"] for each in hall.answer["warnings"]}
    assert told["board_unlisted"] == "H100SXM4 is not listed here"
    said = hall.refused(Reason.unknown_model, seller, "title.issue", things=["n-0001"])
    assert "H100SXM4" in said
    assert "operator models" in said

    hall.two("model.adopt", models=["H100SXM4"])
    events = hall.do(seller, "import.new", raw, site=site, claim=True)

    assert only(NodeIdentified, events).model == "H100SXM4"
    assert "proposal" in hall.answer
    assert kinds(hall.do(seller, "import.new", raw, site=site)) == ["NothingToDo"]


def test_adopting_names_what_this_release_knows_and_the_venue_lacks() -> None:
    hall = Hall()
    del hall.register.models["L20"]
    said = hall.refused(Reason.unknown_model, hall.clerk, "model.adopt", models=["ASCEND910B"])
    assert "operator model" in said
    hall.refused(Reason.wrong_state, hall.clerk, "model.adopt", models=["L40S"])

    hall.two("model.adopt", models=["L20", "L40S"])

    assert hall.register.models["L20"].memory_mib == 48 * 1_024
    assert hall.answer["outcome"] == {"model": "L20", "models": ["L20"]}


ASCEND = {
    "vendor": "Huawei",
    "memory_mib": 65_536,
    "tdp_w": 0,
    "tpp": 0,
    "has_ecc": True,
    "has_mig": False,
    "names": ["Ascend 910B"],
}


def test_a_maker_without_a_reader_is_registered_by_a_table_once_its_model_is_listed() -> None:
    hall = Hall()
    seller, site = hall.owner("91-A")
    npu = real("npu-smi_info.txt", IN_THE_WILD)
    said = hall.refused(Reason.not_recognised, seller, "import.new", npu, site=site)
    assert "Huawei Ascend" in said
    assert "by a plain CSV with the columns vendor,model,serial" in said
    rows = csv(*[f"huawei,ascend 910b,21020310{at:04},0303{at:04},,rack-1,{at}" for at in range(8)])
    hall.do(seller, "import.new", rows, site=site, claim=True)
    assert "unclaimed" in {each["code"] for each in hall.answer["warnings"]}
    said = hall.refused(Reason.unknown_model, seller, "title.issue", things=["n-0001"])
    assert "is not listed here" in said

    hall.two("model.new", model="ASCEND910B", form="oam", gpus_per_lot=1, **ASCEND)
    hall.two("model.new", model="ASCEND910BX8", form="oam", gpus_per_lot=8, **ASCEND)
    hall.do(seller, "import.new", rows, site=site, claim=True)

    board = hall.register.things["n-0001"]
    assert (board.model, board.identity, len(board.units)) == ("ASCEND910BX8", "medium", 8)
    assert "n-0001 identity_medium" in [each["value"] for each in hall.answer["warnings"]]
    said = hall.refused(Reason.evidence_too_weak, seller, "title.issue", things=["n-0001"])
    assert "no report of huawei is read yet" in said
    assert "may be leased" in said
    assert hall.replayed() == hall.state()


def test_a_lot_of_several_cards_is_no_board() -> None:
    hall = Hall()
    hall.refused(
        Reason.bad_field, hall.clerk, "model.new", model="X1", form="pcie", gpus_per_lot=2, **ASCEND
    )


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (dump(no_serial(5)), ("a serial that identifies", "may be leased")),
        (dump(l40s(**{"Board Part Number": "N/A"})), ("board part number", "as root")),
        (csv("nvidia,L40S,1320223012345,900-2G133-0080-000,,a,0"), ("typed", "nvidia-smi -q")),
        (
            dump(block({"Serial Number": "N/A", "GPU UUID": "N/A"}, name="NVIDIA L40S")).replace(
                b"81559", b"46068"
            ),
            ("neither serial nor UUID", "its serial or its UUID"),
        ),
        (
            dump(l40s(**{"FB Memory Usage/Total": "15356 MiB"})).replace(b"L40S", b"A16"),
            ("a card of 4 GPUs", "may be leased"),
        ),
    ],
    ids=["no serial", "no part", "typed", "nothing", "shared"],
)
def test_a_thing_without_strong_keys_says_what_is_missing(
    raw: bytes, words: tuple[str, ...]
) -> None:
    hall = Hall()
    seller, site = hall.owner("91-A")
    hall.do(seller, "import.new", raw, site=site, claim=True)
    assert "proposal" not in hall.answer
    told = [each["value"] for each in hall.answer["warnings"] if each["code"] == "unclaimed"]
    assert [each.split()[0] for each in told] == ["u-000001"]

    said = hall.refused(Reason.evidence_too_weak, seller, "title.issue", things=["u-000001"])

    assert any(word in said for word in words)
    assert words[-1] in said


def test_a_server_of_cards_is_named_by_its_cards() -> None:
    hall = Hall()
    seller, site = hall.owner("91-A")
    hall.do(seller, "import.new", dump(l40s(), l40s(1_320_223_012_346, 16)), site=site)

    said = hall.refused(Reason.bad_field, seller, "title.issue", things=["n-0001"])

    assert said.endswith("name u-000001, u-000002.")


def test_a_claim_that_waits_already_is_told() -> None:
    hall = Hall()
    seller, site = hall.owner("91-A")
    cards = [l40s(), l40s(1_320_223_012_346, 16), l40s(1_320_223_012_347, 17)]
    hall.do(seller, "import.new", dump(*cards[:2]), site=site, claim=True)
    proposal = hall.answer["proposal"]

    hall.do(seller, "import.new", dump(*cards), site=site, claim=True)

    told = [each["value"] for each in hall.answer["warnings"] if each["code"] == "unclaimed"]
    assert told == [f"{unit} waits as {proposal}" for unit in ("u-000001", "u-000002")]
    assert hall.register.proposals[hall.answer["proposal"]].args == {"things": ["u-000003"]}


def test_a_hold_is_told_by_the_import_that_brings_it() -> None:
    hall = Hall()
    seller, site = hall.owner("91-A")
    hall.do(seller, "import.new", dump(l40s()), site=site)

    hall.do(seller, "import.new", dump(l40s(1_320_223_099_999, 15)), site=site)

    told = [each["value"] for each in hall.answer["warnings"] if each["code"] == "unclaimed"]
    assert told == ["u-000002 barred"]
    said = hall.refused(Reason.on_hold, seller, "title.issue", things=["u-000002"])
    assert "inspector" in said
