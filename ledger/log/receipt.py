"""A receipt: an entry, and the proof that a signed tree holds it (C2SP tlog-proof). One text file.

The entry's own bytes are its `extra` line: what that line says counts only once it is proven.
"""

import re
from typing import Final, NamedTuple

from ledger.base64url import bytes_of_padded64, padded64
from ledger.log.entry import BadEntry, LogEntry, read_entry
from ledger.log.log_check import LogSource, read_entries, read_tile
from ledger.log.merkle import HASH_BYTES, is_included, leaf_hash
from ledger.log.note import BadNote
from ledger.log.tile_tree import TileTree
from ledger.log.tiles import TILE_WIDTH
from ledger.log.tree_head import VerifiedHead, verified_head
from ledger.log.verifier import LogVerifiers

RECEIPT_BYTES_MOST: Final = 512 << 10
PROOF_MOST: Final = 64  # hashes: a tree is no higher
_TITLE: Final = "c2sp.org/tlog-proof@v1"
_INDEX: Final = re.compile(r"index (0|[1-9][0-9]{0,18})")


class BadReceipt(ValueError):
    """A receipt that proves nothing: the text says why."""


class Receipt(NamedTuple):
    """A receipt as it came; nothing of it is believed yet."""

    entry: bytes
    leaf_index: int  # position - 1
    proof: tuple[bytes, ...]
    note: bytes  # the signed head, with cosignatures

    @property
    def raw(self) -> bytes:
        lines = [_TITLE, f"extra {padded64(self.entry)}", f"index {self.leaf_index}"]
        lines += map(padded64, self.proof)
        return "\n".join([*lines, "", ""]).encode() + self.note


class ProvenEntry(NamedTuple):
    """What a receipt proves."""

    entry: LogEntry
    head: VerifiedHead


def receipt_of(source: LogSource, note: bytes, size: int, leaf_index: int) -> Receipt:
    """The receipt of an entry, under the head of *size* entries that *note* signs.

    Nothing is judged here: who gets it does that. Raises LogFault.
    """
    assert 0 <= leaf_index < size, "the head covers it"
    number, offset = divmod(leaf_index, TILE_WIDTH)
    proof = TileTree(size, lambda tile: read_tile(source, tile)).inclusion_proof(leaf_index)
    entry = read_entries(source, number, size)[offset]
    return Receipt(entry, leaf_index, tuple(proof), note)


def read_receipt(raw: bytes) -> Receipt:
    """A receipt's parts. Raises BadReceipt for bytes that are none."""
    if len(raw) > RECEIPT_BYTES_MOST:
        raise BadReceipt(f"it is longer than {RECEIPT_BYTES_MOST:,} bytes")
    begin, is_split, note = raw.partition(b"\n\n")
    lines = begin.decode("utf-8", "replace").split("\n")
    if not is_split or lines[0] != _TITLE:
        raise BadReceipt("it is no receipt of a log (tlog-proof)")
    if len(lines) < 3 or not lines[1].startswith("extra "):
        raise BadReceipt("it does not hold the entry that it is for")
    entry = bytes_of_padded64(lines[1].removeprefix("extra "))
    index = _INDEX.fullmatch(lines[2])
    proof = [bytes_of_padded64(each) for each in lines[3:]]
    if not entry or index is None:
        raise BadReceipt("its entry or its index is broken")
    hashes = tuple(each for each in proof if each is not None and len(each) == HASH_BYTES)
    if len(hashes) < len(proof) or len(proof) > PROOF_MOST:
        raise BadReceipt("a hash of its proof is broken")
    return Receipt(entry, int(index[1]), hashes, note)


def proven(receipt: Receipt, verifiers: LogVerifiers) -> ProvenEntry:
    """What the receipt proves to somebody who has the log's key alone. Raises BadReceipt."""
    try:
        head = verified_head(receipt.note, verifiers)
    except BadNote as error:
        raise BadReceipt(f"its tree head cannot be believed: {error}") from None
    leaf = leaf_hash(receipt.entry)
    if not is_included(leaf, receipt.leaf_index, head.head.size, receipt.proof, head.head.root):
        raise BadReceipt("the entry is not in the tree that its head names")
    try:
        entry = read_entry(receipt.entry)
    except BadEntry as error:
        raise BadReceipt(f"its entry is in the log, but {error}") from None
    if entry.row.position != receipt.leaf_index + 1:
        raise BadReceipt("its entry says another position than the log has it at")
    return ProvenEntry(entry, head)
