"""The tree's hashes and proofs, against published vectors and a naive tree from the RFC alone."""

import base64
import json
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ledger.log.growing_tree import GrowingTree, Tile
from ledger.log.merkle import EMPTY_ROOT, is_consistent, is_included, leaf_hash, root_of
from ledger.log.tile_tree import TileTree
from ledger.log.tiles import TilePlace
from tests.house.sources import imports, read
from tests.oracles import naive_log

# Inclusion proofs, six of them right, as the transparency logs of the field test themselves.
VECTORS: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "rfc6962.json").read_text("utf-8")
)
SIZES = (1, 2, 3, 7, 8, 255, 256, 257, 511, 512, 1_000, 65_536, 70_000)
SMALL = 36


def leaves_of(size: int) -> list[bytes]:
    return [leaf_hash(b"entry %d" % number) for number in range(size)]


def grown(leaves: list[bytes], step: int = 256) -> tuple[GrowingTree, dict[TilePlace, bytes]]:
    """A tree that took *leaves*, some at a time, and the tiles that it gave out."""
    tree, tiles = GrowingTree(), {}
    while tree.size < len(leaves):
        part = leaves[tree.size : tree.size + min(step, tree.room)]
        tiles |= {tile.place: tile.raw for tile in tree.append(part)}
    return tree, tiles | {tile.place: tile.raw for tile in tree.edge()}


def bytes_of(text: str | None) -> bytes:
    return base64.b64decode(text or "")


@pytest.mark.parametrize("name", VECTORS)
def test_each_published_inclusion_vector_is_judged_right(name: str) -> None:
    vector = VECTORS[name]
    proof = [bytes_of(each) for each in vector["proof"] or ()]

    judged = is_included(
        bytes_of(vector["leafHash"]),
        vector["leafIdx"],
        vector["treeSize"],
        proof,
        bytes_of(vector["root"]),
    )

    assert judged is not vector["wantErr"]


def test_the_vectors_hold_right_ones_and_wrong_ones() -> None:
    assert len(VECTORS) == 98
    assert sum(not vector["wantErr"] for vector in VECTORS.values()) == 6


def test_the_naive_tree_knows_nothing_of_ours() -> None:
    modules = {each.module for each in imports(read(Path(naive_log.__file__)))}

    assert modules
    assert not {each for each in modules if each.startswith(("ledger", "gateway", "exchange"))}


def test_an_empty_tree_has_the_root_of_nothing() -> None:
    assert GrowingTree().root() == root_of([]) == EMPTY_ROOT == sha256(b"").digest()
    assert TileTree(0, lambda _: b"").root() == EMPTY_ROOT


@pytest.mark.parametrize("size", SIZES)
def test_root_tiles_and_proofs_are_the_naive_trees(size: int) -> None:
    leaves = leaves_of(size)
    tree, tiles = grown(leaves)
    root = naive_log.tree_hash(leaves)

    assert tree.root() == root_of(leaves) == TileTree(size, tiles.__getitem__).root() == root
    for index in {0, 1, size // 3, size // 2, size - 2, size - 1} & set(range(size)):
        proof = TileTree(size, tiles.__getitem__).inclusion_proof(index)
        assert proof == naive_log.audit_path(index, leaves)
        assert is_included(leaves[index], index, size, proof, root)
    for old in {1, size // 3, size // 2, size - 1, size} & set(range(1, size + 1)):
        proof = TileTree(size, tiles.__getitem__).consistency_proof(old)
        assert proof == naive_log.consistency(old, leaves)
        assert is_consistent(old, size, naive_log.tree_hash(leaves[:old]), root, proof)


def test_every_pair_of_small_trees_is_consistent_by_the_naive_proof_alone() -> None:
    leaves = leaves_of(SMALL)
    roots = [naive_log.tree_hash(leaves[:size]) for size in range(SMALL + 1)]
    judged = 0
    for new in range(1, SMALL + 1):
        for old in range(1, new + 1):
            proof = naive_log.consistency(old, leaves[:new])
            assert is_consistent(old, new, roots[old], roots[new], proof)
            for wrong in spoilt(proof):
                assert not is_consistent(old, new, roots[old], roots[new], wrong)
                judged += 1
            assert not is_consistent(old, new, roots[old - 1], roots[new], proof)
            assert not is_consistent(old, new, roots[old], roots[new - 1], proof)
            assert not is_consistent(old - 1, new, roots[old], roots[new], proof)
    assert judged > 2_000


def spoilt(proof: list[bytes]) -> list[list[bytes]]:
    """The proof with a bit flipped, a hash too few, too many, cut short, or two exchanged."""
    flipped = [
        [*proof[:at], bytes([each[0] ^ 1]) + each[1:], *proof[at + 1 :]]
        for at, each in enumerate(proof)
    ]
    exchanged = [
        [*proof[:at], after, before, *proof[at + 2 :]]
        for at, (before, after) in enumerate(pairwise(proof))
    ]
    longer = [[*proof, bytes(32)], [bytes(32), *proof]]
    shorter = [proof[:-1], proof[1:], [proof[0][:-1], *proof[1:]]] if proof else []
    return flipped + exchanged + longer + shorter


def test_the_empty_tree_leads_to_every_tree_and_to_no_proof() -> None:
    root = root_of(leaves_of(5))

    assert is_consistent(0, 5, EMPTY_ROOT, root, [])
    assert not is_consistent(0, 5, EMPTY_ROOT, root, [root])
    assert not is_consistent(0, 5, root, root, [])
    assert not is_consistent(6, 5, root, root, [])
    assert not is_consistent(5, 5, root, EMPTY_ROOT, [])


@pytest.mark.parametrize("step", [1, 7, 100, 255, 256])
def test_how_many_come_at_a_time_changes_no_tile(step: int) -> None:
    leaves = leaves_of(1_300)

    tree, tiles = grown(leaves, step)

    assert tiles == grown(leaves)[1]
    assert tree.root() == naive_log.tree_hash(leaves)


@pytest.mark.parametrize("size", [1, 255, 256, 257, 65_536, 65_793])
def test_a_tree_goes_on_from_its_edge_alone(size: int) -> None:
    leaves = leaves_of(size + 300)
    tiles = grown(leaves[:size])[1]
    edge = [
        Tile(place, raw)
        for place, raw in sorted(tiles.items(), key=lambda each: each[0].level)
        if place.width < 256
    ]

    tree = GrowingTree.at(size, edge)
    assert tree.root() == naive_log.tree_hash(leaves[:size])
    while tree.size < len(leaves):
        tree.append(leaves[tree.size : tree.size + tree.room])

    assert tree.root() == naive_log.tree_hash(leaves)
