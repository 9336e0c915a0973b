"""From the journal to a published log: entries and tiles are written, then a head is signed.

The order is the safety: what a head covers is on the disk before it is signed, and the head is in
the notary's own file before anybody else can have it. Whatever is not consistent with the last head
is not signed, and nothing is written over what that head covers.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from gateway.notary.accepted_losses import AcceptedLosses, StoredRows
from gateway.notary.ended_logs import EndedLogs
from gateway.notary.log_folder import VERIFIERS, LogFolder, write_safely
from gateway.notary.signed_heads import LostTail, NotaryRefused, SignedHeads, head_in
from gateway.notary.signers import LAST_HEAD, LogSigners, must_name_log
from gateway.notary.witnesses import Witnesses
from ledger.journal.protocol import JournalRow
from ledger.log.entry import BadEntry, bundle_of, entry_of, salt_of
from ledger.log.growing_tree import GrowingTree, Tile
from ledger.log.head_succession import must_follow
from ledger.log.log_check import LogFault, read_tile
from ledger.log.merkle import HASH_BYTES, leaf_hash
from ledger.log.older_logs import older_path
from ledger.log.origin import AcceptedLoss, accepted_loss
from ledger.log.receipt import receipt_of
from ledger.log.tiles import (
    HEAD,
    TILE_WIDTH,
    BundlePlace,
    TilePlace,
    bundles_of,
    edge_of,
    head_path,
    tile_at,
)
from ledger.log.tree_head import TreeHead, VerifiedHead
from ledger.log.verifier import LogVerifiers

ACCEPT: Final = "gpubourse operator accept-loss --reason TEXT"
PROGRESS_EVERY: Final = 10_240  # positions
RETRY_S: Final = 30  # witnesses, of a head that lacks its quorum

Progress = Callable[[int, int], None]  # position reached, last position
Log = Callable[[str], None]


class _Differs(Exception):
    """The journal is not what a head was signed over: the text says where."""


def no_progress(position: int, last: int) -> None:
    """Nobody watches."""


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
        self._losses = AcceptedLosses(journal)
        self._ended = EndedLogs(own, out, lambda path: head_in(path, self.verifiers))
        self._heads = SignedHeads(own, out, signers.verifiers, self._losses, self._ended)
        self._begun: AcceptedLoss | None = None  # by which this log began, if it did so here
        self._is_joined = False  # whether the receipt of that is looked after

    @property
    def verifiers(self) -> LogVerifiers:
        """What the log's readers know of its keys."""
        return self._signers.verifiers

    def publish(self, now_s: int, progress: Progress = no_progress) -> Published:
        """Bring the folder up to the journal's head, and sign it where it is larger.

        Where the journal lost what was signed, and people accepted that, another log begins.

        Raises NotaryRefused, LostTail among them; SignersUnusable, JournalUnavailable, OSError.
        """
        try:
            return self._continue(now_s, progress)
        except LostTail as error:
            self._begin_behind(self._accepted(error))
        return self._continue(now_s, progress)

    def is_accepted(self, lost: LostTail) -> bool:
        """Whether people accepted by now what was lost. Raises JournalUnavailable."""
        return self._losses.of(lost.last) is not None

    def _continue(self, now_s: int, progress: Progress) -> Published:
        origin, heads = self._heads.held(self._begun)
        if origin:
            self._signers = self._signers.named(origin)
        if self._tree is not None and self._heads.shown_size() != self._tree.size:
            self._tree = None  # somebody changed the folder
        # of two notes of one head the one that bears cosignatures is the longer
        last = max(heads, key=lambda each: (each.head.size, len(each.note)), default=None)
        head = self._journal.head()
        if last is not None and head < last.head.size:
            raise self._lost(
                f"The journal ends at position {head:,}, and this log's last head, in "
                f"{self._own / LAST_HEAD}, was signed over {last.head.size:,}: the journal lost "
                "its tail, or another stands in its place",
                last.head,
            )
        if self._tree is not None and last is not None and self._tree.size == head:
            return Published(head, self._cosigned_later(last, now_s), 0, False)
        try:
            tree = self._resumed([each.head for each in heads], progress)
            before, self._tree = tree.size, None  # a round that fails leaves nothing to go on from
            self._append(tree, head, progress)
            published = self._sign(tree, last, now_s, before)
        except _Differs as error:
            assert last is not None, "only a head that was signed can differ"
            raise self._lost(str(error), last.head) from None
        except (LogFault, BadEntry) as error:
            raise NotaryRefused(f"{error}. Nothing is signed.") from None
        self._tree = tree
        return published

    # --- a loss, and what begins behind it

    def _lost(self, what: str, last: TreeHead) -> LostTail:
        """What to do about it: bring the journal back, or have two people accept its loss."""
        common = self._common_size(last)
        other = self._losses.of_another_head(last)
        text = (
            f"{what}. Nothing is signed. Bring back a journal that has it all (a standby, a newer "
            "backup), and keep the published log: it holds what is missing. What nothing brings "
            f"back two people accept: `{ACCEPT}`, and the log goes on under a new name."
        )
        if other is not None:
            text += (
                f" (Position {other.position:,} accepts the end of another head, of "
                f"{other.head.size:,} entries: it is not this one.)"
            )
        return LostTail(text, last, common)

    def _common_size(self, last: TreeHead) -> int:
        """How many of the log's entries, from the first one, are the journal's still; 0: unknown.

        By the folder's own leaves, as far as it has them.
        """
        first = 0
        try:
            for number in range(bundles_of(last.size)):
                raw = read_tile(self._out, tile_at(0, number, last.size))
                stop = min(first + TILE_WIDTH, last.size, self._journal.head())
                for row in self._journal.read(first, stop):
                    at = (row.position - 1) % TILE_WIDTH * HASH_BYTES
                    if raw[at : at + HASH_BYTES] != leaf_hash(self._entry(row)):
                        return row.position - 1
                if stop < min(first + TILE_WIDTH, last.size):
                    return stop
                first = stop
        except (LogFault, BadEntry):
            return 0
        return 0  # all of them are: what differs is above the leaves

    def _accepted(self, lost: LostTail) -> AcceptedLoss:
        """The loss as people accepted it: this very head, and no other. Else LostTail again."""
        found = self._losses.of(lost.last)
        if found is None:
            raise lost
        return found

    def _begin_behind(self, loss: AcceptedLoss) -> None:
        """Let the log end, and another begin in its place. Nothing of the new one is signed yet."""
        policy = self._witnesses.policy if self._witnesses is not None else None
        must_name_log(policy, self.verifiers.named(loss.origin))
        _, heads = self._heads.held(None)
        last = max((each for each in heads if each.head == loss.head), key=lambda it: len(it.note))
        number = self._ended.end(last, self.verifiers.named(loss.event.origin))
        self._begun, self._tree, self._is_joined = loss, None, False
        self._log(
            f"log: {loss.event.origin} ended at {loss.event.size:,} entries, by position "
            f"{loss.position:,}; it stays in {self._out.folder / older_path(number)}, and "
            f"{loss.origin} begins"
        )

    def _join(self, size: int, note: bytes) -> None:
        """Beside the log that ended last: the receipt of what ended it, under this log's head."""
        if self._is_joined:
            return
        number = self._ended.newest()
        if number and self._ended.lacks_acceptance(number):
            loss = self._losses.behind(self.verifiers.origin)
            if loss is None or loss.position > size:
                return
            receipt = receipt_of(self._out, note, size, loss.position - 1)
            self._ended.write_acceptance(number, receipt.raw)
        self._is_joined = True

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
        head = head_in(path, self.verifiers).head
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
                raise _Differs(
                    f"Position {row.position:,} of the journal is not what this log has signed: "
                    "the journal was rewritten, or lost its tail and grew another"
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
                raise _Differs(
                    f"The journal's first {tree.size:,} events have another root than the head "
                    "that was signed over them: the journal was rewritten, the salt key is "
                    "another, or this is another journal"
                )
            if tree.size % PROGRESS_EVERY == 0:
                progress(tree.size, last)

    def _append(self, tree: GrowingTree, head: int, progress: Progress) -> None:
        rows = self._journal.read(tree.size, head)
        is_begun = tree.size > 0
        while batch := list(islice(rows, tree.room)):
            entries = [self._entry(row) for row in batch]
            if is_begun:
                self._log_unneeded(batch)
            self._bundle += entries
            for tile in tree.append([leaf_hash(each) for each in entries]):
                self._out.write(tile.place.path, tile.raw)
                if tile.place.level == 0:
                    self._write_bundle(BundlePlace(tile.place.number, TILE_WIDTH))
            if tree.size % PROGRESS_EVERY == 0:
                progress(tree.size, head)
        progress(tree.size, head)

    def _log_unneeded(self, rows: list[JournalRow]) -> None:
        """Say that an end of this log was accepted, and that it does not end: nothing is lost."""
        for loss in filter(None, map(accepted_loss, rows)):
            if loss.event.origin == self.verifiers.origin:
                self._log(
                    f"log: position {loss.position:,} accepts the end of {loss.event.origin}, and "
                    "nothing was lost of it: it goes on as it is"
                )

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
        self._join(tree.size, note)  # whoever finds the new head finds what joins it, too
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
