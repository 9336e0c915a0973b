"""From the journal to a published log: entries and tiles are written, then a head is signed.

The order is the safety: what a head covers is on the disk before it is signed, and the head is in
the notary's own file before anybody else can have it. Whatever is not consistent with the last head
is not signed, and nothing is written over what that head covers.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import msgspec

from gateway.notary.log_folder import HEAD, VERIFIERS, LogFolder, write_safely
from gateway.notary.signers import (
    LAST_HEAD,
    NO_ML_DSA,
    LogSigners,
    SignersUnusable,
    one_notary,
    signers_in,
)
from gateway.notary.witnesses import Witnesses
from ledger.journal.protocol import JournalRow
from ledger.log.entry import BadEntry, bundle_of, entry_of, salt_of
from ledger.log.growing_tree import GrowingTree, Tile
from ledger.log.head_succession import must_follow
from ledger.log.log_check import LogFault, read_tile
from ledger.log.merkle import HASH_BYTES, leaf_hash
from ledger.log.note import NOTE_BYTES_MOST, BadNote
from ledger.log.tiles import TILE_WIDTH, BundlePlace, TilePlace, edge_of, head_path, tile_at
from ledger.log.tree_head import TreeHead, VerifiedHead, verified_head
from ledger.log.verifier import LogVerifiers
from ledger.log.witness_policy import WitnessPolicy

ORIGIN: Final = "gpubourse"
JOURNAL_BYTES: Final = 8  # of a journal's first event's hash, in its log's origin
PROGRESS_EVERY: Final = 10_240  # positions
RETRY_S: Final = 30  # witnesses, of a head that lacks its quorum

Progress = Callable[[int, int], None]  # position reached, last position
Log = Callable[[str], None]


class NotaryRefused(Exception):
    """The journal is not consistent with what was signed: nothing is signed. The text says why."""


class EmptyJournal(Exception):
    """There is no event to publish yet."""


def no_progress(position: int, last: int) -> None:
    """Nobody watches."""


class StoredRows(Protocol):
    """What a notary reads of a journal."""

    def head(self) -> int: ...

    def read(self, after: int = 0, upto: int | None = None) -> Iterator[JournalRow]: ...


class Published(NamedTuple):
    """Where a round left the log."""

    size: int  # entries
    note: bytes
    appended: int  # entries that were new to this folder
    is_signed: bool  # a new head


class Notary:
    """Publishes one journal into one folder. Each round begins where the last one ended."""

    def __init__(
        self,
        journal: StoredRows,
        signers: LogSigners,
        own: Path,
        out: LogFolder,
        log: Log,
        witnesses: Witnesses | None = None,
    ) -> None:
        """*witnesses*: who cosigns each head; None: the log's own signatures are all."""
        self._witnesses = witnesses
        self._journal = journal
        self._signers = signers
        self._own = own
        self._out = out
        self._log = log
        self._tree: GrowingTree | None = None  # None: what stands in the folder is not looked at
        self._bundle: list[bytes] = []  # the entries of the bundle that is not full
        self._requested_s = 0  # when the witnesses were asked last

    @property
    def verifiers(self) -> LogVerifiers:
        """What the log's readers know of its keys."""
        return self._signers.verifiers

    def publish(self, now_s: int, progress: Progress = no_progress) -> Published:
        """Bring the folder up to the journal's head, and sign it where it is larger.

        Raises NotaryRefused, JournalUnavailable, OSError.
        """
        heads = self._signed_heads()
        if self._tree is not None and self._shown_size() != self._tree.size:
            self._tree = None  # somebody changed the folder
        # of two notes of one head the one that bears cosignatures is the longer
        last = max(heads, key=lambda each: (each.head.size, len(each.note)), default=None)
        head = self._journal.head()
        if last is not None and head < last.head.size:
            raise NotaryRefused(
                f"The journal ends at position {head:,}, and this log's last head, in "
                f"{self._own / LAST_HEAD}, was signed over {last.head.size:,}: the journal lost "
                "its tail, or another stands in its place. Nothing is signed. Bring back a journal "
                "that reaches that position (a standby, a newer backup), and keep the published "
                "log: it holds what is missing."
            )
        if self._tree is not None and last is not None and self._tree.size == head:
            return Published(head, self._cosigned_later(last, now_s), 0, False)
        try:
            tree = self._resumed([each.head for each in heads], progress)
            before, self._tree = tree.size, None  # a round that fails leaves nothing to go on from
            self._append(tree, head, progress)
            published = self._sign(tree, last, now_s, before)
        except (LogFault, BadEntry) as error:
            raise NotaryRefused(f"{error}. Nothing is signed.") from None
        self._tree = tree
        return published

    def _signed_heads(self) -> list[VerifiedHead]:
        """The last head by the notary's own file, and by the folder; neither may deny the other."""
        paths = [path for path in (self._own / LAST_HEAD, self._out.folder / HEAD) if path.exists()]
        found = [self._head(path) for path in paths]
        if len({each.head.size for each in found}) < len({each.head for each in found}):
            raise NotaryRefused(
                f"{paths[0]} and {paths[1]} are two heads of {found[0].head.size:,} entries with "
                "two roots: two histories were signed. Nothing more is. Keep both: they prove it."
            )
        return found

    def _shown_size(self) -> int:
        path = self._out.folder / HEAD
        return self._head(path).head.size if path.exists() else 0

    def _head(self, path: Path) -> VerifiedHead:
        try:
            return verified_head(path.read_bytes()[: NOTE_BYTES_MOST + 1], self._signers.verifiers)
        except BadNote as error:
            raise NotaryRefused(
                f"{path} cannot be believed: {error}. Nothing is signed: it is what keeps this log "
                "from two histories. Put it back, or the log's own keys."
            ) from None

    def _resumed(self, heads: list[TreeHead], progress: Progress) -> GrowingTree:
        """The tree to go on from, held to each signed head before anything is written."""
        tree = self._tree or self._standing(heads)
        if tree.size:
            self._must_end_so(tree.size)
        self._bundle = list(self._entries_since(tree.size))
        ahead = {each.size: each.root for each in heads if each.size > tree.size}
        if ahead:
            self._must_lead_to(ahead, progress)
        return tree

    def _standing(self, heads: list[TreeHead]) -> GrowingTree:
        """The folder's own tree, if it is whole to its head; else an empty one, made anew."""
        path = self._out.folder / HEAD
        if not path.exists():
            return GrowingTree()
        head = self._head(path).head
        try:
            edge = [Tile(place, read_tile(self._out, place)) for place in edge_of(head.size)]
            for older in heads:
                if older.size < head.size:
                    must_follow(self._out, older, head)
        except LogFault as error:
            self._log(f"log: {error}: the tiles are written anew")
            return GrowingTree()
        tree = GrowingTree.at(head.size, edge)
        if tree.root() != head.root:
            self._log(f"log: the tiles in {self._out.folder} are not its head's: written anew")
            return GrowingTree()
        return tree

    def _must_end_so(self, size: int) -> None:
        """The journal's rows under the last tile are those that the tile was made of."""
        first = (size - 1) // TILE_WIDTH * TILE_WIDTH
        raw = read_tile(self._out, TilePlace(0, first // TILE_WIDTH, size - first))
        for row in self._journal.read(first, size):
            at = (row.position - 1 - first) * HASH_BYTES
            if raw[at : at + HASH_BYTES] != leaf_hash(self._entry(row)):
                raise LogFault(
                    f"Position {row.position:,} of the journal is not what this log has signed: "
                    "the journal was rewritten, or lost its tail and grew another. Bring back the "
                    "journal that was; the published log tells it from this one"
                )

    def _entries_since(self, size: int) -> Iterator[bytes]:
        """The entries of the bundle that is not full at *size*."""
        first = size // TILE_WIDTH * TILE_WIDTH
        return (self._entry(row) for row in self._journal.read(first, size)) if size else iter(())

    def _must_lead_to(self, roots: dict[int, bytes], progress: Progress) -> None:
        """The journal, from its first event, has the root of each signed head; nothing is written.

        So a journal that was rewritten never reaches the published files.
        """
        tree, last = GrowingTree(), max(roots)
        rows = self._journal.read(0, last)
        while tree.size < last:
            stop = min(size for size in roots if size > tree.size)
            batch = list(islice(rows, min(tree.room, stop - tree.size)))
            tree.append([leaf_hash(self._entry(row)) for row in batch])
            if not batch or roots.get(tree.size, tree.root()) != tree.root():
                raise LogFault(
                    f"The journal's first {tree.size:,} events have another root than the head "
                    "that was signed over them: the journal was rewritten, the salt key is "
                    "another, or this is another journal. Bring back the ones that were"
                )
            if tree.size % PROGRESS_EVERY == 0:
                progress(tree.size, last)

    def _append(self, tree: GrowingTree, head: int, progress: Progress) -> None:
        rows = self._journal.read(tree.size, head)
        while batch := list(islice(rows, tree.room)):
            entries = [self._entry(row) for row in batch]
            self._bundle += entries
            for tile in tree.append([leaf_hash(each) for each in entries]):
                self._out.write(tile.place.path, tile.raw)
                if tile.place.level == 0:
                    self._write_bundle(BundlePlace(tile.place.number, TILE_WIDTH))
            if tree.size % PROGRESS_EVERY == 0:
                progress(tree.size, head)
        progress(tree.size, head)

    def _write_bundle(self, place: BundlePlace) -> None:
        self._out.write(place.path, bundle_of(self._bundle))
        self._bundle.clear()

    def _entry(self, row: JournalRow) -> bytes:
        return entry_of(row, salt_of(self._signers.salt_source, row.position))

    def _sign(
        self, tree: GrowingTree, last: VerifiedHead | None, now_s: int, before: int
    ) -> Published:
        for tile in tree.edge():
            self._out.write(tile.place.path, tile.raw)
            if tile.place.level == 0:
                place = BundlePlace(tile.place.number, tile.place.width)
                self._out.write(place.path, bundle_of(self._bundle))
        self._out.settle()
        is_new = last is None or tree.size > last.head.size
        head = TreeHead(self._signers.verifiers.origin, tree.size, tree.root())
        note = last.note if last is not None else b""
        if is_new:
            note = self._signers.signed(head, max(now_s, last.signed_s if last else 0))
            write_safely(self._own / LAST_HEAD, note)
        note = self._cosigned(head, note, now_s)
        self._show(tree.size, note)
        for part in edge_of(before):
            if tile_at(part.level, part.number, tree.size).width == TILE_WIDTH:
                self._forget(part)
        return Published(tree.size, note, tree.size - before, is_new)

    def _cosigned(self, head: TreeHead, note: bytes, now_s: int) -> bytes:
        """The note of a head with what the witnesses say of it now; it is shown in any case."""
        if self._witnesses is None:
            return note
        self._requested_s = now_s
        return self._witnesses.with_cosignatures(head, note, self._out)

    def _cosigned_later(self, last: VerifiedHead, now_s: int) -> bytes:
        """The head that stands, shown anew if a witness that was away has cosigned it since."""
        witnesses = self._witnesses
        if witnesses is None or now_s - self._requested_s < RETRY_S:
            return last.note
        if witnesses.cosigned(last.note).quorum_s is not None:
            return last.note
        note = self._cosigned(last.head, last.note, now_s)
        if note != last.note:
            self._show(last.head.size, note)
        return note

    def _show(self, size: int, note: bytes) -> None:
        """The newest head in its place, and among those that are kept."""
        self._out.write(VERIFIERS, self._signers.verifiers.text.encode())
        self._out.write(head_path(size), note)
        self._out.write(HEAD, note)
        self._out.settle()

    def _forget(self, place: TilePlace) -> None:
        """What a tile was while it was not full; readers take the full one's beginning."""
        self._out.forget_parts(place._replace(width=TILE_WIDTH).path)
        if place.level == 0:
            self._out.forget_parts(BundlePlace(place.number, TILE_WIDTH).path)


@contextmanager
def opened_notary(
    journal: StoredRows, own: Path, out: Path, log: Log, policy: WitnessPolicy | None = None
) -> Iterator[Notary]:
    """The one notary of a journal that is not empty: *own* is its own folder, *out* the log's.

    *policy* says whose cosignatures are asked for.

    Raises SignersUnusable, EmptyJournal, JournalUnavailable, OSError.
    """
    with one_notary(own):
        signers = _signers(journal, own, out)
        if signers.ml_dsa_44 is None:
            log(f"log: {NO_ML_DSA}")
        witnesses = Witnesses(policy, log) if policy is not None else None
        if policy is not None and not policy.names_log(signers.verifiers):
            raise SignersUnusable(
                "The witness policy names other logs than this one: add a line `log "
                f"{signers.verifiers.ed25519.text}`, or none."
            )
        yield Notary(journal, signers, own, LogFolder(out), log, witnesses)


def salt_source_of(journal: StoredRows, own: Path, out: Path) -> bytes:
    """The salt key of a journal's log, made with its other keys where no log was begun yet.

    Raises SignersUnusable (another notary is at work, too), EmptyJournal, JournalUnavailable.
    """
    with one_notary(own):
        return _signers(journal, own, out).salt_source


def _signers(journal: StoredRows, own: Path, out: Path) -> LogSigners:
    origin = origin_of(journal)
    if not origin:
        raise EmptyJournal("The journal is empty: there is nothing to publish yet.")
    is_log_there = (out / HEAD).exists() or (out / "tile").exists()
    return signers_in(own, origin, is_log_there=is_log_there)


def origin_of(journal: StoredRows) -> str:
    """The name of a journal's log; "" for an empty journal."""
    first = next(iter(journal.read(0, 1)), None)
    return origin_of_first(first) if first is not None else ""


def origin_of_first(first: JournalRow) -> str:
    """The name of the log whose journal begins so: the venue, and that event's hash."""
    venue = msgspec.json.decode(first.state)["venue"]
    return f"{ORIGIN}/{venue}/{sha256(first.state).digest()[:JOURNAL_BYTES].hex()}"
