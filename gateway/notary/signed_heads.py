"""Which head was signed last, and of which of a journal's logs: what a notary goes on from."""

from pathlib import Path
from typing import NamedTuple

from gateway.notary.accepted_losses import AcceptedLosses
from gateway.notary.ended_logs import EndedLogs
from gateway.notary.log_folder import LogFolder
from gateway.notary.signers import LAST_HEAD
from ledger.log.note import NOTE_BYTES_MOST, BadNote
from ledger.log.origin import AcceptedLoss
from ledger.log.tiles import HEAD
from ledger.log.tree_head import TreeHead, VerifiedHead, verified_head
from ledger.log.verifier import LogVerifiers


class NotaryRefused(Exception):
    """The journal is not consistent with what was signed: nothing is signed. The text says why."""


class LostTail(NotaryRefused):
    """The journal does not have all that the log's last head covers. Two people may accept that."""

    def __init__(self, text: str, last: TreeHead, common: int) -> None:
        """*common*: how many entries, from the first one, the journal has still; 0: not known."""
        super().__init__(text)
        self.last = last
        self.common_size = common


class HeldHeads(NamedTuple):
    """The signed heads of the log that goes on."""

    origin: str  # its name; "": none was signed yet, by which it could be told
    heads: list[VerifiedHead]  # the notary's own, and the folder's


class SignedHeads:
    """The heads of one notary: in its own file, and in the folder where it publishes."""

    def __init__(
        self,
        own: Path,
        out: LogFolder,
        verifiers: LogVerifiers,
        losses: AcceptedLosses,
        ended: EndedLogs,
    ) -> None:
        self._own = own / LAST_HEAD
        self._shown = out.folder / HEAD
        self._verifiers = verifiers
        self._losses = losses
        self._ended = ended

    def held(self, begun: AcceptedLoss | None) -> HeldHeads:
        """The last heads by both files; neither may deny the other. Raises NotaryRefused.

        *begun*: what this notary begins a log behind; that log's own heads are then those that
        count.
        """
        own, shown = self._read(self._own), self._read(self._shown)
        if own is not None and shown is not None:
            if own.head.origin != shown.head.origin:
                own, shown = self._of_one_log(own, shown)
            elif own.head.size == shown.head.size and own.head != shown.head:
                raise NotaryRefused(
                    f"{self._own} and {self._shown} are two heads of {own.head.size:,} entries "
                    "with two roots: two histories were signed. Nothing more is. Keep both: they "
                    "prove it."
                )
        found = [each for each in (own, shown) if each is not None]
        origin = self._origin(found[0].head if found else None, begun)
        return HeldHeads(origin, [each for each in found if each.head.origin == origin])

    def shown_size(self) -> int:
        """How many entries the head in the folder covers; 0: there is none."""
        shown = self._read(self._shown)
        return shown.head.size if shown is not None else 0

    def _origin(self, newest: TreeHead | None, begun: AcceptedLoss | None) -> str:
        """Which log it is that goes on: the newest head's, or the one that begins behind it."""
        if newest is not None:
            ends = begun is not None and newest.origin == begun.event.origin
            return begun.origin if begun is not None and ends else newest.origin
        for loss in self._losses.all():
            raise NotaryRefused(
                f"Position {loss.position:,} of the journal accepts the end of a log, and no head "
                f"of one is here. Nothing is signed. Put back {self._own}, or the published log."
            )
        return ""

    def _of_one_log(
        self, own: VerifiedHead, shown: VerifiedHead
    ) -> tuple[VerifiedHead | None, VerifiedHead | None]:
        """The folder holds a log that ended, or the notary's own file is of one: which goes on."""
        number = self._ended.number_of(shown.head.origin)
        if number is not None:
            verifiers = self._verifiers.named(shown.head.origin)
            self._ended.put_aside(number, shown, verifiers)
            return own, None
        later = self._losses.behind(shown.head.origin)
        if later is not None and later.head.origin == own.head.origin:
            return None, shown
        raise NotaryRefused(
            f"{self._own} is a head of {own.head.origin}, and {self._shown} one of "
            f"{shown.head.origin}: no loss that was accepted joins the two. Nothing is signed. Put "
            "back the folder of this log, or its last head."
        )

    def _read(self, path: Path) -> VerifiedHead | None:
        return head_in(path, self._verifiers) if path.exists() else None


def head_in(path: Path, verifiers: LogVerifiers) -> VerifiedHead:
    """A head of one of the journal's logs. Raises NotaryRefused for one that is none."""
    try:
        return verified_head(path.read_bytes()[: NOTE_BYTES_MOST + 1], verifiers)
    except BadNote as error:
        raise NotaryRefused(
            f"{path} cannot be believed: {error}. Nothing is signed: it is what keeps this log "
            "from two histories. Put it back, or the log's own keys."
        ) from None
