"""The map as a tree: a leaf stands at the place of its subject, and no place bears two (form 2).

A compressed binary prefix tree: leaves that share their first bits hang from one branch, which
names these bits, so that nothing but the leaves decides its shape. Trees are values: a change
gives another one, which shares what is equal. Pure.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Final

PLACE_BITS: Final = 256
LEAF, BRANCH, STANDING, EMPTY = b"\x00", b"\x01", b"\x02", b"\x03"  # what a hash begins with
EMPTY_ROOT: Final = sha256(EMPTY).digest()


class SubjectTwice(ValueError):
    """Two rows claim one place: there is no such map."""


@dataclass(frozen=True, slots=True)
class MapLeaf:
    """What stands at a place: the hash of a salt and a row."""

    place: bytes
    leaf_sha256: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class MapBranch:
    """Everything whose place begins with the same bits: at least two leaves."""

    bits: int  # how many are shared
    prefix: bytes  # a place with these bits, and 0 from there on
    zero: "MapTree"  # what goes on with 0
    one: "MapTree"
    digest: bytes


MapTree = MapLeaf | MapBranch


def place_of(subject: str) -> bytes:
    """Where the row of a subject stands, in every map."""
    return sha256(subject.encode()).digest()


def leaf_sha256(salt: bytes, row: bytes) -> bytes:
    """What a leaf bears of its row: nobody guesses the row without the salt."""
    return sha256(LEAF + salt + row).digest()


def leaf_at(place: bytes, leaf: bytes) -> MapLeaf:
    """A leaf at its place."""
    return MapLeaf(place, leaf, standing_digest(place, leaf))


def standing_digest(place: bytes, leaf: bytes) -> bytes:
    """The hash of a leaf at its place: it tells the place, and not the row."""
    return sha256(STANDING + place + leaf).digest()


def branch_digest(bits: int, prefix: bytes, zero: bytes, one: bytes) -> bytes:
    """The hash of a branch over those of its two sides."""
    return sha256(BRANCH + bits.to_bytes(2, "big") + prefix + zero + one).digest()


def root_of(tree: MapTree | None) -> bytes:
    """The root: 32 bytes that name the whole map."""
    return EMPTY_ROOT if tree is None else tree.digest


def grown(leaves: Iterable[MapLeaf]) -> MapTree | None:
    """The map of these leaves, in whatever order. Raises SubjectTwice."""
    in_order = sorted(leaves, key=lambda leaf: leaf.place)
    for before, after in pairwise(in_order):
        if before.place == after.place:
            raise SubjectTwice(f"two rows claim the place {after.place.hex()}")
    if not in_order:
        return None
    return _grown(in_order, [leaf.place for leaf in in_order], 0, len(in_order))


def with_leaf(tree: MapTree | None, leaf: MapLeaf) -> MapTree:
    """The same map, but *leaf* stands at its place."""
    if tree is None:
        return leaf
    shared = shared_bits(_first_place(tree), leaf.place)
    if isinstance(tree, MapLeaf):
        return leaf if shared == PLACE_BITS else _joined(shared, tree, leaf)
    if shared < tree.bits:
        return _joined(shared, tree, leaf)
    if bit_of(leaf.place, tree.bits):
        return _branch(tree.bits, tree.prefix, tree.zero, with_leaf(tree.one, leaf))
    return _branch(tree.bits, tree.prefix, with_leaf(tree.zero, leaf), tree.one)


def without_leaf(tree: MapTree | None, place: bytes) -> MapTree | None:
    """The same map, but nothing stands at *place*."""
    if tree is None or isinstance(tree, MapLeaf):
        return None if tree is None or tree.place == place else tree
    if prefix_of(place, tree.bits) != tree.prefix:
        return tree
    is_one = bit_of(place, tree.bits)
    stays, side = (tree.zero, tree.one) if is_one else (tree.one, tree.zero)
    left = without_leaf(side, place)
    if left is None:
        return stays
    if left is side:
        return tree
    zero, one = (stays, left) if is_one else (left, stays)
    return _branch(tree.bits, tree.prefix, zero, one)


def shared_bits(one: bytes, other: bytes) -> int:
    """How many first bits two places share."""
    different = int.from_bytes(one, "big") ^ int.from_bytes(other, "big")
    return PLACE_BITS - different.bit_length()


def prefix_of(place: bytes, bits: int) -> bytes:
    """The first *bits* of a place, and 0 from there on."""
    cut = PLACE_BITS - bits
    return (int.from_bytes(place, "big") >> cut << cut).to_bytes(32, "big")


def bit_of(place: bytes, index: int) -> int:
    """One bit of a place; the first is 0."""
    return place[index >> 3] >> (7 - (index & 7)) & 1


def _grown(leaves: Sequence[MapLeaf], places: Sequence[bytes], start: int, end: int) -> MapTree:
    """The tree of a part of all leaves, in order of place."""
    if end - start == 1:
        return leaves[start]
    bits = shared_bits(places[start], places[end - 1])
    prefix = prefix_of(places[start], bits)
    turn = int.from_bytes(prefix, "big") | 1 << (PLACE_BITS - 1 - bits)
    middle = bisect_left(places, turn.to_bytes(32, "big"), start, end)
    zero = _grown(leaves, places, start, middle)
    return _branch(bits, prefix, zero, _grown(leaves, places, middle, end))


def _joined(bits: int, tree: MapTree, leaf: MapLeaf) -> MapBranch:
    prefix = prefix_of(leaf.place, bits)
    zero, one = (tree, leaf) if bit_of(leaf.place, bits) else (leaf, tree)
    return _branch(bits, prefix, zero, one)


def _branch(bits: int, prefix: bytes, zero: MapTree, one: MapTree) -> MapBranch:
    return MapBranch(bits, prefix, zero, one, branch_digest(bits, prefix, zero.digest, one.digest))


def _first_place(tree: MapTree) -> bytes:
    return tree.place if isinstance(tree, MapLeaf) else tree.prefix
