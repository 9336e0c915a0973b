"""A tree read from its tiles: the root and the proofs of any size that the tiles cover."""

from collections.abc import Callable

from ledger.log.merkle import EMPTY_ROOT, HASH_BYTES, node_hash, root_of
from ledger.log.tiles import TILE_WIDTH, TilePlace, tile_at

TileReader = Callable[[TilePlace], bytes]  # a tile's bytes, as many as its width asks


class TileTree:
    """The tree of *size* leaves. What `read` raises comes through; each tile is read once."""

    def __init__(self, size: int, read: TileReader) -> None:
        self.size = size
        self._read = read
        self._tiles: dict[tuple[int, int], bytes] = {}

    def root(self) -> bytes:
        return self._over(0, self.size) if self.size else EMPTY_ROOT

    def leaf(self, index: int) -> bytes:
        """The hash of one leaf."""
        return self._over(index, index + 1)

    def inclusion_proof(self, index: int) -> list[bytes]:
        """What proves the leaf at *index*, from its neighbour up (RFC 6962, 2.1.1)."""
        assert 0 <= index < self.size, "it is in the tree"
        return self._path(index, 0, self.size)

    def consistency_proof(self, old_size: int) -> list[bytes]:
        """What proves that the first *old_size* leaves are these (RFC 6962, 2.1.2)."""
        assert 0 <= old_size <= self.size, "an older tree is no larger"
        if old_size in (0, self.size):
            return []
        return self._subproof(old_size, 0, self.size, is_whole=True)

    def _path(self, index: int, first: int, end: int) -> list[bytes]:
        if end - first == 1:
            return []
        middle = first + _split(end - first)
        if index < middle:
            return [*self._path(index, first, middle), self._over(middle, end)]
        return [*self._path(index, middle, end), self._over(first, middle)]

    def _subproof(self, old_size: int, first: int, end: int, *, is_whole: bool) -> list[bytes]:
        if old_size == end:
            return [] if is_whole else [self._over(first, end)]
        middle = first + _split(end - first)
        if old_size <= middle:
            below = self._subproof(old_size, first, middle, is_whole=is_whole)
            return [*below, self._over(middle, end)]
        return [
            *self._subproof(old_size, middle, end, is_whole=False),
            self._over(first, middle),
        ]

    def _over(self, first: int, end: int) -> bytes:
        """The hash over the leaves from *first* to before *end*."""
        length = end - first
        if length & (length - 1):
            middle = first + _split(length)
            return node_hash(self._over(first, middle), self._over(middle, end))
        level, rest = divmod(length.bit_length() - 1, 8)
        return root_of(self._hashes(level, first >> (8 * level), 1 << rest))

    def _hashes(self, level: int, first: int, count: int) -> list[bytes]:
        number, offset = divmod(first, TILE_WIDTH)
        raw = self._tiles.get((level, number))
        if raw is None:
            raw = self._tiles[level, number] = self._read(tile_at(level, number, self.size))
        return [
            raw[at * HASH_BYTES : (at + 1) * HASH_BYTES] for at in range(offset, offset + count)
        ]


def _split(length: int) -> int:
    """The largest power of two below *length*."""
    return 1 << ((length - 1).bit_length() - 1)
