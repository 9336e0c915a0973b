"""Receipts made from a published log."""

from ledger.log.log_check import LogSource, read_entries, read_tile
from ledger.log.receipt import Receipt
from ledger.log.tile_tree import TileTree
from ledger.log.tiles import TILE_WIDTH


def receipt_of(source: LogSource, note: bytes, size: int, leaf_index: int) -> Receipt:
    """The receipt of an entry, under the head of *size* entries that *note* signs.

    Nothing is judged here: who gets it does that. Raises LogFault.
    """
    assert 0 <= leaf_index < size, "the head covers it"
    number, offset = divmod(leaf_index, TILE_WIDTH)
    proof = TileTree(size, lambda tile: read_tile(source, tile)).inclusion_proof(leaf_index)
    entry = read_entries(source, number, size)[offset]
    return Receipt(entry, leaf_index, tuple(proof), note)
