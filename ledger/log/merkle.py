"""The tree's hashes, and what its two proofs prove (RFC 6962, 2.1; RFC 9162, 2.1.3 and 2.1.4)."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry."""
    return sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two."""
    return sha256(b"\1" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over any number of hashes: pairs are joined, an odd last one moves up as it is."""
    if not hashes:
        return EMPTY_ROOT
    row = hashes
    while len(row) > 1:
        joined = [
            sha256(b"\1" + row[at] + row[at + 1]).digest() for at in range(0, len(row) - 1, 2)
        ]
        if len(row) % 2:
            joined.append(row[-1])
        row = joined
    return row[0]


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether *leaf* stands at *index* (from 0) in the tree of *size* leaves with that *root*."""
    if not 0 <= index < size or not _are_hashes([leaf, root, *proof]):
        return False
    place, last = index, size - 1
    found = leaf
    for beside in proof:
        if not last:
            return False
        if place & 1 or place == last:
            found = node_hash(beside, found)
            place, last = _up_to_a_right_one(place, last)
        else:
            found = node_hash(found, beside)
        place, last = place >> 1, last >> 1
    return not last and found == root


def is_consistent(
    old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the tree of *new_size* leaves begins with all of the tree of *old_size*."""
    if not 0 <= old_size <= new_size or not _are_hashes([old_root, new_root, *proof]):
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    if not old_size:
        return not proof and old_root == EMPTY_ROOT
    path = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    if not path:
        return False
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for beside in path[1:]:
        if not last:
            return False
        if place & 1 or place == last:
            old, new = node_hash(beside, old), node_hash(beside, new)
            place, last = _up_to_a_right_one(place, last)
        else:
            new = node_hash(new, beside)
        place, last = place >> 1, last >> 1
    return not last and old == old_root and new == new_root


def _up_to_a_right_one(place: int, last: int) -> tuple[int, int]:
    """Past the floors on which a last node without a partner moved up as it was."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _are_hashes(given: Sequence[bytes]) -> bool:
    return all(len(each) == HASH_BYTES for each in given)
