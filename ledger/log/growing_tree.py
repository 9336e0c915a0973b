"""A tree that grows at its right edge: what it must remember is one row of hashes a level."""

from collections.abc import Sequence
from typing import NamedTuple

from ledger.log.merkle import EMPTY_ROOT, node_hash, root_of
from ledger.log.tiles import TILE_WIDTH, TilePlace, edge_of


class Tile(NamedTuple):
    """A tile's place and its hashes, one behind the other."""

    place: TilePlace
    raw: bytes


class GrowingTree:
    """The right edge of an RFC 6962 tree. Its memory does not grow with its size."""

    def __init__(self) -> None:
        self.size = 0
        self._rows: list[list[bytes]] = [[]]  # level -> hashes of the tile that is not full

    @classmethod
    def at(cls, size: int, edge: Sequence[Tile]) -> "GrowingTree":
        """The tree of *size* leaves; *edge* are its tiles that are not full, from the leaves up."""
        tree = cls()
        tree.size = size
        for tile in edge:
            while len(tree._rows) <= tile.place.level:
                tree._rows.append([])
            tree._rows[tile.place.level] = [
                tile.raw[at : at + 32] for at in range(0, len(tile.raw), 32)
            ]
        assert [each.place for each in edge] == edge_of(size), "the edge is of that size"
        return tree

    @property
    def room(self) -> int:
        """How many leaves fill the tile at hand."""
        return TILE_WIDTH - len(self._rows[0])

    def append(self, leaves: Sequence[bytes]) -> list[Tile]:
        """Take leaf hashes, at most `room` of them; the tiles that are full by them, if any."""
        assert len(leaves) <= self.room, "a tile at a time"
        self.size += len(leaves)
        full: list[Tile] = []
        level, row = 0, self._rows[0]
        row.extend(leaves)
        while len(row) == TILE_WIDTH:
            number = (self.size >> (8 * (level + 1))) - 1
            full.append(Tile(TilePlace(level, number, TILE_WIDTH), b"".join(row)))
            above = root_of(row)
            row.clear()
            level += 1
            if level == len(self._rows):
                self._rows.append([])
            row = self._rows[level]
            row.append(above)
        return full

    def edge(self) -> list[Tile]:
        """The tiles that are not full, from the leaves up."""
        return [Tile(place, b"".join(self._rows[place.level])) for place in edge_of(self.size)]

    def root(self) -> bytes:
        """The root over all leaves so far."""
        root = b""
        for row in self._rows:
            for subtree in reversed(_perfect_ones(row)):
                root = node_hash(subtree, root) if root else subtree
        return root or EMPTY_ROOT


def _perfect_ones(row: Sequence[bytes]) -> list[bytes]:
    """The roots of the perfect trees, largest first, that a row of hashes is made of."""
    found, done = [], 0
    for bit in range(TILE_WIDTH.bit_length() - 1, -1, -1):
        width = 1 << bit
        if len(row) & width:
            found.append(root_of(row[done : done + width]))
            done += width
    return found
