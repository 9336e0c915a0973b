"""Readers of logs that are not ours accept ours, and we theirs: a package where there is one.

`aics-tlog` (PyPI, Python 3.12 or newer) verifies tlog-tiles, signed-note and tlog-checkpoint; the
naive reader of `tests/oracles/naive_log.py`, from the RFC alone, does on every Python.
"""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.log.log_check import read_tile
from ledger.log.merkle import is_consistent, is_included, leaf_hash
from ledger.log.tile_tree import TileTree
from ledger.log.tree_head import verified_head
from ledger.log.verifier import read_verifiers
from tests.ledger.log.published import Log, Rows
from tests.oracles import naive_log

SIZES = (1, 2, 255, 256, 257, 65_536, 70_000)
Judge = Callable[[Log], int]  # how many entries it found whole; it raises for what is not


def naive(log: Log) -> int:
    return len(naive_log.verify_log(log.out, log.verifiers.ed25519.text))


def aics(log: Log) -> int:
    """The package's own way: head by the key, every tile, an inclusion, a consistency."""
    tlog: Any = import_module("aics_tlog")
    note = tlog.parse_note((log.out / "checkpoint").read_bytes())
    found = tlog.verify_checkpoint(note, tlog.parse_vkey(log.verifiers.ed25519.text))
    if not found.ok:
        raise ValueError(found.error)
    reader = tlog.FileSystemTileReader(str(log.out))
    size, root = found.size, found.root
    tlog.audit_tiles(reader, size, root)
    for index in {0, size // 2, size - 1}:
        entry = tlog.read_entry(reader, index, size)
        proof = tlog.inclusion_proof_from_tiles(reader, index, size)
        assert tlog.verify_leaf_inclusion(entry, index, size, proof, root)
    old = max(1, size // 3)
    old_root = tlog.tree_root_from_tiles(reader, old, size)
    proof = tlog.consistency_proof_from_tiles(reader, old, size)
    assert tlog.verify_consistency(old, size, old_root, root, proof)
    return int(size)


JUDGES: list[Judge] = [naive, *([aics] if find_spec("aics_tlog") else [])]


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize("size", SIZES)
def test_a_reader_that_is_not_ours_finds_our_log_whole(
    size: int, judge: Judge, tmp_path: Path
) -> None:
    log = Log(tmp_path)
    log.publish(Rows(size))

    assert judge(log) == size


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize("path", ["tile/entries/001.p/44", "tile/0/000", "checkpoint"])
def test_and_it_sees_what_we_see(path: str, judge: Judge, tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.publish(Rows(300))
    raw = bytearray((log.out / path).read_bytes())
    raw[len(raw) // 40] ^= 1
    (log.out / path).write_bytes(raw)

    with pytest.raises((AssertionError, ValueError, InvalidSignature, UnicodeDecodeError)):
        judge(log)


def proofs_of_ours(log: Log, size: int) -> list[bool]:
    """Our proofs of some leaves and of an older tree, by the naive tree's roots."""
    leaves = [leaf_hash(b"entry %d" % number) for number in range(size)]
    tree = TileTree(size, lambda tile: read_tile(log.source, tile))
    root = naive_log.tree_hash(leaves)
    found = [
        is_included(leaves[at], at, size, tree.inclusion_proof(at), root)
        for at in (0, size // 2, size - 1)
    ]
    old = size // 3
    old_root = naive_log.tree_hash(leaves[:old])
    return [*found, is_consistent(old, size, old_root, root, tree.consistency_proof(old))]


@pytest.mark.parametrize("size", [600, 70_000] if find_spec("aics_tlog") else [600])
def test_and_we_read_theirs(size: int, tmp_path: Path) -> None:
    """A log that another wrote: the package where it is, else the naive tree's own tiles."""
    log = Log(tmp_path)
    entries = [b"entry %d" % number for number in range(size)]
    head = written_by_another(log.out, entries)

    assert all(proofs_of_ours(log, size))
    assert head in (None, size)


def written_by_another(folder: Path, entries: list[bytes]) -> int | None:
    """The size that we read in its signed head; None where the naive tree wrote: it signs none."""
    if not find_spec("aics_tlog"):
        naive_log.write_tiles(folder, [naive_log.sha256(b"\x00" + each) for each in entries])
        return None
    tlog: Any = import_module("aics_tlog")
    store = tlog.DirectoryTileStore(str(folder))
    writer = tlog.IncrementalTileWriter(store, size=0)
    writer.append(entries)
    private_key, origin = Ed25519PrivateKey.from_private_bytes(bytes(range(32))), "example.com/log"
    head = tlog.Checkpoint(origin, writer.size, writer.root())
    note = tlog.sign_checkpoint(head, private_key, origin).to_bytes()
    text = tlog.format_vkey(tlog.vkey_from_ed25519(origin, private_key.public_key()))
    return verified_head(note, read_verifiers(text.encode())).head.size
