"""The tree of form 2: its leaves alone decide its shape, and one place bears one leaf."""

import random
from hashlib import sha256

import pytest

from ledger.state_map.map_proof import BadProof, OtherBranch, OtherLeaf, Way, root_by, way_to
from ledger.state_map.map_tree import (
    EMPTY_ROOT,
    PLACE_BITS,
    MapBranch,
    MapLeaf,
    MapTree,
    SubjectTwice,
    branch_digest,
    grown,
    leaf_at,
    prefix_of,
    root_of,
    shared_bits,
    with_leaf,
    without_leaf,
)

SEED = 20_261_130
NEAR = bytes(31)  # places that share 248 bits make deep branches


def some_leaf(draw: random.Random) -> MapLeaf:
    place = NEAR + draw.randbytes(1) if draw.random() < 0.3 else draw.randbytes(32)
    return leaf_at(place, draw.randbytes(32))


def test_an_empty_map_has_the_root_of_nothing_and_proves_that_nothing_is_there() -> None:
    assert root_of(None) == EMPTY_ROOT == sha256(b"\x03").digest()
    assert root_by(way_to(None, bytes(32)), bytes(32)) == EMPTY_ROOT


def test_two_leaves_hang_from_the_branch_of_their_shared_bits() -> None:
    low, high = leaf_at(b"\x40" + bytes(31), bytes(32)), leaf_at(b"\x60" + bytes(31), bytes(32))

    tree = grown([high, low])

    assert isinstance(tree, MapBranch)
    assert (tree.bits, tree.prefix) == (2, b"\x40" + bytes(31))
    assert (tree.zero, tree.one) == (low, high)
    assert tree.digest == branch_digest(2, tree.prefix, low.digest, high.digest)
    written = b"\x01\x00\x02" + tree.prefix + low.digest + high.digest
    assert tree.digest == sha256(written).digest()
    assert low.digest == sha256(b"\x02" + low.place + bytes(32)).digest()


def test_a_map_changed_leaf_by_leaf_is_the_map_built_at_once() -> None:
    draw = random.Random(SEED)
    sizes = set()
    for _ in range(60):
        leaves: dict[bytes, MapLeaf] = {}
        tree: MapTree | None = None
        for _ in range(draw.randrange(1, 80)):
            if leaves and draw.random() < 0.4:
                place = draw.choice(list(leaves))
                if draw.random() < 0.5:
                    del leaves[place]
                    tree = without_leaf(tree, place)
                    continue
                leaf = leaf_at(place, draw.randbytes(32))
            else:
                leaf = some_leaf(draw)
            leaves[leaf.place] = leaf
            tree = with_leaf(tree, leaf)
            assert tree == grown(leaves.values()), SEED
        assert tree == grown(leaves.values()), SEED
        assert without_leaf(tree, draw.randbytes(32)) is tree
        sizes.add(len(leaves))
        for place in leaves:
            tree = without_leaf(tree, place)
        assert tree is None
    assert len(sizes) > 10


def test_a_place_that_is_claimed_twice_makes_no_map() -> None:
    leaf = leaf_at(bytes(32), bytes(32))

    with pytest.raises(SubjectTwice):
        grown([leaf, leaf_at(bytes(31) + b"\x01", bytes(32)), leaf_at(leaf.place, b"1" * 32)])


def test_under_a_root_every_place_has_its_leaf_or_provably_none() -> None:
    draw = random.Random(SEED)
    ends: dict[type, int] = {}
    for size in (0, 1, 2, 3, 50, 400):
        leaves = {leaf.place: leaf for leaf in (some_leaf(draw) for _ in range(size))}
        tree = grown(leaves.values())
        absent = [draw.randbytes(32) for _ in range(50)]
        absent += [place[:-1] + bytes([place[-1] ^ 1]) for place in leaves]
        for place in [*leaves, *(each for each in absent if each not in leaves)]:
            way = way_to(tree, place)
            assert root_by(way, place) == root_of(tree)
            found = leaves.get(place)
            assert way.leaf_sha256 == (found.leaf_sha256 if found else None)
            ends[type(way.neighbour)] = ends.get(type(way.neighbour), 0) + 1
            if found:  # the same way does not prove anything of another place
                other = bytes([place[0] ^ 1]) + place[1:]
                assert way.steps == () or root_by(way, other) != root_of(tree)
    assert min(ends[OtherLeaf], ends[OtherBranch], ends[type(None)]) > 10


def test_what_is_no_way_is_refused() -> None:
    draw = random.Random(SEED)
    leaves = [leaf_at(draw.randbytes(32), draw.randbytes(32)) for _ in range(64)]
    tree = grown(leaves)
    mine = leaves[0]
    way = way_to(tree, mine.place)
    own = OtherLeaf(mine.place, mine.leaf_sha256)
    last = way.steps[-1]
    bits = last.bits + 1
    leads_on = OtherBranch(bits, prefix_of(mine.place, bits), bytes(32), bytes(32))
    unclean = OtherBranch(bits, b"\xff" * 32, bytes(32), bytes(32))
    elsewhere = OtherLeaf(bytes([mine.place[0] ^ 128]) + mine.place[1:], bytes(32))
    assert shared_bits(elsewhere.place, mine.place) == 0
    wrong = {
        "the subject's own": Way(way.steps, None, own),
        "and that it has none": Way(way.steps, way.leaf_sha256, own),
        "ends at nothing": Way(way.steps, None, None),
        "do not go down": Way((*way.steps, last), way.leaf_sha256, None),
        "no bit of a place": Way((*way.steps, last._replace(bits=PLACE_BITS)), bytes(32), None),
        "leads on": Way(way.steps, None, leads_on),
        "not below": Way(way.steps, None, OtherBranch(last.bits, bytes(32), own.place, own.place)),
        "does not share": Way(way.steps, None, unclean),
        "does not stand there": Way(way.steps, None, elsewhere),
    }
    for words, forged in wrong.items():
        with pytest.raises(BadProof, match=words):
            root_by(forged, mine.place)


def test_a_forged_tree_that_bears_a_place_twice_proves_one_of_them() -> None:
    """Whatever a tree holds: the place alone decides the way, so the second is out of reach."""
    draw = random.Random(SEED)
    place = b"\x00" + draw.randbytes(31)
    first, second = leaf_at(place, b"1" * 32), leaf_at(place, b"2" * 32)
    digest = branch_digest(0, bytes(32), first.digest, second.digest)
    forged = MapBranch(0, bytes(32), first, second, digest)

    way = way_to(forged, place)
    assert way.leaf_sha256 == first.leaf_sha256
    assert root_by(way, place) == digest
    of_second = Way((way.steps[0]._replace(sibling=first.digest),), second.leaf_sha256, None)
    assert root_by(of_second, place) != digest
