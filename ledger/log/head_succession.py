"""Whether a log's newest head follows one that was kept: it grew, and what was before stands."""

from ledger.log.log_check import LogFault, LogSource, read_tile
from ledger.log.merkle import is_consistent
from ledger.log.tile_tree import TileTree
from ledger.log.tree_head import TreeHead


def must_follow(source: LogSource, kept: TreeHead, newest: TreeHead) -> None:
    """Raise LogFault unless the tree of *newest*, by the log's own tiles, begins with *kept*."""
    if newest.size < kept.size:
        raise LogFault(
            f"it gives out a head of {newest.size:,} entries, and one of {kept.size:,} was signed: "
            "an older head stands for the newest, or the log lost its tail"
        )
    tree = TileTree(newest.size, lambda place: read_tile(source, place))
    proof = tree.consistency_proof(kept.size)
    if not is_consistent(kept.size, newest.size, kept.root, newest.root, proof):
        what = (
            f"two heads of {newest.size:,} entries have two roots"
            if newest.size == kept.size
            else f"its {newest.size:,} entries do not begin with the {kept.size:,} of the kept head"
        )
        raise LogFault(f"{what}: two histories were signed, or its tiles are not its own")
