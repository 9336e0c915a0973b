"""The catalogue finds a model by what a report shows, and a node by its units."""

import re
from collections import Counter

import pytest

from ledger.reports.shared_boards import GPUS_A_BOARD
from ledger.things.gpu_models import (
    BOARD_FORMS,
    CATALOGUE,
    BoardSigns,
    NodeKind,
    find_model,
    model_of,
    node_kind,
)

H100, L40S = model_of("H100SXM"), model_of("L40S")


def test_codes_are_keys_that_never_meet() -> None:
    codes = [model.code for model in CATALOGUE]
    codes += [board.code for model in CATALOGUE for board in model.boards]
    assert max(Counter(codes).values()) == 1
    assert all(re.fullmatch(r"[A-Z0-9]{2,16}", code) for code in codes)


def test_a_board_has_a_code_of_its_own_and_a_card_a_lot_of_one() -> None:
    for model in CATALOGUE:
        assert model.is_board == bool(model.boards) == (model.form in BOARD_FORMS)
        assert model.gpus_per_lot == 1
        sizes = [board.gpus for board in model.boards]
        assert sizes == sorted(set(sizes))
        assert all(size > 1 for size in sizes)


def test_cards_of_several_gpus_are_those_whose_serial_is_shared() -> None:
    known = {
        name.casefold(): model.gpus_per_card
        for model in CATALOGUE
        for name in model.names
        if model.gpus_per_card > 1
    }
    assert known == {name: GPUS_A_BOARD[name] for name in known}


def test_every_model_is_found_by_each_of_its_names_with_its_memory() -> None:
    for model in CATALOGUE:
        for name in model.names:
            assert find_model(model.vendor, name, model.memory_mib * 95 // 100, None) == model


def test_memory_tells_namesakes_apart_and_without_it_nothing_is_guessed() -> None:
    name = "NVIDIA GeForce RTX 4060 Ti"
    assert (find_model("nvidia", name, 16_380, None) or L40S) == model_of("RTX4060TI16G")
    assert (find_model("nvidia", name, 8_188, None) or L40S) == model_of("RTX4060TI")
    assert find_model("nvidia", name, None, None) is None


def test_a_name_with_another_memory_is_another_model() -> None:
    assert find_model("nvidia", "NVIDIA H100 80GB HBM3", 65_536, None) is None


def test_a_code_or_a_part_number_is_enough_for_a_csv() -> None:
    assert find_model("nvidia", "h100sxm", None, None) == H100
    assert find_model("nvidia", None, None, "692-2G520-0200-000") == H100
    assert find_model("nvidia", None, None, None) is None
    assert find_model("amd", "NVIDIA L40S", None, None) is None


def test_a_board_code_is_a_model_whose_lot_is_the_node() -> None:
    board = model_of("H100SXM8")
    assert board is not None
    assert (board.code, board.gpus_per_lot, board.form) == ("H100SXM8", 8, "sxm")
    assert model_of("NOSUCH") is None


def test_eight_modules_are_a_board_and_four_are_another() -> None:
    assert node_kind([H100] * 8, BoardSigns(8)) == NodeKind("H100SXM8", "sxm")
    assert node_kind([H100] * 4, BoardSigns(4)) == NodeKind("H100SXM4", "sxm")
    assert node_kind([model_of("V100SXM16G")] * 4) == NodeKind("V100SXM16GX4", "sxm")
    assert node_kind([model_of("A100SXM")] * 16) == NodeKind("A100SXM16", "sxm")
    assert node_kind([model_of("GB200")] * 4) == NodeKind("GB200X4", "tray")


@pytest.mark.parametrize(
    ("count", "signs", "why"),
    [
        (3, BoardSigns(3), "3 of 4 or 8 modules"),
        (5, BoardSigns(5), "5 of 4 or 8 modules"),
        (6, BoardSigns(), "6 of 4 or 8 modules"),
        (7, BoardSigns(7), "7 of 4 or 8 modules"),
        (9, BoardSigns(9), "9 of 4 or 8 modules"),
        (4, BoardSigns(4, is_switched=True), "an NVSwitch, which a board of 4 has not"),
        (4, BoardSigns(4, is_guest=True), "from inside a virtual machine"),
        (4, BoardSigns(4, highest_module=6), "one says that it is module 6"),
    ],
)
def test_half_of_eight_is_no_board_of_four(count: int, signs: BoardSigns, why: str) -> None:
    kind = node_kind([H100] * count, signs)
    assert (kind.model, kind.form, kind.flags) == ("", "sxm", ("board_incomplete",))
    assert why in kind.reason
    assert kind.reason.startswith(f"{count} of ")


def test_the_largest_board_of_a_family_needs_no_more_signs() -> None:
    signs = BoardSigns(8, is_switched=True, is_guest=True, highest_module=8)
    assert node_kind([H100] * 8, signs).model == "H100SXM8"
    assert node_kind([model_of("GB200")] * 4, BoardSigns(4, is_switched=True)).model == "GB200X4"


def test_a_host_with_another_number_of_gpus_shows_no_whole_board() -> None:
    kind = node_kind([H100] * 8, BoardSigns(9))
    assert (kind.model, kind.flags) == ("", ("gpu_count_mismatch",))
    assert kind.reason == "8 of the 9 GPUs that the host has"
    assert node_kind([H100] * 4, BoardSigns(8)).model == ""


def test_single_cards_make_no_board_and_mixed_ones_no_node_to_sell() -> None:
    assert node_kind([L40S] * 8, BoardSigns(8)) == NodeKind("", "pcie")
    assert node_kind([H100, L40S]) == NodeKind("", "", ("mixed_models",))
    assert node_kind([None, None]) == NodeKind("", "")
    assert node_kind([]) == NodeKind("", "")
