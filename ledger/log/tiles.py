"""Where the tree's hashes and its entries lie: tiles of 256, and the paths to them (tlog-tiles)."""

import re
from typing import Final, NamedTuple

HEAD: Final = "checkpoint"  # the newest tree head, by the standard's name
TILE_WIDTH: Final = 256
LEVELS_MOST: Final = 8  # 256^8 leaves: more than a position's column holds
NUMBER_MOST: Final = 2**56

_PATH: Final = re.compile(r"((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


class TilePlace(NamedTuple):
    """A tile of hashes: at which level (0: the leaves), the how manieth, how many hashes wide."""

    level: int
    number: int
    width: int

    @property
    def path(self) -> str:
        return f"tile/{self.level}/{_number_and_width(self.number, self.width)}"


class BundlePlace(NamedTuple):
    """256 entries, or the last ones: the how manieth bundle, how many entries in it."""

    number: int
    width: int

    @property
    def path(self) -> str:
        return f"tile/entries/{_number_and_width(self.number, self.width)}"


def number_path(number: int) -> str:
    """A number in steps of three digits: 1234067 is `x001/x234/067`."""
    steps = [f"{number % 1_000:03}"]
    while number := number // 1_000:
        steps.insert(0, f"x{number % 1_000:03}")
    return "/".join(steps)


def read_number_path(path: str) -> tuple[int, int] | None:
    """Number and width of `x001/234` or `x001/234.p/17`; None for any other spelling."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    number = int(found[1].replace("x", "").replace("/", ""))
    width = int(found[2]) if found[2] else TILE_WIDTH
    is_plain = number <= NUMBER_MOST and _number_and_width(number, width) == path
    return (number, width) if is_plain else None


def tile_at(level: int, number: int, size: int) -> TilePlace:
    """The tile as a tree of *size* leaves has it; its width is 0 where the tree has none."""
    hashes = (size >> (8 * level)) - number * TILE_WIDTH
    return TilePlace(level, number, max(0, min(TILE_WIDTH, hashes)))


def bundle_at(number: int, size: int) -> BundlePlace:
    """The bundle as a log of *size* entries has it."""
    return BundlePlace(number, tile_at(0, number, size).width)


def edge_of(size: int) -> list[TilePlace]:
    """The tiles that are not full in a tree of *size* leaves, from the leaves up."""
    found = []
    for level in range(LEVELS_MOST):
        hashes = size >> (8 * level)
        if hashes % TILE_WIDTH:
            found.append(TilePlace(level, hashes // TILE_WIDTH, hashes % TILE_WIDTH))
    return found


def bundles_of(size: int) -> int:
    """How many bundles a log of *size* entries has."""
    return -(-size // TILE_WIDTH)


def head_path(size: int) -> str:
    """Where the head of a tree of *size* leaves is kept, once a newer one is out."""
    return f"heads/{number_path(size)}"


def _number_and_width(number: int, width: int) -> str:
    return number_path(number) + (f".p/{width}" if width < TILE_WIDTH else "")
