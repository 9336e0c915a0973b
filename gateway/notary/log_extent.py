"""How far a venue's published log reaches, for whoever asks whether the venue is ready."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from gateway.notary.log_folder import LogFolder
from ledger.log.cosignature import cosigned
from ledger.log.log_check import LogFault
from ledger.log.note import NOTE_BYTES_MOST, BadNote, read_note
from ledger.log.tiles import HEAD
from ledger.log.tree_head import read_head_text
from ledger.log.witness_policy import WitnessPolicy


class LogExtent(NamedTuple):
    """The log of one venue, as its gateway sees it."""

    folder: Path
    has_refused: Callable[[], bool]  # whether its notary rests until people have looked
    policy: WitnessPolicy | None = None  # whose cosignatures it asks for; None: nobody's

    def entries(self) -> int | None:
        """How many entries the newest head covers; None where there is none to read. Blocks."""
        try:
            return read_head_text(read_note(self._head()).text).size
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
