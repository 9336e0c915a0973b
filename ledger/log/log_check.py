"""A whole published log, checked by its key alone: every entry, every tile, every kept head."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, Protocol

from ledger.log.entry import (
    ENTRY_BYTES_MOST,
    LENGTH_BYTES,
    BadEntry,
    LogEntry,
    entries_of,
    read_entry,
)
from ledger.log.growing_tree import GrowingTree, Tile
from ledger.log.merkle import HASH_BYTES, leaf_hash
from ledger.log.tiles import (
    TILE_WIDTH,
    BundlePlace,
    TilePlace,
    bundle_at,
    bundles_of,
    head_path,
    tile_at,
)
from ledger.log.tree_head import TreeHead


class LogSource(Protocol):
    """Where a published log lies: a folder, an address."""

    def read(self, path: str, most: int) -> bytes:
        """The bytes at *path*. Raises NotPublished; LogFault for more than *most*."""


class LogFault(Exception):
    """A log that is not what its head says, or not to be had: the text says what and where."""


class NotPublished(LogFault):
    """A file of a log that is not there."""


class NotPermitted(LogFault):
    """A file of a log that is not for whoever asks: nothing is known of it."""


class LogReport(NamedTuple):
    """What was found whole."""

    entries: int
    heads: int  # kept ones that the tree agrees with


Follower = Callable[[LogEntry], None]  # raises LogFault where an entry is not the journal's


def check_log(
    source: LogSource,
    head: TreeHead,
    kept: Mapping[int, bytes],
    follow: Follower | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> LogReport:
    """Read the log from its first entry to *head*, which is verified; memory stays flat.

    *kept* holds the roots of older heads by their size. Raises LogFault at the first thing that
    does not fit, with its position where it has one.
    """
    beyond = [size for size in kept if size > head.size]
    if beyond:
        raise LogFault(
            f"a head of {max(beyond):,} entries was signed, and this log has {head.size:,}: "
            "an older head is given out as the newest, or the log lost its tail"
        )
    tree = GrowingTree()
    for number in range(bundles_of(head.size)):
        leaves = _leaves(source, number, head.size, follow)
        _must_be_equal(source, tile_at(0, number, head.size), leaves)
        full = _grow(tree, leaves, kept)
        for tile in full[1:]:
            _must_be(source, tile)
        progress(tree.size)
    for tile in tree.edge():
        _must_be(source, tile)
    if tree.root() != head.root:
        raise LogFault(f"the {head.size:,} entries have another root than the signed head says")
    return LogReport(head.size, len(kept))


def check_tiles(source: LogSource, head: TreeHead, kept: Mapping[int, bytes]) -> None:
    """What can be judged without an entry: the tiles come to the head's root, and to each kept one.

    Raises LogFault at the first tile or head that does not fit.
    """
    tree = GrowingTree()
    for number in range(bundles_of(head.size)):
        raw = read_tile(source, tile_at(0, number, head.size))
        leaves = [raw[at : at + HASH_BYTES] for at in range(0, len(raw), HASH_BYTES)]
        for tile in _grow(tree, leaves, kept)[1:]:
            _must_be(source, tile)
    for tile in tree.edge():
        _must_be(source, tile)
    if tree.root() != head.root:
        raise LogFault(f"the {head.size:,} hashes have another root than the signed head says")


def read_tile(source: LogSource, place: TilePlace) -> bytes:
    """A tile's bytes, as many as it has hashes. Raises LogFault.

    A tile that was not full goes once it is: its beginning is the same.
    """
    size = place.width * HASH_BYTES
    try:
        raw = source.read(place.path, size)
    except NotPublished:
        whole = place._replace(width=TILE_WIDTH)
        raw = source.read(whole.path, TILE_WIDTH * HASH_BYTES)[:size]
    if len(raw) != size:
        raise LogFault(f"{place.path} is cut short: {len(raw):,} of {size:,} bytes")
    return raw


def read_entries(source: LogSource, number: int, size: int) -> list[bytes]:
    """The entries of a bundle. Raises LogFault."""
    place = bundle_at(number, size)
    try:
        return _entries_at(source, place)
    except NotPublished:
        return _entries_at(source, place._replace(width=TILE_WIDTH))[: place.width]


def _entries_at(source: LogSource, place: BundlePlace) -> list[bytes]:
    raw = source.read(place.path, place.width * (LENGTH_BYTES + ENTRY_BYTES_MOST))
    try:
        return entries_of(raw, place.width)
    except BadEntry as error:
        raise LogFault(f"{place.path} is broken: {error}") from None


def _leaves(source: LogSource, number: int, size: int, follow: Follower | None) -> list[bytes]:
    found = []
    for position, raw in enumerate(read_entries(source, number, size), number * TILE_WIDTH + 1):
        try:
            entry = read_entry(raw)
        except BadEntry as error:
            raise LogFault(f"the entry of position {position:,} is broken: {error}") from None
        if entry.row.position != position:
            raise LogFault(
                f"the entry of position {position:,} says that it is of {entry.row.position:,}"
            )
        if follow is not None:
            follow(entry)
        found.append(leaf_hash(raw))
    return found


def _must_be_equal(source: LogSource, place: TilePlace, leaves: list[bytes]) -> None:
    """The leaves' tile says the same as the entries do; else the first position that differs."""
    raw = read_tile(source, place)
    for at, leaf in enumerate(leaves):
        if raw[at * HASH_BYTES : (at + 1) * HASH_BYTES] != leaf:
            position = place.number * TILE_WIDTH + at + 1
            raise LogFault(
                f"the entry of position {position:,} has another hash than {place.path} says"
            )


def _grow(tree: GrowingTree, leaves: list[bytes], kept: Mapping[int, bytes]) -> list[Tile]:
    """Append a bundle's leaves, and hold the tree to each kept head on the way."""
    full: list[Tile] = []
    for part in _parts(tree.size, leaves, kept):
        full += tree.append(part)
        if tree.size in kept and kept[tree.size] != tree.root():
            raise LogFault(
                f"the kept head {head_path(tree.size)} names another root than the first "
                f"{tree.size:,} entries have: two histories were signed"
            )
    return full


def _parts(size: int, leaves: list[bytes], kept: Mapping[int, bytes]) -> Iterator[list[bytes]]:
    begin = 0
    for at in range(1, len(leaves) + 1):
        if size + at in kept or at == len(leaves):
            yield leaves[begin:at]
            begin = at


def _must_be(source: LogSource, tile: Tile) -> None:
    if read_tile(source, tile.place) != tile.raw:
        raise LogFault(f"{tile.place.path} is not what the entries below it come to")
