"""Where tiles lie, as the standard says it; no other spelling of a number is taken."""

import pytest

from ledger.log.tiles import (
    BundlePlace,
    TilePlace,
    bundle_at,
    bundles_of,
    edge_of,
    head_path,
    number_path,
    read_number_path,
    tile_at,
)


@pytest.mark.parametrize(
    ("number", "path"),
    [(0, "000"), (7, "007"), (999, "999"), (1_000, "x001/000"), (1_234_067, "x001/x234/067")],
)
def test_a_number_is_a_path_of_three_digits_each(number: int, path: str) -> None:
    assert number_path(number) == path
    assert read_number_path(path) == (number, 256)
    assert read_number_path(f"{path}.p/17") == (number, 17)


@pytest.mark.parametrize(
    "path",
    [
        *("", "0", "00", "0000", "x000/001", "001/002", "x001", "X001/002", "../000", "000/"),
        *("000.p", "000.p/", "000.p/0", "000.p/256", "000.p/01", "000.p/999", "000.p/1/2"),
        *("x999/" * 5 + "999", "x001/" * 7 + "000", "٠٠١", "000\n"),
    ],
)
def test_another_spelling_is_no_path(path: str) -> None:
    assert read_number_path(path) is None


def test_a_tree_of_70000_has_the_tiles_that_the_standard_counts() -> None:
    assert tile_at(0, 272, 70_000).width == 256
    assert edge_of(70_000) == [TilePlace(0, 273, 112), TilePlace(1, 1, 17), TilePlace(2, 0, 1)]
    assert tile_at(1, 0, 70_000).width == 256
    assert tile_at(3, 0, 70_000).width == 0
    assert edge_of(256) == [TilePlace(1, 0, 1)]


def test_places_have_the_paths_of_the_standard() -> None:
    assert TilePlace(0, 273, 112).path == "tile/0/273.p/112"
    assert TilePlace(1, 0, 256).path == "tile/1/000"
    assert BundlePlace(1_234, 256).path == "tile/entries/x001/234"
    assert bundle_at(273, 70_000).path == "tile/entries/273.p/112"
    assert bundles_of(70_000) == 274
    assert bundles_of(256) == 1
    assert head_path(70_000) == "heads/x070/000"
