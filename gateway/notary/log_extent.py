"""How far a venue's published log reaches, for whoever asks whether the venue is ready."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from gateway.notary.log_folder import LogFolder
from ledger.log.cosignature import cosigned
from ledger.log.log_check import LogFault
from ledger.log.note import NOTE_BYTES_MOST, BadNote, read_note
from ledger.log.tiles import HEAD
from ledger.log.tree_head import TreeHead, read_head_text
from ledger.log.witness_policy import WitnessPolicy


class LostEntries(NamedTuple):
    """What a log has and its journal does not: the head that people are shown, and may accept."""

    origin: str  # of the log
    size: int  # entries that its last signed head covers
    root_sha256: str  # that head's root, base64url
    common_size: int  # of them the first ones that are the journal's still; 0: not known


class LogExtent(NamedTuple):
    """The log of one venue, as its gateway sees it."""

    folder: Path
    has_refused: Callable[[], bool]  # whether its notary rests until people have looked
    policy: WitnessPolicy | None = None  # whose cosignatures it asks for; None: nobody's
    lost: Callable[[], LostEntries | None] = lambda: None  # why it rests, where that is a loss

    def newest(self) -> TreeHead | None:
        """What the newest head says; None where there is none to read. Blocks."""
        try:
            return read_head_text(read_note(self._head()).text)
        except (LogFault, BadNote):
            return None

    def has_quorum(self) -> bool | None:
        """Whether the newest head bears its policy's quorum; None without a policy or head. Blocks.

        It does not where this program cannot check a witness whom the quorum needs.
        """
        if self.policy is None:
            return None
        try:
            return cosigned(self._head(), self.policy).quorum_s is not None
        except (LogFault, BadNote):
            return None

    def _head(self) -> bytes:
        return LogFolder(self.folder).read(HEAD, NOTE_BYTES_MOST)
