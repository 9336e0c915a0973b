"""What a root says of one place: the leaf that stands there, or that none does (form 2).

The place alone decides which way to go from each branch. So under one root all ways to a place
end at one thing: its leaf, another's leaf, or a branch of other bits. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from ledger.state_map.map_tree import (
    EMPTY_ROOT,
    PLACE_BITS,
    MapBranch,
    MapTree,
    bit_of,
    branch_digest,
    prefix_of,
    shared_bits,
    standing_digest,
)


class WayStep(NamedTuple):
    """One branch on the way from the root: how many bits it shares, and its other side."""

    bits: int
    sibling: bytes


@dataclass(frozen=True, slots=True)
class OtherLeaf:
    """Another place's leaf, where this place's way ends: told without its row."""

    place: bytes
    leaf_sha256: bytes


@dataclass(frozen=True, slots=True)
class OtherBranch:
    """A branch of bits that this place does not have, where its way ends."""

    bits: int
    prefix: bytes
    zero: bytes
    one: bytes


Neighbour = OtherLeaf | OtherBranch


class Way(NamedTuple):
    """From the root to where a place's way ends."""

    steps: tuple[WayStep, ...]  # the root's first
    leaf_sha256: bytes | None  # what stands there; None: nothing does
    neighbour: Neighbour | None  # what ends the way instead; None: the leaf, or an empty map


class BadProof(ValueError):
    """A proof that does not hold; the text says what of it."""


def way_to(tree: MapTree | None, place: bytes) -> Way:
    """The proof of what stands at *place*, or that nothing does."""
    steps: list[WayStep] = []
    while isinstance(tree, MapBranch):
        if prefix_of(place, tree.bits) != tree.prefix:
            other = OtherBranch(tree.bits, tree.prefix, tree.zero.digest, tree.one.digest)
            return Way(tuple(steps), None, other)
        is_one = bit_of(place, tree.bits)
        steps.append(WayStep(tree.bits, tree.zero.digest if is_one else tree.one.digest))
        tree = tree.one if is_one else tree.zero
    if tree is None:
        return Way((), None, None)
    if tree.place == place:
        return Way(tuple(steps), tree.leaf_sha256, None)
    return Way(tuple(steps), None, OtherLeaf(tree.place, tree.leaf_sha256))


def root_by(way: Way, place: bytes) -> bytes:
    """The root under which *way* is the one to *place*. Raises BadProof for what is no way."""
    bits = [step.bits for step in way.steps]
    if any(not 0 <= each < PLACE_BITS for each in bits):
        raise BadProof("a step of the path is no bit of a place")
    if any(after <= before for before, after in pairwise(bits)):
        raise BadProof("the steps of the path do not go down")
    return _climbed(way.steps, place, _end(way, place, bits[-1] if bits else -1))


def _end(way: Way, place: bytes, last_bits: int) -> bytes:
    """The hash of what the way ends at."""
    if way.leaf_sha256 is not None:
        if way.neighbour is not None:
            raise BadProof("it says that the subject has a row, and that it has none")
        return standing_digest(place, way.leaf_sha256)
    if way.neighbour is None:
        if way.steps:
            raise BadProof("the path ends at nothing")
        return EMPTY_ROOT
    return _neighbour_digest(way.neighbour, place, last_bits)


def _neighbour_digest(other: Neighbour, place: bytes, last_bits: int) -> bytes:
    """The hash of what stands instead: it must be on the way, and must not be the place's own."""
    if isinstance(other, OtherLeaf):
        shared = shared_bits(other.place, place)
        if shared == PLACE_BITS:
            raise BadProof("the row that stands in the way is the subject's own")
        digest = standing_digest(other.place, other.leaf_sha256)
    else:
        if not last_bits < other.bits < PLACE_BITS:
            raise BadProof("the branch in the way is not below the path")
        if prefix_of(other.prefix, other.bits) != other.prefix:
            raise BadProof("the branch in the way names bits that it does not share")
        shared = shared_bits(other.prefix, place)
        if shared >= other.bits:
            raise BadProof("the branch in the way leads on to the subject")
        digest = branch_digest(other.bits, other.prefix, other.zero, other.one)
    if shared <= last_bits:
        raise BadProof("what stands in the way does not stand there")
    return digest


def _climbed(steps: Sequence[WayStep], place: bytes, digest: bytes) -> bytes:
    for step in reversed(steps):
        prefix = prefix_of(place, step.bits)
        zero, one = digest, step.sibling
        if bit_of(place, step.bits):
            zero, one = one, zero
        digest = branch_digest(step.bits, prefix, zero, one)
    return digest
