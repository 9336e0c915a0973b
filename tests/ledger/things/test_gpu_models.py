"""The catalogue finds a model by what a report shows, and a node by its units."""

import re
from collections import Counter

from ledger.things.gpu_models import CATALOGUE, NodeKind, find_model, model_of, node_kind

H100, L40S = model_of("H100SXM"), model_of("L40S")


def test_codes_are_keys_that_never_meet() -> None:
    codes = [model.code for model in CATALOGUE]
    codes += [model.board_code for model in CATALOGUE if model.board_code]
    assert max(Counter(codes).values()) == 1
    assert all(re.fullmatch(r"[A-Z0-9]{2,16}", code) for code in codes)


def test_a_board_has_a_code_of_its_own_and_a_card_a_lot_of_one() -> None:
    for model in CATALOGUE:
        assert model.is_board == bool(model.board_code) == (model.gpus_per_lot > 1)


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


def test_eight_modules_are_a_board_and_seven_are_not() -> None:
    assert node_kind([H100] * 8, 8) == NodeKind("H100SXM8", "sxm")
    assert node_kind([H100] * 7, 7) == NodeKind("", "sxm", ("board_incomplete",))
    assert node_kind([H100] * 8, 9) == NodeKind("", "sxm", ("gpu_count_mismatch",))


def test_single_cards_make_no_board_and_mixed_ones_no_node_to_sell() -> None:
    assert node_kind([L40S] * 8, 8) == NodeKind("", "pcie")
    assert node_kind([H100, L40S]) == NodeKind("", "", ("mixed_models",))
    assert node_kind([None, None]) == NodeKind("", "")
    assert node_kind([]) == NodeKind("", "")
